//! Where a `with` can take over the release: the run of statements that becomes its body, the releases it replaces, and
//! what speaks against it.

mod doubts;
mod entered;
mod forms;
mod joined;
mod late;
mod leftovers;
mod written;

use std::collections::BTreeMap;

use super::effects;
use super::flow::Atom;
use super::meanings::Meaning;
use super::passing::Rest;
use super::study::{Study, is_derived_touch, is_nameless_touch, is_ordinary, is_touch};
use super::units::{self, Unit};
use super::values::{Event, Leave, short};
use super::{End, Obstacle, fresh};
use crate::catalog::{Acquire, Kind, Manner, WrapForm};
use crate::project::Trust;
use crate::syntax::{BlockId, Expr, ExprKind, Role, Span, StmtId, StmtKind};

/// A header may be as long as a line of black's.
const LINE: usize = 88;

/// How a `with` takes over.
#[derive(Clone, Debug, Default)]
pub struct Rewrite {
    /// The `with` itself; `None` if existing code only changes in place.
    pub lay: Option<Lay>,
    /// Statements that go.
    pub drop: Vec<StmtId>,
    /// Expressions that change.
    pub replace: Vec<(Span, String)>,
    /// First and last statement that stand in the `with` afterwards (for messages).
    pub extent: Option<(StmtId, StmtId)>,
    /// What a person should look at; empty if behaviour stays the same.
    pub doubts: Vec<Obstacle>,
}

/// A new `with` and its body.
#[derive(Clone, Debug)]
pub struct Lay {
    /// The statement in whose place the header stands.
    pub at: StmtId,
    /// Whether the header replaces it.
    pub replaces: bool,
    /// The last statement of the body.
    pub last: StmtId,
    /// The text of the context.
    pub context: String,
    /// The name behind `as`.
    pub target: Option<String>,
    /// Whether the context goes into `closing(...)`.
    pub closing: bool,
    /// Whether it is `async with`.
    pub is_async: bool,
    /// `name: annotation`, if the acquisition had one.
    pub annotation: Option<String>,
    /// The `with` whose header takes the item in.
    pub merge_into: Option<StmtId>,
    /// If the `with` at `at` takes it into its own header: where.
    pub split: Option<Split>,
}

/// The item of a header that becomes two: the acquisition, and what was entered on it.
#[derive(Clone, Debug)]
pub struct Split {
    /// Its place.
    pub index: usize,
    /// The text of what is entered behind the acquisition.
    pub context: String,
    /// The text behind its `as`.
    pub target: Option<String>,
}

/// What is needed of the resource at one statement.
#[derive(Clone, Copy, Default)]
struct Touch {
    /// On some path the resource is open there.
    open: bool,
    /// On some path it is used there although it has been released.
    late: bool,
}

/// Plans the rewrite of one site.
pub fn plan(study: &Study<'_>) -> Result<Rewrite, Obstacle> {
    let mut planner = Planner {
        study,
        closing: false,
    };
    planner.form()?;
    let stuck = study
        .site
        .stuck
        .as_ref()
        .filter(|stuck| **stuck != Obstacle::HeldLonger);
    // `s = f() if wanted else None` can be entered behind a check.
    let optional = study.site.name.is_some() && stuck == Some(&Obstacle::Conditional);
    if let Some(stuck) = stuck
        && !optional
    {
        return Err(stuck.clone());
    }
    if study.paths.contained {
        return Err(Obstacle::Contained {
            at: planner.contained_at(),
        });
    }
    let units = planner.units()?;
    planner.closing = planner.with_closing(&units);
    let touches = planner.touches(&units);
    let mut rewrite = match (&study.site.name, study.site.entered) {
        (Some(name), None) if optional => planner
            .checked(name, &units, &touches)
            .ok_or(Obstacle::Conditional)?,
        (_, Some(_)) => planner.entered(&units, &touches)?,
        (Some(name), None) => planner.bound(name, &units, &touches)?,
        (None, None) => planner.unbound(&units, &touches)?,
    };
    planner.doubts(&units, &touches, &mut rewrite);
    if study.site.entered.is_none()
        && rewrite
            .doubts
            .iter()
            .any(|doubt| matches!(doubt, Obstacle::RunsAfterRelease { .. }))
        && let Some(mut inner) = planner.within_try(&units, &touches)
    {
        planner.doubts(&units, &touches, &mut inner);
        if inner.doubts.is_empty() {
            return Ok(inner);
        }
    }
    Ok(rewrite)
}

struct Planner<'s, 'a> {
    study: &'s Study<'a>,
    /// Whether what is acquired goes into `closing(...)`.
    closing: bool,
}

