//! Calls: of the resource's methods, and of what gets it as an argument.

use super::*;

impl<'a> Eye<'a> {
    pub(super) fn call(&mut self, func: &'a Expr, args: &'a [Arg]) -> Value {
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
            // Called here and now: a use. A generator function only begins its work.
            self.closure_used(name);
            self.args(args);
            return if self.generators.contains(name) {
                Value::Lazy
            } else {
                Value::Derived
            };
        }
        // What a method gives that goes by a name of its own may need the resource as well as if it were called in place.
        let through = self.eval(func).min(Value::Derived);
        self.function_call(func, None, args).max(through)
    }

    pub(super) fn args(&mut self, args: &'a [Arg]) -> Value {
        let mut found = Value::Clean;
        for arg in args {
            found = found.max(self.eval(&arg.value));
        }
        found
    }

    /// `value.attr(args)` where `value` is the resource or depends on it.
    pub(super) fn method(
        &mut self,
        on: Value,
        value: &'a Expr,
        attr: &str,
        args: &'a [Arg],
    ) -> Value {
        if on != Value::Resource && Catalog::get().method(attr) == Some(Callable::Collects) {
            return self.collected(value, args);
        }
        let among_args = self.args(args);
        if on != Value::Resource && self.owner(value).contains(&attr) {
            // `repository.close()`: the connection is the repository's since that was made.
            self.emit(Event::HandedOver);
            return Value::Clean;
        }
        if on == Value::Held && self.resource.releases(attr) {
            self.emit(Event::GivenBack); // `handles.pop().close()`
        }
        if among_args == Value::Resource && on != Value::Resource {
            self.emit(Event::Passed(attr.to_owned()));
        }
        // `conn = [conn]; conn = conn[0]; conn.close()`: containers themselves have no such method.
        if on == Value::Held && self.resource.releases(attr) {
            self.emit(Event::GivenBack);
        }
        if on == Value::Resource {
            if self
                .resource
                .returns_self
                .iter()
                .any(|method| method == attr)
            {
                return Value::Resource;
            }
            if self.resource.holds.iter().any(|method| method == attr)
                || args.iter().any(takes_lock)
            {
                self.emit(Event::Passed(attr.to_owned()));
            }
            if self.resource.attaches.iter().any(|method| method == attr) {
                self.attach(args);
            }
            if self.resource.release.iter().any(|release| release == attr) {
                // A coroutine that nobody awaits releases nothing.
                if !self.resource.release_async {
                    self.released(value);
                }
                return Value::Clean;
            }
            if effects::gives_back(attr) && !self.resource.detaches(attr) {
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
        match on {
            Value::Held => on, // `.values()` of a dictionary that holds it
            _ if plain => Value::Clean,
            Value::Several => on,
            _ => Value::Derived,
        }
    }

    /// `value.append(args)`, where `value` depends on the resource already.
    fn collected(&mut self, value: &'a Expr, args: &'a [Arg]) -> Value {
        for arg in args {
            let found = self.eval(&arg.value);
            self.collect(value, found, &arg.value);
        }
        Value::Clean
    }

    /// Something that depends on the resource as `found` says is put into the object `base`.
    fn collect(&mut self, base: &'a Expr, found: Value, source: &'a Expr) {
        let local = match &base.kind {
            ExprKind::Name(name) if self.is_local_container(name) => Some(name),
            _ => None,
        };
        match (found, local) {
            (Value::Clean | Value::Read, _) => {}
            (Value::Resource | Value::Held, Some(name)) => self.contain(name),
            (Value::Resource | Value::Held | Value::Lazy | Value::Lends, _) => {
                self.emit(Event::Leaves(Leave::Collected));
            }
            (Value::Derived | Value::Several | Value::Wrapped, Some(name)) => {
                self.depend(name, Value::Several)
            }
            (Value::Derived | Value::Several | Value::Wrapped, None) => {
                self.leave(found, Leave::Stored, source)
            }
        }
    }

    /// A call of something that is not the resource.
    pub(super) fn function_call(
        &mut self,
        func: &'a Expr,
        method: Option<&str>,
        args: &'a [Arg],
    ) -> Value {
        let mut known = callee::of(self.ctx, self.scope, func);
        let reads_later = |arg: &Arg| {
            arg.keyword
                .as_deref()
                .is_some_and(|name| Catalog::get().lazy_keyword(name))
        };
        if matches!(known, Callee::Known(Callable::Eager)) && args.iter().any(reads_later) {
            known = Callee::Known(Callable::Lazy);
        }
        let mut result = Value::Clean;
        let takes_over = self.takes_over(func);
        for (index, arg) in args.iter().enumerate() {
            let mut value = self.eval(&arg.value);
            if value == Value::Resource && takes_over {
                self.emit(Event::HandedOver);
                continue;
            }
            if arg.stars > 0 {
                value = self.element(value); // taken apart here and now
            }
            if value <= Value::Read {
                continue;
            }
            // `stack.callback(f.close)`, `atexit.register(f.close)`: the release is handed on.
            if value == Value::Lazy && self.is_release_method(&arg.value) {
                self.emit(Event::HandedOver);
                continue;
            }
            result = result.max(self.argument(value, &known, func, method, (args, index)));
        }
        if matches!(self.root, Root::Attribute(_)) && result == Value::Lazy && self.borrows(func) {
            return Value::Derived;
        }
        result
    }

    /// Whether the expression is a function whose results depend on the resource: one of its methods, a lambda.
    fn gives_derived(&mut self, function: &'a Expr) -> bool {
        match &function.kind {
            ExprKind::Attribute { value, attr } => {
                self.quietly(|eye| eye.eval(value)) == Value::Resource
                    && !self.resource.detaches(attr)
            }
            ExprKind::Lambda { body, .. } => {
                let found = self.quietly(|eye| eye.eval(body));
                matches!(found, Value::Derived | Value::Several)
            }
            _ => false,
        }
    }

    /// Whether what a call of `func` gives never releases what it was given.
    fn borrows(&self, func: &Expr) -> bool {
        let dotted = self.ctx.names.dotted(func, self.scope);
        dotted.is_some_and(|name| Catalog::get().borrows(&name))
    }

    /// Whether what is called becomes the owner of what it is given: a file of its descriptor.
    fn takes_over(&self, func: &Expr) -> bool {
        let owners = &self.resource.taken_over_by;
        !owners.is_empty()
            && self
                .ctx
                .names
                .dotted(func, self.scope)
                .is_some_and(|name| owners.contains(&name))
    }

    pub(super) fn is_release_method(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Attribute { attr, .. } => {
                self.resource.release.contains(attr) || attr == "__exit__" || attr == "shutdown"
            }
            _ => false,
        }
    }

    pub(super) fn argument(
        &mut self,
        value: Value,
        known: &Callee,
        func: &'a Expr,
        method: Option<&str>,
        (args, index): (&'a [Arg], usize),
    ) -> Value {
        let Some(arg) = args.get(index) else {
            return Value::Clean;
        };
        match known {
            Callee::Known(Callable::Copies) => return self.copied(value),
            Callee::Known(Callable::Eager) => {
                let orders = arg.keyword.as_deref() == Some("key");
                return match value {
                    Value::Derived | Value::Several => contents(self.element(value)),
                    Value::Held if gives_elements(func) => Value::Held,
                    // `dict(handle=f)`
                    Value::Resource if arg.keyword.is_some() && makes_container(func) => {
                        Value::Held
                    }
                    // `list(map(session.get, keys))`
                    Value::Wrapped | Value::Lazy | Value::Lends if !orders => {
                        contents(self.element(value))
                    }
                    _ => Value::Clean,
                };
            }
            Callee::Known(Callable::Lazy) if value == Value::Held => return Value::Held,
            // `map(conn.execute, queries)`
            Callee::Known(Callable::Lazy) if index == 0 && self.gives_derived(&arg.value) => {
                return Value::Several;
            }
            // What is written through a wrapper may stay in it until it dies, which is after the release.
            Callee::Known(Callable::Buffers) if self.writes => {}
            Callee::Known(Callable::Lazy | Callable::Buffers) => {
                return match value {
                    Value::Held => Value::Held, // `enumerate(handles)`
                    Value::Lazy | Value::Resource => Value::Lazy,
                    _ => Value::Derived,
                };
            }
            Callee::Known(Callable::Locks | Callable::CopiedBy) => {
                self.emit(Event::Passed(short(func.span.of(self.ctx.text))));
                return Value::Clean;
            }
            Callee::Known(Callable::Keeps) => {
                match value {
                    Value::Derived | Value::Several => self.leave(value, Leave::Stored, &arg.value),
                    // `create_task(work(session))`: with what it was given to, the resource is kept.
                    _ => self.emit(Event::HandedOver),
                }
                return Value::Clean;
            }
            Callee::Closing if value == Value::Resource => return Value::Resource,
            Callee::Releases if value >= Value::Held => {
                let known = |name| self.resource.given_back && self.resource.releases(name);
                if value == Value::Resource && method.is_some_and(known) {
                    self.released(&arg.value);
                } else {
                    self.emit(Event::GivenBack);
                }
                return Value::Clean;
            }
            Callee::Project(local)
                if matches!(value, Value::Derived | Value::Several | Value::Wrapped)
                    && matches!(
                        local.habit(self.ctx, self.resource, (args, index), value, self.depth),
                        Habit::Keeps | Habit::KeepsDerived
                    ) =>
            {
                self.leave(value, Leave::Stored, &arg.value);
                return Value::Clean;
            }
            Callee::Project(local) if value == Value::Resource => {
                match local.habit(self.ctx, self.resource, (args, index), value, self.depth) {
                    // A coroutine that is not awaited here does its work later.
                    Habit::Uses(_) if local.is_async() && self.awaited != Some(func.span) => {
                        return Value::Lazy;
                    }
                    Habit::Uses(result) => return result,
                    Habit::Returns => return Value::Resource,
                    Habit::Releases => {
                        self.emit(Event::GivenBack);
                        return Value::Clean;
                    }
                    Habit::HandsOver => {
                        self.emit(Event::HandedOver);
                        return Value::Clean;
                    }
                    Habit::Keeps => {
                        self.emit(Event::Leaves(Leave::Stored));
                        return Value::Clean;
                    }
                    Habit::KeepsDerived => {
                        let what = format!("{}(...)", short(func.span.of(self.ctx.text)));
                        self.leave_named(Value::Derived, Leave::Stored, what);
                        return Value::Derived;
                    }
                    Habit::Unknown => {}
                }
            }
            Callee::Project(local) if value != Value::Held => {
                let habit = local.habit(self.ctx, self.resource, (args, index), value, self.depth);
                if habit == Habit::Keeps {
                    self.leave(value, Leave::Stored, &arg.value);
                    return Value::Clean;
                }
            }
            _ => {}
        }
        // A method of the resource is a callback, also one that gives something derived.
        let value = match &arg.value.kind {
            ExprKind::Attribute { value: base, .. }
                if value == Value::Derived && effects::may_keep(func.span.of(self.ctx.text)) =>
            {
                match self.quietly(|eye| eye.eval(base)) {
                    Value::Resource => Value::Lazy,
                    _ => value,
                }
            }
            _ => value,
        };
        let collects =
            method.is_some_and(|name| Catalog::get().method(name) == Some(Callable::Collects));
        if collects && let ExprKind::Attribute { value: base, .. } = &func.kind {
            self.collect(base, value, &arg.value);
            return Value::Clean;
        }
        match value {
            Value::Resource | Value::Held => {
                let name = short(func.span.of(self.ctx.text));
                let last = last_part(&name);
                // `cls(...)` in a class method, `self.__class__(...)`.
                let class_like = ["cls", "__class__"].contains(&last)
                    || last.trim_start_matches('_').starts_with(char::is_uppercase);
                self.emit(Event::Passed(name));
                if class_like {
                    Value::Lazy
                } else {
                    Value::Wrapped
                }
            }
            Value::Lazy | Value::Lends => {
                // A callback or an iterator goes to something unknown, which may run it later.
                if is_callback(&arg.value) {
                    let keeps = effects::may_keep(func.span.of(self.ctx.text));
                    self.emit(Event::Leaves(if keeps {
                        Leave::Captured
                    } else {
                        Leave::Lent
                    }));
                }
                Value::Derived
            }
            Value::Derived | Value::Several
                if matches!(arg.value.kind, ExprKind::Lambda { .. }) =>
            {
                self.leave(value, Leave::Captured, &arg.value);
                Value::Clean
            }
            Value::Derived | Value::Several | Value::Wrapped => {
                if effects::is_message_call(func) {
                    return Value::Clean;
                }
                Value::Derived
            }
            Value::Clean | Value::Read => Value::Clean,
        }
    }

    /// The objects among the arguments depend on the resource from now on.
    fn attach(&mut self, args: &'a [Arg]) {
        for arg in args {
            let mut objects = vec![&arg.value];
            if let ExprKind::List(parts) | ExprKind::Tuple(parts) = &arg.value.kind {
                objects = parts.iter().collect();
            }
            for object in objects {
                if let ExprKind::Name(name) = &object.kind {
                    self.depend(name, Value::Derived);
                }
            }
        }
    }
}

/// What an eager function gives that was given such elements: all of them, or one.
fn contents(element: Value) -> Value {
    match element {
        Value::Derived => Value::Several,
        found => found,
    }
}

/// Whether what is called gives the elements of what it is given: a container of them, or one of them.
fn gives_elements(func: &Expr) -> bool {
    const ALSO: [&str; 6] = ["tuple", "frozenset", "sorted", "max", "min", "next"];
    let ExprKind::Name(name) = &func.kind else {
        return makes_container(func);
    };
    ALSO.contains(&name.as_str()) || makes_container(func)
}

/// Whether what is called makes a container.
fn makes_container(func: &Expr) -> bool {
    matches!(&func.kind, ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } if CONTAINERS.contains(&name.as_str()))
}

/// Whether the argument is SQL that takes a lock for as long as the connection lives.
fn takes_lock(arg: &Arg) -> bool {
    let mut found = false;
    arg.value.walk(&mut |expr| {
        if let ExprKind::Str(Some(text)) = &expr.kind {
            let text = text.to_lowercase();
            found |= [
                "advisory_lock",
                "get_lock(",
                "lock table",
                "begin immediate",
                "begin exclusive",
            ]
            .iter()
            .any(|words| text.contains(words));
        }
        true
    });
    found
}
