//! Which names are bound where: Python's scopes, from the syntax alone.
use super::ast::*;
use std::collections::{HashMap, HashSet};

/// Number of a scope in [`Scopes::list`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ScopeId(pub u32);

/// The scopes of a file, outer ones first; the module's is the first.
#[derive(Debug)]
pub struct Scopes {
    /// Every scope.
    pub list: Vec<Scope>,
    /// Every `from ... import *` at module level: its statement, the leading dots and the module.
    pub star_imports: Vec<(StmtId, usize, String)>,
    /// The scope in which the statements of each block run.
    of_block: Vec<ScopeId>,
    /// The names that each statement itself binds.
    bound: HashMap<StmtId, HashSet<String>>,
}

/// The kinds of scopes. Comprehensions and lambdas are not listed as scopes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScopeKind {
    /// The file.
    Module,
    /// The body of a `class`.
    Class,
    /// The body of a `def`.
    Function,
}

/// One scope.
#[derive(Debug)]
pub struct Scope {
    /// Its own number.
    pub id: ScopeId,
    /// The scope its definition stands in; `None` for the module.
    pub parent: Option<ScopeId>,
    /// What it is.
    pub kind: ScopeKind,
    /// The `def` or `class`; `None` for the module.
    pub stmt: Option<StmtId>,
    /// Its body.
    pub body: BlockId,
    /// Its qualified name, like `Dashboard.render`; empty for the module.
    pub name: String,
    /// Whether it is an `async def`.
    pub is_async: bool,
    /// Whether there is a `yield` in it (one in a nested function or a lambda does not count).
    pub is_generator: bool,
    /// What binds each name in it, in source order. What a nested function binds by `global` or `nonlocal` is listed
    /// where it takes effect.
    pub bindings: HashMap<String, Vec<Binding>>,
    /// The names it declares `global`.
    pub globals: HashSet<String>,
    /// The names it declares `nonlocal`.
    pub nonlocals: HashSet<String>,
    /// Whether there is a syntax error in it, nested functions included.
    pub has_error: bool,
}

/// One place that binds a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// How it is bound.
    pub kind: BindingKind,
    /// The statement that binds it; for parameters the `def`.
    pub stmt: Option<StmtId>,
}

/// The ways of binding a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindingKind {
    /// The parameter with that index.
    Param(usize),
    /// `import`; the path of what the name then stands for (`import a.b` binds `a`, `import a.b as c` binds `a.b`).
    Import {
        /// The dotted path.
        path: String,
    },
    /// `from module import name`.
    ImportFrom {
        /// How many leading dots.
        level: usize,
        /// The module behind them.
        module: String,
        /// The name in that module.
        name: String,
    },
    /// `name = value`, annotated or not.
    Assign,
    /// `name: annotation` without a value.
    Annotation,
    /// Inside a tuple, a list or a `*name` that is assigned to, or that stands behind the `as` of a `with`.
    Unpack,
    /// `name += value`.
    AugAssign,
    /// The target of a `for`, or inside it.
    For,
    /// Behind the `as` of the `with` item of that index.
    With(usize),
    /// Behind the `as` of an `except`.
    Except,
    /// `name := value`.
    Walrus,
    /// `def`.
    Function,
    /// `class`.
    Class,
    /// In a pattern of a `case`.
    Match,
    /// `del name`.
    Del,
    /// `type name = ...`.
    TypeAlias,
}

impl Scopes {
    /// Finds the scopes of a file and what they bind.
    pub fn build(module: &Module) -> Self {
        let mut scopes = Self {
            list: vec![],
            star_imports: vec![],
            of_block: Vec::with_capacity(module.blocks.len()),
            bound: HashMap::new(),
        };
        for block in &module.blocks {
            let id = scopes.scope_of_new_block(module, block);
            scopes.of_block.push(id);
        }
        for stmt in &module.stmts {
            let scope = &mut scopes.list[scopes.of_block[stmt.block.0 as usize].0 as usize];
            match &stmt.kind {
                StmtKind::Global(names) => scope.globals.extend(names.iter().cloned()),
                StmtKind::Nonlocal(names) => scope.nonlocals.extend(names.iter().cloned()),
                _ => {}
            }
        }
        // Two rounds, because a `nonlocal` may refer to a name that is bound further down.
        for is_nonlocal in [false, true] {
            for stmt in &module.stmts {
                scopes.bind_stmt(stmt, is_nonlocal);
            }
        }
        for scope in &mut scopes.list {
            scope
                .bindings
                .values_mut()
                .for_each(|all| all.sort_by_key(|binding| binding.stmt));
        }
        for (name, bindings) in scopes.list.iter().flat_map(|scope| &scope.bindings) {
            // A `def` binds its parameters inside.
            let outside = bindings
                .iter()
                .filter(|binding| !matches!(binding.kind, BindingKind::Param(_)));
            for id in outside.filter_map(|binding| binding.stmt) {
                scopes.bound.entry(id).or_default().insert(name.clone());
            }
        }
        scopes
    }

