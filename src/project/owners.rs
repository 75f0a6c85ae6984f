//! Objects that are given a resource and give it back themselves.

use super::callee::Function;
use super::classes::Class;
use super::names::{Names, Target};
use super::returned::stmts_of;
use super::trail::Trail;
use super::types::Type;
use crate::catalog::Resource;
use crate::syntax::{Arg, BindingKind, Expr, ExprKind, FunctionDef, ScopeId, StmtKind, walk_exprs};

impl<'a> Names<'a> {
    /// The methods by which the object that a call makes gives back the resource it is given as argument number `index`;
    /// none, if the call makes no object of the project's, or that does not keep it.
    pub fn given_back_by(
        &self,
        (func, scope): (&Expr, ScopeId),
        (args, index): (&[Arg], usize),
        resource: &Resource,
    ) -> Vec<&'a str> {
        let trail = &mut Trail::default();
        let Target::Bound(names, at, name) = self.target(func, scope, trail) else {
            return Vec::new();
        };
        let class = names
            .binding(at, &name)
            .filter(|binding| binding.kind == BindingKind::Class)
            .and_then(|binding| Class::at(names, binding.stmt?));
        let init = self.function_through(func, scope, trail);
        let (Some(class), Some(init)) = (class, init.filter(|init| init.makes)) else {
            return Vec::new();
        };
        let Some(attr) = kept_as(&init, args, index) else {
            return Vec::new();
        };
        let methods = class.methods(trail);
        let mut found: Vec<&'a str> = Vec::new();
        // A method that calls another one that gives it back does so, too.
        for _ in 0..2 {
            for (names, def) in &methods {
                let gives = calls(names, def, &mut |holder, method| match &holder.kind {
                    ExprKind::Attribute { value, attr: of } => {
                        of == attr && is_this(def, value) && resource.releases(method)
                    }
                    _ => is_this(def, holder) && found.contains(&method),
                });
                if gives && !found.contains(&def.name.as_str()) {
                    found.push(&def.name);
                }
            }
        }
        found
    }
}

impl<'a> Class<'a> {
    /// Its methods, and those of its bases in the project.
    fn methods(&self, trail: &mut Trail) -> Vec<(Names<'a>, &'a FunctionDef)> {
        let block = self.names.module.block(self.def.body);
        let own = block
            .stmts
            .iter()
            .filter_map(|stmt| match &self.names.module.stmt(*stmt).kind {
                StmtKind::FunctionDef(def) => Some((self.names, def)),
                _ => None,
            });
        let mut found: Vec<_> = own.collect();
        for base in self.bases(trail) {
            if let Type::Class(base) = base {
                let inherited = trail.down(|trail| base.methods(trail));
                let new = |(_, def): &(Names<'a>, &'a FunctionDef)| {
                    !found.iter().any(|(_, own)| own.name == def.name)
                };
                let inherited: Vec<_> = inherited.into_iter().filter(new).collect();
                found.extend(inherited);
            }
        }
        found
    }
}

/// The attribute of the object that an `__init__` puts an argument into.
fn kept_as<'a>(init: &Function<'a>, args: &[Arg], index: usize) -> Option<&'a str> {
    let param = &init.param(args, index)?.name;
    let is_param = |value: &Expr| matches!(&value.kind, ExprKind::Name(name) if name == param);
    stmts_of(init.names.module, init.def).find_map(|stmt| {
        let (targets, value) = match &stmt.kind {
            StmtKind::Assign { targets, value } => (targets.as_slice(), value),
            StmtKind::AnnAssign {
                target,
                value: Some(value),
                ..
            } => (std::slice::from_ref(target), value),
            _ => return None,
        };
        targets.iter().find_map(|target| match &target.kind {
            ExprKind::Attribute { value: owner, attr }
                if is_param(value) && is_this(init.def, owner) =>
            {
                Some(attr.as_str())
            }
            _ => None,
        })
    })
}

/// Whether a method calls another one of something, as `is_it` says of both.
fn calls<'a>(
    names: &Names<'a>,
    def: &FunctionDef,
    is_it: &mut dyn FnMut(&Expr, &'a str) -> bool,
) -> bool {
    let mut found = false;
    for stmt in stmts_of(names.module, def) {
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Call { func, .. } = &expr.kind
                && let ExprKind::Attribute { value, attr } = &func.kind
            {
                found |= is_it(value, attr);
            }
        });
    }
    found
}

fn is_this(def: &FunctionDef, expr: &Expr) -> bool {
    let this = def.params.first();
    matches!((&expr.kind, this), (ExprKind::Name(name), Some(this)) if *name == this.name)
}
