//! Providers of a file whose docstring does not say that what they give has to be released.

use super::Context;
use crate::project::{Form, Ownership, Provider, Way};
use crate::syntax::{
    BindingKind, ExprKind, FunctionDef, ScopeId, Span, StmtId, StmtKind, walk_exprs,
};

/// One such provider.
#[derive(Debug)]
pub struct Undocumented {
    /// What is known of it.
    pub provider: Provider,
    /// Its name where it is defined.
    pub span: Span,
    /// Its last name, and its class if it is a method.
    pub name: (Option<String>, String),
    /// The function it is, with the classes around it.
    pub function: Option<String>,
    /// Whether it can be called without arguments.
    pub takes_nothing: bool,
    /// The first statement behind its docstring.
    pub first: Option<StmtId>,
    /// What the lines of its body begin with.
    pub indent: String,
    /// Its docstring; nothing if there is none.
    pub docstring: Option<Docstring>,
    /// The logger of the module and the statement before which a line for it belongs.
    pub logger: Option<(String, StmtId)>,
}

/// A docstring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Docstring {
    /// One literal.
    Literal(Span),
    /// Several side by side.
    Several,
}

/// Finds all of them in a file: functions and methods, not private, that return something for their caller to release.
pub fn undocumented(ctx: &Context<'_>) -> Vec<Undocumented> {
    let mut found = Vec::new();
    let providers: Vec<Provider> = ctx.names.providers();
    for provider in providers {
        let is_owned = provider.ownership == Ownership::Owned(None);
        let is_function = matches!(provider.form, Form::Function | Form::Method);
        if !(is_owned && is_function && provider.way == Way::Returned) {
            continue;
        }
        let defs = ctx.module.stmts.iter().filter_map(|stmt| match &stmt.kind {
            StmtKind::FunctionDef(def) => Some((stmt.id, def)),
            _ => None,
        });
        let last = provider.name.rsplit('.').next();
        for (stmt, def) in defs.filter(|(_, def)| last == Some(def.name.as_str())) {
            let header = ctx.module.block(def.body).header;
            let line = 1 + memchr::memchr_iter(b'\n', &ctx.text.as_bytes()[..header.start]).count();
            if line == provider.place.line {
                found.extend(one(ctx, stmt, def, provider.clone()));
            }
        }
    }
    found
}

fn one(
    ctx: &Context<'_>,
    stmt: StmtId,
    def: &FunctionDef,
    provider: Provider,
) -> Option<Undocumented> {
    let scope = ctx.scopes.of_block(def.body);
    let around = ctx.module.parent(stmt);
    let class = match around.map(|around| &ctx.module.stmt(around).kind) {
        None => None,
        Some(StmtKind::ClassDef(class)) => Some(class.name.clone()),
        Some(_) => return None,
    };
    if def.name.starts_with('_') {
        return None;
    }
    let body = &ctx.module.block(def.body).stmts;
    let first = ctx.module.stmt(*body.first()?);
    let docstring = match &first.kind {
        StmtKind::Expr(expr) if matches!(expr.kind, ExprKind::Str(_)) => {
            match ctx.module.strings.contains(&expr.span) {
                true => Some(Docstring::Literal(expr.span)),
                false => Some(Docstring::Several),
            }
        }
        _ => None,
    };
    let release = provider.resource.as_ref()?.release.first()?.as_str();
    if docstring.is_some() && says(first.span.of(ctx.text), release) {
        return None;
    }
    let header = ctx.module.block(def.body).header;
    let name = header.start + header.of(ctx.text).find(def.name.as_str())?;
    let line = ctx.text[..first.span.start].rfind(['\n', '\r']);
    let indent = &ctx.text[line.map_or(0, |line| line + 1)..first.span.start];
    let own = usize::from(class.is_some());
    let params = def.params.iter().skip(own);
    Some(Undocumented {
        span: Span::new(name, name + def.name.len()),
        name: (class, def.name.clone()),
        function: ctx.function(scope),
        takes_nothing: params
            .into_iter()
            .all(|param| param.default.is_some() || param.stars > 0),
        first: body.get(usize::from(docstring.is_some())).copied(),
        indent: indent.to_owned(),
        docstring,
        logger: logger(ctx, def, scope),
        provider,
    })
}

/// Whether a docstring speaks of a release, or shows a `with`.
fn says(docstring: &str, release: &str) -> bool {
    let text = docstring.to_lowercase();
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let mut words = text.split(|char| !is_word(char));
    words.any(|word| {
        word.starts_with("clos")
            || word.starts_with("releas")
            || word == release
            || word == "contextmanager"
    }) || text.contains("context manager")
        || text.lines().any(|line| {
            let line = line.trim_start_matches([' ', '\t', '>', '`']);
            line.starts_with("with ") || line.starts_with("async with ")
        })
        || text.contains("`with")
}

/// The logger of the module, if the function does not use it yet, and where it acquires.
fn logger(ctx: &Context<'_>, def: &FunctionDef, scope: ScopeId) -> Option<(String, StmtId)> {
    let module = ctx.module;
    let name = module.block(module.body).stmts.iter().find_map(|id| {
        let StmtKind::Assign { targets, .. } = &module.stmt(*id).kind else {
            return None;
        };
        let [target] = targets.as_slice() else {
            return None;
        };
        let ExprKind::Name(name) = &target.kind else {
            return None;
        };
        let bindings = ctx.scopes.scope(ScopeId(0)).bindings.get(name)?;
        let [only] = bindings.as_slice() else {
            return None;
        };
        let is_logger = ctx.names.type_of(target, ScopeId(0)).as_deref() == Some("logging.Logger");
        (only.kind == BindingKind::Assign && is_logger).then(|| name.clone())
    })?;
    if ctx.scopes.resolve(scope, &name) != Some(ScopeId(0)) {
        return None;
    }
    let body = &module.block(def.body).stmts;
    let uses = |id: StmtId| {
        let mut found = (false, false);
        walk_exprs(module.stmt(id), &mut |expr| {
            found.0 |= matches!(&expr.kind, ExprKind::Name(own) if *own == name);
            found.1 |= ctx.names.acquirer(expr, scope).is_some();
        });
        found
    };
    let span = module.block(def.body).span;
    let inside = module.stmts.iter().filter(|stmt| span.contains(stmt.span));
    if inside.into_iter().any(|stmt| uses(stmt.id).0) {
        return None;
    }
    let at = body.iter().copied().find(|id| uses(*id).1)?;
    Some((name, at))
}
