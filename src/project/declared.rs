//! What the user declares about a call, and how that changes what is known of it.

use std::collections::HashSet;

use super::declaration::Declaration;
use super::names::{Names, Target};
use super::provided::{Provided, Verdict};
use super::trail::Trail;
use super::types::Type;
use crate::catalog::{Acquire, Catalog};
use crate::syntax::{Expr, ExprKind, Module, ScopeId, Span, StmtKind, walk_exprs};

impl<'a> Names<'a> {
    /// What is known about a call of `func`, which refers to `target`, once the user has been heard; `verdict` is what would
    /// be known otherwise.
    pub(super) fn declared(
        &self,
        func: &Expr,
        scope: ScopeId,
        target: &Target<'a>,
        verdict: Verdict,
        trail: &mut Trail,
    ) -> Verdict {
        if self.project.declarations.is_empty() {
            return verdict;
        }
        let (ExprKind::Name(last) | ExprKind::Attribute { attr: last, .. }) = &func.kind else {
            return verdict;
        };
        let name = self.name_of_callee(func, scope, target, trail);
        let Some((declaration, declared)) =
            self.project
                .declaration(name.as_deref(), last, verdict.name())
        else {
            return verdict;
        };
        if declaration.borrowed {
            return Verdict::Not;
        }
        let (provided, wrap): (_, fn(Provided) -> Verdict) = match verdict {
            Verdict::Acquires(provided) => (provided, Verdict::Acquires),
            Verdict::Generates(provided) => (provided, Verdict::Generates),
            Verdict::Manages(provided) => (provided, Verdict::Manages),
            Verdict::Bundles(parts) => {
                let parts = parts.into_iter();
                let said = parts.map(|part| Some(part?.declared(declaration)));
                return Verdict::Bundles(said.collect());
            }
            Verdict::Pending => return verdict,
            Verdict::Not | Verdict::Unknown(_) => {
                let name = name.unwrap_or_else(|| last.clone());
                let Some(provided) = self.taken_for(&name, declared, last) else {
                    return verdict;
                };
                let is_guess = provided.resource.acquirers.is_empty() && is_outside(target);
                let awaited = self.is_async_def(target) || (is_guess && self.is_awaited(func));
                let acquire = match awaited {
                    true => Acquire::Await,
                    false => provided.acquire,
                };
                (
                    Provided {
                        acquire,
                        ..provided
                    },
                    Verdict::Acquires,
                )
            }
        };
        wrap(provided.declared(declaration))
    }

    /// What something is taken to give of which only its names are known.
    fn taken_for(&self, name: &str, declared: &str, last: &str) -> Option<Provided> {
        let catalog = Catalog::get();
        let known = catalog
            .resource(name)
            .or_else(|| catalog.resource(declared))
            .or_else(|| catalog.convention(last).map(|found| &found.resource))
            .cloned();
        let resource = known.or_else(|| catalog.by_id("named"))?;
        Some(Provided::new(name, &resource))
    }

    /// The dotted name of what a call of `func` runs, methods included: `app.db.Database.session`.
    pub(super) fn name_of_callee(
        &self,
        func: &Expr,
        scope: ScopeId,
        target: &Target<'a>,
        trail: &mut Trail,
    ) -> Option<String> {
        let (Target::Nothing, ExprKind::Attribute { value, attr }) = (target, &func.kind) else {
            return self.dotted_of(target);
        };
        match trail.down(|trail| self.type_at(value, scope, trail))? {
            Type::Named(base) => Some(Catalog::get().canonical(&format!("{base}.{attr}"))),
            Type::Class(class) => class.name_of(attr, trail),
            Type::Many(_) => None,
        }
    }

    fn is_async_def(&self, target: &Target<'_>) -> bool {
        let is_async = |names: &Names<'_>, scope, name: &str| {
            let stmt = names.binding(scope, name).and_then(|binding| binding.stmt);
            stmt.is_some_and(|stmt| matches!(&names.module.stmt(stmt).kind, StmtKind::FunctionDef(def) if def.is_async))
        };
        match target {
            Target::Bound(names, scope, name) => is_async(names, *scope, name),
            _ => false,
        }
    }

    /// Whether the call of `func` is awaited on the spot.
    fn is_awaited(&self, func: &Expr) -> bool {
        let awaited = self.memo.awaited.get_or_init(|| awaited(self.module));
        awaited.contains(&func.span)
    }
}

/// Whether no definition can tell how a call is made.
fn is_outside(target: &Target<'_>) -> bool {
    matches!(
        target,
        Target::Outside(_) | Target::Missing(_) | Target::Nothing
    )
}

/// See [`Names::is_awaited`].
fn awaited(module: &Module) -> HashSet<Span> {
    let mut found = HashSet::new();
    for stmt in &module.stmts {
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Await(call) = &expr.kind
                && let ExprKind::Call { func, .. } = &call.kind
            {
                found.insert(func.span);
            }
        });
    }
    found
}

impl super::Project {
    /// What the user says about something that is called `last` at the call: by its dotted name, else by the name of its
    /// definition, else by its last component. The word that means it comes along.
    pub(super) fn declaration(
        &self,
        dotted: Option<&str>,
        last: &str,
        provided: Option<&str>,
    ) -> Option<(&Declaration, &str)> {
        let catalog = Catalog::get();
        let by = |is_meant: &dyn Fn(&str) -> bool| {
            self.declarations.iter().find_map(|declaration| {
                let mut names = declaration.acquirers.iter().map(String::as_str);
                Some((declaration, names.find(|name| is_meant(name))?))
            })
        };
        // `from app.db import get_db as db`: meant by the name of its definition too.
        let defined = dotted.and_then(|dotted| dotted.rsplit('.').next());
        by(
            &|name| {
                dotted.is_some_and(|dotted| dotted == name || dotted == catalog.canonical(name))
            },
        )
        .or_else(|| by(&|name| provided == Some(name)))
        .or_else(|| by(&|name| name == last || Some(name) == defined))
    }
}
