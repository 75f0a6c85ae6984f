//! What a person should look at before the fix is made.

use super::*;

impl Planner<'_, '_> {
    /// Collects what a person should look at.
    pub(super) fn doubts(
        &self,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
        rewrite: &mut Rewrite,
    ) {
        let study = self.study;
        let ctx = study.ctx;
        let site = study.site;
        let resource = site.resource();
        let mut doubts = Vec::new();
        let mut nodes: Vec<usize> = study.paths.visits.keys().copied().collect();
        nodes.sort_unstable();
        for node in nodes {
            let visit = &study.paths.visits[&node];
            let Some(id) = study.graph.nodes[node].atom.stmt() else {
                continue;
            };
            if !visit.open && !visit.lost {
                continue;
            }
            let raises_open = |id| study.paths.ends.contains(&End::Raised(id));
            for event in study.events_at(node) {
                // Where the function itself releases afterwards, whoever got it has lived with that.
                let lost = visit.leaks_on || visit.lost || !study.paths.released;
                let doubt = match event {
                    // What is stored lives on when something raises before the release.
                    Event::DerivedLeaves(how, what)
                        if lost
                            || *how == Leave::Raised && raises_open(id)
                            || visit.fails_on
                                && !matches!(how, Leave::Returned | Leave::Yielded) =>
                    {
                        Obstacle::DerivedLeaves {
                            what: what.clone(),
                            how: *how,
                            at: id,
                        }
                    }
                    Event::Passed(callee)
                        if lost
                            || effects::may_keep(callee)
                                && study.paths.unreleased
                                && !resource.holds.contains(callee) =>
                    {
                        Obstacle::Passed {
                            callee: short(callee),
                            at: id,
                        }
                    }
                    Event::Leaves(how @ Leave::Lent) if lost => {
                        Obstacle::Leaves { how: *how, at: id }
                    }
                    Event::Leaves(Leave::Lent) => continue,
                    Event::Leaves(Leave::Yielded) if !visit.lost && study.ends_with_generator() => {
                        continue;
                    }
                    Event::Leaves(how) if lost || study.paths.unreleased => {
                        Obstacle::Leaves { how: *how, at: id }
                    }
                    _ => continue,
                };
                if visit.lost && !visit.open && !is_nameless_touch(event) {
                    continue;
                }
                push(&mut doubts, doubt);
            }
        }
        for unit in units {
            if self.outside(unit, rewrite) {
                // Without a guard, a failed acquisition makes the release fail on a name that is not bound, or on `None`.
                let fails = |meaning: &Meaning| match meaning {
                    Meaning::Entry => !unit.spares_unbound,
                    Meaning::Nothing(_) => !unit.spares_none,
                    Meaning::Bound(_) => false,
                };
                if study.other_meanings(unit.release).iter().any(fails) {
                    push(&mut doubts, Obstacle::UnboundAtRelease { at: unit.release });
                }
            }
            if let Some(at) = self.depends_on_caller(unit) {
                push(&mut doubts, Obstacle::ReleaseDepends { at });
            }
            if !resource.idempotent_release && self.runs_twice(unit) {
                push(&mut doubts, Obstacle::ReleasedTwice { at: unit.release });
            }
            // `closing` calls the release itself.
            let differs = resource.exit_differs.is_some() && !self.preferred();
            if differs
                && (!resource.exit_differs_on_error
                    || effects::in_cleanup(ctx.module, unit.release))
            {
                push(&mut doubts, Obstacle::ExitDiffers);
            }
            if site.release_may_fail() && (unit.swallowed || self.failure_is_caught(unit, rewrite))
            {
                push(
                    &mut doubts,
                    Obstacle::ReleaseFailureCaught { at: unit.release },
                );
            }
            if self.outside(unit, rewrite) {
                self.overtaken(unit, units, rewrite, &mut doubts);
            }
            self.tail(unit, units, rewrite, &mut doubts);
        }
        for (&at, _) in touches.iter().filter(|(_, touch)| touch.late) {
            // A file never opens again: behind the block the use does what it does today.
            let stays_closed = matches!(resource.kind, Kind::File | Kind::Temp);
            if !stays_closed || self.covers(rewrite, at) {
                push(&mut doubts, Obstacle::UsedAfterRelease { at });
            }
        }
        let unsure = site.acquirer.may_be_none
            || (site.acquirer.trust != Trust::Known
                && (self.asks_for_none(rewrite) || matches!(site.atom, Atom::Test(..))));
        if unsure && !(self.is_late(rewrite) && self.is_checked(rewrite)) {
            push(&mut doubts, Obstacle::MayBeNone);
        }
        if study.captures.early && study.paths.unreleased {
            let doubt = Obstacle::Leaves {
                how: Leave::Captured,
                at: site.stmt,
            };
            push(&mut doubts, doubt);
        }
        if resource.completes && !site.only_reads() && study.paths.unreleased {
            push(&mut doubts, Obstacle::CompletesHalf);
        }
        if site.acquirer.trust != Trust::Known && !study.paths.released {
            push(&mut doubts, Obstacle::Unresolved);
        }
        if let Some(doubt) = self.written_into(rewrite) {
            push(&mut doubts, doubt);
        }
        for at in self.never_reached() {
            push(&mut doubts, Obstacle::GuardNeverHolds { at });
        }
        rewrite.doubts.extend(doubts);
    }

