//! # context-does-not-release (UL006)
//!
//! ## What it does
//! Reports a `with` that begins with an acquisition and does not release it: `with sqlite3.connect(path) as conn`,
//! `with psycopg2.connect(dsn) as conn`, `with Session(engine).no_autoflush as session`, `with engine.connect().begin()`.
//!
//! ## Why is this bad?
//! It looks as if everything were taken care of. `with` around a connection of `sqlite3`, `psycopg2`, `pyodbc` or `apsw`
//! commits, or rolls back after an error, and leaves the connection open. `no_autoflush`, `begin()`, `cursor()` and the like
//! are context managers of their own: leaving them ends a mode, a transaction or a cursor, not the session or connection
//! they were called on.
//!
//! ## Example
//! ```python
//! def add(path, name):
//!     with sqlite3.connect(path) as conn:
//!         conn.execute("insert into item values (?)", (name,))
//! ```
//! Use instead:
//! ```python
//! def add(path, name):
//!     with closing(sqlite3.connect(path)) as conn, conn:
//!         conn.execute("insert into item values (?)", (name,))
//! ```
//! `with Session(engine).no_autoflush as session:` becomes `with Session(engine) as session, session.no_autoflush:`.
//!
//! ## Fix safety
//! The acquisition becomes an item of its own in the same header, before what was entered on it. Everything happens in the
//! order in which it happened before, commit and rollback included; only the release is new, behind them. Where something
//! behind the `with` still uses the connection, or anything obtained through it, the acquisition gets a `with` of its own
//! around both.
//!
//! The fix is `unsafe` for the reasons of `never-released`: a cursor or ORM rows that are returned or stored, a connection
//! that is passed to something unknown. It is also `unsafe` where the function is a generator that yields the resource out
//! of the `with`: whoever got it could use it until today after the generator had gone on.
//!
//! There is no fix where the resource is used outside of the block that the `with` stands in, where it is used behind a
//! `with` whose header does something else first, or where it is closed inside of the `with` or in a `finally` around it.
//! Nothing is reported where the resource itself leaves: returned, stored, captured by a function that leaves. A context
//! manager that is not known to leave the resource open is taken to release it.

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::{Acquisition, Entered};

/// The finding for a `with` that leaves open what its header acquires, if nothing else releases it.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let entered = acquisition.entered?;
    if acquisition.released || acquisition.ends.is_empty() {
        return None;
    }
    let call = view.call_text(acquisition);
    let message = match (entered, &acquisition.name) {
        (Entered::Itself, name) => {
            let name = name.as_ref().unwrap_or(&call);
            format!("the `with` ends a transaction and leaves `{name}` open")
        }
        (Entered::Through, _) => format!("the `with` does not release what `{call}` acquires"),
    };
    let mut finding = view.finding(Rule::ContextDoesNotRelease, acquisition, message);
    finding.witness = None; // leaving the `with` is the witness
    Some(finding)
}
