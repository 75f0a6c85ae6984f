//! Two acquisitions in one header.

use super::*;
use crate::syntax::WithItem;

impl Planner<'_, '_> {
    /// The `with` that the new one directly begins and fills, if the two read better as one.
    pub(super) fn merge(&self, lay: &Lay, last: usize, units: &[Unit]) -> Option<StmtId> {
        let module = self.study.ctx.module;
        let block = module.block(module.stmt(lay.at).block);
        let owner = block.owner?;
        let rest_goes = block.stmts[last + 1..]
            .iter()
            .all(|id| units.iter().any(|unit| unit.stmt == *id));
        if module.stmt(lay.at).index != 0 || !rest_goes || lay.annotation.is_some() {
            return None;
        }
        let between = Span::new(block.header.end, module.stmt(lay.at).span.start);
        (self.joins(lay, owner) && !self.comment_in(between)).then_some(owner)
    }

    /// The acquisition as the first item of the `with` that follows it at once and is all of its body.
    pub(super) fn absorbed(&self, name: &str, last: usize, units: &[Unit]) -> Option<Rewrite> {
        let study = self.study;
        let ctx = study.ctx;
        let own = ctx.module.stmt(study.site.stmt);
        let next = ctx.module.sibling(own.id, 1)?;
        let StmtKind::With { items, .. } = &ctx.module.stmt(next).kind else {
            return None;
        };
        let first = items.first()?;
        let lay = self.lay(own.id, true, next, Some(name.to_owned()));
        let between = Span::new(own.span.start, ctx.module.stmt(next).span.start);
        let fits = last == own.index + 1
            && matches!(own.kind, StmtKind::Assign { .. })
            && self.joins(&lay, next)
            && !self.comment_in(between);
        if !fits {
            return None;
        }
        if lay.closing {
            // An item that brings its import.
            let mut rewrite = self.rewrite(self.before(&lay, next, 0, first), units);
            rewrite.extent = Some((own.id, next));
            rewrite.drop.push(own.id);
            rewrite.drop.extend(self.dead_none(name, &rewrite));
            return Some(rewrite);
        }
        let context = &lay.context;
        let mut rewrite = Rewrite {
            extent: Some((own.id, next)),
            ..Rewrite::default()
        };
        rewrite.replace.push((
            first.context.outer,
            format!("{context} as {name}, {}", first.context.outer.of(ctx.text)),
        ));
        rewrite.drop.push(own.id);
        rewrite
            .drop
            .extend(units.iter().map(|unit| self.whole(unit)));
        rewrite.drop.extend(self.dead_none(name, &rewrite));
        Some(rewrite)
    }

    /// The same as an item before the one at `index` of the `with` statement `other`.
    fn before(&self, lay: &Lay, other: StmtId, index: usize, item: &WithItem) -> Lay {
        let text = self.study.ctx.text;
        let target = item.target.as_ref();
        Lay {
            at: other,
            replaces: false,
            last: other,
            split: Some(Split {
                index,
                context: item.context.outer.of(text).to_owned(),
                target: target.map(|target| target.outer.of(text).to_owned()),
            }),
            ..lay.clone()
        }
    }

    pub(super) fn comment_in(&self, span: Span) -> bool {
        self.study
            .ctx
            .module
            .comments
            .iter()
            .any(|comment| span.contains(*comment))
    }

    /// Whether the item can stand in the header of the `with` statement `other`, and the two read better as one: both
    /// acquire, and they fit on a line.
    pub(super) fn joins(&self, lay: &Lay, other: StmtId) -> bool {
        let ctx = self.study.ctx;
        let StmtKind::With {
            items,
            is_async,
            body,
            parenthesized,
        } = &ctx.module.stmt(other).kind
        else {
            return false;
        };
        let scope = self.study.site.scope;
        let acquires = |expr: &Expr| match &expr.kind {
            ExprKind::Call { func, args } => {
                ctx.names.acquirer(expr, scope).is_some()
                    || (matches!(&func.kind, ExprKind::Name(name) if name == "closing")
                        && args
                            .first()
                            .is_some_and(|arg| ctx.names.acquirer(&arg.value, scope).is_some()))
            }
            ExprKind::Await(inner) => ctx.names.acquirer(inner, scope).is_some(),
            _ => false,
        };
        if *is_async != lay.is_async
            || *parenthesized
            || !items.iter().all(|item| acquires(&item.context))
        {
            return false;
        }
        let block = ctx.module.block(*body);
        let header = block.header.of(ctx.text);
        let line_start = ctx.text[..block.header.start]
            .rfind(['\n', '\r'])
            .map_or(0, |at| at + 1);
        let width = (block.header.start - line_start)
            + header.chars().count()
            + lay.context.chars().count()
            + lay
                .target
                .as_ref()
                .map_or(0, |name| name.chars().count() + 4)
            + if lay.closing { 11 } else { 2 };
        width <= LINE
            && !block.inline
            && !header.contains(['\n', '\r'])
            && !lay.context.contains(['\n', '\r'])
    }
}
