//! Where a file asks for resources, and whom.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::super::acquirer::{Acquirer, Trust};
use super::super::classes::{Class, Member};
use super::super::names::{Names, Target};
use super::super::provided::{Link, Verdict};
use super::super::trail::Trail;
use super::super::types::Type;
use super::described::{Form, Provider, by_argument};
use crate::catalog::Catalog;
use crate::syntax::{BindingKind, Expr, ExprKind, ScopeId, Span, StmtId, walk_exprs};

/// One place that asks.
#[derive(Clone, Debug)]
pub struct Use {
    /// The call, or what stands for the provider.
    pub span: Span,
    /// Whether the provider is only handed to something that may call it (`Depends(get_db)`).
    pub passed: bool,
    /// Who is asked.
    pub of: Asked,
}

/// Who is asked for a resource.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Something that the project defines.
    Provider(Arc<Provider>),
    /// Something that only the catalog or the user knows.
    Known(Box<Acquirer>, Option<Link>),
    /// Something that looks like a provider.
    Unclear(Unclear),
}

/// Something that looks like a provider and cannot be told to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unclear {
    /// Its dotted name, or what stands there.
    pub name: String,
    /// The name under which it can be declared.
    pub declare: String,
    /// Why it cannot be told.
    pub why: String,
}

/// What a call of a definition leads to.
type Definition<'a> = (Names<'a>, StmtId, String);

impl<'a> Names<'a> {
    /// The places in the file that ask for resources, in source order.
    pub fn uses(&self) -> Vec<Use> {
        let mut finder = Finder {
            names: *self,
            described: HashMap::new(),
            found: Vec::new(),
        };
        for stmt in &self.module.stmts {
            let scope = self.scopes.of_stmt(self.module, stmt.id);
            let mut called: HashSet<Span> = HashSet::new();
            let mut exprs = Vec::new();
            walk_exprs(stmt, &mut |expr| exprs.push(expr));
            for expr in exprs {
                match &expr.kind {
                    ExprKind::Call { func, args } => {
                        called.insert(func.span);
                        finder.call(expr, func, scope);
                        for arg in args {
                            finder.passed(&arg.value, scope);
                        }
                    }
                    ExprKind::Attribute { .. } if !called.contains(&expr.span) => {
                        finder.looked_at(expr, scope);
                    }
                    _ => {}
                }
            }
        }
        finder.found.sort_by_key(|found| found.span);
        finder.found
    }

    /// The definition of what `func` refers to, and the name it has there.
    fn definition(&self, func: &Expr, scope: ScopeId) -> Option<Definition<'a>> {
        let trail = &mut Trail::default();
        match self.target(func, scope, trail) {
            Target::Bound(..) if self.is_patched(func) => None,
            Target::Bound(names, at, name) => {
                let binding = names.binding(at, &name)?;
                let defines = matches!(
                    binding.kind,
                    BindingKind::Function | BindingKind::Class | BindingKind::Assign
                );
                Some((names, binding.stmt.filter(|_| defines)?, name))
            }
            Target::Nothing => {
                let ExprKind::Attribute { value, attr } = &func.kind else {
                    return None;
                };
                match self.type_at(value, scope, trail)? {
                    Type::Class(class) if self.differs(class, func, scope, trail) => None,
                    Type::Class(class) => match class.member(attr, trail)? {
                        Member::Bound(names, at) => {
                            let stmt = names.binding(at, attr)?.stmt?;
                            Some((names, stmt, attr.clone()))
                        }
                        Member::Kept(names, stmts) => Some((names, *stmts.first()?, attr.clone())),
                        Member::Outside(_) => None,
                    },
                    // `db.session`
                    Type::Named(class) => {
                        Catalog::get().shared_object(&format!("{class}.{attr}"))?;
                        self.definition(value, scope)
                    }
                    Type::Many(_) => None,
                }
            }
            Target::Outside(_) | Target::Missing(_) => None,
        }
    }
}

impl<'a> Names<'a> {
    /// Whether a method gives a fresh resource, but in a subclass, whose object this may be, something else.
    fn differs(&self, class: Class<'a>, func: &Expr, scope: ScopeId, trail: &mut Trail) -> bool {
        let ExprKind::Attribute { value, attr } = &func.kind else {
            return false;
        };
        if !self.may_be_subclass(value, scope) {
            return false;
        }
        let known = class.called(attr, trail);
        matches!(known, Verdict::Acquires(_))
            && class.called_in_any(attr, known, trail) == Verdict::Not
    }
}

/// How something counts of which too little is known.
pub(super) fn all_the_same(trust: Trust) -> &'static str {
    match trust {
        Trust::Known => "",
        Trust::Conventional => "; it counts all the same",
        Trust::ConventionalIfReleased => "; it counts where it is released",
    }
}

struct Finder<'a> {
    names: Names<'a>,
    described: HashMap<(usize, StmtId, String), Vec<Arc<Provider>>>,
    found: Vec<Use>,
}

