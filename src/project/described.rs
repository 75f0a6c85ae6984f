//! What hands out resources, described for people: what is fresh, what is shared, and why.

use std::sync::Arc;

use super::acquirer::Trust;
use super::classes::Class;
use super::lent::{Lent, Origin, Search, first_resource};
use super::names::Names;
use super::provided::{Link, Provided, Verdict};
use super::trail::Trail;
use super::types::Type;
use crate::catalog::{Acquire, Catalog, Decorator, Resource, WrapForm};
use crate::syntax::{
    BindingKind, Expr, ExprKind, FunctionDef, ScopeId, ScopeKind, StmtId, StmtKind,
};

/// Something of the project that hands out a resource.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its dotted name.
    pub name: String,
    /// Its definition.
    pub place: Link,
    /// What sort of definition that is.
    pub form: Form,
    /// How it hands the resource out.
    pub way: Way,
    /// Whether it is awaited, or iterated or entered by `async`.
    pub is_async: bool,
    /// Whether there may be nothing instead.
    pub may_be_none: bool,
    /// Whose the resource is.
    pub ownership: Ownership,
    /// What it hands out, if that can be told.
    pub resource: Option<Arc<Resource>>,
    /// The `with` that releases it.
    pub wrap: WrapForm,
    /// The lines behind its definition that say so.
    pub chain: Vec<Link>,
    /// Where the user declared it.
    pub declared: Option<Link>,
}

/// The sorts of definitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `def`.
    Function,
    /// `def` in a class.
    Method,
    /// A method that is called by looking at it.
    Property,
    /// `class`.
    Class,
    /// A variable whose value hands out when it is called: a `sessionmaker`.
    Factory,
    /// `name = lambda: ...`
    Lambda,
    /// `name = functools.partial(...)`
    Partial,
    /// A variable, or an attribute of it, that is shared itself.
    Attribute,
}

/// The ways of handing something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// It is returned.
    Returned,
    /// It is in a tuple that is returned.
    InTuple,
    /// It is yielded.
    Yielded,
    /// It is what the `as` behind a `with` gets.
    Entered,
}

/// Whose a resource is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ownership {
    /// The caller's, who releases it. What is not followed all the same is said in words.
    Owned(Option<String>),
    /// Shared, for the reason in words.
    Borrowed(String),
    /// That cannot be told, for the reason in words.
    Unclear(String),
}

impl<'a> Names<'a> {
    /// What the file defines that hands out resources, in source order.
    pub fn providers(&self) -> Vec<Provider> {
        let mut found = Vec::new();
        for stmt in &self.module.stmts {
            let scope = self.scopes.of_block(stmt.block);
            match &stmt.kind {
                StmtKind::FunctionDef(def) => {
                    found.extend(self.described_function(stmt.id, def));
                }
                StmtKind::ClassDef(_) => found.extend(self.described_class(stmt.id)),
                StmtKind::Assign { targets, .. } => {
                    let names = targets.iter().filter_map(name_of);
                    found.extend(
                        names.flat_map(|name| self.described_variable(stmt.id, scope, name)),
                    );
                    let kept = targets.iter().filter_map(attr_of);
                    found.extend(kept.filter_map(|(owner, attr)| {
                        self.described_attribute(stmt.id, scope, owner, attr)
                    }));
                }
                StmtKind::AnnAssign { target, .. } => {
                    if let Some(name) = name_of(target) {
                        found.extend(self.described_variable(stmt.id, scope, name));
                    }
                }
                _ => {}
            }
        }
        found
    }

    /// What is said of the definition `stmt` of `name`.
    pub(super) fn described(&self, stmt: StmtId, name: &str) -> Vec<Provider> {
        let scope = self.scopes.of_block(self.module.stmt(stmt).block);
        match &self.module.stmt(stmt).kind {
            StmtKind::FunctionDef(def) => Vec::from_iter(self.described_function(stmt, def)),
            StmtKind::ClassDef(_) => Vec::from_iter(self.described_class(stmt)),
            StmtKind::Assign { targets, .. } => {
                let kept = targets.iter().filter_map(attr_of);
                let mut kept = kept.filter(|(_, attr)| *attr == name);
                match kept.next() {
                    Some((owner, attr)) => {
                        Vec::from_iter(self.described_attribute(stmt, scope, owner, attr))
                    }
                    None => self.described_variable(stmt, scope, name),
                }
            }
            StmtKind::AnnAssign { .. } => self.described_variable(stmt, scope, name),
            _ => Vec::new(),
        }
    }

