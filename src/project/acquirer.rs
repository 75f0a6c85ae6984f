//! What a call acquires.

use std::sync::Arc;

use super::names::{Names, Target};
use super::trail::Trail;
use crate::catalog::{Acquire, Catalog, Resource, WrapForm};
use crate::syntax::{BindingKind, Expr, ExprKind, ScopeId, StmtKind};

/// A call that acquires.
#[derive(Clone, Debug, PartialEq)]
pub struct Acquirer {
    /// The dotted name of what is called, for people: `app.db.get_db`, `sqlalchemy.engine.Engine.connect`, `open`.
    pub name: String,
    /// What it gives.
    pub resource: Arc<Resource>,
    /// How it is known.
    pub trust: Trust,
    /// Whether it is a provider that may give `None` instead.
    pub may_be_none: bool,
    /// Whether the call must be awaited to give it; the same as `acquire` not being [`Acquire::Call`].
    pub awaited: bool,
    /// How the call is awaited. A provider may differ from the resource it gives.
    pub acquire: Acquire,
    /// The `with` around this call that releases and does nothing else. A provider may differ from the resource it gives.
    pub wrap: WrapForm,
}

/// How an acquirer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// From the catalog, the user, or its definition.
    Known,
    /// From its name alone.
    Conventional,
    /// From its name alone, and only if the function releases what it got.
    ConventionalIfReleased,
}

/// What a call gives, before it has a name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Provided {
    pub name: String,
    pub resource: Arc<Resource>,
    pub acquire: Acquire,
    pub wrap: WrapForm,
    pub may_be_none: bool,
}

impl Provided {
    pub fn new(name: &str, resource: &Arc<Resource>) -> Provided {
        Provided {
            name: name.strip_prefix("builtins.").unwrap_or(name).to_string(),
            resource: resource.clone(),
            acquire: resource.acquire,
            wrap: resource.wrap,
            may_be_none: false,
        }
    }

    fn known(self, trust: Trust) -> Acquirer {
        let Provided {
            name,
            resource,
            acquire,
            wrap,
            may_be_none,
        } = self;
        Acquirer {
            name,
            resource,
            trust,
            may_be_none,
            awaited: acquire != Acquire::Call,
            acquire,
            wrap,
        }
    }
}

/// What is found out about a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Verdict {
    /// It acquires.
    Acquires(Provided),
    /// It was looked at, and does not.
    #[default]
    Not,
    /// There is nothing to look at but this dotted name.
    Unknown(String),
}

