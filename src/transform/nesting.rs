//! How deep the statements of a text are nested, counted anew, for the self-check.

use crate::syntax::{BlockId, Module, Role, StmtKind};

/// CPython's compiler takes no more blocks inside each other in one function, its reader no more indentations.
const MOST: (usize, usize) = (20, 99);

/// The offset of the first statement that stands in more blocks than CPython compiles. A `for`, a `while` and each item
/// of a `with` is a block; so is a `try` for its handlers, and once more for its `finally`, and what a handler needs.
pub(super) fn too_deep(module: &Module) -> Option<usize> {
    let mut depths: Vec<Option<(usize, usize)>> = vec![None; module.blocks.len()];
    module.blocks.iter().find_map(|block| {
        let (blocks, indents) = depth(module, block.id, &mut depths);
        let first = *block.stmts.first()?;
        (blocks > MOST.0 || indents > MOST.1).then(|| module.stmt(first).span.start)
    })
}

/// In how many blocks, and behind how many indentations, the statements of a block stand.
fn depth(module: &Module, id: BlockId, known: &mut Vec<Option<(usize, usize)>>) -> (usize, usize) {
    if let Some(depth) = known.get(id.0 as usize).copied().flatten() {
        return depth;
    }
    let block = module.block(id);
    let found = match block.owner.map(|owner| module.stmt(owner)) {
        None => (0, 0),
        Some(owner) => {
            let (around, indents) = depth(module, owner.block, known);
            // `match` is indented once itself and once for each case.
            let deeper = indents + 1 + usize::from(matches!(block.role, Role::Case(_)));
            let blocks = match (&owner.kind, block.role) {
                (StmtKind::FunctionDef(_) | StmtKind::ClassDef(_), _) => 0,
                (StmtKind::With { items, .. }, _) => around + items.len(),
                (StmtKind::For { .. } | StmtKind::While { .. }, Role::Loop) => around + 1,
                (
                    StmtKind::Try {
                        handlers, finally, ..
                    },
                    role,
                ) => {
                    let outer = usize::from(finally.is_some());
                    around
                        + match role {
                            Role::Try => outer + usize::from(!handlers.is_empty()),
                            Role::Except(_) => outer + 2,
                            Role::Finally => 1,
                            _ => outer,
                        }
                }
                _ => around,
            };
            (blocks, deeper)
        }
    };
    if let Some(place) = known.get_mut(id.0 as usize) {
        *place = Some(found);
    }
    found
}
