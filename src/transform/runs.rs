//! Statements that share a line, and what becomes of the bytes between and in them.
//!
//! A run is a row of pieces on one logical line: nearly always one statement, else statements between semicolons,
//! with the header before them if the suite is inline. In a run that the plan touches every piece that stays gets a
//! line of its own.

use super::fates::{Fates, Rows};
use super::header;
use super::indent::Indents;
use super::lines::Lines;
use super::original::Original;
use super::{Edit, Refusal};
use crate::rules::Plan;
use crate::syntax::{BlockId, Module, Span, Stmt};
use std::collections::{HashMap, HashSet};

/// What happens to a whole line that holds nothing but vanishing code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LineFate {
    /// It goes.
    Removed,
    /// Its comment stays, alone.
    Comment(Span),
}

/// One piece of a run.
struct Piece {
    span: Span,
    gone: bool,
    /// Lines to write before it, at `outer`.
    before: Vec<String>,
    /// What replaces its text.
    text: Option<String>,
    /// The line to write behind it.
    after: Option<String>,
    /// Indentation of the first line written for it.
    outer: String,
    /// Indentation of its own line.
    indent: String,
    is_header: bool,
    is_pass: bool,
}

/// The byte edits and line fates under construction.
pub(super) struct Work<'a> {
    pub edits: Vec<Edit>,
    /// By line: that it goes, with the indentation of what is left of it.
    pub fates: HashMap<usize, (LineFate, String)>,
    /// By line: the indentation of a touched run's first line.
    starts: HashMap<usize, String>,
    /// By offset: the headers whose inline blocks get lines of their own.
    taken_apart: HashSet<usize>,
    original: &'a Original<'a>,
    module: &'a Module,
    lines: &'a Lines<'a>,
    stmts: &'a Fates<'a>,
    indents: &'a Indents<'a>,
    plan: &'a Plan,
    closing: Option<String>,
}

impl<'a> Work<'a> {
    pub fn new(
        original: &'a Original,
        stmts: &'a Fates<'a>,
        indents: &'a Indents<'a>,
        plan: &'a Plan,
        closing: Option<String>,
    ) -> Self {
        Self {
            edits: Vec::new(),
            fates: HashMap::new(),
            starts: HashMap::new(),
            taken_apart: HashSet::new(),
            original,
            module: original.module,
            lines: &original.lines,
            stmts,
            indents,
            plan,
            closing,
        }
    }

    /// Whether the line is settled as a whole.
    pub fn consumed(&self, line: usize) -> bool {
        self.fates.contains_key(&line)
    }

    /// Whether the inline block behind the header at `offset` gets lines of its own.
    pub fn takes_apart(&self, offset: usize) -> bool {
        self.taken_apart.contains(&offset)
    }

    /// The indentation a touched run gives its first line.
    pub fn line_indent(&self, line: usize) -> Option<&str> {
        self.starts.get(&line).map(String::as_str)
    }

    /// Makes all edits inside the lines of these rows.
    pub fn run(&mut self, rows: &Rows) -> Result<(), Refusal> {
        for (block, row) in rows {
            let owner = self.module.block(*block).owner;
            if owner.is_some_and(|owner| self.stmts.gone(owner)) {
                continue;
            }
            for run in self.runs_of(*block, *row)? {
                self.edit_run(&run);
            }
        }
        if let Some(region) = &self.stmts.region
            && let Some(target) = region.wrap.merge_into
        {
            let items = header::items(region.wrap, self.closing.as_deref());
            let target = self.module.stmt(target);
            self.edits.extend(match region.wrap.instead_of {
                Some(index) => header::split(self.original, target, index, &items)?,
                None => header::merge(self.original, target, &items)?,
            });
        }
        let removed: Vec<Span> = self.edits.iter().map(|edit| edit.span).collect();
        for (span, text) in &self.plan.replace {
            let line = self.fates.get(&self.lines.at(span.start));
            let swallowed = line.is_some() || removed.iter().any(|gone| gone.contains(*span));
            if !swallowed {
                self.edits.push(Edit {
                    span: *span,
                    text: text.clone(),
                });
            }
        }
        Ok(())
    }

