//! Where something comes from that a function gives and that is not fresh: what keeps it, in words.

use std::collections::HashSet;
use std::sync::Arc;

use super::super::names::{Names, Target};
use super::super::provided::{Link, Provided, Verdict};
use super::super::trail::Trail;
use super::super::types::Type;
use super::places::Place;
use crate::catalog::{Catalog, Decorator, Resource, Shared};
use crate::syntax::{
    Arg, Binding, BindingKind, Expr, ExprKind, FunctionDef, ScopeId, ScopeKind, Stmt, StmtId,
    StmtKind,
};

/// One source of a value.
#[derive(Clone, Debug)]
pub(super) enum Origin {
    /// It is made afresh.
    Fresh(Provided),
    /// It lay somewhere before, or lies there too.
    Lent(Lent),
}

/// Something that is not the caller's alone.
#[derive(Clone, Debug)]
pub(super) struct Lent {
    /// What it is, if that can be told.
    pub resource: Option<Arc<Resource>>,
    /// What keeps it, in words.
    pub why: String,
    /// Whether what keeps it is known to keep resources for others.
    pub well_known: bool,
    /// The lines that say so.
    pub chain: Vec<Link>,
}

/// The state of one search: what was looked at already.
#[derive(Debug, Default)]
pub(super) struct Search {
    pub trail: Trail,
    seen: HashSet<(usize, usize, usize)>,
}

impl<'a> Names<'a> {
    /// The sources of `expr`, as far as they can be told.
    pub(super) fn origins(&self, expr: &Expr, scope: ScopeId, search: &mut Search) -> Vec<Origin> {
        if !search
            .seen
            .insert((self.file(), expr.span.start, expr.span.end))
        {
            return Vec::new();
        }
        match &expr.kind {
            ExprKind::Await(value) | ExprKind::Walrus { value, .. } => {
                self.origins(value, scope, search)
            }
            ExprKind::IfExp { body, orelse, .. } => self.all(&[body, orelse], scope, search),
            ExprKind::Bool { left, right, .. } => self.all(&[left, right], scope, search),
            ExprKind::Name(name) if !self.is_inner(name, expr.span) => {
                self.origins_of_name(expr, name, scope, search)
            }
            ExprKind::Attribute { value, attr } => {
                let place = Place {
                    holder: value,
                    attr: Some(attr),
                };
                self.kept_at(expr, &place, scope, search)
            }
            ExprKind::Subscript { value, .. } => {
                let place = Place {
                    holder: value,
                    attr: None,
                };
                self.kept_at(expr, &place, scope, search)
            }
            ExprKind::Call { func, args } => self.origins_of_call(expr, func, args, scope, search),
            _ => Vec::new(),
        }
    }

    fn all(&self, exprs: &[&Expr], scope: ScopeId, search: &mut Search) -> Vec<Origin> {
        let each = exprs.iter();
        each.flat_map(|expr| self.origins(expr, scope, search))
            .collect()
    }

    fn origins_of_name(
        &self,
        expr: &Expr,
        name: &str,
        scope: ScopeId,
        search: &mut Search,
    ) -> Vec<Origin> {
        let at = match self.target(expr, scope, &mut search.trail) {
            Target::Outside(dotted) => {
                return Vec::from_iter(self.lent_by_object(&dotted, expr, scope));
            }
            Target::Bound(names, at, name) => {
                if names.file() != self.file() {
                    let mut found = names.origins_of_binding(at, &name, true, search);
                    for origin in &mut found {
                        if let Origin::Lent(lent) = origin
                            && !lent.well_known
                        {
                            lent.why = format!("kept in `{}`", names.display(at, &name));
                        }
                    }
                    return found;
                }
                at
            }
            Target::Missing(_) => return Vec::new(),
            Target::Nothing => match self.scopes.resolve(scope, name) {
                Some(at) => at,
                None => return Vec::new(),
            },
        };
        self.origins_of_binding(at, name, at != scope, search)
    }

