//! # manual-release (UL003)
//!
//! ## What it does
//! Reports a `try`/`finally` (or the like) that releases a resource on every path by hand, where a `with` would say it in
//! one line.
//!
//! ## Why is this bad?
//! It is not: nothing leaks. It is longer than it need be, and the next edit may put a statement between the
//! acquisition and the `try`. The finding has the level `style` and fails only with `--strict` or when it is selected.
//!
//! ## Example
//! ```python
//! def count_orders():
//!     session = get_db()
//!     try:
//!         return session.query(Order).count()
//!     finally:
//!         session.close()
//! ```
//! Use instead:
//! ```python
//! def count_orders():
//!     with get_db() as session:
//!         return session.query(Order).count()
//! ```
//!
//! ## Fix safety
//! The `with` takes in the whole `try`; the release goes, and so does a `finally` that held nothing else. `except` and
//! `else` clauses stay inside the `with`, so they still run before the release. What else stands in the `finally` stays
//! there. The same reasons make the fix `unsafe` as for `release-not-guaranteed`.

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::Acquisition;

/// The finding for an acquisition that is released by hand on every path; only where a `with` can take over.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let name = acquisition.name.as_deref()?;
    if acquisition.entered.is_some()
        || !acquisition.released
        || !acquisition.ends.is_empty()
        || !acquisition.in_cleanup
        || acquisition.rewrite.is_err()
    {
        return None;
    }
    let message = format!("`{name}` is released by hand on every path");
    Some(view.finding(Rule::ManualRelease, acquisition, message))
        .filter(|finding| finding.fix.is_some())
}