    fn runs_of(
        &self,
        id: BlockId,
        (first, last): (usize, usize),
    ) -> Result<Vec<Vec<Piece>>, Refusal> {
        let block = self.module.block(id);
        let mut runs: Vec<Vec<Piece>> = Vec::new();
        let mut joined = false;
        if let Some(owner) = block.owner.filter(|_| first == 0) {
            let gone = self.stmts.header_gone(self.module, id);
            let inline = self.original.is_inline(id);
            if gone || inline {
                let indent = self.indents.of(owner);
                let mut piece = Piece::plain(block.header, indent);
                (piece.gone, piece.is_header) = (gone, true);
                runs.push(vec![piece]);
            }
            joined = inline;
        }
        let mut end = block.header.end;
        let stmts = block.stmts.get(first..=last).unwrap_or_default();
        for stmt in stmts.iter().map(|id| self.module.stmt(*id)) {
            joined = joined
                || end < stmt.span.start
                    && end > block.header.end
                    && self.lines.is_joined(end, stmt.span.start);
            let piece = self.piece(stmt)?;
            match runs.last_mut() {
                Some(run) if joined => run.push(piece),
                _ => runs.push(vec![piece]),
            }
            end = stmt.span.end;
            joined = false;
        }
        Ok(runs)
    }

    fn piece(&self, stmt: &Stmt) -> Result<Piece, Refusal> {
        let indents = self.indents;
        let mut piece = Piece::plain(stmt.span, indents.of(stmt.id));
        if self.stmts.pass.contains(&stmt.id) {
            piece.before = self.comments(stmt.span);
            piece.text = Some("pass".to_owned());
            piece.is_pass = true;
            return Ok(piece);
        }
        if self.stmts.gone(stmt.id) {
            piece.gone = true;
            return Ok(piece);
        }
        let Some(region) = &self.stmts.region else {
            return Ok(piece);
        };
        let wrap = region.wrap;
        if wrap.merge_into == Some(stmt.id) {
            piece.before.extend(wrap.annotation.clone());
        } else if wrap.at == stmt.id && wrap.merge_into.is_none() {
            piece.outer = indents.new_of(stmt.block).into_owned();
            let items = header::items(wrap, self.closing.as_deref());
            let header = header::with(wrap, &items);
            if wrap.replaces {
                piece.indent = piece.outer.clone();
                piece.before.extend(self.comments(stmt.span));
                piece.before.extend(wrap.annotation.clone());
                piece.text = Some(header);
                piece.after = region
                    .needs_pass
                    .then(|| format!("{}{}pass", piece.outer, indents.unit));
            } else {
                piece.before.extend(wrap.annotation.clone());
                piece.before.push(header);
            }
        }
        Ok(piece)
    }

    fn edit_run(&mut self, run: &[Piece]) {
        let (Some(start), Some(end)) = (run.first(), run.last()) else {
            return;
        };
        let whole = Span::new(start.span.start, end.span.end);
        let touched = run.iter().any(Piece::is_special)
            || !start.is_header && run.windows(2).any(|pair| pair[0].indent != pair[1].indent);
        if !touched {
            return;
        }
        if start.is_header {
            self.taken_apart.insert(start.span.start);
        }
        let kept: Vec<usize> = (0..run.len()).filter(|i| !run[*i].gone).collect();
        let (Some(&first), Some(&last)) = (kept.first(), kept.last()) else {
            self.clear_lines(whole, &start.indent);
            return;
        };
        let newline = self.lines.newline_at(whole.start);
        let row = |indent: &str, rows: &[String]| -> String {
            rows.iter()
                .map(|text| format!("{newline}{indent}{text}"))
                .collect()
        };
        // A header that stays stands where its owner does, which that one's own run may have settled.
        if !run[first].is_header {
            self.starts
                .insert(self.lines.at(whole.start), run[first].outer.clone());
        }
        if first > 0 {
            let span = Span::new(whole.start, run[first].span.start);
            let indent = &run[first].outer;
            let comments = self.comments_of(&run[..first]);
            let text = comments
                .iter()
                .map(|text| format!("{text}{newline}{indent}"))
                .collect();
            self.edits.push(Edit { span, text });
        }
        for (place, &index) in kept.iter().enumerate() {
            let piece = &run[index];
            self.rewrite(piece, newline);
            let Some(&next) = kept.get(place + 1) else {
                break;
            };
            if piece.is_header && run[next].is_pass && run[next].before.is_empty() && next == last {
                continue;
            }
            let outer = &run[next].outer;
            let after = piece
                .after
                .as_ref()
                .map(|line| format!("{newline}{line}"))
                .unwrap_or_default();
            let comments = row(outer, &self.comments_of(&run[index + 1..next]));
            let span = Span::new(piece.span.end, run[next].span.start);
            self.edits.push(Edit {
                span,
                text: format!("{after}{comments}{newline}{outer}"),
            });
        }
        let mut tail = Span::new(run[last].span.end, self.behind_semicolon(whole.end));
        let line = self.lines.line(self.lines.at(tail.end));
        let mut comments = row(&run[last].indent, &self.comments_of(&run[last + 1..]));
        if let Some(comment) = line.comment.filter(|_| !comments.is_empty()) {
            // It stays behind the others.
            tail.end = comment.start;
            comments += &row(&run[last].indent, &[String::new()]);
        }
        if tail.start < tail.end {
            let rest = self.lines.text.get(tail.end..line.end).unwrap_or_default();
            if rest.trim().is_empty() {
                tail.end = tail.end.max(line.end);
            }
            self.edits.push(Edit {
                span: tail,
                text: comments,
            });
        }
        if let Some(line) = &run[last].after {
            let at = self.lines.line(self.lines.at(tail.end)).end;
            self.edits.push(Edit {
                span: Span::new(at, at),
                text: format!("{newline}{line}"),
            });
        }
    }