    fn described_function(&self, stmt: StmtId, def: &'a FunctionDef) -> Option<Provider> {
        let scope = self.scopes.of_block(def.body);
        let info = self.scopes.scope(scope);
        let parent = info.parent?;
        let is_dunder = def.name.starts_with("__") && def.name.ends_with("__");
        if info.has_error || is_dunder {
            return None;
        }
        let form = match self.scopes.scope(parent).kind {
            ScopeKind::Class if self.is_property(def) => Form::Property,
            ScopeKind::Class => Form::Method,
            _ => Form::Function,
        };
        let base = Provider {
            is_async: def.is_async,
            way: match info.is_generator {
                true => Way::Yielded,
                false => Way::Returned,
            },
            ..self.undescribed(stmt, self.own_name(&info.name), form)
        };
        let found = match self.provision(stmt, def, &mut Trail::default()) {
            Verdict::Acquires(provided) => Some(base.clone().owned(provided, Way::Returned)),
            Verdict::Generates(provided) => Some(base.clone().owned(provided, Way::Yielded)),
            Verdict::Manages(provided) => Some(base.clone().owned(provided, Way::Entered)),
            _ => self
                .decorated(&base, def)
                .or_else(|| self.lending(&base, def)),
        };
        self.as_declared(base, found)
    }

    /// A function that would hand out something fresh, if it were not for its decorators.
    fn decorated(&self, base: &Provider, def: &'a FunctionDef) -> Option<Provider> {
        let scope = self.scopes.scope(self.scopes.of_block(def.body)).parent?;
        let trail = &mut Trail::default();
        let decorators: Vec<_> = self.decorators(def).collect();
        let (index, what) = decorators.iter().enumerate().find(|(_, decorator)| {
            !matches!(
                decorator,
                Some(Decorator::Static | Decorator::Bound | Decorator::Plain | Decorator::Manager)
            )
        })?;
        let provided = match base.way {
            Way::Yielded => self.yielded(def, trail),
            _ => self.returned(def, trail),
        }?;
        let name = self.name_of_decorator(&def.decorators[index], scope)?;
        let provider = base.clone().owned(provided, base.way);
        Some(match what {
            Some(Decorator::Cache | Decorator::CachedProperty) => {
                provider.with(Ownership::Borrowed(format!("cached by `{name}`")))
            }
            Some(_) => provider.with(Ownership::Owned(Some(
                "looked at, not called: what becomes of it is not followed".to_string(),
            ))),
            None => provider.with(Ownership::Unclear(format!(
                "decorated by `{name}`, of which nothing is known"
            ))),
        })
    }

    /// A function that gives something which is not, or not only, its caller's.
    fn lending(&self, base: &Provider, def: &'a FunctionDef) -> Option<Provider> {
        let scope = self.scopes.of_block(def.body);
        let values = match base.way {
            Way::Yielded => self.yielded_values(def),
            _ => self
                .return_stmts(def)
                .into_iter()
                .filter_map(|(stmt, value)| Some((stmt, value?)))
                .collect(),
        };
        let mut search = Search::default();
        let mut lent: Option<(Link, Lent)> = None;
        let mut fresh: Option<(Link, Provided)> = None;
        let mut all = Vec::new();
        let mut way = base.way;
        for (stmt, value) in values {
            let (parts, in_tuple): (Vec<&Expr>, bool) = match &value.kind {
                ExprKind::Tuple(parts) => (parts.iter().collect(), true),
                _ => (vec![value], false),
            };
            for part in parts {
                for origin in self.origins(part, scope, &mut search) {
                    match &origin {
                        Origin::Lent(found) => {
                            let better = match &lent {
                                None => true,
                                Some((_, known)) => {
                                    (found.resource.is_some(), found.well_known)
                                        > (known.resource.is_some(), known.well_known)
                                }
                            };
                            if better {
                                lent = Some((self.link(stmt), found.clone()));
                            }
                        }
                        Origin::Fresh(found) => {
                            if in_tuple && base.way == Way::Returned {
                                way = Way::InTuple;
                            }
                            fresh.get_or_insert((self.link(stmt), found.clone()));
                        }
                    }
                    all.push(origin);
                }
            }
        }
        let annotated = def
            .returns
            .as_ref()
            .and_then(|returns| self.annotated(returns, scope, &mut search.trail));
        let promised = match annotated {
            Some(Type::Named(class)) => Catalog::get().by_instance(&class).cloned(),
            _ => None,
        };
        let resource = first_resource(&all).or(promised);
        if let Some((link, lent)) = lent {
            let looks = || Catalog::get().looks_like_provider(&def.name, false);
            if resource.is_none() && !(lent.well_known && looks()) {
                return None;
            }
            let mut chain = lent.chain;
            chain.push(link);
            chain.sort_by_key(|link| (link.path != self.path, link.line));
            chain.dedup();
            return Some(Provider {
                chain,
                resource,
                ..base.clone().with(Ownership::Borrowed(lent.why))
            });
        }
        let (link, provided) = fresh?;
        let provided = provided.linked(link);
        let resource = provided.resource.clone();
        let provider = base.clone().owned(provided, way);
        if way == Way::InTuple {
            return Some(provider.with(Ownership::Owned(Some(
                "in a tuple: what becomes of it is not followed".to_string(),
            ))));
        }
        Some(
            provider.with(match self.kept_before_return(def, &resource) {
                Some(link) => Ownership::Borrowed(format!(
                    "kept or handed on in line {}, before it is given",
                    link.line
                )),
                None => {
                    Ownership::Unclear("what it gives is not the same on every path".to_string())
                }
            }),
        )
    }

