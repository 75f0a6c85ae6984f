//! # unbound-resource (UL005)
//!
//! ## What it does
//! Reports a resource that is acquired inside an expression and bound to nothing, so that nothing can release it:
//! `get_db().exec(query)`, `json.load(open(path))`, `Session(get_db().bind)`, or a call whose result is dropped.
//!
//! ## Why is this bad?
//! Only the garbage collector can give it back, and whatever the expression returns may keep it alive.
//!
//! ## Example
//! ```python
//! def settings(path):
//!     return json.load(open(path))
//! ```
//! Use instead:
//! ```python
//! def settings(path):
//!     with open(path) as f:
//!         return json.load(f)
//! ```
//!
//! ## Fix safety
//! The acquisition moves in front of its statement, which is right only if nothing with an effect of its own is
//! evaluated before it in the same statement; else there is no fix, as there is none inside a lambda, a comprehension or
//! a condition. The new name is one that the function does not use. The `with` holds the statement and all that use
//! what came out of it. A resource that is passed to something unknown, or whose rows leave, makes the fix `unsafe`.

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::Acquisition;

/// The finding for an acquisition that has no name.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let left = !acquisition.released && !acquisition.ends.is_empty();
    if acquisition.name.is_some() || acquisition.entered.is_some() || !left {
        return None;
    }
    let message = format!(
        "what `{}` acquires here is never released",
        view.call_text(acquisition)
    );
    let mut finding = view.finding(Rule::UnboundResource, acquisition, message);
    finding.witness = None; // the whole expression is the witness
    Some(finding)
}
