//! Resources that are stored where they live on, with nothing there that releases them.

use std::collections::BTreeSet;

use super::flow::{Atom, Graph};
use super::study::Study;
use super::values::{Event, Eye, Leave, Root};
use super::{Context, callee, effects, program};
use crate::catalog::{Kind, Resource};
use crate::project::{Kin, Owner};
use crate::syntax::{Expr, ExprKind, ScopeId, ScopeKind, Stmt, StmtId, StmtKind};

/// Where a resource is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Keeper {
    /// On an object of that class.
    Object(String),
    /// As an attribute of that class.
    Class(String),
    /// By whoever entered a `with`, whose end cannot release it: an object of that class did not keep it.
    Entered(String),
    /// By a name of a file that is run, not imported.
    Program,
}

/// A resource that nothing releases where it is kept.
pub struct Kept {
    /// Where that is.
    pub keeper: Keeper,
    /// What it is called there: `self.conn`.
    pub name: String,
}

/// Looks whether what `study` is about, and its function does not own, is kept where nothing releases it. Whatever might
/// release it counts as doing so.
pub fn find(study: &Study<'_>) -> Option<Kept> {
    let paths = &study.paths;
    if paths.gone {
        return by_enter(study);
    }
    let taken = paths.released || paths.handed_over || paths.gone || paths.yielded;
    if taken || study.captures.early || study.site.entered.is_some() {
        return None;
    }
    let kind = study.site.resource().kind;
    let lasts = matches!(kind, Kind::File | Kind::Database | Kind::Network)
        && !study.site.resource().may_be_kept;
    match study.ctx.scopes.scope(study.site.scope).kind {
        ScopeKind::Function if paths.leaves && lasts => by_object(study),
        ScopeKind::Class if !paths.leaves && lasts => by_class(study),
        ScopeKind::Module if !paths.leaves && kind != Kind::Network && lasts => by_program(study),
        _ => None,
    }
}

/// `__enter__` returns what it acquired and keeps it nowhere, so that `__exit__` cannot release it.
fn by_enter(study: &Study<'_>) -> Option<Kept> {
    let scope = study.ctx.scopes.scope(study.site.scope);
    let exit = match scope.name.rsplit('.').next()? {
        "__enter__" => "__exit__",
        "__aenter__" => "__aexit__",
        _ => return None,
    };
    let class = study.ctx.scopes.scope(scope.parent?);
    let let_go = |event: &Event| match event {
        Event::Leaves(how) => *how != Leave::Returned,
        Event::Release | Event::GivenBack | Event::HandedOver | Event::Passed(_) => true,
        _ => false,
    };
    let kept_nowhere = !study.captures.by_functions
        && !study.captures.early
        && !study.events.values().flatten().any(let_go);
    (class.kind == ScopeKind::Class && class.bindings.contains_key(exit) && kept_nowhere).then(
        || Kept {
            keeper: Keeper::Entered(class.name.clone()),
            name: study
                .site
                .name
                .clone()
                .unwrap_or_else(|| super::short(study.site.call.span.of(study.ctx.text))),
        },
    )
}

/// `self.conn = connect()`, or by way of a name.
fn by_object(study: &Study<'_>) -> Option<Kept> {
    let (ctx, site) = (study.ctx, study.site);
    let mut stored: Option<(&str, &str)> = None;
    for (atom, events) in &study.events {
        for event in events {
            match event {
                Event::Leaves(Leave::Stored) => {
                    let found = store(study, *atom)?;
                    if *stored.get_or_insert(found) != found {
                        return None; // in several places
                    }
                }
                Event::Leaves(_) | Event::Passed(_) => return None,
                _ => {}
            }
        }
    }
    let (owner, attr) = stored?;
    let class = match ctx.names.owner(owner, site.scope)? {
        Owner::Object(class) => class,
        Owner::Class(class) if sets_up_class(ctx, site.scope) => class,
        Owner::Class(_) => return None, // one for all, made when it is first needed
    };
    let search = Search::new(study, class, attr)?;
    (!search.may_release()).then(|| Kept {
        keeper: Keeper::Object(ctx.scopes.scope(class).name.clone()),
        name: format!("{owner}.{attr}"),
    })
}