impl Planner<'_, '_> {
    /// Whether the resource can be put into a `with` here at all.
    fn form(&self) -> Result<(), Obstacle> {
        let acquirer = &self.study.site.acquirer;
        if acquirer.from_generator && !acquirer.resource.reopens {
            return Err(Obstacle::FromGenerator);
        }
        match acquirer.wrap {
            WrapForm::Behind if self.study.site.name.is_none() => Err(Obstacle::EnteredBehind),
            WrapForm::None => Err(Obstacle::NoWith),
            WrapForm::AsyncWith if !self.study.ctx.scopes.scope(self.study.site.scope).is_async => {
                Err(Obstacle::NotAsync)
            }
            _ => Ok(()),
        }
    }

    /// Whether the `with` is written with `closing`: where only that releases, or where it is preferred and does just what
    /// the releases do that it replaces.
    fn with_closing(&self, units: &[Unit]) -> bool {
        let ctx = self.study.ctx;
        let acquirer = &self.study.site.acquirer;
        match acquirer.wrap {
            WrapForm::Closing => true,
            WrapForm::With => {
                ctx.manner == Manner::Closing
                    && acquirer.resource.is_closed()
                    && units
                        .iter()
                        .all(|unit| units::calls(ctx.module, unit.release) == Some("close"))
            }
            _ => false,
        }
    }

    /// Where the resource, still open, is put into a container.
    fn contained_at(&self) -> StmtId {
        let study = self.study;
        let visits = study
            .paths
            .visits
            .iter()
            .filter(|(_, visit)| visit.open || visit.lost);
        let put = |node: &usize| {
            let mut events = study.events_at(*node).iter();
            events.any(|event| matches!(event, Event::Leaves(Leave::Contained)))
        };
        visits
            .map(|(node, _)| *node)
            .filter(put)
            .filter_map(|node| study.graph.nodes[node].atom.stmt())
            .min()
            .unwrap_or(study.site.stmt)
    }

    /// Whether it is written with `closing` although a `with` of its own would release.
    fn preferred(&self) -> bool {
        self.closing && self.study.site.acquirer.wrap == WrapForm::With
    }

    /// The releases on paths from the acquisition, as statements that can be dropped.
    fn units(&self) -> Result<Vec<Unit>, Obstacle> {
        let study = self.study;
        let mut found: BTreeMap<StmtId, Unit> = BTreeMap::new();
        for (&node, visit) in &study.paths.visits {
            if !visit.open && !visit.lost {
                continue;
            }
            let Some(id) = study.graph.nodes[node].atom.stmt() else {
                continue;
            };
            for event in study.events_at(node) {
                match event {
                    Event::GivenBack => return Err(Obstacle::ReleaseInExpression { at: id }),
                    Event::Release if visit.open => {
                        let unit = study
                            .site
                            .name
                            .as_deref()
                            .and_then(|name| {
                                units::around(study.ctx, study.site.resource(), name, id)
                            })
                            .ok_or(Obstacle::ReleaseInExpression { at: id })?;
                        found.insert(unit.stmt, unit);
                    }
                    _ => {}
                }
            }
        }
        let units: Vec<Unit> = found.into_values().collect();
        for unit in &units {
            if study
                .other_meanings(unit.release)
                .iter()
                .any(|meaning| self.is_other(*meaning))
            {
                return Err(Obstacle::SeveralMeanings { at: unit.release });
            }
        }
        if let Some(unit) = units.iter().find(|unit| self.meets_nothing(unit)) {
            return Err(Obstacle::SeveralMeanings { at: unit.release });
        }
        Ok(units)
    }

    /// Whether the release fails today because the name was emptied after the acquisition: `s = None; s.close()`.
    fn meets_nothing(&self, unit: &Unit) -> bool {
        let study = self.study;
        let emptied =
            |id: StmtId| {
                study.paths.visits.iter().any(|(&node, visit)| {
                    visit.open && study.graph.nodes[node].atom.stmt() == Some(id)
                })
            };
        !unit.spares_none
            && study
                .other_meanings(unit.release)
                .iter()
                .any(|meaning| matches!(meaning, Meaning::Nothing(id) if emptied(*id)))
    }

    /// Whether a binding is something else than "not acquired yet".
    fn is_other(&self, meaning: Meaning) -> bool {
        match meaning {
            Meaning::Bound(id) => !self.study.is_partner(id),
            Meaning::Nothing(_) => false,
            Meaning::Entry => self.is_param(),
        }
    }

    fn is_param(&self) -> bool {
        let Some(name) = &self.study.site.name else {
            return false;
        };
        let scope = self.study.ctx.scopes.scope(self.study.site.scope);
        scope.bindings.get(name).is_some_and(|bindings| {
            bindings
                .iter()
                .any(|binding| matches!(binding.kind, crate::syntax::BindingKind::Param(_)))
        })
    }

