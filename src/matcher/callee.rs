//! What a function does with a resource that it is given.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use super::Context;
use super::flow::Graph;
use super::values::{Event, Eye, Leave, Root, Value};
use crate::catalog::{Callable, Catalog, Resource};
use crate::project::{Function, Lifetime};
use crate::syntax::{Arg, Expr, ExprKind, Module, ScopeId, StmtId, StmtKind};

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

/// What functions do with a resource, by file, definition, the name they know it by, what that is, and entry; filled when
/// asked.
#[derive(Debug, Default)]
pub struct Habits {
    /// What is known, by the number of functions into which it was looked, too.
    known: RefCell<HashMap<(Key, usize), Habit>>,
    /// The functions that are being looked into.
    way: RefCell<Vec<Key>>,
    /// How many of them, from the outermost on, do not rest on what is still looked for.
    sure: Cell<usize>,
}

type Key = (usize, StmtId, String, Value, String);

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

/// Whether a function's name says that it gives back what it gets.
pub fn sounds_like_release(name: &str) -> bool {
    let lower = name.to_lowercase();
    RELEASING.iter().any(|part| lower.contains(part))
}

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
    if sounds_like_release(name) {
        Callee::Releases
    } else {
        Callee::Unknown
    }
}

/// What a function does with a resource that it is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    /// It only uses it, or passes it on to others that do; what it returns depends on it so.
    Uses(Value),
    /// It returns it, always.
    Returns,
    /// It gives it back, on some path at least.
    Releases,
    /// It lets something else release it.
    HandsOver,
    /// It puts it where it lives on.
    Keeps,
    /// It puts something there that depends on it.
    KeepsDerived,
    /// It may do anything.
    Unknown,
}

impl Local<'_> {
    /// What the function does with an argument of a call, its place given, that depends on the resource as `given` says. Of
    /// what is not the resource only that it is kept is of interest.
    pub fn habit(
        &self,
        ctx: &Context<'_>,
        resource: &Resource,
        (args, index): (&[Arg], usize),
        given: Value,
        depth: usize,
    ) -> Habit {
        let Some(param) = self.0.param(args, index) else {
            let gathers = given == Value::Resource && self.gathers(args, index);
            return match gathers && closes_any(self.0.names.module, resource, self.0.stmt) {
                true => Habit::Releases,
                false => Habit::Unknown,
            };
        };
        if given != Value::Resource {
            let other = ctx.beside(self.0.names);
            return match habit(&other, resource, self.0.stmt, (&param.name, given), depth) {
                Habit::Keeps if !self.0.makes => Habit::Keeps,
                _ => Habit::Unknown,
            };
        }
        // `def f(conn=None)` with `conn = connect()` inside closes what it opened itself.
        let is_own = param.default.is_some() && self.binds(&param.name);
        if !is_own && closes(self.0.names.module, resource, self.0.stmt, &param.name) {
            return Habit::Releases;
        }
        let other = ctx.beside(self.0.names);
        match habit(&other, resource, self.0.stmt, (&param.name, given), depth) {
            Habit::Releases if is_own => Habit::Uses(Value::Derived),
            // What is made does not depend on what its maker returns.
            Habit::Uses(_) if self.0.makes => Habit::Uses(Value::Derived),
            Habit::Keeps | Habit::KeepsDerived | Habit::Returns if self.0.makes => Habit::Unknown,
            habit => habit,
        }
    }

    /// Whether a call only makes a coroutine, which does the work when it is awaited.
    pub fn is_async(&self) -> bool {
        self.0.def.is_async
    }

    /// Whether the function binds the name of its parameter to something else.
    fn binds(&self, name: &str) -> bool {
        let scopes = self.0.names.scopes;
        let scope = scopes.scope(scopes.of_block(self.0.def.body));
        scope
            .bindings
            .get(name)
            .is_some_and(|bindings| bindings.len() > 1)
    }

    /// Whether the argument may come to a parameter like `*resources`.
    fn gathers(&self, args: &[Arg], index: usize) -> bool {
        let placed = args.get(index).is_some_and(|arg| arg.keyword.is_none());
        placed && self.0.def.params.iter().any(|param| param.stars == 1)
    }
}

/// Whether a statement inside the definition `id` closes `name`, or puts it into a `with` that does.
fn closes(module: &Module, resource: &Resource, id: StmtId, name: &str) -> bool {
    closes_what(module, resource, id, &|expr| is_name(expr, name))
}

/// Whether a statement inside the definition `id` closes anything that has a name.
fn closes_any(module: &Module, resource: &Resource, id: StmtId) -> bool {
    closes_what(module, resource, id, &|expr| {
        matches!(expr.kind, ExprKind::Name(_))
    })
}

