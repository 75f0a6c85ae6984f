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
        let among_args = self.args(args);
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
        if matches!(on, Value::Held | Value::Several) {
            on // `.values()` of a dictionary that holds it
        } else if plain {
            Value::Clean
        } else {
            Value::Derived
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
        for (index, arg) in args.iter().enumerate() {
            let mut value = self.eval(&arg.value);
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
            result = result.max(self.argument(value, &known, func, method, arg, index));
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
        arg: &'a Arg,
        index: usize,
    ) -> Value {
        match known {
            Callee::Known(Callable::Copies) => return Value::Clean,
            Callee::Known(Callable::Eager) => {
                let orders = arg.keyword.as_deref() == Some("key");
                return match value {
                    Value::Derived | Value::Several => contents(self.element(value)),
                    // `list(map(session.get, keys))`
                    Value::Wrapped | Value::Lazy | Value::Lends if !orders => {
                        contents(self.element(value))
                    }
                    Value::Held => Value::Held, // `sorted([s])`
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
                return if value >= Value::Lazy {
                    Value::Lazy
                } else {
                    Value::Derived
                };
            }
            Callee::Known(Callable::Locks) => {
                self.emit(Event::Passed(short(func.span.of(self.ctx.text))));
                return Value::Clean;
            }
            Callee::Known(Callable::Keeps) => {
                match value {
                    Value::Derived | Value::Several | Value::Wrapped => {
                        self.leave(value, Leave::Stored, &arg.value)
                    }
                    _ => self.emit(Event::HandedOver),
                }
                return Value::Clean;
            }
            Callee::Closing if value == Value::Resource => return Value::Resource,
            Callee::Releases if value >= Value::Held => {
                self.emit(Event::GivenBack);
                return Value::Clean;
            }
            Callee::Project(local)
                if matches!(value, Value::Derived | Value::Several | Value::Wrapped)
                    && matches!(
                        local.habit(self.ctx, self.resource, arg, index, self.depth),
                        Habit::Keeps | Habit::KeepsDerived
                    ) =>
            {
                self.leave(value, Leave::Stored, &arg.value);
                return Value::Clean;
            }
            Callee::Project(local) if value == Value::Resource => {
                match local.habit(self.ctx, self.resource, arg, index, self.depth) {
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
            _ => {}
        }
        let collects =
            method.is_some_and(|name| Catalog::get().method(name) == Some(Callable::Collects));
        match value {
            Value::Resource | Value::Held if collects => {
                self.emit(Event::Leaves(Leave::Collected));
                Value::Clean
            }
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
            Value::Lazy | Value::Lends if collects => {
                self.emit(Event::Leaves(Leave::Collected));
                Value::Clean
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
                if collects && let ExprKind::Attribute { value: base, .. } = &func.kind {
                    match &base.kind {
                        ExprKind::Name(name) if self.is_local_container(name) => {
                            self.depend(name, Value::Several)
                        }
                        _ => self.leave(value, Leave::Stored, &arg.value),
                    }
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
