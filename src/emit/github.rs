//! Findings as workflow commands, which GitHub Actions shows beside the lines: `::error file=...,line=...::message`.

use std::io::{self, Write};

use super::document::Ending;
use super::{Setting, path};
use crate::pipeline::{Options, Report};

/// Writes what remains in `report`, one command each: an error where it fails the run, else a notice.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    let file = path::slashed(&path::located(&report.source.path, &setting.root));
    for finding in report.remaining() {
        let fails = options.failing.contains(&finding.rule);
        let (start, end) = (finding.start, finding.end);
        write!(
            out,
            "::{} title={},file={},line={},endLine={}",
            if fails { "error" } else { "notice" },
            value(&format!("{} {}", finding.rule.code(), finding.rule.name())),
            value(&file),
            start.line,
            end.line
        )?;
        // An annotation over several lines must not have columns.
        if start.line == end.line {
            write!(out, ",col={},endColumn={}", start.column, end.column)?;
        }
        // The log of the job shows the message alone.
        let shown = format!(
            "{file}:{}:{}: {}",
            start.line, start.column, finding.message
        );
        writeln!(out, "::{}", message(&shown))?;
    }
    Ok(())
}

/// Writes what could not be done.
pub(super) fn write_end(out: &mut dyn Write, ending: &Ending<'_>) -> io::Result<()> {
    for (path, reason) in ending.failures {
        let file = path::slashed(&path::located(path, ending.root));
        let said = message(&format!("{file}: {reason}"));
        writeln!(out, "::error title=unleak,file={}::{said}", value(&file))?;
    }
    Ok(())
}

fn message(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn value(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::samples;
    use super::*;

    #[test]
    fn what_would_end_a_value_is_escaped() {
        let mut report = samples::report("a,b:c%.py", b"session = get_db()\nrun()\n", None);
        report.findings[0].message = "100%\r\nsure: yes, `::`".into();
        let mut out = Vec::new();
        write(&mut out, &report, &samples::options(), &samples::setting()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "::error title=UL002 release-not-guaranteed,file=a%2Cb%3Ac%25.py,line=1,endLine=1,col=11,endColumn=19\
             ::a,b:c%25.py:1:11: 100%25%0D%0Asure: yes, `::`\n"
        );
    }

    #[test]
    fn several_lines_have_no_columns() {
        let mut report = samples::report("a.py", b"session = get_db()\nrun()\n", None);
        report.findings[0].end.line = 2;
        let options = samples::options().failing(BTreeSet::new());
        let mut out = Vec::new();
        write(&mut out, &report, &options, &samples::setting()).unwrap();
        let line = String::from_utf8(out).unwrap();
        let start =
            "::notice title=UL002 release-not-guaranteed,file=a.py,line=1,endLine=2::a.py:1:11: ";
        assert!(line.starts_with(start), "{line}");
    }
}
