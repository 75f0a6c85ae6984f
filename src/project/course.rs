//! Whether control reaches the end of a function.

use std::cell::RefCell;

use super::callee::Function;
use super::classes::Class;
use super::names::Names;
use super::returned::stmts_of;
use super::trail::Trail;
use super::types::Type;
use crate::catalog::Decorator;
use crate::syntax::{
    BlockId, Expr, ExprKind, FunctionDef, Module, Role, ScopeId, StmtKind, walk_exprs,
};

/// What has to be known of expressions to tell where control goes.
trait Course {
    /// Whether a call does not come back.
    fn ends(&self, call: &Expr) -> bool;
    /// Whether a `with` around this goes on behind its block when an exception comes out of that.
    fn swallows(&self, context: &Expr) -> bool;
}

/// Whether control may reach the end of a block.
fn falls_off(module: &Module, block: BlockId, course: &dyn Course) -> bool {
    let goes_on = |block: &BlockId| falls_off(module, *block, course);
    module
        .block(block)
        .stmts
        .iter()
        .all(|stmt| match &module.stmt(*stmt).kind {
            StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Break | StmtKind::Continue => {
                false
            }
            StmtKind::Expr(call) => !course.ends(call),
            StmtKind::If { branches, orelse } => {
                branches.iter().any(|(_, block)| goes_on(block))
                    || orelse.as_ref().is_none_or(goes_on)
            }
            StmtKind::With { items, body, .. } => {
                goes_on(body) || items.iter().any(|item| course.swallows(&item.context))
            }
            StmtKind::While { test, body, orelse } => {
                let forever =
                    matches!(test.kind, ExprKind::True) || matches!(test.kind, ExprKind::Number);
                !forever || breaks(module, *body) || orelse.as_ref().is_some_and(goes_on)
            }
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finally,
            } => {
                let through = if goes_on(body) {
                    orelse.as_ref().is_none_or(goes_on)
                } else {
                    false
                };
                let handled = handlers.iter().any(|handler| goes_on(&handler.body));
                (through || handled) && finally.as_ref().is_none_or(goes_on)
            }
            StmtKind::Match { cases, .. } => {
                cases.iter().any(|case| goes_on(&case.body))
                    || !cases.iter().any(|case| case.irrefutable)
            }
            _ => true,
        })
}

/// Whether a `break` of the loop with this body stands in it.
fn breaks(module: &Module, body: BlockId) -> bool {
    module.block(body).stmts.iter().any(|stmt| {
        let stmt = module.stmt(*stmt);
        let inside = || {
            module
                .blocks
                .iter()
                .filter(|block| block.owner == Some(stmt.id))
        };
        match stmt.kind {
            StmtKind::Break => true,
            StmtKind::While { .. } | StmtKind::For { .. } => {
                inside().any(|block| block.role == Role::Else && breaks(module, block.id))
            }
            StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => false,
            _ => inside().any(|block| breaks(module, block.id)),
        }
    })
}

/// What the names of a file say of expressions in one of its scopes.
struct Known<'n, 'a> {
    names: &'n Names<'a>,
    scope: ScopeId,
    trail: RefCell<&'n mut Trail>,
}

impl<'a> Names<'a> {
    /// Whether a function may come to its end, and so return `None`.
    pub(super) fn ends_in_none(&self, def: &FunctionDef, trail: &mut Trail) -> bool {
        falls_off(self.module, def.body, &self.known(def, trail))
    }

    fn known<'n>(&'n self, def: &FunctionDef, trail: &'n mut Trail) -> Known<'n, 'a> {
        Known {
            names: self,
            scope: self.scopes.of_block(def.body),
            trail: RefCell::new(trail),
        }
    }
}

impl Course for Known<'_, '_> {
    fn ends(&self, call: &Expr) -> bool {
        let ExprKind::Call { func, .. } = &call.kind else {
            return false;
        };
        let name = self.names.dotted(func, self.scope);
        name.is_some_and(|name| {
            ["sys.exit", "os._exit", "builtins.exit", "builtins.quit"].contains(&name.as_str())
        })
    }

    fn swallows(&self, context: &Expr) -> bool {
        let names = self.names;
        // Asked from inside an answer: nothing more is found out.
        let Ok(mut trail) = self.trail.try_borrow_mut() else {
            return false;
        };
        let trail = &mut **trail;
        let context = match &context.kind {
            ExprKind::Await(inner) => inner,
            _ => context,
        };
        if let ExprKind::Call { func, .. } = &context.kind {
            if let ExprKind::Name(last) | ExprKind::Attribute { attr: last, .. } = &func.kind
                && last == "suppress"
            {
                return true;
            }
            if let Some(function) = names.function_through(func, self.scope, trail)
                && !function.makes
            {
                let Function {
                    names, stmt, def, ..
                } = function;
                return trail.through_function(names.file(), stmt, |trail| {
                    names.manages_and_swallows(def, trail)
                });
            }
        }
        match names.type_at(context, self.scope, trail) {
            Some(Type::Class(class)) => class.swallows(trail),
            _ => false,
        }
    }
}

impl<'a> Names<'a> {
    /// Whether the function makes a context manager that lets no exception through: one that comes out of its `yield` is
    /// caught.
    fn manages_and_swallows(&self, def: &'a FunctionDef, trail: &mut Trail) -> bool {
        if !self
            .decorators(def)
            .any(|known| known == Some(Decorator::Manager))
        {
            return false;
        }
        let known = self.known(def, trail);
        stmts_of(self.module, def).any(|stmt| {
            let mut yields = false;
            walk_exprs(stmt, &mut |expr| {
                yields |= matches!(expr.kind, ExprKind::Yield(_))
            });
            let mut block = stmt.block;
            while yields && let Some(owner) = self.module.block(block).owner {
                match (&self.module.stmt(owner).kind, self.module.block(block).role) {
                    (StmtKind::FunctionDef(_), _) => return false,
                    (StmtKind::Try { handlers, .. }, Role::Try) => {
                        let caught = |block| falls_off(self.module, block, &known);
                        if handlers.iter().any(|handler| caught(handler.body)) {
                            return true;
                        }
                    }
                    (StmtKind::With { items, .. }, _)
                        if items.iter().any(|item| known.swallows(&item.context)) =>
                    {
                        return true;
                    }
                    _ => {}
                }
                block = self.module.stmt(owner).block;
            }
            false
        })
    }
}

impl Class<'_> {
    /// Whether its `__exit__` says of an exception that it is dealt with: it returns something true, or something that only
    /// running it tells.
    fn swallows(&self, trail: &mut Trail) -> bool {
        ["__exit__", "__aexit__"].into_iter().any(|name| {
            let Some((names, stmt)) = self.method(name, trail) else {
                return false;
            };
            let StmtKind::FunctionDef(def) = &names.module.stmt(stmt).kind else {
                return false;
            };
            let returns = names.returns(def);
            returns
                .into_iter()
                .flatten()
                .any(|value| match &value.kind {
                    ExprKind::None | ExprKind::False => false,
                    // What it stands for does the same: `return self.conn.__exit__(*exc)`.
                    ExprKind::Call { func, .. } => !matches!(&func.kind,
                    ExprKind::Attribute { attr, .. } if attr == name),
                    ExprKind::Await(_) => false,
                    _ => true,
                })
        })
    }
}
