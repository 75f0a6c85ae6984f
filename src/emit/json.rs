//! Findings for other programs. The names and their order are an interface: see the documentation page on it.

use std::io::{self, Write};

use serde::Serialize;

use super::path;
use crate::pipeline::Report;
use crate::rules::{Applicability, Finding, How, Level};

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    rule: &'a str,
    level: &'a str,
    path: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    message: &'a str,
    function: Option<&'a str>,
    resource: Resource<'a>,
    witness: Option<Witness<'a>>,
    fix: Option<Fix<'a>>,
    blocked_by: Option<&'a str>,
}

#[derive(Serialize)]
struct Resource<'a> {
    variable: Option<&'a str>,
    acquirer: &'a str,
    kind: &'a str,
    release: &'a str,
}

#[derive(Serialize)]
struct Witness<'a> {
    line: usize,
    how: &'a str,
}

#[derive(Serialize)]
struct Fix<'a> {
    applicability: &'a str,
    message: &'a str,
    region: Region,
}

#[derive(Serialize)]
struct Region {
    start_line: usize,
    end_line: usize,
}

/// Writes what remains in `report`, one object a line.
pub fn write_lines(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    let path = path::slashed(&report.source.path);
    for finding in report.remaining() {
        serde_json::to_writer(&mut *out, &object(&path, finding))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// Puts lines of objects, as they come, into one array.
#[derive(Debug, Default)]
pub struct Array {
    begun: bool,
}

impl Array {
    /// Writes the objects of `lines` as elements.
    pub fn write(&mut self, out: &mut dyn Write, lines: &[u8]) -> io::Result<()> {
        for line in lines
            .split(|byte| *byte == b'\n')
            .filter(|line| !line.is_empty())
        {
            out.write_all(if self.begun { b",\n" } else { b"[\n" })?;
            out.write_all(line)?;
            self.begun = true;
        }
        Ok(())
    }

    /// Writes what closes the array.
    pub fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        out.write_all(if self.begun { b"\n]\n" } else { b"[]\n" })
    }
}

fn object<'a>(path: &'a str, finding: &'a Finding) -> Object<'a> {
    let resource = &finding.resource;
    Object {
        code: finding.rule.code(),
        rule: finding.rule.name(),
        level: match finding.rule.level() {
            Level::Leak => "leak",
            Level::Style => "style",
        },
        path,
        line: finding.start.line,
        column: finding.start.column,
        end_line: finding.end.line,
        end_column: finding.end.column,
        message: &finding.message,
        function: finding.function.as_deref(),
        resource: Resource {
            variable: resource.variable.as_deref(),
            acquirer: &resource.acquirer,
            kind: &resource.kind,
            release: &resource.release,
        },
        witness: finding.witness.as_ref().map(|witness| Witness {
            line: witness.line,
            how: match witness.how {
                How::Raises => "raises",
                How::Returns => "returns",
                How::FallsOff => "falls-off",
                How::Rebinds => "rebinds",
            },
        }),
        fix: finding.fix.as_ref().map(|fix| Fix {
            applicability: match fix.applicability {
                Applicability::Safe => "safe",
                Applicability::Unsafe => "unsafe",
            },
            message: &fix.message,
            region: Region {
                start_line: fix.region.0,
                end_line: fix.region.1,
            },
        }),
        blocked_by: finding.blocked_by.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn names_and_their_order_are_fixed() {
        let mut report = samples::report(
            "app/a.py",
            b"def f():\n    session = get_db()\n    g()\n",
            None,
        );
        report
            .findings
            .push(samples::manual_finding(&report.source));
        report.findings[1].witness = None;
        report.findings[1].function = None;
        report.findings[1].resource.variable = None;
        let mut lines = Vec::new();
        write_lines(&mut lines, &report).unwrap();
        let expected = [
            r#"{"code":"UL002","rule":"release-not-guaranteed","level":"leak","path":"app/a.py","line":2,"column":15,"end_line":2,"end_column":23,"message":"`session` is not released if line 3 raises","function":"Dashboard.render","resource":{"variable":"session","acquirer":"app.db.get_db","kind":"database","release":"close"},"witness":{"line":3,"how":"raises"},"fix":{"applicability":"safe","message":"use `with get_db() as session:`","region":{"start_line":2,"end_line":3}},"blocked_by":null}"#,
            r#"{"code":"UL002","rule":"release-not-guaranteed","level":"leak","path":"app/a.py","line":2,"column":15,"end_line":2,"end_column":23,"message":"`session` is not released if line 3 raises","function":null,"resource":{"variable":null,"acquirer":"app.db.get_db","kind":"database","release":"close"},"witness":null,"fix":null,"blocked_by":"`rows` is returned and may still need the session"}"#,
        ];
        assert_eq!(
            String::from_utf8(lines.clone()).unwrap(),
            expected.map(|line| format!("{line}\n")).concat()
        );

        let mut array = Array::default();
        let mut out = Vec::new();
        array.write(&mut out, &lines).unwrap();
        array.write(&mut out, b"").unwrap();
        array.write(&mut out, &lines).unwrap();
        array.end(&mut out).unwrap();
        let parsed: Vec<serde_json::Value> = serde_json::from_slice(&out).unwrap();
        assert_eq!(parsed.len(), 4);
    }

    #[test]
    fn nothing_found_is_an_empty_array() {
        let mut out = Vec::new();
        Array::default().end(&mut out).unwrap();
        assert_eq!(out, b"[]\n");
    }
}