/// The object and the attribute that the statement at `atom` stores the resource itself in.
fn store<'a>(study: &Study<'a>, atom: Atom) -> Option<(&'a str, &'a str)> {
    let Atom::Simple(id) = atom else { return None };
    let (target, value) = match &study.ctx.module.stmt(id).kind {
        StmtKind::Assign { targets, value } => match targets.as_slice() {
            [target] => (target, value),
            _ => return None,
        },
        StmtKind::AnnAssign {
            target,
            value: Some(value),
            ..
        } => (target, value),
        _ => return None,
    };
    let ExprKind::Attribute { value: owner, attr } = &target.kind else {
        return None;
    };
    let ExprKind::Name(owner) = &owner.kind else {
        return None;
    };
    is_resource(study, value).then_some((owner, attr))
}

/// Whether the value of `expr` is, or may be, the resource itself.
fn is_resource(study: &Study<'_>, expr: &Expr) -> bool {
    let site = study.site;
    if expr.span == site.whole.span {
        return true;
    }
    match &expr.kind {
        ExprKind::Name(name) => site.name.as_ref() == Some(name),
        ExprKind::Bool { left, right, .. } => is_resource(study, left) || is_resource(study, right),
        ExprKind::IfExp { body, orelse, .. } => {
            is_resource(study, body) || is_resource(study, orelse)
        }
        ExprKind::Await(inner) | ExprKind::Walrus { value: inner, .. } => is_resource(study, inner),
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Attribute { value, attr } => {
                site.resource().returns_self.contains(attr) && is_resource(study, value)
            }
            _ => false,
        },
        _ => false,
    }
}

/// A class of tests gets what its tests share once, and has a counterpart to give it back.
fn sets_up_class(ctx: &Context<'_>, scope: ScopeId) -> bool {
    let name = &ctx.scopes.scope(scope).name;
    let last = name.rsplit('.').next().unwrap_or(name);
    ["setUpClass", "setup_class"].contains(&last)
}

/// `conn = connect()` in the body of a class whose methods use it.
fn by_class(study: &Study<'_>) -> Option<Kept> {
    let (ctx, site) = (study.ctx, study.site);
    let attr = site.name.as_deref()?;
    if passed(study) {
        return None;
    }
    let search = Search::new(study, site.scope, attr)?;
    (search.is_used_by_methods() && !search.may_release()).then(|| Kept {
        keeper: Keeper::Class(ctx.scopes.scope(site.scope).name.clone()),
        name: attr.to_owned(),
    })
}

fn passed(study: &Study<'_>) -> bool {
    let mut events = study.events.values().flatten();
    events.any(|event| matches!(event, Event::Passed(_)))
}

/// `conn = connect()` at the top level of a file that is run.
fn by_program(study: &Study<'_>) -> Option<Kept> {
    let (ctx, site) = (study.ctx, study.site);
    let name = site.name.as_deref()?;
    let is_run = program::in_main(ctx, site.stmt) || program::is_program(ctx);
    if !is_run || study.paths.ends.is_empty() {
        return None;
    }
    let elsewhere = ctx.scopes.scope(site.scope).bindings.get(name)?;
    let is_bound_by_functions = elsewhere.iter().any(|binding| {
        binding
            .stmt
            .is_some_and(|id| ctx.scopes.of_stmt(ctx.module, id) != site.scope)
    });
    let users: BTreeSet<ScopeId> = study.users(name).collect();
    if is_bound_by_functions || (!users.is_empty() && passed(study)) {
        return None;
    }
    for user in users {
        if !is_only_called(ctx, user)
            || may_release_in(ctx, site.resource(), user, Root::Name(name.to_owned()))
        {
            return None;
        }
    }
    Some(Kept {
        keeper: Keeper::Program,
        name: name.to_owned(),
    })
}

