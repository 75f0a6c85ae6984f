//! What becomes of each statement and block, before any byte is looked at.

use super::Refusal;
use super::blocks::{finally, orelse};
use super::original::Original;
use crate::rules::{Plan, Wrap};
use crate::syntax::{BlockId, Module, Role, StmtId, StmtKind};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;

/// The decisions of a plan with all that follows from them.
pub(super) struct Fates<'p> {
    /// The `with` to make, and where.
    pub region: Option<Region<'p>>,
    /// The statements that vanish, with all that stand in them.
    gone: Vec<Range<u32>>,
    /// Dropped statements that leave a `pass` in their place, as their block would be empty else.
    pub pass: HashSet<StmtId>,
    /// `try` statements that are left with nothing but their body.
    pub dissolved: HashSet<StmtId>,
    /// `finally` and `else` blocks that go with their header.
    pub gone_blocks: HashSet<BlockId>,
}

/// By block the first and last place of a row of statements.
pub(super) type Rows = BTreeMap<BlockId, (usize, usize)>;

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
    /// How many items the `with` has more than there were.
    pub fn new_items(&self) -> usize {
        let replaced = usize::from(self.wrap.instead_of.is_some());
        self.wrap.items.len().saturating_sub(replaced)
    }

    /// Whether the body moves in: not if an existing `with` takes the items.
    pub fn indents(&self) -> bool {
        self.wrap.merge_into.is_none()
    }
}

impl<'p> Fates<'p> {
    pub fn new(original: &Original, plan: &'p Plan) -> Result<Self, Refusal> {
        let module = original.module;
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
            region: None,
            gone: plan.drop.iter().map(|id| original.subtree(*id)).collect(),
            pass: HashSet::new(),
            dissolved: HashSet::new(),
            gone_blocks: HashSet::new(),
        };
        this.region = plan
            .wrap
            .as_ref()
            .map(|wrap| region(module, wrap))
            .transpose()?;
        if let Some(region) = &this.region
            && !region.indents()
            && region.wrap.replaces
        {
            this.gone.push(original.subtree(region.wrap.at));
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
        self.gone.iter().any(|range| range.contains(&id.0))
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

    /// The parts of blocks that the plan can change, as first and last place: rows of whole lines.
    pub fn rows(&self, original: &Original) -> Rows {
        let module = original.module;
        let owner = |id: &BlockId| module.block(*id).owner;
        let named = self.gone.iter().map(|range| StmtId(range.start));
        let named = named.chain(self.dissolved.iter().copied());
        let named = named.chain(self.gone_blocks.iter().filter_map(owner));
        let target = self
            .region
            .as_ref()
            .and_then(|region| region.wrap.merge_into);
        let single = named.chain(target).map(|id| {
            let stmt = module.stmt(id);
            (stmt.block, stmt.index, stmt.index)
        });
        let region = self.region.iter().map(|r| (r.block, r.at, r.last));
        let mut rows = Rows::new();
        for (block, first, last) in single.chain(region) {
            add(&mut rows, block, original.row(block, first, last));
        }
        let outer: Vec<_> = rows.iter().map(|(block, row)| (*block, *row)).collect();
        for (block, (first, last)) in outer {
            let members = module
                .block(block)
                .stmts
                .get(first..=last)
                .unwrap_or_default();
            let inside = members.iter().flat_map(|id| original.subtree(*id));
            for block in inside.flat_map(|id| original.blocks.of(StmtId(id))) {
                let last = module.block(*block).stmts.len().saturating_sub(1);
                add(&mut rows, *block, (0, last));
            }
        }
        rows
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
        let mut blocks = BTreeSet::new();
        let mut owners = BTreeSet::new();
        for range in &self.gone {
            let mut block = module.stmt(StmtId(range.start)).block;
            while blocks.insert(block)
                && let Some(owner) = module.block(block).owner
            {
                owners.insert(owner);
                block = module.stmt(owner).block;
            }
        }
        for id in owners
            .into_iter()
            .rev()
            .filter(|id| !self.gone(*id))
            .collect::<Vec<_>>()
        {
            let stmt = module.stmt(id);
            if let Some(block) = orelse(stmt)
                && self.vanishes(module, &module.block(block).stmts)
            {
                self.gone_blocks.insert(block);
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
        for block in blocks.into_iter().map(|id| module.block(id)) {
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

fn add(rows: &mut Rows, block: BlockId, row: (usize, usize)) {
    let known = rows.entry(block).or_insert(row);
    *known = (known.0.min(row.0), known.1.max(row.1));
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
    if let Some(index) = wrap.instead_of {
        let target = wrap.merge_into.map(|id| &module.stmt(id).kind);
        if !matches!(target, Some(StmtKind::With { items, .. }) if index < items.len()) {
            return Err(Refusal::new(
                "the plan replaces an item that does not exist",
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
