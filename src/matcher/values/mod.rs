//! What expressions and statements do with one resource: touch it, give it back, let it out, or compute something from
//! it that may still need it.

mod bindings;
mod calls;
mod evaluate;

use std::collections::{HashMap, HashSet};

use super::callee::{self, Callee, Habit};
use super::flow::{Atom, Graph};
use super::meanings::Keeps;
use super::sites::Site;
use super::{Context, effects};
use crate::catalog::{Callable, Catalog, Items, Kind, Resource};
use crate::syntax::{
    Arg, Comp, CompClause, Expr, ExprKind, FunctionDef, ScopeId, Span, StmtId, StmtKind,
};

/// What the resource is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// The name it is bound to.
    Name(String),
    /// Nothing: the acquiring call itself.
    Call(Span),
    /// The attribute of that name, of whatever object.
    Attribute(String),
}

/// How the value of an expression depends on the resource, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Not at all, or copied out.
    Clean,
    /// An attribute that was read from an ORM object: mostly a plain value, but it may be another ORM object, which loads
    /// more when its own attributes are read or when it is iterated.
    Read,
    /// Obtained through it and may still need it: rows, cursors, ORM objects.
    Derived,
    /// A container of such things, or what gives them one by one: a list of cursors, `map(conn.execute, queries)`.
    Several,
    /// A call that got the resource made it, and may have kept the resource inside.
    Wrapped,
    /// Does its work later, on the resource: an iterator, a generator, a function that captured it.
    Lazy,
    /// A context manager that gives the resource.
    Lends,
    /// A container with the resource in it.
    Held,
    /// The resource.
    Resource,
}

/// How something leaves the function, or at least its own name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// By `return`.
    Returned,
    /// By `yield`.
    Yielded,
    /// In an exception.
    Raised,
    /// Into an attribute or an item.
    Stored,
    /// Into a function, lambda or generator that may run later.
    Captured,
    /// As a callback, into a call that may run it later but more often runs it at once.
    Lent,
    /// Into a container that lives on.
    Collected,
    /// Into a container that the function itself made, and only with it further.
    Contained,
}

/// One thing that happens to the resource at an atom, in order of evaluation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It is touched.
    Use,
    /// It is asked whether it is open, or for a plain attribute: a released one may be asked, too.
    Asked,
    /// Its own release method is called.
    Release,
    /// Another way of giving it back: by another method, or by a function that does it.
    GivenBack,
    /// Something else took over the release: a `with`, an exit stack, `atexit`.
    HandedOver,
    /// Its name is bound to something else, or deleted.
    Rebound,
    /// Its name is bound to it, perhaps again.
    Regained,
    /// It leaves.
    Leaves(Leave),
    /// It is passed to something that is not known.
    Passed(String),
    /// A value that was derived from it is used.
    DerivedUse(String),
    /// A value that was derived from it leaves.
    DerivedLeaves(Leave, String),
}

/// Looks at a function's atoms for the sake of one resource.
pub struct Eye<'a> {
    /// What is known of the file.
    pub ctx: &'a Context<'a>,
    /// The function's scope.
    pub scope: ScopeId,
    /// What is known of the resource.
    pub resource: &'a Resource,
    root: Root,
    /// The span of the acquiring call: where it is bound to a name, that statement is not a rebinding.
    acquired: StmtId,
    /// The acquiring expression, where a walrus binds it.
    bound_here: Option<Span>,
    /// Where a `with` is entered on what is acquired in its own header, and does not release it.
    entered: Option<Atom>,
    /// Other names of the resource, and names of values that depend on it.
    names: HashMap<String, Value>,
    /// Functions defined inside that touch it.
    closures: HashSet<String>,
    /// Those of them that hold it without its name: by a default value, or by what depends on it.
    holding: HashSet<String>,
    /// Those of them that are generators: what calling them gives does its work later.
    generators: HashSet<String>,
    /// Those of them that do more with it than touch it: they may hand it on.
    keeping: HashSet<String>,
    /// What calling those of them does that put it, or may put it, where it lives on.
    storing: HashMap<String, Event>,
    /// Names of objects that were given the resource, with the methods by which those give it back.
    owners: HashMap<String, Vec<&'a str>>,
    /// Names bound by the comprehensions and lambdas around the expression at hand.
    inner: Vec<(String, Value)>,
    /// How many functions deep what it is given to is looked at.
    depth: usize,
    /// Whether the acquiring call names a mode in which things are written.
    writes: bool,
    /// What is called by the call that is awaited at the moment.
    awaited: Option<Span>,
    /// Whether the root's name means this resource at the atom at hand.
    live: bool,
    /// Whether the root's name was bound at the atom at hand, and each time to the resource itself.
    kept: Option<bool>,
    events: Vec<Event>,
}

