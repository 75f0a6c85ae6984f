//! From a site to what is said of it.

use std::collections::BTreeSet;

use super::entered::Entered;
use super::kept::{self, Keeper, Kept};
use super::paths::End;
use super::region::{self, Rewrite};
use super::sites::Site;
use super::study::{Graphs, Study, study};
use super::{Context, Obstacle};
use crate::catalog::Acquire;
use crate::project::{Acquirer, Slot};
use crate::syntax::{Role, ScopeKind, Span, StmtId, StmtKind};

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
    /// If it begins the context of a `with` that does not release it: how.
    pub entered: Option<Entered>,
    /// If it is stored where it lives on, with nothing there that releases it: where.
    pub kept: Option<Keeper>,
    /// What it acquires.
    pub acquirer: Acquirer,
    /// Whether something releases it on some path.
    pub released: bool,
    /// Whether the function is a generator that yields it.
    pub yielded: bool,
    /// Whether a release stands in an `except` or a `finally`.
    pub in_cleanup: bool,
    /// The ends without a release, the plainest first; empty if there is none.
    pub ends: Vec<End>,
    /// The statements that touch it, in any order.
    pub touched: Vec<StmtId>,
    /// Where the program looks up what it calls here; empty if there is no rewrite.
    pub slots: BTreeSet<Slot>,
    /// How a `with` can take over, or why it cannot.
    pub rewrite: Result<Rewrite, Obstacle>,
}

/// If the outermost function around the site, or the statement of the module or class it stands in, has a syntax error:
/// what to call it, and its span.
pub fn broken(ctx: &Context<'_>, site: &Site<'_>) -> Option<(String, Span)> {
    let body = ctx.scopes.scope(site.scope).body;
    let mut found = ctx
        .ancestor_in(body, site.stmt)
        .map(|id| ctx.module.stmt(id))
        .filter(|stmt| stmt.has_error)
        .map(|stmt| ("this statement".to_owned(), stmt.span));
    let mut at = Some(site.scope);
    while let Some(id) = at {
        let info = ctx.scopes.scope(id);
        if let Some(stmt) = info.stmt
            && info.kind == ScopeKind::Function
            && info.has_error
        {
            found = Some((format!("`{}`", info.name), ctx.module.stmt(stmt).span));
        }
        at = info.parent;
    }
    found
}

/// Looks at one site; `None` if the function does not own what it acquires, or if there is nothing to say.
pub fn acquisition<'a>(
    ctx: &'a Context<'a>,
    site: &'a Site<'a>,
    sites: &'a [Site<'a>],
    graphs: &mut Graphs,
) -> Option<Acquisition> {
    if site.acquirer.acquire == Acquire::Await && site.whole.span == site.call.span {
        return None; // a coroutine that nobody has awaited yet
    }
    if is_expected_to_fail(ctx, site.stmt) {
        return None;
    }
    if site.stuck == Some(Obstacle::DefaultValue) {
        return default_value(ctx, site);
    }
    let study = study(ctx, site, sites, graphs)?;
    let is_attribute = ctx.scopes.scope(site.scope).kind == ScopeKind::Class && site.name.is_some();
    if is_attribute || !study.owned() {
        return kept(&study);
    }
    let rewrite = region::plan(&study);
    Some(Acquisition {
        call: site.call.span,
        stmt: site.stmt,
        function: ctx.function(site.scope),
        name: site.name.clone(),
        entered: site.entered,
        kept: None,
        acquirer: site.acquirer.clone(),
        released: study.paths.released,
        yielded: study.paths.yielded,
        touched: study.touched(),
        in_cleanup: study.released_in_cleanup(),
        slots: match &rewrite {
            Ok(_) => ctx.names.slots(site.call, site.scope),
            Err(_) => BTreeSet::new(),
        },
        rewrite,
        ends: study.paths.ends,
    })
}

/// What the function does not own may be kept where nothing releases it.
fn kept(study: &Study<'_>) -> Option<Acquisition> {
    let Kept { keeper, name } = kept::find(study)?;
    let site = study.site;
    Some(Acquisition {
        call: site.call.span,
        stmt: site.stmt,
        function: study.ctx.function(site.scope),
        name: Some(name),
        entered: None,
        slots: BTreeSet::new(),
        rewrite: Err(match &keeper {
            Keeper::Object(class) => Obstacle::KeptByObject {
                class: class.clone(),
            },
            Keeper::Entered(class) => Obstacle::KeptByObject {
                class: class.clone(),
            },
            Keeper::Class(_) | Keeper::Program => Obstacle::KeptForGood,
        }),
        kept: Some(keeper),
        acquirer: site.acquirer.clone(),
        released: false,
        yielded: false,
        in_cleanup: false,
        ends: Vec::new(),
        touched: Vec::new(),
    })
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
        entered: None,
        slots: BTreeSet::new(),
        kept: None,
        acquirer: site.acquirer.clone(),
        released: false,
        yielded: false,
        in_cleanup: false,
        ends: vec![End::Ended(site.stmt)],
        touched: Vec::new(),
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
