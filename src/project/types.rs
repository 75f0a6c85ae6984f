//! The types of expressions, as far as resources hang on them.

use super::names::{Names, Target};
use super::trail::Trail;
use crate::catalog::Catalog;
use crate::syntax::{
    self, Arg, Binding, BindingKind, Expr, ExprKind, FunctionDef, ScopeId, StmtKind,
};

/// Generic types that are what their one argument is.
const TRANSPARENT: [&str; 6] = [
    "Optional",
    "Annotated",
    "Final",
    "ClassVar",
    "Union",
    "Mapped",
];
/// Generic types that yield their one argument.
const SEQUENCES: [&str; 10] = [
    "list",
    "List",
    "Sequence",
    "Iterable",
    "Iterator",
    "set",
    "Set",
    "Collection",
    "tuple",
    "Tuple",
];

impl Names<'_> {
    /// The dotted name of the class of what `expr` gives: of variables that are bound in one way or annotated, of calls of
    /// classes, and of what the catalog knows. `[T]` is something that yields `T`.
    pub fn type_of(&self, expr: &Expr, scope: ScopeId) -> Option<String> {
        self.type_at(expr, scope, &mut Trail::default())
    }

    pub(super) fn type_at(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<String> {
        trail.down(|trail| self.type_here(expr, scope, trail))
    }

    fn type_here(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Option<String> {
        let catalog = Catalog::get();
        match &expr.kind {
            ExprKind::Name(name) => match self.target(expr, scope, trail) {
                // Bound more than once, perhaps always to the same type.
                Target::Nothing if !self.is_inner(name, expr.span) => {
                    self.type_of_variable(self.scopes.resolve(scope, name)?, name, trail)
                }
                target => self.type_of_target(&target, trail),
            },
            ExprKind::Attribute { value, attr } => match self.target(expr, scope, trail) {
                Target::Nothing => {
                    let base = self.type_at(value, scope, trail)?;
                    catalog.type_of_attribute(&format!("{base}.{attr}"))
                }
                target => self.type_of_target(&target, trail),
            },
            ExprKind::Call { func, args } => self.type_of_call(func, args, scope, trail),
            ExprKind::Await(value) | ExprKind::Walrus { value, .. } => {
                self.type_at(value, scope, trail)
            }
            ExprKind::Binary { op, left, right } => [left, right].into_iter().find_map(|side| {
                let class = self.type_at(side, scope, trail)?;
                catalog.type_of_operator(&class, op)
            }),
            ExprKind::Subscript { value, .. } => element(&self.type_at(value, scope, trail)?),
            ExprKind::IfExp { body, orelse, .. } => {
                let types: Vec<String> = [body, orelse]
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

    pub(super) fn type_of_target(&self, target: &Target, trail: &mut Trail) -> Option<String> {
        match target {
            Target::Outside(name) => Catalog::get().type_of_attribute(name),
            Target::Here(scope, name) => self.type_of_variable(*scope, name, trail),
            Target::There(source, name) => {
                Names::of_source(source, self.project).type_of_variable(ScopeId(0), name, trail)
            }
            Target::Missing(_) | Target::Nothing => None,
        }
    }

    /// The type of a name bound in this file: what its annotation says, else what all its bindings give.
    pub(super) fn type_of_variable(
        &self,
        scope: ScopeId,
        name: &str,
        trail: &mut Trail,
    ) -> Option<String> {
        trail.through_variable(self.file(), scope.0, name, |trail, looks| {
            let bindings = self.scopes.scope(scope).bindings.get(name)?;
            if let Some(annotated) = bindings
                .iter()
                .find_map(|binding| self.annotation_of(binding, name))
            {
                return self.annotated(annotated, scope, trail);
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

    fn type_of_binding(&self, binding: &Binding, name: &str, trail: &mut Trail) -> Option<String> {
        let scope = self.scope_of(binding);
        if let Some(value) = self.value_of(binding, name) {
            return self.type_at(value, scope, trail);
        }
        match (&binding.kind, &self.module.stmt(binding.stmt?).kind) {
            (BindingKind::For, StmtKind::For { target, iter, .. })
                if matches!(target.kind, ExprKind::Name(_)) =>
            {
                element(&self.type_at(iter, scope, trail)?)
            }
            (BindingKind::With(item), StmtKind::With { items, .. }) => {
                let ExprKind::Call { func, .. } = &items.get(*item)?.context.kind else {
                    return None;
                };
                // Resources are what their own `as` gives; nothing is known of other context managers.
                self.acquired(func, scope, trail)?.resource.instance.clone()
            }
            _ => None,
        }
    }

    /// The annotation of a parameter or variable.
    fn annotation_of(&self, binding: &Binding, name: &str) -> Option<&Expr> {
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

    /// The type an annotation names. `Optional[T]` and `T | None` are T.
    pub(super) fn annotated(
        &self,
        annotation: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<String> {
        trail.down(|trail| match &annotation.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => self
                .dotted_of(&self.target(annotation, scope, trail))
                .filter(|name| !name.starts_with("builtins.")),
            ExprKind::Str(Some(text)) => {
                let module = syntax::parse(text);
                let [stmt] = module.block(module.body).stmts.as_slice() else {
                    return None;
                };
                let StmtKind::Expr(expr) = &module.stmt(*stmt).kind else {
                    return None;
                };
                self.annotated(expr, scope, trail)
            }
            ExprKind::Binary { op, left, right } if op == "|" => {
                let is_none = |side: &Expr| matches!(side.kind, ExprKind::None);
                match (is_none(left), is_none(right)) {
                    (false, true) => self.annotated(left, scope, trail),
                    (true, false) => self.annotated(right, scope, trail),
                    _ => None,
                }
            }
            ExprKind::Subscript { value, index } => self.generic(value, index, scope, trail),
            _ => None,
        })
    }

    fn generic(
        &self,
        value: &Expr,
        index: &[Expr],
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<String> {
        let (ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. }) = &value.kind else {
            return None;
        };
        let parts: Vec<&Expr> = match index {
            [
                Expr {
                    kind: ExprKind::Tuple(parts),
                    ..
                },
            ] => parts.iter().collect(),
            parts => parts.iter().collect(),
        };
        if SEQUENCES.contains(&name.as_str()) {
            return self
                .annotated(parts.first()?, scope, trail)
                .map(|class| format!("[{class}]"));
        }
        if !TRANSPARENT.contains(&name.as_str()) {
            // `sessionmaker[Session]`
            return self.annotated(value, scope, trail);
        }
        let mut parts = parts
            .into_iter()
            .filter(|part| !matches!(part.kind, ExprKind::None));
        let first = parts.next()?;
        let only = name == "Annotated" || parts.next().is_none();
        if only {
            self.annotated(first, scope, trail)
        } else {
            None
        }
    }

    fn type_of_call(
        &self,
        func: &Expr,
        args: &[Arg],
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<String> {
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
            Target::Outside(name) => catalog.type_of_call(&name, &argument),
            Target::Here(at, name) => self.result_of(at, &name, trail),
            Target::There(source, name) => {
                Names::of_source(&source, self.project).result_of(ScopeId(0), &name, trail)
            }
            Target::Missing(_) => None,
            Target::Nothing => {
                let ExprKind::Attribute { value, attr } = &func.kind else {
                    return None;
                };
                let base = self.type_at(value, scope, trail)?;
                catalog.type_of_call(&format!("{base}.{attr}"), &argument)
            }
        }
    }

    /// The type of what calling a name of this file gives.
    fn result_of(&self, scope: ScopeId, name: &str, trail: &mut Trail) -> Option<String> {
        let binding = self.binding(scope, name)?;
        let stmt = binding.stmt?;
        match (&binding.kind, &self.module.stmt(stmt).kind) {
            (BindingKind::Function, StmtKind::FunctionDef(def)) => {
                trail.through_function(self.file(), stmt, |trail| {
                    self.result_of_function(def, trail)
                })
            }
            (BindingKind::Class, _) => None,
            _ => {
                let factory = self.type_of_variable(scope, name, trail)?;
                Catalog::get()
                    .resource(&format!("{factory}.__call__"))?
                    .instance
                    .clone()
            }
        }
    }

    fn result_of_function(&self, def: &FunctionDef, trail: &mut Trail) -> Option<String> {
        let scope = self.scopes.of_block(def.body);
        if !def.decorators.is_empty() || self.scopes.scope(scope).is_generator {
            return None;
        }
        if let Some(returns) = &def.returns
            && let Some(class) = self.annotated(returns, scope, trail)
        {
            return Some(class);
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

/// What something of type `[T]` yields.
fn element(class: &str) -> Option<String> {
    class.strip_prefix('[')?.strip_suffix(']').map(String::from)
}

/// The one type of a list of them.
fn same(types: Vec<String>) -> Option<String> {
    let first = types.first()?.clone();
    types.iter().all(|other| *other == first).then_some(first)
}
