//! One acquisition, looked at from all sides.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::conditions::Conditions;
use super::flow::{Atom, Graph, NodeId, Way};
use super::meanings::{Keeps, Meaning, Meanings};
use super::paths::{Paths, Quest};
use super::sites::Site;
use super::values::{Event, Eye, Leave};
use super::{Context, Obstacle, program};
use crate::catalog::Kind;
use crate::project::Lifetime;
use crate::syntax::{BlockId, ExprKind, Role, ScopeId, ScopeKind, StmtId, StmtKind};

/// The graphs of the file's functions, built when they are first asked for.
#[derive(Default)]
pub struct Graphs {
    by_body: HashMap<BlockId, Option<Rc<Graph>>>,
}

impl Graphs {
    fn get(&mut self, ctx: &Context<'_>, body: BlockId) -> Option<Rc<Graph>> {
        self.by_body
            .entry(body)
            .or_insert_with(|| Graph::build(ctx.module, body).map(Rc::new))
            .clone()
    }
}

/// Everything that is known about one site while its rewrite is planned.
pub struct Study<'a> {
    /// The file.
    pub ctx: &'a Context<'a>,
    /// The acquisition.
    pub site: &'a Site<'a>,
    /// The function's graph.
    pub graph: Rc<Graph>,
    /// All acquisitions of the file.
    pub sites: &'a [Site<'a>],
    /// What holds the resource by its name.
    pub captures: Captures,
    /// What happens at each atom that can be reached from the acquisition.
    pub events: HashMap<Atom, Vec<Event>>,
    /// What the name means at each node, if there is a name.
    pub meanings: Option<Meanings>,
    /// The paths.
    pub paths: Paths,
}

/// Looks at one site from all sides.
pub fn study<'a>(
    ctx: &'a Context<'a>,
    site: &'a Site<'a>,
    sites: &'a [Site<'a>],
    graphs: &mut Graphs,
) -> Option<Study<'a>> {
    let graph = graphs.get(ctx, ctx.scopes.scope(site.scope).body)?;
    let start = graph.nodes.iter().position(|node| node.atom == site.atom)?;
    let meanings = site.name.as_deref().map(|name| {
        let (mut eye, mut knowing) = (Eye::of(ctx, site), None);
        Meanings::of(
            ctx,
            &graph,
            name,
            site.stmt,
            &mut |atom| match eye.keeps_meaning(atom) {
                // `other = conn; conn = None; conn = other`
                Keeps::Never => match knowing
                    .get_or_insert_with(|| knowing_eye(ctx, site, &graph))
                    .keeps_meaning(atom)
                {
                    Keeps::Never => Keeps::Never,
                    _ => Keeps::Again,
                },
                keeps => keeps,
            },
        )
    });
    let reachable = graph.reachable(start);
    let (events, captures) = look(ctx, site, &graph, &reachable, meanings.as_ref());
    let conditions = Conditions::around(ctx, releases(&events).into_iter().chain([site.stmt]));
    let known = conditions.at(ctx, site.scope, site.stmt);
    let paths = Quest {
        ctx,
        graph: &graph,
        acquired: site.stmt,
        start,
        from_inside: site.name.is_none(),
        lent_by_yield: site.entered.is_some(),
        name: site.name.as_deref(),
        checks: &site.resource().checks,
        release_may_fail: site.release_may_fail(),
        conditions: &conditions,
        known,
    }
    .follow(&|atom| events.get(&atom).cloned().unwrap_or_default());
    Some(Study {
        ctx,
        site,
        sites,
        graph,
        captures,
        events,
        meanings,
        paths,
    })
}

/// The statements that release.
fn releases(events: &HashMap<Atom, Vec<Event>>) -> BTreeSet<StmtId> {
    let is_release = |event: &Event| matches!(event, Event::Release | Event::GivenBack);
    events
        .iter()
        .filter(|(_, list)| list.iter().any(is_release))
        .filter_map(|(atom, _)| atom.stmt())
        .collect()
}

