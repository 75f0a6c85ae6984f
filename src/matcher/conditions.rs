//! Tests whose outcomes hang together: `own = True ... if own: f.close()`, or the same `if path:` twice.
//!
//! Following every combination of branches would call code a leak that releases under the very condition under which it
//! acquired. So the few tests that guard a release are remembered along each path.

use super::Context;
use crate::syntax::{Expr, ExprKind, ScopeId, StmtId, StmtKind};

/// At most so many tests are remembered; three values each make 27 combinations.
pub const MOST: usize = 3;

/// What is known of the remembered tests at some point: for each, 0 unknown, 1 true, 2 false.
pub type Known = [u8; MOST];

/// The remembered tests of one function for one resource.
#[derive(Debug, Default)]
pub struct Conditions {
    keys: Vec<Key>,
}

#[derive(Debug, PartialEq, Eq)]
struct Key {
    /// The test in its positive form, white space folded.
    text: String,
    /// The names it reads.
    names: Vec<String>,
}

/// What is asked of the resource itself.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct About<'a> {
    /// The name the resource is bound to.
    pub name: Option<&'a str>,
    /// Whether it is open; `None` if its name does not mean it any more.
    pub open: Option<bool>,
    /// Attributes and methods of it that tell whether it is open.
    pub checks: &'a [String],
}

/// The positive form of a test that can be remembered, and whether the test is it (`true`) or its opposite.
fn positive(ctx: &Context<'_>, test: &Expr) -> Option<(Key, bool)> {
    match &test.kind {
        ExprKind::Not(inner) => positive(ctx, inner).map(|(key, holds)| (key, !holds)),
        ExprKind::Compare { operands, ops } => {
            let [left, right] = operands.as_slice() else {
                return None;
            };
            let (op, holds) = match ops.first()?.as_str() {
                "is not" => ("is", false),
                "!=" => ("==", false),
                "not in" => ("in", false),
                op => (op, true),
            };
            let mut names = Vec::new();
            if !pure(left, &mut names) || !pure(right, &mut names) {
                return None;
            }
            let text = format!(
                "{} {op} {}",
                fold(left.span.of(ctx.text)),
                fold(right.span.of(ctx.text))
            );
            Some((Key { text, names }, holds))
        }
        _ => {
            let mut names = Vec::new();
            pure(test, &mut names).then(|| {
                (
                    Key {
                        text: fold(test.span.of(ctx.text)),
                        names,
                    },
                    true,
                )
            })
        }
    }
}

