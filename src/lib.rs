//! `unleak` finds resources that Python code acquires and does not release on every path, and rewrites that code into
//! `with` blocks.
pub mod catalog;
pub mod project;
pub mod rules;
pub mod syntax;