impl Study<'_> {
    /// Whether a release stands in an `except` or a `finally`.
    pub fn released_in_cleanup(&self) -> bool {
        releases(&self.events)
            .into_iter()
            .any(|id| super::effects::in_cleanup(self.ctx.module, id))
    }

    /// The statements that touch the resource itself, in any order.
    pub fn touched(&self) -> Vec<StmtId> {
        let is_own = |event: &Event| is_touch(event) && !is_derived_touch(event);
        let touching = |(_, events): &(&Atom, &Vec<Event>)| events.iter().any(is_own);
        let touching = self.events.iter().filter(touching);
        touching.filter_map(|(atom, _)| atom.stmt()).collect()
    }

    /// Whether it is this function's business to release the resource.
    pub fn owned(&self) -> bool {
        let paths = &self.paths;
        if paths.contained && self.is_let_go() {
            return false;
        }
        if paths.yielded && !self.owned_by_generator() {
            return false;
        }
        let plain_end = paths.has_plain_end();
        if paths.gone || paths.handed_over {
            return false;
        }
        let mut leaves = paths.leaves || self.captures.early;
        if self.site.stuck == Some(Obstacle::Conditional)
            || self.site.stuck == Some(Obstacle::SeveralNames)
        {
            leaves |= paths.released;
        }
        if self.ctx.scopes.scope(self.site.scope).kind == ScopeKind::Module
            && let Some(name) = &self.site.name
        {
            // A name of the module is there for whoever imports it, unless the module itself gives it back.
            let imported = self.site.entered.is_none()
                && !paths.released
                && !program::in_main(self.ctx, self.site.stmt);
            leaves |= self.users(name).next().is_some() || imported;
        }
        if leaves {
            // Who gives it back on every ordinary path owns it, whoever else has seen it.
            return paths.released && !plain_end;
        }
        true
    }

    /// Whether something releases what is in a container, or takes it or the container in. Which of many then is which
    /// nobody can tell.
    fn is_let_go(&self) -> bool {
        let takes = |event: &Event| match event {
            Event::Release | Event::GivenBack | Event::HandedOver | Event::Passed(_) => true,
            Event::Leaves(how) => *how != Leave::Contained,
            _ => false,
        };
        self.captures.by_functions || self.events.values().flatten().any(takes)
    }

    /// Whether a generator that yields the resource has to release it, and does not do so on every path: it does on some,
    /// or whoever takes it cannot be meant to.
    fn owned_by_generator(&self) -> bool {
        let paths = &self.paths;
        if paths.released {
            return match self.lifetime() {
                // A failing test does not raise here: the fixture goes on all the same.
                Lifetime::Fixture => paths.has_plain_end(),
                _ => !paths.ends.is_empty(),
            };
        }
        let once = || {
            self.site.resource().kind == Kind::Database
                && self.site.resource().reopens
                && !self.in_loop()
        };
        // What is yielded without a name may belong to somebody else: a descriptor that is not to be closed.
        self.site.name.is_some() && (self.lifetime() != Lifetime::Unknown || once())
    }

    /// What is known of how the generator is used that the function is.
    fn lifetime(&self) -> Lifetime {
        let ctx = self.ctx;
        let stmt = ctx.scopes.scope(self.site.scope).stmt;
        match stmt.map(|stmt| &ctx.module.stmt(stmt).kind) {
            Some(StmtKind::FunctionDef(def)) => ctx.names.lifetime(def),
            _ => Lifetime::Unknown,
        }
    }

    /// Whether what is yielded can be released when the generator ends, however it does. After a fixture nobody uses it.
    /// Behind a `with` that today always releases unless something raises, nobody can rely on it; and who throws a generator
    /// away while using what it gave must have got something that goes on working.
    pub fn ends_with_generator(&self) -> bool {
        match self.lifetime() {
            Lifetime::Fixture => true,
            Lifetime::Manager => self.paths.released && !self.paths.has_plain_end(),
            Lifetime::Unknown => self.paths.released && self.site.resource().reopens,
        }
    }

    fn in_loop(&self) -> bool {
        let module = self.ctx.module;
        let mut at = module.stmt(self.site.stmt).block;
        while let Some(owner) = module.block(at).owner {
            match module.block(at).role {
                Role::Loop => return true,
                Role::Function => return false,
                _ => at = module.stmt(owner).block,
            }
        }
        false
    }

    /// The scopes inside this one that use its name `name`.
    pub fn users(&self, name: &str) -> impl Iterator<Item = ScopeId> {
        let ctx = self.ctx;
        ctx.module.stmts.iter().filter_map(move |stmt| {
            let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
            if scope == self.site.scope {
                return None;
            }
            let mut found = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                found |= matches!(&expr.kind, ExprKind::Name(other) if other == name)
                    && ctx.scopes.resolve(scope, name) == Some(self.site.scope);
            });
            found.then_some(scope)
        })
    }

    /// What happens at a node.
    pub fn events_at(&self, node: NodeId) -> &[Event] {
        self.events
            .get(&self.graph.nodes[node].atom)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    /// Whether the statement acquires the like of this resource and binds it to the same name: the other branch of an
    /// `if`, so that whatever comes behind both may release either.
    pub fn is_partner(&self, id: StmtId) -> bool {
        let site = self.site;
        self.sites.iter().any(|other| {
            other.stmt == id
                && other.entered.is_none()
                && other.scope == site.scope
                && other.name == site.name
                && other.acquirer.wrap == site.acquirer.wrap
                && other.resource().release == site.resource().release
                && other.acquirer.trust == site.acquirer.trust
                && !other.acquirer.may_be_none
                && (other.resource().reopens || !other.acquirer.from_generator)
        })
    }

    /// The bindings of the name other than this acquisition that may be in force where the statement begins.
    pub fn other_meanings(&self, id: StmtId) -> Vec<Meaning> {
        let Some(meanings) = &self.meanings else {
            return Vec::new();
        };
        // A `try` does nothing itself: it begins with its body.
        let mut id = id;
        while let StmtKind::Try { body, .. } = &self.ctx.module.stmt(id).kind
            && let Some(&first) = self.ctx.module.block(*body).stmts.first()
        {
            id = first;
        }
        let mut found = Vec::new();
        for (node, _) in self
            .graph
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, node)| node.atom.stmt() == Some(id))
        {
            for meaning in meanings.at(node) {
                if meaning != Meaning::Bound(self.site.stmt) && !found.contains(&meaning) {
                    found.push(meaning);
                }
            }
        }
        found
    }
}

