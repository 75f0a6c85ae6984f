//! The statements of a result, held against those that should be there.

use super::Original;
use super::blocks::Blocks;
use super::check::{Verdict, fail, line_of, shorten};
use super::expected::{Node, Source};
use crate::rules::{Item, Plan, Wrap};
use crate::syntax::{
    BindingKind, Expr, ExprKind, Module, Scopes, Span, StmtId, StmtKind, WithItem,
};
use std::cell::OnceCell;

/// The result's statements beside those that should be there.
///
/// It descends as deep as blocks are nested, which the parser bounds.
pub(super) struct Comparison<'a> {
    original: &'a Original<'a>,
    new: &'a str,
    result: &'a Module,
    plans: &'a [&'a Plan],
    stripped: Source<'a>,
    blocks: Blocks,
    scopes: OnceCell<Scopes>,
}

impl<'a> Comparison<'a> {
    pub fn new(
        original: &'a Original,
        new: &'a str,
        result: &'a Module,
        plans: &'a [&'a Plan],
    ) -> Self {
        Self {
            original,
            new,
            result,
            plans,
            stripped: Source::new(new, result),
            blocks: Blocks::new(result),
            scopes: OnceCell::new(),
        }
    }

    /// Holds the result against the statements that should be there.
    pub fn run(&self, expected: &[Node]) -> Verdict {
        let mut actual = self.result.block(self.result.body).stmts.clone();
        if self.uses_closing() && actual.len() == expected.len() + 1 {
            self.take_import(expected, &mut actual)?;
        }
        if self.uses_closing()
            && let Some(place) = self.longer_import(expected, &actual)
        {
            self.before_its_use(expected, place)?;
            self.list(&expected[..place], &actual[..place], 0)?;
            return self.list(&expected[place + 1..], &actual[place + 1..], place);
        }
        self.list(expected, &actual, 0)
    }

    /// Where an import from `contextlib` has `closing` among its names, and had not.
    fn longer_import(&self, expected: &[Node], actual: &[StmtId]) -> Option<usize> {
        let names = |text: &str| -> Option<Vec<String>> {
            let names = text.strip_prefix("from contextlib import ")?;
            Some(
                names
                    .split(',')
                    .map(|name| name.trim().to_owned())
                    .collect(),
            )
        };
        let is_longer = |(node, id): (&Node, &StmtId)| {
            let Node::Simple(old) = node else {
                return false;
            };
            let (Some(old), Some(mut new)) = (names(old), names(self.source(*id))) else {
                return false;
            };
            let Some(place) = new.iter().position(|name| name == "closing") else {
                return false;
            };
            new.remove(place);
            new == old
        };
        expected.iter().zip(actual).position(is_longer)
    }

    /// Whether no `with` before the import needs it.
    fn before_its_use(&self, expected: &[Node], place: usize) -> Verdict {
        let needs = |node: &Node| matches!(node, Node::With { wrap, .. } if needs_closing(wrap));
        match expected.iter().take(place).any(needs) {
            true => fail("the new import stands in the wrong place"),
            false => Ok(()),
        }
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
        self.before_its_use(expected, place)?;
        if too_early {
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

    /// Whether `items` are the `old` ones with those of the plan behind them, or in the place of one of them.
    fn items(&self, wrap: &Wrap, old: &[WithItem], items: &[WithItem], id: StmtId) -> bool {
        let (before, behind) = match wrap.instead_of {
            Some(index) if index < old.len() => (&old[..index], &old[index + 1..]),
            Some(_) => return false,
            None => (old, [].as_slice()),
        };
        let same =
            |(a, b): (&WithItem, &WithItem)| a.span.of(self.original.text) == self.of(b.span);
        let new = before.len()..before.len() + wrap.items.len();
        items.len() == new.end + behind.len()
            && before.iter().zip(items).all(same)
            && behind.iter().zip(&items[new.end..]).all(same)
            && wrap
                .items
                .iter()
                .zip(&items[new])
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
