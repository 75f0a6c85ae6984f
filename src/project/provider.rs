//! Providers: functions of the project that hand out a fresh resource.

use super::acquirer::{Provided, Verdict};
use super::names::Names;
use super::trail::Trail;
use super::{lock, returned};
use crate::catalog::{Acquire, WrapForm};
use crate::syntax::{BindingKind, Expr, ExprKind, FunctionDef, ScopeId, StmtId, StmtKind};

/// What a provider gives.
pub(super) type Provider = Provided;

impl Names<'_> {
    /// What the function gives that `stmt` defines; `None` if that is not a fresh resource at every call.
    pub(super) fn provider(
        &self,
        stmt: StmtId,
        def: &FunctionDef,
        trail: &mut Trail,
    ) -> Option<Provider> {
        if let Some(known) = lock(&self.memo().providers).get(&stmt) {
            return known.clone();
        }
        let start = trail.at_start();
        let outer_cut = std::mem::take(&mut trail.cut);
        let provider =
            trail.through_function(self.file(), stmt, |trail| self.provided_by(def, trail));
        // An answer that was cut short because of where the question came from is not for everybody.
        if start || !trail.cut {
            lock(&self.memo().providers).insert(stmt, provider.clone());
        }
        trail.cut |= outer_cut;
        provider
    }

    fn provided_by(&self, def: &FunctionDef, trail: &mut Trail) -> Option<Provider> {
        let scope = self.scopes.of_block(def.body);
        // A decorator may cache what it gives, or make a context manager of it.
        if !def.decorators.is_empty()
            || self.scopes.scope(scope).is_generator
            || self.scopes.scope(scope).has_error
        {
            return None;
        }
        let mut result: Option<Provider> = None;
        let mut none = returned::falls_off(self.module, def.body, &|call| {
            self.ends_program(call, scope)
        });
        for value in self.returns(def) {
            match value {
                None
                | Some(Expr {
                    kind: ExprKind::None,
                    ..
                }) => none = true,
                Some(value) => result = Some(merge(result, self.fresh(value, scope, trail)?)?),
            }
        }
        let mut result = result?;
        result.may_be_none |= none;
        if def.is_async {
            if result.acquire != Acquire::Call {
                return None;
            }
            result.acquire = Acquire::Await;
        }
        Some(result)
    }

    /// The `return`s of a function: their values.
    pub(super) fn returns(&self, def: &FunctionDef) -> Vec<Option<&Expr>> {
        let scope = self.scopes.of_block(def.body);
        let stmts = returned::stmts_of(self.module, def);
        let own = stmts.filter(|stmt| self.scopes.of_block(stmt.block) == scope);
        let values = own.filter_map(|stmt| match &stmt.kind {
            StmtKind::Return(value) => Some(value.as_ref()),
            _ => None,
        });
        values.collect()
    }

    /// What `expr` gives, if that is a fresh resource.
    pub(super) fn fresh(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        trail.down(|trail| match &expr.kind {
            ExprKind::Call { func, .. } => match self.called(func, scope, trail) {
                Verdict::Acquires(provided) => Some(provided),
                _ => None,
            },
            ExprKind::Await(call) => {
                let mut provided = self.fresh(call, scope, trail)?;
                match provided.acquire {
                    Acquire::Call => return None,
                    Acquire::Await => {}
                    // Once awaited it cannot be entered any more.
                    Acquire::AwaitOrAsyncWith => provided.wrap = WrapForm::None,
                }
                provided.acquire = Acquire::Call;
                Some(provided)
            }
            ExprKind::IfExp { body, orelse, .. } => match (&body.kind, &orelse.kind) {
                (ExprKind::None, ExprKind::None) => None,
                (ExprKind::None, _) => maybe(self.fresh(orelse, scope, trail)?),
                (_, ExprKind::None) => maybe(self.fresh(body, scope, trail)?),
                _ => merge(
                    Some(self.fresh(body, scope, trail)?),
                    self.fresh(orelse, scope, trail)?,
                ),
            },
            ExprKind::Name(name) => self.fresh_variable(name, scope, trail),
            _ => None,
        })
    }

    /// What a local variable holds, if that is a fresh resource which the function does nothing with that would keep or
    /// release it.
    fn fresh_variable(&self, name: &str, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        if self.scopes.resolve(scope, name)? != scope || !self.is_function(scope) {
            return None;
        }
        let all = self.scopes.scope(scope).bindings.get(name)?;
        let mut result = None;
        let mut none = false;
        for binding in all {
            if binding.kind == BindingKind::Annotation {
                continue;
            }
            let (StmtKind::Assign { .. } | StmtKind::AnnAssign { .. }) =
                &self.module.stmt(binding.stmt?).kind
            else {
                return None;
            };
            let value = self.value_of(binding, name)?;
            match value.kind {
                ExprKind::None => none = true,
                // `a = b` would be another variable's business.
                ExprKind::Name(_) => return None,
                _ => {
                    result = Some(merge(
                        result,
                        trail.down(|trail| self.fresh(value, self.scope_of(binding), trail))?,
                    )?)
                }
            }
        }
        let mut result = result?;
        result.may_be_none |= none;
        let StmtKind::FunctionDef(def) = &self.module.stmt(self.scopes.scope(scope).stmt?).kind
        else {
            return None;
        };
        let kept = returned::Kept {
            names: self,
            name,
            scope,
            resource: &result.resource,
        };
        if kept.anywhere(def) {
            None
        } else {
            Some(result)
        }
    }

    /// Whether a call does not come back.
    fn ends_program(&self, call: &Expr, scope: ScopeId) -> bool {
        let ExprKind::Call { func, .. } = &call.kind else {
            return false;
        };
        let name = self.dotted(func, scope);
        name.is_some_and(|name| {
            ["sys.exit", "os._exit", "builtins.exit", "builtins.quit"].contains(&name.as_str())
        })
    }
}

fn maybe(mut provided: Provided) -> Option<Provided> {
    provided.may_be_none = true;
    Some(provided)
}

/// One description for what two branches give, if it holds for both.
fn merge(first: Option<Provided>, second: Provided) -> Option<Provided> {
    let Some(mut first) = first else {
        return Some(second);
    };
    let alike = first.acquire == second.acquire
        && first.wrap == second.wrap
        && first.resource.release == second.resource.release
        && first.resource.release_async == second.resource.release_async;
    first.may_be_none |= second.may_be_none;
    alike.then_some(first)
}
