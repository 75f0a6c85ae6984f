//! Writes comments that suppress findings.

use std::collections::{BTreeMap, BTreeSet};

use super::lines::{comment_on, goes_on};
use super::{Reach, Suppressions};
use crate::rules::{Finding, Rule};
use crate::source::Source;
use crate::syntax::{Module, Span};

/// A text with comments that it did not have.
#[derive(Debug)]
pub struct Added {
    /// The new text.
    pub text: String,
    /// How many findings they suppress.
    pub findings: usize,
}

/// Where the rules are written that a logical line is to suppress.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Into the brackets of a comment that is there, behind its last rule.
    Into(usize),
    /// At the end of this physical line.
    Behind(usize),
    /// Above this physical line.
    Above(usize),
}

/// Writes `# unleak: ignore[...]`, with `reason` behind it, for each of `findings` to `source`, whose parsed form is `module`.
pub fn add(source: &Source, module: &Module, findings: &[Finding], reason: &str) -> Added {
    let known = Suppressions::placed(source, module);
    let mut wanted: BTreeMap<(usize, usize), (Place, BTreeSet<Rule>)> = BTreeMap::new();
    let mut count = 0;
    // A comment in vain wants no other beside it.
    let leaks = findings
        .iter()
        .filter(|finding| finding.rule != Rule::UnusedSuppression);
    for finding in leaks {
        count += 1;
        let line = source.line_of(finding.span.start);
        let around = known.lines.around(line);
        let place = || match known.brackets(around) {
            Some(at) => Place::Into(at),
            None if takes_comment(source, module, line) => Place::Behind(line),
            None => Place::Above(around.0),
        };
        let entry = wanted.entry(around);
        let (_, rules) = entry.or_insert_with(|| (place(), BTreeSet::new()));
        rules.insert(finding.rule);
    }
    let mut text = source.text.clone();
    let mut edits: Vec<(usize, usize, String)> = wanted
        .into_values()
        .map(|(place, rules)| edit(source, place, &rules, reason))
        .collect();
    edits.sort();
    for (start, end, new) in edits.into_iter().rev() {
        text.replace_range(start..end, &new);
    }
    Added {
        text,
        findings: count,
    }
}

/// What is replaced, and by what.
fn edit(
    source: &Source,
    place: Place,
    rules: &BTreeSet<Rule>,
    reason: &str,
) -> (usize, usize, String) {
    let codes: Vec<&str> = rules.iter().map(|rule| rule.code()).collect();
    let codes = codes.join(", ");
    let space = if reason.is_empty() { "" } else { " " };
    let comment = format!("# unleak: ignore[{codes}]{space}{reason}");
    match place {
        Place::Into(at) => (at, at, format!(", {codes}")),
        Place::Behind(line) => {
            let start = source.line_start(line);
            let end = start + source.line_text(line).len();
            let code = start + source.line_text(line).trim_end().len();
            (code, end, format!("  {comment}"))
        }
        Place::Above(line) => {
            let (start, text) = (source.line_start(line), source.line_text(line));
            let indent = &text[..text.len() - text.trim_start().len()];
            (
                start,
                start,
                format!("{indent}{comment}{}", newline(source, line)),
            )
        }
    }
}

/// How a line ends; the last one as the one before it.
fn newline(source: &Source, line: usize) -> &str {
    let end = |line| {
        let start = source.line_start(line) + source.line_text(line).len();
        &source.text[start..source.line_start(line + 1)]
    };
    match (end(line), end(line.saturating_sub(1).max(1))) {
        ("", "") => "\n",
        ("", before) => before,
        (own, _) => own,
    }
}

/// Whether a comment can be written at the end of a physical line.
fn takes_comment(source: &Source, module: &Module, line: usize) -> bool {
    if comment_on(source, module, line).is_some() {
        return true;
    }
    let end = source.line_start(line) + source.line_text(line).len();
    let inside = |string: &Span| string.start < end && end < string.end;
    !module.strings.iter().any(inside) && !goes_on(source, module, line)
}

impl Suppressions {
    /// As [`Suppressions::read`], with the logical lines also where no comment says anything.
    fn placed(source: &Source, module: &Module) -> Suppressions {
        let read = Suppressions::read(source, module);
        Suppressions {
            lines: super::Lines::new(source, module),
            ..read
        }
    }

    /// Behind the last rule of a comment that names rules for that logical line.
    fn brackets(&self, lines: (usize, usize)) -> Option<usize> {
        let mut about = self
            .ignores
            .iter()
            .filter(|placed| placed.reach == Reach::Lines(lines.0, lines.1));
        about.find_map(|placed| {
            let codes = placed.ignore.codes.as_ref()?;
            codes.last().map(|code| code.span.end)
        })
    }
}
