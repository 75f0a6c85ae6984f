//! The safety net: reads the result anew and holds it against the original and the plan.

use super::blocks::Blocks;
use super::expected::{Node, Source, tree};
use super::{Edit, Patch, apply};
use crate::rules::{Item, Plan, Wrap};
use crate::syntax::{
    BindingKind, Expr, ExprKind, Module, Scopes, Span, StmtId, StmtKind, WithItem, parse, tokens,
};

/// What is wrong with a result: a clause without a full stop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFailure(pub String);

impl std::fmt::Display for CheckFailure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for CheckFailure {}

type Verdict = Result<(), CheckFailure>;

fn fail<T>(reason: impl Into<String>) -> Result<T, CheckFailure> {
    Err(CheckFailure(reason.into()))
}

/// The text after `patch`, if it is just what `plan` says: no new syntax error, the same tokens outside the edits, the
/// same comments, and every statement in its place.
pub fn check(
    text: &str,
    module: &Module,
    plan: &Plan,
    patch: &Patch,
) -> Result<String, CheckFailure> {
    check_edits(text, &patch.edits)?;
    let new = apply(text, &patch.edits);
    check_tokens(text, &new, &patch.edits)?;
    let result = parse(&new);
    if result.errors.len() > module.errors.len() {
        return fail("the result has a syntax error that the original does not have");
    }
    check_comments(text, module, &new, &result, plan)?;
    Comparison::new(text, module, &new, &result, plan).run()?;
    Ok(new)
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
fn check_tokens(text: &str, new: &str, edits: &[Edit]) -> Verdict {
    let mut inserted = Vec::new();
    let (mut grown, mut shrunk) = (0, 0);
    for edit in edits {
        let start = edit.span.start + grown - shrunk;
        inserted.push(Span::new(start, start + edit.text.len()));
        grown += edit.text.len();
        shrunk += edit.span.end - edit.span.start;
    }
    let removed: Vec<Span> = edits.iter().map(|edit| edit.span).collect();
    let old = outside(text, &removed)?;
    let kept = outside(new, &inserted)?;
    if let Some((a, b)) = old.iter().zip(&kept).find(|(a, b)| a != b) {
        return fail(format!("`{}` became `{}`", shorten(a), shorten(b)));
    }
    match old.len().cmp(&kept.len()) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater => fail(format!("`{}` is lost", shorten(old[kept.len()]))),
        std::cmp::Ordering::Less => fail(format!(
            "`{}` appears from nowhere",
            shorten(kept[old.len()])
        )),
    }
}

/// The tokens of `text` that lie outside `spans` (sorted).
fn outside<'t>(text: &'t str, spans: &[Span]) -> Result<Vec<&'t str>, CheckFailure> {
    // A token may lie in two edits that touch.
    let joined = spans.chunk_by(|a, b| a.end == b.start).filter_map(|row| {
        let (first, last) = (row.first()?, row.last()?);
        (first.start < last.end).then(|| Span::new(first.start, last.end))
    });
    let mut joined = joined.peekable();
    let mut left = Vec::new();
    for token in tokens(text) {
        while joined
            .next_if(|span| span.end <= token.span.start)
            .is_some()
        {}
        match joined.peek() {
            Some(span) if span.contains(token.span) => {}
            Some(span) if span.overlaps(token.span) => {
                let token = shorten(token.span.of(text));
                return fail(format!("an edit cuts through `{token}`"));
            }
            _ => left.push(token.span.of(text)),
        }
    }
    Ok(left)
}

fn check_comments(text: &str, module: &Module, new: &str, result: &Module, plan: &Plan) -> Verdict {
    let mut old: Vec<&str> = module
        .comments
        .iter()
        .map(|comment| comment.of(text))
        .collect();
    let mut kept: Vec<&str> = result
        .comments
        .iter()
        .map(|comment| comment.of(new))
        .collect();
    // A context takes its comments along into the header, past others of its statement or of a header further up.
    if plan.wrap.as_ref().is_some_and(|wrap| {
        let at = module.stmt(wrap.at).span;
        let inside = module.comments.iter().any(|comment| at.contains(*comment));
        wrap.merge_into.is_some() || wrap.items.len() > 1 || wrap.replaces && inside
    }) {
        old.sort_unstable();
        kept.sort_unstable();
    }
    if old == kept {
        return Ok(());
    }
    let lost = old.iter().find(|comment| !kept.contains(comment));
    fail(match lost {
        Some(comment) => format!("the comment `{}` is lost", shorten(comment)),
        None => "the comments are not the same, or not in the same order".to_owned(),
    })
}

/// The result's statements beside those that should be there.
struct Comparison<'a> {
    text: &'a str,
    module: &'a Module,
    new: &'a str,
    result: &'a Module,
    plan: &'a Plan,
    stripped: Source<'a>,
    blocks: Blocks,
    scopes: Scopes,
}

impl<'a> Comparison<'a> {
    fn new(
        text: &'a str,
        module: &'a Module,
        new: &'a str,
        result: &'a Module,
        plan: &'a Plan,
    ) -> Self {
        let (blocks, scopes) = (Blocks::new(result), Scopes::build(result));
        Self {
            text,
            module,
            new,
            result,
            plan,
            stripped: Source::new(new, result),
            blocks,
            scopes,
        }
    }

    fn run(&self) -> Verdict {
        let expected = tree(self.text, self.module, self.plan);
        let mut actual = self.result.block(self.result.body).stmts.clone();
        if self.uses_closing() && actual.len() == expected.len() + 1 {
            self.take_import(&expected, &mut actual)?;
        }
        self.list(&expected, &actual, 0)
    }

    fn uses_closing(&self) -> bool {
        self.plan
            .wrap
            .as_ref()
            .is_some_and(|wrap| wrap.items.iter().any(|item| item.closing))
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
        let has_docstring = self.module.stmts.first().is_some_and(|stmt| {
            matches!(&stmt.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Str(_)))
        });
        let later = expected.get(place..).unwrap_or_default();
        let too_early = place == 0 && has_docstring || later.iter().any(is_future);
        let too_late = expected
            .iter()
            .take(place)
            .any(|node| matches!(node, Node::With { .. }));
        if too_early || too_late {
            return fail("the new import stands in the wrong place");
        }
        actual.remove(place);
        Ok(())
    }

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
                let line = actual.last().map_or(behind, |id| self.line(*id));
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
                    self.list(body, &block.stmts, line_of(self.new, block.header.start))?;
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
                let old = joined.map(|id| &self.module.stmt(id).kind);
                let (was_async, old) = match old {
                    Some(StmtKind::With {
                        is_async, items, ..
                    }) => (*is_async, items.as_slice()),
                    _ => (wrap.is_async, [].as_slice()),
                };
                if *is_async != was_async || !self.items(wrap, old, items, id) {
                    return differs();
                }
                self.list(body, &self.result.block(*block).stmts, self.line(id))
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
                .all(|(a, b)| a.span.of(self.text) == self.of(b.span))
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
        let scope = self
            .scopes
            .resolve(self.scopes.of_stmt(self.result, id), name);
        let bindings = scope.and_then(|scope| self.scopes.scope(scope).bindings.get(name));
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
