//! Compound statements.
use super::Lowering;
use super::tree::Node;
use crate::syntax::ast::*;

impl Lowering<'_> {
    pub(super) fn compound(&mut self, node: Node, id: StmtId) -> StmtKind {
        let kind = match node.kind() {
            "if_statement" => self.if_statement(node, id),
            "while_statement" => self.while_statement(node, id),
            "for_statement" => self.for_statement(node, id),
            "with_statement" => self.with_statement(node, id),
            "try_statement" => self.try_statement(node, id),
            "match_statement" => self.match_statement(node, id),
            "function_definition" => self.function(node, vec![], id),
            "class_definition" => self.class(node, vec![], id),
            "decorated_definition" => self.decorated(node, id),
            _ => None,
        };
        kind.unwrap_or_else(|| self.unknown(node))
    }

    fn if_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let test = self.expr(node.field("condition")?);
        let mut branches = vec![(test, self.suite(node, id, Role::If(0)))];
        let mut orelse = None;
        for clause in node.children() {
            match clause.kind() {
                "elif_clause" => {
                    let test = self.expr(clause.field("condition")?);
                    let role = Role::If(branches.len());
                    branches.push((test, self.suite(clause, id, role)));
                }
                "else_clause" => orelse = Some(self.suite(clause, id, Role::Else)),
                _ => {}
            }
        }
        Some(StmtKind::If { branches, orelse })
    }

    fn orelse(&mut self, node: Node, id: StmtId) -> Option<BlockId> {
        Some(self.suite(node.child("else_clause")?, id, Role::Else))
    }

    fn while_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let test = self.expr(node.field("condition")?);
        let body = self.suite(node, id, Role::Loop);
        Some(StmtKind::While {
            test,
            body,
            orelse: self.orelse(node, id),
        })
    }

    fn for_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let is_async = node.child("async").is_some();
        let target = self.expr(node.field("left")?);
        let iter = self.expr(node.field("right")?);
        let body = self.suite(node, id, Role::Loop);
        Some(StmtKind::For {
            is_async,
            target,
            iter,
            body,
            orelse: self.orelse(node, id),
        })
    }

    fn with_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let is_async = node.child("async").is_some();
        let clause = node.child("with_clause")?;
        let mut parenthesized = clause.child("(").is_some();
        let mut nodes: Vec<Node> = clause.parts().collect();
        if let [only] = nodes[..] {
            let value = only.field("value").unwrap_or(only);
            // tree-sitter may take the list of items for a tuple.
            if !parenthesized && value.kind() == "tuple" && value.parts().next().is_some() {
                parenthesized = true;
                nodes = value.parts().collect();
            } else if value.kind() == "parenthesized_expression"
                && let Some(inner) = value.parts().next()
                && ends_in_as(inner)
            {
                parenthesized = true;
                nodes = vec![inner];
            }
        }
        let single = nodes.len() == 1 && parenthesized && clause.child(",").is_none();
        let mut items: Vec<WithItem> = nodes.into_iter().map(|item| self.with_item(item)).collect();
        // `with (open(p)):` is one expression in parentheses.
        if single
            && clause.child("(").is_some()
            && let [item] = &mut items[..]
            && item.target.is_none()
        {
            parenthesized = false;
            item.context.outer = clause.span();
            item.span = clause.span();
        }
        let body = self.suite(node, id, Role::With);
        Some(StmtKind::With {
            is_async,
            items,
            parenthesized,
            body,
        })
    }

    fn with_item(&mut self, node: Node) -> WithItem {
        let value = node
            .field("value")
            .filter(|_| node.kind() == "with_item")
            .unwrap_or(node);
        let (context, target) = self.expr_as(value);
        let end = target
            .as_ref()
            .map_or(context.outer.end, |target| target.outer.end);
        let span = Span::new(context.outer.start, end);
        WithItem {
            context,
            target,
            span,
        }
    }

    /// Lowers `value` or `value as target`.
    fn expr_as(&mut self, node: Node) -> (Expr, Option<Expr>) {
        let outside = std::mem::replace(&mut self.as_end, node.end());
        let value = self.expr(node);
        self.as_end = outside;
        (value, self.as_target.take())
    }

    fn try_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let body = self.suite(node, id, Role::Try);
        let (mut handlers, mut orelse, mut finally) = (vec![], None, None);
        for clause in node.children() {
            match clause.kind() {
                "except_clause" => {
                    let handler = self.handler(clause, id, handlers.len());
                    handlers.push(handler);
                }
                "else_clause" => orelse = Some(self.suite(clause, id, Role::Else)),
                "finally_clause" => finally = Some(self.suite(clause, id, Role::Finally)),
                _ => {}
            }
        }
        if handlers.is_empty() && finally.is_none() {
            self.errors.push(node.span());
        }
        Some(StmtKind::Try {
            body,
            handlers,
            orelse,
            finally,
        })
    }

    fn handler(&mut self, clause: Node, id: StmtId, number: usize) -> Handler {
        let mut is_star = clause.child("*").is_some();
        let is_type = |part: &Node| part.kind() != "block" && !part.is_field("alias");
        let mut values: Vec<Node> = clause.parts().filter(is_type).collect();
        if let [value] = &mut values[..]
            && value.kind() == "list_splat"
            && let Some(inner) = value.parts().next()
        {
            is_star = true;
            *value = inner;
        }
        let (types, target) = match values[..] {
            [] => (None, None),
            [value] => {
                let (types, target) = self.expr_as(value);
                (Some(types), target)
            }
            [first, .., last] => {
                let items = values.iter().map(|value| self.expr(*value)).collect();
                let span = Span::new(first.start(), last.end());
                (
                    Some(Expr {
                        kind: ExprKind::Tuple(items),
                        span,
                        outer: span,
                    }),
                    None,
                )
            }
        };
        let target = target
            .map(|target| target.span)
            .or(clause.field("alias").map(|alias| alias.span()));
        let name = target.map(|span| span.of(self.text).to_owned());
        Handler {
            types,
            name,
            body: self.suite(clause, id, Role::Except(number)),
            is_star,
        }
    }

    fn match_statement(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let subjects: Vec<Node> = node
            .children()
            .filter(|child| child.is_field("subject") && child.is_part())
            .collect();
        let subject = match subjects[..] {
            [] => return None,
            [only] if node.child(",").is_none() => self.expr(only),
            [first, ..] => {
                let items = subjects.iter().map(|subject| self.expr(*subject)).collect();
                let colon = node.child(":").map_or(node.end(), |colon| colon.start());
                let text = self.text.get(first.start()..colon).unwrap_or("").trim_end();
                let span = Span::new(first.start(), first.start() + text.len());
                Expr {
                    kind: ExprKind::Tuple(items),
                    span,
                    outer: span,
                }
            }
        };
        let mut cases = vec![];
        for clause in node
            .child("block")?
            .children()
            .filter(|child| child.kind() == "case_clause")
        {
            let case = self.case(clause, id, cases.len());
            cases.push(case);
        }
        if cases.is_empty() {
            self.errors.push(node.span());
        }
        Some(StmtKind::Match { subject, cases })
    }

    fn decorated(&mut self, node: Node, id: StmtId) -> Option<StmtKind> {
        let mut decorators = vec![];
        for decorator in node.children().filter(|child| child.kind() == "decorator") {
            decorators.push(self.expr(decorator.parts().next()?));
        }
        let definition = node.field("definition")?;
        match definition.kind() {
            "function_definition" => self.function(definition, decorators, id),
            "class_definition" => self.class(definition, decorators, id),
            _ => None,
        }
    }

    fn function(&mut self, node: Node, decorators: Vec<Expr>, id: StmtId) -> Option<StmtKind> {
        let name = self.text(node.field("name")?);
        let is_async = node.child("async").is_some();
        let params = self.params(node.field("parameters")?);
        let returns = node.field("return_type").map(|returns| self.expr(returns));
        let body = self.suite(node, id, Role::Function);
        Some(StmtKind::FunctionDef(FunctionDef {
            name,
            params,
            returns,
            decorators,
            body,
            is_async,
        }))
    }

    /// Lowers the parameters of a `def` or `lambda`; the separators `/` and `*` are none.
    pub(super) fn params(&mut self, node: Node) -> Vec<Param> {
        let mut params = vec![];
        for part in node.parts() {
            let mut name = match part.kind() {
                "keyword_separator" | "positional_separator" => continue,
                "typed_parameter" => part.parts().next().unwrap_or(part),
                _ => part.field("name").unwrap_or(part),
            };
            let stars = match name.kind() {
                "list_splat_pattern" => 1,
                "dictionary_splat_pattern" => 2,
                _ => 0,
            };
            if stars > 0 {
                name = name.parts().next().unwrap_or(name);
            }
            if name.kind() != "identifier" {
                self.errors.push(name.span());
            }
            params.push(Param {
                name: self.text(name),
                annotation: part.field("type").map(|annotation| self.expr(annotation)),
                default: part.field("value").map(|default| self.expr(default)),
                stars,
            });
        }
        params
    }

    fn class(&mut self, node: Node, decorators: Vec<Expr>, id: StmtId) -> Option<StmtKind> {
        let name = self.text(node.field("name")?);
        let bases = node
            .field("superclasses")
            .map_or(vec![], |list| self.args(list));
        let body = self.suite(node, id, Role::Class);
        Some(StmtKind::ClassDef(ClassDef {
            name,
            bases,
            decorators,
            body,
        }))
    }
}

/// Whether an `as` stands at the end of it, on its own level.
fn ends_in_as(node: Node) -> bool {
    let mut node = Some(node);
    while let Some(part) = node {
        node = match part.kind() {
            "as_pattern" => return true,
            "conditional_expression" | "lambda" => part.parts().last(),
            _ => None,
        };
    }
    false
}
