//! What fixes without a `with` may change: it is taken out of both texts, and what is left has to be the same.
//!
//! It looks at one text alone. So it does not know what a fix did, only what a fix of that rule could do at most.

use std::collections::HashMap;

use crate::catalog::pooling::POOLING;
use crate::rules::Rule;
use crate::suppress;
use crate::syntax::{
    Expr, ExprKind, Module, Role, Span, Stmt, StmtKind, Token, TokenKind, parse, tokens, walk_exprs,
};

/// One of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Aside {
    /// What comments say to `unleak`.
    Comments,
    /// `exc_info=True` in a call.
    Traceback,
    /// Literal arguments of a pool, in a call or a dict.
    Pool,
    /// The docstrings of functions, and calls of `debug` with nothing but strings.
    Documentation,
}

impl Aside {
    /// What fixes of `rule` may change.
    pub(super) fn of(rule: Rule) -> Option<Aside> {
        match rule {
            Rule::UnusedSuppression => Some(Aside::Comments),
            Rule::LostTraceback => Some(Aside::Traceback),
            Rule::PoolPolicy => Some(Aside::Pool),
            Rule::UndocumentedProvider => Some(Aside::Documentation),
            _ => None,
        }
    }

    /// `text` without it: the same for two texts that differ in nothing else.
    pub(super) fn taken_from(self, text: &str) -> String {
        match self {
            Aside::Comments => suppress::erased(text),
            Aside::Traceback => without_arguments(
                text,
                &|name, value| name == "exc_info" && matches!(value.kind, ExprKind::True),
                &|_, _| false,
            ),
            Aside::Pool => without_arguments(
                text,
                &|name, value| POOLING.is_argument(name) && is_literal(value),
                &|func, place| POOLING.is_placed(func, place),
            ),
            Aside::Documentation => replaced(text, documentation(&parse(text))),
        }
    }
}

/// `text` with some of its parts replaced.
fn replaced(text: &str, mut parts: Vec<(Span, &str)>) -> String {
    parts.sort_unstable();
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    for (part, new) in parts {
        left.push_str(text.get(at..part.start).unwrap_or_default());
        left.push_str(new);
        at = at.max(part.end);
    }
    left + text.get(at..).unwrap_or_default()
}

fn is_literal(value: &Expr) -> bool {
    match &value.kind {
        ExprKind::Unary(inner) => matches!(inner.kind, ExprKind::Number),
        kind => matches!(kind, ExprKind::Number | ExprKind::True | ExprKind::False),
    }
}

/// `text` without the arguments by keyword, and the entries of dicts, that `goes` names, each with a comma. Of a call that
/// `places` names, those at such a place are all the same.
fn without_arguments(
    text: &str,
    goes: &dyn Fn(&str, &Expr) -> bool,
    places: &dyn Fn(&str, usize) -> bool,
) -> String {
    let module = parse(text);
    let mut pieces = Pieces::new(text);
    for stmt in &module.stmts {
        walk_exprs(stmt, &mut |expr| match &expr.kind {
            ExprKind::Call { func, args } => {
                let func = func.span.of(text);
                for (place, arg) in args.iter().enumerate() {
                    if arg.keyword.is_none() && places(func, place) && is_literal(&arg.value) {
                        pieces.placed.push(arg.value.outer);
                    }
                    if arg
                        .keyword
                        .as_deref()
                        .is_some_and(|name| goes(name, &arg.value))
                    {
                        // The keyword and its `=` stand before it.
                        pieces.take(arg.value.outer, 2);
                    }
                }
            }
            ExprKind::Dict(_) => {
                for (key, value) in expr.entries() {
                    if let ExprKind::Str(Some(name)) = &key.kind
                        && goes(name, value)
                    {
                        pieces.take(value.outer, 2);
                    }
                }
            }
            _ => {}
        });
    }
    replaced(text, pieces.taken())
}

/// The tokens of a text, some of which go.
struct Pieces<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    starts: HashMap<usize, usize>,
    gone: Vec<bool>,
    /// Arguments without a keyword: one of them has to stay there.
    placed: Vec<Span>,
}

impl<'t> Pieces<'t> {
    fn new(text: &'t str) -> Self {
        let mut tokens = tokens(text);
        tokens.retain(|token| token.kind != TokenKind::Comment);
        let places = tokens.iter().enumerate();
        Pieces {
            text,
            starts: places.map(|(at, token)| (token.span.start, at)).collect(),
            gone: vec![false; tokens.len()],
            placed: Vec::new(),
            tokens,
        }
    }

    /// Takes `span` with so many tokens before it, and the comma behind it, or else that before it.
    fn take(&mut self, span: Span, before: usize) {
        let Some(&at) = self.starts.get(&span.start) else {
            return;
        };
        let inside = |token: &&Token| token.span.end <= span.end;
        let count = self.tokens[at..].iter().take_while(inside).count();
        let first = at.saturating_sub(before);
        self.gone[first..at + count].fill(true);
        let is_comma = |at: &usize| {
            let token = self.tokens.get(*at);
            token.is_some_and(|token| token.span.of(self.text) == ",")
        };
        let behind = Some(at + count).filter(is_comma);
        let left = || (0..first).rev().find(|at| !self.gone[*at]);
        if let Some(comma) = behind.or_else(|| left().filter(is_comma)) {
            self.gone[comma] = true;
        }
    }

    fn taken(self) -> Vec<(Span, &'static str)> {
        let tokens = self.tokens.into_iter().zip(self.gone);
        let gone = tokens.filter_map(|(token, gone)| gone.then_some((token.span, "")));
        gone.chain(self.placed.into_iter().map(|span| (span, "0")))
            .collect()
    }
}

/// See [`Aside::Documentation`]. What stands alone in its block stays, as a block has to hold something.
fn documentation(module: &Module) -> Vec<(Span, &'static str)> {
    let is_string = |expr: &Expr| matches!(expr.kind, ExprKind::Str(_));
    let goes = |stmt: &&Stmt| {
        let block = module.block(stmt.block);
        let StmtKind::Expr(expr) = &stmt.kind else {
            return false;
        };
        let is_docstring = block.role == Role::Function && stmt.index == 0 && is_string(expr);
        let is_logged = match &expr.kind {
            ExprKind::Call { func, args } => {
                matches!(&func.kind, ExprKind::Attribute { attr, .. } if attr == "debug")
                    && args.iter().all(|arg| is_string(&arg.value))
            }
            _ => false,
        };
        block.stmts.len() > 1 && (is_docstring || is_logged)
    };
    let stmts = module.stmts.iter().filter(goes);
    stmts.map(|stmt| (stmt.span, "")).collect()
}
