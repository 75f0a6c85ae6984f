//! The forms a `with` takes: in the acquisition's place, around the `try` it begins, or around a statement that acquires in
//! passing.

use super::*;

impl Planner<'_, '_> {
    pub(super) fn bound(
        &self,
        name: &str,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Result<Rewrite, Obstacle> {
        let study = self.study;
        let ctx = study.ctx;
        let site = study.site;
        let stmt = ctx.module.stmt(site.stmt);
        // A release that another branch's acquisition shares is replaced behind both branches or not at all.
        let shared = units.iter().find(|unit| {
            let meanings = study.other_meanings(unit.release);
            meanings
                .iter()
                .any(|meaning| matches!(meaning, Meaning::Bound(_)))
        });
        if let Some(unit) = shared {
            return self
                .late(name, units, touches)
                .map_err(|_| Obstacle::SeveralMeanings { at: unit.release });
        }
        if site.acquirer.may_be_none || site.acquirer.trust != Trust::Known {
            if self.none_guard(name).is_some() {
                return self.late(name, units, touches);
            }
            if let Some(rewrite) = self.where_it_is_there(name, units, touches) {
                return Ok(rewrite);
            }
        }
        if site.acquirer.wrap == WrapForm::Behind {
            return match touches.is_empty() {
                true => Err(Obstacle::EnteredBehind),
                false => self.late(name, units, touches),
            };
        }
        let (last, outside) = self.body(stmt.block, stmt.index + 1, units, touches);
        if let Some(&at) = outside.first() {
            if let Ok(rewrite) = self.late(name, units, touches) {
                return Ok(rewrite);
            }
            return self.hoisted(name, units, touches, at);
        }
        let last = last.unwrap_or(stmt.index).max(stmt.index);
        let block = ctx.module.block(stmt.block);
        if let Some(rewrite) = self.absorbed(name, last, units) {
            return Ok(rewrite);
        }
        let annotation = match &stmt.kind {
            StmtKind::AnnAssign {
                target, annotation, ..
            } => Some(format!(
                "{}: {}",
                target.outer.of(ctx.text),
                annotation.outer.of(ctx.text)
            )),
            _ => None,
        };
        let mut lay = self.lay(site.stmt, true, block.stmts[last], Some(name.to_owned()));
        lay.annotation = annotation;
        lay.merge_into = self.merge(&lay, last, units);
        let mut rewrite = self.rewrite(lay, units);
        rewrite.drop.extend(self.dead_none(name, &rewrite));
        Ok(rewrite)
    }

    pub(super) fn lay(
        &self,
        at: StmtId,
        replaces: bool,
        last: StmtId,
        target: Option<String>,
    ) -> Lay {
        let site = self.study.site;
        let whole = if site.acquirer.acquire == Acquire::AwaitOrAsyncWith
            && site.acquirer.wrap == WrapForm::AsyncWith
        {
            site.call // `async with connect()` awaits by itself
        } else {
            site.whole
        };
        Lay {
            at,
            replaces,
            last,
            context: whole.span.of(self.study.ctx.text).to_owned(),
            target,
            closing: self.closing,
            is_async: site.acquirer.wrap == WrapForm::AsyncWith,
            annotation: None,
            merge_into: None,
            split: None,
        }
    }

    pub(super) fn rewrite(&self, lay: Lay, units: &[Unit]) -> Rewrite {
        Rewrite {
            extent: Some((lay.at, lay.last)),
            lay: Some(lay),
            drop: units.iter().map(|unit| self.whole(unit)).collect(),
            ..Rewrite::default()
        }
    }

    /// Moves the acquisition out of the `try` it begins, because a handler of that `try` uses the resource.
    pub(super) fn hoisted(
        &self,
        name: &str,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
        at: StmtId,
    ) -> Result<Rewrite, Obstacle> {
        let study = self.study;
        let ctx = study.ctx;
        let refusal = Obstacle::UsedOutside { at };
        let stmt = ctx.module.stmt(study.site.stmt);
        let owner = ctx.module.parent(study.site.stmt).ok_or(refusal.clone())?;
        let StmtKind::Try { body, .. } = &ctx.module.stmt(owner).kind else {
            return Err(refusal);
        };
        if *body != stmt.block || stmt.index != 0 || !matches!(stmt.kind, StmtKind::Assign { .. }) {
            return Err(refusal);
        }
        if ctx.module.block(*body).stmts.len() < 2 {
            return Err(refusal);
        }
        let place = ctx.module.stmt(owner).index;
        let (last, outside) = self.body(ctx.module.stmt(owner).block, place, units, touches);
        if let Some(&at) = outside.first() {
            return Err(Obstacle::UsedOutside { at });
        }
        let block = ctx.module.block(ctx.module.stmt(owner).block);
        let last = last.unwrap_or(place).max(place);
        let lay = self.lay(owner, false, block.stmts[last], Some(name.to_owned()));
        let mut rewrite = self.rewrite(lay, units);
        rewrite.drop.extend(self.dead_none(name, &rewrite));
        rewrite.drop.push(study.site.stmt);
        if !self.idle_without(owner, units) {
            rewrite.doubts.push(Obstacle::HandlerUses { at });
        }
        Ok(rewrite)
    }

    /// Whether the `try` has no handlers and a `finally` that, apart from the releases, does nothing as long as nothing has
    /// been acquired: it only looks at names that were set to `None` before the `try`. Then the acquisition may as well
    /// stand before it.
    pub(super) fn idle_without(&self, owner: StmtId, units: &[Unit]) -> bool {
        let ctx = self.study.ctx;
        let module = ctx.module;
        let StmtKind::Try {
            handlers,
            finally: Some(finally),
            ..
        } = &module.stmt(owner).kind
        else {
            return false;
        };
        let own = module.stmt(owner);
        let is_none = |name: &str| {
            let before = &module.block(own.block).stmts[..own.index];
            before.iter().rev().find(|id| ctx.binds(**id, name)).is_some_and(|id| {
                matches!(&module.stmt(*id).kind, StmtKind::Assign { value, .. } if matches!(value.kind, ExprKind::None))
            })
        };
        handlers.is_empty()
            && module.block(*finally).stmts.iter().all(|&id| {
                if units.iter().any(|unit| module.stmt(self.whole(unit)).span.contains(module.stmt(id).span)) {
                    return true;
                }
                let StmtKind::If { branches, orelse: None } = &module.stmt(id).kind else { return false };
                let [(test, _)] = branches.as_slice() else { return false };
                match &test.kind {
                    ExprKind::Name(name) => is_none(name),
                    ExprKind::Compare { operands, ops } => {
                        matches!(operands.as_slice(), [Expr { kind: ExprKind::Name(name), .. }, Expr { kind: ExprKind::None, .. }]
                            if is_none(name))
                            && ops.first().is_some_and(|op| op == "is not" || op == "!=")
                    }
                    _ => false,
                }
            })
    }

    pub(super) fn unbound(
        &self,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Result<Rewrite, Obstacle> {
        let study = self.study;
        let ctx = study.ctx;
        let site = study.site;
        let stmt = ctx.module.stmt(site.stmt);
        if let StmtKind::Assign { targets, value } = &stmt.kind
            && value.span == site.whole.span
            && !targets.is_empty()
        {
            return Err(Obstacle::SeveralNames);
        }
        let (last, outside) = self.body(stmt.block, stmt.index, units, touches);
        if let Some(&at) = outside.first() {
            return Err(Obstacle::UsedOutside { at });
        }
        let last = last.unwrap_or(stmt.index).max(stmt.index);
        let last_id = ctx.module.block(stmt.block).stmts[last];
        let discarded = matches!(&stmt.kind, StmtKind::Expr(expr) if expr.span == site.whole.span);
        let mut rewrite = if discarded {
            let lay = self.lay(site.stmt, true, site.stmt, None);
            self.rewrite(lay, units)
        } else {
            let name = fresh::name(ctx, site.scope, site.stmt, &site.resource().variable);
            let replaced = self.replaced();
            match self.in_header(&name, replaced, last_id) {
                Some(rewrite) => rewrite,
                // Around the whole `with`, it would be acquired before the items that stand before it.
                None if matches!(site.atom, Atom::Enter(_, index) if index > 0) => {
                    return Err(Obstacle::EvaluatedBefore);
                }
                None => {
                    let lay = self.lay(site.stmt, false, last_id, Some(name.clone()));
                    let mut rewrite = self.rewrite(lay, units);
                    rewrite.replace.push((replaced, name));
                    rewrite
                }
            }
        };
        if site.stuck == Some(Obstacle::HeldLonger) {
            rewrite.doubts.push(Obstacle::HeldLonger);
        }
        Ok(rewrite)
    }

    /// What the name stands for: the call with the parentheses around it, unless they hold a comment.
    pub(super) fn replaced(&self) -> Span {
        let whole = self.study.site.whole;
        let text = whole.outer.of(self.study.ctx.text);
        if text.contains(['\n', '\r', '#']) {
            whole.span
        } else {
            whole.outer
        }
    }

    /// Inside the header of a `with`, the resource becomes an item of its own before the one that uses it.
    pub(super) fn in_header(&self, name: &str, replaced: Span, last: StmtId) -> Option<Rewrite> {
        let study = self.study;
        let ctx = study.ctx;
        let Atom::Enter(with, index) = study.site.atom else {
            return None;
        };
        let StmtKind::With {
            items, is_async, ..
        } = &ctx.module.stmt(with).kind
        else {
            return None;
        };
        let lay = self.lay(with, false, with, Some(name.to_owned()));
        if last != with || *is_async != lay.is_async {
            return None;
        }
        let item = items.get(index)?;
        let context = item.context.outer;
        let rest = format!(
            "{}{name}{}",
            &ctx.text[context.start..replaced.start],
            &ctx.text[replaced.end..context.end],
        );
        let text = format!("{} as {name}, {rest}", lay.context);
        if text.contains(['\n', '\r', '#']) {
            return None;
        }
        if lay.closing {
            // An item that brings its import.
            let target = item.target.as_ref();
            let split = Split {
                index,
                context: rest,
                target: target.map(|target| target.outer.of(ctx.text).to_owned()),
            };
            let split = Some(split);
            return Some(self.rewrite(Lay { split, ..lay }, &[]));
        }
        Some(Rewrite {
            replace: vec![(context, text)],
            extent: Some((with, with)),
            ..Rewrite::default()
        })
    }
}
