//! Attributes and items of containers as places that keep what is lent.

use super::super::names::{Names, Target};
use super::super::provided::Link;
use super::super::returned;
use super::super::trail::Trail;
use super::super::types::Type;
use super::lent::{Lent, Origin, Search, first_resource, lent_by, resource_of};
use crate::catalog::{Catalog, Decorator, Resource, Shared};
use crate::syntax::{
    BindingKind, Expr, ExprKind, FunctionDef, ScopeId, StmtId, StmtKind, walk_exprs,
};

/// A place that keeps values: an attribute, or an item of a container.
pub(super) struct Place<'e> {
    /// What it is a part of.
    pub holder: &'e Expr,
    /// The attribute's name; nothing for items.
    pub attr: Option<&'e str>,
}

impl<'a> Names<'a> {
    /// What lies at a place: `expr` is the whole expression.
    pub(super) fn kept_at(
        &self,
        expr: &Expr,
        place: &Place<'_>,
        scope: ScopeId,
        search: &mut Search,
    ) -> Vec<Origin> {
        let holder = place.holder;
        let typed = self.type_at(expr, scope, &mut search.trail);
        if let (Some(attr), Some(Type::Class(class))) =
            (place.attr, self.type_at(holder, scope, &mut search.trail))
            && let Some((names, stmt)) = class.method(attr, &mut search.trail)
            && let StmtKind::FunctionDef(def) = &names.module.stmt(stmt).kind
            && names.is_property(def)
        {
            let function = super::super::Function {
                names,
                stmt,
                def,
                bound: true,
                makes: false,
            };
            return self.origins_through(&function, search);
        }
        let known = self.well_known(holder, scope, search).or_else(|| {
            let dotted = match self.type_at(holder, scope, &mut search.trail)? {
                Type::Named(class) => format!("{class}.{}", place.attr?),
                _ => return None,
            };
            Catalog::get().shared_object(&dotted)
        });
        let mut chain = Vec::new();
        let mut resource = resource_of(typed);
        if resource.is_none() {
            for (stmt, value) in self.stored(place) {
                let at = self.scopes.of_stmt(self.module, stmt);
                resource = first_resource(&self.origins(value, at, search));
                if resource.is_some() {
                    chain = self.links(Some(stmt));
                    break;
                }
            }
        }
        if let Some(shared) = known {
            let Origin::Lent(lent) = lent_by(shared, chain) else {
                return Vec::new();
            };
            let resource = resource.or_else(|| lent.resource.clone());
            return vec![Origin::Lent(Lent { resource, ..lent })];
        }
        let Some(why) = self.words_for(place, scope, search) else {
            return Vec::new();
        };
        vec![Origin::Lent(Lent {
            resource,
            why,
            well_known: false,
            chain,
        })]
    }

    /// What is said of an ordinary place.
    fn words_for(&self, place: &Place<'_>, scope: ScopeId, search: &mut Search) -> Option<String> {
        let holder = place.holder.span.of(self.text);
        let Some(attr) = place.attr else {
            return Some(format!("kept in `{holder}`, which serves as a cache"));
        };
        let ExprKind::Name(name) = &place.holder.kind else {
            return Some(format!("kept as `{holder}.{attr}`"));
        };
        let at = self.scopes.resolve(scope, name)?;
        let bindings = self.bindings(at, name);
        let is_param = bindings
            .iter()
            .any(|binding| matches!(binding.kind, BindingKind::Param(_)));
        let is_class = bindings
            .iter()
            .any(|binding| binding.kind == BindingKind::Class);
        let own = matches!(
            self.type_at(place.holder, scope, &mut search.trail),
            Some(Type::Class(_))
        );
        let of_class = || {
            let function = self
                .scopes
                .scope(scope)
                .stmt
                .map(|stmt| self.module.stmt(stmt));
            matches!(function.map(|stmt| &stmt.kind), Some(StmtKind::FunctionDef(def))
                if self.decorators(def).any(|decorator| decorator == Some(Decorator::Bound))
                    || def.name == "__new__")
        };
        Some(match (is_param, own) {
            _ if is_class || (own && is_param && of_class()) => {
                format!("kept on the class, as `{name}.{attr}`")
            }
            (true, true) if name == "self" => format!("kept on its object, as `self.{attr}`"),
            (true, _) => format!("kept on its parameter, as `{name}.{attr}`"),
            (false, _) => format!("kept as `{name}.{attr}`"),
        })
    }

    /// Whether an object, or its class, is known to keep things for others.
    pub(super) fn well_known(
        &self,
        holder: &Expr,
        scope: ScopeId,
        search: &mut Search,
    ) -> Option<&'static Shared> {
        let catalog = Catalog::get();
        let by_name = match self.target(holder, scope, &mut search.trail) {
            Target::Outside(dotted) => catalog.shared_object(&dotted),
            _ => None,
        };
        by_name.or_else(|| match self.type_at(holder, scope, &mut search.trail)? {
            Type::Named(class) => catalog.shared_type(&class),
            _ => None,
        })
    }

    /// What this file puts into a place, and where.
    fn stored(&self, place: &Place<'_>) -> Vec<(StmtId, &'a Expr)> {
        let text = |expr: &Expr| expr.span.of(self.text);
        let same = |holder: &Expr, attr: Option<&str>| {
            text(holder) == text(place.holder) && attr == place.attr
        };
        let is_it = |target: &Expr| match &target.kind {
            ExprKind::Attribute { value, attr } => same(value, Some(attr)),
            ExprKind::Subscript { value, .. } => same(value, None),
            _ => false,
        };
        let mut found = Vec::new();
        for stmt in &self.module.stmts {
            match &stmt.kind {
                StmtKind::Assign { targets, value } if targets.iter().any(is_it) => {
                    found.push((stmt.id, value));
                }
                StmtKind::AnnAssign {
                    target,
                    value: Some(value),
                    ..
                } if is_it(target) => found.push((stmt.id, value)),
                // `var.set(conn)`, `cache.setdefault(key, conn)`
                _ => walk_exprs(stmt, &mut |expr| {
                    if let ExprKind::Call { func, args } = &expr.kind
                        && let ExprKind::Attribute { value, attr } = &func.kind
                        && ["set", "setdefault", "append", "put"].contains(&attr.as_str())
                        && same(value, None)
                        && let Some(last) = args.last()
                    {
                        found.push((stmt.id, &last.value));
                    }
                }),
            }
        }
        found
    }

    /// Where a function does something with what it returns after which it is not the caller's alone.
    pub(super) fn kept_before_return(
        &self,
        def: &'a FunctionDef,
        resource: &Resource,
    ) -> Option<Link> {
        let scope = self.scopes.of_block(def.body);
        self.returns(def).into_iter().flatten().find_map(|value| {
            let ExprKind::Name(name) = &value.kind else {
                return None;
            };
            let kept = returned::Kept {
                names: self,
                name,
                scope,
                resource,
            };
            kept.first(def, &mut Trail::default())
                .map(|stmt| self.link(stmt))
        })
    }
}
