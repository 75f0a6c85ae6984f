//! Looking through the expressions of a statement.
use super::ast::*;

/// Calls `f` for every expression that `stmt` itself evaluates, outer ones before their parts: the test of an `if`,
/// the items of a `with`, the types of its handlers, the decorators, defaults, annotations and bases of a definition
/// ... but nothing of its blocks. Targets are among them.
pub fn walk_exprs<'m>(stmt: &'m Stmt, f: &mut dyn FnMut(&'m Expr)) {
    for expr in stmt.exprs() {
        expr.walk(&mut |expr| {
            f(expr);
            true
        });
    }
}

impl Stmt {
    /// The outermost expressions that the statement itself evaluates, in source order (so targets before values); see
    /// [`walk_exprs`].
    pub fn exprs(&self) -> Vec<&Expr> {
        match &self.kind {
            StmtKind::Expr(expr) => vec![expr],
            StmtKind::Assign { targets, value } => targets.iter().chain([value]).collect(),
            StmtKind::AnnAssign {
                target,
                annotation,
                value,
            } => [target, annotation].into_iter().chain(value).collect(),
            StmtKind::AugAssign { target, value } => vec![target, value],
            StmtKind::Return(value) => value.iter().collect(),
            StmtKind::Raise { exc, cause } => exc.iter().chain(cause).collect(),
            StmtKind::Delete(targets) => targets.iter().collect(),
            StmtKind::Assert { test, message } => [test].into_iter().chain(message).collect(),
            StmtKind::If { branches, .. } => branches.iter().map(|(test, _)| test).collect(),
            StmtKind::While { test, .. } => vec![test],
            StmtKind::For { target, iter, .. } => vec![target, iter],
            StmtKind::With { items, .. } => items
                .iter()
                .flat_map(|i| [&i.context].into_iter().chain(&i.target))
                .collect(),
            StmtKind::Try { handlers, .. } => handlers
                .iter()
                .filter_map(|handler| handler.types.as_ref())
                .collect(),
            StmtKind::Match { subject, cases } => {
                let parts = cases
                    .iter()
                    .flat_map(|case| case.exprs.iter().chain(&case.guard));
                [subject].into_iter().chain(parts).collect()
            }
            StmtKind::FunctionDef(def) => {
                let params = def
                    .params
                    .iter()
                    .flat_map(|param| param.annotation.iter().chain(&param.default));
                def.decorators
                    .iter()
                    .chain(params)
                    .chain(&def.returns)
                    .collect()
            }
            StmtKind::ClassDef(def) => def
                .decorators
                .iter()
                .chain(def.bases.iter().map(|base| &base.value))
                .collect(),
            StmtKind::Pass
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::Global(_)
            | StmtKind::Nonlocal(_)
            | StmtKind::Import(_)
            | StmtKind::ImportFrom { .. }
            | StmtKind::TypeAlias { .. }
            | StmtKind::Unknown => vec![],
        }
    }
}

impl Expr {
    /// The keys of a dict with their values; of any other expression, none. What `**` takes in is not among them.
    pub fn entries(&self) -> Vec<(&Expr, &Expr)> {
        let ExprKind::Dict(items) = &self.kind else {
            return Vec::new();
        };
        let mut found = Vec::new();
        let mut items = items.iter();
        while let Some(key) = items.next() {
            if !matches!(key.kind, ExprKind::Starred(_)) {
                found.extend(items.next().map(|value| (key, value)));
            }
        }
        found
    }

    /// Its direct parts in source order; of a lambda its defaults and its body.
    pub fn children(&self) -> Vec<&Expr> {
        match &self.kind {
            ExprKind::Attribute { value, .. } | ExprKind::Walrus { value, .. } => vec![value],
            ExprKind::Call { func, args } => [&**func]
                .into_iter()
                .chain(args.iter().map(|arg| &arg.value))
                .collect(),
            ExprKind::Await(value)
            | ExprKind::YieldFrom(value)
            | ExprKind::Not(value)
            | ExprKind::Unary(value)
            | ExprKind::Starred(value) => vec![value],
            ExprKind::Yield(value) => value.iter().map(|value| &**value).collect(),
            ExprKind::Lambda { params, body } => params
                .iter()
                .filter_map(|param| param.default.as_ref())
                .chain([&**body])
                .collect(),
            ExprKind::Comprehension {
                elements, clauses, ..
            } => {
                let clauses = clauses.iter().flat_map(|clause| match clause {
                    CompClause::For { target, iter, .. } => vec![target, iter],
                    CompClause::If(test) => vec![test],
                });
                elements.iter().chain(clauses).collect()
            }
            ExprKind::Subscript { value, index } => [&**value].into_iter().chain(index).collect(),
            ExprKind::Binary { left, right, .. } | ExprKind::Bool { left, right, .. } => {
                vec![left, right]
            }
            ExprKind::Compare { operands, .. } => operands.iter().collect(),
            ExprKind::IfExp { test, body, orelse } => vec![body, test, orelse],
            ExprKind::Tuple(items)
            | ExprKind::List(items)
            | ExprKind::Set(items)
            | ExprKind::Dict(items)
            | ExprKind::FString(items)
            | ExprKind::Other(items) => items.iter().collect(),
            ExprKind::Name(_)
            | ExprKind::None
            | ExprKind::True
            | ExprKind::False
            | ExprKind::Number
            | ExprKind::Str(_) => vec![],
        }
    }

    /// Calls `f` for this expression and everything inside it, outer ones first; where `f` returns `false`, the parts
    /// are left out.
    pub fn walk<'m>(&'m self, f: &mut dyn FnMut(&'m Expr) -> bool) {
        if f(self) {
            for child in self.children() {
                child.walk(f);
            }
        }
    }
}
