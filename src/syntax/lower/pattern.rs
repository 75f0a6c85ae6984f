//! The patterns of `match`.
use super::tree::Node;
use super::{Lowering, MAX_EXPRS};
use crate::syntax::ast::*;

/// What the patterns of a `case` bind and evaluate.
#[derive(Default)]
struct Found {
    binds: Vec<String>,
    exprs: Vec<Expr>,
}

impl Lowering<'_> {
    pub(super) fn case(&mut self, clause: Node, id: StmtId, number: usize) -> Case {
        let mut found = Found::default();
        let patterns: Vec<Node> = clause
            .parts()
            .filter(|part| part.kind() == "case_pattern")
            .collect();
        for pattern in &patterns {
            self.pattern(*pattern, &mut found);
        }
        let guard = clause.field("guard").and_then(|guard| guard.parts().next());
        let guard = guard.map(|guard| self.expr(guard));
        let open = clause.child(",").is_some();
        let irrefutable =
            guard.is_none() && !open && matches!(patterns[..], [only] if self.matches_all(only));
        let Found { binds, exprs } = found;
        Case {
            binds,
            exprs,
            irrefutable,
            guard,
            body: self.suite(clause, id, Role::Case(number)),
        }
    }

    fn pattern(&mut self, node: Node, found: &mut Found) {
        if self.expr_depth >= MAX_EXPRS {
            self.errors.push(node.span());
            return;
        }
        self.expr_depth += 1;
        let mut parts = node.parts();
        match node.kind() {
            "dotted_name" => self.dotted_pattern(node, found),
            "identifier" => self.bind(node, found),
            "keyword_pattern" => {
                parts.next();
                parts.for_each(|part| self.pattern(part, found));
            }
            "class_pattern" => {
                if let Some(class) = parts.next() {
                    found.exprs.push(self.dotted_expr(class));
                }
                parts.for_each(|part| self.pattern(part, found));
            }
            "string" | "concatenated_string" => {}
            _ => parts.for_each(|part| self.pattern(part, found)),
        }
        self.expr_depth -= 1;
    }

    /// A bare name is bound, a dotted one is a value.
    fn dotted_pattern(&mut self, node: Node, found: &mut Found) {
        let mut parts = node.parts();
        match (parts.next(), parts.next()) {
            (Some(name), None) => self.bind(name, found),
            _ => found.exprs.push(self.dotted_expr(node)),
        }
    }

    fn bind(&mut self, node: Node, found: &mut Found) {
        let name = self.text(node);
        if name != "_" && !found.binds.contains(&name) {
            found.binds.push(name);
        }
    }

    /// `a.b.c` in a pattern or a decorator, where it is not an expression for tree-sitter.
    pub(super) fn dotted_expr(&mut self, node: Node) -> Expr {
        let mut whole: Option<Expr> = None;
        for (depth, part) in node.parts().enumerate() {
            if depth > MAX_EXPRS {
                self.errors.push(node.span());
                break;
            }
            let (span, name) = (Span::new(node.start(), part.end()), self.text(part));
            let kind = match whole {
                None => ExprKind::Name(name),
                Some(value) => ExprKind::Attribute {
                    value: Box::new(value),
                    attr: name,
                },
            };
            whole = Some(Expr {
                kind,
                span,
                outer: span,
            });
        }
        whole.unwrap_or(Expr {
            kind: ExprKind::Other(vec![]),
            span: node.span(),
            outer: node.span(),
        })
    }

    /// Whether the pattern lets everything pass.
    fn matches_all(&self, node: Node) -> bool {
        let mut node = node;
        loop {
            let inner = match node.kind() {
                "case_pattern" | "as_pattern" => node.parts().next(),
                "tuple_pattern" if node.child(",").is_none() && node.parts().count() == 1 => {
                    node.parts().next()
                }
                "union_pattern" => node.children().last(),
                "dotted_name" => return node.parts().count() == 1,
                "_" | "identifier" => return true,
                _ => return false,
            };
            match inner.or_else(|| node.children().next()) {
                Some(inner) => node = inner,
                None => return node.span().of(self.text) == "_",
            }
        }
    }
}
