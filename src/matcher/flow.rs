//! The control-flow graph of one function (or of the module's top level), with exception edges.
//!
//! A `finally`, and the leaving of a `with`, is built once for each way control comes through it (falling through, an
//! exception, a `return`, a `break` ...), as CPython's compiler does, so that a path never enters a `finally` by an
//! exception and goes on behind it as if there had been none.

use std::collections::HashSet;

use super::effects;
use crate::syntax::{BlockId, Expr, ExprKind, Handler, Module, StmtId, StmtKind};

/// Number of a node.
pub type NodeId = usize;

/// What happens at a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Atom {
    /// Nothing: where paths meet or begin.
    Join,
    /// A simple statement (definitions of functions and classes too).
    Simple(StmtId),
    /// The test of the n-th branch of an `if`, or of a `while` (0).
    Test(StmtId, usize),
    /// The evaluation of what a `for` iterates.
    Iter(StmtId),
    /// A `for` asks for the next element and binds it.
    Next(StmtId),
    /// The n-th item of a `with` is evaluated, entered and bound.
    Enter(StmtId, usize),
    /// A `with` is left.
    Leave(StmtId),
    /// The n-th `except` catches.
    Catch(StmtId, usize),
    /// The subject of a `match`.
    Subject(StmtId),
    /// The n-th `case` of a `match` is tried.
    Case(StmtId, usize),
    /// The function returns.
    Returned,
    /// An exception leaves the function.
    Raised,
    /// The function's end is reached.
    Ended,
}

impl Atom {
    /// The statement it belongs to.
    pub fn stmt(self) -> Option<StmtId> {
        match self {
            Atom::Simple(id)
            | Atom::Test(id, _)
            | Atom::Iter(id)
            | Atom::Next(id)
            | Atom::Enter(id, _)
            | Atom::Leave(id)
            | Atom::Catch(id, _)
            | Atom::Subject(id)
            | Atom::Case(id, _) => Some(id),
            Atom::Join | Atom::Returned | Atom::Raised | Atom::Ended => None,
        }
    }
}

/// Why control takes an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Nothing special.
    Next,
    /// The test held.
    True,
    /// The test did not hold.
    False,
    /// The atom raised.
    Raise,
    /// The atom raised although that is not worth a report: a clean-up that fails.
    Slip,
}

/// One node.
#[derive(Debug)]
pub struct Node {
    /// What happens here.
    pub atom: Atom,
    /// Where control goes from here.
    pub edges: Vec<(Way, NodeId)>,
}

/// The graph.
#[derive(Debug)]
pub struct Graph {
    /// All nodes.
    pub nodes: Vec<Node>,
    /// Where control enters.
    pub entry: NodeId,
}

/// How control leaves a run of statements other than by falling through.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Jump {
    Raise,
    Return,
    Break,
    Continue,
}

/// What a jump meets on its way out.
enum Frame {
    Loop {
        on_break: NodeId,
        on_continue: NodeId,
    },
    Handlers {
        dispatch: NodeId,
    },
    Finally {
        block: BlockId,
        copies: Vec<(Jump, NodeId)>,
    },
    With {
        stmt: StmtId,
        resume: NodeId,
        copies: Vec<(Jump, NodeId)>,
    },
}

/// More nodes than this and the function is not looked at: copies of nested `finally` blocks multiply.
const LIMIT: usize = 400_000;

struct Builder<'a> {
    module: &'a Module,
    nodes: Vec<Node>,
    /// How many edges lead to each node.
    incoming: Vec<u32>,
    frames: Vec<Frame>,
    returned: NodeId,
    raised: NodeId,
    overflow: bool,
}

impl Graph {
    /// Builds the graph of the statements of `body`; `None` if it would be too large to be worth looking at.
    pub fn build(module: &Module, body: BlockId) -> Option<Graph> {
        let mut builder = Builder {
            module,
            nodes: Vec::new(),
            incoming: Vec::new(),
            frames: Vec::new(),
            returned: 0,
            raised: 0,
            overflow: false,
        };
        let entry = builder.node(Atom::Join);
        builder.returned = builder.node(Atom::Returned);
        builder.raised = builder.node(Atom::Raised);
        let ended = builder.node(Atom::Ended);
        if let Some(end) = builder.block(body, entry) {
            builder.edge(end, Way::Next, ended);
        }
        let mut graph = Graph {
            nodes: builder.nodes,
            entry,
        };
        graph.forget_unreached();
        (!builder.overflow).then_some(graph)
    }

