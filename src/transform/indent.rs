//! Where every block stands now and will stand, and what that means for each line.

use super::blocks::{innermost, last_started};
use super::fates::{Fates, Rows};
use super::lines::Line;
use super::original::Original;
use super::runs::Work;
use super::{Edit, Refusal};
use crate::syntax::{BlockId, Role, Span, StmtId, StmtKind};
use std::borrow::Cow;
use std::collections::HashMap;

/// The indentation of blocks, before and after.
pub(super) struct Indents<'a> {
    /// One more level.
    pub unit: String,
    /// By block, of those that the plan can change: what its lines will begin with, outside the new `with`'s body.
    new: HashMap<BlockId, String>,
    original: &'a Original<'a>,
    fates: &'a Fates<'a>,
    rows: &'a Rows,
}

impl<'a> Indents<'a> {
    pub fn new(original: &'a Original, fates: &'a Fates, rows: &'a Rows) -> Result<Self, Refusal> {
        let mut this = Self {
            unit: unit(original, fates),
            new: HashMap::new(),
            original,
            fates,
            rows,
        };
        let mut inside: Vec<BlockId> = this
            .members()
            .flat_map(|id| original.blocks.of(id))
            .copied()
            .collect();
        inside.sort_by_key(|id| (original.module.block(*id).owner, *id));
        inside.dedup();
        for id in inside {
            let indent = this.place(id)?;
            this.new.insert(id, indent);
        }
        Ok(this)
    }

    /// The statements that the plan can change.
    fn members(&self) -> impl Iterator<Item = StmtId> {
        self.rows.iter().flat_map(|(block, (first, last))| {
            let stmts = &self.original.module.block(*block).stmts;
            stmts
                .get(*first..=*last)
                .unwrap_or_default()
                .iter()
                .copied()
        })
    }

    /// What the lines of a block's statements will begin with, if they do not move into the new `with`.
    pub fn new_of(&self, block: BlockId) -> Cow<'_, str> {
        if let Some(new) = self.new.get(&block) {
            return Cow::Borrowed(new);
        }
        // Nothing moves around it; but an inline block gets lines of its own when it is taken apart.
        let old = self.original.indent(block);
        match self.original.module.block(block).owner {
            Some(owner) if self.original.is_inline(block) => {
                let outer = self.original.indent(self.original.module.stmt(owner).block);
                let level = old.strip_prefix(outer).unwrap_or_default();
                Cow::Owned(format!("{}{level}{}", self.of(owner), self.unit))
            }
            _ => Cow::Borrowed(old),
        }
    }

    /// What a statement's lines will begin with.
    pub fn of(&self, id: StmtId) -> String {
        let stmt = self.original.module.stmt(id);
        self.inside(stmt.block, self.fates.moves_in(stmt.block, stmt.index))
    }

    /// What lines between statements of `block` will begin with.
    fn inside(&self, block: BlockId, moves_in: bool) -> String {
        let mut indent = self.new_of(block).into_owned();
        if moves_in {
            indent.push_str(&self.unit);
        }
        indent
    }

    /// What becomes of a block whose owner's indentation is known.
    fn place(&self, id: BlockId) -> Result<String, Refusal> {
        let (original, module) = (self.original, self.original.module);
        let Some(owner) = module.block(id).owner else {
            return Ok(String::new());
        };
        let mut indent = self.of(owner);
        if self.fates.gone(owner) || self.fates.header_gone(module, id) {
            return Ok(indent);
        }
        let outer = original.indent(module.stmt(owner).block);
        let old = original.indent(id);
        if original.is_inline(id) {
            // A `case` stands deeper than its `match`.
            indent.push_str(old.strip_prefix(outer).unwrap_or_default());
            indent.push_str(&self.unit);
        } else if indent == outer {
            return Ok(old.to_owned());
        } else if let Some(level) = old.strip_prefix(outer) {
            indent.push_str(level);
        } else {
            return Err(Refusal::new("tabs and spaces are mixed in the indentation"));
        }
        Ok(indent)
    }

    /// The edits of leading white space.
    pub fn shifts(&self, work: &Work) -> Vec<Edit> {
        let lines = &self.original.lines;
        let mut edits = Vec::new();
        let mut covered = work
            .edits
            .iter()
            .map(|edit| edit.span)
            .filter(|s| s.start < s.end)
            .collect::<Vec<_>>();
        covered.sort();
        for number in self.lines() {
            let line = lines.line(number);
            if line.frozen
                || line.content == line.end
                || work.consumed(number)
                || is_covered(&covered, line)
            {
                continue;
            }
            let (old, new) = match work.line_indent(number) {
                Some(indent) => (&lines.text[line.lead..line.content], indent.to_owned()),
                None => match self.governing(work, line) {
                    Some(pair) => pair,
                    None => continue,
                },
            };
            edits.extend(shift(lines.text, line, old, &new));
        }
        edits
    }

    /// The lines of the statements that the plan can change, with the comments behind them.
    fn lines(&self) -> impl Iterator<Item = usize> {
        let (original, module) = (self.original, self.original.module);
        let mut ranges = Vec::new();
        for (block, (first, last)) in self.rows {
            let stmts = &module.block(*block).stmts;
            let (Some(first), Some(last)) = (stmts.get(*first), stmts.get(*last)) else {
                continue;
            };
            let next = module.stmts.get(original.subtree(*last).end as usize);
            let from = original.lines.at(module.stmt(*first).span.start);
            let to = next.map_or(original.text.len(), |next| next.span.start);
            ranges.push((from, original.lines.at(to) + 1));
        }
        ranges.sort_unstable();
        let mut done = 0;
        ranges.into_iter().flat_map(move |(from, to)| {
            let from = from.max(done);
            done = done.max(to);
            from..to
        })
    }

    /// What the line's place in the program begins with, now and then.
    fn governing(&self, work: &Work, line: Line) -> Option<(&'a str, String)> {
        let module = self.original.module;
        let at = line.content;
        let is_comment = line.comment.is_some_and(|comment| comment.start == at);
        if let Some(id) = innermost(module, at)
            && !(is_comment && is_between(self.original, id, at))
        {
            let block = module.block(module.stmt(id).block);
            // What stays behind its header moves with it.
            let behind = self.original.is_inline(block.id) && !work.takes_apart(block.header.start);
            let id = block.owner.filter(|_| behind).unwrap_or(id);
            return Some((self.original.indent(module.stmt(id).block), self.of(id)));
        }
        is_comment.then(|| self.of_comment(line))
    }

    /// A comment between statements belongs to the innermost block around it that it does not stand left of.
    fn of_comment(&self, line: Line) -> (&'a str, String) {
        let module = self.original.module;
        let at = line.content;
        let width = width(&self.original.text[line.lead..line.content]);
        let previous = last_started(module, at);
        let next = module.stmts.get(previous.map_or(0, |id| id.0 as usize + 1));
        let opened = next
            .map(|stmt| (stmt.index, module.block(stmt.block)))
            .filter(|(index, block)| {
                *index == 0 && block.owner.is_some() && block.header.end <= at
            });
        let (mut block, mut before) = match (opened, previous) {
            (Some((_, block)), _) => (block.id, None),
            (None, Some(id)) => (module.stmt(id).block, Some(id)),
            (None, None) => (module.body, None),
        };
        while width < self::width(self.original.indent(block)) {
            let Some(owner) = module.block(block).owner else {
                break;
            };
            (block, before) = (module.stmt(owner).block, Some(owner));
        }
        let new = match before.map(|id| module.stmt(id)) {
            None => self.inside(block, false),
            Some(stmt) if at < stmt.span.end => self.of(stmt.id),
            Some(stmt) => self.inside(block, self.fates.gap_moves_in(block, stmt.index)),
        };
        (self.original.indent(block), new)
    }
}