    /// Whether the statement itself (not its blocks) binds `name`.
    pub fn binds(&self, id: StmtId, name: &str) -> bool {
        self.bound
            .get(&id)
            .is_some_and(|names| names.contains(name))
    }

    /// The scope with that number.
    pub fn scope(&self, id: ScopeId) -> &Scope {
        &self.list[id.0 as usize]
    }

    /// The scope in which the statements of a block run; the body of a `def` is in the scope of that function.
    pub fn of_block(&self, block: BlockId) -> ScopeId {
        self.of_block[block.0 as usize]
    }

    /// The scope in which a statement runs; for a `def` the one that it binds its name in.
    pub fn of_stmt(&self, module: &Module, stmt: StmtId) -> ScopeId {
        self.of_block(module.stmt(stmt).block)
    }

    /// The scope whose binding `name` refers to when it is used in `from`; `None` for builtins and unknown names.
    pub fn resolve(&self, from: ScopeId, name: &str) -> Option<ScopeId> {
        let mut at = Some(from);
        let mut skip_own = false;
        while let Some(scope) = at.map(|id| self.scope(id)) {
            let visible = scope.id == from || scope.kind != ScopeKind::Class;
            if visible && scope.globals.contains(name) {
                break;
            }
            skip_own |= visible && scope.nonlocals.contains(name);
            if visible && !skip_own && scope.bindings.contains_key(name) {
                return Some(scope.id);
            }
            skip_own = false;
            at = scope.parent;
        }
        let module = self.list.first()?;
        module.bindings.contains_key(name).then_some(module.id)
    }

    fn scope_of_new_block(&mut self, module: &Module, block: &Block) -> ScopeId {
        let id = ScopeId(self.list.len() as u32);
        let owner = block.owner.map(|owner| module.stmt(owner));
        let Some(owner) = owner else {
            self.list
                .push(Scope::new(id, None, ScopeKind::Module, block, None, ""));
            self.list[id.0 as usize].has_error = !module.errors.is_empty();
            return id;
        };
        let parent = self.of_block[owner.block.0 as usize];
        let mut scope = match &owner.kind {
            StmtKind::FunctionDef(def) => {
                let mut scope = Scope::new(
                    id,
                    Some(self.scope(parent)),
                    ScopeKind::Function,
                    block,
                    Some(owner),
                    &def.name,
                );
                scope.is_async = def.is_async;
                for (index, param) in def.params.iter().enumerate() {
                    scope.bind(&param.name, BindingKind::Param(index), owner.id);
                }
                scope
            }
            StmtKind::ClassDef(def) => Scope::new(
                id,
                Some(self.scope(parent)),
                ScopeKind::Class,
                block,
                Some(owner),
                &def.name,
            ),
            _ => return parent,
        };
        scope.has_error = owner.has_error;
        self.list.push(scope);
        id
    }

    /// Lists what a statement binds: the names its scope declares `nonlocal`, or the others.
    fn bind_stmt(&mut self, stmt: &Stmt, is_nonlocal: bool) {
        let own = self.of_block[stmt.block.0 as usize];
        if let StmtKind::ImportFrom {
            level,
            module,
            star: true,
            ..
        } = &stmt.kind
            && !is_nonlocal
            && self.scope(own).kind == ScopeKind::Module
        {
            self.star_imports.push((stmt.id, *level, module.clone()));
        }
        let mut found = Found {
            bound: vec![],
            yields: false,
        };
        found.stmt(stmt);
        self.list[own.0 as usize].is_generator |= found.yields;
        for (name, kind) in found.bound {
            let scope = self.scope(own);
            if scope.nonlocals.contains(name) != is_nonlocal {
                continue;
            }
            let target = if is_nonlocal {
                self.resolve(own, name)
                    .filter(|id| id.0 != 0)
                    .unwrap_or(own)
            } else if scope.globals.contains(name) {
                ScopeId(0)
            } else {
                own
            };
            self.list[target.0 as usize].bind(name, kind, stmt.id);
        }
    }
}

