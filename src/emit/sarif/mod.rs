//! Findings as SARIF 2.1.0, the format of code scanning: rules with their documentation, places, witnesses, and fixes as replacements
//! of text.

mod driver;
mod region;

use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::document::Ending;
use super::{Setting, identity, path, text};
use crate::pipeline::{Edit, Options, Report};
use crate::rules::{Finding, Fix};
use crate::source::Source;
use region::region;

/// What relative paths are relative to. The name is the one that readers know.
const BASE: &str = "%SRCROOT%";

/// Writes what remains in `report`, one result a line.
pub fn write_lines(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    let findings = report.remaining();
    if findings.is_empty() {
        return Ok(());
    }
    let path = path::located(&report.source.path, &setting.root);
    let fingerprints = identity::fingerprints(&path::slashed(&path), findings);
    let file = File {
        source: &report.current(),
        location: artifact(&path),
    };
    let edits = report.edits(options);
    for ((finding, fingerprint), edits) in findings.iter().zip(&fingerprints).zip(&edits) {
        let mut result = file.result(finding, fingerprint);
        result["level"] = driver::level(options.failing.contains(&finding.rule));
        if let (Some(fix), false) = (&finding.fix, edits.is_empty()) {
            result["fixes"] = json!([file.fix(fix, edits)]);
        }
        serde_json::to_writer(&mut *out, &result)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// A file with findings.
struct File<'a> {
    source: &'a Source,
    location: Value,
}

impl File<'_> {
    fn result(&self, finding: &Finding, fingerprint: &str) -> Value {
        let span = finding.span.start..finding.span.end;
        let mut location = self.place(region(self.source, span));
        if let Some(function) = &finding.function {
            location["logicalLocations"] =
                json!([{ "fullyQualifiedName": function, "kind": "function" }]);
        }
        let mut result = json!({
            "ruleId": finding.rule.code(),
            "ruleIndex": driver::index(finding.rule),
            "message": { "text": message(finding) },
            "locations": [location],
            "partialFingerprints": { "findingIdentity/v1": fingerprint },
            "properties": {
                "acquirer": finding.resource.acquirer,
                "kind": finding.resource.kind,
                "release": finding.resource.release,
                "variable": finding.resource.variable,
            },
        });
        if let Some(witness) = &finding.witness {
            let code = text::code_of_line(self.source, witness.line);
            let mut related = self.place(region(self.source, code));
            related["id"] = json!(1);
            related["message"] = json!({ "text": text::said_of(witness.how) });
            result["relatedLocations"] = json!([related]);
        }
        result
    }

    fn place(&self, region: Value) -> Value {
        json!({ "physicalLocation": { "artifactLocation": self.location, "region": region } })
    }

    fn fix(&self, fix: &Fix, edits: &[Edit]) -> Value {
        let replacements: Vec<Value> = region::hunks(self.source, edits)
            .into_iter()
            .map(|hunk| {
                let deleted = region(self.source, hunk.place);
                json!({ "deletedRegion": deleted, "insertedContent": { "text": hunk.text } })
            })
            .collect();
        json!({
            "description": { "text": fix.message },
            "artifactChanges": [
                { "artifactLocation": self.location, "replacements": replacements }
            ],
        })
    }
}

/// What is found, and what stands against mending it.
fn message(finding: &Finding) -> String {
    let mut text = finding.message.clone();
    if let Some(reason) = &finding.blocked_by {
        text.push_str(&format!("; no safe fix: {reason}"));
    }
    text
}

fn artifact(path: &Path) -> Value {
    let uri = path::uri(path);
    if path.is_absolute() {
        json!({ "uri": uri })
    } else {
        json!({ "uri": uri, "uriBaseId": BASE })
    }
}

/// Writes what stands before the array of results.
pub(super) fn write_beginning(out: &mut dyn Write) -> io::Result<()> {
    let schema = "https://json.schemastore.org/sarif-2.1.0.json";
    let base = json!({ BASE: { "description": { "text": "the root of the checkout" } } });
    write!(
        out,
        "{{\"$schema\":\"{schema}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{},\"columnKind\":\"utf16CodeUnits\",\
         \"newlineSequences\":[\"\\r\\n\",\"\\n\",\"\\r\"],\"originalUriBaseIds\":{base},\"results\":",
        driver::tool(),
    )
}

/// Writes what stands behind it: what could not be done.
pub(super) fn write_end(out: &mut dyn Write, ending: &Ending<'_>) -> io::Result<()> {
    let notifications: Vec<Value> = ending
        .failures
        .iter()
        .map(|(path, reason)| {
            let location = artifact(&path::located(path, ending.root));
            json!({
                "level": "error",
                "message": { "text": reason },
                "locations": [{ "physicalLocation": { "artifactLocation": location } }],
            })
        })
        .collect();
    let invocation = json!({
        "executionSuccessful": ending.failures.is_empty(),
        "toolExecutionNotifications": notifications,
    });
    writeln!(out, ",\"invocations\":[{invocation}]}}]}}")
}
