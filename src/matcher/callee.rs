//! What a function does with a resource that it is given.

use std::cell::RefCell;
use std::collections::HashMap;

use super::Context;
use super::flow::Graph;
use super::values::{Event, Eye, Leave, Root, Value};
use crate::catalog::{Callable, Catalog, Resource};
use crate::project::Function;
use crate::syntax::{Arg, Expr, ExprKind, Module, Param, ScopeId, StmtId, StmtKind};

/// What is known of something that is called.
pub enum Callee<'a> {
    /// The catalog knows it.
    Known(Callable),
    /// `contextlib.closing`: its result stands for the resource.
    Closing,
    /// Its name says that it gives back what it gets.
    Releases,
    /// A function of the project.
    Project(Local<'a>),
    /// Nothing.
    Unknown,
}

/// A function of the project, as the callee of a call.
pub struct Local<'a>(Function<'a>);

/// What functions do with a resource, by file, definition, the name they know it by, and entry; filled when asked.
#[derive(Debug, Default)]
pub struct Habits(RefCell<HashMap<Habit, Option<Value>>>);

type Habit = (usize, StmtId, String, String);

/// Parts of names of functions that give back what they get.
const RELEASING: [&str; 8] = [
    "close",
    "release",
    "putconn",
    "put_conn",
    "dispose",
    "cleanup",
    "clean_up",
    "return_conn",
];

/// Looks up what `func`, standing in `scope`, is.
pub fn of<'a>(ctx: &'a Context<'a>, scope: ScopeId, func: &Expr) -> Callee<'a> {
    if let Some(dotted) = ctx.names.dotted(func, scope) {
        if dotted == "contextlib.closing" || dotted == "contextlib.aclosing" {
            return Callee::Closing;
        }
        if let Some(callable) = Catalog::get().callable(&dotted) {
            return Callee::Known(callable);
        }
    }
    if let Some(function) = ctx.names.function(func, scope) {
        return Callee::Project(Local(function));
    }
    let name = match &func.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { attr, .. } => attr,
        _ => return Callee::Unknown,
    };
    // Methods are known by their name alone where no import leads to them: `stack.enter_context(f)`.
    if matches!(func.kind, ExprKind::Attribute { .. })
        && let Some(callable) = Catalog::get().method(name)
    {
        return Callee::Known(callable);
    }
    let lower = name.to_lowercase();
    if RELEASING.iter().any(|part| lower.contains(part)) {
        Callee::Releases
    } else {
        Callee::Unknown
    }
}

impl Local<'_> {
    /// What the function gives back if it keeps nothing of what is bound to the parameter for `arg`: it only uses it, or
    /// passes it on to others that keep nothing. `None` if it may keep it.
    pub fn keeps_nothing(
        &self,
        ctx: &Context<'_>,
        resource: &Resource,
        arg: &Arg,
        index: usize,
        depth: usize,
    ) -> Option<Value> {
        let param = self.param(arg, index)?;
        let other = ctx.beside(self.0.names);
        keeps_nothing(&other, resource, self.0.stmt, &param.name, depth)
    }

    fn param(&self, arg: &Arg, index: usize) -> Option<&Param> {
        let params = &self.0.def.params;
        match &arg.keyword {
            Some(keyword) => params.iter().find(|param| param.name == *keyword),
            None => params.get(index + usize::from(self.0.bound)),
        }
        .filter(|param| param.stars == 0 && arg.stars == 0)
    }

    /// Whether the function closes the parameter that `arg`, the call's argument number `index`, is bound to.
    pub fn releases(&self, arg: &Arg, index: usize) -> bool {
        let param = self.param(arg, index);
        param.is_some_and(|param| closes(self.0.names.module, self.0.stmt, &param.name))
    }
}

/// Whether a statement inside the definition `id` closes `name` or puts it into a `with`.
fn closes(module: &Module, id: StmtId, name: &str) -> bool {
    let span = module.stmt(id).span;
    let inside = module
        .stmts
        .iter()
        .skip(id.0 as usize + 1)
        .take_while(|stmt| span.contains(stmt.span));
    for stmt in inside {
        if let StmtKind::With { items, .. } = &stmt.kind
            && items.iter().any(|item| is_name(&item.context, name))
        {
            return true;
        }
        let mut found = false;
        crate::syntax::walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Call { func, .. } = &expr.kind
                && let ExprKind::Attribute { value, attr } = &func.kind
                && matches!(
                    attr.as_str(),
                    "close" | "aclose" | "release" | "shutdown" | "cleanup"
                )
                && is_name(value, name)
            {
                found = true;
            }
        });
        if found {
            return true;
        }
    }
    false
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(other) if other == name)
}

/// How many functions deep a resource is followed.
pub const DEPTH: usize = 3;

/// What the definition `id` returns if it keeps nothing of what it knows as `name`: something that depends on it, or not.
/// `None` if it may keep it.
pub fn keeps_nothing(
    ctx: &Context<'_>,
    resource: &Resource,
    id: StmtId,
    name: &str,
    depth: usize,
) -> Option<Value> {
    let file = ctx.names.file();
    let key = (file, id, name.to_owned(), resource.id.clone());
    let habits = &ctx.habits.0;
    if let Some(known) = habits.borrow().get(&key) {
        return *known;
    }
    // A function that calls itself: whatever else it does decides.
    habits
        .borrow_mut()
        .insert(key.clone(), Some(Value::Derived));
    let found = look_inside(ctx, resource, id, name, depth);
    habits.borrow_mut().insert(key, found);
    found
}

fn look_inside(
    ctx: &Context<'_>,
    resource: &Resource,
    id: StmtId,
    name: &str,
    depth: usize,
) -> Option<Value> {
    let StmtKind::FunctionDef(def) = &ctx.module.stmt(id).kind else {
        return None;
    };
    let scope = ctx
        .scopes
        .list
        .iter()
        .find(|scope| scope.stmt == Some(id))?;
    if depth == 0
        || !ctx.names.is_plain(def)
        || def.is_async
        || scope.is_generator
        || scope.has_error
    {
        return None;
    }
    let graph = Graph::build(ctx.module, def.body)?;
    let root = Root::Name(name.to_owned());
    let mut eye = Eye::new(ctx, scope.id, resource, root, id, false).with_depth(depth - 1);
    let mut atoms: Vec<_> = graph
        .nodes
        .iter()
        .map(|node| node.atom)
        .filter(|atom| atom.stmt().is_some())
        .collect();
    atoms.sort_by_key(|atom| atom.stmt());
    loop {
        let before = eye.knowledge();
        let events: Vec<Event> = atoms
            .iter()
            .flat_map(|atom| eye.look(*atom, true))
            .collect();
        if eye.knowledge() > before {
            continue;
        }
        let mut result = Value::Clean;
        for event in &events {
            match event {
                Event::Leaves(_) | Event::Passed(_) | Event::HandedOver => return None,
                Event::DerivedLeaves(Leave::Returned, _) => result = Value::Derived,
                Event::DerivedLeaves(..) => return None,
                _ => {}
            }
        }
        return Some(result);
    }
}