fn fold(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the expression gives the same value as long as its names are not bound anew; collects them.
fn pure(expr: &Expr, names: &mut Vec<String>) -> bool {
    match &expr.kind {
        ExprKind::Name(name) => {
            names.push(name.clone());
            true
        }
        ExprKind::None | ExprKind::True | ExprKind::False | ExprKind::Number | ExprKind::Str(_) => {
            true
        }
        ExprKind::Attribute { value, .. } => pure(value, names),
        ExprKind::Call { func, args } => {
            matches!(&func.kind, ExprKind::Name(name) if name == "isinstance" || name == "hasattr" || name == "callable")
                && args.iter().all(|arg| pure(&arg.value, names))
        }
        ExprKind::Tuple(parts) => parts.iter().all(|part| pure(part, names)),
        _ => false,
    }
}

impl Conditions {
    /// The tests around `stmts` (releases and the acquisition) inside the function `scope`.
    pub fn around(ctx: &Context<'_>, stmts: impl IntoIterator<Item = StmtId>) -> Self {
        let mut found = Conditions::default();
        for id in stmts {
            let mut at = Some(id);
            while let Some(id) = at {
                match &ctx.module.stmt(id).kind {
                    StmtKind::If { branches, .. } => {
                        for (test, _) in branches {
                            found.add(ctx, test);
                        }
                    }
                    StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => break,
                    _ => {}
                }
                at = ctx.module.parent(id);
            }
        }
        found
    }

    fn add(&mut self, ctx: &Context<'_>, test: &Expr) {
        if let ExprKind::Bool { left, right, .. } = &test.kind {
            self.add(ctx, left);
            self.add(ctx, right);
            return;
        }
        if let Some((key, _)) = positive(ctx, test)
            && self.keys.len() < MOST
            && !self.keys.contains(&key)
        {
            self.keys.push(key);
        }
    }

    /// What is known where the acquisition `id` has just happened: the branches it stands in, and constants that were
    /// assigned before it on the same way.
    pub fn at(&self, ctx: &Context<'_>, scope: ScopeId, id: StmtId) -> Known {
        let mut known = Known::default();
        let mut at = id;
        while let Some(parent) = ctx.module.parent(at) {
            let block = ctx.module.stmt(at).block;
            // Statements before this one in the same block have all run.
            for &before in ctx
                .module
                .block(block)
                .stmts
                .iter()
                .take(ctx.module.stmt(at).index)
                .rev()
            {
                self.constant(ctx, scope, before, id, &mut known);
            }
            if let StmtKind::If { branches, .. } = &ctx.module.stmt(parent).kind {
                for (test, body) in branches {
                    let inside = *body == block;
                    self.assume(ctx, scope, test, inside, parent, id, &mut known);
                    if inside {
                        break;
                    }
                }
            }
            if matches!(
                ctx.module.stmt(parent).kind,
                StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)
            ) {
                return known;
            }
            at = parent;
        }
        for &before in ctx
            .module
            .block(ctx.module.stmt(at).block)
            .stmts
            .iter()
            .take(ctx.module.stmt(at).index)
            .rev()
        {
            self.constant(ctx, scope, before, id, &mut known);
        }
        known
    }

    fn constant(
        &self,
        ctx: &Context<'_>,
        scope: ScopeId,
        before: StmtId,
        until: StmtId,
        known: &mut Known,
    ) {
        let StmtKind::Assign { targets, value } = &ctx.module.stmt(before).kind else {
            return;
        };
        let [
            Expr {
                kind: ExprKind::Name(name),
                ..
            },
        ] = targets.as_slice()
        else {
            return;
        };
        if bound_between(ctx, scope, name, before, until) {
            return;
        }
        for (index, key) in self.keys.iter().enumerate() {
            if known[index] == 0 && key.names.len() == 1 && key.names[0] == *name {
                known[index] = key.after(name, value);
            }
        }
    }

    /// Takes note that `test` of the `if` statement `from` came out as `holds` on the way to `until`.
    #[allow(clippy::too_many_arguments)]
    fn assume(
        &self,
        ctx: &Context<'_>,
        scope: ScopeId,
        test: &Expr,
        holds: bool,
        from: StmtId,
        until: StmtId,
        known: &mut Known,
    ) {
        if let ExprKind::Bool {
            is_and,
            left,
            right,
        } = &test.kind
        {
            if *is_and == holds {
                self.assume(ctx, scope, left, holds, from, until, known);
                self.assume(ctx, scope, right, holds, from, until, known);
            }
            return;
        }
        let Some((key, sign)) = positive(ctx, test) else {
            return;
        };
        let steady = |name: &String| {
            !bound_between(ctx, scope, name, from, until) && !ctx.binds(until, name)
        };
        if let Some(index) = self.keys.iter().position(|known| *known == key)
            && known[index] == 0
            && key.names.iter().all(steady)
        {
            known[index] = value_of(holds == sign);
        }
    }

    /// What is known after the statement `id` has run.
    pub fn after(&self, ctx: &Context<'_>, id: StmtId, known: Known) -> Known {
        let mut next = known;
        for (index, key) in self.keys.iter().enumerate() {
            for name in &key.names {
                if !ctx.binds(id, name) {
                    continue;
                }
                next[index] = match &ctx.module.stmt(id).kind {
                    StmtKind::Assign { targets, value }
                        if key.names.len() == 1
                            && matches!(
                                targets.as_slice(),
                                [Expr {
                                    kind: ExprKind::Name(_),
                                    ..
                                }]
                            ) =>
                    {
                        key.after(name, value)
                    }
                    _ => 0,
                };
            }
        }
        next
    }

    /// What is known behind `test` once it came out as `holds`; `None` if it cannot come out so.
    pub fn branch(
        &self,
        ctx: &Context<'_>,
        test: &Expr,
        holds: bool,
        known: Known,
        about: About<'_>,
    ) -> Option<Known> {
        match &test.kind {
            ExprKind::Not(inner) => return self.branch(ctx, inner, !holds, known, about),
            ExprKind::Bool {
                is_and,
                left,
                right,
            } => {
                if *is_and == holds {
                    // Both parts came out the same way.
                    let known = self.branch(ctx, left, holds, known, about)?;
                    return self.branch(ctx, right, holds, known, about);
                }
                // One of the parts did: the left one, or after the other outcome of it the right one.
                let by_left = self.branch(ctx, left, holds, known, about);
                let by_right = self
                    .branch(ctx, left, !holds, known, about)
                    .and_then(|known| self.branch(ctx, right, holds, known, about));
                return match (by_left, by_right) {
                    (Some(_), Some(_)) => Some(known),
                    (one, other) => one.or(other),
                };
            }
            ExprKind::True => return holds.then_some(known),
            ExprKind::False => return (!holds).then_some(known),
            _ => {}
        }
        if let Some(truth) = about.truth(test) {
            return (truth == holds).then_some(known);
        }
        let Some((key, sign)) = positive(ctx, test) else {
            return Some(known);
        };
        let Some(index) = self.keys.iter().position(|known| *known == key) else {
            return Some(known);
        };
        let wanted = value_of(holds == sign);
        if known[index] != 0 && known[index] != wanted {
            return None;
        }
        let mut next = known;
        next[index] = wanted;
        Some(next)
    }
}

