//! From tree-sitter's tree to [`Module`].
use super::ast::*;

/// Parses `text`; never fails: what is not Python is named in [`Module::errors`].
pub fn parse(text: &str) -> Module {
    let _ = text;
    Module {
        body: BlockId(0),
        stmts: vec![],
        blocks: vec![],
        comments: vec![],
        strings: vec![],
        errors: vec![],
    }
}
