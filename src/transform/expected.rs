//! What the statements of the result should be, derived from the plan without a look at any edit.

use super::blocks::Blocks;
use crate::rules::{Plan, Wrap};
use crate::syntax::{BlockId, Module, Span, StmtId, StmtKind};

/// A statement that should be there.
pub(super) enum Node<'p> {
    /// With this text, and no blocks.
    Simple(String),
    /// With this text before its first header (decorators, `match x:`), and these blocks with their headers.
    Compound {
        head: String,
        parts: Vec<(String, Vec<Node<'p>>)>,
    },
    /// The `with` of the plan; `joined` holds the items that were there before, if it is a merge.
    With {
        wrap: &'p Wrap,
        joined: Option<StmtId>,
        body: Vec<Node<'p>>,
    },
}

/// The top-level statements that `plan` should lead to.
pub(super) fn tree<'p>(text: &str, module: &Module, plan: &'p Plan) -> Vec<Node<'p>> {
    let builder = Builder {
        source: Source::new(text, module),
        module,
        plan,
        blocks: Blocks::new(module),
    };
    builder.list(&module.block(module.body).stmts)
}

/// A text and which of its lines begin inside a string.
pub(super) struct Source<'a> {
    text: &'a str,
    frozen: Vec<usize>,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, module: &Module) -> Self {
        let inside = module.strings.iter().flat_map(|string| {
            let breaks = string.of(text).match_indices(['\n', '\r']);
            breaks.map(|(at, _)| string.start + at + 1)
        });
        let mut frozen: Vec<usize> = inside.collect();
        frozen.sort_unstable();
        Self { text, frozen }
    }

    /// The text of `span` without the white space its lines begin with, except in strings.
    pub fn strip(&self, span: Span) -> String {
        let mut stripped = String::new();
        let mut at = span.start;
        for line in self
            .text
            .get(span.start..span.end)
            .unwrap_or_default()
            .split_inclusive(['\n', '\r'])
        {
            let is_frozen = self.frozen.binary_search(&at).is_ok();
            stripped += if is_frozen {
                line
            } else {
                line.trim_start_matches([' ', '\t', '\x0c'])
            };
            at += line.len();
        }
        stripped
    }
}

struct Builder<'a, 'p> {
    source: Source<'a>,
    module: &'a Module,
    plan: &'p Plan,
    blocks: Blocks,
}

impl<'p> Builder<'_, 'p> {
    fn list(&self, ids: &[StmtId]) -> Vec<Node<'p>> {
        let mut nodes = Vec::new();
        let mut rest = ids;
        while let [id, behind @ ..] = rest {
            let wrap = self
                .plan
                .wrap
                .as_ref()
                .filter(|wrap| wrap.at == *id && wrap.merge_into.is_none());
            let Some(wrap) = wrap else {
                nodes.extend(self.stmt(*id));
                rest = behind;
                continue;
            };
            let count = rest
                .iter()
                .position(|id| *id == wrap.last)
                .map_or(1, |last| last + 1);
            let (members, after) = rest.split_at(count);
            let members = &members[usize::from(wrap.replaces)..];
            nodes.extend(wrap.annotation.clone().map(Node::Simple));
            let body = or_pass(members.iter().flat_map(|id| self.stmt(*id)).collect());
            nodes.push(Node::With {
                wrap,
                joined: None,
                body,
            });
            rest = after;
        }
        nodes
    }

    fn stmt(&self, id: StmtId) -> Vec<Node<'p>> {
        let merge = self
            .plan
            .wrap
            .as_ref()
            .filter(|wrap| wrap.merge_into.is_some());
        if self.plan.drop.contains(&id) || merge.is_some_and(|wrap| wrap.at == id && wrap.replaces)
        {
            return Vec::new();
        }
        let span = self.module.stmt(id).span;
        let blocks = self.blocks.of(id);
        let Some(first) = blocks.first().map(|id| self.module.block(*id).header) else {
            return vec![Node::Simple(self.replaced(span))];
        };
        if let Some(wrap) = merge.filter(|wrap| wrap.merge_into == Some(id)) {
            let body = blocks.iter().flat_map(|id| self.block(*id)).collect();
            let annotation = wrap.annotation.clone().map(Node::Simple);
            return annotation
                .into_iter()
                .chain([Node::With {
                    wrap,
                    joined: Some(id),
                    body: or_pass(body),
                }])
                .collect();
        }
        if let StmtKind::Try {
            body,
            handlers,
            finally: Some(finally),
            ..
        } = &self.module.stmt(id).kind
            && self.block(*finally).is_empty()
        {
            if handlers.is_empty() {
                return self.block(*body);
            }
            return vec![self.compound(span, first, blocks.iter().filter(|id| *id != finally))];
        }
        vec![self.compound(span, first, blocks.iter())]
    }

    fn compound<'b>(
        &self,
        span: Span,
        first: Span,
        blocks: impl Iterator<Item = &'b BlockId>,
    ) -> Node<'p> {
        let part = |id: &BlockId| {
            (
                self.replaced(self.module.block(*id).header),
                or_pass(self.block(*id)),
            )
        };
        let head = self
            .replaced(Span::new(span.start, first.start))
            .trim_end()
            .to_owned();
        Node::Compound {
            head,
            parts: blocks.map(part).collect(),
        }
    }

    fn block(&self, id: BlockId) -> Vec<Node<'p>> {
        self.list(&self.module.block(id).stmts)
    }

    /// The text of `span` with the plan's replacements.
    fn replaced(&self, span: Span) -> String {
        let mut inside: Vec<_> = self
            .plan
            .replace
            .iter()
            .filter(|(old, _)| span.contains(*old))
            .collect();
        inside.sort_by_key(|(old, _)| *old);
        let mut text = String::new();
        let mut done = span.start;
        for (old, new) in inside {
            text += &self.source.strip(Span::new(done, old.start));
            text += new;
            done = old.end;
        }
        text + &self.source.strip(Span::new(done, span.end))
    }
}

fn or_pass(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    if nodes.is_empty() {
        vec![Node::Simple("pass".to_owned())]
    } else {
        nodes
    }
}
