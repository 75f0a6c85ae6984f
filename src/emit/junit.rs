//! Findings as JUnit XML: a test suite for each file that has any, in which each finding is a test.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::Path;

use super::document::Ending;
use super::{Setting, path};
use crate::pipeline::{Options, Report};
use crate::rules::{Applicability, Finding};

/// Writes what remains in `report`: a test that failed where a finding fails the run, else one that was skipped.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    let findings = report.remaining();
    if findings.is_empty() {
        return Ok(());
    }
    let place = Place::new(&report.source.path, &setting.root);
    let fails = |finding: &Finding| options.failing.contains(&finding.rule);
    let failures = findings.iter().filter(|finding| fails(finding)).count();
    let skipped = findings.len() - failures;
    suite(out, &place.file, findings.len(), [failures, 0, skipped])?;
    // Readers take tests of one name for the same test.
    let mut alike: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let mut name = title(finding);
        let number = alike.entry(name.clone()).or_default();
        *number += 1;
        if *number > 1 {
            name = format!("{name} ({number})");
        }
        place.test(out, &name, Some(finding.start.line))?;
        let message = escaped(&finding.message);
        if fails(finding) {
            let code = finding.rule.code();
            let body = body(&place.file, finding);
            writeln!(
                out,
                "      <failure type=\"{code}\" message=\"{message}\">{body}</failure>"
            )?;
        } else {
            writeln!(out, "      <skipped message=\"{message}\"/>")?;
        }
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

pub(super) fn write_beginning(out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"unleak\">")
}

/// Closes the document, behind what could not be done. If there is nothing in it so far, one test has passed.
pub(super) fn write_end(out: &mut dyn Write, ending: &Ending<'_>, found: bool) -> io::Result<()> {
    for (path, reason) in ending.failures {
        let place = Place::new(path, ending.root);
        suite(out, &place.file, 1, [0, 1, 0])?;
        place.test(out, "could not be checked", None)?;
        writeln!(
            out,
            "      <error type=\"unleak\" message=\"{}\"/>",
            escaped(reason)
        )?;
        writeln!(out, "    </testcase>\n  </testsuite>")?;
    }
    if !found && ending.failures.is_empty() {
        suite(out, "unleak", 1, [0, 0, 0])?;
        writeln!(
            out,
            "    <testcase classname=\"unleak\" name=\"everything is released\" time=\"0\"/>"
        )?;
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

fn suite(out: &mut dyn Write, name: &str, tests: usize, of_them: [usize; 3]) -> io::Result<()> {
    let [failures, errors, skipped] = of_them;
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"0\">",
        escaped(name)
    )
}

/// A file and its tests.
struct Place {
    file: String,
    /// Readers take what stands before the last dot for a package.
    class: String,
}

impl Place {
    fn new(path: &Path, root: &Path) -> Place {
        let path = path::located(path, root);
        let class = path::slashed(&path.with_extension(""));
        Place {
            file: path::slashed(&path),
            class: class.trim_start_matches('/').replace('/', "."),
        }
    }

    fn test(&self, out: &mut dyn Write, name: &str, line: Option<usize>) -> io::Result<()> {
        write!(
            out,
            "    <testcase classname=\"{}\" name=\"{}\" file=\"{}\"",
            escaped(&self.class),
            escaped(name),
            escaped(&self.file)
        )?;
        if let Some(line) = line {
            write!(out, " line=\"{line}\"")?;
        }
        writeln!(out, " time=\"0\">")
    }
}

/// The name of a test: it must not change with the lines above.
fn title(finding: &Finding) -> String {
    let resource = &finding.resource;
    let mut title = format!("{} {}", finding.rule.code(), finding.rule.name());
    if let Some(function) = &finding.function {
        title.push_str(&format!(" in {function}"));
    }
    let what = resource.variable.as_ref().unwrap_or(&resource.acquirer);
    // A comment that suppresses nothing is about no resource.
    if !what.is_empty() {
        title.push_str(&format!(": {what}"));
    }
    title
}

fn body(file: &str, finding: &Finding) -> String {
    let start = finding.start;
    let place = format!("{file}:{}:{}", start.line, start.column);
    let mut lines = vec![format!(
        "{place}: {} {}",
        finding.rule.code(),
        finding.message
    )];
    if let Some(fix) = &finding.fix {
        let caution = match fix.applicability {
            Applicability::Safe => "",
            Applicability::Unsafe => " (needs --unsafe-fixes)",
        };
        lines.push(format!("help: {}{caution}", fix.message));
    }
    lines.extend(
        finding
            .blocked_by
            .iter()
            .map(|reason| format!("note: {reason}")),
    );
    lines.extend(
        finding
            .advice
            .iter()
            .map(|advice| format!("help: {advice}")),
    );
    let lines: Vec<String> = lines.iter().map(|line| escaped(line)).collect();
    lines.join("\n")
}

/// For the text of an element and the value of an attribute alike. What XML has no way to say becomes a replacement character.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // As they are, readers may make spaces of them.
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(char))),
            '\0'..' ' | '\u{fffe}' | '\u{ffff}' => out.push(char::REPLACEMENT_CHARACTER),
            _ => out.push(char),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn no_character_breaks_the_xml() {
        assert_eq!(
            escaped("<a href=\"b&c\">\n\t\u{0}\u{1b}\u{fffe}ü🦀"),
            "&lt;a href=&quot;b&amp;c&quot;&gt;&#10;&#9;\u{fffd}\u{fffd}\u{fffd}ü🦀"
        );
    }

    #[test]
    fn tests_have_names_of_their_own() {
        let mut report = samples::report("app/a.py", b"session = get_db()\nrun()\n", None);
        report.findings.push(report.findings[0].clone());
        let mut out = Vec::new();
        write(&mut out, &report, &samples::options(), &samples::setting()).unwrap();
        let out = String::from_utf8(out).unwrap();
        let name = "UL002 release-not-guaranteed in Dashboard.render: session";
        for part in [
            "<testsuite name=\"app/a.py\" tests=\"2\" failures=\"2\" errors=\"0\" skipped=\"0\" time=\"0\">",
            &format!(
                "<testcase classname=\"app.a\" name=\"{name}\" file=\"app/a.py\" line=\"1\" time=\"0\">"
            ),
            &format!("name=\"{name} (2)\""),
            ">app/a.py:1:11: UL002 `session` is not released if line 3 raises\nhelp: use `with get_db() as session:`</failure>",
        ] {
            assert!(out.contains(part), "{part}\n{out}");
        }
    }
}