impl Key {
    /// The value of this test, which reads only `name`, once `name = value` has run.
    fn after(&self, name: &str, value: &Expr) -> u8 {
        let asks_none = self.text == format!("{name} is None");
        let asks_truth = self.text == name;
        match &value.kind {
            ExprKind::None if asks_none => 1,
            ExprKind::None if asks_truth => 2,
            ExprKind::True | ExprKind::False if asks_none => 2,
            ExprKind::True if asks_truth => 1,
            ExprKind::False if asks_truth => 2,
            _ => 0,
        }
    }
}

impl About<'_> {
    /// What a test that asks about the resource alone comes out as.
    pub fn truth(&self, test: &Expr) -> Option<bool> {
        let open = self.open?;
        let name = self.name?;
        let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(other) | ExprKind::Walrus { name: other, .. } if other == name);
        match &test.kind {
            ExprKind::Name(_) | ExprKind::Walrus { .. } if is_it(test) => Some(true),
            ExprKind::Compare { operands, ops } => {
                let [left, right] = operands.as_slice() else {
                    return None;
                };
                if is_it(left) && matches!(right.kind, ExprKind::None) {
                    return match ops.first()?.as_str() {
                        "is" | "==" => Some(false),
                        "is not" | "!=" => Some(true),
                        _ => None,
                    };
                }
                // `'conn' in locals()`
                if let ExprKind::Str(Some(text)) = &left.kind
                    && text == name
                    && let ExprKind::Call { func, .. } = &right.kind
                    && matches!(&func.kind, ExprKind::Name(f) if f == "locals" || f == "vars" || f == "dir")
                {
                    return Some(ops.first()?.as_str() == "in");
                }
                None
            }
            ExprKind::Attribute { value, attr } if is_it(value) => self.check(attr, open),
            ExprKind::Call { func, args } => match &func.kind {
                ExprKind::Attribute { value, attr } if is_it(value) && args.is_empty() => {
                    self.check(attr, open)
                }
                ExprKind::Name(f)
                    if f == "hasattr" && args.first().is_some_and(|arg| is_it(&arg.value)) =>
                {
                    Some(true)
                }
                _ => None,
            },
            _ => None,
        }
    }

    fn check(&self, attr: &str, open: bool) -> Option<bool> {
        if !self.checks.iter().any(|check| check == attr) {
            return None;
        }
        // Only that an open one says so is certain; what a released one answers differs.
        let says_closed = attr.contains("closed");
        open.then_some(!says_closed)
    }
}

fn value_of(truth: bool) -> u8 {
    if truth { 1 } else { 2 }
}

/// Whether a statement between the two (in source order, both excluded) binds `name`.
fn bound_between(
    ctx: &Context<'_>,
    scope: ScopeId,
    name: &str,
    from: StmtId,
    until: StmtId,
) -> bool {
    ctx.scopes
        .scope(scope)
        .bindings
        .get(name)
        .is_some_and(|bindings| {
            bindings
                .iter()
                .any(|binding| binding.stmt.is_some_and(|id| from < id && id < until))
        })
}
