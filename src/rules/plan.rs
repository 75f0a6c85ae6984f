//! What a fix does, said in statements: the rules decide it, `transform` turns it into edits of the text.

use crate::syntax::{Span, StmtId};

/// One fix of one finding. An empty plan changes nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// The `with` that takes over the release, if the fix makes one.
    pub wrap: Option<Wrap>,
    /// Whole statements that go: releases, and guards that hold nothing but a release. What is left empty follows by
    /// itself: a `finally` or `else` without statements goes with its header, a `try` without handlers and `finally` dissolves
    /// into its body, any other empty block gets a `pass`.
    pub drop: Vec<StmtId>,
    /// Expressions that are replaced by other text (`get_db()` by `session`).
    pub replace: Vec<(Span, String)>,
    /// Pieces of the text and what stands there instead: a comment, a string, an argument. Of a piece that is empty the text
    /// is new. A plan that has any has neither a `with` nor anything that goes.
    pub pieces: Vec<(Span, String)>,
    /// New simple statements, each on lines of its own before that one. The first of a block stands right behind its header.
    /// The same holds for such a plan.
    pub added: Vec<(StmtId, String)>,
}

impl Plan {
    /// Whether it only replaces pieces and adds statements.
    pub fn is_of_pieces(&self) -> bool {
        !self.pieces.is_empty() || !self.added.is_empty()
    }
}

/// A `with` block around a run of sibling statements.
#[derive(Debug, Clone, PartialEq)]
pub struct Wrap {
    /// Where the header goes: this statement's place in its block.
    pub at: StmtId,
    /// Whether `at` is the acquisition itself, which the header replaces (`s = f()`); else it stays and is the first
    /// statement of the body (`f().run()`).
    pub replaces: bool,
    /// The last statement of the body, a sibling of `at` that does not stand before it. If it is `at` and `replaces` is
    /// set, the body is empty and gets a `pass`. Statements of `drop` inside the body are left out of it.
    pub last: StmtId,
    /// Whether it is `async with`.
    pub is_async: bool,
    /// The items of the header, in order.
    pub items: Vec<Item>,
    /// `name: annotation`, kept as a statement of its own before the header.
    pub annotation: Option<String>,
    /// Write the items into this existing `with` statement's header, behind its own items, instead of a header of
    /// their own: `at` is then the first statement of that `with`'s body and `last` its last one.
    pub merge_into: Option<StmtId>,
    /// With `merge_into`: the place of the item there that the new ones replace; the others stay where they are.
    pub instead_of: Option<usize>,
}

/// One item of a `with` header.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// The text of the expression that acquires, as it stands in the file (it may run over several lines).
    pub context: String,
    /// Whether it is put into `contextlib.closing(...)`.
    pub closing: bool,
    /// The name behind `as`.
    pub target: Option<String>,
}
