//! Simple statements.
use super::tree::Node;
use super::{Lowering, MAX_BLOCKS};
use crate::syntax::ast::*;

/// Whether a node of that kind is a statement.
pub(super) fn is_statement(kind: &str) -> bool {
    (kind.ends_with("_statement") || kind.ends_with("_definition")) && kind != "as_pattern"
}

impl Lowering<'_> {
    /// What the statement `node` is; its own place in the tables is taken already.
    pub(super) fn stmt_kind(&mut self, node: Node, id: StmtId) -> StmtKind {
        match node.kind() {
            "expression_statement" => self.expression_statement(node),
            "return_statement" => {
                StmtKind::Return(node.parts().next().map(|value| self.expr(value)))
            }
            "raise_statement" => self.raise(node),
            "delete_statement" => StmtKind::Delete(self.delete(node)),
            "assert_statement" => self.assert(node),
            "pass_statement" => StmtKind::Pass,
            "break_statement" => StmtKind::Break,
            "continue_statement" => StmtKind::Continue,
            "global_statement" => StmtKind::Global(self.names(node)),
            "nonlocal_statement" => StmtKind::Nonlocal(self.names(node)),
            "import_statement" => StmtKind::Import(self.imports(node)),
            "import_from_statement" | "future_import_statement" => self.import_from(node),
            "type_alias_statement" => self.type_alias(node),
            "print_statement" | "exec_statement" => self.unknown(node),
            _ if self.block_depth >= MAX_BLOCKS => self.unknown(node),
            _ => self.compound(node, id),
        }
    }

    /// For a statement that cannot be made sense of.
    pub(super) fn unknown(&mut self, node: Node) -> StmtKind {
        self.errors.push(node.span());
        StmtKind::Unknown
    }

    fn expression_statement(&mut self, node: Node) -> StmtKind {
        let mut parts = node.parts();
        let Some(first) = parts.next() else {
            return self.unknown(node);
        };
        match first.kind() {
            "assignment" => self.assignment(first),
            "augmented_assignment" => {
                let (Some(left), Some(right)) = (first.field("left"), first.field("right")) else {
                    return self.unknown(node);
                };
                StmtKind::AugAssign {
                    target: self.expr(left),
                    value: self.expr(right),
                }
            }
            _ if parts.next().is_some() || node.child(",").is_some() => {
                StmtKind::Expr(self.open_tuple(node))
            }
            _ => StmtKind::Expr(self.expr(first)),
        }
    }

    fn assignment(&mut self, node: Node) -> StmtKind {
        let mut targets = vec![];
        let mut link = node;
        loop {
            let Some(left) = link.field("left") else {
                return self.unknown(node);
            };
            let target = self.expr(left);
            let right = link.field("right");
            if let Some(annotation) = link.field("type") {
                if !targets.is_empty() {
                    return self.unknown(node);
                }
                let annotation = self.expr(annotation);
                let value = right.map(|right| self.expr(right));
                return StmtKind::AnnAssign {
                    target,
                    annotation,
                    value,
                };
            }
            targets.push(target);
            match right {
                Some(right) if right.kind() == "assignment" => link = right,
                Some(right) => {
                    return StmtKind::Assign {
                        targets,
                        value: self.expr(right),
                    };
                }
                None => return self.unknown(node),
            }
        }
    }

    fn raise(&mut self, node: Node) -> StmtKind {
        let cause = node.field("cause");
        let exc = node.parts().find(|part| !part.is_field("cause"));
        // Python 2's `raise E, message`.
        if exc.is_some_and(|exc| exc.kind() == "expression_list") {
            return self.unknown(node);
        }
        StmtKind::Raise {
            exc: exc.map(|exc| self.expr(exc)),
            cause: cause.map(|cause| self.expr(cause)),
        }
    }

    fn delete(&mut self, node: Node) -> Vec<Expr> {
        match node.parts().next() {
            Some(list) if list.kind() == "expression_list" => {
                list.parts().map(|part| self.expr(part)).collect()
            }
            Some(one) => vec![self.expr(one)],
            None => vec![],
        }
    }

    fn assert(&mut self, node: Node) -> StmtKind {
        let mut parts = node.parts();
        let Some(test) = parts.next() else {
            return self.unknown(node);
        };
        let test = self.expr(test);
        StmtKind::Assert {
            test,
            message: parts.next().map(|message| self.expr(message)),
        }
    }

    fn names(&self, node: Node) -> Vec<String> {
        node.parts().map(|name| self.text(name)).collect()
    }

    /// `a . b` as `a.b`.
    pub(super) fn dotted(&self, node: Node) -> String {
        let mut dotted = String::new();
        for part in node.parts() {
            if !dotted.is_empty() {
                dotted.push('.');
            }
            dotted.push_str(part.span().of(self.text));
        }
        dotted
    }

    fn imports(&self, node: Node) -> Vec<ImportName> {
        let mut names = vec![];
        for part in node
            .children()
            .filter(|child| child.is_field("name") && child.is_part())
        {
            names.push(match (part.field("name"), part.field("alias")) {
                (Some(name), alias) => ImportName {
                    name: self.dotted(name),
                    alias: alias.map(|a| self.text(a)),
                },
                _ => ImportName {
                    name: self.dotted(part),
                    alias: None,
                },
            });
        }
        names
    }

    fn import_from(&self, node: Node) -> StmtKind {
        let (mut level, mut module) = (0, String::new());
        match node.field("module_name") {
            Some(name) if name.kind() == "relative_import" => {
                for part in name.parts() {
                    match part.kind() {
                        "import_prefix" => level = part.span().of(self.text).matches('.').count(),
                        _ => module = self.dotted(part),
                    }
                }
            }
            Some(name) => module = self.dotted(name),
            None => module.push_str("__future__"),
        }
        let star = node.child("wildcard_import").is_some();
        StmtKind::ImportFrom {
            level,
            module,
            names: self.imports(node),
            star,
        }
    }

    fn type_alias(&mut self, node: Node) -> StmtKind {
        let mut name = node.field("left");
        while let Some(part) = name.filter(|part| part.kind() != "identifier") {
            name = part.parts().next();
        }
        match name {
            Some(name) => StmtKind::TypeAlias {
                name: self.text(name),
            },
            None => self.unknown(node),
        }
    }
}
