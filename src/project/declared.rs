//! What the user declares to be an acquirer.

use super::names::{Names, Target};
use super::provided::{Provided, Verdict};
use super::trail::Trail;
use crate::catalog::{Acquire, Catalog};
use crate::syntax::{Expr, ExprKind, ScopeId, StmtKind};

impl Names<'_> {
    /// What the user says about a call of `func`, of which `verdict` is known otherwise.
    pub(super) fn declared(
        &self,
        func: &Expr,
        scope: ScopeId,
        verdict: &Verdict,
    ) -> Option<Provided> {
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
}
