//! Logical lines: the physical lines that one statement, or the header of a compound statement, takes up.

use crate::source::Source;
use crate::syntax::{Module, Role, Span, StmtKind};

/// The logical lines of a file. What shares a physical line is one; decorators belong to the header of their `def` or
/// `class`.
#[derive(Default)]
pub(super) struct Lines {
    /// First and last physical line of each, in order.
    all: Vec<(usize, usize)>,
}

impl Lines {
    pub(super) fn new(source: &Source, module: &Module) -> Lines {
        let mut is_compound = vec![false; module.stmts.len()];
        let mut spans: Vec<Span> = Vec::new();
        for block in &module.blocks {
            let Some(owner) = block.owner else { continue };
            is_compound[owner.0 as usize] = true;
            let start = match block.role {
                Role::Function | Role::Class => module.stmt(owner).span.start,
                _ => block.header.start,
            };
            spans.push(Span::new(start, block.header.end));
        }
        for stmt in &module.stmts {
            match &stmt.kind {
                StmtKind::Match { subject, .. } => {
                    spans.push(Span::new(stmt.span.start, subject.outer.end));
                }
                _ if is_compound[stmt.id.0 as usize] => {}
                _ => spans.push(stmt.span),
            }
        }
        let lines = |span: Span| {
            let last = span.end.saturating_sub(1).max(span.start);
            (source.line_of(span.start), source.line_of(last))
        };
        let mut found: Vec<(usize, usize)> = spans.into_iter().map(lines).collect();
        found.sort_unstable();
        let mut all: Vec<(usize, usize)> = Vec::new();
        for (first, last) in found {
            match all.last_mut() {
                Some((_, end))
                    if first <= *end || first == *end + 1 && goes_on(source, module, *end) =>
                {
                    *end = last.max(*end);
                }
                _ => all.push((first, last)),
            }
        }
        Lines { all }
    }

    /// The logical line in which a physical one stands; itself, if it stands in none.
    pub(super) fn around(&self, line: usize) -> (usize, usize) {
        self.holding(line).unwrap_or((line, line))
    }

    /// The logical line in which a physical one stands.
    pub(super) fn holding(&self, line: usize) -> Option<(usize, usize)> {
        let behind = self.all.partition_point(|(first, _)| *first <= line);
        let found = *self.all.get(behind.checked_sub(1)?)?;
        (line <= found.1).then_some(found)
    }
}

/// Whether a physical line ends in a backslash that joins it to the next.
pub(super) fn goes_on(source: &Source, module: &Module, line: usize) -> bool {
    source.line_text(line).ends_with('\\') && comment_on(source, module, line).is_none()
}

/// The comment on a physical line.
pub(super) fn comment_on(source: &Source, module: &Module, line: usize) -> Option<Span> {
    let start = source.line_start(line);
    let behind = module
        .comments
        .partition_point(|comment| comment.start < start);
    let comment = *module.comments.get(behind)?;
    (comment.start < source.line_start(line + 1)).then_some(comment)
}

/// Whether a comment has its physical line for itself.
pub(super) fn is_alone(source: &Source, comment: Span) -> bool {
    let start = source.line_start(source.line_of(comment.start));
    source.text[start..comment.start].trim().is_empty()
}
