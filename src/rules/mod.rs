//! Facts to findings.

mod finding;
mod plan;

pub use finding::*;
pub use plan::*;
