//! Which attributes of ORM objects are relations. What such an attribute gives are objects again, which load more when they
//! are asked; any other attribute that has been read is a plain value.

use std::collections::HashSet;

use super::imports::ImportPath;
use super::names::{Names, Target};
use super::source::Source;
use super::trail::Trail;
use crate::catalog::Catalog;
use crate::syntax::{Expr, ExprKind, Module, StmtKind, walk_exprs};

/// How many imports lead from a function to the models it works with: one to the package of the models, one from there to
/// their files, one to the models those are related to.
const DEPTH: usize = 3;

impl<'a> Names<'a> {
    /// Whether a class in reach of this file has a relation of that name. Of which class an object is, is mostly not known,
    /// so one of them is enough.
    pub fn is_relation(&self, attr: &str) -> bool {
        let known = self.memo.relations.get_or_init(|| self.relations());
        known.contains(attr)
    }

    /// The relations of the classes of this file, and of the files it imports; from files with models the way goes on.
    fn relations(&self) -> HashSet<String> {
        let mut found = HashSet::new();
        let mut seen = HashSet::from([self.file()]);
        let mut here = vec![*self];
        for depth in 0..=DEPTH {
            let mut next = Vec::new();
            for names in here {
                let own = own_relations(names.module);
                let leads_on = depth == 0 || !own.is_empty() || names.path.ends_with("__init__.py");
                found.extend(own);
                if leads_on && depth < DEPTH {
                    next.extend(names.imported());
                }
            }
            next.retain(|names| seen.insert(names.file()));
            here = next;
        }
        found
    }

    /// The files of the project that the imports of this one lead to: the module that is named, and where the name comes from.
    fn imported(&self) -> Vec<Names<'a>> {
        let mut found = Vec::new();
        let scopes = self.scopes.list.iter();
        let bindings = scopes.flat_map(|scope| scope.bindings.values().flatten());
        for import in bindings.filter_map(|binding| self.import_of(binding, &[])) {
            found.extend(self.source_of(&import));
            if let Target::Bound(names, _, _) = self.follow(import, &mut Trail::default()) {
                found.push(names);
            }
        }
        for (_, level, module) in &self.scopes.star_imports {
            let import = ImportPath::new(self.path, *level, module, &[]);
            found.extend(self.source_of(&import));
        }
        found
    }

    fn source_of(&self, import: &ImportPath) -> Option<Names<'a>> {
        let module = self.project.module(self.path, import)?;
        let source: &Source = self.project.source(&module.path)?;
        Some(Names::of_source(source, self.project))
    }
}

/// The names of the relations that the classes of a file define, and of those they put on other classes.
fn own_relations(module: &Module) -> HashSet<String> {
    let mut found = HashSet::new();
    for stmt in &module.stmts {
        match &stmt.kind {
            StmtKind::Assign { targets, value } if makes_relation(value) => {
                found.extend(targets.iter().filter_map(last_name));
            }
            StmtKind::AnnAssign {
                target,
                value: Some(value),
                ..
            } if makes_relation(value) => found.extend(last_name(target)),
            _ => {}
        }
        walk_exprs(stmt, &mut |expr| match &expr.kind {
            // Of classes that are mapped by a call: `properties={"orders": relationship(Order)}`.
            ExprKind::Dict(parts) => {
                for pair in parts.windows(2).filter(|pair| makes_relation(&pair[1])) {
                    found.extend(string(&pair[0]));
                }
            }
            ExprKind::Call { args, .. } if makes_relation(expr) => {
                let backref = args
                    .iter()
                    .find(|arg| arg.keyword.as_deref() == Some("backref"));
                found.extend(backref.and_then(|arg| match &arg.value.kind {
                    ExprKind::Call { args, .. } => args.first().and_then(|arg| string(&arg.value)),
                    _ => string(&arg.value),
                }));
            }
            _ => {}
        });
    }
    found
}

/// Whether it is a call of `relationship`, by whatever way it was imported.
fn makes_relation(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Call { func, .. } => {
            last_name(func).is_some_and(|name| Catalog::get().makes_relation(&name))
        }
        _ => false,
    }
}

fn last_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { attr, .. } => Some(attr.clone()),
        _ => None,
    }
}

fn string(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Str(text) => text.clone(),
        _ => None,
    }
}
