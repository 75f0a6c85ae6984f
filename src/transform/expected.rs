//! What the statements of the result should be, derived from the plan without a look at any edit.

use super::blocks::Blocks;
use crate::rules::{Plan, Wrap};
use crate::syntax::{BlockId, Module, Span, StmtId, StmtKind, parse};
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

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

/// The top-level statements that `plans` should lead to; `None` if two of them
/// are about one and the same place.
pub(super) fn tree<'p>(
    text: &str,
    module: &Module,
    blocks: &Blocks,
    plans: &[&'p Plan],
) -> Option<Vec<Node<'p>>> {
    let mut builder = Builder {
        source: Source::new(text, module),
        module,
        blocks,
        wraps: HashMap::new(),
        merges: HashMap::new(),
        dropped: HashSet::new(),
        replaced: Vec::new(),
        added: HashMap::new(),
    };
    for plan in plans {
        builder.dropped.extend(&plan.drop);
        let replaced = plan.replace.iter();
        builder
            .replaced
            .extend(replaced.map(|(span, text)| (*span, Cow::Borrowed(text.as_str()))));
        let pieces = plan.pieces.iter();
        builder
            .replaced
            .extend(pieces.map(|(span, text)| (*span, Cow::Owned(stripped(text)))));
        for (stmt, text) in &plan.added {
            builder.added.entry(*stmt).or_default().push(text);
        }
        let Some(wrap) = &plan.wrap else { continue };
        let before = match wrap.merge_into {
            Some(target) => {
                builder.dropped.extend(wrap.replaces.then_some(wrap.at));
                builder.merges.insert(target, wrap)
            }
            None => builder.wraps.insert(wrap.at, wrap),
        };
        if before.is_some() {
            return None;
        }
    }
    // What is new at one place keeps its order.
    builder.replaced.sort_by_key(|(span, _)| *span);
    let overlap = |pair: &[(Span, Cow<'_, str>)]| pair[0].0.end > pair[1].0.start;
    if builder.replaced.windows(2).any(overlap) {
        return None;
    }
    Some(builder.list(&module.block(module.body).stmts))
}

/// A new text as [`Source::strip`] shows it where it stands in the result.
fn stripped(text: &str) -> String {
    let gap = text.len() - text.trim_start_matches([' ', '\t', '\x0c']).len();
    let source = Source::new(text, &parse(text));
    format!(
        "{}{}",
        &text[..gap],
        source.strip(Span::new(gap, text.len()))
    )
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
    blocks: &'a Blocks,
    /// By first statement, the `with` statements to make.
    wraps: HashMap<StmtId, &'p Wrap>,
    /// By the `with` that is there, what joins it.
    merges: HashMap<StmtId, &'p Wrap>,
    dropped: HashSet<StmtId>,
    /// What replaces which text, by place.
    replaced: Vec<(Span, Cow<'p, str>)>,
    /// The new statements before each statement.
    added: HashMap<StmtId, Vec<&'p str>>,
}

impl<'p> Builder<'_, 'p> {
    fn list(&self, ids: &[StmtId]) -> Vec<Node<'p>> {
        let mut nodes = Vec::new();
        let mut rest = ids;
        while let [id, behind @ ..] = rest {
            let added = self.added.get(id).into_iter().flatten();
            nodes.extend(added.map(|text| Node::Simple(stripped(text))));
            let Some(&wrap) = self.wraps.get(id) else {
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
        if self.dropped.contains(&id) {
            return Vec::new();
        }
        let span = self.module.stmt(id).span;
        let blocks = self.blocks.of(id);
        let Some(first) = blocks.first().map(|id| self.module.block(*id).header) else {
            return vec![Node::Simple(self.replaced(span))];
        };
        if let Some(&wrap) = self.merges.get(&id) {
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
        let mut parts: Vec<_> = blocks.iter().map(|id| (*id, self.block(*id))).collect();
        if let Some(orelse) = super::blocks::orelse(self.module.stmt(id))
            && !self.module.block(orelse).stmts.is_empty()
        {
            parts.retain(|(id, nodes)| *id != orelse || !nodes.is_empty());
        }
        if let StmtKind::Try {
            body,
            handlers,
            finally: Some(finally),
            ..
        } = &self.module.stmt(id).kind
            && parts
                .iter()
                .any(|(id, nodes)| id == finally && nodes.is_empty())
            && !self.module.block(*finally).stmts.is_empty()
        {
            parts.retain(|(id, _)| id != finally && (id == body || !handlers.is_empty()));
            if handlers.is_empty() {
                return parts.into_iter().flat_map(|(_, nodes)| nodes).collect();
            }
        }
        let part = |(id, nodes)| {
            let header = self.module.block(id).header;
            (self.replaced(header), or_pass(nodes))
        };
        let head = self
            .replaced(Span::new(span.start, first.start))
            .trim_end()
            .to_owned();
        vec![Node::Compound {
            head,
            parts: parts.into_iter().map(part).collect(),
        }]
    }

    fn block(&self, id: BlockId) -> Vec<Node<'p>> {
        self.list(&self.module.block(id).stmts)
    }

    /// The text of `span` with the plan's replacements.
    fn replaced(&self, span: Span) -> String {
        let first = self
            .replaced
            .partition_point(|(old, _)| old.start < span.start);
        let inside = self.replaced[first..]
            .iter()
            .take_while(|(old, _)| old.start <= span.end)
            .filter(|(old, _)| span.contains(*old));
        let mut text = String::new();
        let mut done = span.start;
        for (old, new) in inside {
            text += &self.piece(Span::new(done, old.start), done > span.start);
            text += new;
            done = old.end;
        }
        text + &self.piece(Span::new(done, span.end), done > span.start)
    }

    /// [`Source::strip`] of a part of a line's code: white space at its beginning stands between tokens, unless the line begins
    /// there.
    fn piece(&self, span: Span, inside: bool) -> String {
        let text = span.of(self.source.text);
        let gap = text.len() - text.trim_start_matches([' ', '\t', '\x0c']).len();
        let begins = self.source.text[..span.start].ends_with(['\n', '\r']);
        let kept = if inside && !begins { &text[..gap] } else { "" };
        format!("{kept}{}", self.source.strip(span))
    }
}

fn or_pass(nodes: Vec<Node<'_>>) -> Vec<Node<'_>> {
    if nodes.is_empty() {
        vec![Node::Simple("pass".to_owned())]
    } else {
        nodes
    }
}
