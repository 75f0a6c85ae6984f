//! The tokens of a text, for checking that a rewrite lost none.
use super::ast::Span;
use super::lower::tree::{parse_tree, trim_end};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A comment, without its newline.
    Comment,
    /// A whole string literal: prefix, quotes and, in an f-string, all that is interpolated.
    String,
    /// A name, a keyword, a number, an operator, a bracket, a semicolon; also what is no Python at all.
    Other,
}

/// The tokens of `text` in source order, without newlines, indentation and the backslashes that continue a line.
///
/// Every other byte that is not white space belongs to exactly one token, also where the text is not Python.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Collector {
        text,
        tokens: vec![],
        end: 0,
    };
    if let Some(tree) = parse_tree(text) {
        let mut cursor = tree.walk();
        loop {
            let node = cursor.node();
            let span = Span::new(node.start_byte(), node.end_byte());
            let whole = matches!(node.kind(), "string" | "comment" | "line_continuation");
            if !whole && cursor.goto_first_child() {
                continue;
            }
            match node.kind() {
                "string" => tokens.add(span, TokenKind::String),
                "comment" => tokens.add(trim_end(text, span), TokenKind::Comment),
                "line_continuation" => {}
                _ if node.is_error() => {}
                _ => tokens.add(span, TokenKind::Other),
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return tokens.finish();
                }
            }
        }
    }
    tokens.finish()
}

struct Collector<'t> {
    text: &'t str,
    tokens: Vec<Token>,
    /// Up to where the text is dealt with.
    end: usize,
}

impl Collector<'_> {
    fn add(&mut self, span: Span, kind: TokenKind) {
        if span.start >= self.end && span.end > span.start {
            self.gap(span.start);
            self.tokens.push(Token { span, kind });
            self.end = span.end;
        }
    }

    /// Makes tokens of what the parser skipped before `until`.
    fn gap(&mut self, until: usize) {
        let bytes = self.text.as_bytes();
        let mut start = None;
        for at in self.end..=until {
            let byte = bytes
                .get(at)
                .copied()
                .filter(|_| at < until)
                .unwrap_or(b' ');
            let is_space = byte.is_ascii_whitespace() || byte == 0x0b;
            let is_continuation = byte == b'\\' && self.text[at + 1..].starts_with(['\n', '\r']);
            if !is_space && !is_continuation {
                start.get_or_insert(at);
            } else if let Some(start) = start.take() {
                self.tokens.push(Token {
                    span: Span::new(start, at),
                    kind: TokenKind::Other,
                });
            }
        }
        self.end = until;
    }

    fn finish(mut self) -> Vec<Token> {
        self.gap(self.text.len());
        self.tokens
    }
}
