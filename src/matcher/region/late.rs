//! The `with` that begins behind the acquisition: `with name:` around what follows a check for `None`, a `try` that only
//! acquires, or an `if` both branches of which acquire.

use super::*;

impl Planner<'_, '_> {
    /// The `if s is None: return` right behind the acquisition.
    pub(super) fn none_guard(&self, name: &str) -> Option<StmtId> {
        let ctx = self.study.ctx;
        let next = ctx.module.sibling(self.study.site.stmt, 1)?;
        let StmtKind::If {
            branches,
            orelse: None,
        } = &ctx.module.stmt(next).kind
        else {
            return None;
        };
        let [(test, body)] = branches.as_slice() else {
            return None;
        };
        let about = units::about(self.study.site.resource(), name);
        let asks = units::asks_name_only(test, &about) && about_none(test, name);
        let last = *ctx.module.block(*body).stmts.last()?;
        let leaves = matches!(
            ctx.module.stmt(last).kind,
            StmtKind::Return(_) | StmtKind::Raise { .. } | StmtKind::Continue | StmtKind::Break
        );
        (asks && leaves).then_some(next)
    }

    /// The body of the `if s is not None:` right behind the acquisition.
    pub(super) fn guarded_body(&self, name: &str) -> Option<BlockId> {
        let ctx = self.study.ctx;
        let next = ctx.module.sibling(self.study.site.stmt, 1)?;
        let StmtKind::If { branches, .. } = &ctx.module.stmt(next).kind else {
            return None;
        };
        let (test, body) = branches.first()?;
        let about = units::about(self.study.site.resource(), name);
        let asks = units::asks_name_only(test, &about) && about.truth(test) == Some(true);
        asks.then_some(*body)
    }