    /// Takes out what control never comes to, so that nothing is said about it.
    fn forget_unreached(&mut self) {
        let mut reached = self.reachable(self.entry).into_iter().peekable();
        for (id, node) in self.nodes.iter_mut().enumerate() {
            if reached.next_if_eq(&id).is_none() {
                node.atom = Atom::Join;
                node.edges.clear();
            }
        }
    }

    /// The nodes to which control can come from `start`, in order.
    pub fn reachable(&self, start: NodeId) -> Vec<NodeId> {
        let mut seen = HashSet::from([start]);
        let mut queue = vec![start];
        while let Some(node) = queue.pop() {
            for &(_, to) in &self.nodes[node].edges {
                if seen.insert(to) {
                    queue.push(to);
                }
            }
        }
        let mut nodes: Vec<NodeId> = seen.into_iter().collect();
        nodes.sort_unstable();
        nodes
    }

    /// For each node, the nodes with an edge to it.
    pub fn predecessors(&self) -> Vec<Vec<NodeId>> {
        let mut before = vec![Vec::new(); self.nodes.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            for &(_, to) in &node.edges {
                before[to].push(id);
            }
        }
        before
    }
}

impl Builder<'_> {
    fn node(&mut self, atom: Atom) -> NodeId {
        if self.nodes.len() >= LIMIT {
            self.overflow = true;
            return self.nodes.len() - 1;
        }
        self.nodes.push(Node {
            atom,
            edges: Vec::new(),
        });
        self.incoming.push(0);
        self.nodes.len() - 1
    }

    fn edge(&mut self, from: NodeId, way: Way, to: NodeId) {
        let edges = &mut self.nodes[from].edges;
        if !edges.contains(&(way, to)) {
            edges.push((way, to));
            self.incoming[to] += 1;
        }
    }

    /// A node for `atom` behind `from`, with an exception edge if it can raise.
    fn step(&mut self, from: NodeId, way: Way, atom: Atom, raises: bool) -> NodeId {
        self.step_by(from, way, atom, raises.then_some(Way::Raise))
    }

    /// Like [`Builder::step`], with the kind of the exception edge.
    fn step_by(&mut self, from: NodeId, way: Way, atom: Atom, error: Option<Way>) -> NodeId {
        let node = self.node(atom);
        self.edge(from, way, node);
        if let Some(error) = error {
            let target = self.route(self.frames.len(), Jump::Raise);
            self.edge(node, error, target);
        }
        node
    }

    /// Where control goes that leaves by `jump` from inside the outermost `depth` frames.
    fn route(&mut self, depth: usize, jump: Jump) -> NodeId {
        let Some(below) = depth.checked_sub(1) else {
            return if jump == Jump::Raise {
                self.raised
            } else {
                self.returned
            };
        };
        if self.overflow {
            return self.raised;
        }
        match &self.frames[below] {
            Frame::Loop {
                on_break,
                on_continue,
            } => match jump {
                Jump::Break => *on_break,
                Jump::Continue => *on_continue,
                _ => self.route(below, jump),
            },
            Frame::Handlers { dispatch } => {
                if jump == Jump::Raise {
                    *dispatch
                } else {
                    self.route(below, jump)
                }
            }
            Frame::Finally { copies, .. } | Frame::With { copies, .. } => {
                if let Some((_, node)) = copies.iter().find(|(known, _)| *known == jump) {
                    return *node;
                }
                self.copy(below, jump)
            }
        }
    }

    /// A copy of the `finally` (or of the leaving of the `with`) of frame `index` that goes on with `jump` behind it.
    fn copy(&mut self, index: usize, jump: Jump) -> NodeId {
        let start = self.node(Atom::Join);
        // The copy is built as if it stood outside its own frame: what it raises goes further out.
        let inner = self.frames.split_off(index + 1);
        let Some(mut own) = self.frames.pop() else {
            return start;
        };
        if let Frame::Finally { copies, .. } | Frame::With { copies, .. } = &mut own {
            copies.push((jump, start));
        }
        let end = match &own {
            Frame::Finally { block, .. } => self.block(*block, start),
            Frame::With { stmt, resume, .. } => {
                let leave = self.step(start, Way::Next, Atom::Leave(*stmt), false);
                if jump == Jump::Raise && suppresses(self.module, *stmt) {
                    self.edge(leave, Way::Next, *resume);
                }
                Some(leave)
            }
            _ => Some(start),
        };
        let after = self.route(self.frames.len(), jump);
        let way = match &own {
            // What gets past a `suppress` in a clean-up is not worth a report.
            Frame::With { stmt, .. } if jump == Jump::Raise && self.is_quiet_with(*stmt) => {
                Way::Slip
            }
            _ => Way::Next,
        };
        if let Some(end) = end {
            self.edge(end, way, after);
        }
        self.frames.push(own);
        self.frames.extend(inner);
        start
    }

    /// Builds a block behind `from`; `None` if its end cannot be reached.
    fn block(&mut self, block: BlockId, from: NodeId) -> Option<NodeId> {
        let mut at = from;
        let module = self.module;
        for &id in &module.block(block).stmts {
            at = self.stmt(id, at)?;
            if self.overflow {
                return None;
            }
        }
        Some(at)
    }

    fn stmt(&mut self, id: StmtId, from: NodeId) -> Option<NodeId> {
        let module = self.module;
        let stmt = module.stmt(id);
        match &stmt.kind {
            StmtKind::If { branches, orelse } => self.if_stmt(id, branches, *orelse, from),
            StmtKind::While { test, body, orelse } => {
                let head = self.node(Atom::Join);
                self.edge(from, Way::Next, head);
                let quiet = effects::in_cleanup(module, id);
                let node = self.step_by(
                    head,
                    Way::Next,
                    Atom::Test(id, 0),
                    error(effects::can_raise(test), quiet),
                );
                let endless = matches!(test.kind, ExprKind::True) || test_is_one(test);
                self.loop_stmt(
                    node,
                    Way::True,
                    (!endless).then_some(Way::False),
                    head,
                    *body,
                    *orelse,
                )
            }
            StmtKind::For {
                iter, body, orelse, ..
            } => {
                let iter = self.step(from, Way::Next, Atom::Iter(id), effects::can_raise(iter));
                let head = self.step(iter, Way::Next, Atom::Next(id), true);
                self.loop_stmt(head, Way::True, Some(Way::False), head, *body, *orelse)
            }
            StmtKind::With { items, body, .. } => self.with_stmt(id, items.len(), *body, from),
            StmtKind::Try {
                body,
                handlers,
                orelse,
                finally,
            } => self.try_stmt(id, *body, handlers, *orelse, *finally, from),
            StmtKind::Match { cases, .. } => {
                let subject = self.step(from, Way::Next, Atom::Subject(id), true);
                let end = self.node(Atom::Join);
                let (mut at, mut way) = (subject, Way::Next);
                for (index, case) in cases.iter().enumerate() {
                    let node = self.step(
                        at,
                        way,
                        Atom::Case(id, index),
                        !case.exprs.is_empty() || case.guard.is_some(),
                    );
                    let inside = self.node(Atom::Join);
                    self.edge(node, Way::True, inside);
                    self.join(case.body, inside, end);
                    (at, way) = (node, Way::False);
                    if case.irrefutable {
                        return self.reached(end);
                    }
                }
                self.edge(at, way, end);
                Some(end)
            }
            StmtKind::Return(_) => {
                let node = self.step(
                    from,
                    Way::Next,
                    Atom::Simple(id),
                    effects::stmt_can_raise(stmt),
                );
                self.leave(node, Jump::Return)
            }
            // `sys.exit()` raises, `os._exit()` goes nowhere at all.
            StmtKind::Expr(call) if effects::ends_program(call) => {
                self.step_by(
                    from,
                    Way::Next,
                    Atom::Simple(id),
                    effects::raises_exit(call).then_some(Way::Raise),
                );
                None
            }
            StmtKind::Raise { .. } => {
                self.step(from, Way::Next, Atom::Simple(id), true);
                None
            }
            StmtKind::Break => {
                let node = self.step(from, Way::Next, Atom::Simple(id), false);
                self.leave(node, Jump::Break)
            }
            StmtKind::Continue => {
                let node = self.step(from, Way::Next, Atom::Simple(id), false);
                self.leave(node, Jump::Continue)
            }
            _ => {
                let quiet = effects::in_cleanup(module, id) && effects::is_quiet_cleanup(stmt);
                Some(self.step_by(
                    from,
                    Way::Next,
                    Atom::Simple(id),
                    error(effects::stmt_can_raise(stmt), quiet),
                ))
            }
        }
    }

    fn leave(&mut self, node: NodeId, jump: Jump) -> Option<NodeId> {
        let target = self.route(self.frames.len(), jump);
        self.edge(node, Way::Next, target);
        None
    }

    fn if_stmt(
        &mut self,
        id: StmtId,
        branches: &[(Expr, BlockId)],
        orelse: Option<BlockId>,
        from: NodeId,
    ) -> Option<NodeId> {
        let end = self.node(Atom::Join);
        // A test in a clean-up asks about the thing that is cleaned up; that it raises is not worth a report.
        let quiet = effects::in_cleanup(self.module, id);
        let (mut at, mut way) = (from, Way::Next);
        for (index, (test, block)) in branches.iter().enumerate() {
            let node = self.step_by(
                at,
                way,
                Atom::Test(id, index),
                error(effects::can_raise(test), quiet),
            );
            let inside = self.node(Atom::Join);
            self.edge(node, Way::True, inside);
            self.join(*block, inside, end);
            (at, way) = (node, Way::False);
        }
        self.otherwise(at, way, orelse, end);
        self.reached(end)
    }

    /// Builds `block` behind `from` and leads its end to `end`.
    fn join(&mut self, block: BlockId, from: NodeId, end: NodeId) {
        if let Some(last) = self.block(block, from) {
            self.edge(last, Way::Next, end);
        }
    }

    /// The `else` that control takes from `at` by `way`, or what stands for it where there is none.
    fn otherwise(&mut self, at: NodeId, way: Way, orelse: Option<BlockId>, end: NodeId) {
        let start = self.node(Atom::Join);
        self.edge(at, way, start);
        match orelse {
            Some(block) => self.join(block, start, end),
            None => self.edge(start, Way::Next, end),
        }
    }

    /// The body of a loop whose head is `test`: `again` leads into the body, `done` out of it.
    fn loop_stmt(
        &mut self,
        test: NodeId,
        again: Way,
        done: Option<Way>,
        head: NodeId,
        body: BlockId,
        orelse: Option<BlockId>,
    ) -> Option<NodeId> {
        let end = self.node(Atom::Join);
        let inside = self.node(Atom::Join);
        self.edge(test, again, inside);
        self.frames.push(Frame::Loop {
            on_break: end,
            on_continue: head,
        });
        self.join(body, inside, head);
        self.frames.pop();
        if let Some(way) = done {
            self.otherwise(test, way, orelse, end);
        }
        self.reached(end)
    }

    /// `node`, if control can come to it.
    fn reached(&self, node: NodeId) -> Option<NodeId> {
        (self.incoming[node] > 0).then_some(node)
    }

    fn with_stmt(
        &mut self,
        id: StmtId,
        items: usize,
        body: BlockId,
        from: NodeId,
    ) -> Option<NodeId> {
        let mut at = from;
        let quiet = self.is_quiet_with(id);
        for index in 0..items {
            at = self.step_by(at, Way::Next, Atom::Enter(id, index), error(true, quiet));
        }
        let end = self.node(Atom::Join);
        self.frames.push(Frame::With {
            stmt: id,
            resume: end,
            copies: Vec::new(),
        });
        let last = self.block(body, at);
        self.frames.pop();
        if let Some(last) = last {
            // Leaving may raise: a commit that fails.
            let leave = self.step_by(last, Way::Next, Atom::Leave(id), error(true, quiet));
            self.edge(leave, Way::Next, end);
        }
        self.reached(end)
    }

    /// Whether it is a `suppress` in a clean-up.
    fn is_quiet_with(&self, id: StmtId) -> bool {
        suppresses(self.module, id) && effects::in_cleanup(self.module, id)
    }

    fn try_stmt(
        &mut self,
        id: StmtId,
        body: BlockId,
        handlers: &[Handler],
        orelse: Option<BlockId>,
        finally: Option<BlockId>,
        from: NodeId,
    ) -> Option<NodeId> {
        if let Some(block) = finally {
            self.frames.push(Frame::Finally {
                block,
                copies: Vec::new(),
            });
        }
        let end = self.node(Atom::Join);
        let dispatch = self.node(Atom::Join);
        let gate = self.node(Atom::Join);
        self.edge(from, Way::Next, gate);
        if !handlers.is_empty() {
            self.frames.push(Frame::Handlers { dispatch });
        }
        let mut last = self.block(body, gate);
        if !handlers.is_empty() {
            self.frames.pop();
            if self.incoming[dispatch] == 0 {
                // `try: unicode`: whoever wrote handlers knows of something that raises.
                self.edge(gate, Way::Slip, dispatch);
            }
        }
        if let (Some(at), Some(block)) = (last, orelse) {
            last = self.block(block, at);
        }
        if let Some(last) = last {
            self.edge(last, Way::Next, end);
        }
        for (index, handler) in handlers.iter().enumerate() {
            let node = self.node(Atom::Catch(id, index));
            self.edge(dispatch, Way::Next, node);
            self.join(handler.body, node, end);
        }
        let way = match handlers.iter().map(catches).max() {
            None | Some(Catches::All) => None,
            Some(Catches::Exceptions) => Some(Way::Slip),
            Some(Catches::Some) => Some(Way::Raise),
        };
        if let Some(way) = way {
            let outer = self.route(self.frames.len(), Jump::Raise);
            self.edge(dispatch, way, outer);
        }
        let Some(block) = finally else {
            return self.reached(end);
        };
        self.frames.pop();
        self.reached(end)?;
        self.block(block, end)
    }
}

