//! The types of expressions, as far as resources hang on them.

use super::classes::Class;
use super::names::{Names, Target};
use super::trail::Trail;
use crate::catalog::{Catalog, Decorator};
use crate::syntax::{
    Arg, Binding, BindingKind, Expr, ExprKind, FunctionDef, ScopeId, ScopeKind, StmtKind,
};

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Type<'a> {
    /// An object of a class outside the project, by its dotted name.
    Named(String),
    /// An object of a class of the project.
    Class(Class<'a>),
    /// Something that yields such objects when it is indexed or iterated.
    Many(Box<Type<'a>>),
}

impl<'a> Type<'a> {
    /// The type that the catalog calls `name`; `[T]` is something that yields `T`.
    fn from_catalog(name: String) -> Type<'a> {
        match name
            .strip_prefix('[')
            .and_then(|rest| rest.strip_suffix(']'))
        {
            Some(element) => Type::Many(Box::new(Type::Named(element.to_string()))),
            None => Type::Named(name),
        }
    }

    /// The type of something outside the project, by its dotted name.
    pub fn of_attribute(dotted: &str) -> Option<Type<'a>> {
        Catalog::get()
            .type_of_attribute(dotted)
            .map(Type::from_catalog)
    }

    /// The type of what calling something outside the project gives.
    pub fn of_call(dotted: &str) -> Option<Type<'a>> {
        Catalog::get()
            .type_of_call(dotted, &|_, _| None)
            .map(Type::from_catalog)
    }

    /// The type of what calling the object gives.
    pub fn called(&self, trail: &mut Trail) -> Option<Type<'a>> {
        match self {
            Type::Named(name) => Catalog::get()
                .resource(&format!("{name}.__call__"))?
                .instance
                .clone()
                .map(Type::from_catalog),
            Type::Class(class) => class.type_of_call("__call__", trail),
            Type::Many(_) => None,
        }
    }

    /// What it yields.
    fn element(self) -> Option<Type<'a>> {
        match self {
            Type::Many(element) => Some(*element),
            _ => None,
        }
    }

    /// The type of its attribute `attr`.
    fn attribute(&self, attr: &str, trail: &mut Trail) -> Option<Type<'a>> {
        match self {
            Type::Named(name) => Type::of_attribute(&format!("{name}.{attr}")),
            Type::Class(class) => class.type_of_attribute(attr, trail),
            Type::Many(_) => None,
        }
    }
}

impl<'a> Names<'a> {
    /// The dotted name of the class of what `expr` gives, where that is one of the catalog: of variables that are bound in
    /// one way or annotated, of calls of classes, and of what the catalog knows.
    pub fn type_of(&self, expr: &Expr, scope: ScopeId) -> Option<String> {
        match self.type_at(expr, scope, &mut Trail::default())? {
            Type::Named(name) => Some(name),
            _ => None,
        }
    }

    pub(super) fn type_at(
        &self,
        expr: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        trail.down(|trail| self.type_here(expr, scope, trail))
    }

    fn type_here(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Type<'a>> {
        match &expr.kind {
            ExprKind::Name(name) => match self.target(expr, scope, trail) {
                // Bound more than once, perhaps always to the same type.
                Target::Nothing if !self.is_inner(name, expr.span) => {
                    self.type_of_variable(self.scopes.resolve(scope, name)?, name, trail)
                }
                target => self.type_of_target(&target, trail),
            },
            ExprKind::Attribute { value, attr } => match self.target(expr, scope, trail) {
                Target::Nothing => self.type_at(value, scope, trail)?.attribute(attr, trail),
                target => self.type_of_target(&target, trail),
            },
            ExprKind::Call { func, args } => self.type_of_call(func, args, scope, trail),
            ExprKind::Await(value) | ExprKind::Walrus { value, .. } => {
                self.type_at(value, scope, trail)
            }
            ExprKind::Binary { op, left, right } => [left, right].into_iter().find_map(|side| {
                let Type::Named(class) = self.type_at(side, scope, trail)? else {
                    return None;
                };
                let result = Catalog::get().type_of_operator(&class, op);
                result.map(Type::from_catalog)
            }),
            ExprKind::Subscript { value, .. } => self.type_at(value, scope, trail)?.element(),
            ExprKind::IfExp { body, orelse, .. } => {
                let types: Vec<Type> = [body, orelse]
                    .into_iter()
                    .filter(|side| !matches!(side.kind, ExprKind::None))
                    .map(|side| self.type_at(side, scope, trail))
                    .collect::<Option<_>>()?;
                same(types)
            }
            ExprKind::Bool {
                is_and: false,
                left,
                right,
            } => same(vec![
                self.type_at(left, scope, trail)?,
                self.type_at(right, scope, trail)?,
            ]),
            _ => None,
        }
    }

