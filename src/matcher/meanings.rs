//! Which bindings of a name may be in force at a node: reaching definitions.

use std::collections::HashMap;

use super::Context;
use super::flow::{Atom, Graph, NodeId, Way};
use crate::syntax::{Expr, ExprKind, StmtId, StmtKind};

/// A binding of the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// What it is when the function begins: a parameter, or nothing.
    Entry,
    /// `name = None` or `del name` at that statement.
    Nothing(StmtId),
    /// Another binding at that statement.
    Bound(StmtId),
}

/// Whether a name means after a binding what it meant before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// It means something else.
    Never,
    /// It may.
    Sometimes,
    /// It does: the binding changes nothing.
    Always,
    /// It may mean what was acquired, whatever it meant just before: `other = conn; conn = None; conn = other`.
    Again,
}

/// The bindings of one name that reach each node.
pub struct Meanings {
    list: Vec<Meaning>,
    at: HashMap<NodeId, u64>,
}

impl Meanings {
    /// Follows the bindings of `name` through the graph. `keeps` tells of an atom that binds the name whether it means
    /// afterwards what it meant before (`f = f or g`, `conn = configure(conn)`), or what `acquired` binds it to.
    pub fn of(
        ctx: &Context<'_>,
        graph: &Graph,
        name: &str,
        acquired: StmtId,
        keeps: &mut dyn FnMut(Atom) -> Keeps,
    ) -> Self {
        let mut list = vec![Meaning::Entry];
        let mut sets: HashMap<NodeId, u64> = HashMap::new();
        let mut gives: HashMap<Atom, (u64, bool)> = HashMap::new();
        let mut again: Vec<Atom> = Vec::new();
        for node in &graph.nodes {
            let Some(id) = node.atom.stmt() else { continue };
            if gives.contains_key(&node.atom) || !ctx.binds_at(node.atom, name) {
                continue;
            }
            let kept = keeps(node.atom);
            if kept == Keeps::Always {
                continue;
            }
            let meaning = if is_none(ctx, id) {
                Meaning::Nothing(id)
            } else {
                Meaning::Bound(id)
            };
            // More bindings than bits: the last bit then means "one of many".
            let bit = list.len().min(63);
            list.push(meaning);
            gives.insert(node.atom, (1 << bit, kept == Keeps::Sometimes));
            if kept == Keeps::Again {
                again.push(node.atom);
            }
        }
        let acquisition = list.iter().position(|it| *it == Meaning::Bound(acquired));
        for (atom, bit) in again.iter().zip(acquisition.into_iter().cycle()) {
            if let Some((given, _)) = gives.get_mut(atom) {
                *given |= 1 << bit.min(63);
            }
        }
        sets.insert(graph.entry, 1);
        let mut queue = vec![graph.entry];
        while let Some(node) = queue.pop() {
            let before = sets.get(&node).copied().unwrap_or(0);
            let after = match gives.get(&graph.nodes[node].atom) {
                Some((given, true)) => given | before,
                Some((given, false)) => *given,
                None => before,
            };
            for &(way, to) in &graph.nodes[node].edges {
                let out = if matches!(way, Way::Raise | Way::Slip) {
                    before
                } else {
                    after
                };
                let known = sets.entry(to).or_insert(0);
                if *known | out != *known {
                    *known |= out;
                    queue.push(to);
                }
            }
        }
        Meanings { list, at: sets }
    }

    /// The bindings that may be in force when control comes to `node`.
    pub fn at(&self, node: NodeId) -> impl Iterator<Item = Meaning> {
        let set = self.at.get(&node).copied().unwrap_or(0);
        self.list
            .iter()
            .enumerate()
            .filter(move |(index, _)| set & (1 << (*index).min(63)) != 0)
            .map(|(_, m)| *m)
    }
}

fn is_none(ctx: &Context<'_>, id: StmtId) -> bool {
    let value = match &ctx.module.stmt(id).kind {
        StmtKind::Assign { value, .. }
        | StmtKind::AnnAssign {
            value: Some(value), ..
        } => value,
        _ => return false,
    };
    matches!(
        value,
        Expr {
            kind: ExprKind::None,
            ..
        }
    )
}
