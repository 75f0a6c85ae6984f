//! What a function does with a resource that it is given.

use super::Context;
use crate::catalog::{Callable, Catalog};
use crate::syntax::{
    Arg, Expr, ExprKind, FunctionDef, Module, Param, ScopeId, ScopeKind, StmtId, StmtKind,
};

/// What is known of something that is called.
pub enum Callee<'a> {
    /// The catalog knows it.
    Known(Callable),
    /// `contextlib.closing`: its result stands for the resource.
    Closing,
    /// Its name says that it gives back what it gets.
    Releases,
    /// A function of this file.
    Project(Local<'a>),
    /// Nothing.
    Unknown,
}

/// A function of this file, as the callee of a call.
pub struct Local<'a> {
    id: StmtId,
    def: &'a FunctionDef,
    /// Whether the call binds the first parameter (`self`).
    bound: bool,
}

/// Parts of names of functions that give back what they get.
const RELEASING: [&str; 8] = [
    "close",
    "release",
    "putconn",
    "put_conn",
    "dispose",
    "cleanup",
    "clean_up",
    "return_conn",
];

/// Looks up what `func`, standing in `scope`, is.
pub fn of<'a>(ctx: &'a Context<'a>, scope: ScopeId, func: &Expr) -> Callee<'a> {
    if let Some(dotted) = ctx.names.dotted(func, scope) {
        if dotted == "contextlib.closing" || dotted == "contextlib.aclosing" {
            return Callee::Closing;
        }
        if let Some(callable) = Catalog::get().callable(&dotted) {
            return Callee::Known(callable);
        }
    }
    if let Some(local) = local(ctx, scope, func) {
        return Callee::Project(local);
    }
    let name = match &func.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { attr, .. } => attr,
        _ => return Callee::Unknown,
    };
    // Methods are known by their name alone where no import leads to them: `stack.enter_context(f)`.
    if matches!(func.kind, ExprKind::Attribute { .. })
        && let Some(callable) = Catalog::get().method(name)
    {
        return Callee::Known(callable);
    }
    let lower = name.to_lowercase();
    if RELEASING.iter().any(|part| lower.contains(part)) {
        Callee::Releases
    } else {
        Callee::Unknown
    }
}

fn local<'a>(ctx: &'a Context<'a>, scope: ScopeId, func: &Expr) -> Option<Local<'a>> {
    let module = ctx.module;
    let (owner, name, bound) = match &func.kind {
        ExprKind::Name(name) => (ctx.scopes.resolve(scope, name)?, name, false),
        ExprKind::Attribute { value, attr } => match &value.kind {
            ExprKind::Name(this) if this == "self" || this == "cls" => {
                (class_of(ctx, scope)?, attr, true)
            }
            _ => return None,
        },
        _ => return None,
    };
    let bindings = ctx.scopes.scope(owner).bindings.get(name)?;
    let [binding] = bindings.as_slice() else {
        return None;
    };
    let id = binding.stmt?;
    match &module.stmt(id).kind {
        StmtKind::FunctionDef(def) if def.name == *name => Some(Local { id, def, bound }),
        _ => None,
    }
}

fn class_of(ctx: &Context<'_>, scope: ScopeId) -> Option<ScopeId> {
    let mut at = Some(scope);
    while let Some(id) = at {
        let scope = ctx.scopes.scope(id);
        if scope.kind == ScopeKind::Class {
            return Some(id);
        }
        at = scope.parent;
    }
    None
}

impl Local<'_> {
    /// Whether the function does nothing with the parameter that `arg` is bound to but ask it for attributes and call its
    /// methods: then it keeps nothing.
    pub fn only_touches(&self, ctx: &Context<'_>, arg: &Arg, index: usize) -> bool {
        self.param(arg, index)
            .is_some_and(|param| only_touched(ctx, self.id, &param.name))
    }

    fn param(&self, arg: &Arg, index: usize) -> Option<&Param> {
        match &arg.keyword {
            Some(keyword) => self.def.params.iter().find(|param| param.name == *keyword),
            None => self.def.params.get(index + usize::from(self.bound)),
        }
        .filter(|param| param.stars == 0 && arg.stars == 0)
    }

    /// Whether the function closes the parameter that `arg`, the call's argument number `index`, is bound to.
    pub fn releases(&self, ctx: &Context<'_>, arg: &Arg, index: usize) -> bool {
        let param = self.param(arg, index);
        param.is_some_and(|param| closes(ctx.module, self.id, &param.name))
    }
}

/// Whether a statement inside the definition `id` closes `name` or puts it into a `with`.
fn closes(module: &Module, id: StmtId, name: &str) -> bool {
    let span = module.stmt(id).span;
    let inside = module
        .stmts
        .iter()
        .skip(id.0 as usize + 1)
        .take_while(|stmt| span.contains(stmt.span));
    for stmt in inside {
        if let StmtKind::With { items, .. } = &stmt.kind
            && items.iter().any(|item| is_name(&item.context, name))
        {
            return true;
        }
        let mut found = false;
        crate::syntax::walk_exprs(stmt, &mut |expr| {
            if let ExprKind::Call { func, .. } = &expr.kind
                && let ExprKind::Attribute { value, attr } = &func.kind
                && matches!(
                    attr.as_str(),
                    "close" | "aclose" | "release" | "shutdown" | "cleanup"
                )
                && is_name(value, name)
            {
                found = true;
            }
        });
        if found {
            return true;
        }
    }
    false
}

/// Whether all that the definition `id` does with `name` is to read its attributes, call its methods and test it.
pub fn only_touched(ctx: &Context<'_>, id: StmtId, name: &str) -> bool {
    let module = ctx.module;
    let span = module.stmt(id).span;
    if matches!(&module.stmt(id).kind, StmtKind::FunctionDef(def) if !def.decorators.is_empty() || def.is_async)
        || ctx
            .scopes
            .list
            .iter()
            .any(|scope| scope.stmt == Some(id) && scope.is_generator)
    {
        return false;
    }
    let mut inside = module
        .stmts
        .iter()
        .skip(id.0 as usize + 1)
        .take_while(|stmt| span.contains(stmt.span));
    inside.all(|stmt| {
        let definition = matches!(stmt.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_));
        let mut fine = !definition;
        let mut mentions = 0usize;
        let mut touches = 0usize;
        crate::syntax::walk_exprs(stmt, &mut |expr| match &expr.kind {
            ExprKind::Name(other) if other == name => mentions += 1,
            // A method that is called, or a plain value that is read in passing.
            ExprKind::Call { func, .. } => {
                touches += usize::from(
                    matches!(&func.kind, ExprKind::Attribute { value, .. } if is_name(value, name)),
                );
            }
            ExprKind::Compare { operands, .. } => {
                touches += operands
                    .iter()
                    .filter(|operand| is_name(operand, name))
                    .count();
            }
            ExprKind::Lambda { .. } => fine = false,
            _ => {}
        });
        // What a method gives may still need the object: it must not leave.
        let leaves = matches!(stmt.kind, StmtKind::Return(Some(_))) && mentions > 0;
        (fine && mentions == touches && !leaves) || mentions == 0
    })
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(other) if other == name)
}