/// Whether the function with the scope `scope` is one of the top level that this file calls, and nobody else: nothing else
/// gets hold of it.
fn is_only_called(ctx: &Context<'_>, scope: ScopeId) -> bool {
    let Some(stmt) = ctx.scopes.scope(scope).stmt else {
        return false;
    };
    let StmtKind::FunctionDef(def) = &ctx.module.stmt(stmt).kind else {
        return false;
    };
    if !def.decorators.is_empty() || ctx.module.stmt(stmt).block != ctx.module.body {
        return false;
    }
    let mut mentions = 0usize;
    let mut calls = 0usize;
    for stmt in &ctx.module.stmts {
        crate::syntax::walk_exprs(stmt, &mut |expr| match &expr.kind {
            ExprKind::Name(name) if *name == def.name => mentions += 1,
            ExprKind::Call { func, .. } => {
                calls +=
                    usize::from(matches!(&func.kind, ExprKind::Name(name) if *name == def.name));
            }
            _ => {}
        });
    }
    calls > 0 && mentions == calls
}

/// Whether the code of a scope does anything that may release what it knows as `root`, or let it out.
fn may_release_in(ctx: &Context<'_>, resource: &Resource, scope: ScopeId, root: Root) -> bool {
    let Some(graph) = Graph::build(ctx.module, ctx.scopes.scope(scope).body) else {
        return true;
    };
    let none = StmtId(u32::MAX);
    let mut eye = Eye::new(ctx, scope, resource, root, none, false);
    eye.look_everywhere(&graph).iter().any(|event| {
        matches!(
            event,
            Event::Release
                | Event::GivenBack
                | Event::HandedOver
                | Event::Leaves(_)
                | Event::Passed(_)
        )
    })
}

/// A look for anything that may release an attribute.
struct Search<'a> {
    ctx: &'a Context<'a>,
    resource: &'a Resource,
    attr: &'a str,
    kin: Vec<Kin<'a>>,
}

