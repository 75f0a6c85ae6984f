//! What the names in one file stand for.

use std::collections::HashMap;
use std::path::Path;

use super::Project;
use super::imports::{self, ImportPath};
use super::source::{Memo, Source};
use super::trail::Trail;
use crate::catalog::Catalog;
use crate::syntax::{
    BindingKind, CompClause, Expr, ExprKind, Module, ScopeId, ScopeKind, Scopes, Span, walk_exprs,
};

/// The names of one file; cheap to copy.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a> {
    /// The file.
    pub path: &'a Path,
    /// Its text.
    pub text: &'a str,
    /// Its statements.
    pub module: &'a Module,
    /// Its scopes.
    pub scopes: &'a Scopes,
    pub(super) project: &'a Project,
    pub(super) memo: &'a Memo,
}

/// What an expression refers to.
#[derive(Debug, Default)]
pub(super) enum Target<'a> {
    /// Something outside the project, by its absolute dotted name.
    Outside(String),
    /// A name bound in a scope of this or another file.
    Bound(Names<'a>, ScopeId, String),
    /// A name that nothing readable binds.
    Missing(String),
    /// Anything that is not a name.
    #[default]
    Nothing,
}

/// The scope of a file's top level.
pub(super) const TOP: ScopeId = ScopeId(0);

