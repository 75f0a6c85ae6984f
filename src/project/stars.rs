//! What `from module import *` takes in.

use super::imports::ImportPath;
use super::names::{Names, TOP, Target};
use super::trail::Trail;
use crate::catalog::Catalog;
use crate::syntax::{BindingKind, Expr, ExprKind, StmtId, StmtKind, walk_exprs};

impl<'a> Names<'a> {
    /// What `name.attrs` is, if a star import takes the name in; with `after`, one that stands behind that statement.
    pub(super) fn starred(
        &self,
        name: &str,
        attrs: &[&str],
        after: Option<StmtId>,
        trail: &mut Trail,
    ) -> Option<Target<'a>> {
        let stars = self.scopes.star_imports.iter();
        let stars = stars.filter(|(stmt, ..)| after.is_none_or(|after| *stmt > after));
        // The last one wins.
        stars.rev().find_map(|(_, level, module)| {
            let names = [&[name], attrs].concat();
            let whole = ImportPath::new(self.path, *level, module, &names);
            let import = ImportPath::new(self.path, *level, module, &[]);
            let outside = import.base.is_none() && Catalog::get().knows(&whole.parts.join("."));
            let found = self.project.module(self.path, &import);
            let found = found.filter(|found| found.taken == import.parts.len() && !outside);
            let Some(source) = found.and_then(|found| self.project.source(&found.path)) else {
                return match trail.down(|trail| self.follow(whole, trail)) {
                    Target::Outside(name) if Catalog::get().knows(&name) => {
                        Some(Target::Outside(name))
                    }
                    _ => None,
                };
            };
            let there = Names::of_source(source, self.project);
            if !there.exports(name) {
                return None;
            }
            match there.scopes.resolve(TOP, name) {
                Some(_) => Some(trail.down(|trail| there.target_of_name(TOP, name, attrs, trail))),
                None => trail.down(|trail| there.starred(name, attrs, None, trail)),
            }
        })
    }

    /// Whether `import *` takes `name` out of this module.
    fn exports(&self, name: &str) -> bool {
        let Some(bindings) = self.scopes.scope(TOP).bindings.get("__all__") else {
            return !name.starts_with('_');
        };
        let listed = bindings.iter().map(|binding| {
            let value = match (&binding.kind, &self.module.stmt(binding.stmt?).kind) {
                (BindingKind::Assign, StmtKind::Assign { value, .. }) => value,
                (BindingKind::Assign, StmtKind::AnnAssign { value, .. }) => value.as_ref()?,
                (BindingKind::AugAssign, StmtKind::AugAssign { value, .. }) => value,
                _ => return None,
            };
            texts(value)
        });
        match listed.collect::<Option<Vec<_>>>() {
            // `__all__.append(...)`
            Some(listed) if !self.extends_all() => listed.concat().contains(&name),
            _ => true,
        }
    }

    fn extends_all(&self) -> bool {
        let mut found = false;
        for stmt in &self.module.stmts {
            walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Attribute { value, .. } = &expr.kind {
                    found |= matches!(&value.kind, ExprKind::Name(name) if name == "__all__");
                }
            });
        }
        found
    }
}

/// The strings of a list or tuple of nothing but strings.
fn texts(expr: &Expr) -> Option<Vec<&str>> {
    let (ExprKind::List(parts) | ExprKind::Tuple(parts)) = &expr.kind else {
        return None;
    };
    let text = |part: &'_ Expr| match &part.kind {
        ExprKind::Str(text) => text.is_some(),
        _ => false,
    };
    if !parts.iter().all(text) {
        return None;
    }
    let texts = parts.iter().filter_map(|part| match &part.kind {
        ExprKind::Str(Some(text)) => Some(text.as_str()),
        _ => None,
    });
    Some(texts.collect())
}
