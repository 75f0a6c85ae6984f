//! Providers that yield what they acquire, and those that only promise it in an annotation.

use super::acquirer::Trust;
use super::names::{Names, Target};
use super::provided::{Provided, Verdict};
use super::provider::merge;
use super::returned;
use super::trail::Trail;
use super::types::Type;
use crate::catalog::{Acquire, Catalog};
use crate::syntax::{
    BindingKind, Expr, ExprKind, FunctionDef, ScopeId, Stmt, StmtId, StmtKind, walk_exprs,
};

impl<'a> Names<'a> {
    /// What a generator function yields, if that is a resource it acquired itself.
    pub(super) fn yielded(&self, def: &'a FunctionDef, trail: &mut Trail) -> Option<Provided> {
        let scope = self.scopes.of_block(def.body);
        let mut result = None;
        let own = returned::stmts_of(self.module, def)
            .filter(|stmt| self.scopes.of_block(stmt.block) == scope);
        for stmt in own {
            for value in yields(stmt) {
                let given = match value {
                    Yielded::One(value) => self.given_out(value, scope, trail)?,
                    Yielded::All(value) => self.generated(value, scope, trail)?,
                };
                result = Some(merge(result, given.linked(self.link(stmt.id)))?);
            }
        }
        result
    }

    /// The values that a generator yields, with their statements.
    pub(super) fn yielded_values(&self, def: &FunctionDef) -> Vec<(StmtId, &'a Expr)> {
        let scope = self.scopes.of_block(def.body);
        let own = returned::stmts_of(self.module, def)
            .filter(|stmt| self.scopes.of_block(stmt.block) == scope);
        let values = own.flat_map(|stmt| {
            yields(stmt).into_iter().filter_map(|value| match value {
                Yielded::One(value) => Some((stmt.id, value)),
                Yielded::All(_) => None,
            })
        });
        values.collect()
    }

    /// What a yielded value is, if the generator acquired it.
    fn given_out(&self, value: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        let ExprKind::Name(name) = &value.kind else {
            return trail.down(|trail| self.fresh(value, scope, trail));
        };
        if self.scopes.resolve(scope, name)? != scope {
            return None;
        }
        let mut result = None;
        for binding in self.bindings(scope, name) {
            let stmt = binding.stmt?;
            let given = match (&binding.kind, &self.module.stmt(stmt).kind) {
                (BindingKind::With(index), StmtKind::With { items, .. }) => {
                    self.entered_fresh(&items.get(*index)?.context, scope, trail)?
                }
                (BindingKind::For, StmtKind::For { iter, target, .. })
                    if matches!(target.kind, ExprKind::Name(_)) =>
                {
                    self.generated(iter, scope, trail)?
                }
                (BindingKind::Assign, _) => {
                    let value = self.value_of(binding, name)?;
                    trail.down(|trail| self.fresh(value, scope, trail))?
                }
                _ => return None,
            };
            result = Some(merge(result, given.linked(self.link(stmt)))?);
        }
        result
    }

    /// What the name behind `with context as` is bound to, if that is a fresh resource.
    fn entered_fresh(&self, context: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        let call = match &context.kind {
            ExprKind::Await(inner) => inner,
            _ => context,
        };
        let ExprKind::Call { func, args } = &call.kind else {
            return None;
        };
        if let Target::Outside(name) = self.target(func, scope, trail)
            && ["contextlib.closing", "contextlib.aclosing"].contains(&name.as_str())
        {
            return trail.down(|trail| self.fresh(&args.first()?.value, scope, trail));
        }
        let mut given = self.entered(func, scope, trail)?;
        given.acquire = Acquire::Call;
        Some(given)
    }

    /// What iterating over the generator yields that `expr` makes.
    fn generated(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        let ExprKind::Call { func, .. } = &expr.kind else {
            return None;
        };
        match trail.down(|trail| self.called(func, scope, trail)) {
            Verdict::Generates(provided) => Some(provided),
            _ => None,
        }
    }

    /// What the annotation of a function says that it gives, where its body cannot be read: there is none, or it returns
    /// what something unknown made. Whether that is fresh nobody can tell: it counts as a conventional name does, and where
    /// its name speaks of something shared, only for who releases it.
    pub(super) fn promised(&self, def: &'a FunctionDef, trail: &mut Trail) -> Verdict {
        let scope = self.scopes.of_block(def.body);
        let returns = self.return_stmts(def);
        let is_unknown = |value: &Expr, trail: &mut Trail| {
            let call = match &value.kind {
                ExprKind::Await(inner) => inner,
                _ => value,
            };
            matches!(&call.kind, ExprKind::Call { func, .. }
                if matches!(self.called(func, scope, trail), Verdict::Unknown(_)))
        };
        let unreadable = match returns.as_slice() {
            [] => self.is_stub(def),
            all => all
                .iter()
                .all(|(_, value)| value.is_some_and(|value| is_unknown(value, trail))),
        };
        let Some(annotation) = def.returns.as_ref().filter(|_| unreadable) else {
            return Verdict::Not;
        };
        let Some(Type::Named(class)) = self.annotated(annotation, scope, trail) else {
            return Verdict::Not;
        };
        let Some(resource) = Catalog::get().by_instance(&class) else {
            return Verdict::Not;
        };
        let mut provided = Provided::new(&class, resource);
        let is_shared = Catalog::get().names_shared(&def.name);
        provided.trust = match is_shared {
            true => Trust::ConventionalIfReleased,
            false => Trust::Conventional,
        };
        provided.acquire = match def.is_async {
            true => Acquire::Await,
            false => Acquire::Call,
        };
        Verdict::Acquires(provided)
    }

    /// Whether a function has a body only because the syntax asks for one.
    fn is_stub(&self, def: &FunctionDef) -> bool {
        let says_nothing = |id: &StmtId| match &self.module.stmt(*id).kind {
            StmtKind::Pass => true,
            StmtKind::Expr(expr) => matches!(expr.kind, ExprKind::Number | ExprKind::Str(_)),
            StmtKind::Raise { exc: Some(exc), .. } => {
                exc.span.of(self.text).starts_with("NotImplementedError")
            }
            _ => false,
        };
        self.module.block(def.body).stmts.iter().all(says_nothing)
    }
}

enum Yielded<'e> {
    One(&'e Expr),
    All(&'e Expr),
}

/// What a statement yields; nothing for a bare `yield`.
fn yields(stmt: &Stmt) -> Vec<Yielded<'_>> {
    let mut found = Vec::new();
    walk_exprs(stmt, &mut |expr| match &expr.kind {
        ExprKind::Yield(Some(value)) => found.push(Yielded::One(value)),
        ExprKind::YieldFrom(value) => found.push(Yielded::All(value)),
        _ => {}
    });
    found
}
