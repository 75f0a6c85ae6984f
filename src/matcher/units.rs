//! Releases as statements: the release alone, or a guard around it that holds nothing else.

use super::Context;
use super::conditions::About;
use super::effects;
use super::sites::Site;
use crate::catalog::{Callable, Catalog, Kind, Resource};
use crate::syntax::{BlockId, Expr, ExprKind, Module, Role, StmtId, StmtKind};

/// A run of code that does nothing but release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    /// The statement to drop.
    pub stmt: StmtId,
    /// The release inside it.
    pub release: StmtId,
    /// Whether a test asks first whether the name is bound: `'s' in locals()`.
    pub spares_unbound: bool,
    /// Whether a test asks first whether it is `None`.
    pub spares_none: bool,
    /// Whether an error of the release is swallowed.
    pub swallowed: bool,
}

/// The largest statement around the release statement `release` that does nothing but release `name`; `None` if the
/// statement is not just the release.
pub fn around(ctx: &Context<'_>, resource: &Resource, name: &str, release: StmtId) -> Option<Unit> {
    if !is_release(ctx.module, resource, name, release) {
        return None;
    }
    let mut unit = Unit {
        stmt: release,
        release,
        spares_unbound: false,
        spares_none: false,
        swallowed: false,
    };
    while let Some(parent) = ctx.module.parent(unit.stmt) {
        let block = ctx.module.stmt(unit.stmt).block;
        if !holds_only(ctx.module, block, unit.stmt) {
            break;
        }
        match &ctx.module.stmt(parent).kind {
            StmtKind::If {
                branches,
                orelse: None,
            } => {
                let [(test, _)] = branches.as_slice() else {
                    break;
                };
                if !asks_only(test, &about(resource, name)) {
                    break;
                }
                // Guards further out are asked first.
                let mut parts = conjuncts(test).into_iter();
                unit.spares_unbound = parts
                    .clone()
                    .next()
                    .is_some_and(|part| asks_whether_bound(part, name));
                unit.spares_none |= parts
                    .find(|part| !asks_whether_bound(part, name))
                    .is_some_and(|part| asks_whether_none(part, name));
            }
            StmtKind::Try {
                body,
                handlers,
                orelse: None,
                finally: None,
            } if *body == block => {
                if !handlers
                    .iter()
                    .all(|handler| is_silent(ctx.module, handler.body))
                {
                    break;
                }
                unit.swallowed = true;
            }
            StmtKind::With { items, .. } => {
                let [item] = items.as_slice() else { break };
                if !is_suppress(&item.context) {
                    break;
                }
                unit.swallowed = true;
            }
            _ => break,
        }
        unit.stmt = parent;
    }
    // Alone in another `with`, the release has that `with` for a reason: a lock, or an error that is expected.
    let block = ctx.module.block(ctx.module.stmt(unit.stmt).block);
    if block.role == Role::With
        && block.stmts.len() == 1
        && !block.owner.is_some_and(|with| ctx.binds(with, name))
    {
        return None;
    }
    Some(unit)
}

/// What a guard may ask about an open resource.
pub fn about<'a>(resource: &'a Resource, name: &'a str) -> About<'a> {
    About {
        name: Some(name),
        open: Some(true),
        checks: &resource.checks,
    }
}

/// Whether the statement is exactly the call of the release (awaited, where it has to be).
fn is_release(module: &Module, resource: &Resource, name: &str, id: StmtId) -> bool {
    let StmtKind::Expr(expr) = &module.stmt(id).kind else {
        return false;
    };
    let call = match &expr.kind {
        ExprKind::Await(inner) if resource.release_async => inner,
        ExprKind::Call { .. } if !resource.release_async || resource.given_back => expr,
        _ => return false,
    };
    let ExprKind::Call { func, args } = &call.kind else {
        return false;
    };
    let ExprKind::Attribute { value, attr } = &func.kind else {
        return false;
    };
    let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(other) if other == name);
    let whole = match (resource.given_back, args.as_slice()) {
        (false, []) => is_it(value),
        (true, [arg]) => is_it(&arg.value) && arg.stars == 0 && effects::is_plain_path(value),
        _ => false,
    };
    whole && resource.releases(attr)
}

