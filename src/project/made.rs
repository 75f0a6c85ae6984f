//! What calling a class of the project gives: a resource, if the class is one of the catalog's with other methods, or if
//! its objects acquire something when they are made and give it back when they are closed.

use std::sync::Arc;

use super::classes::{Class, Member};
use super::provided::{Provided, Verdict};
use super::provider::merge;
use super::trail::Trail;
use super::types::Type;
use crate::catalog::{Acquire, Callable, Catalog, Resource, WrapForm};
use crate::syntax::{Expr, ExprKind, FunctionDef, StmtId, StmtKind, walk_exprs};

use super::names::Names;
use super::returned;

/// The methods that make a class a context manager, or make its objects in another way.
const PROTOCOL: [&str; 5] = [
    "__enter__",
    "__exit__",
    "__aenter__",
    "__aexit__",
    "__new__",
];

/// Names of methods that give back what an object holds, the usual ones first.
const CLOSING: [&str; 7] = [
    "close",
    "aclose",
    "disconnect",
    "shutdown",
    "release",
    "dispose",
    "stop",
];

impl<'a> Class<'a> {
    /// What calling the class gives.
    pub fn made(&self, trail: &mut Trail) -> Verdict {
        trail.down(|trail| {
            if self.is_made_afresh(trail) {
                let provided = self.made_by_base(trail).or_else(|| self.holder(trail));
                if let Some(provided) = provided {
                    return Verdict::Acquires(provided);
                }
            }
            match self.lender(trail) {
                Some(provided) => Verdict::Manages(provided),
                None => Verdict::Not,
            }
        })
    }

    /// `class Session(sqlalchemy.orm.Session)`: whatever it adds, it is released as its base is, unless it says otherwise.
    /// An `__init__` that does not call that of its base opens nothing.
    fn made_by_base(&self, trail: &mut Trail) -> Option<Provided> {
        let base = self.bases(trail).into_iter().find_map(|base| match base {
            Type::Named(name) => {
                let resource = Catalog::get().resource(&name)?;
                resource.default.then(|| Provided::new(&name, resource))
            }
            Type::Class(base) => trail.down(|trail| base.made_by_base(trail)),
            Type::Many(_) => None,
        })?;
        let of_project = |method: &str, trail: &mut Trail| {
            let member = trail.down(|trail| self.member(method, trail));
            matches!(member, Some(Member::Bound(..) | Member::Kept(..)))
        };
        let differs = PROTOCOL
            .iter()
            .copied()
            .chain(base.resource.release.iter().map(String::as_str))
            .any(|method| of_project(method, trail));
        let opens = trail
            .down(|trail| self.method_def("__init__", trail))
            .is_none_or(|(names, init)| names.makes_base(init) && !names.lets_self_out(init));
        (!differs && opens).then_some(base)
    }

    /// A context manager that acquires in `__init__`, keeps the resource on `self`, and releases it when it is closed; a
    /// class may have some of these methods from the class it derives from.
    fn holder(&self, trail: &mut Trail) -> Option<Provided> {
        let maker = self.with_own("__init__", trail)?;
        let (names, init) = maker.own_method("__init__")?;
        let (attr, held) = names.kept_by(init, trail)?;
        if names.lets_self_out(init) {
            return None;
        }
        let (enters, enter) = self.with_own("__enter__", trail)?.own_method("__enter__")?;
        let (exits, exit) = self.with_own("__exit__", trail)?.own_method("__exit__")?;
        // The class and the one it derives from: what others in between might say is not read.
        let mut family = vec![*self];
        family.extend(self.only_base(trail));
        let kept: usize = family.iter().map(|class| class.times_kept(&attr)).sum();
        if !enters.returns_self(enter) || kept != 1 {
            return None;
        }
        let own = Own {
            names: exits,
            attr: &attr,
            resource: &held.resource,
        };
        let release: Vec<String> = CLOSING
            .iter()
            .filter(|name| {
                let closer = self
                    .with_own(name, trail)
                    .and_then(|class| class.own_method(name));
                closer.is_some_and(|(names, def)| {
                    let own = Own { names, ..own };
                    !def.is_async && def.params.len() == 1 && own.released_in(def)
                })
            })
            .map(|name| name.to_string())
            .collect();
        let first = release.first()?;
        // Where the `with` does something else, nobody can tell what makes an object give up what it holds.
        if !own.released_in(exit) && !own.calls_self(exit, &release) {
            return None;
        }
        let same = own.is_only(exit, first);
        // What else the class's own `__exit__` does, today's code does not do: `closing` calls `close` and nothing more.
        let closes = !same && first == "close";
        let resource = Resource {
            id: format!("class.{}", self.def.name),
            acquirers: Vec::new(),
            instance: None,
            kind: held.resource.kind,
            variable: held.resource.variable.clone(),
            release,
            wrap: match closes {
                true => WrapForm::Closing,
                false => WrapForm::With,
            },
            with_releases: closes.then_some(true),
            exit_differs: (!same && !closes)
                .then(|| format!("leaving the `with` runs `{}.__exit__`", self.def.name)),
            release_may_fail: true,
            default: true,
            ..Resource::unknown()
        };
        let mut provided = Provided::new(&self.def.name, &Arc::new(resource));
        provided.chain = held.chain;
        Some(provided)
    }

