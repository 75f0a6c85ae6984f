//! The paths from an acquisition: which of them release, which do not, and what is touched on the way.

use std::collections::{HashMap, HashSet};

use super::Context;
use super::conditions::{About, Conditions, Known};
use super::flow::{Atom, Graph, NodeId, Way};
use super::values::{Event, Leave};
use crate::syntax::{StmtId, StmtKind};

/// What became of the resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// Acquired, not released, and its name means it.
    Open,
    /// Released.
    Released,
    /// Not released, and its name means something else.
    Lost,
}

/// How a path ends, or goes wrong, without a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// An exception leaves the function; the statement raised it.
    Raised(StmtId),
    /// The statement returns.
    Returned(StmtId),
    /// The end is reached behind the statement.
    Ended(StmtId),
    /// The statement binds its name to something else.
    Rebound(StmtId),
}

/// What was met at one node, on all paths from the acquisition together.
#[derive(Clone, Debug, Default)]
pub struct Visit {
    /// Some path comes here with the resource open under its name.
    pub open: bool,
    /// Some path comes here with the resource released.
    pub released: bool,
    /// Some path comes here with the resource open but without its name.
    pub lost: bool,
    /// From here some path ends without an exception and without a release.
    pub leaks_on: bool,
    /// Behind this node, once it has done its work, something may still go wrong before the release.
    pub fails_on: bool,
}

/// All of it.
#[derive(Debug, Default)]
pub struct Paths {
    /// The visited nodes.
    pub visits: HashMap<NodeId, Visit>,
    /// The ends without release, the plainest first.
    pub ends: Vec<End>,
    /// Some path ends without release, if only after several failures.
    pub unreleased: bool,
    /// Something releases it on some path.
    pub released: bool,
    /// Something else took over the release on some path.
    pub handed_over: bool,
    /// It is stored, captured or collected on some path while open.
    pub leaves: bool,
    /// It is returned on some path while open.
    pub gone: bool,
    /// It is put into a container of the function on some path while open.
    pub contained: bool,
    /// It is yielded on some path while open: whoever gets it has it until the generator goes on.
    pub yielded: bool,
}

impl Paths {
    /// Whether some path ends without an exception and without a release.
    pub fn has_plain_end(&self) -> bool {
        self.ends.iter().any(|end| !matches!(end, End::Raised(_)))
    }
}

/// Marks the visits behind which a path goes on to one of the ends.
fn mark_failing(paths: &mut Paths, ends: &[(End, NodeId, State)], ways: &Ways) {
    let mut queue: Vec<(NodeId, State)> = ends
        .iter()
        .map(|(_, node, state)| (*node, *state))
        .collect();
    let mut seen: HashSet<(NodeId, State)> = queue.iter().copied().collect();
    while let Some(at) = queue.pop() {
        for &(from, state, way) in ways.get(&at).into_iter().flatten() {
            if !matches!(way, Way::Raise | Way::Slip)
                && let Some(visit) = paths.visits.get_mut(&from)
            {
                visit.fails_on = true;
            }
            if seen.insert((from, state)) {
                queue.push((from, state));
            }
        }
    }
}

/// What is known of the resource for following it.
pub struct Quest<'a> {
    /// The file.
    pub ctx: &'a Context<'a>,
    /// The function's graph.
    pub graph: &'a Graph,
    /// The acquiring statement.
    pub acquired: StmtId,
    /// Its node, and whether the events of that node belong to it already (an unbound resource is used in the very
    /// statement that acquires it).
    pub start: NodeId,
    /// See [`Quest::start`].
    pub from_inside: bool,
    /// Whether a `yield` only lends it: inside of a `with`, whoever gets it is done with it when the `with` is left.
    pub lent_by_yield: bool,
    /// The name it is bound to.
    pub name: Option<&'a str>,
    /// Attributes of it that tell whether it is open.
    pub checks: &'a [String],
    /// Whether its release may raise.
    pub release_may_fail: bool,
    /// The tests that hang together.
    pub conditions: &'a Conditions,
    /// What is known of them at the start.
    pub known: Known,
}

/// How many times something raised on the way, up to two. A leak that takes a second failure while the first is being
/// dealt with is not reported; but what such a path touches must not be closed.
type Failures = u8;

type State = (Fate, Known, Failures);

/// All ways into each state.
type Ways = HashMap<(NodeId, State), Vec<(NodeId, State, Way)>>;

/// How each state was first come to; `None` where the paths begin.
type Trail = HashMap<(NodeId, State), Option<(NodeId, State, Way)>>;