/// The method that a statement calls, if a call is all it is.
pub fn calls(module: &Module, id: StmtId) -> Option<&str> {
    let StmtKind::Expr(expr) = &module.stmt(id).kind else {
        return None;
    };
    match &expr.kind {
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Attribute { attr, .. } => Some(attr),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the block holds the statement and nothing else but `pass`.
fn holds_only(module: &Module, block: BlockId, id: StmtId) -> bool {
    module
        .block(block)
        .stmts
        .iter()
        .all(|&other| other == id || matches!(module.stmt(other).kind, StmtKind::Pass))
}

/// Whether a test asks only whether the resource is there and open.
pub fn asks_only(test: &Expr, about: &About<'_>) -> bool {
    match &test.kind {
        ExprKind::Bool {
            is_and: true,
            left,
            right,
        } => asks_only(left, about) && asks_only(right, about),
        ExprKind::Not(inner) => about.truth(inner) == Some(false),
        _ => about.truth(test) == Some(true),
    }
}

/// The parts of `a and b and c`, in the order in which they are asked.
fn conjuncts(test: &Expr) -> Vec<&Expr> {
    match &test.kind {
        ExprKind::Bool {
            is_and: true,
            left,
            right,
        } => {
            let mut parts = conjuncts(left);
            parts.extend(conjuncts(right));
            parts
        }
        _ => vec![test],
    }
}

/// `'s' in locals()`, which nothing but a bound name passes.
fn asks_whether_bound(test: &Expr, name: &str) -> bool {
    let ExprKind::Compare { operands, .. } = &test.kind else {
        return false;
    };
    matches!(operands.first().map(|left| &left.kind), Some(ExprKind::Str(Some(text))) if text == name)
}

/// `s`, `s is not None`, `hasattr(s, "close")`, which nothing but an object passes.
fn asks_whether_none(test: &Expr, name: &str) -> bool {
    let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(other) if other == name);
    match &test.kind {
        ExprKind::Not(inner) => asks_whether_none(inner, name),
        ExprKind::Compare { operands, .. } => operands.first().is_some_and(is_it),
        ExprKind::Call { func, .. } => matches!(func.kind, ExprKind::Name(_)),
        _ => is_it(test),
    }
}

/// Whether a test holds only where there is no open resource.
pub fn excludes(test: &Expr, about: &About<'_>) -> bool {
    match &test.kind {
        ExprKind::Not(inner) => asks_only(inner, about),
        _ => about.truth(test) == Some(false),
    }
}

/// Whether the test asks about the name alone (`if s:`, `s is not None`, `'s' in locals()`), not about the object.
pub fn asks_name_only(test: &Expr, about: &About<'_>) -> bool {
    match &test.kind {
        ExprKind::Bool { left, right, .. } => {
            asks_name_only(left, about) && asks_name_only(right, about)
        }
        ExprKind::Not(inner) => asks_name_only(inner, about),
        ExprKind::Name(_) | ExprKind::Compare { .. } => about.truth(test).is_some(),
        _ => false,
    }
}

/// Whether the block does nothing but write messages.
fn is_silent(module: &Module, block: BlockId) -> bool {
    module
        .block(block)
        .stmts
        .iter()
        .all(|&id| match &module.stmt(id).kind {
            StmtKind::Pass => true,
            StmtKind::Expr(expr) => matches!(expr.kind, ExprKind::Number | ExprKind::Str(_)),
            _ => false,
        })
}

fn is_suppress(context: &Expr) -> bool {
    let ExprKind::Call { func, .. } = &context.kind else {
        return false;
    };
    match &func.kind {
        ExprKind::Name(name) => name == "suppress",
        ExprKind::Attribute { attr, .. } => attr == "suppress",
        _ => false,
    }
}

/// Whether the release may run behind this statement instead of before it without anybody seeing it. A statement that
/// could read what the release flushes, move a file that is still open, or acquire the like again, could see it.
pub fn may_precede_release(ctx: &Context<'_>, site: &Site<'_>, id: StmtId) -> bool {
    let stmt = ctx.module.stmt(id);
    if raises_plainly(&stmt.kind) {
        return true;
    }
    let scope = ctx.scopes.of_stmt(ctx.module, id);
    let is_file = matches!(site.resource().kind, Kind::File | Kind::Temp);
    let only_reads = site.only_reads() && !shows_descriptor(ctx, site);
    // What a `return` computes is computed anyway; only a file could be seen half written by it.
    let returns = matches!(stmt.kind, StmtKind::Return(_));
    let mut fine = true;
    crate::syntax::walk_exprs(stmt, &mut |expr| {
        let ExprKind::Call { func, .. } = &expr.kind else {
            return;
        };
        if ctx.names.acquirer(expr, scope).is_some() {
            fine = false;
        }
        if effects::is_message(expr) || is_plain_close(expr) {
            return;
        }
        let known = ctx
            .names
            .dotted(func, scope)
            .and_then(|name| Catalog::get().callable(&name));
        let harmless = known == Some(Callable::Copies)
            || (is_file && only_reads && !moves_files(func))
            || (!is_file && returns);
        fine &= harmless;
    });
    fine
}

/// Whether the function asks for the number under which the file is open: then it may notice when that is free again.
fn shows_descriptor(ctx: &Context<'_>, site: &Site<'_>) -> bool {
    let asks = |expr: &Expr| match &expr.kind {
        ExprKind::Attribute { value, attr } if attr == "fileno" => {
            matches!((&value.kind, &site.name), (ExprKind::Name(name), Some(own)) if name == own)
        }
        _ => false,
    };
    let mut found = false;
    let stmts = ctx.module.stmts.iter();
    for stmt in stmts.filter(|stmt| ctx.scopes.of_stmt(ctx.module, stmt.id) == site.scope) {
        crate::syntax::walk_exprs(stmt, &mut |expr| found |= asks(expr));
    }
    found
}

/// Whether `expr` closes something else.
fn is_plain_close(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Await(inner) => is_plain_close(inner),
        ExprKind::Call { func, args } => {
            args.is_empty()
                && matches!(&func.kind, ExprKind::Attribute { attr, .. } if matches!(attr.as_str(), "close" | "aclose" | "stop"))
        }
        _ => false,
    }
}