    /// This class, or the one it derives from, whichever has a method of its own by that name.
    fn with_own(&self, method: &str, trail: &mut Trail) -> Option<Class<'a>> {
        if self.own_method(method).is_some() {
            return Some(*self);
        }
        if self.binds(method) {
            return None;
        }
        self.only_base(trail)
            .filter(|base| base.own_method(method).is_some())
    }

    /// The class that it derives from, if that is one of the project and the only one.
    fn only_base(&self, trail: &mut Trail) -> Option<Class<'a>> {
        match self.bases(trail)[..] {
            [Type::Class(base)] if self.def.bases.len() == 1 && base != *self => Some(base),
            _ => None,
        }
    }

    /// A context manager that acquires when it is entered, and gives that to the `as`.
    fn lender(&self, trail: &mut Trail) -> Option<Provided> {
        let (enter, exit) = [("__enter__", "__exit__"), ("__aenter__", "__aexit__")]
            .into_iter()
            .find(|(enter, _)| self.own_method(enter).is_some())?;
        self.own_method(exit)?;
        let (names, def) = self.own_method(enter)?;
        let scope = names.scopes.of_block(def.body);
        let mut result: Option<Provided> = None;
        for (stmt, value) in names.return_stmts(def) {
            let value = value?;
            let given = match &value.kind {
                ExprKind::Attribute { value: owner, attr } => {
                    let this = def.params.first()?.name.as_str();
                    is_name(owner, this).then_some(())?;
                    names.kept_as(def, attr, trail)?
                }
                _ => names.fresh(value, scope, trail)?,
            };
            result = Some(merge(result, given.linked(names.link(stmt)))?);
        }
        let mut provided = result?;
        provided.acquire = Acquire::Call;
        Some(provided)
    }

    fn own_method(&self, name: &str) -> Option<(Names<'a>, &'a FunctionDef)> {
        let binding = self.names.binding(self.scope(), name)?;
        match &self.names.module.stmt(binding.stmt?).kind {
            StmtKind::FunctionDef(def) if def.decorators.is_empty() => Some((self.names, def)),
            _ => None,
        }
    }
}

impl<'a> Names<'a> {
    /// The one attribute of `self` that a function assigns a fresh resource to, and that resource.
    fn kept_by(&self, def: &'a FunctionDef, trail: &mut Trail) -> Option<(String, Provided)> {
        let scope = self.scopes.of_block(def.body);
        let this = def.params.first()?.name.as_str();
        let mut found = None;
        // Only what every object does: an acquisition under a condition may not have happened.
        for id in &self.module.block(def.body).stmts {
            let Some((_, value, _)) = self.assigned(*id) else {
                continue;
            };
            let target = match &self.module.stmt(*id).kind {
                StmtKind::Assign { targets, .. } => targets.first()?,
                StmtKind::AnnAssign { target, .. } => target,
                _ => continue,
            };
            let ExprKind::Attribute { value: owner, attr } = &target.kind else {
                continue;
            };
            if !matches!(&owner.kind, ExprKind::Name(name) if name == this)
                || !matches!(value.kind, ExprKind::Call { .. })
            {
                continue;
            }
            if let Some(given) = self.fresh(value, scope, trail)
                && given.acquire == Acquire::Call
            {
                if found.is_some() {
                    return None;
                }
                found = Some((attr.clone(), given.linked(self.link(*id))));
            }
        }
        found
    }

    /// The fresh resource that a function assigns to the attribute `attr` of its object.
    fn kept_as(&self, def: &'a FunctionDef, attr: &str, trail: &mut Trail) -> Option<Provided> {
        let scope = self.scopes.of_block(def.body);
        returned::stmts_of(self.module, def).find_map(|stmt| {
            let StmtKind::Assign { targets, value } = &stmt.kind else {
                return None;
            };
            let is_it = |target: &Expr| matches!(&target.kind, ExprKind::Attribute { attr: it, .. } if it == attr);
            targets.iter().any(is_it).then_some(())?;
            let given = self.fresh(value, scope, trail)?;
            Some(given.linked(self.link(stmt.id)))
        })
    }

