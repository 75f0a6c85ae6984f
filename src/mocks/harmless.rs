//! Replacements that a `with` around the call does no harm to.

use super::replaced::{Replaced, last};
use crate::project::Names;
use crate::syntax::{
    Binding, BindingKind, Expr, ExprKind, ScopeId, Span, StmtId, StmtKind, walk_exprs,
};

/// What asks a mock about calls of itself, not about what became of its result.
const ABOUT_CALLS: [&str; 11] = [
    "assert_any_call",
    "assert_called",
    "assert_called_once",
    "assert_called_once_with",
    "assert_called_with",
    "assert_not_called",
    "call_args",
    "call_args_list",
    "call_count",
    "called",
    "reset_mock",
];

/// Whether the program cannot tell a `with` around the call from what it did before.
pub(super) fn is(names: &Names<'_>, one: &Replaced<'_>) -> bool {
    let around = around(names, one);
    // Whoever wrote that has thought of the `with`.
    if around.of(names.text).contains("__enter__") {
        return true;
    }
    match one.value {
        Some(value) => gives_context(names, value, one.scope),
        None => !one.set_up && is_not_looked_into(names, one, around),
    }
}

/// The function that a replacement stands in or decorates; at the top level, its statement.
fn around(names: &Names<'_>, one: &Replaced<'_>) -> Span {
    let own = names.module.stmt(one.stmt);
    let mut at = Some(one.stmt);
    while let Some(id) = at {
        let stmt = names.module.stmt(id);
        if matches!(stmt.kind, StmtKind::FunctionDef(_)) {
            return stmt.span;
        }
        at = names.module.parent(id);
    }
    own.span
}

/// Whether what stands in its place gives something real when it is called, or an object with a `with` of its own.
fn gives_context(names: &Names<'_>, value: &Expr, scope: ScopeId) -> bool {
    match &value.kind {
        ExprKind::Lambda { body, .. } => is_context(names, body, scope),
        ExprKind::Call { func, .. } => last(func) == Some("mock_open"),
        ExprKind::Name(_) | ExprKind::Attribute { .. } => {
            if let Some(run) = names.function(value, scope).filter(|run| !run.makes) {
                let there = run.names;
                let inside = there.scopes.of_block(run.def.body);
                let body = there.module.block(run.def.body).span;
                let mut returned = there.module.stmts.iter().filter_map(|stmt| {
                    let own = body.contains(stmt.span)
                        && there.scopes.of_stmt(there.module, stmt.id) == inside;
                    match &stmt.kind {
                        StmtKind::Return(value) if own => Some(value.as_ref()),
                        _ => None,
                    }
                });
                let real = |value: Option<&Expr>| {
                    value.is_some_and(|value| is_context(&there, value, inside))
                };
                let first = returned.next();
                return first.is_some_and(real) && returned.all(real);
            }
            is_entered(names, value, scope) || names.acquires(value, scope)
        }
        _ => false,
    }
}

/// Whether the value of an expression is a resource, or an object of a class with `__enter__`.
fn is_context(names: &Names<'_>, value: &Expr, scope: ScopeId) -> bool {
    match &value.kind {
        ExprKind::Call { func, .. } => {
            names.acquirer(value, scope).is_some() || is_entered(names, func, scope)
        }
        ExprKind::Name(name) => variable(names, name, scope),
        _ => false,
    }
}

/// The same of a variable: all that is assigned to it is, or it is a parameter that is annotated so or gets that from a
/// fixture of this file.
fn variable(names: &Names<'_>, name: &str, scope: ScopeId) -> bool {
    let Some(at) = names.scopes.resolve(scope, name) else {
        return false;
    };
    let Some(bindings) = names.scopes.scope(at).bindings.get(name) else {
        return false;
    };
    bindings.iter().all(|binding| match &binding.kind {
        BindingKind::Assign => {
            let stmt = binding.stmt.map(|id| &names.module.stmt(id).kind);
            // Not a variable that is another one: no look-up goes in circles.
            matches!(stmt, Some(StmtKind::Assign { value, .. })
                if matches!(value.kind, ExprKind::Call { .. }) && is_context(names, value, at))
        }
        BindingKind::With(index) => {
            let stmt = binding.stmt.map(|id| &names.module.stmt(id).kind);
            matches!(stmt, Some(StmtKind::With { items, .. }) if items.get(*index)
                .is_some_and(|item| names.acquirer(&item.context, at).is_some()))
        }
        BindingKind::Param(index) => {
            let owner = names
                .scopes
                .scope(at)
                .stmt
                .map(|id| &names.module.stmt(id).kind);
            let Some(StmtKind::FunctionDef(def)) = owner else {
                return false;
            };
            let annotation = def.params.get(*index).and_then(|it| it.annotation.as_ref());
            annotation.is_some_and(|class| names.acquires(class, at)) || fixture(names, name)
        }
        _ => false,
    })
}