fn closes_what(
    module: &Module,
    resource: &Resource,
    id: StmtId,
    is_it: &dyn Fn(&Expr) -> bool,
) -> bool {
    let span = module.stmt(id).span;
    let inside = module
        .stmts
        .iter()
        .skip(id.0 as usize + 1)
        .take_while(|stmt| span.contains(stmt.span));
    for stmt in inside {
        if let StmtKind::With { items, .. } = &stmt.kind
            && resource.released_by_with()
            && items.iter().any(|item| is_it(&item.context))
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
                && is_it(value)
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

/// What the definition `id` does with what it knows under that name, and that depends on the resource so.
pub fn habit(
    ctx: &Context<'_>,
    resource: &Resource,
    id: StmtId,
    (name, given): (&str, Value),
    depth: usize,
) -> Habit {
    let file = ctx.names.file();
    let key = (file, id, name.to_owned(), given, resource.id.clone());
    let habits = &ctx.habits;
    if let Some(known) = habits.known.borrow().get(&(key.clone(), depth)) {
        return *known;
    }
    // A function that calls itself: whatever else it does decides.
    if let Some(place) = habits.way.borrow().iter().position(|other| *other == key) {
        habits.sure.set(habits.sure.get().min(place));
        return Habit::Uses(Value::Derived);
    }
    let place = habits.way.borrow().len();
    habits.way.borrow_mut().push(key.clone());
    let outer = habits.sure.replace(usize::MAX);
    let found = look_inside(ctx, resource, id, (name, given), depth).unwrap_or(Habit::Unknown);
    habits.way.borrow_mut().pop();
    // What one function of a circle does is known when all of it has been seen, from the one asked about on.
    let sure = habits.sure.get();
    if sure >= place {
        habits.known.borrow_mut().insert((key, depth), found);
        habits.sure.set(outer);
    } else {
        habits.sure.set(outer.min(sure));
    }
    found
}

fn look_inside(
    ctx: &Context<'_>,
    resource: &Resource,
    id: StmtId,
    (name, given): (&str, Value),
    depth: usize,
) -> Option<Habit> {
    let StmtKind::FunctionDef(def) = &ctx.module.stmt(id).kind else {
        return None;
    };
    let scope = ctx.scopes.scope(ctx.scopes.of_block(def.body));
    let is_plain = ctx.names.is_plain(def)
        || (scope.is_generator && ctx.names.lifetime(def) == Lifetime::Manager);
    if depth == 0 || !is_plain || scope.has_error || ctx.names.is_left_open(def) {
        return None;
    }
    let graph = Graph::build(ctx.module, def.body)?;
    let root = match given {
        Value::Resource => Root::Name(name.to_owned()),
        _ => Root::Call(crate::syntax::Span::default()),
    };
    let mut eye = Eye::new(ctx, scope.id, resource, root, id, false).with_depth(depth - 1);
    if given != Value::Resource {
        eye = eye.knowing(name, given);
    }
    let events = eye.look_everywhere(&graph);
    if given != Value::Resource {
        return Some(match events.iter().any(keeps) {
            true => Habit::Keeps,
            false => Habit::Uses(Value::Derived),
        });
    }
    let returns = ctx.names.always_returns(def, name);
    Some(match summary(&events, scope.is_generator) {
        Habit::Returns if !returns => Habit::Unknown,
        habit => habit,
    })
}

/// Whether something is put where it lives on.
fn keeps(event: &Event) -> bool {
    matches!(
        event,
        Event::Leaves(Leave::Stored | Leave::Captured | Leave::Collected)
            | Event::DerivedLeaves(Leave::Stored | Leave::Captured | Leave::Collected, _)
    )
}

/// One word for all that happens in a function, the strongest.
fn summary(events: &[Event], is_generator: bool) -> Habit {
    let happens = |is_it: &dyn Fn(&Event) -> bool| events.iter().any(is_it);
    if happens(&|event| matches!(event, Event::Release | Event::GivenBack)) {
        return Habit::Releases;
    }
    if happens(&|event| matches!(event, Event::HandedOver)) {
        return Habit::HandsOver;
    }
    if happens(&|event| {
        matches!(
            event,
            Event::Leaves(Leave::Stored | Leave::Captured | Leave::Collected)
        )
    }) {
        return Habit::Keeps;
    }
    if happens(&|event| {
        matches!(
            event,
            Event::DerivedLeaves(Leave::Stored | Leave::Captured | Leave::Collected, _)
        )
    }) {
        return Habit::KeepsDerived;
    }
    let is_open = |event: &Event| match event {
        Event::Leaves(how) | Event::DerivedLeaves(how, _) => {
            !(matches!(how, Leave::Returned) || is_generator && *how == Leave::Yielded)
        }
        Event::Passed(_) => true,
        _ => false,
    };
    if happens(&is_open) {
        return Habit::Unknown;
    }
    if is_generator {
        let lends = happens(&|event| matches!(event, Event::Leaves(Leave::Yielded)));
        return Habit::Uses(if lends { Value::Lends } else { Value::Lazy });
    }
    if happens(&|event| matches!(event, Event::Leaves(_))) {
        return Habit::Returns;
    }
    if happens(&|event| matches!(event, Event::DerivedLeaves(..))) {
        return Habit::Uses(Value::Derived);
    }
    Habit::Uses(Value::Clean)
}
