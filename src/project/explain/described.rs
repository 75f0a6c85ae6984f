//! What hands out resources, described for people: what is fresh, what is shared, and why.

use std::sync::Arc;

use super::super::acquirer::Trust;
use super::super::classes::Class;
use super::super::names::Names;
use super::super::provided::{Link, Provided, Verdict};
use super::super::trail::Trail;
use super::super::types::Type;
use super::uses::all_the_same;
use crate::catalog::{Acquire, Catalog, Resource, WrapForm};
use crate::syntax::{BindingKind, Expr, ExprKind, ScopeId, StmtId, StmtKind};

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

    fn described_class(&self, stmt: StmtId) -> Option<Provider> {
        let class = Class::at(*self, stmt)?;
        let name = self.own_name(&self.scopes.scope(class.scope()).name);
        let base = self.undescribed(stmt, name, Form::Class);
        let found = match class.made(&mut Trail::default()) {
            Verdict::Acquires(provided) => Some(base.clone().owned(provided, Way::Returned)),
            Verdict::Manages(provided) => Some(base.clone().owned(provided, Way::Entered)),
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
                super::super::names::Target::Outside(name)
                    if Catalog::get().canonical(&name) == "functools.partial" =>
                {
                    Form::Partial
                }
                _ => Form::Factory,
            },
            _ => Form::Factory,
        }
    }

    /// A provider of which nothing is known but its definition.
    pub(super) fn undescribed(&self, stmt: StmtId, name: String, form: Form) -> Provider {
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
    pub(super) fn as_declared(&self, base: Provider, found: Option<Provider>) -> Option<Provider> {
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
    pub(super) fn owned(self, provided: Provided, way: Way) -> Provider {
        let ownership = match provided.trust {
            Trust::Known => Ownership::Owned(None),
            trust => Ownership::Unclear(format!(
                "only its annotation says what it gives; whether that is fresh cannot be seen{}",
                all_the_same(trust)
            )),
        };
        let mut chain = provided.chain;
        chain.retain(|link| *link != self.place);
        chain.insert(0, self.place.clone());
        sort_within_definitions(&mut chain);
        chain.remove(0);
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

    /// The same with another owner.
    pub(super) fn with(self, ownership: Ownership) -> Provider {
        Provider { ownership, ..self }
    }
}

/// Puts the lines of each definition into the order in which they stand there.
fn sort_within_definitions(chain: &mut [Link]) {
    let begins = |link: &Link| {
        ["def ", "async def ", "class "]
            .iter()
            .any(|start| link.text.starts_with(start))
    };
    let mut rest = chain;
    while !rest.is_empty() {
        let from = usize::from(begins(&rest[0]));
        let end = rest[from..]
            .iter()
            .position(|link| begins(link) || link.path != rest[0].path)
            .map_or(rest.len(), |at| from + at);
        let (own, behind) = rest.split_at_mut(end.max(1));
        let from = from.min(own.len());
        // What stands above a definition is what it refers to.
        let start = own.first().filter(|_| from > 0).map_or(0, |link| link.line);
        own[from..].sort_by_key(|link| (link.line < start, link.line));
        rest = behind;
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
