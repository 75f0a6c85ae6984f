//! Where a running program looks up what it calls. Whoever puts something else there (a test, a mock) replaces the call.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Project;
use super::classes::Member;
use super::imports::ImportPath;
use super::names::{Names, TOP, Target};
use super::source::Memo;
use super::trail::Trail;
use super::types::Type;
use crate::syntax::{Expr, ExprKind, ScopeId, ScopeKind, Scopes, parse};

/// A place that holds what is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Slot {
    /// A name at the top level of a file, or an attribute of a class or object there: `get_db`, `Database.session`.
    File(PathBuf, String),
    /// The same outside of the project, by its dotted name: `sqlite3.connect`.
    Outside(String),
}

/// More steps from one module to another than any program has.
const MOST_STEPS: usize = 16;

/// How far calls are followed into what they run.
const DEPTH: usize = 3;

impl Slot {
    /// The last component of its name.
    pub fn last(&self) -> &str {
        let (Slot::File(_, name) | Slot::Outside(name)) = self;
        name.rsplit('.').next().unwrap_or(name)
    }
}

impl Project {
    /// The place that a dotted name means where a file at `from` gives it as a string: `patch("app.db.get_db")`.
    pub fn slots_of(&self, from: &Path, dotted: &str) -> BTreeSet<Slot> {
        // A file of which nothing matters but where it is.
        let (module, memo) = (parse(""), Memo::default());
        let scopes = Scopes::build(&module);
        let names = Names::new(from, "", &module, &scopes, self, &memo);
        let import = ImportPath::new(from, 0, dotted, &[]);
        let mut slots = BTreeSet::new();
        let Some(found) = self.module(from, &import) else {
            slots.insert(Slot::Outside(dotted.to_owned()));
            return slots;
        };
        let rest: Vec<&str> = import.parts[found.taken..]
            .iter()
            .map(String::as_str)
            .collect();
        match rest.as_slice() {
            [] => {}
            [name] => {
                slots.insert(names.file_slot(&found.path, name));
            }
            [name, middle @ .., attr] => {
                if let Some(source) = self.source(&found.path) {
                    let there = Names::of_source(source, self);
                    there.attribute(TOP, name, middle, attr, &mut slots);
                }
            }
        }
        slots
    }
}

impl<'a> Names<'a> {
    /// The places in which `call`, when it runs, finds what it calls, and what that calls in turn to acquire.
    pub fn slots(&self, call: &Expr, scope: ScopeId) -> BTreeSet<Slot> {
        let mut slots = BTreeSet::new();
        self.add_slots(call, scope, DEPTH, &mut slots);
        slots
    }

    /// The place that `value.attr` means.
    pub fn slots_of_attribute(&self, value: &Expr, attr: &str, scope: ScopeId) -> BTreeSet<Slot> {
        let mut slots = BTreeSet::new();
        if let Some((root, middle)) = chain(value) {
            self.attribute(scope, root, &middle, attr, &mut slots);
        }
        self.member(value, attr, scope, &mut slots);
        slots
    }

