//! From what is called to what that gives.

use super::classes::Class;
use super::names::{Names, Target};
use super::provided::{Provided, Verdict};
use super::trail::Trail;
use super::types::Type;
use crate::catalog::Catalog;
use crate::syntax::{BindingKind, Expr, ExprKind, ScopeId, ScopeKind, StmtKind};

impl<'a> Names<'a> {
    /// What the catalog or a definition says about a call of `func`.
    pub(super) fn called(&self, func: &Expr, scope: ScopeId, trail: &mut Trail) -> Verdict {
        trail.down(|trail| {
            let target = self.target(func, scope, trail);
            let verdict = match &target {
                Target::Outside(_) | Target::Bound(..) if self.is_patched(func) => Verdict::Not,
                Target::Outside(name) => Verdict::of_outside(name),
                Target::Bound(names, at, name) => names.called_here(*at, name, trail),
                Target::Missing(name) => Verdict::Unknown(name.clone()),
                Target::Nothing => self.called_by_type(func, scope, trail),
            };
            self.declared(func, scope, &target, verdict, trail)
        })
    }

    /// What `with func(...) as x` binds x to, if that is a resource.
    pub(super) fn entered(
        &self,
        func: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Provided> {
        match self.called(func, scope, trail) {
            Verdict::Acquires(provided) | Verdict::Manages(provided) => Some(provided),
            _ => None,
        }
    }

    /// `path.open()`, `engine.connect()`, `self.database.session()`, `factories[0]()`.
    fn called_by_type(&self, func: &Expr, scope: ScopeId, trail: &mut Trail) -> Verdict {
        if let ExprKind::Attribute { value, attr } = &func.kind {
            match self.type_at(value, scope, trail) {
                Some(Type::Named(base)) => {
                    let name = format!("{base}.{attr}");
                    let resource = Catalog::get().resource(&name);
                    if let Some(resource) = resource {
                        return match resource.default {
                            true => Verdict::Acquires(Provided::new(
                                &Catalog::get().canonical(&name),
                                resource,
                            )),
                            false => Verdict::Not,
                        };
                    }
                }
                Some(Type::Class(class)) => {
                    let known = class.called(attr, trail);
                    let open = self.may_be_subclass(value, scope);
                    return if open {
                        class.called_in_any(attr, known, trail)
                    } else {
                        known
                    };
                }
                _ => return Verdict::Not,
            }
        }
        match self.type_at(func, scope, trail) {
            Some(Type::Named(name)) => Verdict::of_factory(&name),
            Some(Type::Class(class)) => class.called("__call__", trail),
            _ => Verdict::Not,
        }
    }

    /// What calling a name of this file gives.
    pub(super) fn called_here(&self, scope: ScopeId, name: &str, trail: &mut Trail) -> Verdict {
        let Some(binding) = self.binding(scope, name) else {
            return Verdict::Not;
        };
        let display = self.display(scope, name);
        let stmt = binding.stmt.map(|stmt| &self.module.stmt(stmt).kind);
        match (&binding.kind, stmt, binding.stmt) {
            (BindingKind::Function, Some(StmtKind::FunctionDef(def)), Some(stmt)) => {
                let provision = self.provision(stmt, def, trail);
                provision.map(|provided| provided.through(&display, None))
            }
            (BindingKind::Class, _, Some(stmt)) => match Class::at(*self, stmt) {
                Some(class) => class
                    .made(trail)
                    .map(|provided| provided.through(&display, Some(self.link(stmt)))),
                None => Verdict::Not,
            },
            _ => {
                let link = || binding.stmt.map(|stmt| self.link(stmt));
                match self.type_of_variable(scope, name, trail) {
                    Some(Type::Named(factory)) => {
                        return Verdict::of_factory(&factory)
                            .map(|provided| provided.through(&display, link()));
                    }
                    Some(Type::Class(class)) => {
                        return class
                            .called("__call__", trail)
                            .map(|provided| provided.through(&display, link()));
                    }
                    _ => {}
                }
                let Some(value) = self.value_of(binding, name) else {
                    return Verdict::Not;
                };
                match self.called_value(value, self.scope_of(binding), trail) {
                    // Made by something that cannot be read: the name is all there is.
                    Verdict::Unknown(_) if self.scopes.scope(scope).kind == ScopeKind::Module => {
                        Verdict::Unknown(display)
                    }
                    Verdict::Unknown(_) => Verdict::Not,
                    known => known.map(|provided| provided.through(&display, link())),
                }
            }
        }
    }

    /// What calling the value of `expr` gives: a lambda, a `functools.partial`. Unknown, where what made it is.
    pub(super) fn called_value(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Verdict {
        match &expr.kind {
            ExprKind::Lambda { body, .. } => match self.fresh(body, scope, trail) {
                Some(provided) => Verdict::Acquires(provided),
                None => Verdict::Not,
            },
            ExprKind::Call { func, args } => {
                if let Target::Outside(name) = self.target(func, scope, trail)
                    && Catalog::get().canonical(&name) == "functools.partial"
                {
                    return match args.first().filter(|arg| arg.stars == 0) {
                        Some(arg) => match self.called(&arg.value, scope, trail) {
                            // Perhaps it is given to the `partial`.
                            Verdict::Acquires(provided) if provided.unless.is_some() => {
                                Verdict::Not
                            }
                            known => known,
                        },
                        None => Verdict::Not,
                    };
                }
                match self.called(func, scope, trail) {
                    Verdict::Unknown(name) => Verdict::Unknown(name),
                    _ => Verdict::Not,
                }
            }
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                match self.called(expr, scope, trail) {
                    Verdict::Unknown(_) => Verdict::Not,
                    known => known,
                }
            }
            _ => Verdict::Not,
        }
    }
}
