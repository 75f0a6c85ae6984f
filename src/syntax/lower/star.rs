//! `*a.b()`, which tree-sitter reads as `(*a).b()`.
use super::Lowering;
use super::tree::Node;
use crate::syntax::ast::*;

impl Lowering<'_> {
    /// Whether `node` is an operation on something that starts with a `*`, and so the star is really around it.
    pub(super) fn has_stray_star(&self, node: Node) -> bool {
        self.text.as_bytes().get(node.start()) == Some(&b'*')
            && self.star_at != Some(node.start())
            && matches!(
                node.kind(),
                "attribute"
                    | "call"
                    | "subscript"
                    | "binary_operator"
                    | "boolean_operator"
                    | "comparison_operator"
                    | "conditional_expression"
            )
    }

    /// Lowers such a node.
    pub(super) fn restarred(&mut self, node: Node) -> Expr {
        let star = node.start();
        let outside = self.star_at.replace(star);
        let mut value = self.expr(node);
        self.star_at = outside;
        // Everything on the left edge starts behind the star now.
        let mut edge = Some(&value);
        let mut start = star;
        while let Some(expr) = edge {
            start = expr.outer.start;
            edge = if start == star {
                first_operand(expr)
            } else {
                None
            };
        }
        let mut edge = Some(&mut value);
        while let Some(expr) = edge.filter(|expr| expr.outer.start == star) {
            expr.span.start = start;
            expr.outer.start = start;
            edge = first_operand_mut(expr);
        }
        let span = Span::new(star, value.outer.end);
        Expr {
            kind: ExprKind::Starred(Box::new(value)),
            span,
            outer: span,
        }
    }
}

fn first_operand(expr: &Expr) -> Option<&Expr> {
    match &expr.kind {
        ExprKind::Attribute { value: first, .. }
        | ExprKind::Call { func: first, .. }
        | ExprKind::Subscript { value: first, .. }
        | ExprKind::Binary { left: first, .. }
        | ExprKind::Bool { left: first, .. }
        | ExprKind::IfExp { body: first, .. } => Some(first),
        ExprKind::Compare { operands, .. } => operands.first(),
        _ => None,
    }
}

fn first_operand_mut(expr: &mut Expr) -> Option<&mut Expr> {
    match &mut expr.kind {
        ExprKind::Attribute { value: first, .. }
        | ExprKind::Call { func: first, .. }
        | ExprKind::Subscript { value: first, .. }
        | ExprKind::Binary { left: first, .. }
        | ExprKind::Bool { left: first, .. }
        | ExprKind::IfExp { body: first, .. } => Some(first),
        ExprKind::Compare { operands, .. } => operands.first_mut(),
        _ => None,
    }
}
