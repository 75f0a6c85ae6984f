//! One acquisition, looked at from all sides.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::conditions::Conditions;
use super::flow::{Atom, Graph, NodeId, Way};
use super::meanings::{Meaning, Meanings};
use super::paths::{End, Paths, Quest};
use super::region::{self, Rewrite};
use super::sites::Site;
use super::values::{Event, Eye, Root};
use super::{Context, Obstacle};
use crate::catalog::Acquire;
use crate::project::Acquirer;
use crate::syntax::{BlockId, Expr, ExprKind, Role, ScopeId, ScopeKind, Span, StmtId, StmtKind};

/// An acquisition that the function at hand owns, with its paths.
#[derive(Debug)]
pub struct Acquisition {
    /// The acquiring call.
    pub call: Span,
    /// The statement it stands in.
    pub stmt: StmtId,
    /// The name of its function; `None` at module level.
    pub function: Option<String>,
    /// The name it is bound to, if any.
    pub name: Option<String>,
    /// What it acquires.
    pub acquirer: Acquirer,
    /// Whether something releases it on some path.
    pub released: bool,
    /// Whether a release stands in an `except` or a `finally`.
    pub in_cleanup: bool,
    /// The ends without a release, the plainest first; empty if there is none.
    pub ends: Vec<End>,
    /// How a `with` can take over, or why it cannot.
    pub rewrite: Result<Rewrite, Obstacle>,
}

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

/// If the function that `scope` is, or the outermost one around it, has a syntax error: its name and span.
pub fn broken(ctx: &Context<'_>, scope: ScopeId) -> Option<(String, Span)> {
    let mut found = None;
    let mut at = Some(scope);
    while let Some(id) = at {
        let info = ctx.scopes.scope(id);
        if let Some(stmt) = info.stmt
            && info.kind == ScopeKind::Function
            && info.has_error
        {
            found = Some((info.name.clone(), ctx.module.stmt(stmt).span));
        }
        at = info.parent;
    }
    found
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
    /// Whether functions defined here touch the resource.
    pub has_closures: bool,
    /// What happens at each atom that can be reached from the acquisition.
    pub events: HashMap<Atom, Vec<Event>>,
    /// What the name means at each node, if there is a name.
    pub meanings: Option<Meanings>,
    /// The paths.
    pub paths: Paths,
}

/// Looks at one site; `None` if the function does not own what it acquires, or if there is nothing to say.
pub fn acquisition<'a>(
    ctx: &'a Context<'a>,
    site: &'a Site<'a>,
    sites: &'a [Site<'a>],
    graphs: &mut Graphs,
) -> Option<Acquisition> {
    let resource = site.resource();
    if site.acquirer.acquire == Acquire::Await && site.whole.span == site.call.span {
        return None; // a coroutine that nobody has awaited yet
    }
    if is_expected_to_fail(ctx, site.stmt) {
        return None;
    }
    let scope = ctx.scopes.scope(site.scope);
    if site.stuck == Some(Obstacle::DefaultValue) {
        return default_value(ctx, site);
    }
    if scope.kind == ScopeKind::Class && site.name.is_some() {
        return None; // kept as an attribute of the class
    }
    let graph = graphs.get(ctx, scope.body)?;
    let start = graph.nodes.iter().position(|node| node.atom == site.atom)?;
    let meanings = site
        .name
        .as_deref()
        .map(|name| Meanings::of(ctx, &graph, name));
    let reachable = reachable(&graph, start);
    let (events, has_closures) = look(ctx, site, &graph, &reachable, meanings.as_ref());

    let releases = events
        .iter()
        .filter(|(_, list)| {
            list.iter()
                .any(|event| matches!(event, Event::Release | Event::GivenBack))
        })
        .filter_map(|(atom, _)| atom.stmt())
        .collect::<BTreeSet<_>>();
    let conditions = Conditions::around(ctx, releases.iter().copied().chain([site.stmt]));
    let known = conditions.at(ctx, site.scope, site.stmt);
    let paths = Quest {
        ctx,
        graph: &graph,
        acquired: site.stmt,
        start,
        from_inside: site.name.is_none(),
        name: site.name.as_deref(),
        checks: &resource.checks,
        release_may_fail: site.release_may_fail(),
        conditions: &conditions,
        known,
    }
    .follow(&|atom| events.get(&atom).cloned().unwrap_or_default());

    let study = Study {
        ctx,
        site,
        sites,
        graph,
        has_closures,
        events,
        meanings,
        paths,
    };
    if !study.owned() {
        return None;
    }
    let rewrite = region::plan(&study);
    let in_cleanup = releases
        .iter()
        .any(|&id| super::effects::in_cleanup(ctx.module, id));
    Some(Acquisition {
        call: site.call.span,
        stmt: site.stmt,
        function: ctx.function(site.scope),
        name: site.name.clone(),
        acquirer: site.acquirer.clone(),
        released: study.paths.released,
        in_cleanup,
        ends: study.paths.ends,
        rewrite,
    })
}

