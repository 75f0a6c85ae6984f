//! # unprotected-yield (UL008)
//!
//! ## What it does
//! Reports a generator that yields a resource and does not release it on every path: the release stands behind the
//! `yield`, not in a `finally` or a `with` around it, or there is none.
//!
//! ## Why is this bad?
//! If the code that uses the resource raises, the exception comes out of the `yield`; if it stops early, the generator is
//! closed at the `yield`. Either way what stands behind it never runs. In a web framework every failed request keeps its
//! connection, until the pool is empty.
//!
//! ## Example
//! ```python
//! def get_db():
//!     db = SessionLocal()
//!     yield db
//!     db.close()
//! ```
//! Use instead:
//! ```python
//! def get_db():
//!     with SessionLocal() as db:
//!         yield db
//! ```
//!
//! ## Fix safety
//! The `with` begins at the acquisition and ends where the release stood, or behind the last use. What else runs behind the
//! `yield` (a commit) runs as before: only if nothing was raised. Exceptions that come out of the `yield` go on as before.
//!
//! The fix is `unsafe` for a generator that somebody may throw away while what it yielded is still in use, unless that goes
//! on working after its release as a session does; context managers (`@contextmanager`) are not thrown away. It is also
//! `unsafe` where nothing is released today, and for a context manager if on some way without an exception nothing is:
//! whoever uses it may rely on that. Nobody uses what a fixture of a test gave once the fixture goes on. Otherwise the same
//! holds as for release-not-guaranteed (UL002).
//!
//! A fixture goes on whether the test fails or not: it is reported only if some way through it does not release. A
//! generator that never releases is reported only if it is a context manager or a fixture, or yields one session outside of
//! any loop; anything else may be meant to be released by whoever gets it.

use super::finding::{Finding, How, Rule};
use super::view::View;
use crate::matcher::{Acquisition, End};

/// The finding for a resource that a generator yields without being sure to release it.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    if !acquisition.yielded || acquisition.entered.is_some() || acquisition.ends.is_empty() {
        return None;
    }
    // Where the release is there for exceptions too, something else than the `yield` goes wrong.
    let at_yield = |end: &End| match end {
        End::Raised(id) => view.yields(*id),
        _ => true,
    };
    if acquisition.in_cleanup && !acquisition.ends.iter().any(at_yield) {
        return None;
    }
    let name = match &acquisition.name {
        Some(name) => format!("`{name}`"),
        None => format!("what `{}` gives", view.call_text(acquisition)),
    };
    let message = if acquisition.released {
        let witness = view.witness(acquisition)?;
        let how = match witness.how {
            How::Raises => "if an exception comes out of",
            How::Returns => "when the generator returns in",
            How::FallsOff => "when the generator ends behind",
            How::Rebinds => "when the name is bound anew in",
        };
        format!(
            "{name} is yielded and not released {how} line {}",
            witness.line
        )
    } else {
        format!("{name} is yielded and never released")
    };
    Some(view.finding(Rule::UnprotectedYield, acquisition, message))
}
