//! What a name stands for that is bound once and for all.

use super::names::{Names, Target};
use super::trail::Trail;
use crate::syntax::{Expr, ScopeId};

impl<'a> Names<'a> {
    /// The right-hand side of the one assignment to the name that `expr` is, with the file it stands in. Nothing, if anything
    /// else may bind it.
    pub fn constant(&self, expr: &Expr, scope: ScopeId) -> Option<(Names<'a>, &'a Expr)> {
        let Target::Bound(names, scope, name) = self.target(expr, scope, &mut Trail::default())
        else {
            return None;
        };
        let [only] = names.scopes.scope(scope).bindings.get(&name)?.as_slice() else {
            return None;
        };
        Some((names, names.value_of(only, &name)?))
    }
}