impl<'a> Search<'a> {
    /// `None` if not all classes that share the attribute can be known, or if one of them gives the name another meaning.
    fn new(study: &Study<'a>, class: ScopeId, attr: &'a str) -> Option<Search<'a>> {
        let ctx = study.ctx;
        let kin = ctx.names.kin(class)?;
        let is_special = kin.iter().any(|kin| kin.defines(attr));
        (!is_special).then_some(Search {
            ctx,
            resource: &study.site.acquirer.resource,
            attr,
            kin,
        })
    }

    fn may_release(&self) -> bool {
        let here = self.ctx.names.file();
        let elsewhere = self.kin.iter().filter(|kin| kin.names.file() != here);
        self.may_release_among(self.ctx, None)
            || elsewhere.into_iter().any(|kin| {
                let other = self.ctx.beside(kin.names);
                self.may_release_among(&other, Some(kin))
            })
    }

    /// Whether anything in a file, or in one class of it, may release the attribute.
    fn may_release_among(&self, ctx: &Context<'_>, only: Option<&Kin<'_>>) -> bool {
        let mut scopes = BTreeSet::new();
        for stmt in &ctx.module.stmts {
            if only.is_some_and(|kin| !kin.body.contains(stmt.span)) {
                continue;
            }
            let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
            let mut found = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                if self.is_it(ctx, scope, expr) {
                    scopes.insert(scope);
                }
                found |= self.is_release(ctx, scope, expr) || self.reaches_all(ctx, scope, expr);
            });
            if found {
                return true;
            }
        }
        let root = || Root::Attribute(self.attr.to_owned());
        scopes
            .into_iter()
            .any(|scope| may_release_in(ctx, self.resource, scope, root()))
    }

    fn is_used_by_methods(&self) -> bool {
        let ctx = self.ctx;
        ctx.module.stmts.iter().any(|stmt: &Stmt| {
            let scope = ctx.scopes.of_stmt(ctx.module, stmt.id);
            let mut found = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                found |= match &expr.kind {
                    ExprKind::Attribute { value, attr } => {
                        attr == self.attr && self.is_own(ctx, scope, value)
                    }
                    _ => false,
                };
            });
            found
        })
    }

    /// Whether `expr` is the attribute, of whatever object that is not sure to be another one.
    fn is_it(&self, ctx: &Context<'_>, scope: ScopeId, expr: &Expr) -> bool {
        let ExprKind::Attribute { value, attr } = &expr.kind else {
            return false;
        };
        if attr != self.attr {
            return false;
        }
        let ExprKind::Name(owner) = &value.kind else {
            return true;
        };
        match ctx.names.owner(owner, scope) {
            Some(Owner::Object(class) | Owner::Class(class)) => self.is_kin(ctx, class),
            None => true,
        }
    }

    /// `self.conn.close`, called here or handed on.
    fn is_release(&self, ctx: &Context<'_>, scope: ScopeId, expr: &Expr) -> bool {
        let ExprKind::Attribute { value, attr } = &expr.kind else {
            return false;
        };
        let releases = self.resource.releases(attr)
            || (effects::gives_back(attr) && !self.resource.detaches(attr));
        releases && (self.is_it(ctx, scope, value) || self.is_behind(ctx, scope, value))
    }

    /// Whether `expr` may be the attribute, got back from something that was obtained through it: `self.cursor.connection`.
    fn is_behind(&self, ctx: &Context<'_>, scope: ScopeId, expr: &Expr) -> bool {
        let ExprKind::Attribute { value, attr } = &expr.kind else {
            return false;
        };
        let is_own = match &value.kind {
            ExprKind::Name(name) => ctx.names.owner(name, scope).is_some(),
            _ => false,
        };
        self.resource.kind == Kind::Database && attr == "connection" && !is_own
    }

    /// Whether `expr` may get at all attributes of the object: `vars(self)`, `self.__dict__`, `close_all(self)`.
    fn reaches_all(&self, ctx: &Context<'_>, scope: ScopeId, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Attribute { value, attr } => {
                attr == "__dict__" && self.is_own(ctx, scope, value)
            }
            ExprKind::Call { func, args } => {
                if !args.iter().any(|arg| self.is_own(ctx, scope, &arg.value)) {
                    return false;
                }
                let name = match &func.kind {
                    ExprKind::Name(name) => name,
                    ExprKind::Attribute { attr, .. } => attr,
                    _ => return true,
                };
                match name.as_str() {
                    "vars" | "dir" | "delattr" | "getmembers" => true,
                    "getattr" => !args.get(1).is_some_and(|arg| {
                        matches!(&arg.value.kind, ExprKind::Str(Some(text)) if text != self.attr)
                    }),
                    _ => callee::sounds_like_release(name) || (ends_something(ctx, scope) && name != "super"),
                }
            }
            _ => false,
        }
    }

    /// Whether `expr` is a method's own object or class.
    fn is_own(&self, ctx: &Context<'_>, scope: ScopeId, expr: &Expr) -> bool {
        let ExprKind::Name(name) = &expr.kind else {
            return false;
        };
        match ctx.names.owner(name, scope) {
            Some(Owner::Object(class) | Owner::Class(class)) => self.is_kin(ctx, class),
            None => false,
        }
    }

    fn is_kin(&self, ctx: &Context<'_>, class: ScopeId) -> bool {
        let file = ctx.names.file();
        let mut kin = self.kin.iter();
        kin.any(|kin| kin.scope == class && kin.names.file() == file)
    }
}

/// Whether the function's name says that something ends in it.
fn ends_something(ctx: &Context<'_>, scope: ScopeId) -> bool {
    const PARTS: [&str; 10] = [
        "close",
        "exit",
        "teardown",
        "tear_down",
        "finali",
        "destroy",
        "del__",
        "clean",
        "stop",
        "shutdown",
    ];
    let name = &ctx.scopes.scope(scope).name;
    let last = name.rsplit('.').next().unwrap_or(name).to_lowercase();
    PARTS.iter().any(|part| last.contains(part))
}