/// The kind of exception edge of something that can raise, or not, in a clean-up or elsewhere.
fn error(raises: bool, quiet: bool) -> Option<Way> {
    raises.then_some(if quiet { Way::Slip } else { Way::Raise })
}

/// What a handler takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Catches {
    Some,
    /// All that a program usually raises. `except Exception` lets `KeyboardInterrupt` through; a clean-up that forgets only
    /// that is not worth a report.
    Exceptions,
    All,
}

fn catches(handler: &Handler) -> Catches {
    fn broad(expr: &Expr) -> Catches {
        match &expr.kind {
            ExprKind::Name(name) | ExprKind::Attribute { attr: name, .. } => match name.as_str() {
                "BaseException" => Catches::All,
                "Exception" => Catches::Exceptions,
                _ => Catches::Some,
            },
            ExprKind::Tuple(parts) => parts.iter().map(broad).max().unwrap_or(Catches::Some),
            _ => Catches::Some,
        }
    }
    handler.types.as_ref().map_or(Catches::All, broad)
}

fn test_is_one(test: &Expr) -> bool {
    matches!(test.kind, ExprKind::Number)
}

/// Whether the `with` swallows exceptions: `suppress(...)`, `pytest.raises(...)`, `self.assertRaises(...)`.
fn suppresses(module: &Module, id: StmtId) -> bool {
    has_context(module, id, |name| name == "suppress") || awaits_error(module, id)
}

/// Whether the `with` waits for an error: `pytest.raises(...)`, `self.assertRaises(...)`.
pub fn awaits_error(module: &Module, id: StmtId) -> bool {
    has_context(module, id, |name| {
        name == "raises" || name.starts_with("assertRaises")
    })
}

/// Whether an item of the `with` calls something of such a name.
fn has_context(module: &Module, id: StmtId, is_it: impl Fn(&str) -> bool) -> bool {
    let StmtKind::With { items, .. } = &module.stmt(id).kind else {
        return false;
    };
    items.iter().any(|item| match &item.context.kind {
        ExprKind::Call { func, .. } => match &func.kind {
            ExprKind::Name(name) => is_it(name),
            ExprKind::Attribute { attr, .. } => is_it(attr),
            _ => false,
        },
        _ => false,
    })
}
