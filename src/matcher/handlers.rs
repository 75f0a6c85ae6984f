//! Handlers that log an error without its traceback.

use super::Context;
use crate::catalog::logging::{LOGGING, Words};
use crate::syntax::{
    Arg, BlockId, Comp, Expr, ExprKind, Handler, Span, StmtId, StmtKind, walk_exprs,
};

/// One call that logs an error without its traceback.
#[derive(Debug)]
pub struct LostTraceback {
    /// The call.
    pub span: Span,
    /// What is called, as it is written.
    pub name: String,
    /// The function it stands in.
    pub function: Option<String>,
    /// Where the handler begins.
    pub handler: usize,
    /// Its arguments, with their keywords.
    pub items: Vec<Span>,
    /// Whether a keyword is sure to reach the log record.
    pub is_plain: bool,
    /// Why no keyword can be added.
    pub full: Option<Full>,
}

/// Why a call cannot get another keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// What `**` takes in may have it already.
    Keywords,
    /// Its one argument is a generator without parentheses of its own.
    Generator,
}

/// What control does behind a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    /// It goes on.
    Goes,
    /// Something is raised, or the program ends.
    Raises,
    /// It leaves the handler in another way.
    Leaves,
}

/// Finds all such calls of a file.
pub fn lost_tracebacks(ctx: &Context<'_>) -> Vec<LostTraceback> {
    let mut found = Vec::new();
    for stmt in ctx.module.stmts.iter().filter(|stmt| !stmt.has_error) {
        let StmtKind::Try { handlers, .. } = &stmt.kind else {
            continue;
        };
        for handler in handlers {
            let look = Look { ctx, handler };
            if !look.is_expected(stmt.id) && !look.is_kept() {
                look.scan(handler.body, Then::Goes, &mut found);
            }
        }
    }
    found.sort_by_key(|lost| lost.span);
    found
}

/// One handler.
struct Look<'l, 'a> {
    ctx: &'l Context<'a>,
    handler: &'l Handler,
}

