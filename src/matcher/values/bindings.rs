//! Where values go: names, containers, attributes, and out of the function.

use super::*;

impl<'a> Eye<'a> {
    pub(super) fn rebind(&mut self, name: &str) {
        if self.is_root(name) {
            self.kept = Some(false);
            self.emit(Event::Rebound);
        }
    }

    /// Binds `target` to a value that depends on the resource as `found` says; `source` is where it comes from.
    pub(super) fn bind(&mut self, target: &'a Expr, found: Value, source: &'a Expr) {
        match &target.kind {
            ExprKind::Name(name) => self.bind_name(name, found),
            ExprKind::Tuple(parts) | ExprKind::List(parts) => {
                if let Some(values) = self.one_by_one(parts, source) {
                    let found: Vec<Value> = values
                        .iter()
                        .map(|value| self.quietly(|eye| eye.eval(value)))
                        .collect();
                    for ((part, value), found) in parts.iter().zip(values).zip(found) {
                        self.bind(part, found, value);
                    }
                    return;
                }
                // `a, b = s, 1` and `conn, cur = make(s)`: any part may be it.
                for part in parts {
                    match &part.kind {
                        ExprKind::Name(name) if found == Value::Held && !self.is_root(name) => {
                            self.emit(Event::Leaves(Leave::Collected));
                        }
                        _ => self.bind(part, found, source),
                    }
                }
            }
            ExprKind::Starred(inner) => self.bind(inner, found, source),
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => {
                let base = self.eval(target_base(target));
                if found == Value::Resource && self.is_root_attribute(target) {
                    return; // it stays what it is
                }
                if base == Value::Resource {
                    self.emit(Event::Use);
                    return;
                }
                if found <= Value::Read {
                    return;
                }
                match &value.kind {
                    // A local list or dict that collects derived values depends on the resource, too.
                    ExprKind::Name(name)
                        if found <= Value::Several && self.is_local_container(name) =>
                    {
                        self.depend(name, Value::Several);
                    }
                    ExprKind::Name(name)
                        if found >= Value::Held && self.is_local_container(name) =>
                    {
                        self.contain(name);
                    }
                    _ => self.leave(found, Leave::Stored, source),
                }
            }
            _ => {}
        }
    }

    /// The parts of `source` where each of the targets is bound to one of them: `a, b = s, 1`.
    fn one_by_one(&self, targets: &[Expr], source: &'a Expr) -> Option<&'a [Expr]> {
        let (ExprKind::Tuple(values) | ExprKind::List(values)) = &source.kind else {
            return None;
        };
        let starred = |part: &Expr| matches!(part.kind, ExprKind::Starred(_));
        let alike = values.len() == targets.len() && !values.iter().chain(targets).any(starred);
        (alike && matches!(self.root, Root::Name(_))).then_some(values)
    }

    pub(super) fn bind_name(&mut self, name: &str, found: Value) {
        if self.is_root(name) {
            self.kept = Some(found == Value::Resource && self.kept != Some(false));
            if found != Value::Resource {
                // `conn = [conn]`: whoever has the container has the resource.
                if found != Value::Held {
                    self.emit(Event::Rebound);
                }
                // `f = io.TextIOWrapper(f)`: from here on the name is that of something that needs the resource.
                if found != Value::Clean {
                    let entry = self.names.entry(name.to_owned()).or_insert(found);
                    *entry = (*entry).max(found);
                }
            } else {
                self.emit(Event::Regained);
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
            Value::Held => self.contain(name),
            _ => self.depend(name, found),
        }
    }

    /// The methods by which the object that `expr` gives releases the resource, if it was given that.
    pub(super) fn owner(&mut self, expr: &'a Expr) -> Vec<&'a str> {
        match &expr.kind {
            ExprKind::Name(name) => self.owners.get(name).cloned().unwrap_or_default(),
            ExprKind::Call { func, args } => {
                let given = |eye: &mut Self, arg: &'a Arg| {
                    eye.quietly(|eye| eye.eval(&arg.value)) == Value::Resource
                };
                let Some(index) = args.iter().position(|arg| given(self, arg)) else {
                    return Vec::new();
                };
                let names = &self.ctx.names;
                names.given_back_by((func, self.scope), (args, index), self.resource)
            }
            _ => Vec::new(),
        }
    }

    /// Takes note of a name for an object that was given the resource and gives it back.
    pub(super) fn name_owner(&mut self, targets: &'a [Expr], found: Value, value: &'a Expr) {
        if let [target] = targets
            && let ExprKind::Name(name) = &target.kind
            && found > Value::Derived
            && found < Value::Resource
        {
            let methods = self.owner(value);
            if !methods.is_empty() {
                self.owners.insert(name.clone(), methods);
            }
        }
    }

    /// Whether `id` is the `with` that acquires the resource in its header.
    pub(super) fn is_entered(&self, id: StmtId) -> bool {
        self.entered.and_then(Atom::stmt) == Some(id)
    }

    /// Whether `with context as x:` makes `x` the resource: `with s.no_autoflush as x`.
    pub(super) fn enters_self(&mut self, context: &'a Expr) -> bool {
        let ExprKind::Attribute { value, attr } = &context.kind else {
            return false;
        };
        self.resource.enters_self(attr) && self.quietly(|eye| eye.eval(value)) == Value::Resource
    }

    /// Whether the name is bound to a list, dict or set made in this function, and to nothing else: what is put into it
    /// leaves only with it.
    pub(super) fn is_local_container(&self, name: &str) -> bool {
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

    /// The container of this name holds the resource from now on.
    pub(super) fn contain(&mut self, name: &str) {
        self.emit(Event::Leaves(Leave::Contained));
        self.depend(name, Value::Held);
    }

    pub(super) fn depend(&mut self, name: &str, found: Value) {
        if self.is_root(name) {
            return;
        }
        let entry = self.names.entry(name.to_owned()).or_insert(found);
        *entry = (*entry).max(found);
    }

    pub(super) fn leave(&mut self, found: Value, how: Leave, source: &Expr) {
        self.leave_named(found, how, short(source.span.of(self.ctx.text)));
    }

    pub(super) fn leave_named(&mut self, found: Value, how: Leave, what: String) {
        match found {
            Value::Clean | Value::Read => {}
            Value::Derived | Value::Several | Value::Wrapped => {
                self.emit(Event::DerivedLeaves(how, what))
            }
            Value::Lazy | Value::Lends | Value::Held | Value::Resource => {
                self.emit(Event::Leaves(how))
            }
        }
    }
}
