//! Python's syntax: tree-sitter-python behind small typed views.

mod ast;
mod generated;
mod lower;
mod scopes;
mod tokens;
mod walk;

pub use ast::*;
pub use generated::says_generated;
pub use lower::parse;
pub use scopes::{Binding, BindingKind, Scope, ScopeId, ScopeKind, Scopes};
pub use tokens::{Token, TokenKind, tokens};
pub use walk::walk_exprs;
