//! What closing writes into another object, and who sees it there.

use super::*;
use crate::catalog::{Catalog, Kind};

impl Planner<'_, '_> {
    /// If the resource writes into another file object that is used behind the `with`, and nothing closed it before: the
    /// name of that object. Closing an archive writes its end there.
    pub(super) fn written_into(&self, rewrite: &Rewrite) -> Option<Obstacle> {
        let study = self.study;
        let (ctx, site) = (study.ctx, study.site);
        if study.paths.released || !matches!(site.resource().kind, Kind::File | Kind::Temp) {
            return None;
        }
        let ExprKind::Call { args, .. } = &site.call.kind else {
            return None;
        };
        let is_mode = |text: &str| text.len() <= 6 && !text.contains(['w', 'a', 'x', '+']);
        let reads = args.iter().any(|arg| {
            matches!(&arg.value.kind, ExprKind::Str(Some(text)) if !text.is_empty() && is_mode(text))
                && arg.keyword.as_ref().is_none_or(|keyword| keyword == "mode")
        });
        let has_mode = args.iter().any(|arg| {
            matches!(arg.value.kind, ExprKind::Str(_)) || arg.keyword.as_deref() == Some("mode")
        });
        if reads || !has_mode {
            return None;
        }
        let (_, last) = rewrite.extent?;
        let behind = ctx.module.stmt(last).span.end;
        args.iter().find_map(|arg| {
            let ExprKind::Name(name) = &arg.value.kind else {
                return None;
            };
            let is_file = arg.keyword.as_deref() == Some("fileobj") || self.is_file(name);
            let at = is_file.then(|| self.used_behind(name, behind)).flatten()?;
            Some(Obstacle::WritesInto {
                name: name.clone(),
                at,
            })
        })
    }

    /// Whether the function binds the name to a file object.
    fn is_file(&self, name: &str) -> bool {
        let ctx = self.study.ctx;
        let scope = self.study.site.scope;
        ctx.module.stmts.iter().any(|stmt| {
            let StmtKind::Assign { targets, value } = &stmt.kind else {
                return false;
            };
            let ExprKind::Call { func, .. } = &value.kind else {
                return false;
            };
            let binds =
                |target: &Expr| matches!(&target.kind, ExprKind::Name(other) if other == name);
            targets.iter().any(binds)
                && ctx.scopes.of_stmt(ctx.module, stmt.id) == scope
                && ctx.names.dotted(func, scope).is_some_and(|dotted| {
                    let known = Catalog::get().resource(&dotted);
                    known.is_some_and(|known| matches!(known.kind, Kind::File | Kind::Temp))
                })
        })
    }

    /// The first statement of the function behind `offset` that mentions the name.
    fn used_behind(&self, name: &str, offset: usize) -> Option<StmtId> {
        let ctx = self.study.ctx;
        let around = ctx.scopes.scope(self.study.site.scope).stmt;
        let end = around.map_or(ctx.text.len(), |id| ctx.module.stmt(id).span.end);
        let inside =
            |stmt: &&crate::syntax::Stmt| offset <= stmt.span.start && stmt.span.end <= end;
        let found = ctx.module.stmts.iter().filter(inside).find(|stmt| {
            let mut mentioned = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                mentioned |= matches!(&expr.kind, ExprKind::Name(other) if other == name);
            });
            mentioned
        });
        found.map(|stmt| stmt.id)
    }
}
