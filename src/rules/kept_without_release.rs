//! # kept-without-release (UL009)
//!
//! ## What it does
//! Reports a file, socket, session or connection that is stored where it lives on, with nothing there that releases it: on
//! `self`, as an attribute of a class, or by a name at the top level of a program; or that `__enter__` returns without keeping
//! it, so that `__exit__` cannot release it.
//!
//! ## Why is this bad?
//! Whoever uses the object cannot release what it holds, because there is no way to. Each new object takes another
//! connection out of the pool, and gives it back when the garbage collector comes by, or never. What is written to a file
//! may stay in its buffer until then. A page of Streamlit runs from top to bottom at every click, and opens another one each
//! time.
//!
//! ## Example
//! ```python
//! class OrderService:
//!     def __init__(self):
//!         self.db = SessionLocal()
//!
//!     def count(self):
//!         return self.db.query(Order).count()
//! ```
//! Use instead:
//! ```python
//! class OrderService:
//!     def __init__(self):
//!         self.db = SessionLocal()
//!
//!     def count(self):
//!         return self.db.query(Order).count()
//!
//!     def close(self):
//!         self.db.close()
//! ```
//! Better still, let the caller pass the session, or acquire it in the method that needs it.
//!
//! ## What counts as a release
//! A call of a releasing method on the attribute, by whatever object, anywhere in the file or in the base classes, wherever
//! these stand; but also everything that may lead to one: the attribute is returned, yielded, stored a second time, put into
//! a `with` or a list, captured by a function, or passed to something that is not known only to use it. The same holds for
//! methods that look at all attributes (`vars(self)`, `getattr(self, name)`), and for those named like `close` or `__exit__`
//! that pass `self` on. Setting the attribute to `None` is no release.
//!
//! Nothing is reported for a class whose bases cannot all be read, that is abstract or named like a base or mixin (whoever
//! derives from it may release), or that a decorator makes single; nor for what a class method makes once and keeps for all.
//! Temporary files and directories, processes and pools clean up after themselves.
//!
//! At the top level of a file only databases and files are reported, and only in a program. A module that others import may
//! mean to share what it opens for as long as the program runs; that is left alone. A file counts as a program if its name
//! cannot be imported (`1_Regions.py`, `nightly-report.py`, `__main__.py`); or if it prints, asks for input, reads
//! arguments, exits, calls `setup()` or draws a Streamlit page while it is loaded, and has neither `__all__` nor an `if
//! __name__ == "__main__":`, which is there to make a file importable. What is acquired below that `if` belongs to a
//! program, too. If functions use the name, they must be functions that the file itself calls: one that is decorated, passed
//! on, a method, or called by nobody here may run as long as the program does.
//!
//! What it does not see: a release in another file through the object (`service.db.close()`), or in a class of another file
//! that derives from this one.
//!
//! ## Fix safety
//! There is no fix: when an object is done with, its users have to say.

use super::finding::{Finding, Rule};
use super::view::View;
use crate::matcher::{Acquisition, Keeper};

/// The finding for a resource that is kept where nothing releases it.
pub(super) fn check(view: &View<'_>, acquisition: &Acquisition) -> Option<Finding> {
    let name = acquisition.name.as_deref()?;
    let message = match acquisition.kept.as_ref()? {
        Keeper::Object(class) => format!("`{name}` is kept, and nothing in `{class}` releases it"),
        Keeper::Class(class) => {
            format!("`{class}.{name}` is kept by the class, and nothing releases it")
        }
        Keeper::Entered(class) => format!(
            "`{name}` is returned by `{class}.__enter__`, and its `__exit__` cannot release it"
        ),
        Keeper::Program => format!("`{name}` is kept at the top level, and nothing releases it"),
    };
    Some(view.finding(Rule::KeptWithoutRelease, acquisition, message))
}
