//! Python's syntax: tree-sitter-python behind small typed views.

mod ast;
mod lower;

pub use ast::*;
pub use lower::parse;
