//! What a Python file is made of, as far as the other rooms need it.
//!
//! Statements and blocks live in two flat tables of [`Module`] and are named by number, so that "the statement after
//! this one" and "the block this one stands in" are look-ups, not searches. Expressions are small trees inside
//! their statement. All positions are byte offsets into the text that was parsed.

/// A half-open range of bytes in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// Offset of the first byte.
    pub start: usize,
    /// Offset behind the last byte.
    pub end: usize,
}

impl Span {
    /// The range from `start` up to, not including, `end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The text this span covers.
    pub fn of<'t>(&self, text: &'t str) -> &'t str {
        &text[self.start..self.end]
    }

    /// Whether `other` lies wholly inside this span.
    pub fn contains(&self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two spans share at least one byte.
    pub fn overlaps(&self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// Number of a statement in [`Module::stmts`]; numbers grow in source order (a compound statement before its parts).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StmtId(pub u32);

/// Number of a block in [`Module::blocks`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlockId(pub u32);

/// One parsed file.
#[derive(Debug)]
pub struct Module {
    /// The block of the top-level statements.
    pub body: BlockId,
    /// Every statement, in source order.
    pub stmts: Vec<Stmt>,
    /// Every block.
    pub blocks: Vec<Block>,
    /// Every comment, from its `#` to the end of its line (without the newline), in source order.
    pub comments: Vec<Span>,
    /// Every string literal, prefix and quotes included, in source order; of implicitly concatenated ones each part.
    pub strings: Vec<Span>,
    /// Where the text is not Python (or nested too deeply to be looked at).
    pub errors: Vec<Span>,
}

impl Module {
    /// The statement with that number.
    pub fn stmt(&self, id: StmtId) -> &Stmt {
        &self.stmts[id.0 as usize]
    }

    /// The block with that number.
    pub fn block(&self, id: BlockId) -> &Block {
        &self.blocks[id.0 as usize]
    }

    /// The statement that stands `offset` places behind `id` in the same block (before it, if negative).
    pub fn sibling(&self, id: StmtId, offset: isize) -> Option<StmtId> {
        let stmt = self.stmt(id);
        let index = stmt.index.checked_add_signed(offset)?;
        self.block(stmt.block).stmts.get(index).copied()
    }

    /// The compound statement in whose block `id` stands; `None` at top level.
    pub fn parent(&self, id: StmtId) -> Option<StmtId> {
        self.block(self.stmt(id).block).owner
    }
}

/// A run of statements that share one indentation: a suite, or the top level of the file.
#[derive(Debug)]
pub struct Block {
    /// Its own number.
    pub id: BlockId,
    /// Its statements, in order.
    pub stmts: Vec<StmtId>,
    /// The compound statement it belongs to; `None` for the top level.
    pub owner: Option<StmtId>,
    /// Which part of its owner it is.
    pub role: Role,
    /// From the first keyword of its header (`if`, `elif`, `else`, `except`, `finally`, `def`, `async` ...; decorators
    /// not included) to its colon, the colon included. Empty for the top level.
    pub header: Span,
    /// From the first byte of its first statement to the last byte of its last one.
    pub span: Span,
    /// Whether it stands on its header's line (`if x: return`).
    pub inline: bool,
}

/// Which part of a compound statement a block is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// The top level of the file.
    Module,
    /// The body of a `def`.
    Function,
    /// The body of a `class`.
    Class,
    /// The body of an `if` (0) or of its n-th `elif`.
    If(usize),
    /// The `else` of an `if`, a loop or a `try`.
    Else,
    /// The body of a `for` or `while`.
    Loop,
    /// The body of a `with`.
    With,
    /// The body of a `try`.
    Try,
    /// The body of its n-th `except`.
    Except(usize),
    /// The body of its `finally`.
    Finally,
    /// The body of the n-th `case` of a `match`.
    Case(usize),
}

/// One statement.
#[derive(Debug)]
pub struct Stmt {
    /// Its own number.
    pub id: StmtId,
    /// What it is.
    pub kind: StmtKind,
    /// From its first token (the first decorator, for a decorated definition) to its last; semicolons and comments
    /// behind it are not part of it. A compound statement spans its blocks.
    pub span: Span,
    /// The block it stands in.
    pub block: BlockId,
    /// Its place in that block, from 0.
    pub index: usize,
    /// Whether there is a syntax error inside its span.
    pub has_error: bool,
}

/// The kinds of statements.
#[derive(Debug)]
pub enum StmtKind {
    /// An expression on its own.
    Expr(Expr),
    /// `a = b = value`; one target for each `=`.
    Assign {
        /// What is bound, left to right.
        targets: Vec<Expr>,
        /// The right-hand side.
        value: Expr,
    },
    /// `target: annotation` with or without `= value`.
    AnnAssign {
        /// What is annotated.
        target: Expr,
        /// The annotation.
        annotation: Expr,
        /// The right-hand side, if any.
        value: Option<Expr>,
    },
    /// `target += value` and its kin.
    AugAssign {
        /// What is updated.
        target: Expr,
        /// The right-hand side.
        value: Expr,
    },
    /// `return`.
    Return(Option<Expr>),
    /// `raise`, `raise e`, `raise e from cause`.
    Raise {
        /// The exception; `None` re-raises.
        exc: Option<Expr>,
        /// Behind `from`.
        cause: Option<Expr>,
    },
    /// `del a, b`.
    Delete(Vec<Expr>),
    /// `assert test, message`.
    Assert {
        /// The condition.
        test: Expr,
        /// The message, if any.
        message: Option<Expr>,
    },
    /// `pass`.
    Pass,
    /// `break`.
    Break,
    /// `continue`.
    Continue,
    /// `global a, b`.
    Global(Vec<String>),
    /// `nonlocal a, b`.
    Nonlocal(Vec<String>),
    /// `import a.b as c, d`.
    Import(Vec<ImportName>),
    /// `from ..a.b import c as d` or `import *`.
    ImportFrom {
        /// How many leading dots.
        level: usize,
        /// The dotted module behind them; empty for `from . import x`.
        module: String,
        /// What is imported; empty with `star`.
        names: Vec<ImportName>,
        /// Whether it is `import *`.
        star: bool,
    },
    /// `if` with its `elif`s and `else`.
    If {
        /// The tests with their blocks: `if` first, then each `elif`.
        branches: Vec<(Expr, BlockId)>,
        /// The `else`.
        orelse: Option<BlockId>,
    },
    /// `while`.
    While {
        /// The condition.
        test: Expr,
        /// The loop's body.
        body: BlockId,
        /// The `else`.
        orelse: Option<BlockId>,
    },
    /// `for`, `async for`.
    For {
        /// Whether it is `async for`.
        is_async: bool,
        /// What is bound at each turn.
        target: Expr,
        /// What is iterated.
        iter: Expr,
        /// The loop's body.
        body: BlockId,
        /// The `else`.
        orelse: Option<BlockId>,
    },
    /// `with`, `async with`.
    With {
        /// Whether it is `async with`.
        is_async: bool,
        /// The items in order.
        items: Vec<WithItem>,
        /// Whether the items stand in parentheses (`with (a as b, c as d):`).
        parenthesized: bool,
        /// The body.
        body: BlockId,
    },
    /// `try`.
    Try {
        /// The body.
        body: BlockId,
        /// The `except` clauses in order.
        handlers: Vec<Handler>,
        /// The `else`.
        orelse: Option<BlockId>,
        /// The `finally`.
        finally: Option<BlockId>,
    },
    /// `match`.
    Match {
        /// What is matched.
        subject: Expr,
        /// The cases in order.
        cases: Vec<Case>,
    },
    /// `def`, `async def`.
    FunctionDef(FunctionDef),
    /// `class`.
    ClassDef(ClassDef),
    /// `type X = ...` (3.12).
    TypeAlias {
        /// The name that is bound.
        name: String,
    },
    /// Something the parser could not make sense of, or Python 2's `print` and `exec` statements.
    Unknown,
}

/// One `name as alias` of an import.
#[derive(Debug, Clone)]
pub struct ImportName {
    /// The dotted name that is imported.
    pub name: String,
    /// The alias behind `as`.
    pub alias: Option<String>,
}

/// One item of a `with`.
#[derive(Debug)]
pub struct WithItem {
    /// The context manager.
    pub context: Expr,
    /// What stands behind `as`.
    pub target: Option<Expr>,
    /// From the context's first byte to the target's last.
    pub span: Span,
}

/// One `except` clause.
#[derive(Debug)]
pub struct Handler {
    /// What is caught; `None` for a bare `except:`.
    pub types: Option<Expr>,
    /// The name behind `as`.
    pub name: Option<String>,
    /// Its body.
    pub body: BlockId,
    /// Whether it is `except*`.
    pub is_star: bool,
}

/// One `case` of a `match`.
#[derive(Debug)]
pub struct Case {
    /// The names its pattern binds.
    pub binds: Vec<String>,
    /// The expressions its pattern evaluates (dotted values, class names).
    pub exprs: Vec<Expr>,
    /// Whether the pattern matches anything (`_` or a bare name) and there is no guard.
    pub irrefutable: bool,
    /// The guard behind `if`.
    pub guard: Option<Expr>,
    /// Its body.
    pub body: BlockId,
}

/// A `def`.
#[derive(Debug)]
pub struct FunctionDef {
    /// Its name.
    pub name: String,
    /// Its parameters in order.
    pub params: Vec<Param>,
    /// The annotation behind `->`.
    pub returns: Option<Expr>,
    /// Its decorators, top to bottom.
    pub decorators: Vec<Expr>,
    /// Its body.
    pub body: BlockId,
    /// Whether it is `async def`.
    pub is_async: bool,
}

/// A parameter of a `def` or `lambda`.
#[derive(Debug)]
pub struct Param {
    /// Its name.
    pub name: String,
    /// Its annotation.
    pub annotation: Option<Expr>,
    /// Its default value.
    pub default: Option<Expr>,
    /// 0 for an ordinary one, 1 for `*args`, 2 for `**kwargs`.
    pub stars: u8,
}

/// A `class`.
#[derive(Debug)]
pub struct ClassDef {
    /// Its name.
    pub name: String,
    /// What stands in its parentheses.
    pub bases: Vec<Arg>,
    /// Its decorators, top to bottom.
    pub decorators: Vec<Expr>,
    /// Its body.
    pub body: BlockId,
}

/// One expression.
#[derive(Debug)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its own text, without parentheses around it.
    pub span: Span,
    /// Its text with all parentheses that stand directly around it.
    pub outer: Span,
}