    /// Releases behind a guard that asks the wrong way round: somebody meant to release, perhaps not on every path.
    fn never_reached(&self) -> Vec<StmtId> {
        let study = self.study;
        let module = study.ctx.module;
        let Some(name) = &study.site.name else {
            return Vec::new();
        };
        let about = units::about(study.site.resource(), name);
        let mut found: Vec<StmtId> = Vec::new();
        for (node, info) in study.graph.nodes.iter().enumerate() {
            let Some(id) = info.atom.stmt() else { continue };
            if !study.events_at(node).contains(&Event::Release)
                || study.paths.visits.contains_key(&node)
            {
                continue;
            }
            let Some(guard) = module.parent(id) else {
                continue;
            };
            if let StmtKind::If { branches, .. } = &module.stmt(guard).kind
                && branches.iter().any(|(test, body)| {
                    *body == module.stmt(id).block && units::excludes(test, &about)
                })
            {
                found.push(id);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether the code that stays asks whether the name is `None`: then it may be.
    pub(super) fn asks_for_none(&self, rewrite: &Rewrite) -> bool {
        let study = self.study;
        let module = study.ctx.module;
        study.paths.visits.keys().any(|&node| {
            let atom = study.graph.nodes[node].atom;
            let goes = |id: StmtId| {
                rewrite
                    .drop
                    .iter()
                    .any(|&drop| module.stmt(drop).span.contains(module.stmt(id).span))
            };
            self.asks_name_only(atom) && atom.stmt().is_some_and(|id| !goes(id))
        })
    }

    pub(super) fn is_late(&self, rewrite: &Rewrite) -> bool {
        rewrite
            .lay
            .as_ref()
            .is_some_and(|lay| !lay.replaces && lay.target.is_none())
    }

    /// If the release is all that an `if` holds and a parameter of the function decides: that `if`. The caller may want it
    /// to stay open.
    pub(super) fn depends_on_caller(&self, unit: &Unit) -> Option<StmtId> {
        let ctx = self.study.ctx;
        let parent = ctx.module.parent(unit.stmt)?;
        let StmtKind::If {
            branches,
            orelse: None,
        } = &ctx.module.stmt(parent).kind
        else {
            return None;
        };
        let [(test, body)] = branches.as_slice() else {
            return None;
        };
        let scope = ctx.scopes.scope(self.study.site.scope);
        let mut by_caller = false;
        test.walk(&mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                by_caller |= scope.bindings.get(name).is_some_and(|bindings| {
                    bindings
                        .iter()
                        .any(|binding| matches!(binding.kind, crate::syntax::BindingKind::Param(_)))
                });
            }
            true
        });
        let alone = ctx.module.block(*body).stmts.len() == 1;
        let otherwise = self
            .study
            .paths
            .ends
            .iter()
            .any(|end| !matches!(end, super::super::End::Raised(_)));
        (by_caller && alone && otherwise).then_some(parent)
    }

    /// Whether the release can be reached again after a release.
    pub(super) fn runs_twice(&self, unit: &Unit) -> bool {
        let study = self.study;
        study.paths.visits.iter().any(|(&node, visit)| {
            visit.released && study.graph.nodes[node].atom.stmt() == Some(unit.release)
        })
    }

    /// Whether the unit stands outside the block of the `with`.
    pub(super) fn outside(&self, unit: &Unit, rewrite: &Rewrite) -> bool {
        let Some(lay) = &rewrite.lay else {
            return false;
        };
        let block = self.study.ctx.module.stmt(lay.at).block;
        self.study.ctx.ancestor_in(block, unit.stmt).is_none()
    }

    /// Whether the statement stands inside the `with`.
    fn covers(&self, rewrite: &Rewrite, id: StmtId) -> bool {
        let module = self.study.ctx.module;
        rewrite.lay.as_ref().is_none_or(|lay| {
            let (first, last) = (module.stmt(lay.at), module.stmt(lay.last));
            self.inside(id, first.block, first.index, last.index)
        })
    }

    /// Whether an error of the release meets a handler today that it does not meet in the `with`'s place.
    pub(super) fn failure_is_caught(&self, unit: &Unit, rewrite: &Rewrite) -> bool {
        let module = self.study.ctx.module;
        let Some(lay) = &rewrite.lay else {
            return false;
        };
        let home = module.stmt(lay.at).block;
        let mut at = unit.stmt;
        while module.stmt(at).block != home {
            let block = module.block(module.stmt(at).block);
            let Some(owner) = block.owner else {
                return false;
            };
            if let StmtKind::Try { handlers, .. } = &module.stmt(owner).kind
                && block.role == Role::Try
                && !handlers.is_empty()
            {
                return true;
            }
            at = owner;
        }
        false
    }

    /// What runs before a release in a `finally` around, and runs behind it once the `with` stands inside of the `try`.
    /// That matters where something else has got hold of the resource and may use it there, and for errors of the
    /// release, which then meet the handlers of that `try`.
    pub(super) fn overtaken(
        &self,
        unit: &Unit,
        units: &[Unit],
        rewrite: &Rewrite,
        doubts: &mut Vec<Obstacle>,
    ) {
        let study = self.study;
        let module = study.ctx.module;
        let Some(lay) = &rewrite.lay else { return };
        let block = module.block(module.stmt(lay.at).block);
        let Some(owner) = block.owner else { return };
        let StmtKind::Try { handlers, .. } = &module.stmt(owner).kind else {
            return;
        };
        if !handlers.is_empty() && study.site.release_may_fail() {
            push(doubts, Obstacle::ReleaseFailureCaught { at: unit.release });
        }
        let known_elsewhere = study
            .events
            .values()
            .flatten()
            .any(|event| matches!(event, Event::Leaves(_) | Event::Passed(_)))
            || study.captures.by_functions
            || study.captures.early;
        if !known_elsewhere {
            return;
        }
        let span = module.stmt(owner).span;
        let between = Span::new(block.span.end, module.stmt(unit.stmt).span.start);
        let inside = module
            .stmts
            .iter()
            .skip(owner.0 as usize + 1)
            .take_while(|stmt| span.contains(stmt.span));
        for stmt in inside.filter(|stmt| between.contains(stmt.span)) {
            let goes = units
                .iter()
                .any(|unit| module.stmt(unit.stmt).span.contains(stmt.span));
            let mut calls = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                calls |= matches!(expr.kind, ExprKind::Call { .. }) && !effects::is_message(expr);
            });
            if calls && !goes {
                push(doubts, Obstacle::RunsBeforeRelease { at: stmt.id });
            }
        }
    }

    /// What runs behind a release that goes, and so runs before the `with` releases.
    pub(super) fn tail(
        &self,
        unit: &Unit,
        units: &[Unit],
        rewrite: &Rewrite,
        doubts: &mut Vec<Obstacle>,
    ) {
        let study = self.study;
        let ctx = study.ctx;
        let module = ctx.module;
        let Some(lay) = &rewrite.lay else { return };
        let home = module.stmt(lay.at).block;
        let (first, last) = (module.stmt(lay.at).index, module.stmt(lay.last).index);
        let inside = |id: StmtId| self.inside(id, home, first, last);
        let mut queue: Vec<usize> = (0..study.graph.nodes.len())
            .filter(|&node| study.graph.nodes[node].atom.stmt() == Some(unit.release))
            .collect();
        let starts = queue.clone();
        let mut seen = std::collections::HashSet::new();
        while let Some(node) = queue.pop() {
            for &(way, to) in &study.graph.nodes[node].edges {
                // An error of the release itself is a matter of its own.
                if (starts.contains(&node) && !is_ordinary(way)) || !seen.insert(to) {
                    continue;
                }
                let Some(visit) = study.paths.visits.get(&to) else {
                    continue;
                };
                if !visit.released {
                    continue;
                }
                match study.graph.nodes[to].atom.stmt() {
                    Some(id) if !inside(id) => continue,
                    Some(id) => {
                        let span = module.stmt(id).span;
                        let goes = units
                            .iter()
                            .any(|unit| module.stmt(unit.stmt).span.contains(span));
                        if !goes && !self.asks_name_only(study.graph.nodes[to].atom) {
                            // What was derived has lived with a closed resource; it can live with an open one.
                            if study
                                .events_at(to)
                                .iter()
                                .any(|event| is_touch(event) && !is_derived_touch(event))
                            {
                                push(doubts, Obstacle::UsedAfterRelease { at: id });
                            } else if !matches!(
                                study.graph.nodes[to].atom,
                                Atom::Leave(_) | Atom::Catch(..)
                            ) && !units::may_precede_release(ctx, study.site, id)
                            {
                                push(doubts, Obstacle::RunsAfterRelease { at: id });
                            }
                        }
                    }
                    None => {}
                }
                queue.push(to);
            }
        }
    }
}
