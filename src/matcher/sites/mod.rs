//! Where in a file something is acquired.

mod several;

use std::sync::Arc;

use super::effects;
use super::entered::{self, Entered};
use super::flow::Atom;
use super::obstacles::Obstacle;
use super::passing::Rest;
use crate::catalog::{Kind, Resource};
use crate::project::{Acquirer, Names};
use crate::syntax::{
    CompClause, Expr, ExprKind, Module, ScopeId, ScopeKind, Scopes, Span, Stmt, StmtId, StmtKind,
};

/// One acquiring call.
pub struct Site<'a> {
    /// The statement it stands in.
    pub stmt: StmtId,
    /// The part of that statement.
    pub atom: Atom,
    /// The scope the statement runs in.
    pub scope: ScopeId,
    /// The call.
    pub call: &'a Expr,
    /// The call with the `await` around it, if there is one.
    pub whole: &'a Expr,
    /// What it acquires.
    pub acquirer: Acquirer,
    /// The name that it is bound to, where the statement does nothing else, or by the `as` of `entered`.
    pub name: Option<String>,
    /// Where the statement binds the name in passing (`if (s := f()):`): what is left of it.
    pub rest: Option<Rest>,
    /// If the call begins the context of a `with` that does not release it: how.
    pub entered: Option<Entered>,
    /// Why it cannot be moved in front of its statement, if so.
    pub stuck: Option<Obstacle>,
}

impl Site<'_> {
    /// What is known of the resource.
    pub fn resource(&self) -> &Arc<Resource> {
        &self.acquirer.resource
    }
}

impl Site<'_> {
    /// Whether the release may raise: closing a file that was only read from does not.
    pub fn release_may_fail(&self) -> bool {
        self.resource().release_may_fail && !self.only_reads()
    }

    /// Whether it is a file that is opened for reading, as far as the call's own words tell.
    pub fn only_reads(&self) -> bool {
        if !matches!(self.resource().kind, Kind::File)
            || !["open", "ZipFile"]
                .iter()
                .any(|end| self.acquirer.name.ends_with(end))
        {
            return false;
        }
        let ExprKind::Call { args, .. } = &self.call.kind else {
            return false;
        };
        let is_method = self.acquirer.name.ends_with("Path.open");
        let mode = args
            .iter()
            .enumerate()
            .find(|(index, arg)| match &arg.keyword {
                Some(keyword) => keyword == "mode",
                None => *index == usize::from(!is_method),
            });
        let unclear = args.iter().any(|arg| arg.stars > 0);
        match mode {
            None => !unclear,
            Some((_, arg)) => {
                matches!(&arg.value.kind, ExprKind::Str(Some(mode)) if !mode.contains(['w', 'a', 'x', '+']))
            }
        }
    }
}

/// What lies around an expression inside its statement.
#[derive(Clone)]
struct Around {
    atom: Atom,
    stuck: Option<Obstacle>,
}

struct Finder<'a> {
    module: &'a Module,
    scopes: &'a Scopes,
    names: &'a Names<'a>,
    stmt: &'a Stmt,
    scope: ScopeId,
    sites: Vec<Site<'a>>,
}

/// All acquiring calls of the file, in source order. Lambdas are not looked into: what they acquire they return.
pub fn find<'a>(module: &'a Module, scopes: &'a Scopes, names: &'a Names<'a>) -> Vec<Site<'a>> {
    let mut sites = Vec::new();
    for stmt in &module.stmts {
        let scope = scopes.of_stmt(module, stmt.id);
        let mut finder = Finder {
            module,
            scopes,
            names,
            stmt,
            scope,
            sites: Vec::new(),
        };
        finder.stmt(scopes.scope(scope).kind);
        sites.append(&mut finder.sites);
    }
    sites
}

