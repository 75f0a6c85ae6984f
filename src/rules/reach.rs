//! The lines on which a finding depends: a change in one of them may have made it.

use super::view::View;
use crate::matcher::{Acquisition, End, Obstacle};
use crate::syntax::{Module, Role, Span, StmtId, StmtKind};

/// Which lines a finding depends on, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The line of the acquiring call.
    pub first: usize,
    /// The last line on which the resource is touched, or on which a path leaves without a release.
    pub last: usize,
    /// The last line behind that with no further statement, if the function ends there: what was deleted there stood behind
    /// everything else. 0 if it goes on.
    pub until: usize,
    /// How deep the `def` around all this stands. What was deleted behind `last` belongs to it if it stood deeper; `None`
    /// if everything does.
    pub indent: Option<usize>,
    /// Whether it is kept by an object, so that a release may have stood anywhere in the file.
    pub kept: bool,
}

impl Reach {
    /// A finding that depends on nothing but these lines.
    pub fn of_lines(first: usize, last: usize) -> Reach {
        Reach {
            first,
            last,
            ..Reach::default()
        }
    }
}

/// On which lines it depends that `acquisition` is released or not.
pub(super) fn of(view: &View<'_>, acquisition: &Acquisition) -> Reach {
    let module = view.module;
    let line = |offset: usize| view.position(offset).line;
    let (first, call_end) = (line(acquisition.call.start), line(acquisition.call.end));
    let of_call = Reach::of_lines(first, call_end);
    if acquisition.kept.is_some() {
        return Reach {
            kept: true,
            ..of_call
        };
    }
    let is_default = matches!(acquisition.rewrite, Err(Obstacle::DefaultValue));
    // What nothing is bound to nothing else could release.
    let is_unbound = acquisition.name.is_none() && acquisition.entered.is_none();
    if is_default || is_unbound || acquisition.ends.is_empty() {
        return of_call;
    }
    let around = enclosing(module, acquisition.stmt, |role| role == Role::Function);
    let body_end = match around {
        Some(def) => module.stmt(def).span.end,
        None => module.block(module.body).span.end,
    };
    let mut end = acquisition.call.end;
    for last in &acquisition.ends {
        let (End::Raised(id) | End::Returned(id) | End::Ended(id) | End::Rebound(id)) = *last;
        end = end.max(end_of(module, id));
        if matches!(last, End::Ended(_)) {
            end = body_end;
        }
        // The way to there goes round a loop, all of it.
        if module.stmt(id).span.start <= module.stmt(acquisition.stmt).span.start
            && let Some(around) = enclosing(module, acquisition.stmt, |role| role == Role::Loop)
        {
            end = end.max(module.stmt(around).span.end);
        }
    }
    for id in &acquisition.touched {
        end = end.max(end_of(module, *id));
    }
    end = end.min(body_end);
    let last = line(end.saturating_sub(1));
    let behind = module.stmts.partition_point(|stmt| stmt.span.start < end);
    let next = module.stmts.get(behind).map(|stmt| stmt.span.start);
    Reach {
        first,
        last,
        until: match next {
            // What comes next does not touch it.
            _ if end < body_end => 0,
            Some(next) => line(next).saturating_sub(1).max(last),
            None => view.source.line_count().max(last),
        },
        indent: around.map(|def| view.position(module.stmt(def).span.start).column - 1),
        kept: false,
    }
}

/// Where what happens at the statement ends: with the `try` around it, whose clauses may come behind it.
fn end_of(module: &Module, id: StmtId) -> usize {
    let mut end = own(module, id).end;
    let mut at = id;
    while let Some(owner) = module.parent(at) {
        match module.block(module.stmt(at).block).role {
            Role::Function | Role::Class => break,
            _ if matches!(module.stmt(owner).kind, StmtKind::Try { .. }) => {
                end = end.max(module.stmt(owner).span.end);
            }
            _ => {}
        }
        at = owner;
    }
    end
}

/// The statement without its blocks; a `def` with them, for what touches the resource stands inside.
fn own(module: &Module, id: StmtId) -> Span {
    let stmt = module.stmt(id);
    let inside = module.stmts.get(id.0 as usize + 1);
    let inside = inside.filter(|inner| stmt.span.contains(inner.span));
    match (&stmt.kind, inside) {
        (StmtKind::FunctionDef(_) | StmtKind::ClassDef(_), _) | (_, None) => stmt.span,
        (_, Some(first)) => Span::new(stmt.span.start, module.block(first.block).header.end),
    }
}

/// The innermost statement of the same function around `id` in a block of that role.
fn enclosing(module: &Module, id: StmtId, wanted: impl Fn(Role) -> bool) -> Option<StmtId> {
    let mut at = id;
    while let Some(owner) = module.parent(at) {
        let role = module.block(module.stmt(at).block).role;
        if wanted(role) {
            return Some(owner);
        }
        if role == Role::Function {
            return None;
        }
        at = owner;
    }
    None
}
