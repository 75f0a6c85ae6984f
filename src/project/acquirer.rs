//! What a call acquires.

use std::sync::Arc;

use super::names::{Names, Target};
use super::provided::{Link, Provided, Verdict};
use super::trail::Trail;
use super::types::Type;
use crate::catalog::{Acquire, Catalog, Resource, WrapForm};
use crate::syntax::{Expr, ExprKind, ScopeId};

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
    /// Whether it is taken out of a generator provider by hand: `next(get_db())`.
    pub from_generator: bool,
    /// The lines that say so, from the provider's definition on; empty for what the catalog knows by itself.
    pub chain: Vec<Link>,
    /// Whether the user declared it.
    pub declared: bool,
}

/// How an acquirer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// From the catalog, the user, or its definition.
    Known,
    /// From its name alone.
    Conventional,
    /// From its name alone, or from an annotation, and only if the function releases what it got.
    ConventionalIfReleased,
}

impl Names<'_> {
    /// What `call` acquires; `None` if it is no call, or acquires nothing that is known.
    pub fn acquirer(&self, call: &Expr, scope: ScopeId) -> Option<Acquirer> {
        let ExprKind::Call { func, args } = &call.kind else {
            return None;
        };
        match self.called(func, scope, &mut Trail::default()) {
            Verdict::Acquires(provided) if provided.is_lent(args) => None,
            Verdict::Acquires(provided) => {
                let trust = provided.trust;
                Some(provided.known(trust))
            }
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
            Verdict::Not => self.taken_from_generator(call, scope),
            Verdict::Generates(_)
            | Verdict::Manages(_)
            | Verdict::Bundles(_)
            | Verdict::Pending => None,
        }
    }

    /// What looking at an attribute acquires: a property of a class of the project that gives something fresh each time.
    pub fn acquired_by_look(&self, expr: &Expr, scope: ScopeId) -> Option<Acquirer> {
        let ExprKind::Attribute { value, attr } = &expr.kind else {
            return None;
        };
        let trail = &mut Trail::default();
        if self.is_patched(expr) {
            return None;
        }
        let Some(Type::Class(class)) = self.type_at(value, scope, trail) else {
            return None;
        };
        if self.may_be_subclass(value, scope) && !class.overriding(attr).is_empty() {
            return None;
        }
        let (provided, name) = class.property(attr, trail)?;
        Some(provided.through(&name, None).known(Trust::Known))
    }

    /// Whether evaluating `expr` runs a property of a class of the project, for all that is known.
    pub fn runs_property(&self, expr: &Expr, scope: ScopeId) -> bool {
        let mut found = false;
        expr.walk(&mut |part| {
            if let ExprKind::Attribute { value, attr } = &part.kind {
                let trail = &mut Trail::default();
                found |= match self.type_at(value, scope, trail) {
                    Some(Type::Class(class)) => class
                        .method_def(attr, trail)
                        .is_some_and(|(names, def)| names.is_property(def)),
                    _ => false,
                };
            }
            !found
        });
        found
    }

    /// Whether a call of `func` acquires, for all that is known.
    pub fn acquires(&self, func: &Expr, scope: ScopeId) -> bool {
        let verdict = self.called(func, scope, &mut Trail::default());
        matches!(verdict, Verdict::Acquires(_))
    }

    /// What `call` acquires if it gives a tuple, with the places in it.
    pub fn bundle(&self, call: &Expr, scope: ScopeId) -> Vec<(usize, Acquirer)> {
        let ExprKind::Call { func, .. } = &call.kind else {
            return Vec::new();
        };
        let verdict = self.called(func, scope, &mut Trail::default());
        let Verdict::Bundles(parts) = verdict else {
            return Vec::new();
        };
        let name = self.dotted(func, scope);
        let parts = parts.into_iter().enumerate();
        parts
            .filter_map(|(index, part)| {
                let mut part = part?;
                part.name = name.clone().unwrap_or(part.name);
                let trust = part.trust;
                Some((index, part.known(trust)))
            })
            .collect()
    }

    /// What `next(get_db())`, `get_db().__next__()` and the like take out of a generator that nobody then goes on with.
    fn taken_from_generator(&self, call: &Expr, scope: ScopeId) -> Option<Acquirer> {
        let ExprKind::Call { func, args } = &call.kind else {
            return None;
        };
        let has_default = matches!(func.kind, ExprKind::Name(_)) && args.len() > 1;
        let (generator, is_async) = match &func.kind {
            ExprKind::Attribute { value, attr } => (
                &**value,
                *["__next__", "__anext__"]
                    .iter()
                    .find(|name| *name == attr)?
                    == "__anext__",
            ),
            ExprKind::Name(_) => {
                let Target::Outside(name) = self.target(func, scope, &mut Trail::default()) else {
                    return None;
                };
                let is_async = match name.as_str() {
                    "builtins.next" => false,
                    "builtins.anext" => true,
                    _ => return None,
                };
                (&args.first()?.value, is_async)
            }
            _ => return None,
        };
        let ExprKind::Call { func: provider, .. } = &generator.kind else {
            return None;
        };
        let Verdict::Generates(provided) = self.called(provider, scope, &mut Trail::default())
        else {
            return None;
        };
        let mut acquirer = provided.known(Trust::Known);
        if is_async {
            acquirer.acquire = Acquire::Await;
            acquirer.awaited = true;
        }
        acquirer.from_generator = true;
        acquirer.may_be_none |= has_default;
        Some(acquirer)
    }
}
