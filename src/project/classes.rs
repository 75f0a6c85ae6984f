//! The classes of the project: what their attributes are and what their methods give.

use std::collections::HashMap;

use super::names::{Names, Target};
use super::provided::{Provided, Verdict};
use super::trail::Trail;
use super::types::{Type, same};
use crate::catalog::{Catalog, Decorator};
use crate::syntax::{
    Binding, BindingKind, ClassDef, Expr, ExprKind, FunctionDef, Module, ScopeId, ScopeKind,
    Scopes, StmtId, StmtKind,
};

/// A class that is defined in a file of the project.
#[derive(Clone, Copy, Debug)]
pub(super) struct Class<'a> {
    pub names: Names<'a>,
    pub def: &'a ClassDef,
}

impl PartialEq for Class<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.def, other.def)
    }
}

/// What a class knows by an attribute's name.
pub(super) enum Member<'a> {
    /// Something bound in the body of this class, or of a base.
    Bound(Names<'a>, ScopeId),
    /// Something that methods assign to the attribute of `self`, by these statements.
    Kept(Names<'a>, Vec<StmtId>),
    /// Something of a base outside the project, by its dotted name.
    Outside(String),
}

impl<'a> Class<'a> {
    /// The class that `stmt` defines.
    pub fn at(names: Names<'a>, stmt: StmtId) -> Option<Class<'a>> {
        match &names.module.stmt(stmt).kind {
            StmtKind::ClassDef(def) => Some(Class { names, def }),
            _ => None,
        }
    }

    /// The scope of its body.
    pub fn scope(&self) -> ScopeId {
        self.names.scopes.of_block(self.def.body)
    }

    /// What its bases are, in order.
    pub fn bases(&self, trail: &mut Trail) -> Vec<Type<'a>> {
        let names = self.names;
        let Some(parent) = names.scopes.scope(self.scope()).parent else {
            return Vec::new();
        };
        let plain = self.def.bases.iter().filter(|base| base.keyword.is_none());
        let base = |value: &Expr, trail: &mut Trail| match names.target(value, parent, trail) {
            Target::Outside(name) => Some(Type::Named(Catalog::get().canonical(&name))),
            Target::Bound(names, at, name) => {
                let binding = names
                    .binding(at, &name)
                    .filter(|binding| binding.kind == BindingKind::Class)?;
                Class::at(names, binding.stmt?).map(Type::Class)
            }
            _ => None,
        };
        plain
            .filter_map(|arg| trail.down(|trail| base(&arg.value, trail)))
            .collect()
    }

    /// What `attr` is on its objects.
    pub fn member(&self, attr: &str, trail: &mut Trail) -> Option<Member<'a>> {
        let names = self.names;
        let scope = self.scope();
        let bound = names.scopes.scope(scope).bindings.get(attr);
        let says_more = |binding: &Binding| {
            let is_annotated = || {
                binding.stmt.is_some_and(|stmt| {
                    matches!(names.module.stmt(stmt).kind, StmtKind::AnnAssign { .. })
                })
            };
            matches!(binding.kind, BindingKind::Function | BindingKind::Class) || is_annotated()
        };
        let kept = names
            .kept()
            .get(&(scope, attr.to_string()))
            .filter(|_| !bound.is_some_and(|all| all.iter().any(says_more)));
        if let Some(kept) = kept {
            // Where no method has assigned yet it is what the class says.
            let first = bound.into_iter().flatten().filter_map(|binding| {
                let value = names.value_of(binding, attr)?;
                (!matches!(value.kind, ExprKind::None)).then_some(binding.stmt?)
            });
            return Some(Member::Kept(
                names,
                first.chain(kept.iter().copied()).collect(),
            ));
        }
        if bound.is_some() {
            return Some(Member::Bound(names, scope));
        }
        self.bases(trail).into_iter().find_map(|base| match base {
            Type::Class(base) => trail.down(|trail| base.member(attr, trail)),
            Type::Named(name) => {
                let dotted = format!("{name}.{attr}");
                Catalog::get()
                    .knows(&dotted)
                    .then_some(Member::Outside(dotted))
            }
            Type::Many(_) => None,
        })
    }

    /// The method called `name`, with the file it stands in.
    pub fn method(&self, name: &str, trail: &mut Trail) -> Option<(Names<'a>, StmtId)> {
        let Some(Member::Bound(names, scope)) = self.member(name, trail) else {
            return None;
        };
        let binding = names.binding(scope, name)?;
        let stmt = binding
            .stmt
            .filter(|_| binding.kind == BindingKind::Function)?;
        Some((names, stmt))
    }

    pub(super) fn method_def(
        &self,
        name: &str,
        trail: &mut Trail,
    ) -> Option<(Names<'a>, &'a FunctionDef)> {
        let (names, stmt) = self.method(name, trail)?;
        match &names.module.stmt(stmt).kind {
            StmtKind::FunctionDef(def) => Some((names, def)),
            _ => None,
        }
    }

    /// The type of an attribute.
    pub fn type_of_attribute(&self, attr: &str, trail: &mut Trail) -> Option<Type<'a>> {
        if let Some((names, def)) = self.method_def(attr, trail) {
            // A method is nothing until it is called, unless it is called by being looked at.
            let is_property = names.decorators(def).any(|decorator| {
                matches!(
                    decorator,
                    Some(Decorator::Property | Decorator::CachedProperty)
                )
            });
            return if is_property {
                names.result_of(names.scope_of_def(def)?, attr, trail)
            } else {
                None
            };
        }
        match self.member(attr, trail)? {
            Member::Bound(names, scope) => names.type_of_variable(scope, attr, trail),
            Member::Kept(names, stmts) => {
                let types = stmts
                    .iter()
                    .filter_map(|stmt| names.assigned(*stmt))
                    .filter(|(_, value, annotation)| {
                        annotation.is_some() || !matches!(value.kind, ExprKind::None)
                    })
                    .map(|(scope, value, annotation)| match annotation {
                        Some(annotation) => names
                            .type_that_lends([(value, scope)].into_iter(), trail)
                            .or_else(|| names.annotated(annotation, scope, trail)),
                        None => names.type_at(value, scope, trail),
                    })
                    .collect::<Option<Vec<_>>>()?;
                same(types)
            }
            Member::Outside(name) => Type::of_attribute(&name),
        }
    }

    /// The type of what calling an attribute gives.
    pub fn type_of_call(&self, attr: &str, trail: &mut Trail) -> Option<Type<'a>> {
        match self.member(attr, trail)? {
            Member::Bound(names, scope) => match self.method_def(attr, trail) {
                Some((_, def)) if names.is_property(def) => {
                    let made = self.type_of_attribute(attr, trail)?;
                    made.called(trail)
                }
                _ => names.result_of(scope, attr, trail),
            },
            Member::Kept(..) => self.type_of_attribute(attr, trail)?.called(trail),
            Member::Outside(name) => Type::of_call(&name),
        }
    }

    /// What calling an attribute acquires.
    pub fn called(&self, attr: &str, trail: &mut Trail) -> Verdict {
        trail.down(|trail| match self.member(attr, trail) {
            Some(Member::Bound(names, scope)) => match self.method_def(attr, trail) {
                Some((_, def)) if names.is_property(def) => self.called_attribute(attr, trail),
                _ => names.called_here(scope, attr, trail),
            },
            Some(Member::Kept(names, stmts)) => match self.called_attribute(attr, trail) {
                Verdict::Acquires(provided) => Verdict::Acquires(provided.through(
                    &names.display(self.scope(), attr),
                    stmts.first().map(|stmt| names.link(*stmt)),
                )),
                _ => match stmts.as_slice() {
                    [only] => match names.assigned(*only) {
                        Some((scope, value, _)) => names.called_value(value, scope, trail),
                        None => Verdict::Not,
                    },
                    _ => Verdict::Not,
                },
            },
            Some(Member::Outside(name)) => Verdict::of_outside(&name),
            None => Verdict::Not,
        })
    }

    /// What a property gives, if that is something fresh each time, and the property's name.
    pub fn property(&self, attr: &str, trail: &mut Trail) -> Option<(Provided, String)> {
        let (names, stmt) = self.method(attr, trail)?;
        let StmtKind::FunctionDef(def) = &names.module.stmt(stmt).kind else {
            return None;
        };
        let plain = names
            .decorators(def)
            .all(|decorator| decorator == Some(Decorator::Property));
        let scope = names.scopes.of_block(def.body);
        let info = names.scopes.scope(scope);
        let only = names.scope_of_def(def).is_some_and(|class| {
            let all = names.scopes.scope(class).bindings.get(attr);
            all.is_some_and(|all| all.len() == 1)
        });
        if !plain
            || !only
            || def.decorators.is_empty()
            || def.is_async
            || info.is_generator
            || info.has_error
        {
            return None;
        }
        let provided =
            trail.through_function(names.file(), stmt, |trail| names.returned(def, trail))?;
        let display = names.display(names.scope_of_def(def)?, attr);
        Some((provided.linked(names.link(stmt)), display))
    }

    /// The dotted name of the definition behind an attribute.
    pub fn name_of(&self, attr: &str, trail: &mut Trail) -> Option<String> {
        Some(match trail.down(|trail| self.member(attr, trail))? {
            Member::Bound(names, scope) => names.display(scope, attr),
            Member::Kept(names, _) => names.display(self.scope(), attr),
            Member::Outside(name) => Catalog::get().canonical(&name),
        })
    }

    /// How many statements assign something to the attribute, in methods.
    pub fn times_kept(&self, attr: &str) -> usize {
        let names = self.names;
        let kept = names.kept().get(&(self.scope(), attr.to_string()));
        let says = |stmt: &&StmtId| {
            let assigned = names.assigned(**stmt);
            assigned.is_some_and(|(_, value, _)| !matches!(value.kind, ExprKind::None))
        };
        kept.map_or(0, |kept| kept.iter().filter(says).count())
    }

    /// What calling the object gives that the attribute is.
    fn called_attribute(&self, attr: &str, trail: &mut Trail) -> Verdict {
        match self.type_of_attribute(attr, trail) {
            Some(Type::Named(name)) => Verdict::of_factory(&name),
            Some(Type::Class(class)) => class.called("__call__", trail),
            _ => Verdict::Not,
        }
    }

    /// What `with` binds the name behind its `as` to.
    pub fn entered(&self, trail: &mut Trail) -> Option<Type<'a>> {
        ["__enter__", "__aenter__"].into_iter().find_map(|name| {
            let (names, def) = self.method_def(name, trail)?;
            names.result_of_function(def, trail)
        })
    }
}

