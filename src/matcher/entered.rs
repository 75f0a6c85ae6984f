//! A `with` that is entered on something acquired in its own header, and that leaves it open.

use super::flow::Atom;
use crate::catalog::Resource;
use crate::project::Acquirer;
use crate::syntax::{Expr, ExprKind, Stmt, StmtKind};

/// How the context of a `with` hangs on what is acquired in it, where leaving the `with` does not release that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entered {
    /// It is the resource, whose own `with` ends a transaction: `with sqlite3.connect(p) as c`.
    Itself,
    /// It is something obtained through the resource: `with engine.connect().begin()`.
    Through,
}

/// What the value of an expression is to the resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// The resource.
    Itself,
    /// A context manager whose `as` gives the resource.
    EntersSelf,
    /// Anything else that was obtained through it.
    Other,
}

/// How the context at `atom` of `stmt` hangs on what `whole` acquires, and the target that is then bound to the resource
/// itself; `None` if leaving the `with` releases it, or if the context is about something else.
pub fn of<'s>(
    stmt: &'s Stmt,
    atom: Atom,
    whole: &Expr,
    acquirer: &Acquirer,
) -> Option<(Entered, Option<&'s Expr>)> {
    let (Atom::Enter(_, index), StmtKind::With { items, .. }) = (atom, &stmt.kind) else {
        return None;
    };
    let item = items.get(index)?;
    let resource = &acquirer.resource;
    let target = item.target.as_ref();
    match part(&item.context, whole, resource)? {
        Part::Itself if resource.left_open_by_with(acquirer.wrap) => {
            Some((Entered::Itself, target))
        }
        Part::Itself => None,
        Part::EntersSelf => Some((Entered::Through, target)),
        Part::Other => Some((Entered::Through, None)),
    }
}

/// What `expr` is to the resource that `whole` acquires, if it begins with that.
fn part(expr: &Expr, whole: &Expr, resource: &Resource) -> Option<Part> {
    if expr.span == whole.span {
        return Some(Part::Itself);
    }
    match &expr.kind {
        ExprKind::Attribute { value, attr } => match part(value, whole, resource)? {
            Part::Itself if resource.enters_self(attr) => Some(Part::EntersSelf),
            _ => Some(Part::Other),
        },
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Attribute { value, attr }
                if resource.returns_self.contains(attr)
                    && part(value, whole, resource)? == Part::Itself =>
            {
                Some(Part::Itself)
            }
            _ => part(func, whole, resource).map(|_| Part::Other),
        },
        ExprKind::Subscript { value, .. } => part(value, whole, resource).map(|_| Part::Other),
        _ => None,
    }
}
