//! What may be missing in a result: releases of what a `with` holds, and what only served them.

use super::items::{all, bare, inside, target};
use super::{Half, Way};
use crate::syntax::{BlockId, Expr, ExprKind, Span, StmtId, StmtKind};
use std::collections::HashSet;

impl<'a> Way<'_, 'a> {
    /// The names that `with` statements of the result hold within `span`.
    pub(super) fn held_in(&self, span: Span) -> HashSet<&'a str> {
        let mut names = HashSet::new();
        for (item, around) in all(self.new) {
            if !span.contains(around) {
                continue;
            }
            let context = self.new.words(inside(self.new, item));
            let sides = [target(self.new, item), context];
            names.extend(
                sides
                    .iter()
                    .filter(|side| side.len() == 1)
                    .map(|side| side[0]),
            );
        }
        names
    }

    /// Whether the statement of the original does nothing but release what a `with` holds now.
    pub(super) fn may_go(&self, id: StmtId) -> bool {
        match self.old.kind(id) {
            StmtKind::Pass => true,
            StmtKind::Expr(expr) => self.is_release(expr),
            StmtKind::Assign { targets, value } => {
                matches!(value.kind, ExprKind::None)
                    && matches!(targets.as_slice(), [one] if self.is_held(one))
            }
            StmtKind::If {
                branches,
                orelse: None,
            } => {
                matches!(branches.as_slice(), [(test, body)] if self.has_no_effect(test) && self.all_go(*body))
            }
            StmtKind::Try {
                body,
                handlers,
                orelse: None,
                finally: None,
            } => self.all_go(*body) && handlers.iter().all(|handler| self.is_silent(handler.body)),
            StmtKind::With { items, body, .. } => {
                let suppresses = matches!(items.as_slice(), [item] if matches!(
                    self.old.words(item.context.span).as_slice(),
                    ["suppress", "(", ..] | ["contextlib", ".", "suppress", "(", ..]
                ));
                suppresses && self.all_go(*body)
            }
            _ => false,
        }
    }

    /// Whether nothing of the block need stay: it holds a release, and otherwise releases and `pass`.
    pub(super) fn all_go(&self, block: BlockId) -> bool {
        let stmts = self.old.stmts(block);
        let is_pass = |id: &StmtId| matches!(self.old.kind(*id), StmtKind::Pass);
        stmts.iter().any(|id| !is_pass(id))
            && stmts.iter().all(|id| is_pass(id) || self.may_go(*id))
    }

    /// The body of a `try` that has no purpose without the releases in its `finally`.
    pub(super) fn dissolved(&self, id: StmtId) -> Option<BlockId> {
        match self.old.kind(id) {
            StmtKind::Try {
                body,
                handlers,
                orelse: None,
                finally: Some(finally),
            } if handlers.is_empty() && self.all_go(*finally) => Some(*body),
            _ => None,
        }
    }

    /// Whether the statement of the original is an acquisition that a new `with` makes now.
    pub(super) fn acquires(&mut self, id: StmtId) -> bool {
        if let StmtKind::Assign { targets, value } = self.old.kind(id)
            && let ([target], ExprKind::Tuple(values)) = (targets.as_slice(), &value.kind)
        {
            return self.acquires_some(target, values);
        }
        let Some((name, value)) = self.assigned(id) else {
            return false;
        };
        self.items.take(&name, bare(&value))
    }

    /// The name that a statement of the original binds, if any, and the tokens of its value.
    pub(super) fn assigned(&self, id: StmtId) -> Option<(Vec<&'a str>, Vec<&'a str>)> {
        let old = self.old;
        let (name, value) = match old.kind(id) {
            StmtKind::Assign { targets, value } => match targets.as_slice() {
                [name] => (old.words(name.span), value),
                _ => return None,
            },
            StmtKind::AnnAssign {
                target,
                value: Some(value),
                ..
            } => (old.words(target.span), value),
            StmtKind::Expr(value) => match &value.kind {
                ExprKind::Walrus { name, value } => (vec![name.as_str()], &**value),
                _ => (Vec::new(), value),
            },
            _ => return None,
        };
        Some((name, old.words(value.outer)))
    }

    /// Whether new `with` blocks make some of what `a, b = f(), g()` assigns; the rest then has a statement of its own.
    fn acquires_some(&mut self, target: &'a Expr, values: &'a [Expr]) -> bool {
        let old = self.old;
        let ExprKind::Tuple(targets) = &target.kind else {
            return false;
        };
        let (mut names, mut rest) = (Vec::new(), Vec::new());
        for (name, value) in targets.iter().zip(values) {
            let (name, value) = (old.words(name.outer), old.words(value.outer));
            if !self.items.take(&name, bare(&value)) {
                names.push(name);
                rest.push(value);
            }
        }
        if targets.len() != values.len() || names.len() == targets.len() {
            return false;
        }
        if !names.is_empty() {
            let words = [names.join(&","), vec!["="], rest.join(&",")];
            self.items.owe(words.concat());
        }
        true
    }

    fn is_held(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.held.contains(name.as_str()))
    }

    /// `s.close()`, `await s.close()`, `pool.putconn(s)`.
    fn is_release(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Await(inner) => self.is_release(inner),
            ExprKind::Call { func, args } => {
                let ExprKind::Attribute { value, attr } = &func.kind else {
                    return false;
                };
                let it = match args.as_slice() {
                    [] => self.is_held(value),
                    [arg] => arg.stars == 0 && is_path(value) && self.is_held(&arg.value),
                    _ => false,
                };
                it && (self.releases)(attr)
            }
            _ => false,
        }
    }

    /// Whether a test only looks: at names, attributes and constants, or asks something held about itself.
    fn has_no_effect(&self, test: &Expr) -> bool {
        let mut fine = true;
        test.walk(&mut |expr| {
            fine &= match &expr.kind {
                ExprKind::Call { func, args } => match &func.kind {
                    ExprKind::Name(name) => [
                        "locals",
                        "dir",
                        "globals",
                        "hasattr",
                        "isinstance",
                        "getattr",
                        "bool",
                    ]
                    .contains(&name.as_str()),
                    ExprKind::Attribute { value, .. } => self.is_held(value) && args.is_empty(),
                    _ => false,
                },
                ExprKind::Await(_)
                | ExprKind::Yield(_)
                | ExprKind::YieldFrom(_)
                | ExprKind::Walrus { .. }
                | ExprKind::Comprehension { .. }
                | ExprKind::Lambda { .. } => false,
                _ => true,
            };
            fine
        });
        fine
    }

    fn is_silent(&self, block: BlockId) -> bool {
        is_silent(self.old, block)
    }
}

fn is_silent(half: &Half, block: BlockId) -> bool {
    half.stmts(block).iter().all(|id| match half.kind(*id) {
        StmtKind::Pass => true,
        StmtKind::Expr(expr) => matches!(expr.kind, ExprKind::Number | ExprKind::Str(_)),
        _ => false,
    })
}

fn is_path(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) => true,
        ExprKind::Attribute { value, .. } => is_path(value),
        _ => false,
    }
}
