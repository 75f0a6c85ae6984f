//! # never-released (UL001)
//!
//! ## What it does
//! Reports a resource that is bound to a name and that no path of the function releases.
//!
//! ## Why is this bad?
//! A session that is never closed keeps its connection until the garbage collector finds it, which may be much later or
//! never: an exception's traceback, a cycle or a cache keeps it alive. Under load the pool runs dry (`QueuePool limit of
//! size 20 overflow 40 reached`). Files that are never closed lose buffered writes and use up descriptors.
//!
//! ## Example
//! ```python
//! def count_orders():
//!     session = get_db()
//!     return session.query(Order).count()
//! ```
//! Use instead:
//! ```python
//! def count_orders():
//!     with get_db() as session:
//!         return session.query(Order).count()
//! ```
//!
//! ## Fix safety
//! The `with` begins at the acquisition and ends behind the last statement of the same block that uses the resource or
//! anything obtained through it (rows, cursors, iterators, bound methods, other names), so nothing that touched an open
//! resource touches a closed one.
//!
//! The fix is `unsafe` where something may need the resource behind that: rows that are returned, yielded or stored, an
//! ORM object that was added to the session and leaves, the resource given to something that is not known, a lock or a
//! port that lasts as long as the resource. It is also `unsafe` if nothing but its name is known of the acquirer, or if
//! the acquirer may give `None`. A function of the same file that only calls methods of what it is given keeps nothing.
//!
//! Behind a check for `None` the acquisition stays where it is, and `with name:` stands behind the check, or inside of the
//! `if` that asks for it and holds every use.
//! So it is with `s = f() if wanted else None` and with `if (s := f()):` where there may be none.
//!
//! A name that is bound in passing is bound by the `with`, which stands around the rest of the statement: `if (s := f()):`
//! becomes an `if s:` in it, `a = s = f()` an `a = s`. Of `a, b = f(), g()` first `a` gets its `with`, then `b`; not in a `try`,
//! where a handler could meet one of them bound already. What is evaluated before the acquisition stays before it, unless
//! it is a name, a constant or an attribute; a property of a class of the project is none, for it runs code.
//!
//! A property of the project that gives something fresh each time acquires by being looked at, so it becomes the context
//! as it stands. A name that a class of the project, a function defined inside or a lambda holds the resource by, also as the
//! default value of a parameter, counts as the resource: the `with` ends behind its last use, and storing it, or a body
//! that stores it, makes the fix `unsafe`.
//!
//! A temporary directory is entered the same way: behind `as` there would be its path.
//!
//! There is no fix where the resource is used outside of the block that acquires it. Nothing is reported where the
//! resource itself leaves: returned, yielded, stored, put into a container, captured by a function that leaves.

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::Acquisition;

/// The finding for an acquisition that nothing releases.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let name = acquisition.name.as_deref()?;
    if acquisition.entered.is_some() || acquisition.released || acquisition.ends.is_empty() {
        return None;
    }
    let message = format!("`{name}` is never released");
    Some(view.finding(Rule::NeverReleased, acquisition, message))
}
