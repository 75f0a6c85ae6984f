//! The safety net: reads the result anew and holds it against the original and the plan.

use super::compare::Comparison;
use super::expected::tree;
use super::tokens::Tokens;
use super::{Edit, Original, Patch, apply};
use crate::rules::Plan;
use crate::syntax::{Module, Span, parse};
use std::collections::HashSet;

/// What is wrong with a result: a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure(pub String);

impl std::fmt::Display for CheckFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CheckFailure {}

/// A text and its parsed form.
type Parsed<'a> = (&'a str, &'a Module);
pub(super) type Verdict = Result<(), CheckFailure>;

pub(super) fn fail<T>(reason: impl Into<String>) -> Result<T, CheckFailure> {
    Err(CheckFailure(reason.into()))
}

/// What came out of a check.
#[derive(Debug)]
pub struct Checked {
    /// The new text.
    pub text: String,
    /// What was replaced in the original, by position.
    pub edits: Vec<Edit>,
    /// The parsed form of the new text.
    pub module: Module,
}

impl Original<'_> {
    /// The text after all `fixes`, if it is just what their plans say: no new syntax error, the same tokens outside the
    /// edits, the same comments, and every statement in its place.
    ///
    /// It is parsed once, however many fixes there are.
    pub fn check(&self, fixes: &[(&Plan, &Patch)]) -> Result<Checked, CheckFailure> {
        let edits = merge(fixes);
        check_edits(self.text, &edits)?;
        let text = apply(self.text, &edits);
        let module = parse(&text);
        check_tokens((self.text, self.module), (&text, &module), &edits)?;
        if module.errors.len() > self.module.errors.len() {
            return fail("the result has a syntax error that the original does not have");
        }
        let plans: Vec<&Plan> = fixes.iter().map(|(plan, _)| *plan).collect();
        check_comments((self.text, self.module), (&text, &module), &plans)?;
        let Some(expected) = tree(self.text, self.module, &self.blocks, &plans) else {
            return fail("two fixes change the same place");
        };
        Comparison::new(self, &text, &module, &plans).run(&expected)?;
        Ok(Checked {
            text,
            edits,
            module,
        })
    }
}

/// The edits of all fixes; an import that several of them need is added once.
fn merge(fixes: &[(&Plan, &Patch)]) -> Vec<Edit> {
    let mut seen = HashSet::new();
    let all = fixes.iter().flat_map(|(_, patch)| &patch.edits);
    let mut edits: Vec<Edit> = all.filter(|edit| seen.insert(*edit)).cloned().collect();
    edits.sort_by_key(|edit| edit.span);
    edits
}

fn check_edits(text: &str, edits: &[Edit]) -> Verdict {
    let mut done = 0;
    for Edit { span, .. } in edits {
        if span.start < done || span.end < span.start || text.get(span.start..span.end).is_none() {
            return fail("the edits overlap or do not fit the text");
        }
        done = span.end;
    }
    Ok(())
}

/// Outside the edits the tokens are the same, and no edit ends inside one.
fn check_tokens(old: Parsed, new: Parsed, edits: &[Edit]) -> Verdict {
    let mut inserted = Vec::new();
    let (mut grown, mut shrunk) = (0, 0);
    for edit in edits {
        let start = edit.span.start + grown - shrunk;
        inserted.push(Span::new(start, start + edit.text.len()));
        grown += edit.text.len();
        shrunk += edit.span.end - edit.span.start;
    }
    let removed: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
    let (mut before, mut after) = (outside(old, &removed), outside(new, &inserted));
    loop {
        match (before.next().transpose()?, after.next().transpose()?) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => return fail(format!("`{}` became `{}`", shorten(a), shorten(b))),
            (Some(a), None) => return fail(format!("`{}` is lost", shorten(a))),
            (None, Some(b)) => return fail(format!("`{}` appears from nowhere", shorten(b))),
            (None, None) => return Ok(()),
        }
    }
}

