//! Mending what tree-sitter-python misreads.
//!
//! Valid Python that its grammar gets wrong is changed into something of the same length that it gets right, and
//! parsed again. Only tree-sitter sees the changed text: names and literals are always taken from the original.
use super::tree::{Node, Raw, parse_tree};
use crate::syntax::ast::Span;
use std::borrow::Cow;

/// Parses `text`, once more where there is something to mend.
pub(super) fn read(text: &str) -> Option<Raw> {
    let raw = Raw::new(text, &parse_tree(text)?);
    let mut mended = text.as_bytes().to_vec();
    for node in raw.nodes() {
        match node.kind() {
            "type_alias_statement" if !is_alias(node) => rename(&mut mended, node.start(), "type"),
            // `print >>f, x` is an expression in Python 3, if one that fails when it runs.
            "print_statement" if node.child("chevron").is_some() => {
                rename(&mut mended, node.start(), "print")
            }
            "type_parameter" if node.has_error() => blank_defaults(&mut mended, node.span()),
            _ => {}
        }
    }
    if mended == text.as_bytes() {
        return Some(raw);
    }
    let Ok(mended) = String::from_utf8(mended) else {
        return Some(raw);
    };
    Some(Raw::new(text, &parse_tree(&mended)?))
}

/// Whether it is `type X = ...` or `type X[T] = ...`; `type(self).x = y` is not.
fn is_alias(node: Node) -> bool {
    let Some(left) = node.field("left").and_then(|left| left.parts().next()) else {
        return true;
    };
    match left.kind() {
        "identifier" => true,
        "generic_type" | "subscript" => left
            .parts()
            .next()
            .is_some_and(|name| name.kind() == "identifier"),
        _ => false,
    }
}

/// Makes a plain name of the soft keyword at `at`.
fn rename(text: &mut [u8], at: usize, keyword: &str) {
    if let Some(word) = text.get_mut(at..at + keyword.len())
        && word == keyword.as_bytes()
    {
        word.fill(b'_');
    }
}

/// Blanks the defaults of type parameters (`[T = int]`, since 3.13), which the grammar does not know.
fn blank_defaults(text: &mut [u8], span: Span) {
    let (mut depth, mut in_default) = (0usize, false);
    for byte in &mut text[span.start..span.end] {
        match byte {
            b'[' | b'(' | b'{' => depth += 1,
            b']' | b')' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        in_default = match byte {
            b']' if depth == 0 => false,
            b',' if depth == 1 => false,
            b'=' if depth == 1 => true,
            _ => in_default,
        };
        if in_default && !matches!(byte, b'\n' | b'\r') {
            *byte = b' ';
        }
    }
}

/// `text` with the line breaks inside brackets replaced by spaces. tree-sitter's scanner takes a line that is less
/// indented than its block for the block's end even there, where an operand must follow. Lines that end in a comment
/// stay as they are.
pub(super) fn join_lines(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut joined: Option<Vec<u8>> = None;
    let (mut at, mut depth) = (0, 0usize);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'"' | b'\'' => {
                at = string_end(bytes, at);
                continue;
            }
            b'#' => {
                at += bytes[at..]
                    .iter()
                    .position(|byte| *byte == b'\n')
                    .unwrap_or(bytes.len() - at)
                    + 1;
                continue;
            }
            b'\n' if depth > 0 && at > 0 && bytes[at - 1] != b'\\' => {
                joined.get_or_insert_with(|| bytes.to_vec())[at] = b' ';
            }
            _ => {}
        }
        at += 1;
    }
    joined
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or(Cow::Borrowed(text), Cow::Owned)
}

/// Where the literal ends whose quotes open at `at`.
fn string_end(bytes: &[u8], at: usize) -> usize {
    let quote = bytes[at];
    let triple = bytes[at..].starts_with(&[quote; 3]);
    let mut at = at + if triple { 3 } else { 1 };
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 1,
            b'\n' if !triple => return at,
            _ if byte == quote && !triple => return at + 1,
            _ if triple && bytes[at..].starts_with(&[quote; 3]) => return at + 3,
            _ => {}
        }
        at += 1;
    }
    bytes.len()
}