/// What holds the resource by its name.
#[derive(Clone, Copy, Debug)]
pub struct Captures {
    /// Functions defined here touch it.
    pub by_functions: bool,
    /// A lambda or the like that was made before it was acquired mentions it.
    pub early: bool,
}

/// An eye that has seen the whole function, as if the name meant the resource everywhere.
fn knowing_eye<'a>(ctx: &'a Context<'a>, site: &'a Site<'a>, graph: &Graph) -> Eye<'a> {
    let mut eye = Eye::of(ctx, site);
    loop {
        let before = eye.knowledge();
        for node in &graph.nodes {
            eye.look(node.atom, true);
        }
        if eye.knowledge() == before {
            return eye;
        }
    }
}

/// What happens at every reachable atom, once all names that depend on the resource are known.
fn look(
    ctx: &Context<'_>,
    site: &Site<'_>,
    graph: &Graph,
    reachable: &[NodeId],
    meanings: Option<&Meanings>,
) -> (HashMap<Atom, Vec<Event>>, Captures) {
    let mut eye = Eye::of(ctx, site);
    let mut captured_early = false;
    if site.name.is_some() {
        // A function or lambda that mentions the name means this resource too, if it was made before it.
        let known: HashSet<NodeId> = reachable.iter().copied().collect();
        for (node, info) in graph.nodes.iter().enumerate() {
            if info.atom.stmt().is_some() && (!known.contains(&node) || info.atom == site.atom) {
                captured_early |= eye.captures(info.atom);
            }
        }
    }
    // One look for each atom: a `finally` that is copied happens alike in all copies.
    let mut live: HashMap<Atom, bool> = HashMap::new();
    let mut order = Vec::new();
    for &node in reachable {
        let atom = graph.nodes[node].atom;
        if atom.stmt().is_none() {
            continue;
        }
        let means_it = meanings.is_none_or(|meanings| {
            meanings
                .at(node)
                .any(|meaning| meaning == Meaning::Bound(site.stmt))
        });
        match live.entry(atom) {
            std::collections::hash_map::Entry::Occupied(mut entry) => *entry.get_mut() |= means_it,
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(means_it);
                order.push(atom);
            }
        }
    }
    loop {
        let before = eye.knowledge();
        let mut events = HashMap::new();
        for &atom in &order {
            events.insert(atom, eye.look(atom, live[&atom]));
        }
        if eye.knowledge() == before {
            let captures = Captures {
                by_functions: eye.has_closures(),
                early: captured_early,
            };
            return (events, captures);
        }
    }
}

/// Whether the edge is one that control takes without an exception.
pub fn is_ordinary(way: Way) -> bool {
    !matches!(way, Way::Raise | Way::Slip)
}

/// Whether an event means that the resource, or what depends on it, is needed.
pub fn is_touch(event: &Event) -> bool {
    matches!(
        event,
        Event::Use
            | Event::Asked
            | Event::Release
            | Event::GivenBack
            | Event::Leaves(_)
            | Event::Passed(_)
            | Event::DerivedUse(_)
            | Event::DerivedLeaves(..)
    )
}

/// Whether an event needs what depends on the resource, not the name itself.
pub fn is_derived_touch(event: &Event) -> bool {
    matches!(event, Event::DerivedUse(_) | Event::DerivedLeaves(..))
}

/// Whether an event can be of a resource that has lost its name: it needs, or lets out, what depends on it.
pub fn is_nameless_touch(event: &Event) -> bool {
    is_derived_touch(event) || matches!(event, Event::Leaves(_))
}
