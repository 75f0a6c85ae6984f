//! What a function does with a variable before it returns it.

use super::names::Names;
use super::trail::Trail;
use crate::catalog::{Callable, Catalog, Resource};
use crate::syntax::{
    Arg, Expr, ExprKind, FunctionDef, Module, Role, ScopeId, Stmt, StmtId, StmtKind,
};

/// The statements inside a function, nested functions included.
pub(super) fn stmts_of<'m>(
    module: &'m Module,
    def: &FunctionDef,
) -> impl Iterator<Item = &'m Stmt> {
    let span = module.block(def.body).span;
    let first = module
        .block(def.body)
        .stmts
        .first()
        .map_or(module.stmts.len(), |stmt| stmt.0 as usize);
    // Numbers grow in source order.
    module.stmts[first..]
        .iter()
        .take_while(move |stmt| span.contains(stmt.span))
}

/// A search for uses of a variable after which it is not the caller's alone.
pub(super) struct Kept<'n, 'a> {
    pub names: &'n Names<'a>,
    pub name: &'n str,
    pub scope: ScopeId,
    pub resource: &'n Resource,
}

impl<'a> Kept<'_, 'a> {
    /// Whether there is such a use in the function.
    pub fn anywhere(&self, def: &'a FunctionDef, trail: &mut Trail) -> bool {
        self.first(def, trail).is_some()
    }

    /// The statement of the first such use.
    pub fn first(&self, def: &'a FunctionDef, trail: &mut Trail) -> Option<StmtId> {
        self.first_here(def)
            .or_else(|| self.names.puts_away(def, self.name, self.resource, trail))
    }

    fn first_here(&self, def: &FunctionDef) -> Option<StmtId> {
        let mut stmts = stmts_of(self.names.module, def);
        let found = stmts.find(|stmt| {
            let own = self.names.scopes.of_block(stmt.block) == self.scope;
            if own {
                self.in_stmt(stmt)
            } else {
                stmt.exprs().into_iter().any(|expr| self.mentioned(expr))
            }
        });
        found.map(|stmt| stmt.id)
    }

    fn in_stmt(&self, stmt: &Stmt) -> bool {
        match &stmt.kind {
            StmtKind::Return(Some(value)) if self.is_it(value) => false,
            StmtKind::Return(Some(Expr {
                kind: ExprKind::Tuple(parts),
                ..
            })) => parts
                .iter()
                .any(|part| !self.is_it(part) && self.in_expr(part)),
            StmtKind::Return(Some(Expr {
                kind: ExprKind::IfExp { test, body, orelse },
                ..
            })) => {
                self.in_test(test)
                    || [body, orelse]
                        .into_iter()
                        .any(|side| !self.is_it(side) && self.in_expr(side))
            }
            StmtKind::Expr(_) if self.releases(func_of(stmt)) => self.in_finally(stmt),
            StmtKind::If { branches, .. } => branches.iter().any(|(test, _)| self.in_test(test)),
            StmtKind::While { test, .. } | StmtKind::Assert { test, .. } => self.in_test(test),
            StmtKind::Assign { targets, value } => {
                self.in_expr(value)
                    || targets
                        .iter()
                        .any(|target| !self.is_it(target) && self.in_expr(target))
            }
            StmtKind::AnnAssign { target, value, .. } => {
                value.as_ref().is_some_and(|value| self.in_expr(value))
                    || (!self.is_it(target) && self.in_expr(target))
            }
            // `with conn:` ends a transaction or releases; which of them the form tells.
            StmtKind::With { items, .. } => {
                items.iter().any(|item| match self.is_it(&item.context) {
                    true => item.target.is_some() || self.resource.released_by_with(),
                    false => self.in_expr(&item.context),
                })
            }
            _ => stmt.exprs().into_iter().any(|expr| self.in_expr(expr)),
        }
    }

    fn in_finally(&self, stmt: &Stmt) -> bool {
        let module = self.names.module;
        let mut block = stmt.block;
        while let Some(owner) = module.block(block).owner {
            if module.block(block).role == Role::Finally {
                return true;
            }
            if self.names.scopes.of_block(module.stmt(owner).block) != self.scope {
                return false;
            }
            block = module.stmt(owner).block;
        }
        false
    }

    fn releases(&self, func: Option<&Expr>) -> bool {
        matches!(func.map(|func| &func.kind), Some(ExprKind::Attribute { value, attr }) if self.is_it(value) && self.resource.releases(attr))
    }

    fn is_it(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if name == self.name)
    }

    fn mentioned(&self, expr: &Expr) -> bool {
        let mut found = false;
        expr.walk(&mut |part| {
            found |= self.is_it(part);
            !found
        });
        found
    }

    /// In a condition the bare name is only asked for its truth.
    fn in_test(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Bool { left, right, .. } => self.in_test(left) || self.in_test(right),
            ExprKind::Not(value) => self.in_test(value),
            ExprKind::Name(_) => false,
            _ => self.in_expr(expr),
        }
    }

    fn in_expr(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(_) => self.is_it(expr),
            ExprKind::Attribute { value, .. } if self.is_it(value) => false,
            ExprKind::Compare { operands, .. } => operands
                .iter()
                .any(|side| !self.is_it(side) && self.in_expr(side)),
            ExprKind::FString(parts) => parts
                .iter()
                .any(|part| !self.is_it(part) && self.in_expr(part)),
            ExprKind::Not(value) => self.in_test(value),
            ExprKind::Call { func, args } => {
                // `self.addCleanup(sock.close)`: somebody else will release it.
                let hands_over = |arg: &Arg| matches!(&arg.value.kind, ExprKind::Attribute { value, attr } if self.is_it(value) && self.resource.releases(attr));
                if args.iter().any(hands_over) {
                    return true;
                }
                let keeps = self.keeps(func);
                self.in_expr(func)
                    || args
                        .iter()
                        .any(|arg| match self.is_it(&arg.value) && arg.stars == 0 {
                            true => keeps,
                            false => self.in_expr(&arg.value),
                        })
            }
            ExprKind::Lambda { .. } => self.mentioned(expr),
            _ => expr.children().into_iter().any(|part| self.in_expr(part)),
        }
    }

    fn keeps(&self, func: &Expr) -> bool {
        self.names.keeps_arguments(func, self.scope)
    }
}

impl Names<'_> {
    /// Whether a callable that the catalog knows keeps, or releases, what it is given.
    pub(super) fn keeps_arguments(&self, func: &Expr, scope: ScopeId) -> bool {
        let catalog = Catalog::get();
        let known = self
            .dotted(func, scope)
            .and_then(|name| catalog.callable(&name));
        let by_name = || match &func.kind {
            ExprKind::Attribute { attr, .. } => catalog.method(attr),
            _ => None,
        };
        matches!(
            known.or_else(by_name),
            Some(Callable::Keeps | Callable::Collects)
        )
    }
}

/// What a statement calls.
fn func_of(stmt: &Stmt) -> Option<&Expr> {
    let StmtKind::Expr(expr) = &stmt.kind else {
        return None;
    };
    let call = match &expr.kind {
        ExprKind::Await(value) => value,
        _ => expr,
    };
    match &call.kind {
        ExprKind::Call { func, .. } => Some(func),
        _ => None,
    }
}
