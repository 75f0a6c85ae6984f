//! CPython's limits on nesting.

use super::Refusal;
use super::blocks::same_scope;
use super::fates::{Fates, Region};
use super::original::Original;
use crate::syntax::{BlockId, Module, Role, Stmt, StmtId, StmtKind};
use std::collections::HashMap;

/// CPython's compiler keeps a stack of at most this many blocks per function (`CO_MAXBLOCKS`).
const MAX_BLOCKS: usize = 20;
/// CPython's tokenizer keeps a stack of at most this many indentations (`MAXINDENT`, less the top level).
const MAX_INDENTS: usize = 99;

/// How deep a block's statements stand.
#[derive(Clone, Copy, Default)]
struct Depth {
    blocks: usize,
    indents: usize,
}

/// How deep the blocks stand that were asked for.
struct Depths<'a> {
    module: &'a Module,
    fates: &'a Fates<'a>,
    region: &'a Region<'a>,
    known: HashMap<BlockId, Depth>,
}

impl Depths<'_> {
    /// How deep the statements of a block stand. The way to the top is short: the parser takes 100 levels.
    fn of(&mut self, id: BlockId) -> Depth {
        if let Some(depth) = self.known.get(&id) {
            return *depth;
        }
        let block = self.module.block(id);
        let Some(owner) = block.owner.map(|owner| self.module.stmt(owner)) else {
            return Depth::default();
        };
        let mut depth = self.at(owner);
        if !same_scope(block) {
            depth.blocks = 0;
        }
        if !self.fates.header_gone(self.module, id) {
            depth.indents += 1 + usize::from(matches!(block.role, Role::Case(_)));
        }
        depth.blocks += cost(self.fates, owner, block.role);
        self.known.insert(id, depth);
        depth
    }

    /// How deep a statement stands. In a merge the whole body of the existing `with` gets the items, and no deeper
    /// indentation.
    fn at(&mut self, stmt: &Stmt) -> Depth {
        let (region, depth) = (self.region, self.of(stmt.block));
        let inside = stmt.block == region.block && (region.at..=region.last).contains(&stmt.index);
        let merged = !region.indents() && stmt.block == region.block;
        let items = if inside || merged {
            region.new_items()
        } else {
            0
        };
        Depth {
            blocks: depth.blocks + items,
            indents: depth.indents + usize::from(inside && region.indents()),
        }
    }
}

/// Refuses a `with` that would be nested more deeply than Python can compile.
pub(super) fn check(original: &Original, fates: &Fates) -> Result<(), Refusal> {
    let Some(region) = &fates.region else {
        return Ok(());
    };
    if crate::faults::anywhere("nesting") {
        return Ok(());
    }
    let mut depths = Depths {
        module: original.module,
        fates,
        region,
        known: HashMap::new(),
    };
    let reach = region.wrap.at.0..original.subtree(region.wrap.last).end;
    for stmt in reach.map(|id| original.module.stmt(StmtId(id))) {
        if fates.gone(stmt.id) {
            continue;
        }
        let depth = depths.at(stmt);
        // An asynchronous comprehension takes a block of its own (3.12).
        let own = usize::from(has_async_comprehension(original, stmt));
        if depth.blocks + own > MAX_BLOCKS {
            return Err(Refusal::new(format!(
                "more than {MAX_BLOCKS} blocks would be nested, which Python cannot compile"
            )));
        }
        if depth.indents > MAX_INDENTS {
            return Err(Refusal::new(
                "the code would be indented more deeply than Python can read",
            ));
        }
    }
    Ok(())
}

/// How many of CPython's blocks a part of `owner` costs; measured, the greatest of 3.8 to 3.13.
fn cost(fates: &Fates, owner: &Stmt, role: Role) -> usize {
    match (&owner.kind, role) {
        (
            StmtKind::Try {
                handlers, finally, ..
            },
            role,
        ) => {
            let finally =
                usize::from(finally.is_some_and(|block| !fates.gone_blocks.contains(&block)));
            match role {
                Role::Try => finally + usize::from(!handlers.is_empty()),
                Role::Except(_) => finally + 2,
                // An `else` stands behind the handlers, a `finally` behind both.
                Role::Finally => 1,
                _ => finally,
            }
        }
        (StmtKind::With { items, .. }, _) => items.len(),
        (_, Role::Loop) => 1,
        _ => 0,
    }
}

fn has_async_comprehension(original: &Original, stmt: &Stmt) -> bool {
    original.blocks.of(stmt.id).is_empty() && stmt.span.of(original.text).contains("async")
}
