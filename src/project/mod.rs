//! stub
use crate::catalog::*;
use crate::syntax::*;
use std::path::Path;
use std::sync::Arc;
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust { Known, Conventional, ConventionalIfReleased }
#[derive(Debug, Clone)]
pub struct Acquirer { pub name: String, pub resource: Arc<Resource>, pub trust: Trust, pub may_be_none: bool, pub awaited: bool }
#[derive(Debug, Default)]
pub struct Project;
impl Project { pub fn new(_: &[String]) -> Self { Project } }
pub struct Names<'a> { scopes: &'a Scopes }
impl<'a> Names<'a> {
    pub fn new(_: &Path, _: &'a str, _: &'a Module, scopes: &'a Scopes, _: &'a Project) -> Self { Names { scopes } }
    pub fn scopes(&self) -> &'a Scopes { self.scopes }
    pub fn dotted(&self, e: &Expr, scope: ScopeId) -> Option<String> {
        match &e.kind {
            ExprKind::Name(n) => match self.scopes.resolve(scope, n) {
                None => Catalog::get().is_builtin(n).then(|| format!("builtins.{n}")),
                Some(s) => match &self.scopes.scope(s).bindings.get(n)?.first()?.kind {
                    BindingKind::Import { path } => Some(path.clone()),
                    BindingKind::ImportFrom { module, name, .. } => Some(format!("{module}.{name}")),
                    _ => None,
                },
            },
            ExprKind::Attribute { value, attr } => Some(format!("{}.{attr}", self.dotted(value, scope)?)),
            _ => None,
        }
    }
    pub fn acquirer(&self, e: &Expr, scope: ScopeId) -> Option<Acquirer> {
        let ExprKind::Call { func, .. } = &e.kind else { return None };
        let d = self.dotted(func, scope).or_else(|| match &func.kind { ExprKind::Name(n) if self.scopes.resolve(scope, n).is_none() => Some(n.clone()), _ => None })?;
        if let Some(r) = Catalog::get().resource(&d) { return r.default.then(|| Acquirer { name: d, resource: r.clone(), trust: Trust::Known, may_be_none: false, awaited: false }); }
        let last = d.rsplit('.').next()?;
        let c = Catalog::get().convention(last)?;
        Some(Acquirer { name: d.clone(), resource: c.resource.clone(), trust: if c.if_released { Trust::ConventionalIfReleased } else { Trust::Conventional }, may_be_none: false, awaited: false })
    }
}
