//! Places in a text as SARIF counts them, and edits as its replacements.

use std::ops::Range;

use serde_json::{Value, json};

use crate::pipeline::Edit;
use crate::source::Source;

/// From where to where `place` goes: lines and columns from 1, columns in units of UTF-16, the end behind the last.
pub(super) fn region(source: &Source, place: Range<usize>) -> Value {
    let (line, column) = point(source, place.start);
    let (end_line, end_column) = point(source, place.end);
    json!({
        "startLine": line, "startColumn": column,
        "endLine": end_line, "endColumn": end_column,
    })
}

fn point(source: &Source, offset: usize) -> (usize, usize) {
    let line = source.line_of(offset);
    let before = source.text.get(source.line_start(line)..offset);
    (line, before.unwrap_or_default().encode_utf16().count() + 1)
}

/// A replacement of some text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    pub(super) place: Range<usize>,
    pub(super) text: String,
}

/// `edits` with those on neighbouring lines made into one: people look at them, and readers need not know which comes first of two
/// at one place.
pub(super) fn hunks(source: &Source, edits: &[Edit]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    for edit in edits {
        let span = edit.span;
        match hunks.last_mut() {
            Some(last) if source.line_of(span.start) <= source.line_of(last.place.end) + 1 => {
                let between = source.text.get(last.place.end..span.start);
                last.text.push_str(between.unwrap_or_default());
                last.text.push_str(&edit.text);
                last.place.end = span.end;
            }
            _ => hunks.push(Hunk {
                place: span.start..span.end,
                text: edit.text.clone(),
            }),
        }
    }
    hunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::Span;

    fn source(text: &str) -> Source {
        Source::decode("a.py", text.as_bytes().to_vec()).unwrap()
    }

    #[test]
    fn columns_are_units_of_utf_16() {
        let source = source("x\r'é🦀'; y\n");
        let y = source.text.find('y').unwrap();
        let expected = json!({"startLine": 2, "startColumn": 8, "endLine": 2, "endColumn": 9});
        assert_eq!(region(&source, y..y + 1), expected);
        let end = source.text.len();
        let expected = json!({"startLine": 3, "startColumn": 1, "endLine": 3, "endColumn": 1});
        assert_eq!(region(&source, end..end), expected);
    }

    #[test]
    fn neighbours_become_one() {
        let source = source("1\n2\n3\n4\n5\n6\n");
        let edit = |start, end, text: &str| Edit {
            span: Span::new(start, end),
            text: text.into(),
        };
        let edits = [
            edit(0, 0, "a"),
            edit(0, 0, " "),
            edit(2, 3, "two"),
            edit(10, 10, "x"),
        ];
        let hunks = hunks(&source, &edits);
        let expected = [(0..3, "a 1\ntwo"), (10..10, "x")];
        assert_eq!(
            hunks,
            expected.map(|(place, text)| Hunk {
                place,
                text: text.into()
            })
        );
    }
}
