//! What becomes of each statement and block, before any byte is looked at.

use super::Refusal;
use super::blocks::{Blocks, finally};
use crate::rules::{Plan, Wrap};
use crate::syntax::{BlockId, Module, Role, StmtId, StmtKind};
use std::collections::HashSet;

/// The decisions of a plan with all that follows from them.
pub(super) struct Fates<'p> {
    pub blocks: Blocks,
    /// The `with` to make, and where.
    pub region: Option<Region<'p>>,
    /// By statement: whether it vanishes, itself or with what it stands in.
    gone: Vec<bool>,
    /// Dropped statements that leave a `pass` in their place, as their block would be empty else.
    pub pass: HashSet<StmtId>,
    /// `try` statements that are left with nothing but their body.
    pub dissolved: HashSet<StmtId>,
    /// `finally` blocks that go with their header.
    pub gone_blocks: HashSet<BlockId>,
}

/// Where the `with` stands.
pub(super) struct Region<'p> {
    pub wrap: &'p Wrap,
    pub block: BlockId,
    /// Place of the header in the block.
    pub at: usize,
    /// Place of the first body statement; behind `last` if there is none.
    pub first: usize,
    /// Place of the last body statement.
    pub last: usize,
    /// The header is followed by a `pass`, as no statement stands in the body.
    pub needs_pass: bool,
}

impl Region<'_> {
    /// Whether the body moves in: not if an existing `with` takes the items.
    pub fn indents(&self) -> bool {
        self.wrap.merge_into.is_none()
    }
}

impl<'p> Fates<'p> {
    pub fn new(module: &Module, plan: &'p Plan) -> Result<Self, Refusal> {
        let known = |id: &StmtId| (id.0 as usize) < module.stmts.len();
        let mut named = plan.drop.clone();
        if let Some(wrap) = &plan.wrap {
            named.extend([wrap.at, wrap.last]);
            named.extend(wrap.merge_into);
        }
        if !named.iter().all(known) {
            return Err(Refusal::new(
                "the plan names a statement that does not exist",
            ));
        }
        let mut this = Self {
            blocks: Blocks::new(module),
            region: None,
            gone: vec![false; module.stmts.len()],
            pass: HashSet::new(),
            dissolved: HashSet::new(),
            gone_blocks: HashSet::new(),
        };
        this.region = plan
            .wrap
            .as_ref()
            .map(|wrap| region(module, wrap))
            .transpose()?;
        for id in &plan.drop {
            this.gone[id.0 as usize] = true;
        }
        if let Some(region) = &this.region {
            this.gone[region.wrap.at.0 as usize] |= !region.indents() && region.wrap.replaces;
        }
        for stmt in &module.stmts {
            if module
                .parent(stmt.id)
                .is_some_and(|parent| this.gone(parent))
            {
                this.gone[stmt.id.0 as usize] = true;
            }
        }
        if let Some(region) = &this.region
            && region.indents()
            && this.gone(region.wrap.at)
        {
            return Err(Refusal::new(
                "the plan drops the statement that its `with` starts at",
            ));
        }
        this.follow(module);
        Ok(this)
    }

    /// Whether the statement vanishes (one of [`Fates::pass`] does too, as far as its own text is concerned).
    pub fn gone(&self, id: StmtId) -> bool {
        self.gone[id.0 as usize]
    }

    /// Whether the block's header vanishes while its owner's other parts stay.
    pub fn header_gone(&self, module: &Module, id: BlockId) -> bool {
        let block = module.block(id);
        self.gone_blocks.contains(&id)
            || block.role == Role::Try
                && block
                    .owner
                    .is_some_and(|owner| self.dissolved.contains(&owner))
    }

    /// Whether `index` in `block` is a body statement that moves in.
    pub fn moves_in(&self, block: BlockId, index: usize) -> bool {
        self.region.as_ref().is_some_and(|region| {
            region.indents()
                && region.block == block
                && (region.first..=region.last).contains(&index)
        })
    }

    /// Whether what stands between statement `index` of `block` and the next one moves in.
    pub fn gap_moves_in(&self, block: BlockId, index: usize) -> bool {
        self.region.as_ref().is_some_and(|region| {
            region.indents() && region.block == block && (region.at..region.last).contains(&index)
        })
    }

    /// Empties what is left without statements. Inner statements have greater numbers, so they are settled first.
    fn follow(&mut self, module: &Module) {
        for stmt in module.stmts.iter().rev() {
            if self.gone(stmt.id) {
                continue;
            }
            let StmtKind::Try { handlers, .. } = &stmt.kind else {
                continue;
            };
            if let Some(block) = finally(stmt)
                && self.vanishes(module, &module.block(block).stmts)
            {
                self.gone_blocks.insert(block);
                if handlers.is_empty() {
                    self.dissolved.insert(stmt.id);
                }
            }
        }
        let mut empty = Vec::new();
        for block in &module.blocks {
            let owner_goes = block.owner.is_some_and(|owner| self.gone(owner));
            if !owner_goes
                && !self.header_gone(module, block.id)
                && self.vanishes(module, &block.stmts)
            {
                empty.push(block.stmts.as_slice());
            }
        }
        if let Some(region) = self.region.as_ref().filter(|region| region.indents()) {
            let body = module
                .block(region.block)
                .stmts
                .get(region.first..=region.last)
                .unwrap_or_default();
            if !body.is_empty() && self.vanishes(module, body) {
                empty.push(body);
            }
        }
        for body in empty {
            // The top level of a file may be empty.
            let top = body
                .first()
                .is_some_and(|id| module.parent(*id).is_none() && self.region.is_none());
            if !top && let Some(id) = self.first_gone(module, body) {
                self.pass.insert(id);
            }
        }
    }

    fn vanishes(&self, module: &Module, stmts: &[StmtId]) -> bool {
        stmts.iter().all(|id| {
            self.gone(*id)
                || self
                    .inner(module, *id)
                    .is_some_and(|body| self.vanishes(module, body))
        })
    }

    fn first_gone(&self, module: &Module, stmts: &[StmtId]) -> Option<StmtId> {
        stmts.iter().find_map(|id| {
            if self.gone(*id) {
                Some(*id)
            } else {
                self.first_gone(module, self.inner(module, *id)?)
            }
        })
    }

    /// The body of a `try` that dissolves.
    fn inner<'m>(&self, module: &'m Module, id: StmtId) -> Option<&'m [StmtId]> {
        match &module.stmt(id).kind {
            StmtKind::Try { body, .. } if self.dissolved.contains(&id) => {
                Some(&module.block(*body).stmts)
            }
            _ => None,
        }
    }
}

fn region<'p>(module: &Module, wrap: &'p Wrap) -> Result<Region<'p>, Refusal> {
    let (at, last) = (module.stmt(wrap.at), module.stmt(wrap.last));
    if at.block != last.block || last.index < at.index {
        return Err(Refusal::new(
            "the plan's `with` does not start and end in one block",
        ));
    }
    if wrap.items.is_empty() {
        return Err(Refusal::new("the plan's `with` has no items"));
    }
    if let Some(target) = wrap.merge_into {
        let is_body =
            matches!(&module.stmt(target).kind, StmtKind::With { body, .. } if *body == at.block);
        if !is_body || at.index != 0 {
            return Err(Refusal::new(
                "the acquisition is not the first statement of the `with` it should join",
            ));
        }
    }
    let first = at.index + usize::from(wrap.replaces);
    Ok(Region {
        wrap,
        block: at.block,
        at: at.index,
        first,
        last: last.index,
        needs_pass: wrap.merge_into.is_none() && first > last.index,
    })
}
