//! From a fix plan to edits of the text, and the check that nothing else changed.
//!
//! Everything is said relative to the original text, whose tables `original` makes once for all its fixes. `fates`
//! decides what becomes of each statement and block, `indent` where each block will stand, `runs` which bytes change
//! inside lines, `vanish` which lines go; `edits` puts these together. `check` knows nothing of them: it reads the
//! result anew, once for any number of fixes.

mod blocks;
mod check;
mod compare;
mod expected;
mod fates;
mod header;
mod imports;
mod indent;
mod limits;
mod lines;
mod nesting;
mod original;
mod pieces;
mod runs;
mod tokens;
mod unwrap;
mod vanish;

use crate::rules::Plan;
use crate::syntax::{Module, Span};

pub use check::{CheckFailure, Checked};
pub use original::Original;

/// A replacement of a range of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edit {
    /// What is replaced, in the original text; empty for an insertion.
    pub span: Span,
    /// What stands there instead.
    pub text: String,
}

/// What one fix does to the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The replacements, by position; they do not overlap.
    pub edits: Vec<Edit>,
    /// The whole lines of the original that the fix is about. A new import is not counted.
    pub touched: Span,
}

/// Why a plan cannot be carried out: a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal(pub String);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl Original<'_> {
    /// The edits that carry out `plan`.
    pub fn edits(&self, plan: &Plan) -> Result<Patch, Refusal> {
        if plan.is_of_pieces() {
            return pieces::edits(self, plan);
        }
        let fates = fates::Fates::new(self, plan)?;
        limits::check(self, &fates)?;
        let rows = fates.rows(self);
        let indents = indent::Indents::new(self, &fates, &rows)?;
        let closing = imports::closing(self, plan)?;

        let mut work = runs::Work::new(self, &fates, &indents, plan, closing.name);
        work.run(&rows)?;
        let mut own = indents.shifts(&work);
        own.extend(vanish::edits(self, &fates, &work));
        own.extend(work.edits);
        own.sort_by_key(|edit| edit.span);
        let touched = touched(&self.lines, &own);
        if self.lines.only_continues(touched) {
            return Err(Refusal::new(
                "a line there holds nothing but a backslash, which may say how the next one is indented",
            ));
        }
        let edits = match closing.import {
            Some(import) => with_import(own, import),
            None => own,
        };
        if edits
            .windows(2)
            .any(|pair| pair[0].span.end > pair[1].span.start)
        {
            return Err(Refusal::new("two edits of the fix overlap"));
        }
        Ok(Patch { edits, touched })
    }
}

/// The edits with that of an import. At one place it comes first, then white space, then what is written behind it.
fn with_import(mut own: Vec<Edit>, import: Edit) -> Vec<Edit> {
    let mut edits = Vec::new();
    // Where lines vanish on both sides of it, they vanish in two parts.
    let at = import.span.start;
    let around =
        |edit: &&mut Edit| edit.span.start < at && at < edit.span.end && edit.text.is_empty();
    if let Some(edit) = own.iter_mut().find(around) {
        let before = Span::new(edit.span.start, at);
        edit.span.start = at;
        edits.push(Edit {
            span: before,
            text: String::new(),
        });
    }
    edits.push(import);
    edits.extend(own);
    edits.sort_by_key(|edit| edit.span);
    edits
}

/// Whether `result` is `original` (each with its parsed form) once its new `with` blocks are taken out and acquisitions and
/// releases put back; `releases` tells which methods release. It looks at the two texts alone.
pub fn unwraps(
    original: (&str, &Module),
    result: (&str, &Module),
    releases: &dyn Fn(&str) -> bool,
) -> Result<(), CheckFailure> {
    unwrap::unwraps(original, result, releases)
}

/// Where the first statement is that CPython refuses because it stands in too many blocks.
pub fn too_deep(module: &Module) -> Option<usize> {
    nesting::too_deep(module)
}

/// `text` with `edits` (sorted, not overlapping, on character boundaries) carried out.
pub fn apply(text: &str, edits: &[Edit]) -> String {
    let mut result = String::with_capacity(text.len() + 256);
    let mut done = 0;
    for edit in edits {
        result.push_str(text.get(done..edit.span.start).unwrap_or_default());
        result.push_str(&edit.text);
        done = done.max(edit.span.end);
    }
    result.push_str(text.get(done..).unwrap_or_default());
    result
}

fn touched(lines: &lines::Lines, edits: &[Edit]) -> Span {
    let Some(first) = edits.first() else {
        return Span::default();
    };
    let start = lines.line(lines.at(first.span.start)).start;
    let end = |edit: &Edit| {
        let line = lines.line(lines.at(edit.span.end));
        // A removal of whole lines ends where the next line starts: that one is not touched.
        let ends_before = edit.span.end == line.start && edit.span.start < edit.span.end;
        if ends_before { line.start } else { line.next }
    };
    Span::new(start, edits.iter().map(end).max().unwrap_or(start))
}
