//! Where a test puts something else in a place of the program.

use std::collections::BTreeSet;

use crate::project::{Names, Project, Slot};
use crate::syntax::{
    Arg, BindingKind, Expr, ExprKind, ScopeId, Span, StmtId, StmtKind, walk_exprs,
};

/// One such place.
pub(super) struct Replaced<'a> {
    /// What is replaced, as the test names it.
    pub what: String,
    /// The places of the program that it may be.
    pub slots: BTreeSet<Slot>,
    /// What stands there instead; `None` for the mock that `patch` makes.
    pub value: Option<&'a Expr>,
    /// Whether that mock is set up in the call: `return_value=`, `new_callable=`.
    pub set_up: bool,
    /// The call or assignment.
    pub place: Span,
    /// The statement that it stands in.
    pub stmt: StmtId,
    /// The scope of that statement.
    pub scope: ScopeId,
}

/// All of a file.
pub(super) fn all<'a>(names: &Names<'a>, project: &Project) -> Vec<Replaced<'a>> {
    let mut found = Vec::new();
    for stmt in &names.module.stmts {
        let reader = Reader {
            names,
            project,
            stmt: stmt.id,
            scope: names.scopes.of_stmt(names.module, stmt.id),
        };
        if let StmtKind::Assign { targets, value } = &stmt.kind {
            found.extend(
                targets
                    .iter()
                    .filter_map(|target| reader.assigned(target, value)),
            );
        }
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Call { func, args } = &expr.kind {
                reader.call(func, args, expr.span, &mut found);
            }
        });
    }
    found
}

struct Reader<'n, 'a> {
    names: &'n Names<'a>,
    project: &'n Project,
    stmt: StmtId,
    scope: ScopeId,
}

