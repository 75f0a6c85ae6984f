//! The types that annotations name.

use super::classes::Class;
use super::names::{Names, Target};
use super::trail::Trail;
use super::types::Type;
use crate::syntax::{self, BindingKind, Expr, ExprKind, ScopeId, StmtKind};

/// Generic types that are what their one argument is.
const TRANSPARENT: [&str; 8] = [
    "Optional",
    "Annotated",
    "Final",
    "ClassVar",
    "Union",
    "Mapped",
    "Awaitable",
    "Coroutine",
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

impl<'a> Names<'a> {
    /// The type an annotation names. `Optional[T]` and `T | None` are T.
    pub(super) fn annotated(
        &self,
        annotation: &Expr,
        scope: ScopeId,
        trail: &mut Trail,
    ) -> Option<Type<'a>> {
        trail.down(|trail| match &annotation.kind {
            ExprKind::Name(_) | ExprKind::Attribute { .. } => {
                let target = self.target(annotation, scope, trail);
                if let Target::Bound(names, at, name) = &target
                    && let Some(binding) = names.binding(*at, name)
                    && binding.kind == BindingKind::Class
                {
                    return Class::at(*names, binding.stmt?).map(Type::Class);
                }
                self.dotted_of(&target)
                    .filter(|name| !name.starts_with("builtins."))
                    .map(Type::Named)
            }
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
    ) -> Option<Type<'a>> {
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
                .map(|class| Type::Many(Box::new(class)));
        }
        if !TRANSPARENT.contains(&name.as_str()) {
            // `sessionmaker[Session]`
            return self.annotated(value, scope, trail);
        }
        let mut parts = parts
            .into_iter()
            .filter(|part| !matches!(part.kind, ExprKind::None));
        if name == "Coroutine" {
            return self.annotated(parts.next_back()?, scope, trail);
        }
        let first = parts.next()?;
        let only = name == "Annotated" || parts.next().is_none();
        if only {
            self.annotated(first, scope, trail)
        } else {
            None
        }
    }
}