/// The tokens that lie outside `spans` (sorted).
fn outside<'a>(
    (text, module): Parsed<'a>,
    spans: &[Span],
) -> impl Iterator<Item = Result<&'a str, CheckFailure>> {
    // A token may lie in two edits that touch.
    let joined = spans.chunk_by(|a, b| a.end == b.start).filter_map(|row| {
        let (first, last) = (row.first()?, row.last()?);
        (first.start < last.end).then(|| Span::new(first.start, last.end))
    });
    let mut joined = joined.peekable();
    Tokens::new(text, module).filter_map(move |token| {
        while joined.next_if(|span| span.end <= token.start).is_some() {}
        match joined.peek() {
            Some(span) if span.contains(token) => None,
            Some(span) if span.overlaps(token) => {
                let token = shorten(token.of(text));
                Some(fail(format!("an edit cuts through `{token}`")))
            }
            _ => Some(Ok(token.of(text))),
        }
    })
}

fn check_comments((text, module): Parsed, (new, result): Parsed, plans: &[&Plan]) -> Verdict {
    let all = |text, module: &Module| -> Vec<&str> {
        module.comments.iter().map(|span| span.of(text)).collect()
    };
    let mut kept = all(new, result);
    let pieces = || plans.iter().flat_map(|plan| &plan.pieces);
    let is_gone = |comment: &Span| pieces().any(|(span, _)| span.contains(*comment));
    let stays = module.comments.iter().filter(|comment| !is_gone(comment));
    let mut here: Vec<(usize, &str)> = stays.map(|span| (span.start, span.of(text))).collect();
    for (span, new) in pieces().filter(|(_, new)| new.contains('#')) {
        let comments = parse(new).comments;
        here.extend(comments.iter().map(|own| (span.start, own.of(new))));
    }
    // What is new at one place keeps its order.
    here.sort_by_key(|(at, _)| *at);
    let mut old: Vec<&str> = here.iter().map(|(_, comment)| *comment).collect();
    if old.len() == kept.len() {
        // A context takes its comments along into the header, past others of its statement or of a header further up.
        for span in plans.iter().filter_map(|plan| reach(text, module, plan)) {
            let index = |at| here.partition_point(|(start, _)| *start < at);
            let range = index(span.start)..index(span.end);
            old[range.clone()].sort_unstable();
            kept[range].sort_unstable();
        }
    }
    if old == kept {
        return Ok(());
    }
    let left: HashSet<&str> = kept.into_iter().collect();
    let lost = old.iter().find(|comment| !left.contains(**comment));
    fail(match lost {
        Some(comment) => format!("the comment `{}` is lost", shorten(comment)),
        None => "the comments are not the same, or not in the same order".to_owned(),
    })
}

/// Where the plan may bring comments into another order: the lines from its header to the last statement it takes away
/// or moves.
fn reach(text: &str, module: &Module, plan: &Plan) -> Option<Span> {
    let wrap = plan.wrap.as_ref()?;
    let at = module.stmt(wrap.at).span;
    let first = module
        .comments
        .partition_point(|comment| comment.start < at.start);
    let inside = module
        .comments
        .get(first)
        .is_some_and(|comment| at.contains(*comment));
    if !(wrap.merge_into.is_some() || wrap.items.len() > 1 || wrap.replaces && inside) {
        return None;
    }
    let stmts = plan
        .drop
        .iter()
        .chain([&wrap.at, &wrap.last])
        .chain(&wrap.merge_into);
    let (mut start, mut end) = (at.start, at.end);
    for stmt in stmts {
        let span = module.stmt(*stmt).span;
        (start, end) = (start.min(span.start), end.max(span.end));
    }
    let line = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let rest = text[end..]
        .find(['\n', '\r'])
        .map_or(text.len(), |at| end + at);
    Some(Span::new(line, rest))
}

/// The first line of `text`, for a message.
pub(super) fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 60 {
        line.chars().take(57).chain("...".chars()).collect()
    } else {
        line.to_owned()
    }
}

/// The number of the line that holds `offset`, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + before.replace("\r\n", "").matches('\r').count() + 1
}