impl<'a> Eye<'a> {
    /// An eye on the resource that `acquired` acquires and that is known as `root`.
    pub fn new(
        ctx: &'a Context<'a>,
        scope: ScopeId,
        resource: &'a Resource,
        root: Root,
        acquired: StmtId,
        writes: bool,
    ) -> Self {
        Eye {
            ctx,
            scope,
            resource,
            root,
            acquired,
            bound_here: None,
            entered: None,
            names: HashMap::new(),
            closures: HashSet::new(),
            holding: HashSet::new(),
            generators: HashSet::new(),
            keeping: HashSet::new(),
            storing: HashMap::new(),
            owners: HashMap::new(),
            inner: Vec::new(),
            depth: callee::DEPTH,
            writes,
            awaited: None,
            live: true,
            kept: None,
            events: Vec::new(),
        }
    }

    /// An eye on what `site` acquires.
    pub fn of(ctx: &'a Context<'a>, site: &'a Site<'a>) -> Self {
        let root = match &site.name {
            Some(name) => Root::Name(name.clone()),
            None => Root::Call(site.whole.span),
        };
        let writes = names_writing_mode(site.call);
        let mut eye = Eye::new(ctx, site.scope, site.resource(), root, site.stmt, writes);
        eye.bound_here = site.name.is_some().then_some(site.whole.span);
        eye.entered = site.entered.is_some().then_some(site.atom);
        eye
    }

    /// Whether the atom, which binds the root's name, binds it to what it means already.
    pub fn keeps_meaning(&mut self, atom: Atom) -> Keeps {
        let Some(id) = atom.stmt().filter(|id| *id != self.acquired) else {
            return Keeps::Never;
        };
        self.kept = None;
        self.look(atom, true);
        if self.kept != Some(true) {
            return Keeps::Never;
        }
        let (StmtKind::Assign { value, .. }
        | StmtKind::AnnAssign {
            value: Some(value), ..
        }) = &self.ctx.module.stmt(id).kind
        else {
            return Keeps::Sometimes;
        };
        let mut chooses = false;
        value.walk(&mut |part| {
            chooses |= matches!(part.kind, ExprKind::IfExp { .. } | ExprKind::Bool { .. });
            true
        });
        match chooses {
            true => Keeps::Sometimes,
            false => Keeps::Always,
        }
    }

    /// Knows another name that depends on the resource.
    pub fn knowing(mut self, name: &str, found: Value) -> Self {
        self.names.insert(name.to_owned(), found);
        self
    }

    /// Looks into fewer functions.
    pub fn with_depth(self, depth: usize) -> Self {
        Eye { depth, ..self }
    }

    /// How many names are known to depend on the resource; grows until a whole pass over the function adds none.
    pub fn knowledge(&self) -> usize {
        self.names.len() + self.closures.len() + self.owners.len()
    }

    /// Whether functions defined here touch the resource.
    pub fn has_closures(&self) -> bool {
        !self.closures.is_empty()
    }

