//! The way back: takes the new `with` blocks out of a result, puts acquisitions and releases back, and wants the original.
//!
//! It knows neither edits nor plans, only two texts and which methods release. So it also finds what a wrong plan did:
//! a statement that was dropped as if it were a release, an acquisition that no `with` took over. Statements are walked
//! side by side. Where they differ, the difference has to be one of a few: a new `with`, whose body then stands in its
//! place; an acquisition whose text is now an item of a `with`; a release of what a `with` holds, with what only served
//! it; a name that stands for the acquisition it is bound to.

mod items;
mod leftovers;
mod parts;

use super::blocks::Blocks;
use super::check::{CheckFailure, fail, line_of, shorten};
use super::tokens::Tokens;
use crate::syntax::{BlockId, Module, Span, StmtId, StmtKind};
use items::Items;
use std::cell::Cell;
use std::collections::{HashMap, HashSet};

/// How often each statement may be looked at before it is given up, on average: far more than anything needs in which only
/// fixes were made.
const MOST_LOOKS: usize = 100;

/// Whether `result` is `original` but for `with` blocks in the place of acquisitions and releases; `releases` tells
/// which methods release.
pub(super) fn unwraps(
    original: (&str, &Module),
    result: (&str, &Module),
    releases: &dyn Fn(&str) -> bool,
) -> Result<(), CheckFailure> {
    let (old, new) = (Half::new(original), Half::new(result));
    old.same_comments(&new)?;
    let mut way = Way {
        items: Items::new(&old, &new),
        held: HashSet::new(),
        furthest: Cell::new(0),
        steps: (old.module.stmts.len() + new.module.stmts.len()) * MOST_LOOKS,
        old: &old,
        new: &new,
        releases,
    };
    way.held = way.held_in(Span::new(0, new.text.len()));
    let top = |half: &Half| half.module.block(half.module.body).stmts.clone();
    let (before, after) = (top(&old), top(&new));
    let same = way.run(Row::only(&before), Row::only(&after));
    if same && let Some(extra) = way.items.left_over() {
        return fail(format!(
            "`{}` is in a new `with`, but the original does not acquire it so",
            shorten(extra)
        ));
    }
    if same && way.items.is_even() {
        return Ok(());
    }
    let at = way.furthest.get();
    fail(format!(
        "without its new `with` blocks the result is not the original any more from line {} on",
        line_of(old.text, at)
    ))
}

/// One of the two texts.
struct Half<'a> {
    text: &'a str,
    module: &'a Module,
    blocks: Blocks,
    /// Where its tokens are, comments left out.
    tokens: Vec<Span>,
    /// How it can write `contextlib.closing`.
    closings: HashSet<String>,
    /// Where its functions are, in the order in which they begin.
    functions: Vec<Span>,
}

impl<'a> Half<'a> {
    fn new((text, module): (&'a str, &'a Module)) -> Self {
        let is_comment =
            |token: &Span| text[token.start..].starts_with('#') && is_start(module, token.start);
        let tokens = Tokens::new(text, module).filter(|token| !is_comment(token));
        let functions = module.stmts.iter().filter_map(|stmt| match stmt.kind {
            StmtKind::FunctionDef(_) => Some(stmt.span),
            _ => None,
        });
        let mut functions: Vec<Span> = functions.collect();
        functions.sort_by_key(|span| span.start);
        Self {
            text,
            module,
            blocks: Blocks::new(module),
            tokens: tokens.collect(),
            closings: closings(module),
            functions,
        }
    }

    /// The innermost function around `span`, or the one that it is: its place among all of them, which is the same in both
    /// texts.
    fn home(&self, span: Span) -> Option<usize> {
        let before = self
            .functions
            .partition_point(|function| function.start <= span.start);
        (0..before)
            .rev()
            .find(|at| self.functions[*at].contains(span))
    }

    /// The tokens of a part of the text.
    fn words(&self, span: Span) -> Vec<&'a str> {
        let first = self
            .tokens
            .partition_point(|token| token.start < span.start);
        self.tokens[first..]
            .iter()
            .take_while(|token| token.end <= span.end)
            .map(|token| token.of(self.text))
            .collect()
    }

    /// The tokens of a statement with all that stands in it.
    fn whole(&self, id: StmtId) -> Vec<&'a str> {
        self.words(self.module.stmt(id).span)
    }

    /// The tokens of a statement before the header of its first block: decorators, what is matched.
    fn head(&self, id: StmtId) -> Vec<&'a str> {
        let span = self.module.stmt(id).span;
        let first = self.blocks.of(id).first();
        let end = first.map_or(span.end, |block| self.module.block(*block).header.start);
        self.words(Span::new(span.start, end))
    }

    fn header(&self, id: BlockId) -> Vec<&'a str> {
        self.words(self.module.block(id).header)
    }

    fn stmts(&self, id: BlockId) -> &'a [StmtId] {
        &self.module.block(id).stmts
    }

    fn kind(&self, id: StmtId) -> &'a StmtKind {
        &self.module.stmt(id).kind
    }

    /// Every comment is there once more, and no other; their order is for the other check.
    fn same_comments(&self, new: &Half) -> Result<(), CheckFailure> {
        let mut counts: HashMap<&str, isize> = HashMap::new();
        for comment in &self.module.comments {
            *counts.entry(comment.of(self.text)).or_default() += 1;
        }
        for comment in &new.module.comments {
            *counts.entry(comment.of(new.text)).or_default() -= 1;
        }
        let Some((comment, count)) = counts.into_iter().find(|(_, count)| *count != 0) else {
            return Ok(());
        };
        let what = if count > 0 { "is lost" } else { "is new" };
        fail(format!("the comment `{}` {what}", shorten(comment)))
    }
}