/// The kinds of expressions. Parentheses are not a kind: see [`Expr::outer`].
#[derive(Debug)]
pub enum ExprKind {
    /// A name.
    Name(String),
    /// `value.attr`.
    Attribute {
        /// What the attribute is read from.
        value: Box<Expr>,
        /// The attribute's name.
        attr: String,
    },
    /// `func(args)`.
    Call {
        /// What is called.
        func: Box<Expr>,
        /// The arguments in source order. `f(x for x in y)` has one argument, a generator.
        args: Vec<Arg>,
    },
    /// `await value`.
    Await(Box<Expr>),
    /// `yield` or `yield value`.
    Yield(Option<Box<Expr>>),
    /// `yield from value`.
    YieldFrom(Box<Expr>),
    /// `lambda params: body`.
    Lambda {
        /// Its parameters.
        params: Vec<Param>,
        /// Its body.
        body: Box<Expr>,
    },
    /// A list, set or dict comprehension, or a generator expression.
    Comprehension {
        /// Which of the four.
        kind: Comp,
        /// The element; for a dict its key and value.
        elements: Vec<Expr>,
        /// Its `for` and `if` clauses in order.
        clauses: Vec<CompClause>,
    },
    /// `value[index]`.
    Subscript {
        /// What is indexed.
        value: Box<Expr>,
        /// The indices; the parts of slices stand in it too.
        index: Vec<Expr>,
    },
    /// `left op right` with an arithmetic or bit operator.
    Binary {
        /// The operator's text.
        op: String,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `a and b` or `a or b`.
    Bool {
        /// Whether it is `and`.
        is_and: bool,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `not x`.
    Not(Box<Expr>),
    /// `-x`, `+x`, `~x`.
    Unary(Box<Expr>),
    /// `a < b is c`.
    Compare {
        /// The operands in order (at least two).
        operands: Vec<Expr>,
        /// The operators' texts in order, white space folded (`is not`, `not in`).
        ops: Vec<String>,
    },
    /// `body if test else orelse`.
    IfExp {
        /// The condition.
        test: Box<Expr>,
        /// The value when it holds.
        body: Box<Expr>,
        /// The value when it does not.
        orelse: Box<Expr>,
    },
    /// `name := value`.
    Walrus {
        /// The name that is bound.
        name: String,
        /// The value.
        value: Box<Expr>,
    },
    /// `a, b` with or without parentheses.
    Tuple(Vec<Expr>),
    /// `[a, b]`.
    List(Vec<Expr>),
    /// `{a, b}`.
    Set(Vec<Expr>),
    /// `{k: v, **more}`: keys and values in order; `**more` is a [`ExprKind::Starred`].
    Dict(Vec<Expr>),
    /// `*x` or `**x`.
    Starred(Box<Expr>),
    /// `None`.
    None,
    /// `True` or `False`.
    True,
    /// See [`ExprKind::True`].
    False,
    /// A number, or `...`.
    Number,
    /// A string or bytes literal (or several, concatenated) without interpolation; its contents where it is one plain
    /// literal without escapes.
    Str(Option<String>),
    /// An f-string (or template string, or a concatenation with one): the interpolated expressions, format
    /// specifications included.
    FString(Vec<Expr>),
    /// Anything else, with the expressions inside it.
    Other(Vec<Expr>),
}

/// One argument of a call.
#[derive(Debug)]
pub struct Arg {
    /// The keyword, if it has one.
    pub keyword: Option<String>,
    /// 0 for an ordinary one, 1 for `*args`, 2 for `**kwargs`.
    pub stars: u8,
    /// Its value.
    pub value: Expr,
}

/// The four comprehensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comp {
    /// `[x for ...]`
    List,
    /// `{x for ...}`
    Set,
    /// `{k: v for ...}`
    Dict,
    /// `(x for ...)`
    Generator,
}

/// One clause of a comprehension.
#[derive(Debug)]
pub enum CompClause {
    /// `for target in iter`.
    For {
        /// Whether it is `async for`.
        is_async: bool,
        /// What is bound.
        target: Expr,
        /// What is iterated.
        iter: Expr,
    },
    /// `if test`.
    If(Expr),
}