impl Names<'_> {
    /// What `call` acquires; `None` if it is no call, or acquires nothing that is known.
    pub fn acquirer(&self, call: &Expr, scope: ScopeId) -> Option<Acquirer> {
        let ExprKind::Call { func, .. } = &call.kind else {
            return None;
        };
        let verdict = self.called(func, scope, &mut Trail::default());
        if let Some(named) = self.named(func, scope, &verdict) {
            return Some(named.known(Trust::Known));
        }
        match verdict {
            Verdict::Acquires(provided) => Some(provided.known(Trust::Known)),
            Verdict::Not => None,
            Verdict::Unknown(name) => {
                let last = name.rsplit('.').next().unwrap_or(&name);
                let convention = Catalog::get().convention(last)?;
                let trust = if convention.if_released {
                    Trust::ConventionalIfReleased
                } else {
                    Trust::Conventional
                };
                Some(Provided::new(&name, &convention.resource).known(trust))
            }
        }
    }

    /// What the catalog or a definition says about a call.
    pub(super) fn acquired(
        &self,
        func: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Provided> {
        match self.called(func, scope, trail) {
            Verdict::Acquires(provided) => Some(provided),
            _ => None,
        }
    }

    pub(super) fn called(&self, func: &Expr, scope: ScopeId, trail: &mut Trail) -> Verdict {
        let catalog = Catalog::get();
        trail.down(|trail| match self.target(func, scope, trail) {
            Target::Outside(name) => match catalog.resource(&name) {
                Some(resource) if resource.default => {
                    Verdict::Acquires(Provided::new(&catalog.canonical(&name), resource))
                }
                Some(_) => Verdict::Not,
                None if is_pythons(&name) => Verdict::Not,
                None => Verdict::Unknown(name),
            },
            Target::Here(at, name) => self.called_here(at, &name, trail),
            Target::There(source, name) => {
                Names::of_source(&source, self.project).called_here(ScopeId(0), &name, trail)
            }
            Target::Missing(name) => Verdict::Unknown(name),
            Target::Nothing => self
                .called_by_type(func, scope, trail)
                .map_or(Verdict::Not, Verdict::Acquires),
        })
    }

    /// `path.open()`, `engine.connect()`, `factories[0]()`.
    fn called_by_type(&self, func: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        let name = match &func.kind {
            ExprKind::Attribute { value, attr } => {
                format!("{}.{attr}", self.type_at(value, scope, trail)?)
            }
            _ => format!("{}.__call__", self.type_at(func, scope, trail)?),
        };
        let resource = Catalog::get()
            .resource(&name)
            .filter(|resource| resource.default)?;
        Some(Provided::new(&Catalog::get().canonical(&name), resource))
    }

    /// What calling a name of this file gives.
    fn called_here(&self, scope: ScopeId, name: &str, trail: &mut Trail) -> Verdict {
        let Some(binding) = self.binding(scope, name) else {
            return Verdict::Not;
        };
        let display = if scope == ScopeId(0) {
            self.own_name(name)
        } else {
            name.to_string()
        };
        let stmt = binding.stmt.map(|stmt| &self.module.stmt(stmt).kind);
        match (&binding.kind, stmt, binding.stmt) {
            (BindingKind::Function, Some(StmtKind::FunctionDef(def)), Some(stmt)) => {
                let provided = self.provider(stmt, def, trail);
                provided.map_or(Verdict::Not, |provided| {
                    Verdict::Acquires(Provided {
                        name: display,
                        ..provided
                    })
                })
            }
            (BindingKind::Class, ..) => Verdict::Not,
            _ => {
                if let Some(factory) = self.type_of_variable(scope, name, trail) {
                    let resource = Catalog::get().resource(&format!("{factory}.__call__"));
                    return match resource.filter(|resource| resource.default) {
                        Some(resource) => Verdict::Acquires(Provided::new(&display, resource)),
                        None => Verdict::Not,
                    };
                }
                let Some(value) = self.value_of(binding, name) else {
                    return Verdict::Not;
                };
                let at = self.scope_of(binding);
                match &value.kind {
                    ExprKind::Lambda { body, .. } => match self.fresh(body, at, trail) {
                        Some(provided) => Verdict::Acquires(Provided {
                            name: display,
                            ..provided
                        }),
                        None => Verdict::Not,
                    },
                    // Made by something that cannot be read: the name is all there is.
                    ExprKind::Call { func, .. }
                        if scope == ScopeId(0) && self.is_unknown(func, at, trail) =>
                    {
                        Verdict::Unknown(display)
                    }
                    _ => Verdict::Not,
                }
            }
        }
    }

    fn is_unknown(&self, func: &Expr, scope: ScopeId, trail: &mut Trail) -> bool {
        matches!(self.called(func, scope, trail), Verdict::Unknown(_))
    }

    /// What the user says about a call.
    fn named(&self, func: &Expr, scope: ScopeId, verdict: &Verdict) -> Option<Provided> {
        if self.project.acquirers.is_empty() {
            return None;
        }
        let catalog = Catalog::get();
        let (ExprKind::Name(last) | ExprKind::Attribute { attr: last, .. }) = &func.kind else {
            return None;
        };
        let trail = &mut Trail::default();
        let target = self.target(func, scope, trail);
        let dotted = self.dotted_of(&target);
        let is_meant = |name: &&String| match (&dotted, verdict) {
            _ if *name == last => true,
            (Some(dotted), _) if *dotted == catalog.canonical(name) => true,
            // `from app.db import get_db as db`: meant by the name of its definition too.
            (Some(dotted), _) if !name.contains('.') => dotted.rsplit('.').next() == Some(name),
            (_, Verdict::Acquires(provided)) => provided.name == **name,
            _ => false,
        };
        let name = self.project.acquirers.iter().find(is_meant)?;
        if let Verdict::Acquires(provided) = verdict {
            return Some(provided.clone());
        }
        let known = dotted
            .as_deref()
            .and_then(|name| catalog.resource(name))
            .or_else(|| catalog.resource(name))
            .cloned();
        let conventional = || {
            catalog
                .convention(last)
                .map(|convention| convention.resource.clone())
        };
        let resource = known
            .or_else(conventional)
            .or_else(|| catalog.by_id("named"))?;
        let mut provided = Provided::new(&dotted.unwrap_or_else(|| last.clone()), &resource);
        if self.is_async_def(&target) {
            provided.acquire = Acquire::Await;
        }
        Some(provided)
    }

    fn is_async_def(&self, target: &Target) -> bool {
        let is_async = |names: &Names, scope, name: &str| {
            let stmt = names.binding(scope, name).and_then(|binding| binding.stmt);
            stmt.is_some_and(|stmt| matches!(&names.module.stmt(stmt).kind, StmtKind::FunctionDef(def) if def.is_async))
        };
        match target {
            Target::Here(scope, name) => is_async(self, *scope, name),
            Target::There(source, name) => {
                is_async(&Names::of_source(source, self.project), ScopeId(0), name)
            }
            _ => false,
        }
    }
}

/// Whether a dotted name leads into Python's own library.
fn is_pythons(dotted: &str) -> bool {
    Catalog::get().is_stdlib(dotted.split('.').next().unwrap_or(dotted))
}
