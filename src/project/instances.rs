//! Whether calling a class of the project makes an object that is the caller's alone, and what its subclasses change.

use super::classes::Class;
use super::names::{Names, Target};
use super::provided::Verdict;
use super::provider::merge;
use super::trail::Trail;
use super::types::Type;
use crate::syntax::{Arg, Binding, Expr, ExprKind, ScopeId, StmtId, StmtKind};

/// Decorators that leave a class as it is, as far as making its objects goes.
const HARMLESS: [&str; 12] = [
    "dataclasses.dataclass",
    "functools.total_ordering",
    "typing.final",
    "typing.runtime_checkable",
    "typing_extensions.final",
    "typing_extensions.runtime_checkable",
    "attr.s",
    "attr.define",
    "attr.attrs",
    "attrs.define",
    "attrs.frozen",
    "attrs.mutable",
];

impl<'a> Class<'a> {
    /// Whether every call makes another object: no metaclass, decorator or `__new__` that may give the same one again.
    pub fn is_made_afresh(&self, trail: &mut Trail) -> bool {
        let names = self.names;
        let Some(parent) = names.scopes.scope(self.scope()).parent else {
            return false;
        };
        let harmless = |decorator: &Expr| {
            let name = match &decorator.kind {
                ExprKind::Call { func, .. } => func,
                _ => decorator,
            };
            let dotted = names.dotted(name, parent);
            dotted.is_some_and(|dotted| HARMLESS.contains(&dotted.as_str()))
        };
        let plain = |arg: &Arg| match arg.keyword.as_deref() {
            Some("metaclass") => names.dotted(&arg.value, parent).as_deref() == Some("abc.ABCMeta"),
            _ => true,
        };
        // What cannot be found may be a singleton.
        let found = |arg: &Arg, trail: &mut Trail| {
            !matches!(
                arg.value.kind,
                ExprKind::Name(_) | ExprKind::Attribute { .. }
            ) || arg.keyword.is_some()
                || !matches!(
                    names.target(&arg.value, parent, trail),
                    Target::Missing(_) | Target::Nothing
                )
        };
        self.def.decorators.iter().all(harmless)
            && self.def.bases.iter().all(plain)
            && self.def.bases.iter().all(|arg| found(arg, trail))
            && !self.binds("__new__")
            && self.bases(trail).into_iter().all(|base| match base {
                Type::Class(base) => trail.down(|trail| base.is_made_afresh(trail)),
                _ => true,
            })
    }

    /// What calling an attribute gives where the object may be one of a subclass; `known` is what it gives here.
    pub fn called_in_any(&self, attr: &str, known: Verdict, trail: &mut Trail) -> Verdict {
        let Verdict::Acquires(mut provided) = known else {
            return known;
        };
        for class in self.overriding(attr) {
            let Verdict::Acquires(other) = class.called(attr, trail) else {
                return Verdict::Not;
            };
            match merge(Some(provided), other) {
                Some(merged) => provided = merged,
                None => return Verdict::Not,
            }
        }
        Verdict::Acquires(provided)
    }

    /// Whether its own body binds the name.
    pub(super) fn binds(&self, name: &str) -> bool {
        let scope = self.names.scopes.scope(self.scope());
        scope.bindings.contains_key(name)
    }

    /// The classes of the same file that derive from it and have their own idea of the attribute. Those of other files
    /// cannot be known: a file alone has to be told the same as all together.
    pub fn overriding(&self, attr: &str) -> Vec<Class<'a>> {
        let names = self.names;
        let mut found: Vec<Class<'a>> = vec![*self];
        for stmt in names.classes() {
            let Some(class) = Class::at(names, *stmt) else {
                continue;
            };
            let derives = class.def.bases.iter().any(|arg| {
                matches!(&arg.value.kind, ExprKind::Name(name)
                    if found.iter().any(|base| base.def.name == *name))
            });
            if derives && !found.contains(&class) {
                found.push(class);
            }
        }
        found.remove(0);
        found.retain(|class| class.binds(attr) || class.times_kept(attr) > 0);
        found
    }
}

impl<'a> Names<'a> {
    /// The classes of the file, in source order.
    fn classes(&self) -> &'a [StmtId] {
        self.memo.classes.get_or_init(|| {
            let classes = self.module.stmts.iter();
            let classes = classes.filter(|stmt| matches!(stmt.kind, StmtKind::ClassDef(_)));
            classes.map(|stmt| stmt.id).collect()
        })
    }

    /// Whether the file assigns something else to what `func` names: `db.connect = cached(db.connect)`.
    pub(super) fn is_patched(&self, func: &Expr) -> bool {
        let patched = self.memo.patched.get_or_init(|| {
            let targets = self.module.stmts.iter().flat_map(|stmt| match &stmt.kind {
                StmtKind::Assign { targets, .. } => targets.as_slice(),
                _ => &[],
            });
            let attributes =
                targets.filter(|target| matches!(target.kind, ExprKind::Attribute { .. }));
            attributes
                .map(|target| target.span.of(self.text).to_string())
                .collect()
        });
        matches!(func.kind, ExprKind::Attribute { .. }) && patched.contains(func.span.of(self.text))
    }

    /// Whether an object may be one of a subclass: only what the function itself makes is of the very class.
    pub(super) fn may_be_subclass(&self, object: &Expr, scope: ScopeId) -> bool {
        let ExprKind::Name(name) = &object.kind else {
            return !matches!(object.kind, ExprKind::Call { .. });
        };
        let at = self.scopes.resolve(scope, name);
        let bindings = at.and_then(|at| self.scopes.scope(at).bindings.get(name));
        let made = |binding: &Binding| {
            let value = self.value_of(binding, name);
            value.is_some_and(|value| matches!(value.kind, ExprKind::Call { .. }))
        };
        !bindings.is_some_and(|all| all.iter().all(made))
    }
}
