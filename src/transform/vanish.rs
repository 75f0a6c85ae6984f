//! Lines that go, and the blank lines that would look odd without them.

use super::Edit;
use super::fates::Fates;
use super::indent::is_inline;
use super::lines::Lines;
use super::runs::{LineFate, Work};
use crate::syntax::{Module, Span};
use std::collections::HashSet;

/// The edits of whole lines.
pub(super) fn edits(module: &Module, lines: &Lines, fates: &Fates, work: &Work) -> Vec<Edit> {
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
    let openers = openers(module, lines, fates);
    let mut groups: Vec<(usize, usize)> = Vec::new();
    for group in removed.chunk_by(|a, b| a + 1 == *b) {
        let (Some(&first), Some(&last)) = (group.first(), group.last()) else {
            continue;
        };
        let (first, last) = widen(lines, &openers, first, last);
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

/// The lines on which a header ends that stays.
fn openers(module: &Module, lines: &Lines, fates: &Fates) -> HashSet<usize> {
    let headers = module.blocks.iter().filter(|block| {
        block.owner.is_some()
            && !fates.header_gone(module, block.id)
            && !is_inline(module, lines, block.id)
    });
    let mut openers: HashSet<usize> = headers.map(|block| lines.at(block.header.end)).collect();
    if let Some(region) = &fates.region
        && region.indents()
        && region.wrap.replaces
    {
        openers.insert(lines.at(module.stmt(region.wrap.at).span.end));
    }
    openers
}

/// The lines to take away so that no two gaps meet and no block starts or ends with one.
fn widen(lines: &Lines, openers: &HashSet<usize>, first: usize, last: usize) -> (usize, usize) {
    let before = (0..first).rev().take_while(|n| lines.is_blank(*n)).count();
    let after = (last + 1..lines.len())
        .take_while(|n| lines.is_blank(*n))
        .count();
    let opens = (first - before)
        .checked_sub(1)
        .is_some_and(|above| openers.contains(&above));
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