/// Whether the function of that name at the top level yields or returns such a thing.
fn fixture(names: &Names<'_>, name: &str) -> bool {
    let mut defs = names
        .module
        .block(names.module.body)
        .stmts
        .iter()
        .filter_map(|id| match &names.module.stmt(*id).kind {
            StmtKind::FunctionDef(def) if def.name == name => Some(def),
            _ => None,
        });
    let Some(def) = defs.next() else { return false };
    let inside = names.scopes.of_block(def.body);
    let body = names.module.block(def.body).span;
    let mut given = Vec::new();
    for stmt in names
        .module
        .stmts
        .iter()
        .filter(|stmt| body.contains(stmt.span))
    {
        if let StmtKind::Return(Some(value)) = &stmt.kind {
            given.push(value);
        }
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Yield(Some(value)) = &expr.kind {
                given.push(value);
            }
        });
    }
    let real = |value: &&Expr| match &value.kind {
        // Not a fixture that gives another one.
        ExprKind::Name(name) => {
            let local = names.scopes.scope(inside).bindings.get(name);
            let param = |it: &Binding| matches!(it.kind, BindingKind::Param(_));
            local.is_some_and(|all| !all.iter().any(param)) && variable(names, name, inside)
        }
        _ => is_context(names, value, inside),
    };
    !given.is_empty() && given.iter().all(real)
}

/// Whether the expression is a class of this file with `__enter__`.
fn is_entered(names: &Names<'_>, class: &Expr, scope: ScopeId) -> bool {
    let ExprKind::Name(name) = &class.kind else {
        return false;
    };
    let Some(scope) = names.scopes.resolve(scope, name) else {
        return false;
    };
    let bindings = names.scopes.scope(scope).bindings.get(name);
    bindings.into_iter().flatten().any(|binding| {
        let stmt = binding.stmt.map(|id| names.module.stmt(id));
        let Some(StmtKind::ClassDef(def)) = stmt.map(|stmt| &stmt.kind) else {
            return false;
        };
        let scope = names.scopes.scope(names.scopes.of_block(def.body));
        scope.bindings.contains_key("__enter__") || scope.bindings.contains_key("__aenter__")
    })
}

/// Whether nothing asks the mock that `patch` makes for more than how it was called.
fn is_not_looked_into(names: &Names<'_>, one: &Replaced<'_>, around: Span) -> bool {
    let Some(handle) = handle(names, one) else {
        return false;
    };
    let Some(handle) = handle else {
        return true;
    };
    let (mut seen, mut asked) = (0, 0);
    let inside = names.module.stmts.iter();
    for stmt in inside.filter(|stmt| around.contains(stmt.span)) {
        walk_exprs(stmt, &mut |expr| {
            match &expr.kind {
                ExprKind::Name(name) if *name == handle => seen += 1,
                ExprKind::Attribute { value, attr } => {
                    let is_it = matches!(&value.kind, ExprKind::Name(name) if *name == handle);
                    asked += usize::from(is_it && ABOUT_CALLS.contains(&attr.as_str()));
                }
                _ => {}
            };
        });
    }
    let bound = usize::from(!matches!(
        names.module.stmt(one.stmt).kind,
        StmtKind::FunctionDef(_)
    ));
    seen == asked + bound
}

/// The name of the mock that `patch` makes: `Some(None)` if it has none, `None` if that cannot be told.
fn handle(names: &Names<'_>, one: &Replaced<'_>) -> Option<Option<String>> {
    let name = |target: &Expr| match &target.kind {
        ExprKind::Name(name) => Some(Some(name.clone())),
        _ => None,
    };
    match &names.module.stmt(one.stmt).kind {
        StmtKind::With { items, .. } => {
            let item = items.iter().find(|item| item.context.span == one.place)?;
            item.target.as_ref().map_or(Some(None), name)
        }
        StmtKind::Assign { targets, value } if value.span == one.place => {
            match targets.as_slice() {
                [target] => name(target),
                _ => None,
            }
        }
        StmtKind::Expr(value) if value.span == one.place => Some(None),
        StmtKind::FunctionDef(def) => {
            // The lowest decorator fills the first parameter.
            let mine = def.decorators.iter().rposition(|it| it.span == one.place)?;
            let below = def.decorators[mine + 1..].iter();
            let makes = |it: &&Expr| matches!(&it.kind, ExprKind::Call { func, args } if is_patch(func, args));
            let place = below.filter(makes).count();
            let first = usize::from(is_method(names, one.stmt));
            let param = def.params.get(place + first)?;
            Some(Some(param.name.clone()))
        }
        _ => None,
    }
}

/// Whether the call is a `patch` that makes a mock and gives it to the function.
fn is_patch(func: &Expr, args: &[crate::syntax::Arg]) -> bool {
    let own = match &func.kind {
        ExprKind::Attribute { value, attr } if attr == "object" => {
            (last(value) == Some("patch")).then_some(2)
        }
        _ => (last(func) == Some("patch")).then_some(1),
    };
    own.is_some_and(|own| {
        let new = |arg: &crate::syntax::Arg| arg.keyword.as_deref() == Some("new");
        let plain = args.iter().filter(|arg| arg.keyword.is_none()).count();
        plain <= own && !args.iter().any(new)
    })
}

fn is_method(names: &Names<'_>, id: StmtId) -> bool {
    names
        .module
        .parent(id)
        .is_some_and(|owner| matches!(names.module.stmt(owner).kind, StmtKind::ClassDef(_)))
}
