//! Annotations, where tree-sitter-python has nodes of its own for what are plain expressions.
use super::Lowering;
use super::expr::whole;
use super::tree::Node;
use crate::syntax::ast::*;

impl Lowering<'_> {
    /// `list[int]` where it is an annotation.
    pub(super) fn generic(&mut self, node: Node) -> Expr {
        let mut parts = node.parts();
        let Some(value) = parts.next() else {
            return whole(node, ExprKind::Other(vec![]));
        };
        let value = self.boxed(value);
        let mut index = vec![];
        for part in parts.next().into_iter().flat_map(Node::parts) {
            // A slice looks like a bounded type parameter here.
            match part.parts().next() {
                Some(slice) if slice.kind() == "constrained_type" => {
                    index.extend(self.exprs(slice))
                }
                _ => index.push(self.expr(part)),
            }
        }
        whole(node, ExprKind::Subscript { value, index })
    }

    /// `list[int] | str | None` as an annotation, which tree-sitter reads as `list[int] | (str | None)`.
    pub(super) fn union(&mut self, node: Node) -> Expr {
        let mut parts = node.parts();
        let (Some(left), Some(right)) = (parts.next(), parts.next()) else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let mut left = self.expr(left);
        let mut rest = vec![self.expr(right)];
        while let Some(last) = rest.pop_if(|last| is_bare_union(last)) {
            if let ExprKind::Binary {
                left: inner, right, ..
            } = last.kind
            {
                rest.extend([*right, *inner]);
            }
        }
        while let Some(right) = rest.pop() {
            let span = Span::new(left.outer.start, right.outer.end);
            let kind = ExprKind::Binary {
                op: "|".to_owned(),
                left: Box::new(left),
                right: Box::new(right),
            };
            left = Expr {
                kind,
                span,
                outer: span,
            };
        }
        left
    }
}

fn is_bare_union(expr: &Expr) -> bool {
    expr.span == expr.outer && matches!(&expr.kind, ExprKind::Binary { op, .. } if op == "|")
}
