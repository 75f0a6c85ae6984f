//! Expressions: what evaluating them touches, and how their value depends on the resource.

use super::*;

impl<'a> Eye<'a> {
    /// What the elements of a value depend on.
    pub(super) fn element(&self, value: Value) -> Value {
        match value {
            Value::Clean => Value::Clean,
            Value::Held | Value::Lends => Value::Resource,
            Value::Several => Value::Derived,
            _ if self.resource.items == Items::Detached => Value::Clean,
            _ => Value::Derived,
        }
    }

    /// What the elements depend on that a loop over `iter` asks for.
    pub(super) fn iterated(&mut self, value: Value, iter: &Expr) -> Value {
        if value == Value::Read {
            self.emit(Event::DerivedUse(short(iter.span.of(self.ctx.text))));
        }
        self.element(value)
    }

    /// What a copy of a value depends on: nothing, but the path of a temporary file is of no use without the file.
    pub(super) fn copied(&self, value: Value) -> Value {
        match value {
            Value::Derived if self.resource.kind == Kind::Temp => Value::Derived,
            _ => Value::Clean,
        }
    }

    /// Evaluates `expr`: emits what happens, and says how its value depends on the resource.
    pub(super) fn eval(&mut self, expr: &'a Expr) -> Value {
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
                if self.is_root_attribute(expr) {
                    self.emit(Event::Use);
                    return Value::Resource;
                }
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
                let mut given = Value::Clean;
                let defaults: Vec<Value> = params
                    .iter()
                    .map(|param| {
                        param
                            .default
                            .as_ref()
                            .map_or(Value::Clean, |it| self.eval(it))
                    })
                    .collect();
                for (param, default) in params.iter().zip(defaults) {
                    given = given.max(default);
                    self.inner.push((param.name.clone(), default));
                }
                let mut kept = Vec::new();
                let captured = self.quietly(|eye| {
                    let found = eye.eval(body);
                    // `lambda: cache.add(conn)` keeps more than it uses.
                    kept.extend(eye.events.iter().filter(|event| keeps(event)).cloned());
                    match eye
                        .events
                        .iter()
                        .all(|event| matches!(event, Event::DerivedUse(_)))
                    {
                        true if eye.events.is_empty() => Value::Clean,
                        true => found.min(Value::Derived).max(Value::Derived),
                        false => Value::Lazy,
                    }
                });
                self.inner.truncate(mark);
                for event in kept {
                    self.emit(event);
                }
                let found = match given {
                    Value::Clean | Value::Read => captured,
                    Value::Derived | Value::Several => captured.max(Value::Derived),
                    _ => Value::Lazy,
                };
                if found != Value::Clean {
                    // Whoever gets it may call it before the statement is over: `sorted(keys, key=lambda k: conn.get(k))`.
                    self.emit(Event::DerivedUse("lambda".to_owned()));
                }
                found
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
                if found == Value::Read {
                    Value::Clean
                } else {
                    self.element(found)
                }
            }
            ExprKind::Binary { left, right, .. } => {
                let (left_value, right_value) = (self.eval(left), self.eval(right));
                if matches!(left.kind, ExprKind::Str(_) | ExprKind::FString(_)) {
                    return self.copied(left_value.max(right_value)); // formatting copies
                }
                match left_value.max(right_value).min(Value::Derived) {
                    Value::Read => Value::Clean,
                    found => found,
                }
            }
            ExprKind::Bool {
                is_and,
                left,
                right,
            } => {
                let (left, right) = (self.eval(left), self.eval(right));
                match left {
                    // `user and user.name` gives the user only if it is None, rows only if there are none.
                    Value::Derived | Value::Several if *is_and => right,
                    _ => left.max(right),
                }
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
                let mut found = Value::Clean;
                for part in parts {
                    found = found.max(self.eval(part));
                }
                self.copied(found)
            }
            ExprKind::Walrus { name, value } => {
                let found = self.eval(value);
                if Some(value.span) == self.bound_here && self.is_root(name) {
                    return Value::Resource;
                }
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
                contained(found)
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

    pub(super) fn name(&mut self, name: &str) -> Value {
        if let Some((_, value)) = self.inner.iter().rev().find(|(inner, _)| inner == name) {
            return *value;
        }
        if self.is_root(name) && self.live {
            self.emit(Event::Use);
            return Value::Resource;
        }
        if self.closures.contains(name) {
            self.closure_used(name);
            return Value::Lazy;
        }
        let Some(&value) = self.names.get(name) else {
            return Value::Clean;
        };
        if value == Value::Read {
            return value; // what it is used for tells
        }
        self.emit(Event::DerivedUse(name.to_owned()));
        value
    }

    /// A function that touches the resource by its name is called, or may be: what the name then means is touched.
    pub(super) fn closure_used(&mut self, closure: &str) {
        if self.holding.contains(closure) {
            self.emit(Event::DerivedUse(closure.to_owned()));
        }
        if let Some(event) = self.storing.get(closure)
            && (self.live || self.holding.contains(closure))
        {
            let event = event.clone();
            self.emit(event);
        }
        if self.live {
            self.emit(Event::Use);
            if !self.keeping.is_empty() {
                let name = self.keeping.iter().min().cloned().unwrap_or_default();
                self.emit(Event::Passed(name));
            }
        }
    }

    /// Runs `look` without keeping the events; it may ask for them.
    pub(super) fn quietly<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let kept = std::mem::take(&mut self.events);
        let result = look(self);
        self.events = kept;
        result
    }

