//! What expressions and statements do with one resource: touch it, give it back, let it out, or compute something from
//! it that may still need it.

use std::collections::{HashMap, HashSet};

use super::callee::{self, Callee};
use super::flow::Atom;
use super::{Context, effects};
use crate::catalog::{Callable, Catalog, Items, Resource, WrapForm};
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
}

/// How the value of an expression depends on the resource, weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// Not at all, or copied out.
    Clean,
    /// Obtained through it and may still need it: rows, cursors, ORM objects.
    Derived,
    /// A call that got the resource made it, and may have kept the resource inside.
    Wrapped,
    /// Does its work later, on the resource: an iterator, a generator, a function that captured it.
    Lazy,
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
    /// Into an attribute or an item.
    Stored,
    /// Into a function, lambda or generator that may run later.
    Captured,
    /// As a callback, into a call that may run it later but more often runs it at once.
    Lent,
    /// Into a container that lives on.
    Collected,
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
    /// Other names of the resource, and names of values that depend on it.
    names: HashMap<String, Value>,
    /// Functions defined inside that touch it.
    closures: HashSet<String>,
    /// Names bound by the comprehensions and lambdas around the expression at hand.
    inner: Vec<(String, Value)>,
    /// Whether the acquiring call names a mode in which things are written.
    writes: bool,
    /// Whether the root's name means this resource at the atom at hand.
    live: bool,
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
        call: &Expr,
    ) -> Self {
        let writes = names_writing_mode(call);
        Eye {
            ctx,
            scope,
            resource,
            root,
            acquired,
            names: HashMap::new(),
            closures: HashSet::new(),
            inner: Vec::new(),
            writes,
            live: true,
            events: Vec::new(),
        }
    }

    /// How many names are known to depend on the resource; grows until a whole pass over the function adds none.
    pub fn knowledge(&self) -> usize {
        self.names.len() + self.closures.len()
    }

    /// Whether functions defined here touch the resource.
    pub fn has_closures(&self) -> bool {
        !self.closures.is_empty()
    }

    /// What happens at `atom`; `live` says whether the root's name means this resource there.
    pub fn look(&mut self, atom: Atom, live: bool) -> Vec<Event> {
        self.live = live;
        self.events.clear();
        self.inner.clear();
        self.atom(atom);
        std::mem::take(&mut self.events)
    }

    fn is_root(&self, name: &str) -> bool {
        matches!(&self.root, Root::Name(root) if root == name)
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
                let element = self.element(value);
                self.bind(target, element, iter);
            }
            (Atom::Enter(_, index), StmtKind::With { items, .. }) => {
                let Some(item) = items.get(index) else { return };
                let value = self.eval(&item.context);
                if value == Value::Resource && self.is_released_by_with(&item.context) {
                    self.emit(Event::HandedOver);
                }
                if let Some(target) = &item.target {
                    let bound = if value == Value::Resource {
                        Value::Clean
                    } else {
                        value
                    };
                    self.bind(target, bound, &item.context);
                }
            }
            (Atom::Leave(_), StmtKind::With { items, .. }) => {
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
                    return;
                }
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
                    self.eval(part);
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
                if self.touches_inside(id) {
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
        !direct || self.resource.with_releases.unwrap_or(self.resource.wrap != WrapForm::Closing)
    }

    /// A function defined inside. If it touches the resource and its name is only ever called, the calls are the uses;
    /// decorated, or used otherwise, it may run later.
    fn function(&mut self, id: StmtId, def: &'a FunctionDef) {
        let mut touched = false;
        for expr in def
            .decorators
            .iter()
            .chain(def.params.iter().filter_map(|param| param.default.as_ref()))
        {
            let found = self.eval(expr);
            touched |= found > Value::Derived;
        }
        if touched || self.touches_inside(id) {
            if def.decorators.is_empty() {
                self.closures.insert(def.name.clone());
            } else {
                self.emit(Event::Leaves(Leave::Captured));
            }
        }
        self.rebind(&def.name);
    }

    /// Whether the statements inside the definition `id` mention the resource or what depends on it.
    fn touches_inside(&self, id: StmtId) -> bool {
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
                    && (self.is_root(name) || self.names.contains_key(name))
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

    fn rebind(&mut self, name: &str) {
        if self.is_root(name) {
            self.emit(Event::Rebound);
        }
    }

    /// Binds `target` to a value that depends on the resource as `found` says; `source` is where it comes from.
    fn bind(&mut self, target: &'a Expr, found: Value, source: &'a Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.bind_name(name, found),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                // `a, b = s, 1` and `conn, cur = make(s)`: any part may be it.
                let part_value = if found >= Value::Held {
                    Value::Held
                } else {
                    found
                };
                for part in parts {
                    self.bind(part, part_value, source);
                }
            }
            ExprKind::Starred(inner) => self.bind(inner, found, source),
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => {
                let base = self.eval(target_base(target));
                if base == Value::Resource {
                    self.emit(Event::Use);
                    return;
                }
                if found == Value::Clean {
                    return;
                }
                match &value.kind {
                    // A local list or dict that collects derived values depends on the resource, too.
                    ExprKind::Name(name)
                        if found <= Value::Derived && self.is_local_container(name) =>
                    {
                        self.depend(name, Value::Derived);
                    }
                    _ => self.leave(found, Leave::Stored, source),
                }
            }
            _ => {}
        }
    }

    fn bind_name(&mut self, name: &str, found: Value) {
        if self.is_root(name) {
            if found != Value::Resource {
                self.emit(Event::Rebound);
            }
            return;
        }
        let scope = self.ctx.scopes.scope(self.scope);
        if scope.globals.contains(name) || scope.nonlocals.contains(name) {
            if found != Value::Clean {
                self.leave_named(found, Leave::Stored, name.to_owned());
            }
            return;
        }
        match found {
            Value::Clean => {}
            Value::Held => self.emit(Event::Leaves(Leave::Collected)),
            _ => self.depend(name, found),
        }
    }

    /// Whether the name is bound to a list, dict or set made in this function, and to nothing else: what is put into it
    /// leaves only with it.
    fn is_local_container(&self, name: &str) -> bool {
        let Some(bindings) = self.ctx.scopes.scope(self.scope).bindings.get(name) else {
            return false;
        };
        bindings.iter().all(|binding| {
            let Some(stmt) = binding.stmt.map(|id| self.ctx.module.stmt(id)) else {
                return false;
            };
            let value = match &stmt.kind {
                StmtKind::Assign { value, .. }
                | StmtKind::AnnAssign {
                    value: Some(value), ..
                } => value,
                StmtKind::AugAssign { .. } => return true,
                _ => return false,
            };
            match &value.kind {
                ExprKind::List(_)
                | ExprKind::Dict(_)
                | ExprKind::Set(_)
                | ExprKind::Comprehension { .. } => true,
                ExprKind::Call { func, .. } => match &func.kind {
                    ExprKind::Name(name) => CONTAINERS.contains(&name.as_str()),
                    ExprKind::Attribute { attr, .. } => CONTAINERS.contains(&attr.as_str()),
                    _ => false,
                },
                _ => false,
            }
        })
    }

    fn depend(&mut self, name: &str, found: Value) {
        if self.is_root(name) {
            return;
        }
        let entry = self.names.entry(name.to_owned()).or_insert(found);
        *entry = (*entry).max(found);
    }

    fn leave(&mut self, found: Value, how: Leave, source: &Expr) {
        self.leave_named(found, how, short(source.span.of(self.ctx.text)));
    }

    fn leave_named(&mut self, found: Value, how: Leave, what: String) {
        match found {
            Value::Clean => {}
            Value::Derived | Value::Wrapped => self.emit(Event::DerivedLeaves(how, what)),
            Value::Lazy | Value::Held | Value::Resource => self.emit(Event::Leaves(how)),
        }
    }

    /// What the elements of a value depend on.
    fn element(&self, value: Value) -> Value {
        match value {
            Value::Clean => Value::Clean,
            Value::Held => Value::Resource,
            _ if self.resource.items == Items::Detached => Value::Clean,
            _ => Value::Derived,
        }
    }

    /// Evaluates `expr`: emits what happens, and says how its value depends on the resource.
    fn eval(&mut self, expr: &'a Expr) -> Value {
        if let Root::Call(span) = &self.root
            && *span == expr.span
            && matches!(expr.kind, ExprKind::Call { .. } | ExprKind::Await(_))
        {
            self.emit(Event::Use);
            return Value::Resource;
        }
        match &expr.kind {
            ExprKind::Name(name) => self.name(name),
            ExprKind::Attribute { value, attr } => {
                let found = self.eval(value);
                self.attribute(found, attr)
            }
            ExprKind::Call { func, args } => self.call(func, args),
            ExprKind::Await(inner) => self.awaited(inner),
            ExprKind::Yield(value) => {
                if let Some(value) = value {
                    let found = self.eval(value);
                    self.leave(found, Leave::Yielded, value);
                }
                Value::Clean
            }
            ExprKind::YieldFrom(value) => {
                // The generator itself drives the iteration, so its elements are what leaves.
                let found = self.eval(value);
                let element = self.element(found);
                self.leave(element, Leave::Yielded, value);
                Value::Clean
            }
            ExprKind::Lambda { params, body } => {
                let mark = self.inner.len();
                for param in params {
                    self.inner.push((param.name.clone(), Value::Clean));
                }
                let captured = self.quietly(|eye| {
                    let found = eye.eval(body);
                    match eye.events.iter().all(|event| matches!(event, Event::DerivedUse(_))) {
                        true if eye.events.is_empty() => Value::Clean,
                        true => found.min(Value::Derived).max(Value::Derived),
                        false => Value::Lazy,
                    }
                });
                self.inner.truncate(mark);
                captured
            }
            ExprKind::Comprehension {
                kind,
                elements,
                clauses,
            } => self.comprehension(*kind, elements, clauses),
            ExprKind::Subscript { value, index } => {
                let found = self.eval(value);
                for part in index {
                    self.eval(part);
                }
                self.element(found)
            }
            ExprKind::Binary { left, right, .. } => {
                let (left_value, right_value) = (self.eval(left), self.eval(right));
                if matches!(left.kind, ExprKind::Str(_) | ExprKind::FString(_)) {
                    return Value::Clean; // formatting copies
                }
                left_value.max(right_value).min(Value::Derived)
            }
            ExprKind::Bool { left, right, .. } => {
                let left = self.eval(left);
                left.max(self.eval(right))
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.eval(test);
                let body = self.eval(body);
                body.max(self.eval(orelse))
            }
            ExprKind::Not(value) | ExprKind::Unary(value) => {
                self.eval(value);
                Value::Clean
            }
            ExprKind::Compare { operands, .. } => {
                for operand in operands {
                    self.eval(operand);
                }
                Value::Clean
            }
            ExprKind::FString(parts) => {
                for part in parts {
                    self.eval(part);
                }
                Value::Clean
            }
            ExprKind::Walrus { name, value } => {
                let found = self.eval(value);
                self.bind_name(name, found);
                found
            }
            ExprKind::Tuple(parts)
            | ExprKind::List(parts)
            | ExprKind::Set(parts)
            | ExprKind::Dict(parts) => {
                let mut found = Value::Clean;
                for part in parts {
                    found = found.max(self.eval(part));
                }
                found.min(Value::Held)
            }
            ExprKind::Starred(inner) => {
                let found = self.eval(inner);
                self.element(found)
            }
            ExprKind::Other(parts) => {
                let mut found = Value::Clean;
                for part in parts {
                    found = found.max(self.eval(part));
                }
                found
            }
            ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Number
            | ExprKind::Str(_) => Value::Clean,
        }
    }

    fn name(&mut self, name: &str) -> Value {
        if let Some((_, value)) = self.inner.iter().rev().find(|(inner, _)| inner == name) {
            return *value;
        }
        if self.is_root(name) {
            if self.live {
                self.emit(Event::Use);
                return Value::Resource;
            }
            return Value::Clean;
        }
        if self.closures.contains(name) {
            self.closure_used();
            return Value::Lazy;
        }
        let Some(&value) = self.names.get(name) else {
            return Value::Clean;
        };
        self.emit(Event::DerivedUse(name.to_owned()));
        value
    }

    /// A function that touches the resource by its name is called, or may be: what the name then means is touched.
    fn closure_used(&mut self) {
        if self.live {
            self.emit(Event::Use);
        }
    }

    /// Runs `look` without keeping the events; it may ask for them.
    fn quietly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let kept = std::mem::take(&mut self.events);
        let result = look(self);
        self.events = kept;
        result
    }

    fn attribute(&mut self, found: Value, attr: &str) -> Value {
        match found {
            Value::Resource if self.resource.derived.iter().any(|known| known == attr) => Value::Derived,
            Value::Resource if self.resource.checks_open(attr) || self.resource.plain_attribute(attr) => {
                self.instead_of_use(Some(Event::Asked));
                Value::Clean
            }
            Value::Resource => Value::Lazy,
            // An attribute that is read while the resource is open has been read.
            Value::Derived | Value::Held => Value::Clean,
            Value::Wrapped | Value::Lazy => Value::Derived,
            Value::Clean => Value::Clean,
        }
    }

    /// The resource was only looked up for something that does not touch it.
    fn instead_of_use(&mut self, event: Option<Event>) {
        if self.events.last() == Some(&Event::Use) {
            self.events.pop();
        }
        self.events.extend(event);
    }

    fn awaited(&mut self, inner: &'a Expr) -> Value {
        if let ExprKind::Call { func, args } = &inner.kind
            && self.resource.release_async
            && let ExprKind::Attribute { value, attr } = &func.kind
            && self.resource.release.contains(attr)
            && args.is_empty()
        {
            let found = self.quietly(|eye| eye.eval(value));
            if found == Value::Resource {
                self.released(value);
                return Value::Clean;
            }
        }
        self.eval(inner)
    }

    /// The release method was called on `object`, which is the resource.
    fn released(&mut self, object: &Expr) {
        let by_own_name = match (&object.kind, &self.root) {
            (ExprKind::Name(name), Root::Name(root)) => name == root,
            (_, Root::Call(span)) => object.span == *span,
            _ => false,
        };
        self.instead_of_use(Some(if by_own_name {
            Event::Release
        } else {
            Event::GivenBack
        }));
    }

    fn call(&mut self, func: &'a Expr, args: &'a [Arg]) -> Value {
        if let ExprKind::Attribute { value, attr } = &func.kind {
            let on = self.eval(value);
            if on >= Value::Derived {
                return self.method(on, value, attr, args);
            }
            return self.function_call(func, Some(attr), args);
        }
        if let ExprKind::Name(name) = &func.kind
            && self.closures.contains(name)
        {
            // Called here and now: a use. A coroutine or generator function would only begin its work.
            self.closure_used();
            self.args(args);
            return Value::Derived;
        }
        self.eval(func);
        self.function_call(func, None, args)
    }

    fn args(&mut self, args: &'a [Arg]) -> Value {
        let mut found = Value::Clean;
        for arg in args {
            found = found.max(self.eval(&arg.value));
        }
        found
    }

    /// `value.attr(args)` where `value` is the resource or depends on it.
    fn method(&mut self, on: Value, value: &'a Expr, attr: &str, args: &'a [Arg]) -> Value {
        let among_args = self.args(args);
        if among_args == Value::Resource && on != Value::Resource {
            self.emit(Event::Passed(attr.to_owned()));
        }
        if on == Value::Resource {
            if self.resource.release.iter().any(|release| release == attr) {
                // A coroutine that nobody awaits releases nothing.
                if !self.resource.release_async {
                    self.released(value);
                }
                return Value::Clean;
            }
            if effects::ENDING[..].contains(&attr)
                && !self.resource.detaches(attr)
                && !matches!(
                    attr,
                    "rollback" | "remove" | "expunge_all" | "clear" | "join" | "cancel" | "unlink"
                )
            {
                self.emit(Event::GivenBack);
                return Value::Clean;
            }
            if matches!(attr, "detach" | "__exit__" | "__aexit__") {
                self.emit(Event::GivenBack);
                return Value::Clean;
            }
        }
        let plain = self
            .resource
            .detached
            .iter()
            .chain(&self.resource.checks)
            .any(|known| known == attr);
        if on == Value::Held {
            Value::Held // `.values()` of a dictionary that holds it
        } else if plain {
            Value::Clean
        } else {
            Value::Derived
        }
    }

    /// A call of something that is not the resource.
    fn function_call(
        &mut self,
        func: &'a Expr,
        method: Option<&str>,
        args: &'a [Arg],
    ) -> Value {
        let mut known = callee::of(self.ctx, self.scope, func);
        let reads_later = |arg: &Arg| arg.keyword.as_deref().is_some_and(|name| Catalog::get().lazy_keyword(name));
        if matches!(known, Callee::Known(Callable::Eager)) && args.iter().any(reads_later) {
            known = Callee::Known(Callable::Lazy);
        }
        let mut result = Value::Clean;
        for (index, arg) in args.iter().enumerate() {
            let mut value = self.eval(&arg.value);
            if arg.stars > 0 {
                value = self.element(value); // taken apart here and now
            }
            if value == Value::Clean {
                continue;
            }
            // `stack.callback(f.close)`, `atexit.register(f.close)`: the release is handed on.
            if value == Value::Lazy && self.is_release_method(&arg.value) {
                self.emit(Event::HandedOver);
                continue;
            }
            result = result.max(self.argument(value, &known, func, method, arg, index));
        }
        result
    }

    fn is_release_method(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Attribute { attr, .. } => {
                self.resource.release.contains(attr) || attr == "__exit__" || attr == "shutdown"
            }
            _ => false,
        }
    }

    fn argument(
        &mut self,
        value: Value,
        known: &Callee,
        func: &'a Expr,
        method: Option<&str>,
        arg: &'a Arg,
        index: usize,
    ) -> Value {
        match known {
            Callee::Known(Callable::Copies) => return Value::Clean,
            Callee::Known(Callable::Eager) => {
                return if value == Value::Derived {
                    self.element(value)
                } else {
                    Value::Clean
                };
            }
            // What is written through a wrapper may stay in it until it dies, which is after the release.
            Callee::Known(Callable::Buffers) if self.writes => {}
            Callee::Known(Callable::Lazy | Callable::Buffers) => {
                return if value >= Value::Lazy {
                    Value::Lazy
                } else {
                    Value::Derived
                };
            }
            Callee::Known(Callable::Keeps) => {
                match value {
                    Value::Derived | Value::Wrapped => self.leave(value, Leave::Stored, &arg.value),
                    _ => self.emit(Event::HandedOver),
                }
                return Value::Clean;
            }
            Callee::Closing if value == Value::Resource => return Value::Resource,
            Callee::Releases if value >= Value::Held => {
                self.emit(Event::GivenBack);
                return Value::Clean;
            }
            Callee::Project(closes)
                if value == Value::Resource && closes.releases(self.ctx, arg, index) =>
            {
                self.emit(Event::GivenBack);
                return Value::Clean;
            }
            _ => {}
        }
        let collects = method.is_some_and(|name| COLLECTING.contains(&name));
        match value {
            Value::Resource | Value::Held if collects => {
                self.emit(Event::Leaves(Leave::Collected));
                Value::Clean
            }
            Value::Resource | Value::Held => {
                let name = short(func.span.of(self.ctx.text));
                let class_like = last_part(&name)
                    .trim_start_matches('_')
                    .starts_with(char::is_uppercase);
                self.emit(Event::Passed(name));
                if class_like {
                    Value::Lazy
                } else {
                    Value::Wrapped
                }
            }
            Value::Lazy if collects => {
                self.emit(Event::Leaves(Leave::Collected));
                Value::Clean
            }
            Value::Lazy => {
                // A callback or an iterator goes to something unknown, which may run it later.
                if is_callback(&arg.value) {
                    let keeps = effects::may_keep(func.span.of(self.ctx.text));
                    self.emit(Event::Leaves(if keeps { Leave::Captured } else { Leave::Lent }));
                }
                Value::Derived
            }
            Value::Derived if matches!(arg.value.kind, ExprKind::Lambda { .. }) => {
                self.leave(value, Leave::Captured, &arg.value);
                Value::Clean
            }
            Value::Derived | Value::Wrapped => {
                if effects::is_message_call(func) {
                    return Value::Clean;
                }
                if collects && let ExprKind::Attribute { value: base, .. } = &func.kind {
                    match &base.kind {
                        ExprKind::Name(name) if self.is_local_container(name) => {
                            self.depend(name, Value::Derived)
                        }
                        _ => self.leave(value, Leave::Stored, &arg.value),
                    }
                    return Value::Clean;
                }
                Value::Derived
            }
            Value::Clean => Value::Clean,
        }
    }

    fn comprehension(
        &mut self,
        kind: Comp,
        elements: &'a [Expr],
        clauses: &'a [CompClause],
    ) -> Value {
        let mark = self.inner.len();
        let before = self.events.len();
        for clause in clauses {
            match clause {
                CompClause::For { target, iter, .. } => {
                    let value = self.eval(iter);
                    let element = self.element(value);
                    let mut bound = Vec::new();
                    target_names(target, &mut bound);
                    for name in bound {
                        self.inner.push((name.to_owned(), element));
                    }
                }
                CompClause::If(test) => {
                    self.eval(test);
                }
            }
        }
        let mut found = Value::Clean;
        for element in elements {
            found = found.max(self.eval(element));
        }
        self.inner.truncate(mark);
        if kind == Comp::Generator {
            // Whatever it touches, it touches when it is asked for elements.
            return if self.events.len() > before {
                Value::Lazy
            } else {
                Value::Clean
            };
        }
        found.min(Value::Held)
    }
}

/// Methods that put their argument into the object they are called on.
const COLLECTING: [&str; 11] = [
    "append",
    "appendleft",
    "add",
    "insert",
    "extend",
    "update",
    "put",
    "put_nowait",
    "setdefault",
    "push",
    "set",
];

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
fn names_writing_mode(call: &Expr) -> bool {
    let ExprKind::Call { args, .. } = &call.kind else { return false };
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
