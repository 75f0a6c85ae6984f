//! Look-ups in the tables of a module that go from the outside in.

use crate::syntax::{Block, BlockId, Module, Role, Stmt, StmtId, StmtKind};

/// The blocks of every statement, in source order.
pub(super) struct Blocks(Vec<Vec<BlockId>>);

impl Blocks {
    pub fn new(module: &Module) -> Self {
        let mut blocks = vec![Vec::new(); module.stmts.len()];
        for block in &module.blocks {
            if let Some(owner) = block.owner
                && let Some(list) = blocks.get_mut(owner.0 as usize)
            {
                list.push(block.id);
            }
        }
        for list in &mut blocks {
            list.sort_by_key(|id| module.block(*id).header.start);
        }
        Self(blocks)
    }

    pub fn of(&self, stmt: StmtId) -> &[BlockId] {
        &self.0[stmt.0 as usize]
    }
}

/// The number of the last statement that starts at `offset` or before it.
pub(super) fn last_started(module: &Module, offset: usize) -> Option<StmtId> {
    let count = module
        .stmts
        .partition_point(|stmt| stmt.span.start <= offset);
    count.checked_sub(1).map(|index| module.stmts[index].id)
}

/// The innermost statement whose span holds `offset`.
pub(super) fn innermost(module: &Module, offset: usize) -> Option<StmtId> {
    let mut id = last_started(module, offset)?;
    while module.stmt(id).span.end <= offset {
        id = module.parent(id)?;
    }
    Some(id)
}

/// The `else` of an `if`, a loop or a `try`.
pub(super) fn orelse(stmt: &Stmt) -> Option<BlockId> {
    match &stmt.kind {
        StmtKind::If { orelse, .. }
        | StmtKind::While { orelse, .. }
        | StmtKind::For { orelse, .. }
        | StmtKind::Try { orelse, .. } => *orelse,
        _ => None,
    }
}

/// The finally block of a `try`.
pub(super) fn finally(stmt: &Stmt) -> Option<BlockId> {
    match &stmt.kind {
        StmtKind::Try { finally, .. } => *finally,
        _ => None,
    }
}

/// Whether a block's statements share their owner's scope.
pub(super) fn same_scope(block: &Block) -> bool {
    !matches!(block.role, Role::Function | Role::Class | Role::Module)
}
