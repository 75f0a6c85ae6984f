//! tree-sitter's tree, copied once into a flat table.
//!
//! The copy is made with one cursor in linear time and without recursion. It leaves out comments and line
//! continuations, and it lets every node end with its last token: tree-sitter lets blocks and clauses run on over
//! comments and newlines.
use super::super::ast::Span;
use super::repair::join_lines;
use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::OnceLock;
use tree_sitter::{Parser, Tree};

thread_local! {
    static PARSER: RefCell<Option<Parser>> = const { RefCell::new(None) };
}

/// Parses `text` with this thread's parser; `None` only if the parser refuses to work at all.
pub(crate) fn parse_tree(text: &str) -> Option<Tree> {
    if u32::try_from(text.len()).is_err() || is_too_deep(text) {
        return None;
    }
    let text = unix_newlines(text);
    let tree = run(&text)?;
    if tree.root_node().has_error()
        && let Cow::Owned(joined) = join_lines(&text)
        && let Some(mended) = run(&joined)
        && !mended.root_node().has_error()
    {
        return Some(mended);
    }
    Some(tree)
}

/// So many levels of indentation make the grammar's scanner abort the process (its state has 1024 bytes); CPython takes 100.
const MOST_LEVELS: usize = 250;

/// Whether the lines are indented to more levels than the parser can take. Lines inside of strings are counted as if
/// they were code, which can only make a text of endless stairs look deeper than it is.
fn is_too_deep(text: &str) -> bool {
    let mut levels: Vec<usize> = Vec::new();
    for line in text.split(['\n', '\r']) {
        let code = line.trim_start_matches([' ', '\t', '\x0c']);
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let width = line.len() - code.len();
        while levels.last().is_some_and(|level| *level >= width) {
            levels.pop();
        }
        levels.push(width);
        if levels.len() > MOST_LEVELS {
            return true;
        }
    }
    false
}

fn run(text: &str) -> Option<Tree> {
    PARSER.with_borrow_mut(|slot| {
        if slot.is_none() {
            let mut parser = Parser::new();
            parser
                .set_language(&tree_sitter_python::LANGUAGE.into())
                .ok()?;
            *slot = Some(parser);
        }
        slot.as_mut()?.parse(text.as_bytes(), None)
    })
}

/// A lone carriage return ends a line for Python but not for tree-sitter; replacing it moves no byte.
fn unix_newlines(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let lone = |i: usize| bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    if !(0..bytes.len()).any(lone) {
        return Cow::Borrowed(text);
    }
    let swap = |(i, c)| if c == '\r' && lone(i) { '\n' } else { c };
    Cow::Owned(text.char_indices().map(swap).collect())
}

/// The names of node kinds and fields, by their numbers.
struct Names {
    kinds: Vec<&'static str>,
    fields: Vec<&'static str>,
}

fn names() -> &'static Names {
    static NAMES: OnceLock<Names> = OnceLock::new();
    static LANGUAGE: OnceLock<tree_sitter::Language> = OnceLock::new();
    let language = LANGUAGE.get_or_init(|| tree_sitter_python::LANGUAGE.into());
    NAMES.get_or_init(|| {
        let kind = |id: usize| language.node_kind_for_id(id as u16).unwrap_or("");
        let field = |id: usize| language.field_name_for_id(id as u16).unwrap_or("");
        Names {
            kinds: (0..language.node_kind_count()).map(kind).collect(),
            fields: (0..=language.field_count()).map(field).collect(),
        }
    })
}

/// The flat copy of a tree.
pub(super) struct Raw {
    nodes: Vec<Entry>,
    /// See [`super::super::Module::comments`].
    pub comments: Vec<Span>,
    /// See [`super::super::Module::strings`].
    pub strings: Vec<Span>,
    /// tree-sitter's ERROR and MISSING nodes, the outermost of each.
    pub errors: Vec<Span>,
}

#[derive(Clone, Copy)]
struct Entry {
    start: u32,
    end: u32,
    /// Index behind the last descendant.
    next: u32,
    kind: u16,
    field: u8,
    flags: u8,
}

const NAMED: u8 = 1;
const HAS_ERROR: u8 = 2;
const IS_ERROR: u8 = 4;

/// A node whose children are being copied.
struct Open {
    index: usize,
    is_string: bool,
    is_error: bool,
    /// Semicolons belong to no statement.
    is_semicolon: bool,
    /// From the first child's start to the last child's end, empty children left out.
    inner: Option<(u32, u32)>,
}

