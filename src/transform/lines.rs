//! The physical lines of a text.

use crate::syntax::{Module, Span};

/// One physical line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line {
    /// Offset of its first byte.
    pub start: usize,
    /// Where its indentation starts: behind form feeds, which set Python's column back to 0.
    pub lead: usize,
    /// Offset of the first byte that is not white space, or `end`.
    pub content: usize,
    /// Offset behind its last byte, newline not included.
    pub end: usize,
    /// Where the next line starts.
    pub next: usize,
    /// Whether it begins inside a string literal: its white space is the program's data.
    pub frozen: bool,
    /// The comment on it.
    pub comment: Option<Span>,
}

/// All lines of a text, by number from 0.
pub(super) struct Lines<'t> {
    pub text: &'t str,
    lines: Vec<Line>,
    newline: &'t str,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str, module: &Module) -> Self {
        let mut lines = Vec::new();
        // A byte order mark is no part of any line, so that it never goes with one.
        let mut start = text.len() - text.trim_start_matches('\u{feff}').len();
        let mut rest = &text[start..];
        while !rest.is_empty() || lines.is_empty() {
            let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
            let newline = match &rest.as_bytes()[length..] {
                [b'\r', b'\n', ..] => 2,
                [] => 0,
                _ => 1,
            };
            lines.push(line(text, start, start + length, newline));
            start += length + newline;
            rest = &text[start..];
        }
        let newline = lines.first().map_or("", |l| &text[l.end..l.next]);
        let newline = if newline.is_empty() { "\n" } else { newline };
        let mut this = Self {
            text,
            lines,
            newline,
        };
        for string in &module.strings {
            let (first, last) = (this.at(string.start), this.at(string.end));
            for line in &mut this.lines[first + 1..=last] {
                line.frozen = line.start < string.end;
            }
        }
        for comment in &module.comments {
            let line = this.at(comment.start);
            this.lines[line].comment = Some(*comment);
        }
        this
    }

    /// Number of the line that holds `offset` (the newline belongs to the line it ends).
    pub fn at(&self, offset: usize) -> usize {
        self.lines
            .partition_point(|line| line.start <= offset)
            .saturating_sub(1)
    }

    /// Whether a line of `span`, or the one before it, is a backslash and nothing else. CPython then takes the
    /// indentation of the next statement from it, unless it has none.
    pub fn only_continues(&self, span: Span) -> bool {
        let first = self.at(span.start).saturating_sub(1);
        let last = self.at(span.end.saturating_sub(1).max(span.start));
        let lone =
            |line: &Line| !line.frozen && self.text[line.content..line.end].trim_end() == "\\";
        self.lines
            .get(first..=last)
            .is_some_and(|lines| lines.iter().any(lone))
    }

    pub fn line(&self, number: usize) -> Line {
        self.lines[number]
    }

    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// The indentation of the line that holds `offset`.
    pub fn indent_at(&self, offset: usize) -> &'t str {
        let line = self.line(self.at(offset));
        &self.text[line.lead..line.content]
    }

    /// The newline to write near `offset`: that of its line, or the file's first.
    pub fn newline_at(&self, offset: usize) -> &'t str {
        let line = self.line(self.at(offset));
        if line.end < line.next {
            &self.text[line.end..line.next]
        } else {
            self.newline
        }
    }

    /// Whether the line holds nothing but spaces and tabs and may go.
    pub fn is_blank(&self, number: usize) -> bool {
        let line = self.line(number);
        !line.frozen
            && line.start < line.next
            && self.text[line.start..line.end]
                .trim_matches([' ', '\t'])
                .is_empty()
    }

    /// Whether the statement-level gap between two offsets stays on one logical line: no newline but behind a
    /// backslash.
    pub fn is_joined(&self, from: usize, to: usize) -> bool {
        let mut gap = self.text.get(from..to).unwrap_or_default();
        while let Some(at) = gap.find(['\\', '\n', '\r', '#']) {
            let rest = gap[at..].strip_prefix('\\');
            let Some(rest) = rest else { return false };
            let behind = rest.strip_prefix("\r\n");
            gap = behind
                .or_else(|| rest.strip_prefix(['\n', '\r']))
                .unwrap_or(rest);
        }
        true
    }
}

fn line(text: &str, start: usize, end: usize, newline: usize) -> Line {
    let body = &text[start..end];
    let blank = body.len() - body.trim_start_matches([' ', '\t', '\x0c']).len();
    let lead = body[..blank].rfind('\x0c').map_or(0, |at| at + 1);
    Line {
        start,
        lead: start + lead,
        content: start + blank,
        end,
        next: end + newline,
        frozen: false,
        comment: None,
    }
}
