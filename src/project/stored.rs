//! What a function puts away of a resource where it lives on: the resource, something obtained through it, a method of it.

use std::collections::HashSet;

use super::callee::Function;
use super::names::Names;
use super::returned::stmts_of;
use super::trail::Trail;
use crate::catalog::Resource;
use crate::syntax::{Arg, Expr, ExprKind, FunctionDef, ScopeId, Stmt, StmtId, StmtKind};

impl<'a> Names<'a> {
    /// The first statement of the function that puts away what it knows as `name`, itself or by a function that it calls.
    pub(super) fn puts_away(
        &self,
        def: &'a FunctionDef,
        name: &str,
        resource: &Resource,
        trail: &mut Trail,
    ) -> Option<StmtId> {
        let scope = self.scopes.of_block(def.body);
        let mut search = Search {
            names: self,
            scope,
            resource,
            carriers: HashSet::from([name.to_string()]),
        };
        let own: Vec<&Stmt> = stmts_of(self.module, def)
            .filter(|stmt| self.scopes.of_block(stmt.block) == scope)
            .collect();
        // Other names first, in the order in which they are given.
        for stmt in &own {
            if let StmtKind::Assign { targets, value } = &stmt.kind
                && search.carries(value)
            {
                let named = targets.iter().filter_map(|target| match &target.kind {
                    ExprKind::Name(name) if !search.lives_on(target) => Some(name.clone()),
                    _ => None,
                });
                let named: Vec<String> = named.collect();
                search.carriers.extend(named);
            }
        }
        let found = own.into_iter().find(|stmt| search.puts_away(stmt, trail));
        found.map(|stmt| stmt.id)
    }
}

struct Search<'n, 'a> {
    names: &'n Names<'a>,
    scope: ScopeId,
    resource: &'n Resource,
    /// The names of the resource and of what was obtained through it.
    carriers: HashSet<String>,
}

impl Search<'_, '_> {
    fn puts_away(&self, stmt: &Stmt, trail: &mut Trail) -> bool {
        let into = |target: &Expr, value: &Expr| self.lives_on(target) && self.carries(value);
        let assigns = match &stmt.kind {
            StmtKind::Assign { targets, value } => targets.iter().any(|target| into(target, value)),
            StmtKind::AnnAssign {
                target,
                value: Some(value),
                ..
            }
            | StmtKind::AugAssign { target, value } => into(target, value),
            _ => false,
        };
        let mut calls = Vec::new();
        for expr in stmt.exprs() {
            expr.walk(&mut |part| {
                if let ExprKind::Call { func, args } = &part.kind
                    && args.iter().any(|arg| self.carries(&arg.value))
                {
                    calls.push((&**func, args.as_slice()));
                }
                true
            });
        }
        assigns
            || calls
                .into_iter()
                .any(|(func, args)| self.call_keeps(func, args, trail))
    }

    fn call_keeps(&self, func: &Expr, args: &[Arg], trail: &mut Trail) -> bool {
        if let ExprKind::Attribute { value, .. } = &func.kind
            && self.carries(value)
        {
            return false;
        }
        if self.names.keeps_arguments(func, self.scope) {
            return true;
        }
        let Some(function) = self.names.function_through(func, self.scope, trail) else {
            return false;
        };
        if function.makes || !function.names.is_plain(function.def) {
            return false;
        }
        let Function {
            names, stmt, def, ..
        } = function;
        let given = args
            .iter()
            .enumerate()
            .filter(|(_, arg)| self.carries(&arg.value));
        let params: Vec<&str> = given
            .filter_map(|(index, _)| Some(function.param(args, index)?.name.as_str()))
            .collect();
        trail.through_function(names.file(), stmt, |trail| {
            let mut params = params.into_iter();
            params.any(|param| names.puts_away(def, param, self.resource, trail).is_some())
        })
    }

    /// Whether what is assigned to the target is there when the function has returned.
    fn lives_on(&self, target: &Expr) -> bool {
        match &target.kind {
            ExprKind::Attribute { value, .. } | ExprKind::Subscript { value, .. } => {
                !self.is_carrier(value)
            }
            ExprKind::Name(name) => {
                let scope = self.names.scopes.scope(self.scope);
                scope.globals.contains(name) || scope.nonlocals.contains(name)
            }
            _ => false,
        }
    }

    /// Whether a value is the resource, or needs it: a method of it, what a method gives that is not known to be a copy, a
    /// container with that.
    fn carries(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Name(_) => self.is_carrier(expr),
            ExprKind::Attribute { value, attr } => {
                self.is_carrier(value) && !self.resource.plain_attribute(attr)
            }
            ExprKind::Call { func, .. } => match &func.kind {
                ExprKind::Attribute { value, attr } => {
                    self.is_carrier(value) && !self.resource.detaches(attr)
                }
                _ => false,
            },
            ExprKind::Await(value) | ExprKind::Walrus { value, .. } => self.carries(value),
            ExprKind::Tuple(parts)
            | ExprKind::List(parts)
            | ExprKind::Set(parts)
            | ExprKind::Dict(parts) => parts.iter().any(|part| self.carries(part)),
            _ => false,
        }
    }

    fn is_carrier(&self, expr: &Expr) -> bool {
        matches!(&expr.kind, ExprKind::Name(name) if self.carriers.contains(name))
    }
}
