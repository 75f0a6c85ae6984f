//! Findings for the code quality widget of GitLab: the part of Code Climate's format that it reads.

use std::io::{self, Write};

use serde::Serialize;

use super::{Setting, identity, path};
use crate::pipeline::{Options, Report};

#[derive(Serialize)]
struct Object<'a> {
    description: &'a str,
    check_name: &'a str,
    fingerprint: &'a str,
    severity: &'a str,
    location: Location<'a>,
}

#[derive(Serialize)]
struct Location<'a> {
    path: &'a str,
    lines: Lines,
}

#[derive(Serialize)]
struct Lines {
    begin: usize,
    end: usize,
}

/// Writes what remains in `report`, one object a line.
pub fn write_lines(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    let path = path::slashed(&path::located(&report.source.path, &setting.root));
    let fingerprints = identity::fingerprints(&path, report.remaining());
    for (finding, fingerprint) in report.remaining().iter().zip(&fingerprints) {
        let fails = options.failing.contains(&finding.rule);
        let object = Object {
            description: &format!("{}: {}", finding.rule.code(), finding.message),
            check_name: finding.rule.name(),
            fingerprint,
            severity: if fails { "major" } else { "info" },
            location: Location {
                path: &path,
                lines: Lines {
                    begin: finding.start.line,
                    end: finding.end.line,
                },
            },
        };
        serde_json::to_writer(&mut *out, &object)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_finding_has_the_documented_fields() {
        let report = samples::report("./app/a.py", b"\nsession = get_db()\nrun()\n", None);
        let mut out = Vec::new();
        write_lines(&mut out, &report, &samples::options(), &samples::setting()).unwrap();
        let fingerprint = &identity::fingerprints("app/a.py", &report.findings)[0];
        let expected = format!(
            r#"{{"description":"UL002: `session` is not released if line 3 raises","check_name":"release-not-guaranteed","fingerprint":"{fingerprint}","severity":"major","location":{{"path":"app/a.py","lines":{{"begin":2,"end":2}}}}}}"#
        );
        assert_eq!(String::from_utf8(out).unwrap(), expected + "\n");
    }
}
