//! From tree-sitter's tree to [`Module`].
mod annotation;
mod compound;
mod expr;
mod literal;
mod pattern;
mod repair;
mod star;
mod stmt;
pub(super) mod tree;

use super::ast::*;
use tree::Node;

/// CPython compiles no deeper nesting of blocks.
const MAX_BLOCKS: usize = 100;
/// CPython's own parser gives up earlier on most expressions.
const MAX_EXPRS: usize = 300;

/// Parses `text`; never fails: what is not Python is named in [`Module::errors`].
///
/// Expressions that are nested more than 300 deep become an empty [`ExprKind::Other`], compound statements in more
/// than 100 blocks become [`StmtKind::Unknown`]; both count as errors. Comments and strings inside an f-string are not
/// listed on their own. Statements that stand in the wrong column are errors too, so a block that the parser closed too
/// early or too late does not pass for a good one.
pub fn parse(text: &str) -> Module {
    let Some(mut raw) = repair::read(text) else {
        return unreadable(text);
    };
    let mut lowering = Lowering::new(text);
    lowering.module(raw.root());
    let mut errors = std::mem::take(&mut raw.errors);
    errors.append(&mut lowering.errors);
    errors.sort();
    errors.dedup();
    Module {
        body: BlockId(0),
        stmts: lowering.stmts,
        blocks: lowering.blocks,
        comments: raw.comments,
        strings: raw.strings,
        errors,
    }
}

/// What is made of a text the parser does not take at all.
fn unreadable(text: &str) -> Module {
    let mut lowering = Lowering::new(text);
    let body = lowering.open_block(None, Role::Module, Span::default());
    Module {
        body,
        stmts: vec![],
        blocks: lowering.blocks,
        comments: vec![],
        strings: vec![],
        errors: vec![Span::new(0, text.len())],
    }
}

/// The tables as far as they are filled.
struct Lowering<'t> {
    text: &'t str,
    stmts: Vec<Stmt>,
    blocks: Vec<Block>,
    /// Errors that tree-sitter does not see. While a statement is lowered this only grows, so that it tells whether
    /// there was one inside.
    errors: Vec<Span>,
    block_depth: usize,
    expr_depth: usize,
    /// Where an `as target` may end at the moment, and the target found there.
    as_end: usize,
    as_target: Option<Expr>,
    /// Where the `*` stands that is being moved outwards.
    star_at: Option<usize>,
}

