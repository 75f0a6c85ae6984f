//! A `with` entered on something that is acquired in its own header: the acquisition becomes an item of its own.

use super::*;
use crate::syntax::WithItem;

fn in_the_way() -> Obstacle {
    Obstacle::Refused(
        "the header has a comment or a line break where it would be taken apart".into(),
    )
}

impl Planner<'_, '_> {
    /// The acquisition as an item before the one that it was part of; where something behind the `with` still needs it, as
    /// a `with` of its own around both.
    pub(super) fn entered(
        &self,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Result<Rewrite, Obstacle> {
        let study = self.study;
        let ctx = study.ctx;
        let site = study.site;
        let stmt = ctx.module.stmt(site.stmt);
        let (Atom::Enter(_, index), StmtKind::With { items, .. }) = (site.atom, &stmt.kind) else {
            return Err(Obstacle::NoWith);
        };
        let item = items.get(index).ok_or(Obstacle::NoWith)?;
        if !self.is_plain(item) {
            return Err(in_the_way());
        }
        // A release elsewhere belongs to a `try` that was written around the `with`, or makes leaving it fail.
        let is_behind = |unit: &&Unit| {
            let unit = ctx.module.stmt(unit.stmt);
            unit.block == stmt.block && unit.index > stmt.index
        };
        if let Some(unit) = units.iter().find(|unit| !is_behind(unit)) {
            return Err(Obstacle::ReleaseInExpression { at: unit.release });
        }
        let (last, outside) = self.body(stmt.block, stmt.index, units, touches);
        if let Some(&at) = outside.first() {
            return Err(Obstacle::UsedOutside { at });
        }
        let last = last.unwrap_or(stmt.index).max(stmt.index);
        let name = site
            .name
            .clone()
            .unwrap_or_else(|| fresh::name(ctx, site.scope, site.stmt, &site.resource().variable));
        let split = self.split(item, index, &name);
        let last = ctx.module.block(stmt.block).stmts[last];
        let mut lay = self.lay(site.stmt, false, last, Some(name));
        if last == site.stmt && self.is_alike(site.stmt, &lay) {
            lay.split = Some(split);
            return Ok(self.rewrite(lay, units));
        }
        // Around the whole `with`, it is acquired before the items that stand before it.
        if index > 0 {
            return Err(Obstacle::EvaluatedBefore);
        }
        let target = split.target.map(|target| format!(" as {target}"));
        let item_text = split.context + &target.unwrap_or_default();
        if item_text.contains(['\n', '\r']) {
            return Err(in_the_way());
        }
        let mut rewrite = self.rewrite(lay, units);
        rewrite.replace.push((item.span, item_text));
        Ok(rewrite)
    }

    /// What is left of the item when the acquisition, now called `name`, is taken out.
    fn split(&self, item: &WithItem, index: usize, name: &str) -> Split {
        let text = self.study.ctx.text;
        let replaced = self.study.site.whole.outer;
        let rest = Span::new(
            replaced.end.min(item.context.span.end),
            item.context.span.end,
        );
        let target = match &self.study.site.name {
            Some(_) => None,
            None => item.target.as_ref(),
        };
        Split {
            index,
            context: format!("{name}{}", rest.of(text).trim_start()),
            target: target.map(|target| target.outer.of(text).to_owned()),
        }
    }

    /// Whether all comments in the item stand inside of the acquisition, whose text is kept.
    fn is_plain(&self, item: &WithItem) -> bool {
        let inside = |span: &&Span| item.span.contains(**span);
        let mut comments = self.study.ctx.module.comments.iter().filter(inside);
        comments.all(|comment| self.study.site.whole.span.contains(*comment))
    }

    /// Whether the `with` statement is `async` as the new item needs it.
    fn is_alike(&self, with: StmtId, lay: &Lay) -> bool {
        match &self.study.ctx.module.stmt(with).kind {
            StmtKind::With { is_async, .. } => *is_async == lay.is_async,
            _ => false,
        }
    }
}