impl Quest<'_> {
    /// Follows all paths; `events` tells what happens at a node's atom.
    pub fn follow(&self, events: &dyn Fn(Atom) -> Vec<Event>) -> Paths {
        let mut paths = Paths::default();
        let mut seen = Trail::new();
        let mut queue = std::collections::VecDeque::new();
        let mut cache: HashMap<Atom, Vec<Event>> = HashMap::new();
        let mut ends: Vec<(End, NodeId, State)> = Vec::new();
        let mut ways = Ways::new();

        let first = (self.start, (Fate::Open, self.known, 0));
        if self.from_inside {
            queue.push_back(first);
            seen.insert(first, None);
        } else {
            let atom = self.graph.nodes[self.start].atom;
            for &(way, to) in &self.graph.nodes[self.start].edges {
                if !matches!(way, Way::Raise | Way::Slip) && self.goes_on(atom, way) {
                    let next = (to, first.1);
                    if seen.insert(next, None).is_none() {
                        queue.push_back(next);
                    }
                }
            }
        }

        while let Some((node, state)) = queue.pop_front() {
            let atom = self.graph.nodes[node].atom;
            let visit = paths.visits.entry(node).or_default();
            match state.0 {
                Fate::Open => visit.open = true,
                Fate::Released => visit.released = true,
                Fate::Lost => visit.lost = true,
            }
            let happened = cache.entry(atom).or_insert_with(|| events(atom));
            let again = node == self.start
                && !(self.from_inside && seen.get(&(node, state)) == Some(&None));
            for (way, to, next) in
                self.step(node, atom, state, happened, again, &mut paths, &mut ends)
            {
                ways.entry((to, next)).or_default().push((node, state, way));
                if let std::collections::hash_map::Entry::Vacant(entry) = seen.entry((to, next)) {
                    entry.insert(Some((node, state, way)));
                    queue.push_back((to, next));
                }
            }
        }
        mark_failing(&mut paths, &ends, &ways);
        self.judge(&mut paths, ends, &seen);
        paths
    }

    /// Whether `if (s := f()):` can go this way once it has acquired.
    fn goes_on(&self, atom: Atom, way: Way) -> bool {
        let Atom::Test(id, index) = atom else {
            return true;
        };
        let StmtKind::If { branches, .. } = &self.ctx.module.stmt(id).kind else {
            return true;
        };
        let about = About {
            name: self.name,
            open: Some(true),
            checks: self.checks,
        };
        let truth = branches.get(index).and_then(|(test, _)| about.truth(test));
        truth.is_none_or(|truth| truth == (way == Way::True))
    }

    #[allow(clippy::too_many_arguments)]
    fn step(
        &self,
        node: NodeId,
        atom: Atom,
        (fate, known, failures): State,
        events: &[Event],
        again: bool,
        paths: &mut Paths,
        ends: &mut Vec<(End, NodeId, State)>,
    ) -> Vec<(Way, NodeId, State)> {
        let here = (fate, known, failures);
        let stmt = atom.stmt();
        // The name is bound to something else, unless the statement raises before it comes to that.
        let mut renamed = false;
        let mut after = fate;
        let mut on_raise = fate;
        if fate == Fate::Open {
            let mut leaving = false;
            for event in events {
                match event {
                    Event::Release | Event::GivenBack => {
                        paths.released = true;
                        after = Fate::Released;
                        // A release that fails has been tried; there is nothing better to do.
                        on_raise = Fate::Released;
                    }
                    Event::HandedOver => {
                        paths.handed_over = true;
                        return Vec::new();
                    }
                    Event::Leaves(Leave::Yielded) if self.lent_by_yield => {}
                    Event::Leaves(how) => {
                        let open = after == Fate::Open;
                        match how {
                            Leave::Returned => leaving |= open,
                            Leave::Yielded => paths.yielded |= open,
                            Leave::Contained => paths.contained |= open,
                            _ => paths.leaves |= open,
                        }
                    }
                    Event::Rebound if after == Fate::Open => {
                        paths.unreleased = true;
                        if let Some(id) = stmt
                            && failures < 2
                        {
                            ends.push((End::Rebound(id), node, here));
                        }
                        after = Fate::Lost;
                    }
                    Event::Rebound if after == Fate::Released => return Vec::new(),
                    _ => {}
                }
            }
            if again && after == Fate::Open {
                paths.unreleased = true;
                if failures < 2 {
                    ends.push((End::Rebound(self.acquired), node, here));
                }
                after = Fate::Lost;
            }
            if leaving {
                paths.gone = true;
                return Vec::new();
            }
        } else if again || (fate == Fate::Released && events.contains(&Event::Rebound)) {
            renamed = true;
        } else if fate == Fate::Lost && events.contains(&Event::GivenBack) {
            // By another name, or through what holds it.
            paths.released = true;
            after = Fate::Released;
            on_raise = Fate::Released;
        } else if fate == Fate::Lost && events.contains(&Event::Regained) {
            after = Fate::Open;
        }
        match atom {
            Atom::Returned | Atom::Ended | Atom::Raised => {
                paths.unreleased |= fate == Fate::Open;
                if fate == Fate::Open && failures < 2 {
                    // Which statement it was is read off the path, see `judge`.
                    let id = self.acquired;
                    let end = match atom {
                        Atom::Returned => End::Returned(id),
                        Atom::Ended => End::Ended(id),
                        _ => End::Raised(id),
                    };
                    ends.push((end, node, here));
                }
                return Vec::new();
            }
            _ => {}
        }
        let known = stmt.map_or(known, |id| match atom {
            Atom::Simple(_) | Atom::Next(_) | Atom::Enter(..) | Atom::Catch(..) => {
                self.conditions.after(self.ctx, id, known)
            }
            _ => known,
        });
        let about = About {
            name: self.name,
            open: match after {
                Fate::Open => Some(true),
                Fate::Released => Some(false),
                Fate::Lost => None,
            },
            checks: self.checks,
        };
        let mut next = Vec::new();
        for &(way, to) in &self.graph.nodes[node].edges {
            if renamed && !matches!(way, Way::Raise | Way::Slip) {
                continue;
            }
            let released_here = fate == Fate::Open && after == Fate::Released;
            let state = match (way, atom) {
                (Way::Raise | Way::Slip, _) if released_here && !self.release_may_fail => None,
                (Way::Slip, _) => Some((on_raise, here.1, 2)),
                (Way::Raise, _) => Some((
                    on_raise,
                    here.1,
                    failures + u8::from(failures < 2 && self.fails(atom)),
                )),
                (Way::True | Way::False, Atom::Test(id, index)) => {
                    let test = match &self.ctx.module.stmt(id).kind {
                        StmtKind::If { branches, .. } => branches.get(index).map(|(test, _)| test),
                        StmtKind::While { test, .. } => Some(test),
                        _ => None,
                    };
                    match test {
                        Some(test) => self
                            .conditions
                            .branch(self.ctx, test, way == Way::True, known, about)
                            .map(|known| (after, known, failures)),
                        None => Some((after, known, failures)),
                    }
                }
                _ => Some((after, known, failures)),
            };
            if let Some(state) = state {
                next.push((way, to, state));
            }
        }
        next
    }

    /// Whether leaving the atom by an exception is a failure of its own, not the passing on of another.
    fn fails(&self, atom: Atom) -> bool {
        match atom {
            Atom::Simple(id) => !matches!(self.ctx.module.stmt(id).kind, StmtKind::Raise { .. }),
            Atom::Join => false,
            _ => true,
        }
    }

    /// Names the statement at which each open end began, sorts the ends, and marks what leads to a plain one.
    fn judge(&self, paths: &mut Paths, ends: Vec<(End, NodeId, State)>, seen: &Trail) {
        let mut plain: Vec<NodeId> = Vec::new();
        for (end, node, state) in ends {
            if !matches!(end, End::Raised(_)) {
                plain.push(node);
            }
            let end = match end {
                End::Rebound(_) => end,
                End::Raised(_) => End::Raised(self.origin(node, state, seen, true)),
                End::Returned(_) => End::Returned(self.origin(node, state, seen, false)),
                End::Ended(_) => End::Ended(self.origin(node, state, seen, false)),
            };
            if !paths.ends.contains(&end) {
                paths.ends.push(end);
            }
        }
        // A path without an exception is the plainest; then the one that goes wrong first.
        paths.ends.sort_by_key(|end| match end {
            End::Returned(id) => (0, *id),
            End::Rebound(id) => (1, *id),
            End::Ended(id) => (2, *id),
            End::Raised(id) => (3, *id),
        });
        let before = self.graph.predecessors();
        let mut queue = plain;
        while let Some(node) = queue.pop() {
            let Some(visit) = paths.visits.get_mut(&node) else {
                continue;
            };
            if visit.leaks_on {
                continue;
            }
            visit.leaks_on = true;
            queue.extend(before[node].iter().copied().filter(|from| {
                paths
                    .visits
                    .get(from)
                    .is_some_and(|visit| (visit.open || visit.lost) && !visit.leaks_on)
            }));
        }
    }

    /// The statement from which the path to (`node`, `state`) went wrong: the last one that raised, or the last `return`
    /// or other statement on it.
    fn origin(&self, node: NodeId, state: State, seen: &Trail, raised: bool) -> StmtId {
        let mut at = (node, state);
        let mut last = None;
        while let Some(Some((from, before, way))) = seen.get(&at) {
            if let Some(id) = self.graph.nodes[*from].atom.stmt() {
                last.get_or_insert(id);
                let found = if raised {
                    *way == Way::Raise
                } else {
                    matches!(self.ctx.module.stmt(id).kind, StmtKind::Return(_))
                };
                if found {
                    return id;
                }
            }
            at = (*from, *before);
        }
        last.unwrap_or(self.acquired)
    }
}