impl Study<'_> {
    /// Whether it is this function's business to release the resource.
    fn owned(&self) -> bool {
        let paths = &self.paths;
        let plain_end = paths.ends.iter().any(|end| !matches!(end, End::Raised(_)));
        if paths.gone || paths.handed_over {
            return false;
        }
        let mut leaves = paths.leaves;
        if self.site.stuck == Some(Obstacle::Conditional)
            || self.site.stuck == Some(Obstacle::SeveralNames)
        {
            leaves |= paths.released;
        }
        if self.ctx.scopes.scope(self.site.scope).kind == ScopeKind::Module
            && let Some(name) = &self.site.name
        {
            // A name of the module is there for whoever imports it, unless the module itself gives it back.
            leaves |= self.used_by_functions(name) || (!paths.released && !self.in_main());
        }
        if leaves {
            // Who gives it back on every ordinary path owns it, whoever else has seen it.
            return paths.released && !plain_end;
        }
        true
    }

    fn used_by_functions(&self, name: &str) -> bool {
        let ctx = self.ctx;
        ctx.module.stmts.iter().any(|stmt| {
            let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
            if scope == self.site.scope {
                return false;
            }
            let mut found = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                found |= matches!(&expr.kind, ExprKind::Name(other) if other == name)
                    && ctx.scopes.resolve(scope, name) == Some(self.site.scope);
            });
            found
        })
    }

    /// Whether the acquisition stands under `if __name__ == "__main__":`.
    fn in_main(&self) -> bool {
        let mut at = Some(self.site.stmt);
        while let Some(id) = at {
            if let StmtKind::If { branches, .. } = &self.ctx.module.stmt(id).kind
                && branches.first().is_some_and(|(test, _)| asks_main(test))
            {
                return true;
            }
            at = self.ctx.module.parent(id);
        }
        false
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
                && other.scope == site.scope
                && other.name == site.name
                && other.acquirer.wrap == site.acquirer.wrap
                && other.resource().release == site.resource().release
                && other.acquirer.trust == site.acquirer.trust
                && !other.acquirer.may_be_none
        })
    }

    /// The bindings of the name other than this acquisition that may be in force at the statement.
    pub fn other_meanings(&self, id: StmtId) -> Vec<Meaning> {
        let Some(meanings) = &self.meanings else {
            return Vec::new();
        };
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

fn asks_main(test: &Expr) -> bool {
    let ExprKind::Compare { operands, .. } = &test.kind else {
        return false;
    };
    operands
        .iter()
        .any(|operand| matches!(&operand.kind, ExprKind::Name(name) if name == "__name__"))
}

/// A default value is evaluated once; who gives it back is anybody's guess.
fn default_value(ctx: &Context<'_>, site: &Site<'_>) -> Option<Acquisition> {
    let StmtKind::FunctionDef(def) = &ctx.module.stmt(site.stmt).kind else {
        return None;
    };
    let direct = def.params.iter().find(|param| {
        param
            .default
            .as_ref()
            .is_some_and(|default| default.span == site.whole.span)
    })?;
    Some(Acquisition {
        call: site.call.span,
        stmt: site.stmt,
        function: ctx.function(site.scope),
        name: Some(direct.name.clone()),
        acquirer: site.acquirer.clone(),
        released: false,
        in_cleanup: false,
        ends: vec![End::Ended(site.stmt)],
        rewrite: Err(Obstacle::DefaultValue),
    })
}

/// Whether the statement ends a `with` that waits for an error (`pytest.raises`, `self.assertRaises`): it acquires nothing.
fn is_expected_to_fail(ctx: &Context<'_>, id: StmtId) -> bool {
    let block = ctx.module.block(ctx.module.stmt(id).block);
    block.role == Role::With
        && block.stmts.last() == Some(&id)
        && block
            .owner
            .is_some_and(|owner| super::flow::awaits_error(ctx.module, owner))
}

fn reachable(graph: &Graph, start: NodeId) -> Vec<NodeId> {
    let mut seen = HashSet::from([start]);
    let mut queue = vec![start];
    while let Some(node) = queue.pop() {
        for &(_, to) in &graph.nodes[node].edges {
            if seen.insert(to) {
                queue.push(to);
            }
        }
    }
    let mut nodes: Vec<NodeId> = seen.into_iter().collect();
    nodes.sort_unstable();
    nodes
}

/// What happens at every reachable atom, once all names that depend on the resource are known.
fn look(
    ctx: &Context<'_>,
    site: &Site<'_>,
    graph: &Graph,
    reachable: &[NodeId],
    meanings: Option<&Meanings>,
) -> (HashMap<Atom, Vec<Event>>, bool) {
    let root = match &site.name {
        Some(name) => Root::Name(name.clone()),
        None => Root::Call(site.whole.span),
    };
    let mut eye = Eye::new(ctx, site.scope, site.resource(), root, site.stmt, site.call);
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
            return (events, eye.has_closures());
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