impl Look<'_, '_> {
    fn words(&self) -> &'static Words {
        &LOGGING.words
    }

    /// Whether it only catches what says what is the case.
    fn is_expected(&self, stmt: StmtId) -> bool {
        let scope = self.ctx.scopes.of_stmt(self.ctx.module, stmt);
        let one = |expr: &Expr| {
            let dotted = self.ctx.names.dotted(expr, scope);
            let text = expr.span.of(self.ctx.text);
            let last = text.rsplit('.').next().unwrap_or(text);
            LOGGING.expected.last_names.contains(last)
                || dotted.is_some_and(|dotted| LOGGING.expected.names.contains(&dotted))
        };
        match self.handler.types.as_ref().map(|types| &types.kind) {
            None => false,
            Some(ExprKind::Tuple(types)) => !types.is_empty() && types.iter().all(one),
            Some(_) => self.handler.types.as_ref().is_some_and(one),
        }
    }

    /// The statements of the handler, with those of all blocks inside.
    fn stmts(&self) -> impl Iterator<Item = &crate::syntax::Stmt> {
        let module = self.ctx.module;
        let span = module.block(self.handler.body).span;
        let first = module.block(self.handler.body).stmts.first();
        let first = first.map_or(module.stmts.len(), |id| id.0 as usize);
        module.stmts[first..]
            .iter()
            .take_while(move |stmt| span.contains(stmt.span))
    }

    /// Whether somebody else gets to see the exception, or its traceback.
    fn is_kept(&self) -> bool {
        let name = self.handler.name.as_deref();
        self.stmts().any(|stmt| {
            let mut traced = false;
            walk_exprs(stmt, &mut |expr| traced |= self.traces(expr));
            let keeps = |name: &str| match &stmt.kind {
                // What is raised goes on.
                StmtKind::Raise { .. } => false,
                StmtKind::FunctionDef(_) | StmtKind::ClassDef(_) => {
                    stmt.span.of(self.ctx.text).contains(name)
                }
                _ => stmt.exprs().into_iter().any(|expr| self.keeps(expr, name)),
            };
            traced || name.is_some_and(keeps)
        })
    }

    /// Whether an expression has to do with a traceback.
    fn traces(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Call { func, args } => {
                let last = match &func.kind {
                    ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => name.as_str(),
                    _ => "",
                };
                let off = |value: &Expr| matches!(value.kind, ExprKind::None | ExprKind::False);
                let logged =
                    |arg: &Arg| arg.keyword.as_deref() == Some("exc_info") && !off(&arg.value);
                self.words().tracers.contains(last) || args.iter().any(logged)
            }
            ExprKind::Attribute { attr, .. } => self.words().traces.contains(attr),
            _ => false,
        }
    }

    /// Whether the value of `name` gets anywhere by `expr` but into a text.
    fn keeps(&self, expr: &Expr, name: &str) -> bool {
        let is_it = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(own) if own == name);
        let parts = |parts: Vec<&Expr>| {
            let mut rest = parts.into_iter().filter(|part| !is_it(part));
            rest.any(|part| self.keeps(part, name))
        };
        match &expr.kind {
            ExprKind::Name(_) => is_it(expr),
            ExprKind::Call { func, args } if self.only_reads(func) => {
                let all: Vec<&Expr> = args.iter().map(|arg| &arg.value).collect();
                parts(all)
            }
            ExprKind::Attribute { .. }
            | ExprKind::FString(_)
            | ExprKind::Compare { .. }
            | ExprKind::Not(_)
            | ExprKind::Subscript { .. } => parts(expr.children()),
            ExprKind::Binary { left, right, .. } => match &right.kind {
                ExprKind::Tuple(items) => parts([&**left].into_iter().chain(items).collect()),
                _ => parts(vec![left, right]),
            },
            ExprKind::Call { func, args } => {
                let is_own =
                    matches!(&func.kind, ExprKind::Attribute { value, .. } if is_it(value));
                (!is_own && self.keeps(func, name))
                    || args.iter().any(|arg| self.keeps(&arg.value, name))
            }
            _ => expr
                .children()
                .into_iter()
                .any(|part| self.keeps(part, name)),
        }
    }

    /// Whether a function forgets what it is given.
    fn only_reads(&self, func: &Expr) -> bool {
        match &func.kind {
            ExprKind::Attribute { attr, .. } => self.words().writers.contains(attr),
            ExprKind::Name(name) => self.words().readers.contains(&format!("builtins.{name}")),
            _ => false,
        }
    }

    /// The calls of a block that lose a traceback, if `behind` is what happens at its end. One of several in a row is enough.
    fn scan(&self, block: BlockId, behind: Then, found: &mut Vec<LostTraceback>) {
        let stmts = &self.ctx.module.block(block).stmts;
        let logs = stmts.iter().position(|id| self.logged(*id).is_some());
        for (index, id) in stmts.iter().enumerate() {
            let then = match self.outcome(&stmts[index + 1..]) {
                Then::Goes => behind,
                then => then,
            };
            if Some(index) == logs {
                if then != Then::Raises {
                    found.extend(self.logged(*id));
                }
                return;
            }
            for inner in self.parts(*id) {
                // What goes on from there comes to the call in this block.
                let leaves = self.outcome(&self.ctx.module.block(inner).stmts) != Then::Goes;
                if logs.is_none() || leaves {
                    self.scan(inner, then, found);
                }
            }
        }
    }

    /// The blocks of a statement in which the exception is still the current one.
    fn parts(&self, id: StmtId) -> Vec<BlockId> {
        match &self.ctx.module.stmt(id).kind {
            StmtKind::If { branches, orelse } => {
                let branches = branches.iter().map(|(_, block)| *block);
                branches.chain(*orelse).collect()
            }
            StmtKind::While { body, orelse, .. } | StmtKind::For { body, orelse, .. } => {
                [*body].into_iter().chain(*orelse).collect()
            }
            StmtKind::With { body, .. } => vec![*body],
            StmtKind::Try { body, orelse, .. } => [*body].into_iter().chain(*orelse).collect(),
            StmtKind::Match { cases, .. } => cases.iter().map(|case| case.body).collect(),
            _ => Vec::new(),
        }
    }

    fn outcome(&self, stmts: &[StmtId]) -> Then {
        let outcomes = stmts.iter().map(|id| self.outcome_of(*id));
        outcomes
            .into_iter()
            .find(|then| *then != Then::Goes)
            .unwrap_or(Then::Goes)
    }

    fn outcome_of(&self, id: StmtId) -> Then {
        let block = |id: &BlockId| self.outcome(&self.ctx.module.block(*id).stmts);
        match &self.ctx.module.stmt(id).kind {
            StmtKind::Raise { .. } => Then::Raises,
            StmtKind::Return(_) | StmtKind::Break | StmtKind::Continue => Then::Leaves,
            StmtKind::Expr(expr) => match &expr.kind {
                ExprKind::Call { func, .. } if self.ends(func, id) => Then::Raises,
                _ => Then::Goes,
            },
            StmtKind::With { body, .. } => block(body),
            StmtKind::If {
                branches,
                orelse: Some(orelse),
            } => {
                let all = branches.iter().map(|(_, body)| body).chain([orelse]);
                let all: Vec<Then> = all.map(block).collect();
                match all.as_slice() {
                    all if all.contains(&Then::Goes) => Then::Goes,
                    all if all.contains(&Then::Leaves) => Then::Leaves,
                    _ => Then::Raises,
                }
            }
            _ => Then::Goes,
        }
    }

    fn ends(&self, func: &Expr, id: StmtId) -> bool {
        let scope = self.ctx.scopes.of_stmt(self.ctx.module, id);
        let dotted = self.ctx.names.dotted(func, scope);
        dotted.is_some_and(|dotted| self.words().ends.contains(&dotted))
    }

    /// The call that is a statement of its own, if it logs an error.
    fn logged(&self, id: StmtId) -> Option<LostTraceback> {
        let StmtKind::Expr(expr) = &self.ctx.module.stmt(id).kind else {
            return None;
        };
        let ExprKind::Call { func, args } = &expr.kind else {
            return None;
        };
        let is_said = |arg: &Arg| arg.keyword.as_deref() == Some("exc_info");
        if args.is_empty() || args.iter().any(is_said) {
            return None;
        }
        let is_plain = self.is_logger(func, args, id)?;
        let full = match args.as_slice() {
            args if args.iter().any(|arg| arg.stars == 2) => Some(Full::Keywords),
            [arg] if is_bare_generator(&arg.value, self.ctx.text) => Some(Full::Generator),
            _ => None,
        };
        let scope = self.ctx.scopes.of_stmt(self.ctx.module, id);
        Some(LostTraceback {
            span: expr.span,
            name: func.span.of(self.ctx.text).to_owned(),
            function: self.ctx.function(scope),
            handler: self.ctx.module.block(self.handler.body).header.start,
            items: args.iter().map(|arg| self.ctx.whole(arg)).collect(),
            is_plain,
            full,
        })
    }

    /// Whether `func` logs errors, and then whether a keyword is sure to reach the record.
    fn is_logger(&self, func: &Expr, args: &[Arg], id: StmtId) -> Option<bool> {
        let ExprKind::Attribute { value, attr: name } = &func.kind else {
            let ExprKind::Name(_) = &func.kind else {
                return None;
            };
            // `from logging import error`
            let scope = self.ctx.scopes.of_stmt(self.ctx.module, id);
            let dotted = self.ctx.names.dotted(func, scope)?;
            let name = dotted.strip_prefix("logging.")?;
            return self.words().levels.contains(name).then_some(true);
        };
        let words = self.words();
        let scope = self.ctx.scopes.of_stmt(self.ctx.module, id);
        let by_level = || {
            let level = args.first().filter(|arg| arg.keyword.is_none())?;
            let dotted = self.ctx.names.dotted(&level.value, scope)?;
            (*name == words.by_level && words.error_levels.contains(&dotted)).then_some(())
        };
        if !words.levels.contains(name) {
            by_level()?;
        }
        if self.ctx.names.dotted(value, scope).as_deref() == Some("logging") {
            return Some(true);
        }
        let class = self.ctx.names.type_of(value, scope)?;
        LOGGING.loggers.get(&class).copied()
    }
}

/// Whether the parentheses of the call are those of the generator, too.
fn is_bare_generator(value: &Expr, text: &str) -> bool {
    let is_generator = matches!(
        value.kind,
        ExprKind::Comprehension {
            kind: Comp::Generator,
            ..
        }
    );
    is_generator && !value.outer.of(text).starts_with('(')
}