    fn described_class(&self, stmt: StmtId) -> Option<Provider> {
        let class = Class::at(*self, stmt)?;
        let name = self.own_name(&self.scopes.scope(class.scope()).name);
        let base = self.undescribed(stmt, name, Form::Class);
        let found = match class.made(&mut Trail::default()) {
            Verdict::Acquires(provided) => Some(base.clone().owned(provided, Way::Returned)),
            _ => None,
        };
        self.as_declared(base, found)
    }

    /// A variable of a module or class that hands out when it is called, or by its attributes.
    fn described_variable(&self, stmt: StmtId, scope: ScopeId, name: &str) -> Vec<Provider> {
        let mut found = Vec::new();
        let Some(binding) = self.binding(scope, name) else {
            return found;
        };
        // Of several assignments the first that counts is described.
        if self.is_function(scope)
            || binding.stmt != Some(stmt)
            || binding.kind != BindingKind::Assign
        {
            return found;
        }
        let Some(value) = self.value_of(binding, name) else {
            return found;
        };
        if matches!(value.kind, ExprKind::Name(_) | ExprKind::Attribute { .. }) {
            return found;
        }
        let trail = &mut Trail::default();
        let display = self.display(scope, name);
        let form = self.form_of(value, scope, trail);
        let base = self.undescribed(stmt, display.clone(), form);
        let verdict = self.called_here(scope, name, trail);
        let called = match verdict {
            Verdict::Acquires(provided) => Some(base.clone().owned(provided, Way::Returned)),
            Verdict::Generates(provided) => Some(base.clone().owned(provided, Way::Yielded)),
            Verdict::Manages(provided) => Some(base.clone().owned(provided, Way::Entered)),
            _ => None,
        };
        let Some(Type::Named(class)) = self.type_of_variable(scope, name, trail) else {
            found.extend(self.as_declared(base, called));
            return found;
        };
        let catalog = Catalog::get();
        let lends = |why: &str, class: Option<&String>| {
            (
                Ownership::Borrowed(why.to_string()),
                class.and_then(|class| catalog.by_instance(class)).cloned(),
            )
        };
        let lending = catalog
            .shared_type(&class)
            .filter(|shared| shared.lends.is_some());
        let called = called.or_else(|| {
            let (ownership, resource) = lends(&lending?.why, lending?.lends.as_ref());
            Some(Provider {
                resource,
                ..base.clone().with(ownership)
            })
        });
        found.extend(self.as_declared(base.clone(), called));
        for (attr, shared) in catalog.shared_attributes(&class) {
            let (ownership, resource) = lends(&shared.why, shared.lends.as_ref());
            found.push(Provider {
                name: format!("{display}.{attr}"),
                form: Form::Attribute,
                resource,
                ..base.clone().with(ownership)
            });
        }
        found
    }

