//! What has no purpose once the releases are gone.

use super::*;

impl Planner<'_, '_> {
    /// The unit with the `if`s around it that hold nothing else and whose tests have no effect.
    pub(super) fn whole(&self, unit: &Unit) -> StmtId {
        let module = self.study.ctx.module;
        let mut at = unit.stmt;
        while let Some(parent) = module.parent(at) {
            let StmtKind::If {
                branches,
                orelse: None,
            } = &module.stmt(parent).kind
            else {
                break;
            };
            let [(test, body)] = branches.as_slice() else {
                break;
            };
            if module.block(*body).stmts.len() != 1 || !super::super::sites::harmless(test) {
                break;
            }
            at = parent;
        }
        at
    }

    /// `name = None` statements that only served the guards that go.
    pub(super) fn dead_none(&self, name: &str, rewrite: &Rewrite) -> Vec<StmtId> {
        let ctx = self.study.ctx;
        let module = ctx.module;
        let Some((at, last)) = rewrite.extent else {
            return Vec::new();
        };
        let body = Span::new(module.stmt(at).span.start, module.stmt(last).span.end);
        let gone = |span: Span| {
            body.contains(span)
                || rewrite
                    .drop
                    .iter()
                    .any(|&id| module.stmt(id).span.contains(span))
        };
        let scope = ctx.scopes.scope(self.study.site.scope);
        let whole = scope.stmt.map(|id| module.stmt(id).span);
        let mut dead = Vec::new();
        for stmt in module
            .stmts
            .iter()
            .filter(|stmt| whole.is_none_or(|span| span.contains(stmt.span)))
        {
            let mut mentioned = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                mentioned |= matches!(&expr.kind, ExprKind::Name(other) if other == name)
                    && !gone(expr.span);
            });
            if !mentioned {
                continue;
            }
            let plain = match &stmt.kind {
                StmtKind::Assign { targets, value } => {
                    matches!(value.kind, ExprKind::None)
                        && matches!(
                            targets.as_slice(),
                            [Expr {
                                kind: ExprKind::Name(_),
                                ..
                            }]
                        )
                }
                _ => false,
            };
            let before = stmt.span.end <= body.start
                && ctx.scopes.of_stmt(module, stmt.id) == self.study.site.scope;
            if !plain || !before || self.has_comment(stmt.span) {
                return Vec::new();
            }
            dead.push(stmt.id);
        }
        dead
    }

    /// Whether a comment stands on a line of the statement.
    pub(super) fn has_comment(&self, span: Span) -> bool {
        let text = self.study.ctx.text;
        let end = text[span.end..]
            .find(['\n', '\r'])
            .map_or(text.len(), |at| span.end + at);
        self.study
            .ctx
            .module
            .comments
            .iter()
            .any(|comment| span.start <= comment.start && comment.start < end)
    }
}
