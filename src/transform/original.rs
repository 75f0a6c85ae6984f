//! What all fixes of one text need to know of it, made once.

use super::blocks::Blocks;
use super::imports;
use super::lines::Lines;
use crate::syntax::{BlockId, Module, Span, StmtId};
use std::cell::OnceCell;
use std::ops::Range;

/// A text in its parsed form, ready for any number of fixes.
///
/// Making one costs about as much as reading the text; what a fix costs then depends on the statements it is about.
pub struct Original<'a> {
    pub(super) text: &'a str,
    pub(super) module: &'a Module,
    pub(super) lines: Lines<'a>,
    pub(super) blocks: Blocks,
    /// By block: whether it stands on its header's line.
    inline: Vec<bool>,
    /// By block: what its lines begin with.
    indents: Vec<&'a str>,
    /// The blocks with a header, by its end.
    headers: Vec<BlockId>,
    closing: OnceCell<imports::Names>,
    unit: OnceCell<String>,
}

impl<'a> Original<'a> {
    /// Prepares `text`, whose parsed form is `module`.
    pub fn new(text: &'a str, module: &'a Module) -> Self {
        let lines = Lines::new(text, module);
        let first = |block: &crate::syntax::Block| {
            let first = block.stmts.first()?;
            block.owner.map(|_| module.stmt(*first).span.start)
        };
        let inline: Vec<bool> = module
            .blocks
            .iter()
            .map(|block| first(block).is_some_and(|at| lines.is_joined(block.header.end, at)))
            .collect();
        let indent = |(block, inline)| match first(block) {
            Some(_) if inline => lines.indent_at(block.header.start),
            Some(first) => lines.indent_at(first),
            None => "",
        };
        let indents = module
            .blocks
            .iter()
            .zip(inline.iter().copied())
            .map(indent)
            .collect();
        let with_header = module.blocks.iter().filter(|block| block.owner.is_some());
        let mut headers: Vec<BlockId> = with_header.map(|block| block.id).collect();
        headers.sort_by_key(|id| module.block(*id).header.end);
        Self {
            text,
            module,
            blocks: Blocks::new(module),
            inline,
            indents,
            headers,
            lines,
            closing: OnceCell::new(),
            unit: OnceCell::new(),
        }
    }

    /// Whether a block stands on its header's line.
    pub(super) fn is_inline(&self, block: BlockId) -> bool {
        self.inline[block.0 as usize]
    }

    /// What the lines of a block's statements begin with; of an inline block, what its header's line begins with.
    pub(super) fn indent(&self, block: BlockId) -> &'a str {
        self.indents[block.0 as usize]
    }

    /// The blocks whose header ends on a line.
    pub(super) fn opened_on(&self, line: usize) -> impl Iterator<Item = BlockId> {
        let end = |id: &BlockId| self.module.block(*id).header.end;
        let start = self.lines.line(line).start;
        let first = self.headers.partition_point(|id| end(id) < start);
        let headers = self.headers[first..].iter().copied();
        headers.take_while(move |id| self.lines.at(end(id)) == line)
    }

    /// How the text can write `closing`; looked up only if a fix needs it.
    pub(super) fn closing_names(&self) -> &imports::Names {
        self.closing.get_or_init(|| imports::Names::new(self))
    }

    /// How much deeper a block stands than its header, if it has lines of its own.
    pub(super) fn level(&self, block: BlockId) -> Option<&'a str> {
        let header = self
            .module
            .block(block)
            .owner
            .map(|_| self.module.block(block).header)?;
        let outer = self.lines.indent_at(header.start);
        let inner = self.indent(block).strip_prefix(outer)?;
        (!inner.is_empty()).then_some(inner)
    }

    /// One level of indentation, as the first block of the file has it.
    pub(super) fn unit(&self) -> &str {
        self.unit.get_or_init(|| {
            let any = self
                .module
                .blocks
                .iter()
                .find_map(|block| self.level(block.id));
            let tabs = || {
                let mut lines = (0..self.lines.len()).map(|n| self.lines.line(n));
                lines.any(|line| self.text[line.lead..line.content].starts_with('\t'))
            };
            any.unwrap_or_else(|| if tabs() { "\t" } else { "    " })
                .to_owned()
        })
    }

    /// The numbers of a statement and of all that stand in it.
    pub(super) fn subtree(&self, id: StmtId) -> Range<u32> {
        let mut last = id;
        let inner = |id| {
            let blocks = self.blocks.of(id).iter();
            blocks
                .filter_map(|block| self.module.block(*block).stmts.last())
                .max()
        };
        while let Some(&id) = inner(last) {
            last = id;
        }
        id.0..last.0 + 1
    }

    /// The places of a row of siblings, and of those that share its first or last line.
    pub(super) fn row(&self, block: BlockId, first: usize, last: usize) -> (usize, usize) {
        let stmts = &self.module.block(block).stmts;
        let top = stmts.len().saturating_sub(1);
        if self.is_inline(block) {
            return (0, top);
        }
        let span = |index: usize| {
            stmts
                .get(index)
                .map_or(Span::default(), |id| self.module.stmt(*id).span)
        };
        let joined = |index: usize| self.lines.is_joined(span(index).end, span(index + 1).start);
        let (mut first, mut last) = (first, last);
        while first > 0 && joined(first - 1) {
            first -= 1;
        }
        while last < top && joined(last) {
            last += 1;
        }
        (first, last)
    }
}
