//! From a call to the function of the project that it runs.

use super::classes::Class;
use super::names::{Names, Target};
use super::trail::Trail;
use super::types::Type;
use crate::catalog::Decorator;
use crate::syntax::{
    Arg, BindingKind, Expr, ExprKind, FunctionDef, Param, ScopeId, ScopeKind, StmtId, StmtKind,
};

/// A function of the project, as what a call runs.
#[derive(Clone, Copy, Debug)]
pub struct Function<'a> {
    /// The names of the file it stands in.
    pub names: Names<'a>,
    /// Its definition.
    pub stmt: StmtId,
    /// The same.
    pub def: &'a FunctionDef,
    /// Whether the call fills its first parameter by itself (`self`).
    pub bound: bool,
    /// Whether it is the `__init__` of a class that is called.
    pub makes: bool,
}

impl<'a> Function<'a> {
    /// The parameter that gets the argument number `index` of `args`; nothing for `*args` and the like, on either side.
    pub fn param(&self, args: &[Arg], index: usize) -> Option<&'a Param> {
        let arg = args.get(index)?;
        let params = &self.def.params;
        if arg.stars > 0 {
            return None;
        }
        let found = match &arg.keyword {
            Some(keyword) => params.iter().find(|param| param.name == *keyword)?,
            None => {
                let place = index + usize::from(self.bound);
                let spread = |param: &Param| param.stars > 0;
                if args[..index].iter().any(|arg| arg.stars > 0)
                    || params.iter().take(place).any(spread)
                {
                    return None;
                }
                params.get(place)?
            }
        };
        (found.stars == 0).then_some(found)
    }
}

/// How a generator function is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// As a context manager: it goes on in any case, and exceptions of the `with` come out of its `yield`.
    Manager,
    /// As a fixture of a test: it goes on in any case, and nothing comes out of its `yield`.
    Fixture,
    /// In any way: it may be thrown away at its `yield`.
    Unknown,
}

impl<'a> Names<'a> {
    /// The function of this or another file that a call of `func` runs.
    pub fn function(&self, func: &Expr, scope: ScopeId) -> Option<Function<'a>> {
        self.function_through(func, scope, &mut Trail::default())
    }

    /// The same, as a part of another question.
    pub(super) fn function_through(
        &self,
        func: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Function<'a>> {
        match self.target(func, scope, trail) {
            Target::Bound(..) if self.is_patched(func) => None,
            Target::Bound(names, at, name) => {
                let binding = names.binding(at, &name)?;
                if binding.kind == BindingKind::Class {
                    let class = Class::at(names, binding.stmt?)?;
                    let (names, stmt) = class.method("__init__", trail)?;
                    return Some(Function {
                        bound: true,
                        makes: true,
                        ..names.function_at(stmt)?
                    });
                }
                let stmt = binding
                    .stmt
                    .filter(|_| binding.kind == BindingKind::Function)?;
                let function = names.function_at(stmt)?;
                // Through its class: only a class method gets something by itself.
                let is_method = names.scopes.scope(at).kind == ScopeKind::Class;
                let by_class = names
                    .decorators(function.def)
                    .any(|decorator| decorator == Some(Decorator::Bound));
                Some(Function {
                    bound: is_method && by_class,
                    ..function
                })
            }
            Target::Nothing => {
                let ExprKind::Attribute { value, attr } = &func.kind else {
                    return None;
                };
                let Type::Class(class) = self.type_at(value, scope, trail)? else {
                    return None;
                };
                if self.may_be_subclass(value, scope) && !class.overriding(attr).is_empty() {
                    return None;
                }
                let (names, stmt) = class.method(attr, trail)?;
                if class.is_overridden(attr) {
                    return None;
                }
                let function = names.function_at(stmt)?;
                let is_static = names
                    .decorators(function.def)
                    .any(|decorator| decorator == Some(Decorator::Static));
                Some(Function {
                    bound: !is_static,
                    ..function
                })
            }
            Target::Outside(_) | Target::Missing(_) => None,
        }
    }

    fn function_at(&self, stmt: StmtId) -> Option<Function<'a>> {
        match &self.module.stmt(stmt).kind {
            StmtKind::FunctionDef(def) => Some(Function {
                names: *self,
                stmt,
                def,
                bound: false,
                makes: false,
            }),
            _ => None,
        }
    }

    /// What is known of how a generator function is used.
    pub fn lifetime(&self, def: &'a FunctionDef) -> Lifetime {
        self.decorators(def)
            .find_map(|decorator| match decorator? {
                Decorator::Manager => Some(Lifetime::Manager),
                Decorator::Fixture => Some(Lifetime::Fixture),
                _ => None,
            })
            .unwrap_or(Lifetime::Unknown)
    }

    /// Whether a method is there for others to fill in: what runs in its place cannot be read here.
    pub fn is_left_open(&self, def: &'a FunctionDef) -> bool {
        let is_method = self
            .scopes
            .scope(self.scopes.of_block(def.body))
            .parent
            .is_some_and(|parent| self.scopes.scope(parent).kind == ScopeKind::Class);
        let says_nothing = |id: &StmtId| match &self.module.stmt(*id).kind {
            StmtKind::Pass | StmtKind::Raise { .. } => true,
            StmtKind::Expr(value) => match &value.kind {
                ExprKind::Number => true, // `...`
                other => matches!(other, ExprKind::Str(_)),
            },
            StmtKind::Return(value) => value
                .as_ref()
                .is_none_or(|value| matches!(value.kind, ExprKind::None)),
            _ => false,
        };
        let is_abstract = self
            .decorators(def)
            .any(|decorator| decorator == Some(Decorator::Abstract));
        let body = &self.module.block(def.body).stmts;
        is_method && (is_abstract || (def.name != "__init__" && body.iter().all(says_nothing)))
    }

    /// Whether all that is known of the function's decorators is that they leave it as it is.
    pub fn is_plain(&self, def: &'a FunctionDef) -> bool {
        self.decorators(def).all(|decorator| {
            matches!(
                decorator,
                Some(Decorator::Static | Decorator::Bound | Decorator::Plain | Decorator::Abstract)
            )
        })
    }
}
