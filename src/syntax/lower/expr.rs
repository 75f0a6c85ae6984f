//! Expressions.
//!
//! [`Lowering::expr`] calls itself through one small function for each kind, so that the 300 levels it allows fit
//! into the stack of any thread.
use super::tree::Node;
use super::{Lowering, MAX_EXPRS};
use crate::syntax::ast::*;

impl Lowering<'_> {
    pub(super) fn expr(&mut self, node: Node) -> Expr {
        if self.expr_depth >= MAX_EXPRS {
            self.errors.push(node.span());
            return whole(node, ExprKind::Other(vec![]));
        }
        self.expr_depth += 1;
        let expr = if self.has_stray_star(node) {
            self.restarred(node)
        } else {
            self.expr_of_kind(node)
        };
        self.expr_depth -= 1;
        expr
    }

    fn expr_of_kind(&mut self, node: Node) -> Expr {
        match node.kind() {
            "identifier" => whole(node, ExprKind::Name(self.text(node))),
            "integer" | "float" | "ellipsis" => whole(node, ExprKind::Number),
            "true" => whole(node, ExprKind::True),
            "false" => whole(node, ExprKind::False),
            "none" => whole(node, ExprKind::None),
            "string" | "concatenated_string" => self.string(node),
            "parenthesized_expression" => self.parenthesized(node),
            "attribute" | "member_type" => self.attribute(node),
            "call" => self.call(node),
            "subscript" => self.subscript(node),
            "generic_type" => self.generic(node),
            "binary_operator" => self.binary(node),
            "union_type" => self.union(node),
            "boolean_operator" => self.boolean(node),
            "comparison_operator" => self.comparison(node),
            "conditional_expression" => self.conditional(node),
            "lambda" => self.lambda(node),
            "named_expression" => self.walrus(node),
            "not_operator" => self.unary(node, ExprKind::Not),
            "unary_operator" => self.unary(node, ExprKind::Unary),
            "await" => self.unary(node, ExprKind::Await),
            "list_splat"
            | "dictionary_splat"
            | "list_splat_pattern"
            | "dictionary_splat_pattern"
            | "splat_type" => self.star(node),
            "yield" => self.yield_(node),
            "list_comprehension" => self.comprehension(node, Comp::List),
            "set_comprehension" => self.comprehension(node, Comp::Set),
            "dictionary_comprehension" => self.comprehension(node, Comp::Dict),
            "generator_expression" => self.comprehension(node, Comp::Generator),
            "tuple" | "tuple_pattern" => self.tuple(node),
            "expression_list" | "pattern_list" => self.open_tuple(node),
            "list" | "list_pattern" => whole(node, ExprKind::List(self.exprs(node))),
            "set" => whole(node, ExprKind::Set(self.exprs(node))),
            "dictionary" => whole(node, ExprKind::Dict(self.exprs_below(node, "pair"))),
            "as_pattern" => self.as_pattern(node),
            "type" | "as_pattern_target" | "keyword_identifier" => self.wrapper(node),
            "ERROR" => whole(node, ExprKind::Other(vec![])),
            _ => whole(node, ExprKind::Other(self.exprs(node))),
        }
    }

    /// The parts of a node, lowered.
    pub(super) fn exprs(&mut self, node: Node) -> Vec<Expr> {
        node.parts().map(|part| self.expr(part)).collect()
    }

    /// The parts of a node, with the parts of those of one kind in their place.
    fn exprs_below(&mut self, node: Node, kind: &str) -> Vec<Expr> {
        let mut exprs = vec![];
        for part in node.parts() {
            if part.kind() == kind {
                exprs.extend(part.parts().map(|part| self.expr(part)));
            } else {
                exprs.push(self.expr(part));
            }
        }
        exprs
    }

    pub(super) fn boxed(&mut self, node: Node) -> Box<Expr> {
        Box::new(self.expr(node))
    }

    /// A node that stands for the one inside it.
    fn wrapper(&mut self, node: Node) -> Expr {
        let mut parts = node.parts();
        match (parts.next(), parts.next()) {
            (Some(only), None) => self.expr(only),
            (None, _) => whole(node, ExprKind::Name(self.text(node))),
            _ => whole(node, ExprKind::Other(self.exprs(node))),
        }
    }

    fn parenthesized(&mut self, node: Node) -> Expr {
        let Some(inner) = node.parts().next() else {
            return whole(node, ExprKind::Other(vec![]));
        };
        let outside = self.as_end;
        if outside == node.end() {
            // The target of an `as` inside these parentheses ends inside them.
            self.as_end = inner.end();
        }
        let mut expr = self.expr(inner);
        self.as_end = outside;
        expr.outer = node.span();
        expr
    }

    fn attribute(&mut self, node: Node) -> Expr {
        let mut parts = node.parts();
        let (Some(object), Some(attr)) = (parts.next(), parts.next()) else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let attr = self.text(attr);
        whole(
            node,
            ExprKind::Attribute {
                value: self.boxed(object),
                attr,
            },
        )
    }

    fn call(&mut self, node: Node) -> Expr {
        let (Some(function), Some(arguments)) = (node.field("function"), node.field("arguments"))
        else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let func = self.boxed(function);
        let args = if arguments.kind() == "generator_expression" {
            // The parentheses are the call's.
            let mut value = self.expr(arguments);
            value.outer = value.span;
            vec![Arg {
                keyword: None,
                stars: 0,
                value,
            }]
        } else {
            self.args(arguments)
        };
        whole(node, ExprKind::Call { func, args })
    }

    /// The arguments of a call or the bases of a class.
    pub(super) fn args(&mut self, list: Node) -> Vec<Arg> {
        list.parts().map(|part| self.arg(part)).collect()
    }

    fn arg(&mut self, node: Node) -> Arg {
        let stars = match node.kind() {
            "list_splat" => 1,
            "dictionary_splat" => 2,
            _ => 0,
        };
        if let (Some(name), Some(value)) = (node.field("name"), node.field("value"))
            && node.kind() == "keyword_argument"
        {
            return Arg {
                keyword: Some(self.text(name)),
                stars: 0,
                value: self.expr(value),
            };
        }
        let value = node.parts().next().filter(|_| stars > 0).unwrap_or(node);
        match self.expr(value) {
            Expr {
                kind: ExprKind::Starred(value),
                ..
            } if stars == 0 => Arg {
                keyword: None,
                stars: 1,
                value: *value,
            },
            value => Arg {
                keyword: None,
                stars,
                value,
            },
        }
    }

    fn subscript(&mut self, node: Node) -> Expr {
        let Some(value) = node.field("value") else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let value = self.boxed(value);
        let mut index = vec![];
        for part in node.parts().skip(1) {
            if part.kind() == "slice" {
                index.extend(part.parts().map(|part| self.expr(part)));
            } else {
                index.push(self.expr(part));
            }
        }
        whole(node, ExprKind::Subscript { value, index })
    }

    fn binary(&mut self, node: Node) -> Expr {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let op = node
            .field("operator")
            .map_or(String::new(), |op| self.text(op));
        whole(
            node,
            ExprKind::Binary {
                op,
                left: self.boxed(left),
                right: self.boxed(right),
            },
        )
    }

    fn boolean(&mut self, node: Node) -> Expr {
        let (Some(left), Some(right)) = (node.field("left"), node.field("right")) else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let is_and = node.child("and").is_some();
        whole(
            node,
            ExprKind::Bool {
                is_and,
                left: self.boxed(left),
                right: self.boxed(right),
            },
        )
    }

    fn comparison(&mut self, node: Node) -> Expr {
        let ops = node.children().filter(|child| child.is_field("operators"));
        let ops = ops.map(|op| op.kind().to_owned()).collect();
        let operands = self.exprs(node);
        whole(node, ExprKind::Compare { operands, ops })
    }

    fn conditional(&mut self, node: Node) -> Expr {
        let mut parts = node.parts();
        let (Some(body), Some(test), Some(orelse)) = (parts.next(), parts.next(), parts.next())
        else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let (body, test, orelse) = (self.boxed(body), self.boxed(test), self.boxed(orelse));
        // Not the node's end: see `as_pattern`.
        let span = Span::new(node.start(), orelse.outer.end);
        Expr {
            kind: ExprKind::IfExp { test, body, orelse },
            span,
            outer: span,
        }
    }

    fn lambda(&mut self, node: Node) -> Expr {
        let Some(body) = node.field("body") else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let params = node
            .field("parameters")
            .map_or(vec![], |params| self.params(params));
        let body = self.boxed(body);
        let span = Span::new(node.start(), body.outer.end);
        Expr {
            kind: ExprKind::Lambda { params, body },
            span,
            outer: span,
        }
    }

    fn walrus(&mut self, node: Node) -> Expr {
        let (Some(name), Some(value)) = (node.field("name"), node.field("value")) else {
            return whole(node, ExprKind::Other(self.exprs(node)));
        };
        let name = self.text(name);
        whole(
            node,
            ExprKind::Walrus {
                name,
                value: self.boxed(value),
            },
        )
    }

    fn unary(&mut self, node: Node, kind: fn(Box<Expr>) -> ExprKind) -> Expr {
        match node.parts().next() {
            Some(part) => whole(node, kind(self.boxed(part))),
            None => whole(node, ExprKind::Other(vec![])),
        }
    }

    fn star(&mut self, node: Node) -> Expr {
        match node.parts().next() {
            Some(part) if self.star_at == Some(node.start()) => self.expr(part),
            _ => self.unary(node, ExprKind::Starred),
        }
    }

    fn yield_(&mut self, node: Node) -> Expr {
        let value = node.parts().next().map(|part| self.boxed(part));
        let kind = match value {
            Some(value) if node.child("from").is_some() => ExprKind::YieldFrom(value),
            value => ExprKind::Yield(value),
        };
        whole(node, kind)
    }

    fn comprehension(&mut self, node: Node, kind: Comp) -> Expr {
        let (mut elements, mut clauses) = (vec![], vec![]);
        for part in node.parts() {
            match part.kind() {
                "for_in_clause" => clauses.extend(self.comp_for(part)),
                "if_clause" => clauses.extend(
                    part.parts()
                        .next()
                        .map(|test| CompClause::If(self.expr(test))),
                ),
                "pair" => elements.extend(self.exprs(part)),
                _ => elements.push(self.expr(part)),
            }
        }
        let mut expr = whole(
            node,
            ExprKind::Comprehension {
                kind,
                elements,
                clauses,
            },
        );
        if kind == Comp::Generator {
            expr.span = inside(node);
        }
        expr
    }

    fn comp_for(&mut self, node: Node) -> Option<CompClause> {
        let is_async = node.child("async").is_some();
        let target = self.expr(node.field("left")?);
        let iter = self.expr(node.field("right")?);
        Some(CompClause::For {
            is_async,
            target,
            iter,
        })
    }

    /// What stands in parentheses and may be a tuple.
    fn tuple(&mut self, node: Node) -> Expr {
        let mut items = self.exprs(node);
        if items.len() == 1
            && node.child(",").is_none()
            && let Some(mut only) = items.pop()
        {
            only.outer = node.span();
            return only;
        }
        let mut expr = whole(node, ExprKind::Tuple(items));
        expr.span = inside(node);
        expr
    }

    /// A tuple without parentheses.
    pub(super) fn open_tuple(&mut self, node: Node) -> Expr {
        whole(node, ExprKind::Tuple(self.exprs(node)))
    }

    /// `value as target`, which tree-sitter takes for an expression anywhere, and binds closer than `if ... else` and
    /// `lambda`. The target is left to [`Lowering::expr_as`], if that is waiting for one that ends here.
    fn as_pattern(&mut self, node: Node) -> Expr {
        let end = std::mem::replace(&mut self.as_end, usize::MAX);
        let Some(value) = node.parts().next() else {
            return whole(node, ExprKind::Other(vec![]));
        };
        let expr = self.expr(value);
        let target = node.field("alias").map(|alias| self.expr(alias));
        if end == node.end() {
            self.as_target = target;
        } else {
            self.errors.push(node.span());
        }
        expr
    }
}

/// An expression that is the whole of a node.
pub(super) fn whole(node: Node, kind: ExprKind) -> Expr {
    Expr {
        kind,
        span: node.span(),
        outer: node.span(),
    }
}

/// What stands inside the parentheses of a node; all of it, if that is nothing.
fn inside(node: Node) -> Span {
    let mut inner: Option<Span> = None;
    for child in node
        .children()
        .filter(|child| !matches!(child.kind(), "(" | ")"))
    {
        let start = inner.map_or(child.start(), |inner| inner.start);
        inner = Some(Span::new(start, child.end()));
    }
    inner.unwrap_or(node.span())
}