impl<'a> Reader<'_, 'a> {
    /// `module.get_db = Mock()`.
    fn assigned(&self, target: &'a Expr, value: &'a Expr) -> Option<Replaced<'a>> {
        let ExprKind::Attribute { value: owner, attr } = &target.kind else {
            return None;
        };
        let mut one = self.attribute(owner, attr, target.span)?;
        one.value = Some(value);
        Some(one)
    }

    /// `patch(...)` and its kin, `setattr(...)`.
    fn call(&self, func: &'a Expr, args: &'a [Arg], place: Span, found: &mut Vec<Replaced<'a>>) {
        let (name, owner) = match &func.kind {
            ExprKind::Name(name) => (name.as_str(), None),
            ExprKind::Attribute { value, attr } => (attr.as_str(), last(value)),
            _ => return,
        };
        match (name, owner) {
            ("patch", _) => found.extend(self.patch(args, 1, place)),
            ("object", Some("patch")) => found.extend(self.patch(args, 2, place)),
            ("multiple", Some("patch")) => self.multiple(args, place, found),
            ("setattr", _) => found.extend(self.patch(args, plain(args).saturating_sub(1), place)),
            _ => {}
        }
    }

    /// A call whose first argument, or first two, say what is replaced, and whose next one says by what.
    fn patch(&self, args: &'a [Arg], target: usize, place: Span) -> Option<Replaced<'a>> {
        let keyword = |name: &str| args.iter().find(|arg| arg.keyword.as_deref() == Some(name));
        let at = |index: usize, name: &str| {
            let plain = args
                .get(index)
                .filter(|arg| arg.keyword.is_none() && arg.stars == 0);
            plain.or_else(|| keyword(name)).map(|arg| &arg.value)
        };
        let first = at(0, "target")?;
        let mut one = match target {
            1 => self.named(&self.text(first)?, place)?,
            2 => self.attribute(first, &self.text(at(1, "attribute")?)?, place)?,
            _ => return None,
        };
        let new = at(target, "new").or_else(|| keyword("value").map(|arg| &arg.value));
        one.value = new.filter(|new| last(new) != Some("DEFAULT"));
        let idle = [
            "target",
            "attribute",
            "autospec",
            "create",
            "spec_set",
            "spec",
        ];
        let idle = |arg: &Arg| {
            arg.keyword
                .as_deref()
                .is_some_and(|name| idle.contains(&name))
        };
        one.set_up = args.iter().skip(target).any(|arg| !idle(arg));
        Some(one)
    }

    /// `patch.multiple("app.orders", get_db=...)`.
    fn multiple(&self, args: &'a [Arg], place: Span, found: &mut Vec<Replaced<'a>>) {
        let Some((first, rest)) = args.split_first() else {
            return;
        };
        for arg in rest {
            let Some(name) = &arg.keyword else { continue };
            let one = match self.text(&first.value) {
                Some(module) => self.named(&format!("{module}.{name}"), place),
                None => self.attribute(&first.value, name, place),
            };
            if let Some(mut one) = one {
                one.value = Some(&arg.value).filter(|value| last(value) != Some("DEFAULT"));
                // The mocks come as a dictionary.
                one.set_up = true;
                found.push(one);
            }
        }
    }

    fn named(&self, dotted: &str, place: Span) -> Option<Replaced<'a>> {
        let slots = self.project.slots_of(self.names.path, dotted);
        self.replaced(dotted.to_owned(), slots, place)
    }

    fn attribute(&self, owner: &Expr, attr: &str, place: Span) -> Option<Replaced<'a>> {
        let slots = self.names.slots_of_attribute(owner, attr, self.scope);
        let what = format!("{}.{attr}", owner.span.of(self.names.text));
        self.replaced(what, slots, place)
    }

    fn replaced(&self, what: String, slots: BTreeSet<Slot>, place: Span) -> Option<Replaced<'a>> {
        (!slots.is_empty()).then_some(Replaced {
            what,
            slots,
            value: None,
            set_up: false,
            place,
            stmt: self.stmt,
            scope: self.scope,
        })
    }

    /// The string that an expression is: a literal, a name for one, or such with something behind.
    fn text(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Str(text) => text.clone(),
            ExprKind::Name(name) => {
                let scopes = self.names.scopes;
                let scope = scopes.scope(scopes.resolve(self.scope, name)?);
                let [only] = scope.bindings.get(name)?.as_slice() else {
                    return None;
                };
                match &self.names.module.stmt(only.stmt?).kind {
                    StmtKind::Assign { value, .. } if only.kind == BindingKind::Assign => {
                        match &value.kind {
                            ExprKind::Str(text) => text.clone(),
                            _ => None,
                        }
                    }
                    _ => None,
                }
            }
            ExprKind::Binary { op, left, right } if op == "+" => {
                Some(self.text(left)? + &self.text(right)?)
            }
            ExprKind::FString(parts) => self.interpolated(expr, parts),
            _ => None,
        }
    }

    /// `f"{MODULE}.get_db"`.
    fn interpolated(&self, expr: &Expr, parts: &[Expr]) -> Option<String> {
        let text = expr.span.of(self.names.text);
        let inner = text
            .strip_prefix("f\"")
            .and_then(|text| text.strip_suffix('"'))
            .or_else(|| text.strip_prefix("f'")?.strip_suffix('\''))?;
        let mut whole = inner.to_owned();
        for part in parts {
            let written = format!("{{{}}}", part.span.of(self.names.text));
            whole = whole.replacen(&written, &self.text(part)?, 1);
        }
        let is_name = |char: char| char.is_alphanumeric() || matches!(char, '_' | '.');
        whole.chars().all(is_name).then_some(whole)
    }
}

/// How many arguments have no keyword.
fn plain(args: &[Arg]) -> usize {
    let plain = |arg: &&Arg| arg.keyword.is_none() && arg.stars == 0;
    args.iter().filter(plain).count()
}

/// The last component of a name.
pub(super) fn last(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => Some(name),
        _ => None,
    }
}
