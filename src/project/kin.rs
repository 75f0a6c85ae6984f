//! The classes that share the attributes of one object.

use super::classes::Class;
use super::names::{Names, Target};
use super::trail::Trail;
use crate::catalog::{Catalog, Decorator};
use crate::syntax::{BindingKind, ClassDef, Expr, ExprKind, ScopeId, ScopeKind, Span, StmtKind};

/// A class whose methods see the attributes of an object as those of their own `self`.
#[derive(Clone, Copy, Debug)]
pub struct Kin<'a> {
    /// The names of the file it stands in.
    pub names: Names<'a>,
    /// The scope of its body.
    pub scope: ScopeId,
    /// Its text, from the first statement of its body to the last.
    pub body: Span,
}

impl Kin<'_> {
    /// Whether the name is that of one of its methods, properties included.
    pub fn defines(&self, name: &str) -> bool {
        let bindings = self.names.scopes.scope(self.scope).bindings.get(name);
        bindings.is_some_and(|all| {
            all.iter()
                .any(|binding| matches!(binding.kind, BindingKind::Function | BindingKind::Class))
        })
    }
}

/// What a name like `self` stands for in a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// An object of the class with that scope.
    Object(ScopeId),
    /// The class with that scope.
    Class(ScopeId),
}

impl<'a> Names<'a> {
    /// What `name`, seen from `scope`, is to the class around: the first parameter of one of its methods.
    pub fn owner(&self, name: &str, scope: ScopeId) -> Option<Owner> {
        let method = self.scopes.scope(self.scopes.resolve(scope, name)?);
        let bindings = method.bindings.get(name)?;
        let is_first = bindings
            .iter()
            .all(|binding| binding.kind == BindingKind::Param(0));
        let class = self.scopes.scope(method.parent?);
        let StmtKind::FunctionDef(def) = &self.module.stmt(method.stmt?).kind else {
            return None;
        };
        if class.kind != ScopeKind::Class || !is_first {
            return None;
        }
        let makes = ["__new__", "__init_subclass__", "__class_getitem__"];
        let mut decorators = self.decorators(def);
        if decorators.any(|known| known == Some(Decorator::Static)) {
            return None;
        }
        let mut decorators = self.decorators(def);
        let by_class = decorators.any(|known| known == Some(Decorator::Bound));
        Some(if by_class || makes.contains(&def.name.as_str()) {
            Owner::Class(class.id)
        } else {
            Owner::Object(class.id)
        })
    }

    /// Every class that shares objects with the class whose body is `class`: its bases, in whatever files they stand, and
    /// the classes of this file that are made of it, with all of theirs. `None` where some of them cannot be known, or are
    /// sure to be elsewhere.
    pub fn kin(&self, class: ScopeId) -> Option<Vec<Kin<'a>>> {
        let trail = &mut Trail::default();
        let class = Class::at(*self, self.scopes.scope(class).stmt?)?;
        if class.is_for_heirs() || class.is_single(trail) {
            return None;
        }
        let mut all = class.lineage(trail)?;
        for stmt in &self.module.stmts {
            let Some(heir) = Class::at(*self, stmt.id).filter(|heir| *heir != class) else {
                continue;
            };
            let (line, known) = heir.ancestors(trail);
            if line.contains(&class) {
                if !known {
                    return None;
                }
                all.extend(line);
            }
        }
        let mut kin: Vec<Class<'a>> = Vec::new();
        for class in all {
            if !kin.contains(&class) {
                kin.push(class);
            }
        }
        Some(kin.iter().map(Class::kin).collect())
    }
}

impl<'a> Class<'a> {
    fn kin(&self) -> Kin<'a> {
        Kin {
            names: self.names,
            scope: self.scope(),
            body: self.names.module.block(self.def.body).span,
        }
    }

    /// The class and all classes above it; `None` if not all of them are known.
    fn lineage(&self, trail: &mut Trail) -> Option<Vec<Class<'a>>> {
        let (line, known) = self.ancestors(trail);
        known.then_some(line)
    }

    /// The class and what can be found of the classes above it, and whether that is all that matters.
    fn ancestors(&self, trail: &mut Trail) -> (Vec<Class<'a>>, bool) {
        let mut line = vec![*self];
        let mut known = true;
        let mut next = 0;
        while let Some(class) = line.get(next).copied() {
            next += 1;
            for base in &class.def.bases {
                let found = match (&base.keyword, base.stars) {
                    (None, 0) => class.base(&base.value, trail),
                    (Some(keyword), _) if keyword == "metaclass" => {
                        match class.base(&base.value, trail) {
                            Base::Plain => Base::Plain,
                            _ => Base::Unknown,
                        }
                    }
                    (Some(_), _) => Base::Plain,
                    (None, _) => Base::Unknown,
                };
                match found {
                    Base::Plain => {}
                    Base::Class(base) if line.contains(&base) => {}
                    Base::Class(base) => line.push(base),
                    Base::Unknown => known = false,
                }
            }
        }
        (line, known)
    }

    fn base(&self, base: &Expr, trail: &mut Trail) -> Base<'a> {
        let names = self.names;
        let Some(scope) = names.scopes.scope(self.scope()).parent else {
            return Base::Unknown;
        };
        // `Generic[T]`
        let base = match &base.kind {
            ExprKind::Subscript { value, .. } => value,
            _ => base,
        };
        match names.target(base, scope, trail) {
            Target::Outside(name) if Catalog::get().is_plain_base(&name) => Base::Plain,
            Target::Bound(names, at, name) => names
                .binding(at, &name)
                .filter(|binding| binding.kind == BindingKind::Class)
                .and_then(|binding| Class::at(names, binding.stmt?))
                .map_or(Base::Unknown, Base::Class),
            _ => Base::Unknown,
        }
    }

    /// Whether it says of itself that others are to be made of it, which may stand anywhere.
    fn is_for_heirs(&self) -> bool {
        let ClassDef { name, bases, .. } = self.def;
        let name = name.trim_start_matches('_');
        let is_named_so = name.starts_with("Base")
            || name.starts_with("Abstract")
            || ["Base", "Mixin", "MixIn"]
                .iter()
                .any(|end| name.ends_with(end));
        let is_abstract = |base: &Expr| {
            let name = match &base.kind {
                ExprKind::Name(name) => name,
                ExprKind::Attribute { attr, .. } => attr,
                _ => return false,
            };
            name == "ABC" || name == "ABCMeta"
        };
        is_named_so || bases.iter().any(|base| is_abstract(&base.value))
    }

    /// Whether a decorator keeps the one object of the class.
    fn is_single(&self, trail: &mut Trail) -> bool {
        let names = self.names;
        let Some(scope) = names.scopes.scope(self.scope()).parent else {
            return false;
        };
        self.def.decorators.iter().any(|decorator| {
            let name = match &decorator.kind {
                ExprKind::Call { func, .. } => func,
                _ => decorator,
            };
            let target = names.target(name, scope, trail);
            let dotted = names.dotted_of(&target).unwrap_or_default();
            Catalog::get().decorator(&dotted) == Some(Decorator::Cache)
                || name
                    .span
                    .of(names.text)
                    .to_lowercase()
                    .contains("singleton")
        })
    }
}

/// What stands among the bases of a class.
enum Base<'a> {
    /// Something that leaves other classes' attributes alone.
    Plain,
    /// A class of the project.
    Class(Class<'a>),
    /// Something that may do anything.
    Unknown,
}