    /// Takes note of functions that are defined at `atom` and touch the resource; says whether something else that is made
    /// there captures it: a lambda, a class, a decorated function.
    pub fn captures(&mut self, atom: Atom) -> bool {
        let Some(id) = atom.stmt() else { return false };
        let module = self.ctx.module;
        if matches!(
            module.stmt(id).kind,
            StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)
        ) {
            let events = self.look(atom, true);
            return events.iter().any(|event| matches!(event, Event::Leaves(_)));
        }
        let mut found = false;
        for expr in module.stmt(id).exprs() {
            expr.walk(&mut |expr| {
                if let ExprKind::Lambda { body, .. } = &expr.kind {
                    body.walk(&mut |inner| {
                        found |= matches!(&inner.kind, ExprKind::Name(name) if self.is_root(name));
                        true
                    });
                }
                true
            });
        }
        found
    }

    /// What happens at `atom`; `live` says whether the root's name means this resource there.
    pub fn look(&mut self, atom: Atom, live: bool) -> Vec<Event> {
        self.live = live;
        self.events.clear();
        self.inner.clear();
        self.atom(atom);
        std::mem::take(&mut self.events)
    }

    /// Everything that happens at the atoms of a graph, once all names that depend on the resource are known.
    pub fn look_everywhere(&mut self, graph: &Graph) -> Vec<Event> {
        let mut atoms: Vec<_> = graph
            .nodes
            .iter()
            .map(|node| node.atom)
            .filter(|atom| atom.stmt().is_some())
            .collect();
        atoms.sort_by_key(|atom| atom.stmt());
        loop {
            let before = self.knowledge();
            let events: Vec<Event> = atoms
                .iter()
                .flat_map(|atom| self.look(*atom, true))
                .collect();
            if self.knowledge() == before {
                return events;
            }
        }
    }

    fn is_root(&self, name: &str) -> bool {
        matches!(&self.root, Root::Name(root) if root == name)
    }

    fn is_root_attribute(&self, expr: &Expr) -> bool {
        match (&self.root, &expr.kind) {
            (Root::Attribute(root), ExprKind::Attribute { attr, .. }) => attr == root,
            _ => false,
        }
    }

    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    fn atom(&mut self, atom: Atom) {
        let module = self.ctx.module;
        let Some(id) = atom.stmt() else { return };
        let stmt = module.stmt(id);
        match (atom, &stmt.kind) {
            (Atom::Test(_, index), StmtKind::If { branches, .. }) => {
                if let Some((test, _)) = branches.get(index) {
                    self.eval(test);
                }
            }
            (Atom::Test(..), StmtKind::While { test, .. }) => {
                self.eval(test);
            }
            (Atom::Iter(_), StmtKind::For { iter, .. }) => {
                self.eval(iter);
            }
            (Atom::Next(_), StmtKind::For { iter, target, .. }) => {
                // Each turn asks the iterated value again, and so whatever it needs.
                let value = self.eval(iter);
                let element = self.iterated(value, iter);
                let value = evaluate::values_of(target, iter);
                if let ExprKind::Tuple(parts) = &target.kind
                    && value.span != target.span
                    && let Some(key) = parts.first()
                {
                    self.bind(key, Value::Clean, iter);
                }
                self.bind(value, element, iter);
            }
            (Atom::Enter(_, index), StmtKind::With { items, .. }) => {
                let Some(item) = items.get(index) else { return };
                let value = self.eval(&item.context);
                if self.owner(&item.context).contains(&"__exit__") {
                    self.emit(Event::HandedOver);
                }
                let managed = value == Value::Resource
                    && self.entered != Some(atom)
                    && self.is_released_by_with(&item.context);
                // What holds it gives it back.
                let by_holder = matches!(value, Value::Wrapped | Value::Lazy)
                    && self
                        .ctx
                        .names
                        .leaving(&item.context, self.scope)
                        .is_some_and(|exit| callee::gives_back_own(self.resource, &exit, 1));
                if managed || by_holder {
                    self.emit(Event::HandedOver);
                }
                if let Some(target) = &item.target {
                    let bound = match managed {
                        true => Value::Clean,
                        false if self.enters_self(&item.context) => Value::Resource,
                        false if value == Value::Lends => Value::Resource,
                        false => value,
                    };
                    self.bind(target, bound, &item.context);
                }
            }
            (Atom::Leave(_), StmtKind::With { items, .. }) => {
                if self.live && self.is_entered(id) && matches!(self.root, Root::Name(_)) {
                    self.emit(Event::Use);
                }
                for item in items {
                    let before = self.events.len();
                    let value = self.eval(&item.context);
                    self.events.truncate(before);
                    if value != Value::Clean {
                        self.emit(Event::Use);
                    }
                }
            }
            (Atom::Catch(_, index), StmtKind::Try { handlers, .. }) => {
                if let Some(name) = handlers
                    .get(index)
                    .and_then(|handler| handler.name.as_deref())
                {
                    self.rebind(name);
                }
            }
            (Atom::Subject(_), StmtKind::Match { subject, .. }) => {
                self.eval(subject);
            }
            (Atom::Case(_, index), StmtKind::Match { subject, cases }) => {
                let before = self.events.len();
                let value = self.eval(subject);
                self.events.truncate(before);
                let Some(case) = cases.get(index) else { return };
                for name in &case.binds {
                    self.bind_name(name, value);
                }
                for expr in case.exprs.iter().chain(&case.guard) {
                    self.eval(expr);
                }
            }
            (Atom::Simple(_), kind) => self.simple(id, kind),
            _ => {}
        }
    }

    fn simple(&mut self, id: StmtId, kind: &'a StmtKind) {
        match kind {
            StmtKind::Expr(value) => {
                let value_of = self.eval(value);
                // `yield s` inside is seen by `eval`; what is merely dropped goes nowhere.
                let _ = value_of;
            }
            StmtKind::Assign { targets, value } => {
                let found = self.eval(value);
                if id == self.acquired && matches!(self.root, Root::Name(_)) {
                    // `other = s = f()`
                    for target in targets {
                        if let ExprKind::Name(name) = &target.kind
                            && !self.is_root(name)
                        {
                            self.bind_name(name, Value::Resource);
                        }
                    }
                    return;
                }
                self.name_owner(targets, found, value);
                for target in targets {
                    self.bind(target, found, value);
                }
            }
            StmtKind::AnnAssign {
                target,
                value: Some(value),
                ..
            } => {
                let found = self.eval(value);
                if id == self.acquired && matches!(self.root, Root::Name(_)) {
                    return;
                }
                self.bind(target, found, value);
            }
            StmtKind::AugAssign { target, value } => {
                let found = self.eval(value);
                self.eval(target);
                self.bind(target, found, value);
            }
            StmtKind::Return(Some(value)) => {
                let found = self.eval(value);
                self.leave(found, Leave::Returned, value);
            }
            StmtKind::Raise { exc, cause } => {
                for part in exc.iter().chain(cause) {
                    let found = self.eval(part);
                    // Who catches the exception finds in it what it was made with.
                    if found == Value::Derived {
                        self.leave(found, Leave::Raised, part);
                    }
                }
            }
            StmtKind::Delete(targets) => {
                for target in targets {
                    match &target.kind {
                        ExprKind::Name(name) if self.is_root(name) => self.emit(Event::Rebound),
                        ExprKind::Name(_) => {}
                        _ => {
                            self.eval(target);
                        }
                    }
                }
            }
            StmtKind::Assert { test, message } => {
                self.eval(test);
                if let Some(message) = message {
                    self.eval(message);
                }
            }
            StmtKind::FunctionDef(def) => self.function(id, def),
            StmtKind::ClassDef(class) => {
                for expr in class
                    .decorators
                    .iter()
                    .chain(class.bases.iter().map(|arg| &arg.value))
                {
                    self.eval(expr);
                }
                if self.touches_inside(id, &|eye, name| {
                    eye.is_root(name) || eye.names.contains_key(name)
                }) {
                    self.emit(Event::Leaves(Leave::Captured));
                }
                self.rebind(&class.name);
            }
            StmtKind::Import(names) => {
                for name in names {
                    let bound = name
                        .alias
                        .as_deref()
                        .unwrap_or(name.name.split('.').next().unwrap_or_default());
                    self.rebind(bound);
                }
            }
            StmtKind::ImportFrom { names, .. } => {
                for name in names {
                    self.rebind(name.alias.as_deref().unwrap_or(&name.name));
                }
            }
            _ => {}
        }
    }

    /// Whether `with context:` gives the resource back: `with conn:` of some drivers only ends a transaction.
    fn is_released_by_with(&self, context: &Expr) -> bool {
        let direct = matches!(&context.kind, ExprKind::Name(_));
        !(direct || self.is_root_attribute(context)) || self.resource.released_by_with()
    }

    /// A function defined inside. If it touches the resource and its name is only ever called, the calls are the uses;
    /// decorated, or used otherwise, it may run later.
    fn function(&mut self, id: StmtId, def: &'a FunctionDef) {
        let mut touched = false;
        // It may do with its default values what it does not do with the name itself.
        let mut only_uses = true;
        let mut stores = false;
        for expr in &def.decorators {
            touched |= self.eval(expr) > Value::Derived;
        }
        for param in &def.params {
            let Some(default) = &param.default else {
                continue;
            };
            let found = self.eval(default);
            touched |= found > Value::Derived;
            only_uses &= match found {
                Value::Resource => self.only_uses(id, &param.name),
                found => found <= Value::Derived,
            };
            stores |= found == Value::Resource && self.stores(id, &param.name);
        }
        let nameless =
            touched || self.touches_inside(id, &|eye, name| eye.names.contains_key(name));
        if nameless || self.touches_inside(id, &|eye, name| eye.is_root(name)) {
            if def.decorators.is_empty() {
                self.closures.insert(def.name.clone());
                if nameless {
                    self.holding.insert(def.name.clone());
                }
                let scope = self.ctx.scopes.of_block(def.body);
                if self.ctx.scopes.scope(scope).is_generator {
                    self.generators.insert(def.name.clone());
                }
                let simple = match &self.root {
                    Root::Name(name) => only_uses && self.only_uses(id, name),
                    Root::Call(_) | Root::Attribute(_) => false,
                };
                if !simple {
                    self.keeping.insert(def.name.clone());
                    if let Root::Name(name) = &self.root {
                        stores |= self.stores(id, name);
                    }
                    let event = match stores {
                        true => Some(Event::Leaves(Leave::Stored)),
                        false => self.keeper_inside(id).map(Event::Passed),
                    };
                    if let Some(event) = event {
                        self.storing.insert(def.name.clone(), event);
                    }
                }
            } else {
                self.emit(Event::Leaves(Leave::Captured));
            }
        }
        self.rebind(&def.name);
    }

    /// Whether the function that `id` defines puts what it knows as `name`, or something got from it, where it lives on.
    fn stores(&self, id: StmtId, name: &str) -> bool {
        let given = (name, Value::Resource);
        let habit = callee::habit(self.ctx, self.resource, id, given, self.depth);
        matches!(habit, Habit::Keeps | Habit::KeepsDerived | Habit::HandsOver)
    }

    /// What is called inside of the definition `id` that sounds as if it keeps what it is given.
    fn keeper_inside(&self, id: StmtId) -> Option<String> {
        let module = self.ctx.module;
        let span = module.stmt(id).span;
        let mut found = None;
        let inside = module
            .stmts
            .iter()
            .skip(id.0 as usize + 1)
            .take_while(|stmt| span.contains(stmt.span));
        for stmt in inside {
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Call { func, .. } = &expr.kind {
                    let text = func.span.of(self.ctx.text);
                    if effects::may_keep(text) {
                        found.get_or_insert(text.to_owned());
                    }
                }
            });
        }
        found
    }

    /// Whether the function that `id` defines does no more with what it knows as `name` than use it.
    fn only_uses(&self, id: StmtId, name: &str) -> bool {
        let given = (name, Value::Resource);
        let habit = callee::habit(self.ctx, self.resource, id, given, self.depth);
        matches!(habit, Habit::Uses(_))
    }

    /// Whether the statements inside the definition `id` mention one of the names.
    fn touches_inside(&self, id: StmtId, is_it: &dyn Fn(&Self, &str) -> bool) -> bool {
        let module = self.ctx.module;
        let span = module.stmt(id).span;
        let inside = module
            .stmts
            .iter()
            .skip(id.0 as usize + 1)
            .take_while(|stmt| span.contains(stmt.span));
        for stmt in inside {
            let scope = self.ctx.scopes.of_stmt(module, stmt.id);
            let mut found = false;
            crate::syntax::walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Name(name) = &expr.kind
                    && is_it(self, name)
                    && self.ctx.scopes.resolve(scope, name) == Some(self.scope)
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
}

/// What makes a new container.
const CONTAINERS: [&str; 7] = [
    "list",
    "dict",
    "set",
    "defaultdict",
    "OrderedDict",
    "deque",
    "Counter",
];

/// The part of an assignment target that is evaluated before something is put into it.
fn target_base(target: &Expr) -> &Expr {
    match &target.kind {
        ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => value,
        _ => target,
    }
}

/// Whether an argument of the call is a mode like `"wb"` or `"r+"`.
pub fn names_writing_mode(call: &Expr) -> bool {
    let ExprKind::Call { args, .. } = &call.kind else {
        return false;
    };
    args.iter().any(|arg| match &arg.value.kind {
        ExprKind::Str(Some(mode)) => mode.len() <= 4 && mode.contains(['w', 'a', 'x', '+']),
        _ => false,
    })
}

/// The names a target binds.
pub fn target_names<'e>(target: &'e Expr, into: &mut Vec<&'e str>) {
    match &target.kind {
        ExprKind::Name(name) => into.push(name),
        ExprKind::Tuple(parts) | ExprKind::List(parts) => {
            for part in parts {
                target_names(part, into);
            }
        }
        ExprKind::Starred(inner) => target_names(inner, into),
        _ => {}
    }
}

fn is_callback(expr: &Expr) -> bool {
    matches!(
        expr.kind,
        ExprKind::Lambda { .. } | ExprKind::Name(_) | ExprKind::Attribute { .. }
    )
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The text on one line and not too long, to be named in a message.
pub fn short(text: &str) -> String {
    let folded = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if folded.chars().count() <= 40 {
        return folded;
    }
    let mut cut: String = folded.chars().take(37).collect();
    cut.push_str("...");
    cut
}
