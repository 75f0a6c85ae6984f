//! What decorators make of a function.

use super::names::Names;
use crate::catalog::{Catalog, Decorator};
use crate::syntax::{Expr, ExprKind, FunctionDef, ScopeId};

impl<'a> Names<'a> {
    /// The decorators of a function; `None` for those that nothing is known of.
    pub(super) fn decorators(
        &self,
        def: &'a FunctionDef,
    ) -> impl Iterator<Item = Option<Decorator>> + use<'a> {
        let names = *self;
        let scope = names.scopes.scope(names.scopes.of_block(def.body)).parent;
        def.decorators
            .iter()
            .map(move |decorator| names.decorator(decorator, scope?))
    }

    fn decorator(&self, decorator: &Expr, scope: ScopeId) -> Option<Decorator> {
        let (name, called) = match &decorator.kind {
            ExprKind::Call { func, .. } => (&**func, true),
            _ => (decorator, false),
        };
        // `@name.setter` makes a second definition of a property.
        let dotted = self.dotted(name, scope)?;
        let known = Catalog::get().decorator(&dotted)?;
        // `@property()` is no property.
        (!called || known.takes_arguments()).then_some(known)
    }

    /// Whether the function is called by looking at the attribute.
    pub(super) fn is_property(&self, def: &'a FunctionDef) -> bool {
        self.decorators(def).any(|decorator| {
            matches!(
                decorator,
                Some(Decorator::Property | Decorator::CachedProperty)
            )
        })
    }
}