    fn add_slots(&self, call: &Expr, scope: ScopeId, depth: usize, slots: &mut BTreeSet<Slot>) {
        let ExprKind::Call { func, args } = &call.kind else {
            return;
        };
        // `next(get_db())`
        for arg in args.iter().take(1) {
            self.add_slots(&arg.value, scope, depth, slots);
        }
        if let Some((root, attrs)) = chain(func) {
            self.root(scope, root, slots);
            for (index, attr) in attrs.iter().enumerate() {
                self.attribute(scope, root, &attrs[..index], attr, slots);
            }
        }
        if let ExprKind::Attribute { value, attr } = &func.kind {
            self.member(value, attr, scope, slots);
        }
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        let Some(run) = self.function(func, scope).filter(|run| !run.makes) else {
            return;
        };
        let there = run.names;
        let inside = there.scopes.of_block(run.def.body);
        let body = there.module.block(run.def.body).span;
        for stmt in &there.module.stmts {
            if !body.contains(stmt.span) || there.scopes.of_stmt(there.module, stmt.id) != inside {
                continue;
            }
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                if there.acquirer(expr, inside).is_some() {
                    there.add_slots(expr, inside, depth, slots);
                }
            });
        }
    }

    /// Where a bare name is looked up.
    fn root(&self, scope: ScopeId, name: &str, slots: &mut BTreeSet<Slot>) {
        match self.scopes.resolve(scope, name) {
            None => {
                slots.insert(self.file_slot(self.path, name));
                slots.insert(Slot::Outside(format!("builtins.{name}")));
            }
            Some(TOP) => {
                slots.insert(self.file_slot(self.path, name));
            }
            // An import inside of the function looks it up when it runs.
            Some(inner) => {
                let import = self
                    .binding(inner, name)
                    .and_then(|binding| self.import_of(binding, &[]));
                let Some(import) = import else { return };
                let dotted = self.project.dotted(&import);
                match self.project.module(self.path, &import) {
                    None => {
                        slots.insert(Slot::Outside(dotted));
                    }
                    Some(found) if found.taken + 1 == import.parts.len() => {
                        let name = &import.parts[found.taken];
                        slots.insert(self.file_slot(&found.path, name));
                    }
                    Some(_) => {}
                }
            }
        }
    }

    /// Where `root.middle.attr` is looked up last.
    fn attribute(
        &self,
        scope: ScopeId,
        root: &str,
        middle: &[&str],
        attr: &str,
        slots: &mut BTreeSet<Slot>,
    ) {
        if let Some(module) = self.module_at(scope, root, middle, MOST_STEPS) {
            slots.insert(self.file_slot(&module, attr));
            return;
        }
        let target = self.target_of_name(scope, root, middle, &mut Trail::default());
        match target {
            Target::Outside(dotted) => {
                slots.insert(Slot::Outside(format!("{dotted}.{attr}")));
            }
            Target::Bound(names, at, name) if names.scopes.scope(at).kind == ScopeKind::Module => {
                slots.insert(names.file_slot(names.path, &format!("{name}.{attr}")));
            }
            _ => {}
        }
    }

    /// The file that `root.attrs` stands for, if it is a module of the project.
    fn module_at(
        &self,
        scope: ScopeId,
        root: &str,
        attrs: &[&str],
        steps: usize,
    ) -> Option<PathBuf> {
        let steps = steps.checked_sub(1)?;
        let at = self.scopes.resolve(scope, root)?;
        let import = self.import_of(self.binding(at, root)?, attrs)?;
        let found = self.project.module(self.path, &import)?;
        let rest: Vec<&str> = import.parts[found.taken..]
            .iter()
            .map(String::as_str)
            .collect();
        let Some((root, attrs)) = rest.split_first() else {
            return Some(found.path);
        };
        let source = self.project.source(&found.path)?;
        Names::of_source(source, self.project).module_at(TOP, root, attrs, steps)
    }

    /// Where `value.attr` is looked up by the type of `value`.
    fn member(&self, value: &Expr, attr: &str, scope: ScopeId, slots: &mut BTreeSet<Slot>) {
        let trail = &mut Trail::default();
        match self.type_at(value, scope, trail) {
            Some(Type::Named(class)) => {
                slots.insert(Slot::Outside(format!("{class}.{attr}")));
            }
            Some(Type::Class(class)) => {
                if let Some(Member::Bound(names, at)) = class.member(attr, trail) {
                    let class = &names.scopes.scope(at).name;
                    slots.insert(names.file_slot(names.path, &format!("{class}.{attr}")));
                }
            }
            _ => {}
        }
    }

    fn file_slot(&self, path: &Path, name: &str) -> Slot {
        // By its real name: a project is entered through any.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        Slot::File(path, name.to_owned())
    }
}

/// `a.b.c` as `a` and what stands behind it; `None` for what begins with anything but a name.
fn chain(expr: &Expr) -> Option<(&str, Vec<&str>)> {
    let mut attrs = Vec::new();
    let mut at = expr;
    while let ExprKind::Attribute { value, attr } = &at.kind {
        attrs.push(attr.as_str());
        at = value;
    }
    attrs.reverse();
    match &at.kind {
        ExprKind::Name(name) => Some((name, attrs)),
        _ => None,
    }
}