    /// `with name:` inside of the `if s is not None:` right behind the acquisition, if that holds all there is.
    pub(super) fn where_it_is_there(
        &self,
        name: &str,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Option<Rewrite> {
        let body = self.guarded_body(name)?;
        let (last, outside) = self.body(body, 0, units, touches);
        let last = last.filter(|_| outside.is_empty())?;
        // A release behind the `if` may meet `None`.
        let ctx = self.study.ctx;
        let all_there = |unit: &Unit| ctx.ancestor_in(body, unit.stmt).is_some();
        (units.iter().all(all_there) && self.leads_only_to(body, 0, last))
            .then(|| self.behind(name, (body, 0, last), units))
    }

    /// Whether the name was found not to be `None` before the `with`.
    pub(super) fn is_checked(&self, rewrite: &Rewrite) -> bool {
        let (Some(lay), Some(name)) = (&rewrite.lay, &self.study.site.name) else {
            return false;
        };
        let ctx = self.study.ctx;
        let holds = |body: BlockId| ctx.ancestor_in(body, lay.at).is_some();
        self.none_guard(name).is_some() || self.guarded_body(name).is_some_and(holds)
    }

    /// Leaves the acquisition where it is and puts what follows into `with name:`. Right only if nothing can go wrong
    /// between the two: behind a check for `None`, or behind the `try` that holds nothing but the acquisition.
    pub(super) fn late(
        &self,
        name: &str,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Result<Rewrite, Obstacle> {
        let study = self.study;
        let ctx = study.ctx;
        let mut from = self.none_guard(name).unwrap_or(study.site.stmt);
        let mut problem = Obstacle::UsedOutside {
            at: study.site.stmt,
        };
        for _ in 0..3 {
            if let Some(at) = ctx.module.sibling(from, 1) {
                let block = ctx.module.stmt(at).block;
                let first = ctx.module.stmt(at).index;
                let (last, outside) = self.body(block, first, units, touches);
                match (last, outside.first()) {
                    (Some(last), None)
                        if self.leads_only_to(block, first, last)
                            && self.partners_ready(at, units) =>
                    {
                        return Ok(self.behind(name, (block, first, last), units));
                    }
                    (_, Some(&at)) => problem = Obstacle::UsedOutside { at },
                    _ => {}
                }
            }
            match ctx.module.parent(from) {
                Some(parent)
                    if matches!(
                        ctx.module.stmt(parent).kind,
                        StmtKind::Try { .. } | StmtKind::If { .. }
                    ) =>
                {
                    from = parent;
                }
                _ => break,
            }
        }
        Err(problem)
    }

    /// `with name:` around the statements from place `first` to `last` of `block`.
    fn behind(
        &self,
        name: &str,
        (block, first, last): (BlockId, usize, usize),
        units: &[Unit],
    ) -> Rewrite {
        let stmts = &self.study.ctx.module.block(block).stmts;
        let (at, last) = match self.body_left_of(stmts[first], units) {
            Some(body) if first == last => body,
            _ => (stmts[first], stmts[last]),
        };
        let mut lay = self.lay(at, false, last, None);
        lay.context = name.to_owned();
        self.rewrite(lay, units)
    }

    /// Of a `try` that is there for these releases alone, the first and last statement of the body: all that is left of it.
    fn body_left_of(&self, id: StmtId, units: &[Unit]) -> Option<(StmtId, StmtId)> {
        let module = self.study.ctx.module;
        let StmtKind::Try {
            body,
            handlers,
            orelse: None,
            finally: Some(finally),
        } = &module.stmt(id).kind
        else {
            return None;
        };
        let released = |id: &StmtId| units.iter().any(|unit| unit.stmt == *id);
        let goes = handlers.is_empty() && module.block(*finally).stmts.iter().all(released);
        let body = &module.block(*body).stmts;
        Some((*body.first()?, *body.last()?)).filter(|_| goes)
    }

    /// Whether every path on which the resource is open comes straight to the body, and the name means nothing else
    /// there.
    pub(super) fn leads_only_to(&self, block: BlockId, first: usize, last: usize) -> bool {
        let study = self.study;
        let at = study.ctx.module.block(block).stmts[first];
        let mut acquired = vec![study.site.stmt];
        for meaning in study.other_meanings(at) {
            match meaning {
                Meaning::Bound(id)
                    if study.is_partner(id) && !self.inside(id, block, first, last) =>
                {
                    acquired.push(id)
                }
                _ => return false,
            }
        }
        let own = study.site.stmt;
        acquired
            .into_iter()
            .all(|id| self.leads_straight(id, id == own, block, first, last))
    }

    /// Whether control, once the statement `from` has acquired, comes to the body with nothing that could raise in
    /// between. For the acquisition at hand only paths count on which the resource is open.
    pub(super) fn leads_straight(
        &self,
        from: StmtId,
        own: bool,
        block: BlockId,
        first: usize,
        last: usize,
    ) -> bool {
        let study = self.study;
        let open = |node: usize| {
            !own || study
                .paths
                .visits
                .get(&node)
                .is_some_and(|visit| visit.open || visit.lost)
        };
        let next = |node: usize| study.graph.nodes[node].edges.iter().copied();
        let mut queue: Vec<usize> = (0..study.graph.nodes.len())
            .filter(|&node| study.graph.nodes[node].atom == Atom::Simple(from))
            .flat_map(next)
            .filter(|(way, to)| is_ordinary(*way) && open(*to))
            .map(|(_, to)| to)
            .collect();
        let mut seen = std::collections::HashSet::new();
        while let Some(node) = queue.pop() {
            if !seen.insert(node) {
                continue;
            }
            match study.graph.nodes[node].atom {
                Atom::Returned | Atom::Raised | Atom::Ended => return false,
                atom if atom
                    .stmt()
                    .is_some_and(|id| self.inside(id, block, first, last)) =>
                {
                    continue;
                }
                _ => {}
            }
            if next(node).any(|(way, _)| !is_ordinary(way)) {
                return false;
            }
            queue.extend(next(node).map(|(_, to)| to).filter(|to| open(*to)));
        }
        true
    }

    /// Whether whatever else the releases release has been acquired before the body begins.
    pub(super) fn partners_ready(&self, at: StmtId, units: &[Unit]) -> bool {
        let study = self.study;
        let ready = study.other_meanings(at);
        units.iter().all(|unit| {
            let meanings = study.other_meanings(unit.release);
            meanings
                .iter()
                .all(|meaning| !matches!(meaning, Meaning::Bound(_)) || ready.contains(meaning))
        })
    }

    /// Where the `finally` goes on behind the release, `with name:` inside the `try` that follows the acquisition at once:
    /// the release then still comes before what stands behind it.
    pub(super) fn within_try(
        &self,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> Option<Rewrite> {
        let study = self.study;
        let module = study.ctx.module;
        let name = study.site.name.as_deref()?;
        let [unit] = units else { return None };
        // If the release may fail, what stands behind it must not run then.
        if study.site.release_may_fail() {
            return None;
        }
        let next = module.sibling(study.site.stmt, 1)?;
        let StmtKind::Try {
            body,
            finally: Some(finally),
            ..
        } = &module.stmt(next).kind
        else {
            return None;
        };
        if module.block(*finally).stmts.first() != Some(&unit.stmt)
            || module.block(*finally).stmts.len() < 2
        {
            return None;
        }
        let stmts = &module.block(*body).stmts;
        let (_, outside) = self.body(*body, 0, units, touches);
        if !outside.is_empty() || !self.leads_only_to(*body, 0, stmts.len() - 1) {
            return None;
        }
        let mut lay = self.lay(*stmts.first()?, false, *stmts.last()?, None);
        lay.context = name.to_owned();
        Some(self.rewrite(lay, units))
    }
}
