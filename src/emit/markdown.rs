//! Findings as a table, for comments on a pull request and summaries of a job.

use std::io::{self, Write};

use super::document::Ending;
use super::{Outlook, Setting, outlook, path};
use crate::pipeline::{Options, Report};
use crate::rules::Finding;

/// Writes a row for each of what remains in `report`.
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    let path = path::located(&report.source.path, &setting.root);
    let (shown, target) = (escaped(&path::slashed(&path)), path::uri(&path));
    for finding in report.remaining() {
        let line = finding.start.line;
        writeln!(
            out,
            "| [{shown}:{line}]({target}#L{line}) | {} {} | {} | {} |",
            finding.rule.code(),
            finding.rule.name(),
            escaped(&finding.message),
            escaped(&help(finding, options))
        )?;
    }
    Ok(())
}

fn help(finding: &Finding, options: &Options) -> String {
    let fix = finding.fix.as_ref().map_or("", |fix| fix.message.as_str());
    let mut help = match outlook(finding, options) {
        Outlook::Fixable => format!("`unleak fix`: {fix}"),
        Outlook::NeedsUnsafe => format!("`unleak fix --unsafe-fixes`: {fix}"),
        Outlook::ByHand => "by hand".to_string(),
    };
    if let Some(reason) = &finding.blocked_by {
        help.push_str(&format!("; {reason}"));
    }
    if let Some(advice) = finding.advice {
        help.push_str(&format!("; {advice}"));
    }
    help
}

pub(super) fn write_beginning(out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "| where | rule | what | help |\n| --- | --- | --- | --- |"
    )
}

/// Writes the sums, and what could not be done.
pub(super) fn write_end(out: &mut dyn Write, ending: &Ending<'_>, found: bool) -> io::Result<()> {
    if found {
        writeln!(out)?;
    }
    writeln!(out, "{}", escaped(ending.sums))?;
    if !ending.failures.is_empty() {
        writeln!(out, "\nCould not be checked:\n")?;
    }
    for (path, reason) in ending.failures {
        let path = path::slashed(&path::located(path, ending.root));
        writeln!(out, "- {}: {}", escaped(&path), escaped(reason))?;
    }
    Ok(())
}

/// Text that says in Markdown what it says plainly; what stands in backticks stays code. Fit for the cell of a table.
pub fn escaped(text: &str) -> String {
    let mut pieces: Vec<&str> = text.split('`').collect();
    // Without its partner a backtick is a character like others.
    let lone = pieces
        .len()
        .is_multiple_of(2)
        .then(|| pieces.pop())
        .flatten();
    let mut out = String::new();
    for (index, piece) in pieces.iter().enumerate() {
        if index % 2 == 1 {
            // An empty pair would not be read as one.
            out.push_str(&match piece.trim().is_empty() {
                true => format!("\\`{piece}\\`"),
                false => format!("`{}`", one_line(piece).replace('|', "\\|")),
            });
        } else {
            out.push_str(&plain(piece));
        }
    }
    if let Some(piece) = lone {
        out.push_str(&format!("\\`{}", plain(piece)));
    }
    out
}

fn plain(text: &str) -> String {
    let mut out = String::new();
    for char in one_line(text).chars() {
        if "\\*_[]<>|&~#!".contains(char) {
            out.push('\\');
        }
        out.push(char);
    }
    out
}

fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn only_backticks_keep_their_meaning() {
        assert_eq!(
            escaped("`a|b` is *not* <b>\nhere</b>"),
            "`a\\|b` is \\*not\\* \\<b\\> here\\</b\\>"
        );
        assert_eq!(escaped("one ` of [them]"), "one \\` of \\[them\\]");
        assert_eq!(escaped("``"), "\\`\\`");
    }

    #[test]
    fn a_row_leads_to_its_line() {
        let mut report = samples::report("my app/a_b.py", b"session = get_db()\nrun()\n", None);
        report
            .findings
            .push(samples::unsafe_finding(&report.source));
        report
            .findings
            .push(samples::manual_finding(&report.source));
        let mut out = Vec::new();
        write(&mut out, &report, &Options::default(), &samples::setting()).unwrap();
        let start = "| [my app/a\\_b.py:1](my%20app/a_b.py#L1) | UL002 release-not-guaranteed | `session` is not released if line 3 raises | ";
        let expected = [
            "`unleak fix`: use `with get_db() as session:` |\n",
            "`unleak fix --unsafe-fixes`: use `with get_db() as session:`; `rows` is returned and may still need the session |\n",
            "by hand; `rows` is returned and may still need the session |\n",
        ]
        .map(|end| format!("{start}{end}"));
        assert_eq!(String::from_utf8(out).unwrap(), expected.concat());
    }
}
