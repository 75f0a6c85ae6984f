//! The tokens of a text, for the self-check: a scanner of its own over what the parser took for literals and comments.

use crate::syntax::{Module, Span};

/// Python's operators of more than one character; longer ones first.
const OPERATORS: [&str; 25] = [
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "<=", ">=", "==", "!=", "<>", "->",
    ":=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
];

/// The tokens of a text in source order, without newlines, indentation and the backslashes that continue a line. Every
/// other byte that is not white space belongs to one of them, also where the text is not Python.
pub(super) struct Tokens<'a> {
    text: &'a str,
    literals: &'a [Span],
    comments: &'a [Span],
    at: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str, module: &'a Module) -> Self {
        Self {
            text,
            literals: &module.strings,
            comments: &module.comments,
            at: 0,
        }
    }

    /// Skips what stands between tokens.
    fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        loop {
            match bytes.get(self.at) {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0b' | b'\x0c') => self.at += 1,
                Some(b'\\') if matches!(bytes.get(self.at + 1), Some(b'\n' | b'\r')) => {
                    self.at += 1;
                }
                _ => return,
            }
        }
    }

    /// Where the word, the number, the operator or the byte order mark ends that starts at `from`.
    fn end(&self, from: usize) -> usize {
        if from == 0 && self.text.starts_with('\u{feff}') {
            return '\u{feff}'.len_utf8();
        }
        let bytes = &self.text.as_bytes()[from..];
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        let is_number = match bytes {
            [b'.', second, ..] => second.is_ascii_digit(),
            [first, ..] => first.is_ascii_digit(),
            [] => false,
        };
        let length = if is_number {
            let is_hex = matches!(bytes, [b'0', b'x' | b'X', ..]);
            let mut length = 0;
            while let Some(byte) = bytes.get(length) {
                let signed = !is_hex && length > 0 && matches!(bytes[length - 1], b'e' | b'E');
                if !(is_word(byte) || *byte == b'.' || signed && matches!(byte, b'+' | b'-')) {
                    break;
                }
                length += 1;
            }
            length
        } else if bytes.first().is_some_and(is_word) {
            bytes.iter().take_while(|byte| is_word(byte)).count()
        } else {
            let rest = &self.text[from..];
            let found = OPERATORS
                .iter()
                .find(|operator| rest.starts_with(**operator));
            found.map_or(1, |operator| operator.len())
        };
        from + length
    }
}

/// Takes the spans away that start before `at`; the end of the next one, if it starts there, or else its start.
fn next(spans: &mut &[Span], at: usize) -> (Option<usize>, usize) {
    while let [first, rest @ ..] = *spans
        && first.start < at
    {
        *spans = rest;
    }
    match spans.first() {
        Some(first) if first.start == at => (Some(first.end), first.end),
        Some(first) => (None, first.start),
        None => (None, usize::MAX),
    }
}

impl Iterator for Tokens<'_> {
    type Item = Span;

    fn next(&mut self) -> Option<Span> {
        self.skip();
        let start = self.at;
        if start >= self.text.len() {
            return None;
        }
        let (literal, before) = next(&mut self.literals, start);
        let (comment, limit) = next(&mut self.comments, start);
        let whole = literal.or(comment);
        let end = whole.unwrap_or_else(|| self.end(start).min(before).min(limit));
        self.at = end.max(start + 1);
        Some(Span::new(start, self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::Tokens;
    use crate::syntax::parse;

    fn split(text: &str) -> Vec<&str> {
        let module = parse(text);
        Tokens::new(text, &module)
            .map(|span| span.of(text))
            .collect()
    }

    #[test]
    fn words_numbers_operators() {
        assert_eq!(
            split("x**=-1.5e-3+0xe+y//z\\\n ->é...; a.b:=(1)if b'c'else.5 # d\n"),
            [
                "x", "**=", "-", "1.5e-3", "+", "0xe", "+", "y", "//", "z", "->", "é", "...", ";",
                "a", ".", "b", ":=", "(", "1", ")", "if", "b'c'", "else", ".5", "# d"
            ]
        );
    }

    #[test]
    fn literals_are_whole() {
        let text = "f'''\n{x # y\n}''' 'a' \"b # c\"\n";
        assert_eq!(split(text), ["f'''\n{x # y\n}'''", "'a'", "\"b # c\""]);
        assert_eq!(split("x = 'never\n$ y ?\n").concat(), "x='never$y?");
    }
}
