//! For people: what a definition hands out and whose that is, where it is asked for, and what could not be followed.
//! Nothing that is reported depends on this.

mod described;
mod describing;
mod lent;
mod places;
mod uses;

pub use described::{Form, Ownership, Provider, Way};
pub use uses::{Asked, Unclear, Use};
