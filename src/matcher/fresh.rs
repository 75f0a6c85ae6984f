//! A name for a resource that has none.

use super::Context;
use crate::syntax::{ExprKind, ScopeId, ScopeKind, StmtId, StmtKind, walk_exprs};

/// A name like `wanted` that can be bound around the statement `at` without disturbing anything: not used in the
/// function at all, or only in `with` blocks that bind it themselves and do not contain `at`.
pub fn name(ctx: &Context<'_>, scope: ScopeId, at: StmtId, wanted: &str) -> String {
    let mut candidate = wanted.to_owned();
    let mut number = 1;
    while !is_free(ctx, scope, at, &candidate) {
        number += 1;
        candidate = format!("{wanted}{number}");
    }
    candidate
}

fn is_free(ctx: &Context<'_>, scope: ScopeId, at: StmtId, name: &str) -> bool {
    let module = ctx.module;
    let info = ctx.scopes.scope(scope);
    if info.globals.contains(name) || info.nonlocals.contains(name) {
        return false;
    }
    if let Some(bindings) = info.bindings.get(name)
        && bindings
            .iter()
            .any(|binding| !matches!(binding.kind, crate::syntax::BindingKind::With(_)))
    {
        return false;
    }
    let whole = match info.kind {
        ScopeKind::Function => info.stmt.map(|id| module.stmt(id).span),
        // Names of a module or class are seen from elsewhere.
        _ => None,
    };
    let mentioned = |id: StmtId| {
        let mut found = false;
        walk_exprs(module.stmt(id), &mut |expr| {
            found |= matches!(&expr.kind, ExprKind::Name(other) | ExprKind::Walrus { name: other, .. } if other == name);
            if let ExprKind::Lambda { params, .. } = &expr.kind {
                found |= params.iter().any(|param| param.name == name);
            }
        });
        found || ctx.binds(id, name)
    };
    module
        .stmts
        .iter()
        .filter(|stmt| whole.is_none_or(|span| span.contains(stmt.span)))
        // The function's own name is bound outside of it.
        .filter(|stmt| Some(stmt.id) != info.stmt && mentioned(stmt.id))
        .all(|stmt| {
            // Fine inside a `with` of the same scope that binds the name and does not contain `at`.
            let mut up = Some(stmt.id);
            while let Some(id) = up {
                if matches!(module.stmt(id).kind, StmtKind::With { .. })
                    && ctx.binds(id, name)
                    && ctx.scopes.of_stmt(module, id) == scope
                {
                    return !module.stmt(id).span.contains(module.stmt(at).span)
                        || id == at && !inner_target(ctx, at, name);
                }
                up = module.parent(id);
            }
            false
        })
}

/// Whether `at` is a `with` that binds the name itself.
fn inner_target(ctx: &Context<'_>, at: StmtId, name: &str) -> bool {
    ctx.binds(at, name)
}
