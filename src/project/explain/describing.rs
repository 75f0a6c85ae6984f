//! Functions that hand out resources, described for people.

use super::super::acquirer::Trust;
use super::super::names::Names;
use super::super::provided::{Link, Provided, Verdict};
use super::super::trail::Trail;
use super::super::types::Type;
use super::described::{Form, Ownership, Provider, Way};
use super::lent::{Lent, Origin, Search, first_resource};
use crate::catalog::{Catalog, Decorator};
use crate::syntax::{Expr, ExprKind, FunctionDef, ScopeKind, StmtId};

impl<'a> Names<'a> {
    /// What calling the function gives that `stmt` defines.
    pub(super) fn described_function(
        &self,
        stmt: StmtId,
        def: &'a FunctionDef,
    ) -> Option<Provider> {
        let scope = self.scopes.of_block(def.body);
        let info = self.scopes.scope(scope);
        let parent = info.parent?;
        let is_dunder = def.name.starts_with("__") && def.name.ends_with("__");
        if info.has_error || is_dunder {
            return None;
        }
        let form = match self.scopes.scope(parent).kind {
            ScopeKind::Class if self.is_property(def) => Form::Property,
            ScopeKind::Class => Form::Method,
            _ => Form::Function,
        };
        let base = Provider {
            is_async: def.is_async,
            way: match info.is_generator {
                true => Way::Yielded,
                false => Way::Returned,
            },
            ..self.undescribed(stmt, self.own_name(&info.name), form)
        };
        let found = match self.provision(stmt, def, &mut Trail::default()) {
            Verdict::Acquires(provided) => Some(base.clone().owned(provided, Way::Returned)),
            Verdict::Generates(provided) => Some(base.clone().owned(provided, Way::Yielded)),
            Verdict::Manages(provided) => Some(base.clone().owned(provided, Way::Entered)),
            Verdict::Bundles(parts) => {
                let first = parts.into_iter().flatten().next();
                first.map(|provided| base.clone().owned(provided, Way::InTuple))
            }
            _ => self
                .decorated(&base, def)
                .or_else(|| self.lending(&base, def)),
        };
        self.as_declared(base, found)
    }

    /// A function that would hand out something fresh, if it were not for its decorators.
    fn decorated(&self, base: &Provider, def: &'a FunctionDef) -> Option<Provider> {
        let scope = self.scopes.scope(self.scopes.of_block(def.body)).parent?;
        let trail = &mut Trail::default();
        let decorators: Vec<_> = self.decorators(def).collect();
        let (index, what) = decorators.iter().enumerate().find(|(_, decorator)| {
            !matches!(
                decorator,
                Some(
                    Decorator::Static
                        | Decorator::Bound
                        | Decorator::Plain
                        | Decorator::Abstract
                        | Decorator::Manager
                )
            )
        })?;
        let provided = match base.way {
            Way::Yielded => self.yielded(def, trail),
            _ => self.returned(def, trail),
        }?;
        let name = self.name_of_decorator(&def.decorators[index], scope)?;
        let provider = base.clone().owned(provided, base.way);
        Some(match what {
            Some(Decorator::Cache | Decorator::CachedProperty | Decorator::Fixture) => {
                provider.with(Ownership::Borrowed(format!("cached by `{name}`")))
            }
            Some(_) => provider.with(Ownership::Owned(Some(
                "looked at, not called: what becomes of it is not followed".to_string(),
            ))),
            None => provider.with(Ownership::Unclear(format!(
                "decorated by `{name}`, of which nothing is known"
            ))),
        })
    }

    /// A function that gives something which is not, or not only, its caller's.
    fn lending(&self, base: &Provider, def: &'a FunctionDef) -> Option<Provider> {
        let scope = self.scopes.of_block(def.body);
        let values = match base.way {
            Way::Yielded => self.yielded_values(def),
            _ => self
                .return_stmts(def)
                .into_iter()
                .filter_map(|(stmt, value)| Some((stmt, value?)))
                .collect(),
        };
        let mut search = Search::default();
        let mut lent: Option<(Link, Lent)> = None;
        let mut fresh: Option<(Link, Provided)> = None;
        let mut all = Vec::new();
        let mut way = base.way;
        for (stmt, value) in values {
            let (parts, in_tuple): (Vec<&Expr>, bool) = match &value.kind {
                ExprKind::Tuple(parts) => (parts.iter().collect(), true),
                _ => (vec![value], false),
            };
            for part in parts {
                for origin in self.origins(part, scope, &mut search) {
                    match &origin {
                        Origin::Lent(found) => {
                            let better = match &lent {
                                None => true,
                                Some((_, known)) => {
                                    (found.resource.is_some(), found.well_known)
                                        > (known.resource.is_some(), known.well_known)
                                }
                            };
                            if better {
                                lent = Some((self.link(stmt), found.clone()));
                            }
                        }
                        Origin::Fresh(found) if found.trust != Trust::Known => continue,
                        Origin::Fresh(found) => {
                            if in_tuple && base.way == Way::Returned {
                                way = Way::InTuple;
                            }
                            fresh.get_or_insert((self.link(stmt), found.clone()));
                        }
                    }
                    all.push(origin);
                }
            }
        }
        let annotated = def
            .returns
            .as_ref()
            .and_then(|returns| self.annotated(returns, scope, &mut search.trail));
        let promised = match annotated {
            Some(Type::Named(class)) => Catalog::get().by_instance(&class).cloned(),
            _ => None,
        };
        let resource = first_resource(&all).or(promised);
        if let Some((link, lent)) = lent {
            let looks = || Catalog::get().looks_like_provider(&def.name, false);
            if resource.is_none() && !(lent.well_known && looks()) {
                return None;
            }
            let mut chain = lent.chain;
            chain.push(link);
            chain.sort_by_key(|link| (link.path != self.path, link.line));
            chain.dedup();
            return Some(Provider {
                chain,
                resource,
                ..base.clone().with(Ownership::Borrowed(lent.why))
            });
        }
        let (link, provided) = fresh?;
        let provided = provided.linked(link);
        let resource = provided.resource.clone();
        let provider = base.clone().owned(provided, way);
        if way == Way::InTuple {
            return Some(provider.with(Ownership::Owned(Some(
                "in a tuple: what becomes of it is not followed".to_string(),
            ))));
        }
        Some(
            provider.with(match self.kept_before_return(def, &resource) {
                Some(link) => Ownership::Borrowed(format!(
                    "kept or handed on in line {}, before it is given",
                    link.line
                )),
                None => {
                    Ownership::Unclear("what it gives is not the same on every path".to_string())
                }
            }),
        )
    }
}
