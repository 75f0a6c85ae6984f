//! Where in a program an acquisition stands: how often does that run?

use std::collections::HashSet;

use crate::catalog::entries::{ENTRIES, Signs};
use crate::syntax::{
    Arg, Block, Expr, ExprKind, FunctionDef, Module, Role, Span, StmtId, StmtKind, walk_exprs,
};

/// What is around an acquisition that says how often it runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spot {
    /// It stands in a loop of its function.
    pub in_loop: bool,
    /// The function around it answers requests.
    pub in_handler: bool,
    /// The function around it is called when something happens.
    pub in_callback: bool,
    /// It runs only when the file is run itself.
    pub in_main: bool,
}

impl Spot {
    /// Whether it runs again and again.
    pub fn is_hot(self) -> bool {
        self.in_loop || self.in_handler || self.in_callback
    }

    /// In words: `request handler, loop`.
    pub fn words(self) -> Vec<&'static str> {
        [
            (self.in_handler, "request handler"),
            (self.in_callback && !self.in_handler, "callback"),
            (self.in_loop, "loop"),
            (self.in_main, "main"),
        ]
        .into_iter()
        .filter_map(|(is_so, word)| is_so.then_some(word))
        .collect()
    }
}

/// The names that a file hands to something that calls them.
pub(super) struct Handed<'m> {
    module: &'m Module,
    handlers: HashSet<&'m str>,
    callbacks: HashSet<&'m str>,
}

impl<'m> Handed<'m> {
    pub(super) fn new(module: &'m Module) -> Handed<'m> {
        let mut handed = Handed {
            module,
            handlers: HashSet::new(),
            callbacks: HashSet::new(),
        };
        for stmt in &module.stmts {
            walk_exprs(stmt, &mut |expr| {
                if let ExprKind::Call { func, args } = &expr.kind {
                    let called = last_name(func).unwrap_or_default();
                    for arg in args {
                        let Some(name) = last_name(&arg.value) else {
                            continue;
                        };
                        if takes(&ENTRIES.handler, called, arg) {
                            handed.handlers.insert(name);
                        } else if takes(&ENTRIES.callback, called, arg) {
                            handed.callbacks.insert(name);
                        }
                    }
                }
            });
        }
        handed
    }

    /// What is around the call at `span`.
    pub(super) fn spot(&self, span: Span) -> Spot {
        let mut spot = Spot::default();
        let around = self
            .module
            .stmts
            .iter()
            .rfind(|stmt| stmt.span.contains(span));
        let Some(stmt) = around else { return spot };
        // An expression that is evaluated again and again; what it draws from is evaluated once.
        walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Comprehension { elements, .. } = &expr.kind {
                spot.in_loop |= elements.iter().any(|part| part.span.contains(span));
            }
        });
        let mut in_function = false;
        let mut at = Some(stmt.id);
        while let Some(id) = at {
            let block = self.module.block(self.module.stmt(id).block);
            let Some(owner) = block.owner else { break };
            match &self.module.stmt(owner).kind {
                StmtKind::FunctionDef(def) => {
                    spot.in_handler |= self.is(&ENTRIES.handler, &self.handlers, owner, def);
                    spot.in_callback |= self.is(&ENTRIES.callback, &self.callbacks, owner, def);
                    in_function = true;
                }
                StmtKind::If { branches, .. } if is_main(branches, block) => spot.in_main = true,
                _ => spot.in_loop |= block.role == Role::Loop && !in_function,
            }
            at = Some(owner);
        }
        spot
    }

    fn is(&self, signs: &Signs, handed: &HashSet<&str>, id: StmtId, def: &FunctionDef) -> bool {
        let decorated = def.decorators.iter().any(|decorator| {
            let called = match &decorator.kind {
                ExprKind::Call { func, .. } => func,
                _ => decorator,
            };
            let is_sign = last_name(called).is_some_and(|name| signs.decorators.contains(name));
            is_sign && !dotted(called).is_some_and(|name| signs.others.contains(&name))
        });
        let class = self
            .module
            .parent(id)
            .map(|class| &self.module.stmt(class).kind);
        let inherited = match class {
            Some(StmtKind::ClassDef(class)) if signs.methods.contains(&def.name) => {
                let names = class.bases.iter().filter_map(|base| last_name(&base.value));
                let mut ends =
                    names.flat_map(|name| signs.bases.iter().map(move |end| (name, end)));
                ends.any(|(name, end)| name.ends_with(end.as_str()))
            }
            _ => false,
        };
        decorated || inherited || handed.contains(def.name.as_str())
    }
}

fn takes(signs: &Signs, called: &str, arg: &Arg) -> bool {
    match &arg.keyword {
        Some(keyword) if signs.keywords.contains(keyword) => true,
        _ => signs.registrars.contains(called),
    }
}

fn is_main(branches: &[(Expr, crate::syntax::BlockId)], block: &Block) -> bool {
    let Some((test, body)) = branches.first() else {
        return false;
    };
    let ExprKind::Compare { operands, .. } = &test.kind else {
        return false;
    };
    let is_name = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == "__name__");
    *body == block.id && operands.iter().any(is_name)
}

/// `a.b.c`, if it is nothing but names.
fn dotted(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name.clone()),
        ExprKind::Attribute { value, attr } => Some(format!("{}.{attr}", dotted(value)?)),
        _ => None,
    }
}

/// `c` of `a.b.c`.
fn last_name(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(name) => Some(name),
        ExprKind::Attribute { attr, .. } => Some(attr),
        _ => None,
    }
}
