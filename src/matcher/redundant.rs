//! Releases of something that a `with` releases anyway.

use super::flow::Atom;
use super::sites::Site;
use super::units;
use super::{Context, effects};
use crate::catalog::WrapForm;
use crate::project::Acquirer;
use crate::syntax::{ExprKind, Span, StmtId, StmtKind, walk_exprs};

/// A release that changes nothing.
#[derive(Debug)]
pub struct Redundant {
    /// The releasing statement.
    pub stmt: StmtId,
    /// Its text.
    pub span: Span,
    /// The name of its function; `None` at module level.
    pub function: Option<String>,
    /// The name that is released.
    pub name: String,
    /// What was acquired.
    pub acquirer: Acquirer,
    /// The line of the `with`, as its statement.
    pub with: StmtId,
}

/// Releases of what `site`, the context of a `with`, binds: as the last statement of the `with`, or behind it with
/// nothing but other statements in between that do not use it. Only where releasing twice is the same as once.
pub fn find(ctx: &Context<'_>, site: &Site<'_>) -> Vec<Redundant> {
    let resource = site.resource();
    let Atom::Enter(with, index) = site.atom else {
        return Vec::new();
    };
    let StmtKind::With {
        items,
        body,
        is_async,
        ..
    } = &ctx.module.stmt(with).kind
    else {
        return Vec::new();
    };
    let Some(item) = items.get(index) else {
        return Vec::new();
    };
    let releases = match site.acquirer.wrap {
        WrapForm::With => {
            !is_async
                && (item.context.span == site.whole.span
                    || resource.is_closed() && is_closing(&item.context, site.whole.span))
        }
        WrapForm::AsyncWith => *is_async && item.context.span == site.whole.span,
        WrapForm::Closing => is_closing(&item.context, site.whole.span),
        WrapForm::Behind | WrapForm::None => false,
    };
    if !releases || !resource.idempotent_release {
        return Vec::new();
    }
    let Some(ExprKind::Name(name)) = item.target.as_ref().map(|target| &target.kind) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut report = |stmt: StmtId| {
        found.push(Redundant {
            stmt,
            span: ctx.module.stmt(stmt).span,
            function: ctx.function(site.scope),
            name: name.clone(),
            acquirer: site.acquirer.clone(),
            with,
        });
    };
    let is_unit =
        |id: StmtId| units::around(ctx, resource, name, id).is_some_and(|unit| unit.stmt == id);
    if let Some(&last) = ctx.module.block(*body).stmts.last()
        && is_unit(last)
        && !rebinds_inside(ctx, *body, name)
    {
        report(last);
    }
    let block = ctx.module.block(ctx.module.stmt(with).block);
    for &after in block.stmts.iter().skip(ctx.module.stmt(with).index + 1) {
        if is_unit(after) {
            if !rebinds_inside(ctx, *body, name) {
                report(after);
            }
            continue;
        }
        if mentions(ctx, after, name) {
            break;
        }
    }
    found
}

fn is_closing(context: &crate::syntax::Expr, inner: Span) -> bool {
    let ExprKind::Call { func, args } = &context.kind else {
        return false;
    };
    let name = match &func.kind {
        ExprKind::Name(name) => name,
        ExprKind::Attribute { value, attr } if effects::is_plain_path(value) => attr,
        _ => return false,
    };
    name == "closing" && args.len() == 1 && args[0].value.span == inner
}

fn rebinds_inside(ctx: &Context<'_>, body: crate::syntax::BlockId, name: &str) -> bool {
    let span = ctx.module.block(body).span;
    ctx.module
        .stmts
        .iter()
        .any(|stmt| span.contains(stmt.span) && ctx.binds(stmt.id, name))
}

/// Whether the statement, blocks included, mentions the name.
fn mentions(ctx: &Context<'_>, id: StmtId, name: &str) -> bool {
    let span = ctx.module.stmt(id).span;
    ctx.module
        .stmts
        .iter()
        .skip(id.0 as usize)
        .take_while(|stmt| span.contains(stmt.span))
        .any(|stmt| {
            let mut found = ctx.binds(stmt.id, name);
            walk_exprs(stmt, &mut |expr| {
                found |= matches!(&expr.kind, ExprKind::Name(other) if other == name);
            });
            found
        })
}