    fn rewrite(&mut self, piece: &Piece, newline: &str) {
        let before = match piece.before.as_slice() {
            [] => String::new(),
            rows => {
                let joint = format!("{newline}{}", piece.outer);
                format!("{}{newline}{}", rows.join(&joint), piece.indent)
            }
        };
        let (span, own) = match &piece.text {
            Some(text) => (piece.span, text.as_str()),
            None => (Span::new(piece.span.start, piece.span.start), ""),
        };
        if !before.is_empty() || span.start < span.end {
            self.edits.push(Edit {
                span,
                text: before + own,
            });
        }
    }

    /// Takes all lines of `span` away, but for their comments.
    fn clear_lines(&mut self, span: Span, indent: &str) {
        let lines = self.lines;
        for number in lines.at(span.start)..=lines.at(span.end) {
            let line = lines.line(number);
            let comment = line.comment.filter(|comment| !self.is_in_context(*comment));
            let fate = comment.map_or(LineFate::Removed, LineFate::Comment);
            self.fates.insert(number, (fate, indent.to_owned()));
        }
    }

    fn comments_of(&self, pieces: &[Piece]) -> Vec<String> {
        pieces
            .iter()
            .flat_map(|piece| self.comments(piece.span))
            .collect()
    }

    /// The comments in vanishing text, but for those that stand in the new header.
    fn comments(&self, span: Span) -> Vec<String> {
        let comments = &self.module.comments;
        let first = comments.partition_point(|comment| comment.start < span.start);
        comments[first..]
            .iter()
            .take_while(|comment| comment.start < span.end)
            .filter(|comment| !self.is_in_context(**comment))
            .map(|comment| comment.of(self.lines.text).to_owned())
            .collect()
    }

    /// Whether `comment` stands in the text of a context, which is kept word for word.
    fn is_in_context(&self, comment: Span) -> bool {
        let Some(region) = &self.stmts.region else {
            return false;
        };
        region.wrap.items.iter().any(|item| {
            let context = item.context.trim();
            let reach = context.len();
            let window = Span::new(comment.start.saturating_sub(reach), comment.end + reach);
            let text = self.lines.text;
            if !context.contains(comment.of(text)) {
                return false;
            }
            let mut from = floor(text, window.start);
            while let Some(at) = text[from..].find(context).map(|at| at + from) {
                if Span::new(at, at + reach).contains(comment) {
                    return true;
                }
                if at > comment.start {
                    break;
                }
                from = at + text[at..].chars().next().map_or(1, char::len_utf8);
            }
            false
        })
    }

    fn behind_semicolon(&self, end: usize) -> usize {
        let rest = &self.lines.text[end..];
        let trimmed = rest.trim_start_matches([' ', '\t', '\x0c']);
        if trimmed.starts_with(';') {
            end + (rest.len() - trimmed.len()) + 1
        } else {
            end
        }
    }
}

impl Piece {
    fn plain(span: Span, indent: String) -> Self {
        let outer = indent.clone();
        Self {
            span,
            gone: false,
            before: Vec::new(),
            text: None,
            after: None,
            outer,
            indent,
            is_header: false,
            is_pass: false,
        }
    }

    fn is_special(&self) -> bool {
        self.gone || self.text.is_some() || !self.before.is_empty()
    }
}

/// The character boundary at `at` or before it.
fn floor(text: &str, at: usize) -> usize {
    (0..=at)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0)
}
