//! Two statements that are the same one before and after.

use super::items::{bare, inside, target};
use super::{Row, Way};
use crate::syntax::{BlockId, Role, StmtId, StmtKind, WithItem};

impl<'a> Way<'_, 'a> {
    /// Whether statement `from` of the original became `to`.
    pub(super) fn pair(&mut self, from: StmtId, to: StmtId) -> bool {
        let (items, held) = (self.items.clone(), self.held.clone());
        let mut around = None;
        if let StmtKind::FunctionDef(_) = self.new.kind(to) {
            let span = self.new.module.stmt(to).span;
            self.held = self.held_in(span);
            around = Some(self.items.walk_in(self.new.home(span)));
        }
        let same = self.parts(from, to);
        self.held = held;
        if let Some(around) = around {
            self.items.walk_in(around);
        }
        if !same {
            self.items = items;
        }
        same
    }

    fn parts(&mut self, from: StmtId, to: StmtId) -> bool {
        let (old, new) = (self.old, self.new);
        let (before, after) = (old.blocks.of(from), new.blocks.of(to));
        if before.is_empty() || after.is_empty() {
            return before.is_empty()
                && after.is_empty()
                && (self.is_longer_import(from, to)
                    || self.items.same(&old.whole(from), &new.whole(to)));
        }
        if let (
            StmtKind::With {
                items,
                is_async,
                body,
                ..
            },
            StmtKind::With {
                items: now,
                is_async: is_now,
                body: inner,
                ..
            },
        ) = (old.kind(from), new.kind(to))
        {
            return is_async == is_now
                && self.items_grow(items, now)
                && self.run(Row::only(old.stmts(*body)), Row::only(new.stmts(*inner)));
        }
        if !self.items.same(&old.head(from), &new.head(to)) {
            return false;
        }
        let mut left = after.iter().copied().peekable();
        for &block in before {
            let stays = left.peek().copied().filter(|&other| {
                old.module.block(block).role == new.module.block(other).role
                    && self.items.same(&old.header(block), &new.header(other))
            });
            match stays {
                Some(other) => {
                    left.next();
                    if !self.run(Row::only(old.stmts(block)), Row::only(new.stmts(other))) {
                        return false;
                    }
                }
                None if self.clause_goes(from, block) => {}
                None => return false,
            }
        }
        left.next().is_none()
    }

    /// Whether a clause of the original goes with the releases in it. A `try` keeps its handlers.
    fn clause_goes(&self, from: StmtId, block: BlockId) -> bool {
        let role = self.old.module.block(block).role;
        let has_handlers = match self.old.kind(from) {
            StmtKind::Try { handlers, .. } => !handlers.is_empty(),
            _ => true,
        };
        (role == Role::Else || role == Role::Finally && has_handlers) && self.all_go(block)
    }

    /// Whether the items of a header are those of before and new ones between them. One that acquired and used what it
    /// acquired may be two now.
    fn items_grow(&mut self, before: &[WithItem], now: &[WithItem]) -> bool {
        let mut now = now.iter();
        before.iter().all(|item| {
            let context = self.old.words(item.context.outer);
            let name = target(self.old, item);
            now.any(|other| {
                let other_name = target(self.new, other);
                if self.new.words(other.context.outer) == context && other_name == name {
                    return true;
                }
                let text = self.new.words(inside(self.new, other));
                // `with x().y as x` is `with x() as x, x.y`.
                let is_named_before = other_name.is_empty()
                    && matches!(name.as_slice(), [name] if self.held.contains(name));
                if other_name == name && self.items.take(&name, bare(&context)) {
                    return true;
                }
                let same = (other_name == name || is_named_before)
                    && self.items.same(bare(&context), bare(&text));
                if same {
                    self.items.found(&other_name, &text);
                }
                same
            })
        })
    }

    /// The body of a `with` of the result that the original does not have: all its items are new.
    pub(super) fn new_with(&self, to: StmtId) -> Option<BlockId> {
        let StmtKind::With { body, items, .. } = self.new.kind(to) else {
            return None;
        };
        let is_new = |item: &WithItem| {
            let context = self.new.words(inside(self.new, item));
            self.items.is_new(&target(self.new, item), &context)
        };
        items.iter().all(is_new).then_some(*body)
    }

    /// Whether the header `to` has, as an item, just what `from` assigns.
    pub(super) fn is_item_of(&self, from: StmtId, to: StmtId) -> bool {
        let (Some((name, value)), StmtKind::With { items, .. }) =
            (self.assigned(from), self.new.kind(to))
        else {
            return false;
        };
        let value = bare(&value);
        let awaited = value.strip_prefix(&["await"]).map(bare);
        let same = |item: &WithItem| {
            let context = self.new.words(inside(self.new, item));
            let context = bare(&context);
            target(self.new, item) == name && (context == value || Some(context) == awaited)
        };
        items.iter().any(same)
    }

    /// Whether an import from `contextlib` has `closing` among its names, and had not.
    fn is_longer_import(&self, from: StmtId, to: StmtId) -> bool {
        let (StmtKind::ImportFrom { names, .. }, StmtKind::ImportFrom { names: now, .. }) =
            (self.old.kind(from), self.new.kind(to))
        else {
            return false;
        };
        let (old, new) = (self.old.whole(from), self.new.whole(to));
        let mut rest: Vec<&str> = new.clone();
        let Some(at) = rest.iter().position(|word| *word == "closing") else {
            return false;
        };
        rest.remove(at);
        // With a comma on one of its sides.
        let comma = if rest.get(at) == Some(&",") {
            at
        } else {
            at - 1
        };
        rest.remove(comma);
        old.starts_with(&["from", "contextlib", "import"])
            && now.len() == names.len() + 1
            && rest == old
    }
}