impl Raw {
    /// Copies `tree`, which was parsed from `text`.
    pub fn new(text: &str, tree: &Tree) -> Self {
        let mut raw = Self {
            nodes: Vec::with_capacity(tree.root_node().descendant_count()),
            comments: vec![],
            strings: vec![],
            errors: vec![],
        };
        let kinds = &names().kinds;
        let mut cursor = tree.walk();
        let mut open: Vec<Open> = vec![];
        let (mut strings, mut errors) = (0usize, 0usize);
        loop {
            let node = cursor.node();
            let kind = if node.is_error() {
                "ERROR"
            } else {
                kinds.get(node.kind_id() as usize).copied().unwrap_or("")
            };
            let span = Span::new(node.start_byte(), node.end_byte());
            let mut descend = false;
            match kind {
                "comment" if strings == 0 => raw.comments.push(trim_end(text, span)),
                "comment" | "line_continuation" => {}
                _ => {
                    let is_string = kind == "string";
                    if is_string && strings == 0 {
                        raw.strings.push(span);
                    }
                    if errors == 0 && (node.is_error() || node.is_missing()) {
                        raw.errors.push(trim_end(text, span));
                    }
                    strings += usize::from(is_string);
                    errors += usize::from(node.is_error());
                    let flag = |on: bool, bit: u8| if on { bit } else { 0 };
                    open.push(Open {
                        index: raw.nodes.len(),
                        is_string,
                        is_error: node.is_error(),
                        is_semicolon: kind == ";",
                        inner: None,
                    });
                    raw.nodes.push(Entry {
                        start: span.start as u32,
                        end: span.end as u32,
                        next: 0,
                        kind: if node.is_error() {
                            u16::MAX
                        } else {
                            node.kind_id()
                        },
                        field: cursor.field_id().map_or(0, |id| id.get() as u8),
                        flags: flag(node.is_named(), NAMED)
                            | flag(node.has_error(), HAS_ERROR)
                            | flag(node.is_error(), IS_ERROR),
                    });
                    descend = true;
                }
            }
            if descend && cursor.goto_first_child() {
                continue;
            }
            let mut leave = descend;
            loop {
                if leave && let Some(done) = open.pop() {
                    strings -= usize::from(done.is_string);
                    errors -= usize::from(done.is_error);
                    let (start, end) = raw.close(&done);
                    if let Some(parent) = open.last_mut()
                        && end > start
                        && !done.is_semicolon
                    {
                        let from = parent.inner.map_or(start, |inner| inner.0);
                        parent.inner = Some((from, end));
                    }
                }
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return raw;
                }
                leave = true;
            }
        }
    }

    fn close(&mut self, done: &Open) -> (u32, u32) {
        let next = self.nodes.len() as u32;
        let entry = &mut self.nodes[done.index];
        entry.next = next;
        if !done.is_string {
            if let Some((start, end)) = done.inner {
                (entry.start, entry.end) = (start, end);
            } else if next as usize > done.index + 1
                || names().kinds.get(entry.kind as usize) == Some(&"block")
            {
                entry.end = entry.start;
            }
        }
        (entry.start, entry.end)
    }

    /// Every node, outer ones first.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.nodes.len()).map(|index| Node { raw: self, index })
    }

    /// The outermost node.
    pub fn root(&self) -> Node<'_> {
        Node {
            raw: self,
            index: 0,
        }
    }
}

/// `span` without white space at its end (in files with CRLF, comments come with the carriage return).
pub(crate) fn trim_end(text: &str, span: Span) -> Span {
    let kept = span.of(text).trim_end_matches(['\r', '\n']);
    Span::new(span.start, span.start + kept.len())
}

/// A node of a [`Raw`] tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'r> {
    raw: &'r Raw,
    index: usize,
}

impl<'r> Node<'r> {
    fn entry(self) -> Entry {
        self.raw.nodes[self.index]
    }

    /// The name of its kind in tree-sitter-python's grammar.
    pub fn kind(self) -> &'static str {
        let entry = self.entry();
        if entry.flags & IS_ERROR != 0 {
            return "ERROR";
        }
        names()
            .kinds
            .get(entry.kind as usize)
            .copied()
            .unwrap_or("")
    }

    /// From its first token to its last.
    pub fn span(self) -> Span {
        Span::new(self.start(), self.end())
    }

    /// Where its first token starts.
    pub fn start(self) -> usize {
        self.entry().start as usize
    }

    /// Where its last token ends.
    pub fn end(self) -> usize {
        self.entry().end as usize
    }

    /// Whether there is an ERROR or MISSING node in it.
    pub fn has_error(self) -> bool {
        self.entry().flags & HAS_ERROR != 0
    }

    /// Whether it is more than punctuation or a keyword, no error, and not made up by the parser.
    pub fn is_part(self) -> bool {
        let entry = self.entry();
        entry.flags & (NAMED | IS_ERROR) == NAMED && entry.start < entry.end
    }

    /// Its children in source order.
    pub fn children(self) -> impl Iterator<Item = Node<'r>> {
        let (raw, stop) = (self.raw, self.entry().next as usize);
        let mut index = self.index + 1;
        std::iter::from_fn(move || {
            let node = (index < stop).then_some(Node { raw, index })?;
            index = node.entry().next as usize;
            Some(node)
        })
    }

    /// Its children without punctuation, keywords and errors.
    pub fn parts(self) -> impl Iterator<Item = Node<'r>> {
        self.children().filter(|child| child.is_part())
    }

    /// The first child that is called `name` and was not made up by the parser.
    pub fn field(self, name: &str) -> Option<Node<'r>> {
        self.children()
            .find(|child| child.is_field(name) && child.start() < child.end())
    }

    /// Whether its parent calls it `name`.
    pub fn is_field(self, name: &str) -> bool {
        let field = self.entry().field as usize;
        field != 0 && names().fields.get(field) == Some(&name)
    }

    /// The first child of that kind.
    pub fn child(self, kind: &str) -> Option<Node<'r>> {
        self.children().find(|child| child.kind() == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endless_stairs_are_not_parsed() {
        let stairs = |levels: usize| -> String {
            (0..levels)
                .map(|level| format!("{}if x:\n", " ".repeat(level)))
                .collect()
        };
        assert!(is_too_deep(&stairs(600)));
        assert!(parse_tree(&stairs(600)).is_none());
        assert!(!is_too_deep(&stairs(100)));
    }
}