/// Whether the name of what is called says that it moves or deletes a file, which some systems refuse while it is open.
fn moves_files(func: &Expr) -> bool {
    const MOVING: [&str; 8] = [
        "remove", "unlink", "rename", "replace", "move", "rmtree", "delete", "rmdir",
    ];
    let name = match &func.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { attr, .. } => attr,
        _ => return true,
    };
    MOVING.iter().any(|word| name.contains(word))
}

/// `raise ValueError(f"... {name}")`: building an exception from names and texts is seen by nobody before it is raised.
fn raises_plainly(kind: &StmtKind) -> bool {
    let StmtKind::Raise {
        exc: Some(exc),
        cause,
    } = kind
    else {
        return false;
    };
    let plain = |expr: &Expr| match &expr.kind {
        ExprKind::FString(parts) => parts.iter().all(super::sites::harmless),
        _ => super::sites::harmless(expr),
    };
    let ExprKind::Call { func, args } = &exc.kind else {
        return false;
    };
    let name = match &func.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { value, attr } if effects::is_plain_path(value) => attr,
        _ => return false,
    };
    let is_exception = [
        "Error",
        "Exception",
        "Exit",
        "Interrupt",
        "Failed",
        "Warning",
    ]
    .iter()
    .any(|end| name.ends_with(end));
    is_exception && args.iter().all(|arg| plain(&arg.value)) && cause.as_ref().is_none_or(plain)
}