    /// An attribute of `self` that hands out when it is called.
    fn described_attribute(
        &self,
        stmt: StmtId,
        scope: ScopeId,
        owner: &str,
        attr: &str,
    ) -> Option<Provider> {
        let this = self.scopes.resolve(scope, owner)?;
        let bindings = self.bindings(this, owner);
        if this != scope || bindings.first()?.kind != BindingKind::Param(0) {
            return None;
        }
        let trail = &mut Trail::default();
        let Some(Type::Class(class)) = self.type_of_variable(this, owner, trail) else {
            return None;
        };
        let (_, value, _) = self.assigned(stmt)?;
        if matches!(value.kind, ExprKind::Name(_) | ExprKind::Attribute { .. }) {
            return None;
        }
        let name = class.name_of(attr, trail)?;
        let base = self.undescribed(stmt, name, self.form_of(value, scope, trail));
        match class.called(attr, trail) {
            Verdict::Acquires(provided) => Some(base.owned(provided, Way::Returned)),
            _ => None,
        }
    }

    fn form_of(&self, value: &Expr, scope: ScopeId, trail: &mut Trail) -> Form {
        match &value.kind {
            ExprKind::Lambda { .. } => Form::Lambda,
            ExprKind::Call { func, .. } => match self.target(func, scope, trail) {
                super::names::Target::Outside(name)
                    if Catalog::get().canonical(&name) == "functools.partial" =>
                {
                    Form::Partial
                }
                _ => Form::Factory,
            },
            _ => Form::Factory,
        }
    }

    fn undescribed(&self, stmt: StmtId, name: String, form: Form) -> Provider {
        Provider {
            name,
            place: self.link(stmt),
            form,
            way: Way::Returned,
            is_async: false,
            may_be_none: false,
            ownership: Ownership::Owned(None),
            resource: None,
            wrap: WrapForm::None,
            chain: Vec::new(),
            declared: None,
        }
    }

    /// A provider as the user declared it; `found` is what is known without.
    fn as_declared(&self, base: Provider, found: Option<Provider>) -> Option<Provider> {
        let last = base.name.rsplit('.').next().unwrap_or(&base.name);
        let declaration = self.project.declaration(Some(&base.name), last, None);
        let Some((declaration, word)) = declaration else {
            return found;
        };
        let catalog = Catalog::get();
        let mut provider = found.unwrap_or_else(|| base.clone());
        let known = provider
            .resource
            .clone()
            .or_else(|| catalog.resource(word).cloned())
            .or_else(|| Some(catalog.convention(last)?.resource.clone()))
            .or_else(|| catalog.by_id("named"))?;
        let resource = declaration.resource(&base.name, &known);
        if provider.resource.as_ref() != Some(&resource) {
            provider.wrap = resource.wrap;
        }
        provider.resource = Some(resource);
        provider.may_be_none = declaration.may_be_none.unwrap_or(provider.may_be_none);
        provider.ownership = match declaration.borrowed {
            true => Ownership::Borrowed("declared so".to_string()),
            false => Ownership::Owned(None),
        };
        provider.declared = Some(declaration.place.clone().unwrap_or_else(by_argument));
        Some(provider)
    }
}

/// What stands for the place of a declaration that was made by `--acquirer`.
pub(super) fn by_argument() -> Link {
    Link {
        path: Default::default(),
        line: 0,
        text: "--acquirer".to_string(),
    }
}

impl Provider {
    /// The same, handing out something fresh.
    fn owned(self, provided: Provided, way: Way) -> Provider {
        let ownership = match provided.trust {
            Trust::Known => Ownership::Owned(None),
            _ => Ownership::Unclear(
                "only its annotation says what it gives; whether that is fresh cannot be seen"
                    .to_string(),
            ),
        };
        let mut chain = provided.chain;
        chain.retain(|link| *link != self.place);
        Provider {
            way,
            is_async: self.is_async || provided.acquire != Acquire::Call,
            may_be_none: provided.may_be_none,
            ownership,
            wrap: provided.wrap,
            resource: Some(provided.resource),
            chain,
            ..self
        }
    }

    fn with(self, ownership: Ownership) -> Provider {
        Provider { ownership, ..self }
    }
}

fn name_of(target: &Expr) -> Option<&str> {
    match &target.kind {
        ExprKind::Name(name) => Some(name),
        _ => None,
    }
}

fn attr_of(target: &Expr) -> Option<(&str, &str)> {
    match &target.kind {
        ExprKind::Attribute { value, attr } => Some((name_of(value)?, attr)),
        _ => None,
    }
}
