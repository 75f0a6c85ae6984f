//! Lines that go, and the blank lines that would look odd without them.

use super::Edit;
use super::fates::Fates;
use super::lines::Lines;
use super::original::Original;
use super::runs::{LineFate, Work};
use crate::syntax::Span;

/// The edits of whole lines.
pub(super) fn edits(original: &Original, fates: &Fates, work: &Work) -> Vec<Edit> {
    let lines = &original.lines;
    let mut edits = Vec::new();
    let mut numbers: Vec<usize> = work.fates.keys().copied().collect();
    numbers.sort_unstable();
    let mut removed = Vec::new();
    for number in numbers {
        match &work.fates[&number] {
            (LineFate::Removed, _) => removed.push(number),
            (LineFate::Comment(comment), indent) => {
                let line = lines.line(number);
                let start = if line.frozen { line.start } else { line.lead };
                edits.push(Edit {
                    span: Span::new(start, comment.start),
                    text: indent.clone(),
                });
            }
        }
    }
    let opens = |line: usize| opens(original, fates, line);
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for group in removed.chunk_by(|a, b| a + 1 == *b) {
        let (Some(&first), Some(&last)) = (group.first(), group.last()) else {
            continue;
        };
        let (first, last) = widen(lines, opens, first, last);
        match groups.last_mut() {
            Some(before) if first <= before.1 + 1 => before.1 = before.1.max(last),
            _ => groups.push((first, last)),
        }
    }
    for (first, last) in groups {
        let (mut start, end) = (lines.line(first).start, lines.line(last).next);
        // The line before becomes the last one: it takes over that there is no newline.
        if lines.line(last).end == end && first > 0 {
            start = lines.line(first - 1).end;
        }
        edits.push(Edit {
            span: Span::new(start, end),
            text: String::new(),
        });
    }
    edits.retain(|edit| edit.span.start < edit.span.end || !edit.text.is_empty());
    edits
}

/// Whether a header that stays, or the new one, ends on the line.
fn opens(original: &Original, fates: &Fates, line: usize) -> bool {
    let stays = |id| !fates.header_gone(original.module, id) && !original.is_inline(id);
    let is_new = fates.region.as_ref().is_some_and(|region| {
        let at = original.module.stmt(region.wrap.at).span.end;
        region.indents() && region.wrap.replaces && original.lines.at(at) == line
    });
    is_new || original.opened_on(line).any(stays)
}

/// The lines to take away so that no two gaps meet and no block starts or ends with one.
fn widen(
    lines: &Lines,
    opens: impl Fn(usize) -> bool,
    first: usize,
    last: usize,
) -> (usize, usize) {
    let before = (0..first).rev().take_while(|n| lines.is_blank(*n)).count();
    let after = (last + 1..lines.len())
        .take_while(|n| lines.is_blank(*n))
        .count();
    let opens = (first - before).checked_sub(1).is_some_and(opens);
    let indent = |number: usize| {
        let line = lines.line(number);
        line.content - line.lead
    };
    let own = (first..=last).map(indent).min().unwrap_or(0);
    let below = last + 1 + after;
    let block_ends = below >= lines.len() || indent(below) < own;
    if block_ends {
        (first - before, last)
    } else if opens {
        (first - before, last + after)
    } else if before > 0 && after > 0 {
        (first - before, last)
    } else {
        (first, last)
    }
}