    /// The statements that need the resource, without those that are dropped.
    fn touches(&self, units: &[Unit]) -> BTreeMap<StmtId, Touch> {
        let study = self.study;
        let module = study.ctx.module;
        let mut touches: BTreeMap<StmtId, Touch> = BTreeMap::new();
        for (&node, visit) in &study.paths.visits {
            let atom = study.graph.nodes[node].atom;
            let Some(id) = atom.stmt() else { continue };
            let span = module.stmt(id).span;
            if units
                .iter()
                .any(|unit| module.stmt(unit.stmt).span.contains(span))
            {
                continue;
            }
            if self.asks_name_only(atom) {
                continue;
            }
            let events = study.events_at(node);
            let open = (visit.open && events.iter().any(is_touch))
                || (visit.lost && events.iter().any(is_nameless_touch));
            let late = visit.released && events.iter().any(|event| self.is_late_use(event));
            if open || late {
                let touch = touches.entry(id).or_default();
                touch.open |= open;
                touch.late |= late;
            }
        }
        touches
    }

    /// Whether the event uses a resource that has been released in a way that matters: asking it whether it is open, or
    /// releasing it once more, does not.
    fn is_late_use(&self, event: &Event) -> bool {
        match event {
            Event::Asked => false,
            Event::Release => !self.study.site.resource().idempotent_release,
            _ => is_touch(event) && !is_derived_touch(event),
        }
    }

    /// Whether the atom is a test that asks about the name alone and so needs no open resource.
    fn asks_name_only(&self, atom: Atom) -> bool {
        let Some(name) = &self.study.site.name else {
            return false;
        };
        let Atom::Test(id, index) = atom else {
            return false;
        };
        let test = match &self.study.ctx.module.stmt(id).kind {
            StmtKind::If { branches, .. } => branches.get(index).map(|(test, _)| test),
            StmtKind::While { test, .. } => Some(test),
            _ => None,
        };
        test.is_some_and(|test| {
            units::asks_name_only(test, &units::about(self.study.site.resource(), name))
        })
    }

    /// The body that begins at place `first` of `block`: its last statement and the uses it cannot hold.
    fn body(
        &self,
        block: BlockId,
        first: usize,
        units: &[Unit],
        touches: &BTreeMap<StmtId, Touch>,
    ) -> (Option<usize>, Vec<StmtId>) {
        let ctx = self.study.ctx;
        let place = |id: StmtId| {
            ctx.ancestor_in(block, id)
                .map(|id| ctx.module.stmt(id).index)
        };
        let mut last = None;
        let mut outside = Vec::new();
        for (&id, touch) in touches {
            if !touch.open {
                continue;
            }
            match place(id) {
                Some(index) if index >= first => last = last.max(Some(index)),
                _ => outside.push(id),
            }
        }
        for unit in units {
            match place(unit.stmt) {
                Some(index) if index >= first => {
                    if ctx.module.stmt(unit.stmt).block != block {
                        last = last.max(Some(index));
                    }
                }
                Some(_) => outside.push(unit.release),
                None => {
                    // Released in the `finally` of the `try` around: the body runs to the end of that `try`.
                    let owner = ctx.module.block(block).owner;
                    if ctx.module.block(block).role == Role::Try
                        && self
                            .finally_of(owner)
                            .is_some_and(|finally| ctx.ancestor_in(finally, unit.stmt).is_some())
                    {
                        last = ctx.module.block(block).stmts.len().checked_sub(1);
                    }
                }
            }
        }
        // What stands before the release in the same block stays before it.
        let end = units
            .iter()
            .filter(|unit| ctx.module.stmt(unit.stmt).block == block)
            .map(|unit| ctx.module.stmt(unit.stmt).index)
            .filter(|index| *index >= first)
            .min();
        if let Some(end) = end {
            last = last.max(end.checked_sub(1).filter(|index| *index >= first));
        }
        (last, outside)
    }

    fn finally_of(&self, id: Option<StmtId>) -> Option<BlockId> {
        match &self.study.ctx.module.stmt(id?).kind {
            StmtKind::Try { finally, .. } => *finally,
            _ => None,
        }
    }

    /// Whether the statement stands in the run of statements from place `first` to `last` of `block`.
    fn inside(&self, id: StmtId, block: BlockId, first: usize, last: usize) -> bool {
        let ctx = self.study.ctx;
        ctx.ancestor_in(block, id)
            .is_some_and(|id| (first..=last).contains(&ctx.module.stmt(id).index))
    }
}

fn push(list: &mut Vec<Obstacle>, item: Obstacle) {
    if !list.contains(&item) {
        list.push(item);
    }
}

/// Whether the test holds when `name` is `None`.
fn about_none(test: &Expr, name: &str) -> bool {
    let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(other) if other == name);
    match &test.kind {
        ExprKind::Not(inner) => is_it(inner),
        ExprKind::Compare { operands, ops } => {
            operands.first().is_some_and(is_it)
                && operands
                    .get(1)
                    .is_some_and(|right| matches!(right.kind, ExprKind::None))
                && ops.first().is_some_and(|op| op == "is" || op == "==")
        }
        _ => false,
    }
}
