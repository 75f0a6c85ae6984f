//! Where a `with` can take over the release: the run of statements that becomes its body, the releases it replaces, and
//! what speaks against it.

use std::collections::BTreeMap;

use super::effects;
use super::flow::Atom;
use super::meanings::Meaning;
use super::study::{Study, is_derived_touch, is_nameless_touch, is_ordinary, is_touch};
use super::units::{self, Unit};
use super::values::{Event, Leave, short};
use super::{Obstacle, fresh};
use crate::catalog::{Acquire, WrapForm};
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
    let planner = Planner { study };
    planner.form()?;
    if let Some(stuck) = &study.site.stuck
        && *stuck != Obstacle::HeldLonger
    {
        return Err(stuck.clone());
    }
    let units = planner.units()?;
    let touches = planner.touches(&units);
    let mut rewrite = match &study.site.name {
        Some(name) => planner.bound(name, &units, &touches)?,
        None => planner.unbound(&units, &touches)?,
    };
    planner.doubts(&units, &touches, &mut rewrite);
    Ok(rewrite)
}

struct Planner<'s, 'a> {
    study: &'s Study<'a>,
}

impl Planner<'_, '_> {
    /// Whether the resource can be put into a `with` here at all.
    fn form(&self) -> Result<(), Obstacle> {
        match self.study.site.acquirer.wrap {
            WrapForm::None => Err(Obstacle::NoWith),
            WrapForm::AsyncWith if !self.study.ctx.scopes.scope(self.study.site.scope).is_async => {
                Err(Obstacle::NotAsync)
            }
            _ => Ok(()),
        }
    }

