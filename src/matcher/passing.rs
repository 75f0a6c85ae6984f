//! Names that are bound in passing, by a statement that does something else as well.

use super::flow::Atom;
use crate::syntax::{Expr, ExprKind, Span, Stmt, StmtKind};

/// A name that a statement binds to an acquisition.
pub struct Passing<'a> {
    /// The name.
    pub name: &'a str,
    /// What the name takes the place of once a `with` around the statement binds it; `None` if that is the statement.
    pub inline: Option<Span>,
}

/// `(s := f())`, `if (s := f()):`, `if (s := f()) is not None:` and `other = s = f()`, where `whole` is `f()`.
pub fn of(stmt: &Stmt, atom: Atom, whole: Span) -> Option<Passing<'_>> {
    match (&stmt.kind, atom) {
        (StmtKind::Expr(expr), _) => {
            let (name, _) = walrus(expr, whole)?;
            Some(Passing { name, inline: None })
        }
        (StmtKind::If { branches, .. }, Atom::Test(_, 0)) => {
            let (test, _) = branches.first()?;
            let asked = match &test.kind {
                ExprKind::Compare { operands, .. } => match operands.as_slice() {
                    [left, right] if matches!(right.kind, ExprKind::None) => left,
                    _ => return None,
                },
                _ => test,
            };
            let (name, span) = walrus(asked, whole)?;
            Some(Passing {
                name,
                inline: Some(span),
            })
        }
        (StmtKind::Assign { targets, value }, _) if targets.len() > 1 && value.span == whole => {
            let mut names = Vec::new();
            for target in targets {
                match &target.kind {
                    ExprKind::Name(name) if !names.contains(name) => names.push(name.clone()),
                    _ => return None,
                }
            }
            let last = targets.last()?;
            let ExprKind::Name(name) = &last.kind else {
                return None;
            };
            Some(Passing {
                name,
                inline: Some(Span::new(last.outer.start, value.outer.end)),
            })
        }
        _ => None,
    }
}

/// The name that `expr` binds to exactly the expression at `whole`, and what goes.
fn walrus(expr: &Expr, whole: Span) -> Option<(&str, Span)> {
    match &expr.kind {
        ExprKind::Walrus { name, value } if value.span == whole => Some((name, expr.outer)),
        _ => None,
    }
}