    /// What a variable holds; `outer` if the question comes from another scope.
    fn origins_of_binding(
        &self,
        at: ScopeId,
        name: &str,
        outer: bool,
        search: &mut Search,
    ) -> Vec<Origin> {
        let bindings = self.bindings(at, name);
        let all = self.scopes.scope(at).bindings.get(name);
        // `_conn = None` is where it is kept.
        let Some(first) = all.and_then(|all| all.first()) else {
            return Vec::new();
        };
        if !outer && self.is_function(at) {
            let own = bindings.iter();
            return own
                .flat_map(|binding| self.origins_of_local(binding, at, name, search))
                .collect();
        }
        let why = match self.scopes.scope(at).kind {
            ScopeKind::Module => format!("kept in the global `{name}`{}", self.line_of(first.stmt)),
            ScopeKind::Class => {
                format!("kept on the class, as `{name}`{}", self.line_of(first.stmt))
            }
            ScopeKind::Function => format!("kept in `{name}` of the function around it"),
        };
        let typed = self.type_of_variable(at, name, &mut search.trail);
        let lends = match &typed {
            Some(Type::Named(class)) => Catalog::get().shared_type(class),
            _ => None,
        };
        let mut resource = resource_of(typed);
        for binding in &bindings {
            if resource.is_none()
                && let Some(value) = self.value_of(binding, name)
            {
                resource = first_resource(&self.origins(value, self.scope_of(binding), search));
            }
        }
        if let Some(shared) = lends {
            return vec![lent_by(shared, self.links(first.stmt))];
        }
        vec![Origin::Lent(Lent {
            resource,
            why,
            well_known: false,
            chain: self.links(first.stmt),
        })]
    }

    /// What a variable of the function itself holds, and what else holds the same.
    fn origins_of_local(
        &self,
        binding: &Binding,
        scope: ScopeId,
        name: &str,
        search: &mut Search,
    ) -> Vec<Origin> {
        if let BindingKind::Param(_) = binding.kind {
            let typed = self.type_of_variable(scope, name, &mut search.trail);
            return vec![Origin::Lent(Lent {
                resource: resource_of(typed),
                why: format!("its parameter `{name}`"),
                well_known: false,
                chain: Vec::new(),
            })];
        }
        let Some(value) = self.value_of(binding, name) else {
            return Vec::new();
        };
        let at = self.scope_of(binding);
        let mut found = self.origins(value, at, search);
        let links = self.links(binding.stmt);
        for origin in &mut found {
            let chain = match origin {
                Origin::Fresh(provided) => &mut provided.chain,
                Origin::Lent(lent) => &mut lent.chain,
            };
            chain.splice(0..0, links.clone());
        }
        // `db = g.db = connect()`, `db = connect()` and `g.db = db` further down.
        let also: Vec<(StmtId, &Expr)> = self
            .module
            .stmts
            .iter()
            .filter(|stmt| self.scopes.of_block(stmt.block) == scope)
            .flat_map(|stmt| targets_of(stmt, binding.stmt, name).map(|target| (stmt.id, target)))
            .collect();
        for (stmt, target) in also {
            let resource = first_resource(&found);
            for mut origin in self.origins(target, at, search) {
                if let Origin::Lent(lent) = &mut origin {
                    lent.resource = lent.resource.take().or_else(|| resource.clone());
                    lent.chain = self.links(Some(stmt));
                    found.push(origin);
                }
            }
        }
        found
    }

