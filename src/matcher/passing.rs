//! Names that are bound in passing, by a statement that does something else as well.

use super::flow::Atom;
use crate::syntax::{Expr, ExprKind, Span, Stmt, StmtKind};

/// A name that a statement binds to an acquisition.
pub struct Passing<'a> {
    /// The name.
    pub name: &'a str,
    /// What becomes of the statement once a `with` around it binds the name; `None` if the `with` takes its place.
    pub rest: Option<Rest>,
}

/// What is left of a statement that bound a name in passing.
#[derive(Clone, Debug)]
pub enum Rest {
    /// The name stands for this part of it: `if s:`, `other = s`.
    Name(Span),
    /// It is this text, inside of the `with`: of `a, b = f(), g()` what binds `b`.
    Inside(Span, String),
    /// It is this text, before the `with`: what binds `a`.
    Before(String),
}

/// `(s := f())`, `if (s := f()):`, `if (s := f()) is not None:`, `other = s = f()` and `s, other = f(), g()`, where `whole`
/// is `f()`. What `harmless` holds of may be evaluated behind `f()` as well.
pub fn of<'a>(
    text: &str,
    stmt: &'a Stmt,
    atom: Atom,
    whole: Span,
    harmless: &dyn Fn(&Expr) -> bool,
) -> Option<Passing<'a>> {
    match (&stmt.kind, atom) {
        (StmtKind::Expr(expr), _) => {
            let (name, _) = walrus(expr, whole)?;
            Some(Passing { name, rest: None })
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
            let rest = Some(Rest::Name(span));
            Some(Passing { name, rest })
        }
        (StmtKind::Assign { targets, value }, _) if targets.len() > 1 && value.span == whole => {
            let mut names: Vec<&str> = Vec::new();
            for target in targets {
                match &target.kind {
                    ExprKind::Name(name) if !names.contains(&name.as_str()) => names.push(name),
                    _ => return None,
                }
            }
            let name = names.pop()?;
            let span = Span::new(targets.last()?.outer.start, value.outer.end);
            let rest = Some(Rest::Name(span));
            Some(Passing { name, rest })
        }
        (StmtKind::Assign { targets, value }, _) => match (targets.as_slice(), &value.kind) {
            (
                [
                    Expr {
                        kind: ExprKind::Tuple(targets),
                        ..
                    },
                ],
                ExprKind::Tuple(values),
            ) if targets.len() == values.len() => {
                one_of_several(text, stmt, targets, values, whole, harmless)
            }
            _ => None,
        },
        _ => None,
    }
}

/// `s, other = f(), g()`
fn one_of_several<'a>(
    text: &str,
    stmt: &Stmt,
    targets: &'a [Expr],
    values: &[Expr],
    whole: Span,
    harmless: &dyn Fn(&Expr) -> bool,
) -> Option<Passing<'a>> {
    let index = values.iter().position(|value| value.span == whole)?;
    let ExprKind::Name(name) = &targets[index].kind else {
        return None;
    };
    let mentions = |part: &Expr| {
        let mut found = matches!(part.kind, ExprKind::Starred(_));
        part.walk(&mut |part| {
            found |= matches!(&part.kind, ExprKind::Name(other) if other == name);
            !found
        });
        found
    };
    let others = |parts: &'a [Expr]| parts.iter().enumerate().filter(move |(at, _)| *at != index);
    let elsewhere = others(targets).any(|(_, part)| mentions(part))
        || values
            .iter()
            .enumerate()
            .any(|(at, part)| at != index && mentions(part));
    let own = stmt.span.of(text);
    if elsewhere || values.len() < 2 || own.contains(['\n', '\r', '#', '\\']) {
        return None;
    }
    let left: Vec<usize> = (0..values.len()).filter(|at| *at != index).collect();
    let written = |parts: &[Expr]| {
        let parts: Vec<&str> = left.iter().map(|at| parts[*at].outer.of(text)).collect();
        parts.join(", ")
    };
    let assignment = format!("{} = {}", written(targets), written(values));
    let rest = if values[..index].iter().all(harmless) {
        Rest::Inside(stmt.span, assignment)
    } else if index + 1 == values.len()
        && targets
            .iter()
            .all(|part| matches!(part.kind, ExprKind::Name(_)))
    {
        // An attribute would be set too early if acquiring fails.
        Rest::Before(assignment)
    } else {
        return None;
    };
    Some(Passing {
        name,
        rest: Some(rest),
    })
}

/// The name that `expr` binds to exactly the expression at `whole`, and what goes.
fn walrus(expr: &Expr, whole: Span) -> Option<(&str, Span)> {
    match &expr.kind {
        ExprKind::Walrus { name, value } if value.span == whole => Some((name, expr.outer)),
        _ => None,
    }
}
