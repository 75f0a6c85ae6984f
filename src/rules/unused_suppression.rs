//! # unused-suppression (UL100)
//!
//! ## What it does
//! Reports an `# unleak: ignore` comment that suppresses nothing, or names a rule that reports nothing there.
//!
//! ## Why is this bad?
//! It says of code that is right that something is wrong with it, and it will hide the next leak on that line.
//!
//! All rules are held against the comment, also those that are not selected. Nothing is reported in a file with a syntax error:
//! what stands there is not known. `# noqa` belongs to other tools, too, and is never reported. A comment that names UL100
//! itself is not reported.
//!
//! ## Example
//! ```python
//! with open(path) as f:  # unleak: ignore[UL001]
//!     data = f.read()
//! ```
//! Use instead:
//! ```python
//! with open(path) as f:
//!     data = f.read()
//! ```
//!
//! ## Fix safety
//! Only the comment changes, so the fix is safe. Where some of its rules are needed, the others go. Where none is, the whole
//! comment goes, and with it the reason that was written behind it.

use super::finding::{Applicability, Finding, Fix, Rule};
use crate::source::Source;
use crate::syntax::Span;

/// A comment that suppresses nothing, or names a rule in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The whole comment.
    pub comment: Span,
    /// The part of it that is reported.
    pub span: Span,
    /// The rules that are named in vain, where others are not; else empty.
    pub names: Vec<String>,
    /// What stays of the comment.
    pub left: String,
    /// Whether a reason goes with it.
    pub reason: bool,
}

/// What is said of a fix that would also mend what a comment suppresses in `line`: a person has to want it.
pub fn on_shared_fix(finding: &mut Finding, line: usize) {
    if let Some(fix) = &mut finding.fix {
        fix.applicability = Applicability::Unsafe;
        finding.blocked_by = Some(format!(
            "the fix would also release what a comment suppresses in line {line}"
        ));
        finding.advice = Some("suppress both, or neither");
    }
}

/// The finding for a comment in vain.
pub fn unused_suppression(source: &Source, unused: &Unused) -> Finding {
    let said = unused.span.of(&source.text);
    let names = unused.names.join(", ");
    let (message, help) = match unused.names.len() {
        0 if unused.reason => (
            format!("`{said}` suppresses nothing"),
            "remove it, with the reason behind it".to_owned(),
        ),
        0 => (
            format!("`{said}` suppresses nothing"),
            "remove it".to_owned(),
        ),
        1 => (
            format!("`{said}` does not need {names}"),
            format!("remove {names}"),
        ),
        _ => (
            format!("`{said}` needs none of {names}"),
            format!("remove {names}"),
        ),
    };
    Finding {
        fix: Some(Fix::of_pieces(
            source,
            Applicability::Safe,
            help,
            vec![piece(&source.text, unused)],
        )),
        ..Finding::without_resource(source, Rule::UnusedSuppression, unused.span, message)
    }
}

/// What is replaced, and by what. A comment that goes takes the white space before it along, or its line.
fn piece(text: &str, unused: &Unused) -> (Span, String) {
    let Unused { comment, left, .. } = unused;
    let line = text[..comment.start].rfind(['\n', '\r']);
    let line = line.map_or(0, |newline| newline + 1);
    let code = text[line..comment.start].trim_end().len();
    let newline = match &text[comment.end..] {
        rest if rest.starts_with("\r\n") => 2,
        rest => usize::from(!rest.is_empty()),
    };
    let span = match (left.is_empty(), code == 0) {
        (false, _) => *comment,
        (true, false) => Span::new(line + code, comment.end),
        (true, true) => Span::new(line, comment.end + newline),
    };
    (span, left.clone())
}
