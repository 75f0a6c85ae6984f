//! Where every block stands now and will stand, and what that means for each line.

use super::blocks::{innermost, last_started, outside_in};
use super::fates::Fates;
use super::lines::{Line, Lines};
use super::runs::Work;
use super::{Edit, Refusal};
use crate::syntax::{BlockId, Module, Role, Span, StmtId, StmtKind};

/// The indentation of all blocks, before and after.
pub(super) struct Indents<'t> {
    /// One more level.
    pub unit: String,
    /// By block: what its lines begin with now.
    old: Vec<&'t str>,
    /// By block: what its lines will begin with, outside the new `with`'s body.
    new: Vec<String>,
}

impl<'t> Indents<'t> {
    pub fn new(module: &Module, lines: &Lines<'t>, fates: &Fates) -> Result<Self, Refusal> {
        let mut old = vec![""; module.blocks.len()];
        for id in outside_in(module) {
            let block = module.block(id);
            let first = block
                .stmts
                .first()
                .map(|first| module.stmt(*first).span.start);
            old[id.0 as usize] = match (block.owner, first) {
                (Some(_), _) if is_inline(module, lines, id) => lines.indent_at(block.header.start),
                (Some(_), Some(first)) => lines.indent_at(first),
                _ => "",
            };
        }
        let unit = unit(module, lines, fates, &old);
        let mut this = Self {
            unit,
            old,
            new: vec![String::new(); module.blocks.len()],
        };
        for id in outside_in(module) {
            this.new[id.0 as usize] = this.place(module, lines, fates, id)?;
        }
        Ok(this)
    }

    /// What the lines of a block's statements begin with now.
    pub fn old(&self, block: BlockId) -> &'t str {
        self.old[block.0 as usize]
    }

    /// What they will begin with, if they do not move into the new `with`.
    pub fn new_of(&self, block: BlockId) -> &str {
        &self.new[block.0 as usize]
    }

    /// What a statement's lines will begin with.
    pub fn of(&self, module: &Module, fates: &Fates, id: StmtId) -> String {
        let stmt = module.stmt(id);
        self.inside(stmt.block, fates.moves_in(stmt.block, stmt.index))
    }

    /// What lines between statements of `block` will begin with.
    fn inside(&self, block: BlockId, moves_in: bool) -> String {
        let mut indent = self.new_of(block).to_owned();
        if moves_in {
            indent.push_str(&self.unit);
        }
        indent
    }

    fn place(
        &self,
        module: &Module,
        lines: &Lines,
        fates: &Fates,
        id: BlockId,
    ) -> Result<String, Refusal> {
        let block = module.block(id);
        let Some(owner) = block.owner else {
            return Ok(String::new());
        };
        let mut indent = self.of(module, fates, owner);
        if fates.gone(owner) || fates.header_gone(module, id) {
            return Ok(indent);
        }
        let outer = self.old(module.stmt(owner).block);
        if is_inline(module, lines, id) {
            // A `case` stands deeper than its `match`.
            indent.push_str(self.old(id).strip_prefix(outer).unwrap_or_default());
            indent.push_str(&self.unit);
        } else if indent == outer {
            return Ok(self.old(id).to_owned());
        } else if let Some(level) = self.old(id).strip_prefix(outer) {
            indent.push_str(level);
        } else {
            return Err(Refusal::new("tabs and spaces are mixed in the indentation"));
        }
        Ok(indent)
    }

    /// The edits of leading white space.
    pub fn shifts(&self, module: &Module, lines: &Lines, fates: &Fates, work: &Work) -> Vec<Edit> {
        let mut edits = Vec::new();
        let mut covered = work
            .edits
            .iter()
            .map(|edit| edit.span)
            .filter(|s| s.start < s.end)
            .collect::<Vec<_>>();
        covered.sort();
        for number in 0..lines.len() {
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
                None => match self.governing(module, fates, lines, line) {
                    Some(pair) => pair,
                    None => continue,
                },
            };
            edits.extend(shift(lines.text, line, old, &new));
        }
        edits
    }

    /// What the line's place in the program begins with, now and then.
    fn governing(
        &self,
        module: &Module,
        fates: &Fates,
        lines: &Lines,
        line: Line,
    ) -> Option<(&'t str, String)> {
        let at = line.content;
        let is_comment = line.comment.is_some_and(|comment| comment.start == at);
        if let Some(id) = innermost(module, at)
            && !(is_comment && is_between(module, fates, id, at))
        {
            return Some((self.old(module.stmt(id).block), self.of(module, fates, id)));
        }
        is_comment.then(|| self.of_comment(module, fates, lines, line))
    }

    /// A comment between statements belongs to the innermost block around it that it does not stand left of.
    fn of_comment(
        &self,
        module: &Module,
        fates: &Fates,
        lines: &Lines,
        line: Line,
    ) -> (&'t str, String) {
        let at = line.content;
        let width = width(&lines.text[line.lead..line.content]);
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
        while width < self::width(self.old(block)) {
            let Some(owner) = module.block(block).owner else {
                break;
            };
            (block, before) = (module.stmt(owner).block, Some(owner));
        }
        let new = match before.map(|id| module.stmt(id)) {
            None => self.inside(block, false),
            Some(stmt) if at < stmt.span.end => self.of(module, fates, stmt.id),
            Some(stmt) => self.inside(block, fates.gap_moves_in(block, stmt.index)),
        };
        (self.old(block), new)
    }
}

/// Whether a block stands on its header's line.
pub(super) fn is_inline(module: &Module, lines: &Lines, id: BlockId) -> bool {
    let block = module.block(id);
    match (block.owner, block.stmts.first()) {
        (Some(_), Some(first)) => lines.is_joined(block.header.end, module.stmt(*first).span.start),
        _ => false,
    }
}

/// Whether `at`, inside the span of `id`, lies between parts of that compound statement.
fn is_between(module: &Module, fates: &Fates, id: StmtId, at: usize) -> bool {
    let blocks = fates.blocks.of(id);
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
fn unit(module: &Module, lines: &Lines, fates: &Fates, old: &[&str]) -> String {
    let level = |id: BlockId| {
        let header = module.block(id).owner.map(|_| module.block(id).header)?;
        let inner = old[id.0 as usize].strip_prefix(lines.indent_at(header.start))?;
        (!inner.is_empty()).then(|| inner.to_owned())
    };
    let Some(region) = &fates.region else {
        return any_level(module, lines, level);
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
        .flat_map(|id| fates.blocks.of(*id))
        .find_map(|id| level(*id));
    let outer = || {
        let mut block = region.block;
        loop {
            let here = module
                .block(block)
                .stmts
                .iter()
                .flat_map(|id| fates.blocks.of(*id))
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
        .unwrap_or_else(|| any_level(module, lines, level))
}

fn any_level(module: &Module, lines: &Lines, level: impl Fn(BlockId) -> Option<String>) -> String {
    let any = module.blocks.iter().find_map(|block| level(block.id));
    any.unwrap_or_else(|| {
        let tabs = (0..lines.len())
            .map(|n| lines.line(n))
            .any(|l| lines.text[l.lead..l.content].starts_with('\t'));
        if tabs {
            "\t".to_owned()
        } else {
            "    ".to_owned()
        }
    })
}