impl<'t> Lowering<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            stmts: vec![],
            blocks: vec![],
            errors: vec![],
            block_depth: 0,
            expr_depth: 0,
            as_end: usize::MAX,
            as_target: None,
            star_at: None,
        }
    }

    fn module(&mut self, root: Node) {
        let body = self.open_block(None, Role::Module, Span::default());
        let mut fill = Fill {
            block: body,
            indent: Some(""),
        };
        self.fill(&mut fill, root);
        self.close_block(body);
    }

    fn open_block(&mut self, owner: Option<StmtId>, role: Role, header: Span) -> BlockId {
        let id = BlockId(self.blocks.len() as u32);
        let span = Span::new(header.end, header.end);
        self.blocks.push(Block {
            id,
            stmts: vec![],
            owner,
            role,
            header,
            span,
            inline: false,
        });
        id
    }

    fn close_block(&mut self, id: BlockId) {
        let block = &mut self.blocks[id.0 as usize];
        let (Some(first), Some(last)) = (block.stmts.first(), block.stmts.last()) else {
            return;
        };
        block.span = Span::new(
            self.stmts[first.0 as usize].span.start,
            self.stmts[last.0 as usize].span.end,
        );
        if block.owner.is_some() && block.header.end <= block.span.start {
            let between = &self.text[block.header.end..block.span.start];
            block.inline = !between
                .replace("\\\r\n", "")
                .replace("\\\n", "")
                .contains(['\n', '\r']);
        }
    }

    /// Lowers the block of a clause: `clause` is the node whose children are the header's tokens, its colon, and the
    /// block.
    fn suite(&mut self, clause: Node, owner: StmtId, role: Role) -> BlockId {
        let block = clause
            .children()
            .filter(|child| child.kind() == "block")
            .last();
        let before = |child: &Node| block.is_none_or(|block| child.start() <= block.start());
        let colon = clause
            .children()
            .filter(|child| child.kind() == ":")
            .take_while(before)
            .last();
        let header = Span::new(
            clause.start(),
            colon.map_or(clause.start(), |colon| colon.end()),
        );
        let id = self.open_block(Some(owner), role, header);
        if let Some(node) = block {
            self.block_depth += 1;
            self.fill(
                &mut Fill {
                    block: id,
                    indent: None,
                },
                node,
            );
            self.block_depth -= 1;
        }
        if self.blocks[id.0 as usize].stmts.is_empty() {
            self.errors.push(header);
        }
        self.close_block(id);
        id
    }

    /// Lowers the statements that stand directly in `node`, a block or an error.
    fn fill(&mut self, fill: &mut Fill<'t>, node: Node) {
        let mut junk: Option<Span> = None;
        for child in node.children() {
            if child.kind() == ";" {
                continue;
            }
            let is_error = child.kind() == "ERROR";
            if !is_error && !stmt::is_statement(child.kind()) {
                let start = junk.map_or(child.start(), |span| span.start);
                junk = Some(Span::new(start, child.end()));
                continue;
            }
            self.junk(fill, &mut junk);
            if is_error
                && child
                    .children()
                    .any(|inner| stmt::is_statement(inner.kind()))
                && self.expr_depth < MAX_EXPRS
            {
                self.expr_depth += 1;
                self.fill(fill, child);
                self.expr_depth -= 1;
            } else if is_error {
                self.junk(fill, &mut Some(child.span()));
            } else {
                self.statement(fill, child);
            }
        }
        self.junk(fill, &mut junk);
    }

    /// Makes a statement of what is none, if there is something.
    fn junk(&mut self, fill: &mut Fill<'t>, span: &mut Option<Span>) {
        let Some(span) = span.take().filter(|span| span.start < span.end) else {
            return;
        };
        self.errors.push(span);
        let id = self.open_stmt(fill.block, span);
        self.stmts[id.0 as usize].has_error = true;
        let fits = self
            .line_indent(span.start)
            .is_some_and(|indent| fill.indent == Some(indent));
        // What stands further right, or behind something on its line, is likely a piece of the statement before.
        let index = self.stmts[id.0 as usize].index;
        if !fits && index > 0 {
            let previous = self.blocks[fill.block.0 as usize].stmts[index - 1];
            self.stmts[previous.0 as usize].has_error = true;
        }
    }

    fn open_stmt(&mut self, block: BlockId, span: Span) -> StmtId {
        let id = StmtId(self.stmts.len() as u32);
        let siblings = &mut self.blocks[block.0 as usize].stmts;
        let index = siblings.len();
        siblings.push(id);
        self.stmts.push(Stmt {
            id,
            kind: StmtKind::Unknown,
            span,
            block,
            index,
            has_error: false,
        });
        id
    }

    fn statement(&mut self, fill: &mut Fill<'t>, node: Node) {
        let errors = self.errors.len();
        let id = self.open_stmt(fill.block, node.span());
        // The error recovery puts statements of a broken block into the block around it.
        if let Some(indent) = self.line_indent(node.start())
            && *fill.indent.get_or_insert(indent) != indent
        {
            self.errors.push(node.span());
        }
        self.apart(id);
        let kind = self.stmt_kind(node, id);
        let stmt = &mut self.stmts[id.0 as usize];
        stmt.kind = kind;
        stmt.has_error = node.has_error() || self.errors.len() > errors;
    }

    /// Takes it for an error if nothing stands between the statement and the one before it: the parser makes two statements
    /// of `f()class C: pass`.
    fn apart(&mut self, id: StmtId) {
        let Stmt {
            span, block, index, ..
        } = self.stmts[id.0 as usize];
        let siblings = &self.blocks[block.0 as usize].stmts;
        let Some(&before) = index.checked_sub(1).and_then(|index| siblings.get(index)) else {
            return;
        };
        let between = self.stmts[before.0 as usize].span.end..span.start;
        let between = self.text.get(between).unwrap_or_default();
        if !between.contains([';', '\n', '\r']) {
            self.errors.push(Span::new(span.start, span.start));
            self.stmts[before.0 as usize].has_error = true;
        }
    }

    /// The white space that stands before `at` on its line; `None` if there is something else, or if the line
    /// continues another one.
    fn line_indent(&self, at: usize) -> Option<&'t str> {
        let before = &self.text[..at];
        let indent = before.trim_end_matches([' ', '\t', '\x0c']);
        if !(indent.is_empty() || indent.ends_with(['\n', '\r'])) {
            return None;
        }
        let line_end = indent
            .strip_suffix('\n')
            .map_or(indent, |rest| rest.strip_suffix('\r').unwrap_or(rest));
        if line_end.ends_with('\\') {
            return None;
        }
        let space = &before[indent.len()..];
        // A form feed sets the column back to zero.
        Some(space.rsplit('\x0c').next().unwrap_or(space))
    }

    /// The text of a node.
    fn text(&self, node: Node) -> String {
        node.span().of(self.text).to_owned()
    }
}

/// A block that is being filled.
struct Fill<'t> {
    block: BlockId,
    /// The indentation of its lines, once it is known.
    indent: Option<&'t str>,
}
