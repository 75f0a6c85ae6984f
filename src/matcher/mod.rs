//! Facts about one file: what is acquired where, on which paths it is released, what is made of it, and how a `with`
//! could take over.
//!
//! `sites` finds the acquiring calls; `flow` is the function's graph; `values` tells what each step does with the
//! resource; `paths` follows it; `region` lays the `with`.

mod acquisition;
mod callee;
mod conditions;
mod documented;
mod effects;
mod entered;
mod flow;
mod fresh;
mod handlers;
mod kept;
mod meanings;
mod obstacles;
mod passing;
mod paths;
mod pools;
mod program;
mod redundant;
mod region;
mod sites;
mod study;
mod units;
mod values;

use std::collections::HashSet;
use std::rc::Rc;

pub use acquisition::Acquisition;
pub use documented::{Docstring, Undocumented, undocumented};
pub use entered::Entered;
pub use handlers::{Full, LostTraceback, lost_tracebacks};
pub use kept::Keeper;
pub use obstacles::Obstacle;
pub use paths::End;
pub use pools::{Pooled, Setting, Sort, pools};
pub use redundant::Redundant;
pub use region::{Lay, Rewrite, Split};

pub use values::{Leave, short};

use crate::catalog::Manner;
use crate::project::Names;
use crate::syntax::{
    Arg, BlockId, ExprKind, Module, ScopeId, ScopeKind, Scopes, Span, StmtId, StmtKind,
};

/// The file at hand.
pub struct Context<'a> {
    /// Its text.
    pub text: &'a str,
    /// Its statements.
    pub module: &'a Module,
    /// Its scopes.
    pub scopes: &'a Scopes,
    /// What its names mean.
    pub names: Names<'a>,
    manner: Manner,
    habits: Rc<callee::Habits>,
}

impl<'a> Context<'a> {
    /// Prepares a file for being looked at.
    pub fn new(names: Names<'a>, manner: Manner) -> Self {
        Context {
            text: names.text,
            module: names.module,
            scopes: names.scopes,
            names,
            manner,
            habits: Rc::default(),
        }
    }

    /// Another file, to be looked at for the sake of this one.
    fn beside<'b>(&self, names: Names<'b>) -> Context<'b> {
        Context {
            habits: self.habits.clone(),
            ..Context::new(names, self.manner)
        }
    }

    /// Whether the statement itself (not its blocks) binds `name`.
    pub fn binds(&self, id: StmtId, name: &str) -> bool {
        self.scopes.binds(id, name)
    }

    /// Whether `name` is bound at exactly this atom: of a `with`, by this item; of a `match`, by this case.
    fn binds_at(&self, atom: flow::Atom, name: &str) -> bool {
        use flow::Atom;
        let Some(id) = atom.stmt() else { return false };
        if !self.binds(id, name) {
            return false;
        }
        match (atom, &self.module.stmt(id).kind) {
            (Atom::Enter(_, index), StmtKind::With { items, .. }) => {
                let mut bound = Vec::new();
                let Some(item) = items.get(index) else {
                    return false;
                };
                if let Some(target) = &item.target {
                    values::target_names(target, &mut bound);
                }
                // `with conn as conn:` mostly binds what the name means already.
                let same = matches!(&item.context.kind, ExprKind::Name(context) if context == name);
                bound.contains(&name) && !same
            }
            (Atom::Case(_, index), StmtKind::Match { cases, .. }) => cases
                .get(index)
                .is_some_and(|case| case.binds.iter().any(|bound| bound == name)),
            (Atom::Catch(_, index), StmtKind::Try { handlers, .. }) => handlers
                .get(index)
                .is_some_and(|handler| handler.name.as_deref() == Some(name)),
            (Atom::Simple(_) | Atom::Next(_), _) => true,
            (Atom::Test(_, index), StmtKind::If { branches, .. }) => branches
                .get(index)
                .is_some_and(|(test, _)| binds_in_passing(test, name)),
            (Atom::Test(..), StmtKind::While { test, .. }) => binds_in_passing(test, name),
            _ => false,
        }
    }

    /// An argument with its keyword.
    fn whole(&self, arg: &Arg) -> Span {
        let Span { start, end } = arg.value.outer;
        let before = self.text[..start].trim_end();
        let start = match (&arg.keyword, arg.stars) {
            (Some(keyword), _) => {
                let before = before.strip_suffix('=').unwrap_or(before).trim_end();
                before.len().saturating_sub(keyword.len())
            }
            (None, 0) => start,
            (None, stars) => before.len().saturating_sub(usize::from(stars)),
        };
        Span::new(start, end)
    }

    /// The statement of `block` that is `id` or that `id` stands in.
    pub fn ancestor_in(&self, block: BlockId, id: StmtId) -> Option<StmtId> {
        let mut at = id;
        loop {
            if self.module.stmt(at).block == block {
                return Some(at);
            }
            at = self.module.parent(at)?;
        }
    }

    /// The name of the function a scope is, or stands in; `None` at module level.
    pub fn function(&self, scope: ScopeId) -> Option<String> {
        let scope = self.scopes.scope(scope);
        (scope.kind != ScopeKind::Module).then(|| scope.name.clone())
    }
}

/// All facts about a file.
#[derive(Debug)]
pub struct Facts {
    /// Every acquisition that the function at hand owns.
    pub acquisitions: Vec<Acquisition>,
    /// Releases of what a `with` releases already.
    pub redundant: Vec<Redundant>,
    /// Functions that were not looked at because of a syntax error: their names and spans.
    pub skipped: Vec<(String, Span)>,
}

/// Finds all facts about a file.
pub fn facts(ctx: &Context<'_>) -> Facts {
    let sites = sites::find(ctx.module, ctx.scopes, &ctx.names);
    let mut graphs = study::Graphs::default();
    let mut facts = Facts {
        acquisitions: Vec::new(),
        redundant: Vec::new(),
        skipped: Vec::new(),
    };
    let mut skipped = HashSet::new();
    for site in &sites {
        if let Some(error) = acquisition::broken(ctx, site) {
            if skipped.insert(error.0.clone()) {
                facts.skipped.push(error);
            }
            continue;
        }
        facts
            .acquisitions
            .extend(acquisition::acquisition(ctx, site, &sites, &mut graphs));
        facts.redundant.extend(redundant::find(ctx, site));
    }
    facts
}

/// Whether a test binds the name by a walrus.
fn binds_in_passing(test: &crate::syntax::Expr, name: &str) -> bool {
    let mut found = false;
    test.walk(&mut |part| {
        found |= matches!(&part.kind, crate::syntax::ExprKind::Walrus { name: other, .. } if other == name);
        true
    });
    found
}
