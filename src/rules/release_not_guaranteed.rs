//! # release-not-guaranteed (UL002)
//!
//! ## What it does
//! Reports a resource that some paths release and others do not, and names one of the others: a line that may raise, an
//! early `return`, a branch without the `close()`.
//!
//! ## Why is this bad?
//! The release works as long as nothing goes wrong. When a query fails, each failure costs a connection, and a slow
//! database becomes an empty pool.
//!
//! ## Example
//! ```python
//! def load(path):
//!     f = open(path)
//!     data = parse(f.read())
//!     f.close()
//!     return data
//! ```
//! Use instead:
//! ```python
//! def load(path):
//!     with open(path) as f:
//!         data = parse(f.read())
//!     return data
//! ```
//!
//! ## Fix safety
//! The `with` ends where the release stood in the same block. Releases in branches, before an early `return`, in handlers
//! and in a `finally` go; everything else in those clauses stays. Two branches that both acquire, and an acquisition alone
//! in its `try`, get `with name:` around what follows them, if nothing can raise in between.
//!
//! Where the function released before a value left, nothing changes for that value. Where it passes the resource on and
//! releases it itself on every path that nothing interrupts, it owns it: what got the resource has lived with the release.
//!
//! The fix is `unsafe` where
//! - a call stands behind a release that moves (`f.close(); upload(path)`, `session.close(); engine.dispose()`), unless
//!   it only writes a message, closes something else, or builds the exception that is raised next; in a `finally` that
//!   goes on behind its release, `with name:` inside the `try` keeps the order and is safe;
//! - a call stands before the release in a `finally` that the `with` will stand inside of, and something else has got
//!   hold of the resource;
//! - an error of the release itself meets other handlers than before (not for databases, whose release does not fail, and
//!   not for files that are only read);
//! - the release would fail on an unbound name if acquiring failed;
//! - the acquisition would have to leave a `try` whose handler uses the resource;
//! - a parameter decides whether there is a release.
//!
//! There is no fix where a release belongs to several acquisitions, or is part of a larger expression.

use super::finding::{Finding, How, Rule};
use super::view::View;
use crate::matcher::Acquisition;

/// The finding for an acquisition that is released on some paths only.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let name = acquisition.name.as_deref()?;
    if !acquisition.released || acquisition.ends.is_empty() {
        return None;
    }
    let witness = view.witness(acquisition)?;
    let line = witness.line;
    let when = match witness.how {
        How::Raises => format!("if line {line} raises"),
        How::Returns => format!("when line {line} returns"),
        How::FallsOff => format!("when the end is reached behind line {line}"),
        How::Rebinds => format!("when line {line} binds the name anew"),
    };
    let message = format!("`{name}` is not released {when}");
    Some(view.finding(Rule::ReleaseNotGuaranteed, acquisition, message))
}