    /// Whether an `__init__` calls that of a base.
    fn makes_base(&self, def: &FunctionDef) -> bool {
        returned::stmts_of(self.module, def).any(|stmt| {
            let mut found = false;
            walk_exprs(stmt, &mut |expr| {
                found |= matches!(&expr.kind, ExprKind::Call { func, .. }
                    if matches!(&func.kind, ExprKind::Attribute { attr, .. } if attr == "__init__"));
            });
            found
        })
    }

    /// Whether an `__init__` puts its object, or a method of it, where something else may release it: `atexit.register(self.close)`.
    fn lets_self_out(&self, def: &FunctionDef) -> bool {
        let Some(this) = def.params.first() else {
            return false;
        };
        let scope = self.scopes.of_block(def.body);
        let is_this = |expr: &Expr| is_name(expr, &this.name);
        let methods = self
            .scopes
            .scope(scope)
            .parent
            .map(|class| &self.scopes.scope(class).bindings);
        let is_of_this = |expr: &Expr| match &expr.kind {
            ExprKind::Attribute { value, attr } => {
                is_this(value) && methods.is_some_and(|methods| methods.contains_key(attr))
            }
            _ => is_this(expr),
        };
        let keeps = |func: &Expr| {
            let known = match (self.dotted(func, scope), &func.kind) {
                (Some(dotted), _) => Catalog::get().callable(&dotted),
                (None, ExprKind::Attribute { attr, .. }) => Catalog::get().method(attr),
                _ => None,
            };
            matches!(known, Some(Callable::Keeps | Callable::Collects))
        };
        returned::stmts_of(self.module, def).any(|stmt| {
            let mut found = matches!(&stmt.kind, StmtKind::Assign { value, .. } if is_this(value));
            walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Call { func, args } = &expr.kind {
                    found |= args.iter().any(|arg| is_of_this(&arg.value)) && keeps(func);
                }
            });
            found
        })
    }

    fn returns_self(&self, def: &FunctionDef) -> bool {
        let Some(this) = def.params.first() else {
            return false;
        };
        let returns = self.returns(def);
        !returns.is_empty()
            && returns.iter().all(|value| {
                value.is_some_and(
                    |value| matches!(&value.kind, ExprKind::Name(name) if *name == this.name),
                )
            })
    }
}

/// A resource that an object holds.
struct Own<'n, 'a> {
    names: Names<'a>,
    attr: &'n str,
    resource: &'n Resource,
}

impl Own<'_, '_> {
    /// Whether a method releases it.
    fn released_in(&self, def: &FunctionDef) -> bool {
        self.calls_in(def, &mut |this, value, attr| {
            self.resource.releases(attr)
                && matches!(&value.kind, ExprKind::Attribute { value, attr }
                    if attr == self.attr && is_name(value, this))
        })
    }

    /// Whether a method calls one of these methods of its object.
    fn calls_self(&self, def: &FunctionDef, methods: &[String]) -> bool {
        self.calls_in(def, &mut |this, value, attr| {
            is_name(value, this) && methods.iter().any(|method| method == attr)
        })
    }

    fn calls_in(
        &self,
        def: &FunctionDef,
        is_it: &mut dyn FnMut(&str, &Expr, &str) -> bool,
    ) -> bool {
        let Some(this) = def.params.first() else {
            return false;
        };
        let mut found = false;
        for stmt in returned::stmts_of(self.names.module, def) {
            walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Call { func, .. } = &expr.kind
                    && let ExprKind::Attribute { value, attr } = &func.kind
                {
                    found |= is_it(&this.name, value, attr);
                }
            });
        }
        found
    }

    /// Whether a method does nothing but call `method` of its object.
    fn is_only(&self, def: &FunctionDef, method: &str) -> bool {
        let Some(this) = def.params.first() else {
            return false;
        };
        let module = self.names.module;
        let fine = |id: &StmtId| match &module.stmt(*id).kind {
            StmtKind::Expr(Expr {
                kind: ExprKind::Call { func, args },
                ..
            }) => {
                args.is_empty()
                    && matches!(&func.kind, ExprKind::Attribute { value, attr }
                        if attr == method && is_name(value, &this.name))
            }
            StmtKind::Expr(expr) => matches!(expr.kind, ExprKind::Str(_)),
            StmtKind::Return(value) => value
                .as_ref()
                .is_none_or(|value| matches!(value.kind, ExprKind::None | ExprKind::False)),
            StmtKind::Pass => true,
            _ => false,
        };
        module.block(def.body).stmts.iter().all(fine) && self.calls_self(def, &[method.to_string()])
    }
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(other) if other == name)
}
