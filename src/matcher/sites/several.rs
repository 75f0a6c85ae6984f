//! Acquisitions in more than a plain assignment: in a tuple, under a condition, with a name that is bound in passing.

use super::super::passing::{self, Rest};
use super::super::values::target_names;
use super::*;

impl<'a> Finder<'a> {
    /// `conn, cursor = connect()`: each resource in the tuple has a name of its own.
    pub(super) fn bundle(&mut self, call: &'a Expr, around: &Around) {
        let StmtKind::Assign { targets, value } = &self.stmt.kind else {
            return;
        };
        let [
            Expr {
                kind: ExprKind::Tuple(names),
                ..
            },
        ] = targets.as_slice()
        else {
            return;
        };
        if value.span != call.span {
            return;
        }
        for (index, acquirer) in self.names.bundle(call, self.scope) {
            let Some(ExprKind::Name(name)) = names.get(index).map(|name| &name.kind) else {
                continue;
            };
            if self.is_outer(name) {
                continue;
            }
            self.site(call, call, acquirer, around);
            if let Some(site) = self.sites.last_mut() {
                site.name = Some(name.clone());
                site.stuck = Some(Obstacle::Unpacked);
            }
        }
    }

    /// The acquiring call at the beginning of a chain of methods that give the object itself, if the statement binds what the
    /// chain gives: `conn = engine.connect().execution_options(...)`.
    pub(super) fn returned_itself(&self, expr: &'a Expr) -> Option<(&'a Expr, Acquirer)> {
        bound_to(self.stmt, expr.span)?;
        let mut chain = expr;
        let mut methods = Vec::new();
        loop {
            let ExprKind::Call { func, .. } = &chain.kind else {
                return None;
            };
            let ExprKind::Attribute { value, attr } = &func.kind else {
                return None;
            };
            methods.push(attr);
            if let Some(acquirer) = self.names.acquirer(value, self.scope) {
                let returned = &acquirer.resource.returns_self;
                let itself = methods.iter().all(|method| returned.contains(method));
                return (itself && !acquirer.awaited).then_some((&**value, acquirer));
            }
            chain = value;
        }
    }

    /// What `a() if test else b()` acquires, if both do and are released alike.
    pub(super) fn either(&self, expr: &Expr) -> Option<Acquirer> {
        match &expr.kind {
            ExprKind::Call { .. } => self
                .names
                .acquirer(expr, self.scope)
                .filter(|found| !found.awaited),
            ExprKind::IfExp { body, orelse, .. } => {
                let (one, other) = (self.either(body)?, self.either(orelse)?);
                let alike = one.wrap == other.wrap
                    && one.resource.release == other.resource.release
                    && one.resource.items == other.resource.items
                    && one.trust == other.trust;
                alike.then_some(one)
            }
            _ => None,
        }
    }

    /// What `a() if test else None` acquires, and the call; nothing of `a()`'s parts may acquire as well.
    pub(super) fn or_none(&self, body: &'a Expr, orelse: &'a Expr) -> Option<(&'a Expr, Acquirer)> {
        let call = if is_none(body) { orelse } else { body };
        let ExprKind::Call { func, args } = &call.kind else {
            return None;
        };
        let parts = std::iter::once(&**func).chain(args.iter().map(|arg| &arg.value));
        let mut nested = false;
        for part in parts {
            part.walk(&mut |part| {
                nested |= self.names.acquirer(part, self.scope).is_some();
                !nested
            });
        }
        let mut acquirer = self.either(call)?;
        acquirer.may_be_none = true;
        (!nested).then_some((call, acquirer))
    }

    /// The name that the statement binds in passing. Of several names each has to be one of this function: those of a
    /// module or class are seen from elsewhere.
    pub(super) fn in_passing(&self, atom: Atom, whole: Span) -> Option<passing::Passing<'a>> {
        let stmt: &'a Stmt = self.stmt;
        let harmless = |expr: &Expr| self.is_harmless(expr);
        let passing = passing::of(self.names.text, stmt, atom, whole, &harmless)?;
        let StmtKind::Assign { targets, .. } = &stmt.kind else {
            return Some(passing);
        };
        let mut outer = self.scopes.scope(self.scope).kind != ScopeKind::Function;
        let mut names = Vec::new();
        for target in targets {
            target_names(target, &mut names);
        }
        outer |= names.iter().any(|name| self.is_outer(name));
        // Caught, an error of what is evaluated next would meet names that are bound already.
        let several = !matches!(passing.rest, Some(Rest::Name(_)));
        let caught = several && self.in_try();
        (!outer && !caught).then_some(passing)
    }

    /// Whether the statement stands in a `try` of its function.
    pub(super) fn in_try(&self) -> bool {
        let mut at = self.stmt.block;
        while let Some(owner) = self.module.block(at).owner {
            let owner = self.module.stmt(owner);
            match owner.kind {
                StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => return false,
                StmtKind::Try { .. } => return true,
                _ => at = owner.block,
            }
        }
        false
    }
}
