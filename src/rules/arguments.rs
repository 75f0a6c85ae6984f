//! How arguments are added to a call or a dict.

use crate::source::Source;
use crate::syntax::{Module, Span};

/// New arguments behind the last of `items`, before the bracket at `close`: on lines of their own if that one begins a line.
pub(super) fn added(
    source: &Source,
    module: &Module,
    items: &[Span],
    close: usize,
    new: &[String],
) -> Option<Vec<(Span, String)>> {
    let text = &source.text;
    let last = *items.last()?;
    let insertion = |at: usize, text: String| (Span::new(at, at), text);
    let line = source.line_start(source.line_of(last.start));
    let indent = &text[line..last.start];
    let starts_line = indent.chars().all(|char| matches!(char, ' ' | '\t'));
    if !starts_line {
        return Some(vec![insertion(last.end, format!(", {}", new.join(", ")))]);
    }
    let newline = newline_of(text, line);
    let comma = comma_behind(module, text, last.end, close);
    let end_line = source.line_of(last.end);
    let behind = comma.unwrap_or(last.end);
    if source.line_of(close) == end_line || source.line_of(behind) != end_line {
        let new: String = new
            .iter()
            .map(|argument| format!(",{newline}{indent}{argument}"))
            .collect();
        return Some(vec![insertion(last.end, new)]);
    }
    // Behind the comment on that line, which belongs to the last argument.
    let end = behind + text[behind..].find(['\n', '\r'])?;
    let mut pieces = Vec::new();
    let separator = match comma {
        Some(_) => ",",
        None => {
            pieces.push(insertion(last.end, ",".to_owned()));
            ""
        }
    };
    let count = new.len();
    let new: String = new
        .iter()
        .enumerate()
        .map(|(index, argument)| {
            let separator = if index + 1 < count { "," } else { separator };
            format!("{newline}{indent}{argument}{separator}")
        })
        .collect();
    pieces.push(insertion(end, new));
    Some(pieces)
}

/// Where the comma ends that stands behind the last argument.
fn comma_behind(module: &Module, text: &str, from: usize, close: usize) -> Option<usize> {
    let mut at = from;
    while at < close {
        if let Some(comment) = module.comments.iter().find(|comment| comment.start == at) {
            at = comment.end;
            continue;
        }
        match text[at..].chars().next()? {
            ',' => return Some(at + 1),
            char => at += char.len_utf8(),
        }
    }
    None
}

/// How the line before `line` ends.
fn newline_of(text: &str, line: usize) -> &'static str {
    match &text[..line] {
        before if before.ends_with("\r\n") => "\r\n",
        before if before.ends_with('\r') => "\r",
        _ => "\n",
    }
}