impl<'a> Names<'a> {
    /// What `Class.attrs` refers to.
    pub(super) fn class_member(
        &self,
        binding: &Binding,
        attrs: &[&str],
        trail: &mut Trail,
    ) -> Target<'a> {
        let class = binding.stmt.and_then(|stmt| Class::at(*self, stmt));
        let ([attr], Some(class)) = (attrs, class) else {
            return Target::Nothing;
        };
        match class.member(attr, trail) {
            Some(Member::Bound(names, scope)) => Target::Bound(names, scope, attr.to_string()),
            Some(Member::Outside(name)) => Target::Outside(name),
            _ => Target::Nothing,
        }
    }

    /// The statements that assign to attributes of `self`, by class and attribute.
    fn kept(&self) -> &'a HashMap<(ScopeId, String), Vec<StmtId>> {
        self.memo
            .kept
            .get_or_init(|| kept(self.module, self.scopes))
    }

    /// The scope, value and annotation of an assignment to one target.
    pub(super) fn assigned(&self, stmt: StmtId) -> Option<(ScopeId, &'a Expr, Option<&'a Expr>)> {
        let scope = self.scopes.of_stmt(self.module, stmt);
        match &self.module.stmt(stmt).kind {
            StmtKind::Assign { value, .. } => Some((scope, value, None)),
            StmtKind::AnnAssign {
                value: Some(value),
                annotation,
                ..
            } => Some((scope, value, Some(annotation))),
            _ => None,
        }
    }

    /// The scope that the definition binds its name in.
    fn scope_of_def(&self, def: &FunctionDef) -> Option<ScopeId> {
        self.scopes.scope(self.scopes.of_block(def.body)).parent
    }
}

/// See [`Names::kept`].
fn kept(module: &Module, scopes: &Scopes) -> HashMap<(ScopeId, String), Vec<StmtId>> {
    let mut found: HashMap<(ScopeId, String), Vec<StmtId>> = HashMap::new();
    for stmt in &module.stmts {
        let targets = match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets.iter().collect(),
            StmtKind::AnnAssign { target, .. } => vec![target],
            _ => continue,
        };
        for target in targets {
            let ExprKind::Attribute { value, attr } = &target.kind else {
                continue;
            };
            let ExprKind::Name(owner) = &value.kind else {
                continue;
            };
            let method = scopes.scope(scopes.of_block(stmt.block));
            let class = method.parent.map(|parent| scopes.scope(parent));
            let is_self = method
                .bindings
                .get(owner)
                .is_some_and(|all| all.iter().any(|b| b.kind == BindingKind::Param(0)));
            if let Some(class) = class.filter(|class| class.kind == ScopeKind::Class && is_self) {
                found
                    .entry((class.id, attr.clone()))
                    .or_default()
                    .push(stmt.id);
            }
        }
    }
    found
}
