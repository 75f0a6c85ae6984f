//! CPython's limits on nesting.

use super::Refusal;
use super::blocks::{outside_in, same_scope};
use super::fates::Fates;
use crate::rules::Plan;
use crate::syntax::{Module, Role, Span, Stmt, StmtKind};

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

/// Refuses a `with` that would be nested more deeply than Python can compile.
pub(super) fn check(
    text: &str,
    module: &Module,
    fates: &Fates,
    plan: &Plan,
) -> Result<(), Refusal> {
    let Some(region) = &fates.region else {
        return Ok(());
    };
    let items = plan.wrap.as_ref().map_or(0, |wrap| wrap.items.len());
    let reach = Span::new(
        module.stmt(region.wrap.at).span.start,
        module.stmt(region.wrap.last).span.end,
    );
    let mut depths = vec![Depth::default(); module.blocks.len()];
    // In a merge the whole body of the existing `with` gets the items, and no deeper indentation.
    let added = |stmt: &Stmt, depth: Depth| {
        let inside = stmt.block == region.block && (region.at..=region.last).contains(&stmt.index);
        let merged = !region.indents() && stmt.block == region.block;
        Depth {
            blocks: depth.blocks + if inside || merged { items } else { 0 },
            indents: depth.indents + usize::from(inside && region.indents()),
        }
    };
    for id in outside_in(module) {
        let block = module.block(id);
        let Some(owner) = block.owner.map(|owner| module.stmt(owner)) else {
            continue;
        };
        let mut depth = added(owner, depths[owner.block.0 as usize]);
        if !same_scope(block) {
            depth.blocks = 0;
        }
        if !fates.header_gone(module, id) {
            depth.indents += 1 + usize::from(matches!(block.role, Role::Case(_)));
        }
        depth.blocks += cost(fates, owner, block.role);
        depths[id.0 as usize] = depth;
    }
    for stmt in &module.stmts {
        let old = depths[stmt.block.0 as usize];
        let depth = added(stmt, old);
        if fates.gone(stmt.id) || !reach.contains(stmt.span) {
            continue;
        }
        // An asynchronous comprehension takes a block of its own (3.12).
        let own = usize::from(has_async_comprehension(text, fates, stmt));
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

fn has_async_comprehension(text: &str, fates: &Fates, stmt: &Stmt) -> bool {
    fates.blocks.of(stmt.id).is_empty() && stmt.span.of(text).contains("async")
}
