//! Providers: functions of the project that hand out a fresh resource.

use super::names::Names;
use super::provided::{Provided, Unless, Verdict};
use super::trail::Trail;
use super::{lock, returned};
use crate::catalog::{Acquire, Decorator, WrapForm};
use crate::syntax::{
    BindingKind, Expr, ExprKind, FunctionDef, ScopeId, ScopeKind, StmtId, StmtKind,
};

/// What calling a function gives.
pub(super) type Provision = Verdict;

impl<'a> Names<'a> {
    /// What calling the function gives that `stmt` defines.
    pub(super) fn provision(
        &self,
        stmt: StmtId,
        def: &'a FunctionDef,
        trail: &mut Trail,
    ) -> Provision {
        if let Some(known) = lock(&self.memo.providers).get(&stmt) {
            return known.clone();
        }
        if trail.comes_from(self.file(), stmt) {
            trail.cut = true;
            return Verdict::Pending;
        }
        let start = trail.at_start();
        let outer_cut = std::mem::take(&mut trail.cut);
        let provision = trail.through_function(self.file(), stmt, |trail| {
            self.provided_by(def, trail)
                .map(|provided| provided.linked(self.link(stmt)))
        });
        // An answer that was cut short because of where the question came from is not for everybody.
        if start || !trail.cut {
            lock(&self.memo.providers).insert(stmt, provision.clone());
        }
        trail.cut |= outer_cut;
        provision
    }

    fn provided_by(&self, def: &'a FunctionDef, trail: &mut Trail) -> Provision {
        let scope = self.scopes.of_block(def.body);
        if self.scopes.scope(scope).has_error {
            return Verdict::Not;
        }
        let mut manages = false;
        for decorator in self.decorators(def) {
            match decorator {
                Some(Decorator::Manager) => manages = true,
                Some(
                    Decorator::Static | Decorator::Bound | Decorator::Plain | Decorator::Abstract,
                ) => {}
                // It may cache what the function gives, or make something else of it.
                _ => return Verdict::Not,
            }
        }
        if self.scopes.scope(scope).is_generator {
            return match (self.yielded(def, trail), manages) {
                (Some(provided), true) => Verdict::Manages(provided),
                (Some(provided), false) => Verdict::Generates(provided),
                (None, _) => Verdict::Not,
            };
        }
        if manages {
            return Verdict::Not;
        }
        match self.returned(def, trail) {
            Some(provided) => Verdict::Acquires(provided),
            None => match self.handed_on(def, trail) {
                Verdict::Not => match self.bundled(def, trail) {
                    Some(parts) => Verdict::Bundles(parts),
                    None => self.promised(def, trail),
                },
                known => known,
            },
        }
    }

    /// Whether a value is what a function gives that is being looked at.
    fn is_pending(&self, value: &Expr, scope: ScopeId, trail: &mut Trail) -> bool {
        matches!(&value.kind, ExprKind::Call { func, .. } if self.called(func, scope, trail) == Verdict::Pending)
    }

    /// `return conn, cursor`: the fresh resources in the tuple that the function always returns.
    fn bundled(&self, def: &'a FunctionDef, trail: &mut Trail) -> Option<Vec<Option<Provided>>> {
        let scope = self.scopes.of_block(def.body);
        let [(stmt, Some(value))] = self.return_stmts(def)[..] else {
            return None;
        };
        let ExprKind::Tuple(parts) = &value.kind else {
            return None;
        };
        if def.is_async {
            return None;
        }
        let given: Vec<Option<Provided>> = parts
            .iter()
            .map(|part| {
                let given = self.fresh(part, scope, trail)?;
                Some(given.linked(self.link(stmt)))
            })
            .collect();
        given.iter().any(Option::is_some).then_some(given)
    }

    /// `return session_scope()`: the generator or context manager of another function.
    fn handed_on(&self, def: &'a FunctionDef, trail: &mut Trail) -> Provision {
        let scope = self.scopes.of_block(def.body);
        let [(stmt, Some(value))] = self.return_stmts(def)[..] else {
            return Verdict::Not;
        };
        let ExprKind::Call { func, .. } = &value.kind else {
            return Verdict::Not;
        };
        match self.called(func, scope, trail) {
            known @ (Verdict::Generates(_) | Verdict::Manages(_)) if !def.is_async => {
                known.map(|provided| provided.linked(self.link(stmt)))
            }
            _ => Verdict::Not,
        }
    }

    /// What the function returns, if that is a fresh resource at every call.
    pub(super) fn returned(&self, def: &'a FunctionDef, trail: &mut Trail) -> Option<Provided> {
        let scope = self.scopes.of_block(def.body);
        let mut result: Option<Provided> = None;
        let mut none = self.ends_in_none(def, trail);
        let mut unless = None;
        for (stmt, value) in self.return_stmts(def) {
            match value {
                None
                | Some(Expr {
                    kind: ExprKind::None,
                    ..
                }) => none = true,
                Some(value) if self.is_pending(value, scope, trail) => {}
                Some(value) if self.is_given_back(stmt, value) => {
                    unless = self.given(value, scope);
                }
                Some(value) => {
                    let given = self.fresh(value, scope, trail)?;
                    result = Some(merge(result, given.linked(self.link(stmt)))?);
                }
            }
        }
        let mut result = result?;
        result.may_be_none |= none;
        if unless.is_some() {
            if result.unless.is_some() && result.unless != unless {
                return None;
            }
            result.unless = unless;
        }
        if def.is_async {
            if result.acquire != Acquire::Call {
                return None;
            }
            result.acquire = Acquire::Await;
        }
        Some(result)
    }

