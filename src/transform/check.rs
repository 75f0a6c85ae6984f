//! The safety net: reads the result anew and holds it against the original and the plan.

use super::blocks::Blocks;
use super::expected::{Node, Source, tree};
use super::tokens::Tokens;
use super::{Edit, Original, Patch, apply};
use crate::rules::{Item, Plan, Wrap};
use crate::syntax::{
    BindingKind, Expr, ExprKind, Module, Scopes, Span, StmtId, StmtKind, WithItem, parse,
};
use std::cell::OnceCell;
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
type Verdict = Result<(), CheckFailure>;

fn fail<T>(reason: impl Into<String>) -> Result<T, CheckFailure> {
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
        Comparison {
            original: self,
            new: &text,
            result: &module,
            plans: &plans,
            stripped: Source::new(&text, &module),
            blocks: Blocks::new(&module),
            scopes: OnceCell::new(),
        }
        .run(&expected)?;
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
    let (mut old, mut kept) = (all(text, module), all(new, result));
    if old.len() == kept.len() {
        // A context takes its comments along into the header, past others of its statement or of a header further up.
        for span in plans.iter().filter_map(|plan| reach(text, module, plan)) {
            let index = |at| {
                module
                    .comments
                    .partition_point(|comment| comment.start < at)
            };
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

/// The result's statements beside those that should be there.
///
/// It descends as deep as blocks are nested, which the parser bounds.
struct Comparison<'a> {
    original: &'a Original<'a>,
    new: &'a str,
    result: &'a Module,
    plans: &'a [&'a Plan],
    stripped: Source<'a>,
    blocks: Blocks,
    scopes: OnceCell<Scopes>,
}

impl<'a> Comparison<'a> {
    fn run(&self, expected: &[Node]) -> Verdict {
        let mut actual = self.result.block(self.result.body).stmts.clone();
        if self.uses_closing() && actual.len() == expected.len() + 1 {
            self.take_import(expected, &mut actual)?;
        }
        self.list(expected, &actual, 0)
    }

    fn uses_closing(&self) -> bool {
        let mut wraps = self.plans.iter().filter_map(|plan| plan.wrap.as_ref());
        wraps.any(needs_closing)
    }

    /// Finds the one statement that may be new at the top level.
    fn take_import(&self, expected: &[Node], actual: &mut Vec<StmtId>) -> Verdict {
        let is_new = |id: &StmtId| {
            ["from contextlib import closing", "import contextlib"].contains(&self.source(*id))
        };
        let Some(place) = actual.iter().position(is_new) else {
            return Ok(());
        };
        let is_future =
            |node: &Node| matches!(node, Node::Simple(text) if text.starts_with("from __future__"));
        let has_docstring = self.original.module.stmts.first().is_some_and(|stmt| {
            matches!(&stmt.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Str(_)))
        });
        let later = expected.get(place..).unwrap_or_default();
        let too_early = place == 0 && has_docstring || later.iter().any(is_future);
        let too_late = expected
            .iter()
            .take(place)
            .any(|node| matches!(node, Node::With { wrap, .. } if needs_closing(wrap)));
        if too_early || too_late {
            return fail("the new import stands in the wrong place");
        }
        actual.remove(place);
        Ok(())
    }

    /// Compares a row of statements; `behind` is where what stands before them starts.
    fn list(&self, expected: &[Node], actual: &[StmtId], behind: usize) -> Verdict {
        for (node, id) in expected.iter().zip(actual) {
            self.stmt(node, *id)?;
        }
        if let Some(extra) = actual.get(expected.len()) {
            return fail(format!(
                "line {} of the result, `{}`, does not belong there",
                self.line(*extra),
                self.first(*extra)
            ));
        }
        match expected.get(actual.len()) {
            None => Ok(()),
            Some(node) => {
                let last = actual.last().map(|id| self.result.stmt(*id).span.start);
                let line = line_of(self.new, last.unwrap_or(behind));
                fail(format!(
                    "`{}` is missing behind line {line} of the result",
                    shorten(&describe(node))
                ))
            }
        }
    }

    fn stmt(&self, node: &Node, id: StmtId) -> Verdict {
        let differs = || {
            let (line, found) = (self.line(id), self.first(id));
            fail(format!(
                "line {line} of the result should be `{}` but is `{found}`",
                shorten(&describe(node))
            ))
        };
        let blocks = self.blocks.of(id);
        match node {
            Node::Simple(text)
                if blocks.is_empty() && *text == self.stripped.strip(self.result.stmt(id).span) =>
            {
                Ok(())
            }
            Node::Simple(_) => differs(),
            Node::Compound { head, parts } => {
                let start = self.result.stmt(id).span.start;
                let first = blocks
                    .first()
                    .map_or(start, |block| self.result.block(*block).header.start);
                if blocks.len() != parts.len()
                    || self.stripped.strip(Span::new(start, first)).trim_end() != head
                {
                    return differs();
                }
                for ((header, body), block) in parts.iter().zip(blocks) {
                    let block = self.result.block(*block);
                    if self.stripped.strip(block.header) != *header {
                        return differs();
                    }
                    self.list(body, &block.stmts, block.header.start)?;
                }
                Ok(())
            }
            Node::With { wrap, joined, body } => {
                let StmtKind::With {
                    is_async,
                    items,
                    body: block,
                    ..
                } = &self.result.stmt(id).kind
                else {
                    return differs();
                };
                let old = joined.map(|id| &self.original.module.stmt(id).kind);
                let (was_async, old) = match old {
                    Some(StmtKind::With {
                        is_async, items, ..
                    }) => (*is_async, items.as_slice()),
                    _ => (wrap.is_async, [].as_slice()),
                };
                if *is_async != was_async || !self.items(wrap, old, items, id) {
                    return differs();
                }
                let start = self.result.stmt(id).span.start;
                self.list(body, &self.result.block(*block).stmts, start)
            }
        }
    }

    fn items(&self, wrap: &Wrap, old: &[WithItem], items: &[WithItem], id: StmtId) -> bool {
        let (before, own) = items.split_at(old.len().min(items.len()));
        old.len() == before.len()
            && own.len() == wrap.items.len()
            && old
                .iter()
                .zip(before)
                .all(|(a, b)| a.span.of(self.original.text) == self.of(b.span))
            && wrap
                .items
                .iter()
                .zip(own)
                .all(|(item, found)| self.item(item, found, id))
    }

    fn item(&self, item: &Item, found: &WithItem, id: StmtId) -> bool {
        let target = found.target.as_ref().map(|target| self.of(target.outer));
        if target != item.target.as_deref().map(str::trim) {
            return false;
        }
        if !item.closing {
            return self.is_verbatim(&item.context, &found.context);
        }
        match &found.context.kind {
            ExprKind::Call { func, args } => match args.as_slice() {
                [arg] if arg.keyword.is_none() && arg.stars == 0 => {
                    self.is_closing(func, id) && self.is_verbatim(&item.context, &arg.value)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether `expr` is `context`, but for parentheses around it.
    fn is_verbatim(&self, context: &str, expr: &Expr) -> bool {
        let rest = self.of(expr.outer).replacen(context.trim(), "", 1);
        rest.len() < expr.outer.end - expr.outer.start
            && rest
                .chars()
                .filter(|c| !c.is_whitespace())
                .all(|c| c == '(' || c == ')')
            && rest.matches('(').count() == rest.matches(')').count()
    }

    /// Whether `func`, in the scope of `id`, is `contextlib.closing`.
    fn is_closing(&self, func: &Expr, id: StmtId) -> bool {
        let (name, attribute) = match &func.kind {
            ExprKind::Name(name) => (name, None),
            ExprKind::Attribute { value, attr } => match &value.kind {
                ExprKind::Name(name) => (name, Some(attr.as_str())),
                _ => return false,
            },
            _ => return false,
        };
        let scopes = self.scopes.get_or_init(|| Scopes::build(self.result));
        let scope = scopes.resolve(scopes.of_stmt(self.result, id), name);
        let bindings = scope.and_then(|scope| scopes.scope(scope).bindings.get(name));
        let is_right = |kind: &BindingKind| match kind {
            BindingKind::Import { path } => path == "contextlib" && attribute == Some("closing"),
            BindingKind::ImportFrom {
                level,
                module,
                name,
            } => {
                (*level, module.as_str(), name.as_str(), attribute)
                    == (0, "contextlib", "closing", None)
            }
            _ => false,
        };
        bindings
            .is_some_and(|all| !all.is_empty() && all.iter().all(|binding| is_right(&binding.kind)))
    }

    fn of(&self, span: Span) -> &'a str {
        span.of(self.new)
    }

    fn source(&self, id: StmtId) -> &'a str {
        self.of(self.result.stmt(id).span)
    }

    fn first(&self, id: StmtId) -> String {
        let blocks = self.blocks.of(id).first();
        let header = blocks.map(|block| self.result.block(*block).header);
        shorten(header.unwrap_or(self.result.stmt(id).span).of(self.new))
    }

    fn line(&self, id: StmtId) -> usize {
        line_of(self.new, self.result.stmt(id).span.start)
    }
}

fn needs_closing(wrap: &Wrap) -> bool {
    wrap.items.iter().any(|item| item.closing)
}

fn describe(node: &Node) -> String {
    match node {
        Node::Simple(text) => text.clone(),
        Node::Compound { head, parts } if head.is_empty() => {
            parts.first().map(|part| part.0.clone()).unwrap_or_default()
        }
        Node::Compound { head, .. } => head.clone(),
        Node::With { wrap, .. } => {
            let items: Vec<&str> = wrap.items.iter().map(|item| item.context.trim()).collect();
            format!("with {}", items.join(", "))
        }
    }
}

/// The first line of `text`, for a message.
fn shorten(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 60 {
        line.chars().take(57).chain("...".chars()).collect()
    } else {
        line.to_owned()
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.get(..offset).unwrap_or(text);
    before.matches('\n').count() + before.replace("\r\n", "").matches('\r').count() + 1
}
