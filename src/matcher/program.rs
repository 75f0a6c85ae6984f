//! Whether a file is a program that is run, or a module that others import.

use super::Context;
use crate::catalog::Catalog;
use crate::syntax::{Expr, ExprKind, Role, ScopeId, StmtId, StmtKind};

/// Whether no other file can be meant to import the names of this one: its own name is none that can be imported, or it
/// prints, asks, exits or draws a page while it is loaded, and has neither `__all__` nor an `if __name__ == "__main__":`.
pub fn is_program(ctx: &Context<'_>) -> bool {
    if cannot_be_imported(ctx) {
        return true;
    }
    let mut top = ctx.module.stmts.iter().map(|stmt| stmt.id);
    let is_importable = top
        .clone()
        .any(|id| is_main_guard(ctx, id) || ctx.binds(id, "__all__"));
    !is_importable && top.any(|id| is_run_at_once(ctx, id) && talks(ctx, id))
}

/// Whether the statement stands under `if __name__ == "__main__":`.
pub fn in_main(ctx: &Context<'_>, id: StmtId) -> bool {
    let mut at = Some(id);
    while let Some(id) = at {
        if is_main_guard(ctx, id) {
            return true;
        }
        at = ctx.module.parent(id);
    }
    false
}

fn is_main_guard(ctx: &Context<'_>, id: StmtId) -> bool {
    match &ctx.module.stmt(id).kind {
        StmtKind::If { branches, .. } => branches.first().is_some_and(|(test, _)| asks_main(test)),
        _ => false,
    }
}

fn asks_main(test: &Expr) -> bool {
    let ExprKind::Compare { operands, .. } = &test.kind else {
        return false;
    };
    operands
        .iter()
        .any(|operand| matches!(&operand.kind, ExprKind::Name(name) if name == "__name__"))
}

/// `1_Regions.py`, `nightly-report.py`, `__main__.py`.
fn cannot_be_imported(ctx: &Context<'_>) -> bool {
    let path = ctx.names.path;
    let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else {
        return false;
    };
    if path.extension().is_none_or(|extension| extension != "py") {
        return false; // standard input, and what goes by a name of its own
    }
    stem == "__main__"
        || stem.starts_with(|first: char| first.is_ascii_digit())
        || stem.contains(['-', ' '])
}

/// Whether the statement runs once, unconditionally, whenever the file is loaded.
fn is_run_at_once(ctx: &Context<'_>, id: StmtId) -> bool {
    let mut block = ctx.module.block(ctx.module.stmt(id).block);
    loop {
        match (block.role, block.owner) {
            (Role::Module, _) => return true,
            (Role::With | Role::Try | Role::Loop, Some(owner)) => {
                block = ctx.module.block(ctx.module.stmt(owner).block);
            }
            _ => return false,
        }
    }
}

/// Whether the statement itself speaks to whoever runs the file.
fn talks(ctx: &Context<'_>, id: StmtId) -> bool {
    let stmt = ctx.module.stmt(id);
    let scope = ctx.scopes.of_stmt(ctx.module, id);
    let exprs: Vec<&Expr> = match &stmt.kind {
        StmtKind::Expr(_) | StmtKind::If { .. } | StmtKind::With { .. } => stmt.exprs(),
        StmtKind::Assign { value, .. } => vec![value],
        _ => return false,
    };
    let is_bare = !matches!(stmt.kind, StmtKind::Assign { .. });
    exprs.iter().any(|expr| speaks(ctx, scope, expr, is_bare))
}

/// Whether `expr` is a call that speaks; one whose value is kept does so only if it asks.
fn speaks(ctx: &Context<'_>, scope: ScopeId, expr: &Expr, is_bare: bool) -> bool {
    match &expr.kind {
        ExprKind::Call { func, .. } => {
            let catalog = Catalog::get();
            if let ExprKind::Attribute { attr, .. } = &func.kind
                && catalog.method_of_a_program(attr)
            {
                return true;
            }
            let Some(dotted) = ctx.names.dotted(func, scope) else {
                return false;
            };
            catalog.makes_a_program(&dotted) && (is_bare || dotted == "builtins.input")
        }
        ExprKind::Not(inner) => speaks(ctx, scope, inner, is_bare),
        _ => false,
    }
}
