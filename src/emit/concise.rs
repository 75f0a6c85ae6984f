//! Findings as one line each: `path:line:column: code [*] message`.

use std::io::{self, Write};

use super::{Outlook, outlook, path};
use crate::pipeline::{Options, Report};

/// Writes what remains in `report`. `[*]` marks what `unleak fix` would mend.
pub fn write(out: &mut dyn Write, report: &Report, options: &Options) -> io::Result<()> {
    for finding in report.remaining() {
        writeln!(
            out,
            "{}:{}:{}: {}{} {}",
            path::slashed(&report.source.path),
            finding.start.line,
            finding.start.column,
            finding.rule.code(),
            if outlook(finding, options) == Outlook::Fixable {
                " [*]"
            } else {
                ""
            },
            finding.message,
        )?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn a_star_marks_what_fix_mends() {
        let mut report = samples::report(
            "app/a.py",
            b"def f():\n    session = get_db()\n    g()\n",
            None,
        );
        report
            .findings
            .push(samples::unsafe_finding(&report.source));
        report
            .findings
            .push(samples::manual_finding(&report.source));
        let lines = |unsafe_fixes| {
            let mut out = Vec::new();
            write(
                &mut out,
                &report,
                &Options {
                    unsafe_fixes,
                    ..Options::default()
                },
            )
            .unwrap();
            String::from_utf8(out).unwrap()
        };
        let message = "`session` is not released if line 3 raises\n";
        assert_eq!(
            lines(false),
            format!(
                "app/a.py:2:15: UL002 [*] {message}app/a.py:2:15: UL002 {message}app/a.py:2:15: UL002 {message}"
            )
        );
        assert_eq!(lines(true).matches("[*]").count(), 2);
    }
}
