//! Fixes without a `with`: pieces of the text that are replaced, and statements that are added.

use super::original::Original;
use super::{Edit, Patch, Refusal, touched};
use crate::rules::Plan;
use crate::syntax::{Span, StmtId};

/// The edits that carry out a plan of pieces.
pub(super) fn edits(original: &Original, plan: &Plan) -> Result<Patch, Refusal> {
    if plan.wrap.is_some() || !plan.drop.is_empty() || !plan.replace.is_empty() {
        return Err(Refusal::new("the plan is of pieces and of statements"));
    }
    let mut edits = Vec::new();
    for (stmt, text) in &plan.added {
        edits.push(new_line(original, *stmt, text)?);
    }
    for (span, text) in &plan.pieces {
        if original.text.get(span.start..span.end).is_none() {
            return Err(Refusal::new("the plan names a place that does not exist"));
        }
        edits.push(Edit {
            span: *span,
            text: text.clone(),
        });
    }
    edits.sort_by_key(|edit| edit.span);
    if edits
        .windows(2)
        .any(|pair| pair[0].span.end > pair[1].span.start)
    {
        return Err(Refusal::new("two edits of the fix overlap"));
    }
    let touched = touched(&original.lines, &edits);
    Ok(Patch { edits, touched })
}

/// A new statement before `id`: behind the header of its block, or else above it and the comments right above it.
fn new_line(original: &Original, id: StmtId, text: &str) -> Result<Edit, Refusal> {
    let (module, lines) = (original.module, &original.lines);
    if id.0 as usize >= module.stmts.len() {
        return Err(Refusal::new(
            "the plan names a statement that does not exist",
        ));
    }
    let stmt = module.stmt(id);
    let own = lines.at(stmt.span.start);
    let alone = lines.line(own).content == stmt.span.start;
    if original.is_inline(stmt.block) || !alone {
        return Err(Refusal::new(
            "what it stands before shares its line with something else",
        ));
    }
    let newline = lines.newline_at(stmt.span.start);
    let indent = lines.indent_at(stmt.span.start);
    let header = module.block(stmt.block).header;
    if stmt.index == 0 && header.start < header.end {
        let end = lines.line(lines.at(header.end)).end;
        return Ok(Edit {
            span: Span::new(end, end),
            text: format!("{newline}{indent}{text}"),
        });
    }
    let is_comment = |number: &usize| {
        let line = lines.line(*number);
        line.comment
            .is_some_and(|comment| comment.start == line.content)
    };
    let above = (0..own).rev().take_while(is_comment).count();
    let start = lines.line(own - above).start;
    Ok(Edit {
        span: Span::new(start, start),
        text: format!("{indent}{text}{newline}"),
    })
}