impl<'a> Finder<'a> {
    fn call(&mut self, call: &'a Expr, func: &'a Expr, scope: ScopeId) {
        if let Some(provider) = self.provider(func, scope, false) {
            self.add(call.span, false, Asked::Provider(provider));
            return;
        }
        let names = self.names;
        if let Some(acquirer) = names.acquirer(call, scope) {
            // What is in its parentheses is the use.
            if acquirer.from_generator {
                return;
            }
            let asked = match acquirer.trust {
                Trust::Known => {
                    let place = acquirer.declared.then(|| self.declared_at(&acquirer, func));
                    Asked::Known(Box::new(acquirer), place)
                }
                trust => Asked::Unclear(Unclear {
                    declare: acquirer.name.clone(),
                    why: self.why_unclear(func, scope) + all_the_same(trust),
                    name: acquirer.name,
                }),
            };
            self.add(call.span, false, asked);
            return;
        }
        if let Some(unclear) = self.unclear(func, scope) {
            self.add(call.span, false, Asked::Unclear(unclear));
        }
    }

    fn declared_at(&self, acquirer: &Acquirer, func: &Expr) -> Link {
        let (ExprKind::Name(last) | ExprKind::Attribute { attr: last, .. }) = &func.kind else {
            return by_argument();
        };
        let project = self.names.project;
        let found = project.declaration(Some(&acquirer.name), last, Some(&acquirer.name));
        found
            .and_then(|(declaration, _)| declaration.place.clone())
            .unwrap_or_else(by_argument)
    }

    fn passed(&mut self, expr: &'a Expr, scope: ScopeId) {
        if matches!(expr.kind, ExprKind::Name(_) | ExprKind::Attribute { .. })
            && let Some(provider) = self.provider(expr, scope, false)
            && !matches!(provider.form, Form::Property | Form::Class)
        {
            self.add(expr.span, true, Asked::Provider(provider));
        }
    }

    fn looked_at(&mut self, expr: &'a Expr, scope: ScopeId) {
        if let Some(provider) = self.provider(expr, scope, true) {
            self.add(expr.span, false, Asked::Provider(provider));
        }
    }

    /// The provider that `expr` names; with `by_look`, one that gives by being looked at.
    fn provider(&mut self, expr: &Expr, scope: ScopeId, by_look: bool) -> Option<Arc<Provider>> {
        let (names, stmt, name) = self.names.definition(expr, scope)?;
        let key = (names.file(), stmt, name);
        if !self.described.contains_key(&key) {
            let all = names.described(stmt, &key.2);
            let all = all.into_iter().map(Arc::new).collect();
            self.described.insert(key.clone(), all);
        }
        let attr = match &expr.kind {
            ExprKind::Attribute { attr, .. } => Some(attr.as_str()),
            _ => None,
        };
        let is_meant = |provider: &&Arc<Provider>| match provider.form {
            Form::Attribute => by_look && attr == provider.name.rsplit('.').next(),
            Form::Property => by_look,
            _ => !by_look,
        };
        self.described.get(&key)?.iter().find(is_meant).cloned()
    }

    /// What `func` is, if it looks like a provider and nothing readable says what it is.
    fn unclear(&self, func: &Expr, scope: ScopeId) -> Option<Unclear> {
        let catalog = Catalog::get();
        let (ExprKind::Name(last) | ExprKind::Attribute { attr: last, .. }) = &func.kind else {
            return None;
        };
        let trail = &mut Trail::default();
        let names = self.names;
        let name = match names.called(func, scope, trail) {
            Verdict::Unknown(name) => {
                let own = name.rsplit('.').next().unwrap_or(&name);
                if catalog.knows(&name) || !catalog.looks_like_provider(own, false) {
                    return None;
                }
                name
            }
            Verdict::Not if matches!(names.target(func, scope, trail), Target::Nothing) => {
                let typed = match &func.kind {
                    ExprKind::Attribute { value, .. } => names.type_at(value, scope, trail),
                    // What a function has at hand under such a name is its own affair.
                    _ if names
                        .scopes
                        .resolve(scope, last)
                        .is_none_or(|at| names.is_function(at)) =>
                    {
                        return None;
                    }
                    _ => None,
                };
                // The user said that it is borrowed.
                let declared = names.project.declaration(None, last, None).is_some();
                if typed.is_some() || declared || !catalog.looks_like_provider(last, true) {
                    return None;
                }
                func.span.of(names.text).split_whitespace().collect()
            }
            _ => return None,
        };
        let is_dotted = name
            .chars()
            .all(|char| char.is_alphanumeric() || "._".contains(char));
        let declare = match is_dotted && !name.starts_with("self.") && !name.starts_with("cls.") {
            true if !matches!(names.target(func, scope, trail), Target::Nothing) => name.clone(),
            _ => last.clone(),
        };
        Some(Unclear {
            name,
            declare,
            why: self.why_unclear(func, scope),
        })
    }

    fn why_unclear(&self, func: &Expr, scope: ScopeId) -> String {
        match self.names.target(func, scope, &mut Trail::default()) {
            Target::Outside(_) => "it is of another package, and not in the catalog".to_string(),
            Target::Bound(names, at, name) => {
                let stmt = names.binding(at, &name).and_then(|binding| binding.stmt);
                match stmt {
                    Some(stmt) => {
                        let link = names.link(stmt);
                        format!(
                            "made in line {} by something that cannot be read",
                            link.line
                        )
                    }
                    None => "it is defined more than once".to_string(),
                }
            }
            Target::Missing(_) => "no definition of it can be found".to_string(),
            Target::Nothing => match func.kind {
                ExprKind::Attribute { .. } => {
                    "it is a method of something whose class cannot be told".to_string()
                }
                _ => "it is defined more than once".to_string(),
            },
        }
    }

    fn add(&mut self, span: Span, passed: bool, of: Asked) {
        self.found.push(Use { span, passed, of });
    }
}