impl Scope {
    fn new(
        id: ScopeId,
        parent: Option<&Scope>,
        kind: ScopeKind,
        block: &Block,
        stmt: Option<&Stmt>,
        name: &str,
    ) -> Self {
        let name = match parent.map(|parent| parent.name.as_str()) {
            None | Some("") => name.to_owned(),
            Some(outer) => format!("{outer}.{name}"),
        };
        Self {
            id,
            parent: parent.map(|parent| parent.id),
            kind,
            stmt: stmt.map(|stmt| stmt.id),
            body: block.id,
            name,
            is_async: false,
            is_generator: false,
            bindings: HashMap::new(),
            globals: HashSet::new(),
            nonlocals: HashSet::new(),
            has_error: false,
        }
    }

    fn bind(&mut self, name: &str, kind: BindingKind, stmt: StmtId) {
        self.bindings
            .entry(name.to_owned())
            .or_default()
            .push(Binding {
                kind,
                stmt: Some(stmt),
            });
    }
}

/// What one statement binds in its scope.
struct Found<'m> {
    bound: Vec<(&'m str, BindingKind)>,
    yields: bool,
}

impl<'m> Found<'m> {
    fn stmt(&mut self, stmt: &'m Stmt) {
        match &stmt.kind {
            StmtKind::Assign { targets, .. } => targets
                .iter()
                .for_each(|t| self.target(t, &BindingKind::Assign)),
            StmtKind::AnnAssign { target, value, .. } => {
                let kind = if value.is_some() {
                    BindingKind::Assign
                } else {
                    BindingKind::Annotation
                };
                // `(x): int` is no declaration of x.
                if value.is_some() || target.span == target.outer {
                    self.target(target, &kind);
                }
            }
            StmtKind::AugAssign { target, .. } => self.target(target, &BindingKind::AugAssign),
            StmtKind::Delete(targets) => targets
                .iter()
                .for_each(|t| self.target(t, &BindingKind::Del)),
            StmtKind::For { target, .. } => self.target(target, &BindingKind::For),
            StmtKind::With { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    if let Some(target) = &item.target {
                        self.target(target, &BindingKind::With(index));
                    }
                }
            }
            StmtKind::Try { handlers, .. } => {
                let names = handlers
                    .iter()
                    .filter_map(|handler| handler.name.as_deref());
                self.bound
                    .extend(names.map(|name| (name, BindingKind::Except)));
            }
            StmtKind::Match { cases, .. } => {
                let names = cases.iter().flat_map(|case| &case.binds);
                self.bound
                    .extend(names.map(|name| (name.as_str(), BindingKind::Match)));
            }
            StmtKind::Import(names) => names.iter().for_each(|import| {
                let top = import.name.split('.').next().unwrap_or_default();
                let (name, path) = import
                    .alias
                    .as_deref()
                    .map_or((top, top), |alias| (alias, import.name.as_str()));
                self.bound.push((
                    name,
                    BindingKind::Import {
                        path: path.to_owned(),
                    },
                ));
            }),
            StmtKind::ImportFrom {
                level,
                module,
                names,
                ..
            } => names.iter().for_each(|import| {
                let (level, module, name) = (*level, module.clone(), import.name.clone());
                let bound = import.alias.as_deref().unwrap_or(&import.name);
                self.bound.push((
                    bound,
                    BindingKind::ImportFrom {
                        level,
                        module,
                        name,
                    },
                ));
            }),
            StmtKind::FunctionDef(def) => self.bound.push((&def.name, BindingKind::Function)),
            StmtKind::ClassDef(def) => self.bound.push((&def.name, BindingKind::Class)),
            StmtKind::TypeAlias { name } => self.bound.push((name, BindingKind::TypeAlias)),
            _ => {}
        }
        for expr in stmt.exprs() {
            self.expr(expr);
        }
    }

    fn target(&mut self, target: &'m Expr, kind: &BindingKind) {
        match &target.kind {
            ExprKind::Name(name) => self.bound.push((name, kind.clone())),
            ExprKind::Tuple(items) | ExprKind::List(items) => {
                let kind = match kind {
                    BindingKind::Assign | BindingKind::With(_) => &BindingKind::Unpack,
                    other => other,
                };
                items.iter().for_each(|item| self.target(item, kind));
            }
            ExprKind::Starred(item) => self.target(item, kind),
            _ => {}
        }
    }

    /// Looks for `:=` and `yield`. Those in the body of a lambda are that lambda's own.
    fn expr(&mut self, expr: &'m Expr) {
        expr.walk(&mut |expr| {
            match &expr.kind {
                ExprKind::Walrus { name, .. } => self.bound.push((name, BindingKind::Walrus)),
                ExprKind::Yield(_) | ExprKind::YieldFrom(_) => self.yields = true,
                ExprKind::Lambda { params, .. } => {
                    params
                        .iter()
                        .filter_map(|param| param.default.as_ref())
                        .for_each(|default| self.expr(default));
                    return false;
                }
                _ => {}
            }
            true
        });
    }
}
