//! Which of the bindings of a name say what it is.

use super::imports::ImportPath;
use super::names::{Names, TOP};
use crate::syntax::{
    Binding, BindingKind, Expr, ExprKind, Role, ScopeId, StmtId, StmtKind, walk_exprs,
};

impl<'a> Names<'a> {
    /// The one binding that says what `name` is in `scope`; several bindings say nothing, but for imports of which one
    /// counts. A `None` that stands in until there is a value does not count.
    pub(super) fn binding(&self, scope: ScopeId, name: &str) -> Option<&'a Binding> {
        match self.bindings(scope, name).as_slice() {
            [only] => Some(only),
            all => self.import_that_counts(all),
        }
    }

    /// The one of several imports of a name that counts: the first of a `try` with a substitute in its `except`, the first
    /// of several that say the same or that all lead out of the project; not what only type checkers see. Otherwise it may
    /// be this module's thing or that one's.
    fn import_that_counts(&self, all: &[&'a Binding]) -> Option<&'a Binding> {
        let mut paths = Vec::new();
        for binding in all {
            paths.push((*binding, self.import_of(binding, &[])?));
        }
        if paths.len() > 1 {
            let runs = |(binding, _): &(&Binding, ImportPath)| !self.only_for_types(binding);
            if paths.iter().any(runs) {
                paths.retain(runs);
            }
        }
        let (first, path) = paths.first()?;
        let same = |(_, other): &(&Binding, ImportPath)| other == path;
        let outside =
            |(_, path): &(&Binding, ImportPath)| self.project.module(self.path, path).is_none();
        let tried = self.try_around(first);
        let substitute = |(binding, _): &(&Binding, ImportPath)| self.try_around(binding) == tried;
        let counts = paths.iter().all(same)
            || (tried.is_some() && paths.iter().all(substitute))
            || paths.iter().all(outside);
        counts.then_some(*first)
    }

    /// What an import binding leads to, with `attrs` behind the name; nothing, if it is none.
    pub(super) fn import_of(&self, binding: &Binding, attrs: &[&str]) -> Option<ImportPath> {
        match &binding.kind {
            BindingKind::Import { path } => Some(ImportPath::new(self.path, 0, path, attrs)),
            BindingKind::ImportFrom {
                level,
                module,
                name,
            } => {
                let names = [&[name.as_str()], attrs].concat();
                Some(ImportPath::new(self.path, *level, module, &names))
            }
            _ => None,
        }
    }

    /// The `try` in whose body or `except` a binding stands.
    fn try_around(&self, binding: &Binding) -> Option<StmtId> {
        let mut block = self.module.stmt(binding.stmt?).block;
        loop {
            let part = self.module.block(block);
            let owner = part.owner?;
            match part.role {
                Role::Try | Role::Except(_) => return Some(owner),
                Role::Function | Role::Class => return None,
                _ => block = self.module.stmt(owner).block,
            }
        }
    }

    /// Whether a binding stands below `if TYPE_CHECKING:`.
    fn only_for_types(&self, binding: &Binding) -> bool {
        let mut at = binding.stmt;
        while let Some(stmt) = at {
            let block = self.module.block(self.module.stmt(stmt).block);
            if let (Some(owner), Role::If(index)) = (block.owner, block.role)
                && let StmtKind::If { branches, .. } = &self.module.stmt(owner).kind
                && let Some((test, _)) = branches.get(index)
                && let ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } = &test.kind
                && name == "TYPE_CHECKING"
            {
                return true;
            }
            at = block.owner;
        }
        false
    }

    /// The bindings of `name` in `scope` without bare annotations and `None`s, unless there is nothing else.
    pub(super) fn bindings(&self, scope: ScopeId, name: &str) -> Vec<&'a Binding> {
        let all = self
            .scopes
            .scope(scope)
            .bindings
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        let says = |binding: &&Binding| match binding.kind {
            BindingKind::Annotation => false,
            _ => !self
                .value_of(binding, name)
                .is_some_and(|value| matches!(value.kind, ExprKind::None)),
        };
        let some: Vec<&Binding> = all.iter().filter(says).collect();
        if some.is_empty() {
            all.iter().collect()
        } else {
            some
        }
    }

    /// The right-hand side of `name = value`, where the binding is one.
    pub(super) fn value_of(&self, binding: &Binding, name: &str) -> Option<&'a Expr> {
        let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(other) if other == name);
        let stmt = self.module.stmt(binding.stmt?);
        match (&binding.kind, &stmt.kind) {
            (BindingKind::Assign, StmtKind::Assign { targets, value })
                if targets.iter().any(is_name) =>
            {
                Some(value)
            }
            (BindingKind::Assign, StmtKind::AnnAssign { target, value, .. }) if is_name(target) => {
                value.as_ref()
            }
            (BindingKind::Walrus, _) => {
                let mut found = None;
                walk_exprs(stmt, &mut |expr| match &expr.kind {
                    ExprKind::Walrus { name: other, value } if other == name => {
                        found = Some(&**value)
                    }
                    _ => {}
                });
                found
            }
            _ => None,
        }
    }

    /// The scope in which a binding's statement runs.
    pub(super) fn scope_of(&self, binding: &Binding) -> ScopeId {
        binding
            .stmt
            .map_or(TOP, |stmt| self.scopes.of_stmt(self.module, stmt))
    }
}