    pub(super) fn attribute(&mut self, found: Value, attr: &str) -> Value {
        match found {
            Value::Resource if self.resource.derived.iter().any(|known| known == attr) => {
                Value::Derived
            }
            Value::Resource
                if self.resource.checks_open(attr) || self.resource.plain_attribute(attr) =>
            {
                self.instead_of_use(Some(Event::Asked));
                Value::Clean
            }
            Value::Resource => Value::Lazy,
            Value::Derived | Value::Read
                if self.resource.items == Items::Derived && self.ctx.names.is_relation(attr) =>
            {
                if found == Value::Read {
                    self.emit(Event::DerivedUse(attr.to_owned()));
                }
                Value::Derived
            }
            // An attribute that is read while the resource is open has been read.
            Value::Derived if self.resource.items == Items::Derived => Value::Read,
            Value::Derived | Value::Several | Value::Held => Value::Clean,
            Value::Read => {
                self.emit(Event::DerivedUse(attr.to_owned()));
                Value::Read
            }
            Value::Wrapped | Value::Lazy | Value::Lends => Value::Derived,
            Value::Clean => Value::Clean,
        }
    }

    /// The resource was only looked up for something that does not touch it.
    pub(super) fn instead_of_use(&mut self, event: Option<Event>) {
        if self.events.last() == Some(&Event::Use) {
            self.events.pop();
        }
        self.events.extend(event);
    }

    pub(super) fn awaited(&mut self, inner: &'a Expr) -> Value {
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
        if let ExprKind::Call { func, .. } = &inner.kind {
            self.awaited = Some(func.span);
        }
        self.eval(inner)
    }

    /// The release method was called on `object`, which is the resource.
    pub(super) fn released(&mut self, object: &Expr) {
        let by_own_name = match (&object.kind, &self.root) {
            (ExprKind::Name(name), Root::Name(root)) => name == root,
            (_, Root::Call(span)) => object.span == *span,
            (_, Root::Attribute(_)) => self.is_root_attribute(object),
            _ => false,
        };
        self.instead_of_use(Some(if by_own_name {
            Event::Release
        } else {
            Event::GivenBack
        }));
    }

    pub(super) fn comprehension(
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
                    let element = self.iterated(value, iter);
                    let mut bound = Vec::new();
                    target_names(values_of(target, iter), &mut bound);
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
        contained(found)
    }
}

/// What a container depends on, by the strongest of its elements.
fn contained(element: Value) -> Value {
    match element.min(Value::Held) {
        Value::Read => Value::Clean,
        Value::Derived => Value::Several,
        found => found,
    }
}

/// The part of a loop's target that is bound to what is iterated: behind `for key, value in d.items()` and
/// `for number, value in enumerate(values)` it is the second.
pub(super) fn values_of<'e>(target: &'e Expr, iter: &Expr) -> &'e Expr {
    let ExprKind::Call { func, args } = &iter.kind else {
        return target;
    };
    let is_keyed = match &func.kind {
        ExprKind::Attribute { attr, .. } => attr == "items" && args.is_empty(),
        ExprKind::Name(name) => name == "enumerate",
        _ => false,
    };
    match &target.kind {
        ExprKind::Tuple(parts) if is_keyed && parts.len() == 2 => &parts[1],
        _ => target,
    }
}

/// Whether the event puts the resource, or something got from it, where it lives on.
fn keeps(event: &Event) -> bool {
    match event {
        Event::Leaves(how) | Event::DerivedLeaves(how, _) => {
            !matches!(how, Leave::Returned | Leave::Yielded | Leave::Lent)
        }
        Event::Passed(callee) => effects::may_keep(callee),
        _ => false,
    }
}