impl<'a> Finder<'a> {
    fn stmt(&mut self, kind: ScopeKind) {
        let id = self.stmt.id;
        let at = |atom| Around {
            atom,
            stuck: (kind == ScopeKind::Class).then_some(Obstacle::ClassBody),
        };
        let stuck = |atom, obstacle| Around {
            atom,
            stuck: Some(obstacle),
        };
        match &self.stmt.kind {
            StmtKind::If { branches, .. } => {
                for (index, (test, _)) in branches.iter().enumerate() {
                    let why = if index == 0 {
                        Obstacle::HeldLonger
                    } else {
                        Obstacle::Conditional
                    };
                    self.visit(test, &stuck(Atom::Test(id, index), why));
                }
            }
            StmtKind::While { test, .. } => {
                self.visit(test, &stuck(Atom::Test(id, 0), Obstacle::Repeated))
            }
            // `async for ws in connect(url)`: what would have to be awaited to acquire drives itself here.
            StmtKind::For {
                is_async: true,
                iter,
                ..
            } if self.is_awaited(iter) => self.parts(iter, &at(Atom::Iter(id))),
            StmtKind::For { iter, .. } => self.visit(iter, &at(Atom::Iter(id))),
            StmtKind::With { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.visit(&item.context, &at(Atom::Enter(id, index)));
                }
            }
            StmtKind::Match { subject, cases } => {
                self.visit(subject, &stuck(Atom::Subject(id), Obstacle::HeldLonger));
                for (index, case) in cases.iter().enumerate() {
                    if let Some(guard) = &case.guard {
                        self.visit(guard, &stuck(Atom::Case(id, index), Obstacle::Conditional));
                    }
                }
            }
            StmtKind::FunctionDef(def) => {
                for expr in def
                    .decorators
                    .iter()
                    .chain(def.params.iter().filter_map(|param| param.default.as_ref()))
                {
                    self.visit(expr, &stuck(Atom::Simple(id), Obstacle::DefaultValue));
                }
            }
            StmtKind::ClassDef(_) | StmtKind::Try { .. } => {}
            StmtKind::Assign { value, .. }
            | StmtKind::AnnAssign {
                value: Some(value), ..
            } => {
                let around = at(Atom::Simple(id));
                // A property is called by being looked at; where it is bound to a name that is worth knowing.
                if matches!(value.kind, ExprKind::Attribute { .. })
                    && bound_to(self.stmt, value.span).is_some()
                    && let Some(acquirer) = self.names.acquired_by_look(value, self.scope)
                {
                    self.site(value, value, acquirer, &around);
                }
                self.visit(value, &around);
            }
            StmtKind::AugAssign { target, value } => {
                let mut around = at(Atom::Simple(id));
                self.before(&mut around, target);
                self.visit(value, &around);
            }
            StmtKind::Delete(_) => {}
            _ => {
                let mut around = at(Atom::Simple(id));
                for expr in self.stmt.exprs() {
                    self.visit(expr, &around);
                    self.before(&mut around, expr);
                }
            }
        }
    }

    /// Takes note that `expr` is evaluated before what is visited next.
    fn before(&self, around: &mut Around, expr: &Expr) {
        if !self.is_harmless(expr) {
            around.stuck.get_or_insert(Obstacle::EvaluatedBefore);
        }
    }

    /// Whether something may be evaluated before `expr` as well as behind it.
    fn is_harmless(&self, expr: &Expr) -> bool {
        harmless(expr) && !self.names.runs_property(expr, self.scope)
    }

    fn visit_all(&mut self, exprs: impl IntoIterator<Item = &'a Expr>, around: &Around) {
        let mut around = around.clone();
        for expr in exprs {
            self.visit(expr, &around);
            self.before(&mut around, expr);
        }
    }

    fn visit_stuck(&mut self, expr: &'a Expr, around: &Around, obstacle: Obstacle) {
        let around = Around {
            atom: around.atom,
            stuck: around.stuck.clone().or(Some(obstacle)),
        };
        self.visit(expr, &around);
    }

    fn visit(&mut self, expr: &'a Expr, around: &Around) {
        match &expr.kind {
            ExprKind::Call { func, args } => {
                if let Some((call, acquirer)) = self.returned_itself(expr) {
                    self.visit(func, around);
                    self.visit_all(args.iter().map(|arg| &arg.value), around);
                    // Taken note of without its name; it is what the whole chain gives that is bound.
                    self.sites.retain(|site| site.call.span != call.span);
                    self.site(call, expr, acquirer, around);
                    return;
                }
                self.parts(expr, around);
                self.call(expr, expr, around);
            }
            ExprKind::Await(inner) if matches!(inner.kind, ExprKind::Call { .. }) => {
                self.parts(inner, around);
                self.call(inner, expr, around);
            }
            ExprKind::Lambda { .. } => {}
            ExprKind::FString(parts) => {
                for part in parts {
                    self.visit_stuck(part, around, Obstacle::InsideString);
                }
            }
            ExprKind::Bool { left, right, .. } => {
                self.visit(left, around);
                self.visit_stuck(right, around, Obstacle::Conditional);
            }
            ExprKind::IfExp { test, .. }
                if bound_to(self.stmt, expr.span).is_some() && self.either(expr).is_some() =>
            {
                // Whichever it is, it is acquired and bound to the same name.
                self.visit(test, around);
                if let Some(acquirer) = self.either(expr) {
                    self.site(first_call(expr), expr, acquirer, around);
                }
            }
            ExprKind::IfExp { test, body, orelse }
                if bound_to(self.stmt, expr.span).is_some()
                    && is_none(body) != is_none(orelse)
                    && self.or_none(body, orelse).is_some() =>
            {
                self.visit(test, around);
                if let Some((call, acquirer)) = self.or_none(body, orelse) {
                    self.site(call, expr, acquirer, around);
                    if let Some(site) = self.sites.last_mut() {
                        site.stuck.get_or_insert(Obstacle::Conditional);
                    }
                }
            }
            ExprKind::IfExp { test, body, orelse } => {
                self.visit(test, around);
                self.visit_stuck(body, around, Obstacle::Conditional);
                self.visit_stuck(orelse, around, Obstacle::Conditional);
            }
            ExprKind::Compare { operands, .. } => {
                for (index, operand) in operands.iter().enumerate() {
                    if index < 2 {
                        let mut here = around.clone();
                        if index == 1 {
                            self.before(&mut here, &operands[0]);
                        }
                        self.visit(operand, &here);
                    } else {
                        self.visit_stuck(operand, around, Obstacle::Conditional);
                    }
                }
            }
            ExprKind::Comprehension {
                elements, clauses, ..
            } => {
                for (index, clause) in clauses.iter().enumerate() {
                    match clause {
                        // The first iterable is evaluated at once, outside of the comprehension.
                        CompClause::For { iter, .. } if index == 0 => self.visit(iter, around),
                        CompClause::For { iter, .. } => {
                            self.visit_stuck(iter, around, Obstacle::Repeated)
                        }
                        CompClause::If(test) => self.visit_stuck(test, around, Obstacle::Repeated),
                    }
                }
                for element in elements {
                    self.visit_stuck(element, around, Obstacle::Repeated);
                }
            }
            ExprKind::Yield(Some(value)) => {
                self.visit_stuck(value, around, Obstacle::HeldLonger);
            }
            ExprKind::Walrus { value, .. } => {
                let around = Around {
                    atom: around.atom,
                    stuck: Some(Obstacle::SeveralNames),
                };
                self.visit(value, &around);
            }
            _ => self.visit_all(expr.children(), around),
        }
    }

    /// The function and the arguments of a call, in order of evaluation.
    fn parts(&mut self, call: &'a Expr, around: &Around) {
        let ExprKind::Call { func, args } = &call.kind else {
            return;
        };
        self.visit_all(
            std::iter::once(&**func).chain(args.iter().map(|arg| &arg.value)),
            around,
        );
    }

    fn call(&mut self, call: &'a Expr, whole: &'a Expr, around: &Around) {
        let Some(acquirer) = self.names.acquirer(call, self.scope) else {
            self.bundle(call, around);
            return;
        };
        let whole = if acquirer.awaited { whole } else { call };
        self.site(call, whole, acquirer, around);
    }

    /// Whether the call acquires only when it is awaited.
    fn is_awaited(&self, call: &Expr) -> bool {
        let acquirer = self.names.acquirer(call, self.scope);
        acquirer.is_some_and(|acquirer| acquirer.awaited)
    }

    fn site(&mut self, call: &'a Expr, whole: &'a Expr, acquirer: Acquirer, around: &Around) {
        let entered = entered::of(self.stmt, around.atom, whole, &acquirer);
        let target = match entered {
            Some((_, target)) => target.and_then(|target| match &target.kind {
                ExprKind::Name(name) => Some(name.as_str()),
                _ => None,
            }),
            None => bound_to(self.stmt, whole.span),
        };
        let passing = match (target, entered) {
            (None, None) => self.in_passing(around.atom, whole.span),
            _ => None,
        };
        let passed = passing.as_ref().map(|passing| passing.name);
        let name = target
            .or(passed)
            .filter(|name| !self.is_outer(name))
            .map(str::to_owned);
        let bound = name.is_some();
        let stuck = if bound {
            around
                .stuck
                .clone()
                .filter(|why| *why == Obstacle::ClassBody)
        } else {
            around.stuck.clone()
        };
        self.sites.push(Site {
            stmt: self.stmt.id,
            atom: around.atom,
            scope: self.scope,
            call,
            whole,
            acquirer,
            name,
            rest: passing.and_then(|passing| passing.rest),
            entered: entered.map(|(how, _)| how),
            stuck,
        });
    }

    /// Whether the name belongs to an outer scope by `global` or `nonlocal`.
    fn is_outer(&self, name: &str) -> bool {
        let scope = self.scopes.scope(self.scope);
        scope.globals.contains(name) || scope.nonlocals.contains(name)
    }
}

