//! String literals.
use super::Lowering;
use super::expr::whole;
use super::tree::Node;
use crate::syntax::ast::*;

impl Lowering<'_> {
    /// A literal, or several that stand side by side.
    pub(super) fn string(&mut self, node: Node) -> Expr {
        if node.kind() == "concatenated_string" {
            let parts: Vec<Node> = node
                .parts()
                .filter(|part| part.kind() == "string")
                .collect();
            if !parts.iter().any(|part| self.is_formatted(*part)) {
                return whole(node, ExprKind::Str(None));
            }
            let mut exprs = vec![];
            for part in parts {
                self.interpolations(part, &mut exprs);
            }
            return whole(node, ExprKind::FString(exprs));
        }
        if !self.is_formatted(node) {
            return whole(
                node,
                ExprKind::Str(plain_contents(node.span().of(self.text))),
            );
        }
        let mut exprs = vec![];
        self.interpolations(node, &mut exprs);
        whole(node, ExprKind::FString(exprs))
    }

    fn is_formatted(&self, node: Node) -> bool {
        let prefix = node
            .span()
            .of(self.text)
            .split(['"', '\''])
            .next()
            .unwrap_or("");
        prefix.contains(['f', 'F', 't', 'T'])
    }

    /// Lowers what stands in the braces of a literal or of a format specification.
    fn interpolations(&mut self, node: Node, exprs: &mut Vec<Expr>) {
        for part in node.parts() {
            match part.kind() {
                "interpolation" | "format_expression" => self.interpolation(part, exprs),
                _ => {}
            }
        }
    }

    fn interpolation(&mut self, node: Node, exprs: &mut Vec<Expr>) {
        for part in node.parts() {
            match part.kind() {
                "type_conversion" => {}
                "format_specifier" => self.format_specifier(part, exprs),
                // In `f"{x:=5}"` a format specification starts at the colon.
                "named_expression" => {
                    let value = part.field("name").unwrap_or(part);
                    exprs.push(self.expr(value));
                }
                _ => exprs.push(self.expr(part)),
            }
        }
    }

    /// Format specifications may hold braces again, to any depth.
    fn format_specifier(&mut self, node: Node, exprs: &mut Vec<Expr>) {
        if self.expr_depth >= super::MAX_EXPRS {
            self.errors.push(node.span());
            return;
        }
        self.expr_depth += 1;
        self.interpolations(node, exprs);
        self.expr_depth -= 1;
    }
}

/// The contents of a literal if they stand there as they are; `None` for bytes and where there are escapes.
fn plain_contents(literal: &str) -> Option<String> {
    let quotes = literal.find(['"', '\''])?;
    let (prefix, quoted) = literal.split_at(quotes);
    if prefix.contains(['b', 'B']) {
        return None;
    }
    let quote = match quoted.as_bytes() {
        [a, b, c, ..] if a == b && b == c => 3,
        _ => 1,
    };
    let contents = quoted.get(quote..quoted.len().checked_sub(quote)?)?;
    let is_raw = prefix.contains(['r', 'R']);
    (is_raw || !contents.contains('\\')).then(|| contents.to_owned())
}
