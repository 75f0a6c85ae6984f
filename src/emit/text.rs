//! Findings for people: the code, where it acquires, where it does not release, and what helps.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};

use super::path;
use crate::pipeline::Report;
use crate::rules::{self, Applicability, Finding, How, Rule};
use crate::source::Source;

/// Writes what was found in `report`, each finding with its code.
pub fn write(out: &mut dyn Write, report: &Report, color: bool) -> io::Result<()> {
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    for finding in &report.findings {
        writeln!(
            out,
            "{}\n",
            renderer.render(&[group(&report.source, finding)])
        )?;
    }
    Ok(())
}

fn group<'a>(source: &'a Source, finding: &'a Finding) -> Group<'a> {
    let excerpt = Excerpt::around(source, finding);
    let acquired = match finding.rule {
        Rule::RedundantRelease => "released here although the `with` does it",
        Rule::UnboundResource => "acquired here, and nothing holds it",
        Rule::ContextDoesNotRelease => "acquired here, and not released by the `with`",
        Rule::UnusedSuppression => "not needed",
        _ => "acquired here",
    };
    let mut annotations: Vec<Annotation<'a>> = vec![
        AnnotationKind::Primary
            .span(excerpt.span(finding.span.start..finding.span.end))
            .label(acquired),
    ];
    if let Some(witness) = &finding.witness {
        let span = excerpt.span(code_of_line(source, witness.line));
        annotations.push(
            AnnotationKind::Context
                .span(span)
                .label(said_of(witness.how)),
        );
    }
    let level = match finding.rule.level() {
        rules::Level::Leak => Level::WARNING.with_name("leak"),
        rules::Level::Style => Level::NOTE.with_name("style"),
    };
    let snippet = Snippet::source(excerpt.text)
        .line_start(excerpt.first_line)
        .path(path::slashed(&source.path))
        .annotations(annotations);
    let mut group = level
        .primary_title(finding.message.as_str())
        .id(finding.rule.code())
        .element(snippet);
    if let Some(fix) = &finding.fix {
        let caution = match fix.applicability {
            Applicability::Safe => "",
            Applicability::Unsafe => " (needs --unsafe-fixes)",
        };
        group = group.element(Level::HELP.message(format!("{}{caution}", fix.message)));
    }
    if let Some(reason) = &finding.blocked_by {
        group = group.element(Level::NOTE.message(reason.as_str()));
    }
    if let Some(advice) = finding.advice {
        group = group.element(Level::HELP.message(advice));
    }
    group
}

/// The lines a finding needs; the renderer need not look through the whole file for each.
struct Excerpt {
    text: String,
    first_line: usize,
    offset: usize,
}

impl Excerpt {
    fn around(source: &Source, finding: &Finding) -> Excerpt {
        let witness = finding
            .witness
            .as_ref()
            .map_or(finding.start.line, |witness| witness.line);
        let first_line = finding.start.line.min(witness);
        let last_line = finding.end.line.max(witness);
        let offset = source.line_start(first_line);
        let text = &source.text[offset..source.line_start(last_line + 1)];
        // A lone CR ends a line in Python, but not for the renderer.
        let text = if text.contains('\r') {
            lone_cr_to_lf(text)
        } else {
            text.to_string()
        };
        Excerpt {
            text,
            first_line,
            offset,
        }
    }

    fn span(&self, span: Range<usize>) -> Range<usize> {
        let place = |at: usize| at.saturating_sub(self.offset).min(self.text.len());
        place(span.start)..place(span.end)
    }
}

fn lone_cr_to_lf(text: &str) -> String {
    // Byte for byte, so that spans keep their places.
    text.replace("\r\n", "\0\n")
        .replace('\r', "\n")
        .replace("\0\n", "\r\n")
}

/// What is said of the line where a path leaves.
pub(super) fn said_of(how: How) -> &'static str {
    match how {
        How::Raises => "not released if this raises",
        How::Returns => "not released when this returns",
        How::FallsOff => "not released when the end is reached here",
        How::Rebinds => "lost when the name is bound anew here",
    }
}

/// Where the code of a line stands, without its indentation and the comment-free end.
pub(super) fn code_of_line(source: &Source, line: usize) -> Range<usize> {
    let text = source.line_text(line);
    let start = source.line_start(line) + (text.len() - text.trim_start().len());
    start..(start + text.trim().len()).max(start)
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn render(bytes: &[u8], change: impl FnOnce(&mut Finding), color: bool) -> String {
        let mut report = samples::report("app/a.py", bytes, None);
        change(&mut report.findings[0]);
        let mut out = Vec::new();
        write(&mut out, &report, color).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_shows_its_code_and_its_witness() {
        insta::assert_snapshot!(render(b"def f():\n    session = get_db()\n    session.run(1)\n    session.close()\n", |_| (), false), @r"
        leak[UL002]: `session` is not released if line 3 raises
         --> app/a.py:2:15
          |
        2 |     session = get_db()
          |               ^^^^^^^^ acquired here
        3 |     session.run(1)
          |     -------------- not released if this raises
          |
          = help: use `with get_db() as session:`
        ");
    }

    #[test]
    fn the_reason_for_no_safe_fix_is_said() {
        insta::assert_snapshot!(render(b"def f():\r    session = get_db()\r    return session.all()\r", |finding| {
            finding.blocked_by = Some("`rows` is returned and may still need the session".into());
            finding.advice = Some("let the caller hold it");
            finding.fix.as_mut().unwrap().applicability = Applicability::Unsafe;
            finding.witness.as_mut().unwrap().how = How::Returns;
        }, false), @r"
        leak[UL002]: `session` is not released if line 3 raises
         --> app/a.py:2:15
          |
        2 |     session = get_db()
          |               ^^^^^^^^ acquired here
        3 |     return session.all()
          |     -------------------- not released when this returns
          |
          = help: use `with get_db() as session:` (needs --unsafe-fixes)
          = note: `rows` is returned and may still need the session
          = help: let the caller hold it
        ");
    }

    #[test]
    fn colour_only_on_request() {
        let bytes = b"session = get_db()\nrun()\n";
        assert!(render(bytes, |_| (), true).contains('\u{1b}'));
        assert!(!render(bytes, |_| (), false).contains('\u{1b}'));
    }

    #[test]
    fn a_witness_far_away_is_folded() {
        let text = format!("session = get_db()\n{}last()\n", "run()\n".repeat(2000));
        let shown = render(
            text.as_bytes(),
            |finding| finding.witness.as_mut().unwrap().line = 2002,
            false,
        );
        assert!(shown.contains("2002 | last()"), "{shown}");
        assert!(shown.lines().count() < 15, "{shown}");
    }
}