    /// The releases on paths from the acquisition, as statements that can be dropped.
    fn units(&self) -> Result<Vec<Unit>, Obstacle> {
        let study = self.study;
        let mut found: BTreeMap<StmtId, Unit> = BTreeMap::new();
        for (&node, visit) in &study.paths.visits {
            if !visit.open {
                continue;
            }
            let Some(id) = study.graph.nodes[node].atom.stmt() else {
                continue;
            };
            for event in study.events_at(node) {
                match event {
                    Event::GivenBack => return Err(Obstacle::ReleaseInExpression { at: id }),
                    Event::Release => {
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
        Ok(units)
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

    fn bound(
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
        let guard = self.none_guard(name);
        if guard.is_some() && (site.acquirer.may_be_none || site.acquirer.trust != Trust::Known) {
            return self.late(name, units, touches);
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

    fn lay(&self, at: StmtId, replaces: bool, last: StmtId, target: Option<String>) -> Lay {
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
            closing: site.acquirer.wrap == WrapForm::Closing,
            is_async: site.acquirer.wrap == WrapForm::AsyncWith,
            annotation: None,
            merge_into: None,
        }
    }

    fn rewrite(&self, lay: Lay, units: &[Unit]) -> Rewrite {
        Rewrite {
            extent: Some((lay.at, lay.last)),
            lay: Some(lay),
            drop: units.iter().map(|unit| unit.stmt).collect(),
            ..Rewrite::default()
        }
    }

    /// The `if s is None: return` right behind the acquisition.
    fn none_guard(&self, name: &str) -> Option<StmtId> {
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

    /// Leaves the acquisition where it is and puts what follows into `with name:`. Right only if nothing can go wrong
    /// between the two: behind a check for `None`, or behind the `try` that holds nothing but the acquisition.
    fn late(
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
                        let mut lay =
                            self.lay(at, false, ctx.module.block(block).stmts[last], None);
                        lay.context = name.to_owned();
                        return Ok(self.rewrite(lay, units));
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

    /// Whether every path on which the resource is open comes straight to the body, and the name means nothing else
    /// there.
    fn leads_only_to(&self, block: BlockId, first: usize, last: usize) -> bool {
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

    /// Whether the statement stands in the run of statements from place `first` to `last` of `block`.
    fn inside(&self, id: StmtId, block: BlockId, first: usize, last: usize) -> bool {
        let ctx = self.study.ctx;
        ctx.ancestor_in(block, id)
            .is_some_and(|id| (first..=last).contains(&ctx.module.stmt(id).index))
    }

    /// Whether control, once the statement `from` has acquired, comes to the body with nothing that could raise in
    /// between. For the acquisition at hand only paths count on which the resource is open.
    fn leads_straight(
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
    fn partners_ready(&self, at: StmtId, units: &[Unit]) -> bool {
        let study = self.study;
        let ready = study.other_meanings(at);
        units.iter().all(|unit| {
            let meanings = study.other_meanings(unit.release);
            meanings
                .iter()
                .all(|meaning| !matches!(meaning, Meaning::Bound(_)) || ready.contains(meaning))
        })
    }

    /// Moves the acquisition out of the `try` it begins, because a handler of that `try` uses the resource.
    fn hoisted(
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
        rewrite.drop.push(study.site.stmt);
        rewrite.doubts.push(Obstacle::HandlerUses { at });
        Ok(rewrite)
    }

    /// `name = None` statements that only served the guards that go.
    fn dead_none(&self, name: &str, rewrite: &Rewrite) -> Vec<StmtId> {
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
    fn has_comment(&self, span: Span) -> bool {
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

    /// The `with` that the new one directly begins and fills, if the two read better as one.
    fn merge(&self, lay: &Lay, last: usize, units: &[Unit]) -> Option<StmtId> {
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
    fn absorbed(&self, name: &str, last: usize, units: &[Unit]) -> Option<Rewrite> {
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
        let context = if lay.closing {
            return None; // `closing` needs a header of its own, which brings the import
        } else {
            lay.context.clone()
        };
        let mut rewrite = Rewrite {
            extent: Some((own.id, next)),
            ..Rewrite::default()
        };
        rewrite.replace.push((
            first.context.outer,
            format!("{context} as {name}, {}", first.context.outer.of(ctx.text)),
        ));
        rewrite.drop.push(own.id);
        rewrite.drop.extend(units.iter().map(|unit| unit.stmt));
        rewrite.drop.extend(self.dead_none(name, &rewrite));
        Some(rewrite)
    }

    fn comment_in(&self, span: Span) -> bool {
        self.study
            .ctx
            .module
            .comments
            .iter()
            .any(|comment| span.contains(*comment))
    }

    /// Whether the item can stand in the header of the `with` statement `other`, and the two read better as one: both
    /// acquire, and they fit on a line.
    fn joins(&self, lay: &Lay, other: StmtId) -> bool {
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

    fn unbound(
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
    fn replaced(&self) -> Span {
        let whole = self.study.site.whole;
        let text = whole.outer.of(self.study.ctx.text);
        if text.contains(['\n', '\r', '#']) {
            whole.span
        } else {
            whole.outer
        }
    }

    /// Inside the header of a `with`, the resource becomes an item of its own before the one that uses it.
    fn in_header(&self, name: &str, replaced: Span, last: StmtId) -> Option<Rewrite> {
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
        if last != with || *is_async != lay.is_async || lay.closing {
            return None;
        }
        let item = items.get(index)?;
        let context = item.context.outer;
        let text = format!(
            "{} as {name}, {}{name}{}",
            lay.context,
            &ctx.text[context.start..replaced.start],
            &ctx.text[replaced.end..context.end],
        );
        if text.contains(['\n', '\r', '#']) {
            return None;
        }
        Some(Rewrite {
            replace: vec![(context, text)],
            extent: Some((with, with)),
            ..Rewrite::default()
        })
    }

    /// Collects what a person should look at.
    fn doubts(&self, units: &[Unit], touches: &BTreeMap<StmtId, Touch>, rewrite: &mut Rewrite) {
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
            for event in study.events_at(node) {
                // Where the function itself releases afterwards, whoever got it has lived with that.
                let lost = visit.leaks_on || visit.lost;
                let doubt = match event {
                    Event::DerivedLeaves(how, what) if lost => Obstacle::DerivedLeaves {
                        what: what.clone(),
                        how: *how,
                        at: id,
                    },
                    Event::Passed(callee)
                        if lost || (effects::may_keep(callee) && study.paths.unreleased) =>
                    {
                        Obstacle::Passed {
                            callee: short(callee),
                            at: id,
                        }
                    }
                    Event::Leaves(how @ Leave::Lent) if lost => Obstacle::Leaves { how: *how, at: id },
                    Event::Leaves(Leave::Lent) => continue,
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
            if !unit.guarded && self.outside(unit, rewrite) {
                // Without a guard, a failed acquisition makes the release fail on a name that is not bound.
                let early = study.other_meanings(unit.release);
                if early
                    .iter()
                    .any(|meaning| matches!(meaning, Meaning::Entry | Meaning::Nothing(_)))
                {
                    push(&mut doubts, Obstacle::UnboundAtRelease { at: unit.release });
                }
            }
            if let Some(at) = self.depends_on_caller(unit) {
                push(&mut doubts, Obstacle::ReleaseDepends { at });
            }
            if !resource.idempotent_release && self.runs_twice(unit) {
                push(&mut doubts, Obstacle::ReleasedTwice { at: unit.release });
            }
            if resource.exit_differs.is_some()
                && (!resource.exit_differs_on_error
                    || effects::in_cleanup(ctx.module, unit.release))
            {
                push(&mut doubts, Obstacle::ExitDiffers);
            }
            if site.release_may_fail()
                && (unit.swallowed || self.failure_is_caught(unit, rewrite))
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
            push(&mut doubts, Obstacle::UsedAfterRelease { at });
        }
        let unsure = site.acquirer.may_be_none || (site.acquirer.trust != Trust::Known && self.asks_for_none(rewrite));
        if unsure && !self.is_late(rewrite) {
            push(&mut doubts, Obstacle::MayBeNone);
        }
        if site.acquirer.trust != Trust::Known && !study.paths.released {
            push(&mut doubts, Obstacle::Unresolved);
        }
        rewrite.doubts.extend(doubts);
    }

    /// Whether the code that stays asks whether the name is `None`: then it may be.
    fn asks_for_none(&self, rewrite: &Rewrite) -> bool {
        let study = self.study;
        let module = study.ctx.module;
        study.paths.visits.keys().any(|&node| {
            let atom = study.graph.nodes[node].atom;
            let goes = |id: StmtId| {
                rewrite.drop.iter().any(|&drop| module.stmt(drop).span.contains(module.stmt(id).span))
            };
            self.asks_name_only(atom) && atom.stmt().is_some_and(|id| !goes(id))
        })
    }

    fn is_late(&self, rewrite: &Rewrite) -> bool {
        rewrite
            .lay
            .as_ref()
            .is_some_and(|lay| !lay.replaces && lay.target.is_none())
    }

    /// If the release is all that an `if` holds and a parameter of the function decides: that `if`. The caller may want it
    /// to stay open.
    fn depends_on_caller(&self, unit: &Unit) -> Option<StmtId> {
        let ctx = self.study.ctx;
        let parent = ctx.module.parent(unit.stmt)?;
        let StmtKind::If { branches, orelse: None } = &ctx.module.stmt(parent).kind else { return None };
        let [(test, body)] = branches.as_slice() else { return None };
        let scope = ctx.scopes.scope(self.study.site.scope);
        let mut by_caller = false;
        test.walk(&mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                by_caller |= scope.bindings.get(name).is_some_and(|bindings| {
                    bindings.iter().any(|binding| matches!(binding.kind, crate::syntax::BindingKind::Param(_)))
                });
            }
            true
        });
        let alone = ctx.module.block(*body).stmts.len() == 1;
        let otherwise = self.study.paths.ends.iter().any(|end| !matches!(end, super::End::Raised(_)));
        (by_caller && alone && otherwise).then_some(parent)
    }

    /// Whether the release can be reached again after a release.
    fn runs_twice(&self, unit: &Unit) -> bool {
        let study = self.study;
        study.paths.visits.iter().any(|(&node, visit)| {
            visit.released && study.graph.nodes[node].atom.stmt() == Some(unit.release)
        })
    }

    /// Whether the unit stands outside the block of the `with`.
    fn outside(&self, unit: &Unit, rewrite: &Rewrite) -> bool {
        let Some(lay) = &rewrite.lay else {
            return false;
        };
        let block = self.study.ctx.module.stmt(lay.at).block;
        self.study.ctx.ancestor_in(block, unit.stmt).is_none()
    }

    /// Whether an error of the release meets a handler today that it does not meet in the `with`'s place.
    fn failure_is_caught(&self, unit: &Unit, rewrite: &Rewrite) -> bool {
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
    fn overtaken(&self, unit: &Unit, units: &[Unit], rewrite: &Rewrite, doubts: &mut Vec<Obstacle>) {
        let study = self.study;
        let module = study.ctx.module;
        let Some(lay) = &rewrite.lay else { return };
        let block = module.block(module.stmt(lay.at).block);
        let Some(owner) = block.owner else { return };
        let StmtKind::Try { handlers, .. } = &module.stmt(owner).kind else { return };
        if !handlers.is_empty() && study.site.release_may_fail() {
            push(doubts, Obstacle::ReleaseFailureCaught { at: unit.release });
        }
        let known_elsewhere = study
            .events
            .values()
            .flatten()
            .any(|event| matches!(event, Event::Leaves(_) | Event::Passed(_)))
            || study.has_closures;
        if !known_elsewhere {
            return;
        }
        let span = module.stmt(owner).span;
        let between = Span::new(block.span.end, module.stmt(unit.stmt).span.start);
        let inside = module.stmts.iter().skip(owner.0 as usize + 1).take_while(|stmt| span.contains(stmt.span));
        for stmt in inside.filter(|stmt| between.contains(stmt.span)) {
            let goes = units.iter().any(|unit| module.stmt(unit.stmt).span.contains(stmt.span));
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
    fn tail(&self, unit: &Unit, units: &[Unit], rewrite: &Rewrite, doubts: &mut Vec<Obstacle>) {
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
                            ) && !units::may_precede_release(
                                ctx,
                                study.site,
                                id,
                            ) {
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