    fn type_of_target(&self, target: &Target<'a>, trail: &mut Trail) -> Option<Type<'a>> {
        match target {
            Target::Outside(name) => Type::of_attribute(name),
            Target::Bound(names, scope, name) => names.type_of_variable(*scope, name, trail),
            Target::Missing(_) | Target::Nothing => None,
        }
    }

    /// The type of a name bound in this file: what its annotation says, else what all its bindings give.
    pub(super) fn type_of_variable(
        &self,
        scope: ScopeId,
        name: &str,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        trail.through_variable(self.file(), scope.0, name, |trail, looks| {
            let bindings = self.scopes.scope(scope).bindings.get(name)?;
            if let Some(annotated) = bindings
                .iter()
                .find_map(|binding| self.annotation_of(binding, name))
            {
                let said = self.annotated(annotated, scope, trail);
                let values = bindings.iter().filter_map(|binding| {
                    Some((self.value_of(binding, name)?, self.scope_of(binding)))
                });
                return self.type_that_lends(values, trail).or(said);
            }
            // `p = p / "x"` depends on what p was before: ask the first binding.
            let bindings = self.bindings(scope, name);
            let bindings = if looks == 0 {
                &bindings[..]
            } else {
                bindings.get(..1).filter(|_| looks == 1)?
            };
            same(
                bindings
                    .iter()
                    .map(|binding| self.type_of_binding(binding, name, trail))
                    .collect::<Option<_>>()?,
            )
        })
    }

    fn type_of_binding(
        &self,
        binding: &Binding,
        name: &str,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        let scope = self.scope_of(binding);
        if let Some(value) = self.value_of(binding, name) {
            return self.type_at(value, scope, trail);
        }
        match (&binding.kind, &self.module.stmt(binding.stmt?).kind) {
            (BindingKind::Param(0), StmtKind::FunctionDef(def)) => self.own_class(scope, def),
            (BindingKind::For, StmtKind::For { target, iter, .. })
                if matches!(target.kind, ExprKind::Name(_)) =>
            {
                self.type_at(iter, scope, trail)?.element()
            }
            (BindingKind::With(item), StmtKind::With { items, .. }) => {
                self.type_entered(&items.get(*item)?.context, scope, trail)
            }
            _ => None,
        }
    }

    /// The class around a method's definition, for its first parameter.
    fn own_class(&self, scope: ScopeId, def: &'a FunctionDef) -> Option<Type<'a>> {
        let class = self.scopes.scope(scope);
        let is_static = self
            .decorators(def)
            .any(|decorator| decorator == Some(Decorator::Static));
        if class.kind != ScopeKind::Class || is_static {
            return None;
        }
        Class::at(*self, class.stmt?).map(Type::Class)
    }

    /// What the `as` behind `context` is bound to.
    fn type_entered(&self, context: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<Type<'a>> {
        let context = match &context.kind {
            ExprKind::Await(inner) => inner,
            _ => context,
        };
        let ExprKind::Call { func, .. } = &context.kind else {
            let Type::Class(class) = self.type_at(context, scope, trail)? else {
                return None;
            };
            return class.entered(trail);
        };
        // Resources are what their own `as` gives.
        let instance = self
            .entered(func, scope, trail)
            .and_then(|provided| provided.resource.instance.clone());
        instance.map(Type::from_catalog).or_else(|| {
            let Type::Class(class) = self.type_at(context, scope, trail)? else {
                return None;
            };
            class.entered(trail)
        })
    }

    /// The annotation of a parameter or variable.
    fn annotation_of(&self, binding: &Binding, name: &str) -> Option<&'a Expr> {
        match (&binding.kind, &self.module.stmt(binding.stmt?).kind) {
            (BindingKind::Param(index), StmtKind::FunctionDef(def)) => def
                .params
                .get(*index)
                .filter(|param| param.stars == 0 && param.name == name)?
                .annotation
                .as_ref(),
            (
                BindingKind::Assign | BindingKind::Annotation,
                StmtKind::AnnAssign { annotation, .. },
            ) => Some(annotation),
            _ => None,
        }
    }

    fn type_of_call(
        &self,
        func: &Expr,
        args: &[Arg],
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        let catalog = Catalog::get();
        let argument = |keyword: &str, position: usize| {
            let named = args
                .iter()
                .find(|arg| arg.keyword.as_deref() == Some(keyword));
            let placed = || {
                args.get(position).filter(|_| {
                    args[..=position]
                        .iter()
                        .all(|arg| arg.keyword.is_none() && arg.stars == 0)
                })
            };
            self.dotted(&named.or_else(placed)?.value, scope)
        };
        match self.target(func, scope, trail) {
            Target::Outside(name) => catalog
                .type_of_call(&name, &argument)
                .map(Type::from_catalog),
            Target::Bound(names, at, name) => names.result_of(at, &name, trail),
            Target::Missing(_) => None,
            Target::Nothing => {
                let ExprKind::Attribute { value, attr } = &func.kind else {
                    // `make_factory()()`
                    let made = self.type_at(func, scope, trail)?;
                    return made.called(trail);
                };
                match self.type_at(value, scope, trail)? {
                    Type::Named(base) => catalog
                        .type_of_call(&format!("{base}.{attr}"), &argument)
                        .map(Type::from_catalog),
                    Type::Class(class) => class.type_of_call(attr, trail),
                    Type::Many(_) => None,
                }
            }
        }
    }

    /// The type of what calling a name of this file gives.
    pub(super) fn result_of(
        &self,
        scope: ScopeId,
        name: &str,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        let binding = self.binding(scope, name);
        let stmt = binding.and_then(|binding| binding.stmt);
        match (
            binding.map(|binding| &binding.kind),
            stmt.map(|stmt| &self.module.stmt(stmt).kind),
        ) {
            (Some(BindingKind::Function), Some(StmtKind::FunctionDef(def))) => trail
                .through_function(self.file(), stmt?, |trail| {
                    self.result_of_function(def, trail)
                }),
            (Some(BindingKind::Class), _) => Class::at(*self, stmt?).map(Type::Class),
            // `cls()`
            (Some(BindingKind::Param(0)), Some(StmtKind::FunctionDef(def)))
                if self
                    .decorators(def)
                    .any(|decorator| decorator == Some(Decorator::Bound)) =>
            {
                self.own_class(self.scopes.of_stmt(self.module, stmt?), def)
            }
            _ => {
                let factory = self.type_of_variable(scope, name, trail)?;
                factory.called(trail)
            }
        }
    }

    /// The type of one of these values, if it lends: an annotation often says `sessionmaker` of a `scoped_session`.
    pub(super) fn type_that_lends<'e>(
        &self,
        values: impl Iterator<Item = (&'e Expr, ScopeId)>,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        let mut values = values;
        values.find_map(|(value, scope)| {
            let typed = trail.down(|trail| self.type_at(value, scope, trail))?;
            matches!(&typed, Type::Named(class) if Catalog::get().shared_type(class).is_some())
                .then_some(typed)
        })
    }

    pub(super) fn result_of_function(
        &self,
        def: &'a FunctionDef,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        let scope = self.scopes.of_block(def.body);
        let is_plain = self
            .decorators(def)
            .all(|decorator| decorator.is_some_and(|known| known != Decorator::Manager));
        if !is_plain || self.scopes.scope(scope).is_generator {
            return None;
        }
        if let Some(returns) = &def.returns
            && let Some(class) = self.annotated(returns, scope, trail)
        {
            let values = self.returns(def).into_iter().flatten();
            let values = values.map(|value| (value, scope));
            return self.type_that_lends(values, trail).or(Some(class));
        }
        let values = self
            .returns(def)
            .into_iter()
            .flatten()
            .filter(|value| !matches!(value.kind, ExprKind::None));
        same(
            values
                .map(|value| self.type_at(value, scope, trail))
                .collect::<Option<_>>()?,
        )
    }
}

/// The one type of a list of them.
pub(super) fn same(types: Vec<Type<'_>>) -> Option<Type<'_>> {
    let mut types = types.into_iter();
    let first = types.next()?;
    types.all(|other| other == first).then_some(first)
}