/// The names that imports anywhere in the text give to `contextlib.closing`.
fn closings(module: &Module) -> HashSet<String> {
    let mut found = HashSet::new();
    for stmt in &module.stmts {
        let (path, names, end) = match &stmt.kind {
            StmtKind::ImportFrom { module, names, .. } if module == "contextlib" => {
                ("closing", names, "")
            }
            StmtKind::Import(names) => ("contextlib", names, ".closing"),
            _ => continue,
        };
        let names = names.iter().filter(|name| name.name == path);
        found.extend(names.map(|name| {
            let known = name.alias.as_ref().unwrap_or(&name.name);
            format!("{known}{end}")
        }));
    }
    found
}

fn is_start(module: &Module, at: usize) -> bool {
    let found = module
        .comments
        .binary_search_by_key(&at, |comment| comment.start);
    found.is_ok()
}

/// Statements still to be walked: some of a block, then what stands behind the block that was taken apart.
#[derive(Clone, Copy)]
struct Row<'r> {
    stmts: &'r [StmtId],
    behind: Option<&'r Row<'r>>,
}

impl<'r> Row<'r> {
    fn only(stmts: &'r [StmtId]) -> Self {
        Self {
            stmts,
            behind: None,
        }
    }

    /// The next statement, and what comes then.
    fn split(self) -> Option<(StmtId, Row<'r>)> {
        let mut row = self;
        loop {
            if let [first, rest @ ..] = row.stmts {
                return Some((
                    *first,
                    Row {
                        stmts: rest,
                        behind: row.behind,
                    },
                ));
            }
            row = *row.behind?;
        }
    }
}

/// The walk along both texts.
struct Way<'w, 'a> {
    old: &'w Half<'a>,
    new: &'w Half<'a>,
    items: Items<'a>,
    /// The names that a `with` of the function at hand holds.
    held: HashSet<&'a str>,
    releases: &'w dyn Fn(&str) -> bool,
    /// How far the original could be walked.
    furthest: Cell<usize>,
    /// How many statements may still be looked at.
    steps: usize,
}

impl<'a> Way<'_, 'a> {
    /// Walks two rows to their ends.
    fn run<'r>(&mut self, mut old: Row<'r>, mut new: Row<'r>) -> bool
    where
        'a: 'r,
    {
        loop {
            if self.steps == 0 {
                return false;
            }
            self.steps -= 1;
            let (before, after) = (old.split(), new.split());
            if let Some((id, _)) = before {
                let at = self.old.module.stmt(id).span.start;
                self.furthest.set(self.furthest.get().max(at));
            }
            if let (Some((from, rest)), Some((to, later))) = (before, after)
                && (self.old.whole(from) == self.new.whole(to) || self.pair(from, to))
            {
                (old, new) = (rest, later);
                continue;
            }
            if let Some((to, later)) = after {
                if let Some(body) = self.new_with(to) {
                    let inner = Row {
                        stmts: self.new.stmts(body),
                        behind: Some(&later),
                    };
                    if let Some((from, rest)) = before
                        && self.is_item_of(from, to)
                        && self.acquires(from)
                    {
                        return self.run(rest, inner);
                    }
                    let items = self.items.clone();
                    if self.run(old, inner) {
                        return true;
                    }
                    self.items = items;
                }
                if self.is_filler(to, before.map(|(from, _)| from)) {
                    new = later;
                    continue;
                }
            }
            let Some((from, rest)) = before else {
                return after.is_none();
            };
            if let Some(body) = self.dissolved(from) {
                let inner = Row {
                    stmts: self.old.stmts(body),
                    behind: Some(&rest),
                };
                return self.run(inner, new);
            }
            if !self.may_go(from) && !self.acquires(from) {
                return false;
            }
            old = rest;
        }
    }

    /// Whether a statement of the result belongs to none of the original: `pass`, an import, what is left of an
    /// acquisition: its annotation, other names it bound.
    fn is_filler(&mut self, to: StmtId, from: Option<StmtId>) -> bool {
        match self.new.kind(to) {
            StmtKind::Pass => true,
            StmtKind::Assign { .. } => {
                let words = self.new.whole(to);
                self.items.settle(&words)
            }
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } => {
                let words = self.new.whole(to);
                self.new.module.parent(to).is_none()
                    && (words == ["import", "contextlib"]
                        || words == ["from", "contextlib", "import", "closing"])
            }
            StmtKind::AnnAssign { value: None, .. } => from.is_some_and(|from| {
                let StmtKind::AnnAssign {
                    value: Some(value), ..
                } = self.old.kind(from)
                else {
                    return false;
                };
                let start = self.old.module.stmt(from).span.start;
                let mut before = self.old.words(Span::new(start, value.outer.start));
                before.pop();
                before == self.new.whole(to)
            }),
            _ => false,
        }
    }
}
