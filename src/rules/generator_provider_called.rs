//! # generator-provider-called (UL007)
//!
//! ## What it does
//! Reports a resource that is taken out of a generator provider by hand (`next(get_db())`, `await anext(get_db())`,
//! `get_db().__next__()`) and not released on every path.
//!
//! ## Why is this bad?
//! Frameworks let such a generator go on when the request is over, and then it closes what it yielded. Nobody lets this
//! one go on: it is thrown away in the same statement, its `finally` runs at once, before the resource is used, and what is
//! opened by that use is never closed. As a default value (`def f(db=next(get_db()))`) one resource is shared by all
//! calls for as long as the program runs.
//!
//! ## Example
//! ```python
//! def get_db():
//!     db = SessionLocal()
//!     try:
//!         yield db
//!     finally:
//!         db.close()
//!
//! def report():
//!     db = next(get_db())
//!     print(db.query(Order).count())
//! ```
//! Use instead:
//! ```python
//! def report():
//!     with next(get_db()) as db:
//!         print(db.query(Order).count())
//! ```
//!
//! ## Fix safety
//! The generator is called as before and nothing behind its `yield` runs more or less often than today. The `with` belongs
//! to the session that it yielded, which goes on working after the generator has closed it; it begins and ends as for
//! never-released (UL001) and release-not-guaranteed (UL002), and the fix is `unsafe` for the same reasons.
//!
//! There is no fix for a resource that does not work any more once it is closed (a connection, a file): the generator
//! may close it before it is used. Nor is there one for a default value. A resource that the function itself releases on
//! every path is manual-release (UL003).

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::Acquisition;

/// The finding for a resource that is taken out of a generator and not released on every path.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    if !acquisition.acquirer.from_generator || acquisition.ends.is_empty() {
        return None;
    }
    let what = match &acquisition.name {
        Some(name) => format!("`{name}`"),
        None => format!("what `{}` gives", view.call_text(acquisition)),
    };
    let message = format!(
        "{what} is taken out of the generator `{}`, which nobody lets go on to release it",
        acquisition.acquirer.name
    );
    Some(view.finding(Rule::GeneratorProviderCalled, acquisition, message))
}