    /// The `return`s of a function: their values.
    pub(super) fn returns(&self, def: &FunctionDef) -> Vec<Option<&'a Expr>> {
        let values = self.return_stmts(def).into_iter();
        values.map(|(_, value)| value).collect()
    }

    /// Whether the function returns what it knows as `name`, whichever way it goes.
    pub(crate) fn always_returns(&self, def: &FunctionDef, name: &str) -> bool {
        let is_it = |value: &Option<&Expr>| {
            value.is_some_and(|value| matches!(&value.kind, ExprKind::Name(it) if it == name))
        };
        self.returns(def).iter().all(is_it) && !self.ends_in_none(def, &mut Trail::default())
    }

    pub(super) fn return_stmts(&self, def: &FunctionDef) -> Vec<(StmtId, Option<&'a Expr>)> {
        let scope = self.scopes.of_block(def.body);
        let stmts = returned::stmts_of(self.module, def);
        let own = stmts.filter(|stmt| self.scopes.of_block(stmt.block) == scope);
        let values = own.filter_map(|stmt| match &stmt.kind {
            StmtKind::Return(value) => Some((stmt.id, value.as_ref())),
            _ => None,
        });
        values.collect()
    }

    /// What `expr` gives, if that is a fresh resource.
    pub(super) fn fresh(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Provided> {
        trail.down(|trail| match &expr.kind {
            ExprKind::Call { func, args } => match self.called(func, scope, trail) {
                Verdict::Acquires(provided) if !provided.is_lent(args) => Some(Provided {
                    unless: None,
                    ..provided
                }),
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
            ExprKind::Bool {
                is_and: false,
                left,
                right,
            } => {
                let unless = Some(self.given(left, scope)?);
                let mut provided = self.fresh(right, scope, trail)?;
                if provided.unless.is_some() {
                    return None;
                }
                provided.unless = unless;
                Some(provided)
            }
            _ => None,
        })
    }

    /// The parameter of the function that `expr` is, if it is `None` unless a caller gives it, and nothing else ever.
    fn given(&self, expr: &Expr, scope: ScopeId) -> Option<Unless> {
        let ExprKind::Name(name) = &expr.kind else {
            return None;
        };
        let info = self.scopes.scope(scope);
        let [binding] = info.bindings.get(name)?.as_slice() else {
            return None;
        };
        let BindingKind::Param(place) = binding.kind else {
            return None;
        };
        let StmtKind::FunctionDef(def) = &self.module.stmt(info.stmt?).kind else {
            return None;
        };
        let param = def.params.get(place)?;
        let default = param.default.as_ref()?;
        let of_class = info
            .parent
            .is_some_and(|parent| self.scopes.scope(parent).kind == ScopeKind::Class);
        let plain = def.params.iter().take(place).all(|param| param.stars == 0);
        (matches!(default.kind, ExprKind::None) && plain && param.stars == 0).then(|| Unless {
            param: name.clone(),
            before: place.saturating_sub(usize::from(of_class)),
        })
    }

    /// `if session is not None: return session`, of a parameter.
    fn is_given_back(&self, stmt: StmtId, value: &Expr) -> bool {
        let scope = self.scopes.of_stmt(self.module, stmt);
        let Some(unless) = self.given(value, scope) else {
            return false;
        };
        let is_it =
            |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if *name == unless.param);
        let block = self.module.stmt(stmt).block;
        let Some(StmtKind::If { branches, .. }) = self
            .module
            .parent(stmt)
            .map(|id| &self.module.stmt(id).kind)
        else {
            return false;
        };
        branches.iter().any(|(test, body)| {
            let holds = match &test.kind {
                ExprKind::Compare { operands, ops } => {
                    matches!(operands.as_slice(), [left, right] if is_it(left) && matches!(right.kind, ExprKind::None))
                        && ops.first().is_some_and(|op| op == "is not" || op == "!=")
                }
                _ => is_it(test),
            };
            *body == block && holds
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
                    let given =
                        trail.down(|trail| self.fresh(value, self.scope_of(binding), trail))?;
                    let link = self.link(binding.stmt?);
                    result = Some(merge(result, given.linked(link))?);
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
        if kept.anywhere(def, trail) {
            None
        } else {
            Some(result)
        }
    }
}

fn maybe(mut provided: Provided) -> Option<Provided> {
    provided.may_be_none = true;
    Some(provided)
}

/// One description for what two branches give, if it holds for both.
pub(super) fn merge(first: Option<Provided>, second: Provided) -> Option<Provided> {
    let Some(mut first) = first else {
        return Some(second);
    };
    let alike = first.acquire == second.acquire
        && first.wrap == second.wrap
        && first.resource.release == second.resource.release
        && first.resource.release_async == second.resource.release_async
        && (first.unless.is_none() || second.unless.is_none() || first.unless == second.unless);
    first.may_be_none |= second.may_be_none;
    first.unless = first.unless.or(second.unless);
    alike.then_some(first)
}