    fn origins_of_call(
        &self,
        call: &Expr,
        func: &Expr,
        args: &[Arg],
        scope: ScopeId,
        search: &mut Search,
    ) -> Vec<Origin> {
        if let Verdict::Acquires(provided) = self.called(func, scope, &mut search.trail)
            && !provided.is_lent(args)
        {
            return vec![Origin::Fresh(provided)];
        }
        let words = |arg: Option<&'_ Arg>| match arg.map(|arg| &arg.value.kind) {
            Some(ExprKind::Str(Some(text))) => Some(text.clone()),
            _ => None,
        };
        if let Target::Outside(name) = self.target(func, scope, &mut search.trail)
            && name == "builtins.getattr"
            && let (Some(object), Some(attr)) = (args.first(), words(args.get(1)))
        {
            let place = Place {
                holder: &object.value,
                attr: Some(&attr),
            };
            return self.kept_at(call, &place, scope, search);
        }
        // `scoped()`: an object that lends when it is called.
        if let Some(Type::Named(class)) = self.type_at(func, scope, &mut search.trail)
            && let Some(shared) = Catalog::get().shared_type(&class)
        {
            return vec![lent_by(shared, Vec::new())];
        }
        if let Some(function) = self.function(func, scope) {
            return self.origins_through(&function, search);
        }
        if let ExprKind::Attribute { value, attr } = &func.kind
            && ["get", "setdefault", "pop", "__getitem__"].contains(&attr.as_str())
        {
            let mut found = args
                .get(1)
                .map(|arg| self.origins(&arg.value, scope, search))
                .unwrap_or_default();
            let item = words(args.first());
            let place = Place {
                holder: value,
                // `g.get("db")` is `g.db`; of a dictionary it is an item.
                attr: item
                    .as_deref()
                    .filter(|_| self.well_known(value, scope, search).is_some()),
            };
            found.extend(self.kept_at(call, &place, scope, search));
            return found;
        }
        Vec::new()
    }

    /// What a function of the project gives that lends something itself.
    pub(super) fn origins_through(
        &self,
        function: &super::super::Function<'a>,
        search: &mut Search,
    ) -> Vec<Origin> {
        let names = function.names;
        let scope = names.scopes.of_block(function.def.body);
        let name = names.own_name(&names.scopes.scope(scope).name);
        let cached = names.cached_by(function.def);
        if cached.is_none() && !names.is_plain(function.def) && !names.is_property(function.def) {
            return Vec::new();
        }
        let mut found = Vec::new();
        for (stmt, value) in names.return_stmts(function.def) {
            let Some(value) = value else { continue };
            for origin in names.origins(value, scope, search) {
                let lent = match (origin, &cached) {
                    (Origin::Fresh(provided), Some(decorator)) => Lent {
                        resource: Some(provided.resource),
                        why: format!("`{name}` is cached by `{decorator}`"),
                        well_known: false,
                        chain: provided.chain,
                    },
                    (Origin::Lent(lent), _) => Lent {
                        why: format!("from `{name}`: {}", lent.why),
                        ..lent
                    },
                    (Origin::Fresh(provided), None) => {
                        found.push(Origin::Fresh(provided));
                        continue;
                    }
                };
                let mut lent = lent;
                lent.chain.insert(0, names.link(stmt));
                lent.chain.insert(0, names.link(function.stmt));
                found.push(Origin::Lent(lent));
            }
        }
        found
    }

    /// The decorator that lets a function give again what it gave once.
    pub(super) fn cached_by(&self, def: &'a FunctionDef) -> Option<String> {
        let scope = self.scopes.scope(self.scopes.of_block(def.body)).parent?;
        let index = self.decorators(def).position(|decorator| {
            matches!(
                decorator,
                Some(Decorator::Cache | Decorator::CachedProperty)
            )
        })?;
        self.name_of_decorator(&def.decorators[index], scope)
    }

    /// The dotted name of a decorator, or its text.
    pub(super) fn name_of_decorator(&self, decorator: &Expr, scope: ScopeId) -> Option<String> {
        let name = match &decorator.kind {
            ExprKind::Call { func, .. } => func,
            _ => decorator,
        };
        let dotted = self.dotted(name, scope);
        Some(dotted.unwrap_or_else(|| name.span.of(self.text).to_string()))
    }

    fn lent_by_object(&self, dotted: &str, expr: &Expr, scope: ScopeId) -> Option<Origin> {
        let shared = Catalog::get().shared_object(dotted)?;
        let stmt = self
            .scopes
            .resolve(scope, expr.span.of(self.text))
            .and_then(|at| self.bindings(at, expr.span.of(self.text)).first()?.stmt);
        Some(lent_by(shared, self.links(stmt)))
    }

    pub(super) fn links(&self, stmt: Option<StmtId>) -> Vec<Link> {
        stmt.map(|stmt| self.link(stmt)).into_iter().collect()
    }

    fn line_of(&self, stmt: Option<StmtId>) -> String {
        let line = stmt.map(|stmt| self.link(stmt).line);
        line.map(|line| format!(" (line {line})"))
            .unwrap_or_default()
    }
}

/// What is lent by something that is known to lend.
pub(super) fn lent_by(shared: &Shared, chain: Vec<Link>) -> Origin {
    let class = shared.lends.as_deref();
    Origin::Lent(Lent {
        resource: class.and_then(|class| Catalog::get().by_instance(class).cloned()),
        why: shared.why.clone(),
        well_known: true,
        chain,
    })
}

/// What is known of an object, if that is a resource.
pub(super) fn resource_of(typed: Option<Type<'_>>) -> Option<Arc<Resource>> {
    match typed? {
        Type::Named(class) => Catalog::get().by_instance(&class).cloned(),
        _ => None,
    }
}

/// What one of the sources says that it is.
pub(super) fn first_resource(origins: &[Origin]) -> Option<Arc<Resource>> {
    origins.iter().find_map(|origin| match origin {
        Origin::Fresh(provided) => Some(provided.resource.clone()),
        Origin::Lent(lent) => lent.resource.clone(),
    })
}

/// The other targets that a statement gives the value of `name`: in the assignment `binding`, or in one of `name` itself.
fn targets_of<'s>(
    stmt: &'s Stmt,
    binding: Option<StmtId>,
    name: &'s str,
) -> impl Iterator<Item = &'s Expr> {
    let targets: &[Expr] = match &stmt.kind {
        StmtKind::Assign { targets, value } => {
            let is_name = matches!(&value.kind, ExprKind::Name(other) if other == name);
            if Some(stmt.id) == binding || is_name {
                targets
            } else {
                &[]
            }
        }
        _ => &[],
    };
    targets
        .iter()
        .filter(move |target| !matches!(&target.kind, ExprKind::Name(other) if other == name))
}