impl<'a> Names<'a> {
    /// The names of the file at `path`, whose contents are `text`; what is found out about it is kept in `memo`.
    pub fn new(
        path: &'a Path,
        text: &'a str,
        module: &'a Module,
        scopes: &'a Scopes,
        project: &'a Project,
        memo: &'a Memo,
    ) -> Names<'a> {
        Names {
            path,
            text,
            module,
            scopes,
            project,
            memo,
        }
    }

    pub(super) fn of_source(source: &'a Source, project: &'a Project) -> Names<'a> {
        let Source {
            path,
            text,
            module,
            scopes,
            memo,
        } = source;
        Names::new(path, text, module, scopes, project, memo)
    }

    /// The absolute dotted name of what `expr` refers to, through imports and aliases: `S` may be
    /// `sqlalchemy.orm.Session`, `open` is `builtins.open`. `None` for what is bound in a function or class, and for what
    /// is no name at all.
    pub fn dotted(&self, expr: &Expr, scope: ScopeId) -> Option<String> {
        self.dotted_of(&self.target(expr, scope, &mut Trail::default()))
    }

    pub(super) fn dotted_of(&self, target: &Target<'a>) -> Option<String> {
        match target {
            Target::Outside(name) => Some(Catalog::get().canonical(name)),
            Target::Bound(names, scope, name)
                if names.scopes.scope(*scope).kind != ScopeKind::Function =>
            {
                Some(names.display(*scope, name))
            }
            Target::Missing(name) if name.contains('.') => Some(name.clone()),
            _ => None,
        }
    }

    /// The name of something bound in `scope`, for people: dotted, from its module on; a local one is itself.
    pub(super) fn display(&self, scope: ScopeId, name: &str) -> String {
        let info = self.scopes.scope(scope);
        match info.kind {
            ScopeKind::Module => self.own_name(name),
            ScopeKind::Class => self.own_name(&format!("{}.{name}", info.name)),
            ScopeKind::Function => name.to_string(),
        }
    }

    /// The dotted name of something at the top level of this file.
    pub(super) fn own_name(&self, name: &str) -> String {
        let module = self
            .memo
            .module_name
            .get_or_init(|| imports::module_name(self.path));
        if module.is_empty() {
            name.to_string()
        } else {
            format!("{module}.{name}")
        }
    }

    /// What `expr` refers to, seen from `scope`.
    pub(super) fn target(&self, expr: &Expr, scope: ScopeId, trail: &mut Trail) -> Target<'a> {
        let mut attrs = Vec::new();
        let mut at = expr;
        while let ExprKind::Attribute { value, attr } = &at.kind {
            attrs.push(attr.as_str());
            at = value;
        }
        attrs.reverse();
        match &at.kind {
            ExprKind::Name(name) if !self.is_inner(name, at.span) => {
                self.target_of_name(scope, name, &attrs, trail)
            }
            _ => Target::Nothing,
        }
    }

    /// What `name.attrs` refers to, seen from `scope`.
    pub(super) fn target_of_name(
        &self,
        scope: ScopeId,
        name: &str,
        attrs: &[&str],
        trail: &mut Trail,
    ) -> Target<'a> {
        let Some(scope) = self.scopes.resolve(scope, name) else {
            return self.unbound(name, attrs, trail);
        };
        let Some(binding) = self.binding(scope, name) else {
            return Target::Nothing;
        };
        if scope == TOP
            && let Some(target) = self.starred(name, attrs, binding.stmt, trail)
        {
            return target;
        }
        let here = || Target::Bound(*self, scope, name.to_string());
        if let Some(import) = self.import_of(binding, attrs) {
            return trail.down(|trail| self.follow(import, trail));
        }
        match &binding.kind {
            BindingKind::Assign => {
                // An alias: `Session = orm.Session`.
                let value = self
                    .value_of(binding, name)
                    .map(|value| (value, self.scope_of(binding)));
                match value {
                    Some((value, at))
                        if matches!(value.kind, ExprKind::Name(_) | ExprKind::Attribute { .. }) =>
                    {
                        match trail.down(|trail| self.alias(value, at, attrs, trail)) {
                            Target::Nothing if attrs.is_empty() => here(),
                            target => target,
                        }
                    }
                    _ if attrs.is_empty() => here(),
                    _ => Target::Nothing,
                }
            }
            _ if attrs.is_empty() => here(),
            BindingKind::Class => self.class_member(binding, attrs, trail),
            _ => Target::Nothing,
        }
    }

    fn alias(&self, value: &Expr, scope: ScopeId, attrs: &[&str], trail: &mut Trail) -> Target<'a> {
        match self.target(value, scope, trail) {
            target if attrs.is_empty() => target,
            Target::Outside(name) => Target::Outside(format!("{name}.{}", attrs.join("."))),
            Target::Bound(names, scope, name) => match names.binding(scope, &name) {
                Some(binding) if binding.kind == BindingKind::Class => {
                    names.class_member(binding, attrs, trail)
                }
                _ => Target::Nothing,
            },
            _ => Target::Nothing,
        }
    }

    /// What an import leads to.
    pub(super) fn follow(&self, import: ImportPath, trail: &mut Trail) -> Target<'a> {
        let dotted = self.project.dotted(&import);
        // The catalog's names are what they are, also where a directory of the project is called the same.
        if import.base.is_none() && Catalog::get().knows(&dotted) {
            return Target::Outside(dotted);
        }
        let Some(found) = self.project.module(self.path, &import) else {
            return if import.base.is_none() {
                Target::Outside(dotted)
            } else {
                Target::Missing(dotted)
            };
        };
        let Some((name, attrs)) = import.parts[found.taken..].split_first() else {
            return Target::Nothing;
        };
        let Some(source) = self.project.source(&found.path) else {
            return Target::Missing(dotted);
        };
        let attrs: Vec<&str> = attrs.iter().map(String::as_str).collect();
        let names = Names::of_source(source, self.project);
        match names.scopes.resolve(TOP, name) {
            Some(_) => names.target_of_name(TOP, name, &attrs, trail),
            None => names
                .starred(name, &attrs, None, trail)
                .unwrap_or(Target::Missing(dotted)),
        }
    }

    /// What a name is that nothing in this file binds: taken in by `import *`, or Python's own.
    fn unbound(&self, name: &str, attrs: &[&str], trail: &mut Trail) -> Target<'a> {
        if let Some(target) = self.starred(name, attrs, None, trail) {
            return target;
        }
        let dotted = [&[name], attrs].concat().join(".");
        if Catalog::get().is_builtin(name) {
            Target::Outside(format!("builtins.{dotted}"))
        } else if attrs.is_empty() {
            Target::Missing(dotted)
        } else {
            Target::Nothing
        }
    }

    /// Whether `name` at `span` belongs to a lambda or comprehension around it; those are no scopes of their own.
    pub(super) fn is_inner(&self, name: &str, span: Span) -> bool {
        let inner = self.memo.inner.get_or_init(|| inner_names(self.module));
        inner
            .get(name)
            .is_some_and(|places| places.iter().any(|place| place.contains(span)))
    }

    pub(super) fn is_function(&self, scope: ScopeId) -> bool {
        self.scopes.scope(scope).kind == ScopeKind::Function
    }

    /// A number for this file that no other one has while both are in use.
    pub(crate) fn file(&self) -> usize {
        std::ptr::from_ref(self.module).addr()
    }
}

/// See [`Memo::inner`].
fn inner_names(module: &Module) -> HashMap<String, Vec<Span>> {
    let mut found: HashMap<String, Vec<Span>> = HashMap::new();
    let mut bind = |name: &str, place| found.entry(name.to_string()).or_default().push(place);
    for stmt in &module.stmts {
        walk_exprs(stmt, &mut |expr| match &expr.kind {
            ExprKind::Lambda { params, body } => params
                .iter()
                .for_each(|param| bind(&param.name, body.outer)),
            ExprKind::Comprehension { clauses, .. } => {
                for clause in clauses {
                    let CompClause::For { target, .. } = clause else {
                        continue;
                    };
                    target.walk(&mut |part| {
                        if let ExprKind::Name(name) = &part.kind {
                            bind(name, expr.span);
                        }
                        true
                    });
                }
            }
            _ => {}
        });
    }
    found
}