/// The first of the calls that a conditional expression chooses from.
fn first_call(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::IfExp { body, .. } => first_call(body),
        _ => expr,
    }
}

fn is_none(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::None)
}

/// The single name that the statement binds to exactly the expression at `value`.
fn bound_to(stmt: &Stmt, value: Span) -> Option<&str> {
    let (target, found) = match &stmt.kind {
        StmtKind::Assign { targets, value } => match targets.as_slice() {
            [target] => (target, value),
            _ => return None,
        },
        StmtKind::AnnAssign {
            target,
            value: Some(found),
            ..
        } => (target, found),
        _ => return None,
    };
    match &target.kind {
        ExprKind::Name(name) if found.span == value => Some(name),
        _ => None,
    }
}

/// Whether evaluating `expr` calls nothing, so that something may be evaluated before it as well as behind it.
pub fn harmless(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_)
        | ExprKind::None
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Number
        | ExprKind::Str(_)
        | ExprKind::Lambda { .. } => true,
        ExprKind::Attribute { .. } => effects::is_plain_path(expr),
        ExprKind::Tuple(parts)
        | ExprKind::List(parts)
        | ExprKind::Set(parts)
        | ExprKind::Dict(parts) => parts.iter().all(harmless),
        ExprKind::Not(inner) => harmless(inner),
        ExprKind::Compare { .. } | ExprKind::Bool { .. } => !effects::can_raise(expr),
        _ => false,
    }
}