/// Whether `at`, inside the span of `id`, lies between parts of that compound statement.
fn is_between(original: &Original, id: StmtId, at: usize) -> bool {
    let module = original.module;
    let blocks = original.blocks.of(id);
    let Some(first) = blocks.first() else {
        return false;
    };
    at >= module.block(*first).header.start
        && !blocks.iter().any(|block| {
            let header = module.block(*block).header;
            header.start <= at && at < header.end
        })
}

/// Whether another edit writes or removes the line's leading white space.
fn is_covered(covered: &[Span], line: Line) -> bool {
    let after = covered.partition_point(|span| span.start < line.content);
    covered[..after].last().is_some_and(|span| {
        span.end > line.lead || span.start < line.start && span.end >= line.content
    })
}

fn shift(text: &str, line: Line, old: &str, new: &str) -> Option<Edit> {
    let lead = &text[line.lead..line.content];
    let wanted = if let Some(rest) = lead.strip_prefix(old) {
        format!("{new}{rest}")
    } else if let Some(more) = new.strip_prefix(old) {
        format!("{more}{lead}")
    } else {
        // A continuation line left of its statement moves left as far as it can.
        let less = old.len().saturating_sub(new.len());
        lead.get(less.min(lead.len())..)
            .unwrap_or_default()
            .to_owned()
    };
    if wanted == lead {
        return None;
    }
    // Only the difference is edited.
    if let Some(more) = wanted.strip_suffix(lead) {
        return Some(Edit {
            span: Span::new(line.lead, line.lead),
            text: more.to_owned(),
        });
    }
    if lead.ends_with(&wanted) {
        return Some(Edit {
            span: Span::new(line.lead, line.content - wanted.len()),
            text: String::new(),
        });
    }
    Some(Edit {
        span: Span::new(line.lead, line.content),
        text: wanted,
    })
}

/// Width of white space as Python counts it.
fn width(indent: &str) -> usize {
    indent.chars().fold(0, |column, c| {
        if c == '\t' {
            (column / 8 + 1) * 8
        } else {
            column + 1
        }
    })
}

/// One level of indentation, as the code around writes it.
fn unit(original: &Original, fates: &Fates) -> String {
    let module = original.module;
    let level = |id: BlockId| original.level(id).map(str::to_owned);
    let Some(region) = &fates.region else {
        return original.unit().to_owned();
    };
    let siblings = &module.block(region.block).stmts;
    let members = siblings.get(region.at..=region.last).unwrap_or_default();
    let body = |id: &StmtId| match &module.stmt(*id).kind {
        StmtKind::Try { body, .. } if fates.dissolved.contains(id) => Some(*body),
        _ => None,
    };
    let around = module.block(region.block).owner.as_ref().and_then(body);
    let dissolved = members
        .iter()
        .filter_map(body)
        .chain(around)
        .find_map(level);
    if let Some(unit) = dissolved {
        return unit;
    }
    let own = members
        .iter()
        .flat_map(|id| original.blocks.of(*id))
        .find_map(|id| level(*id));
    let outer = || {
        let mut block = region.block;
        loop {
            let here = module
                .block(block)
                .stmts
                .iter()
                .flat_map(|id| original.blocks.of(*id))
                .find_map(|id| level(*id));
            if here.is_some() {
                return here;
            }
            let role = module.block(block).role;
            if let Some(unit) = level(block) {
                return Some(unit);
            }
            let owner = module.block(block).owner?;
            if role == Role::Function {
                return None;
            }
            block = module.stmt(owner).block;
        }
    };
    own.or_else(outer)
        .unwrap_or_else(|| original.unit().to_owned())
}
