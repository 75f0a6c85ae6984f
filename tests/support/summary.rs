//! The same summaries of a parsed file as tests/support/ast_summary.py makes of CPython's tree.
use unleak::syntax::*;

/// Every block's role and every statement's summary, in source order.
pub fn summarize(module: &Module) -> Vec<String> {
    let mut lines = vec![];
    block(module, module.body, &mut lines);
    lines
}

fn block(module: &Module, id: BlockId, lines: &mut Vec<String>) {
    let block = module.block(id);
    if block.stmts.is_empty() {
        return;
    }
    lines.push(format!("{:?}/{}", block.role, block.stmts.len()));
    for id in &block.stmts {
        stmt(module, module.stmt(*id), lines);
    }
}

fn stmt(module: &Module, stmt: &Stmt, lines: &mut Vec<String>) {
    let mut out = Out {
        words: vec![],
        quiet: 0,
    };
    let mut blocks = vec![];
    let mut span = stmt.span;
    let async_ =
        |is_async: bool, name: &str| format!("{}{name}", if is_async { "Async" } else { "" });
    match &stmt.kind {
        StmtKind::Expr(value) => {
            out.put("Expr", span);
            out.expr(value);
        }
        StmtKind::Assign { targets, value } => {
            out.put("Assign", span);
            out.words.push(targets.len().to_string());
            out.exprs(targets);
            out.expr(value);
        }
        StmtKind::AnnAssign { .. } => out.plain("AnnAssign", stmt),
        StmtKind::AugAssign { .. } => out.plain("AugAssign", stmt),
        StmtKind::Return(_) => out.plain("Return", stmt),
        StmtKind::Delete(_) => out.plain("Delete", stmt),
        StmtKind::Assert { .. } => out.plain("Assert", stmt),
        StmtKind::Pass => out.plain("Pass", stmt),
        StmtKind::Break => out.plain("Break", stmt),
        StmtKind::Continue => out.plain("Continue", stmt),
        StmtKind::Unknown => out.plain("Unknown", stmt),
        StmtKind::Raise { exc, cause } => {
            out.put("Raise", span);
            out.exprs(exc);
            out.words.push("from".to_owned());
            out.exprs(cause);
        }
        StmtKind::Global(names) => {
            out.put("Global", span);
            out.words.push(names.join(","));
        }
        StmtKind::Nonlocal(names) => {
            out.put("Nonlocal", span);
            out.words.push(names.join(","));
        }
        StmtKind::Import(names) => {
            out.put("Import", span);
            out.imports(names);
        }
        StmtKind::ImportFrom {
            level,
            module,
            names,
            star,
        } => {
            out.put("ImportFrom", span);
            out.words.push(format!("{level} {module}"));
            if *star {
                out.words.push("*".to_owned());
            } else {
                out.imports(names);
            }
        }
        StmtKind::TypeAlias { name } => {
            out.put("TypeAlias", span);
            out.words.push(name.clone());
        }
        StmtKind::If { branches, orelse } => {
            out.put("If", span);
            branches.iter().for_each(|(test, _)| out.expr(test));
            blocks.extend(branches.iter().map(|(_, block)| *block).chain(*orelse));
        }
        StmtKind::While { test, body, orelse } => {
            out.put("While", span);
            out.expr(test);
            blocks.extend([*body].into_iter().chain(*orelse));
        }
        StmtKind::For {
            is_async,
            target,
            iter,
            body,
            orelse,
        } => {
            out.put(&async_(*is_async, "For"), span);
            out.exprs([target, iter]);
            blocks.extend([*body].into_iter().chain(*orelse));
        }
        StmtKind::With {
            is_async,
            items,
            body,
            ..
        } => {
            out.put(&async_(*is_async, "With"), span);
            for item in items {
                out.words.push("item".to_owned());
                out.expr(&item.context);
                if let Some(target) = &item.target {
                    out.words.push("as".to_owned());
                    out.expr(target);
                }
            }
            blocks.push(*body);
        }
        StmtKind::Try {
            body,
            handlers,
            orelse,
            finally,
        } => {
            let star = handlers.iter().any(|handler| handler.is_star);
            out.put(if star { "TryStar" } else { "Try" }, span);
            blocks.push(*body);
            for handler in handlers {
                out.words
                    .push(format!("except:{}", handler.name.as_deref().unwrap_or("")));
                out.exprs(&handler.types);
                blocks.push(handler.body);
            }
            blocks.extend(orelse.iter().chain(finally));
        }
        StmtKind::Match { subject, cases } => {
            out.put("Match", span);
            out.expr(subject);
            for case in cases {
                out.words.push("case".to_owned());
                out.exprs(&case.exprs);
                out.words.push(case.binds.join(","));
                out.words
                    .push(if case.irrefutable { "True" } else { "False" }.to_owned());
                out.exprs(&case.guard);
                blocks.push(case.body);
            }
        }
        StmtKind::FunctionDef(def) => {
            // CPython's node starts behind the decorators.
            span.start = module.block(def.body).header.start;
            out.put(&async_(def.is_async, "FunctionDef"), span);
            out.words.push(def.name.clone());
            out.exprs(&def.decorators);
            out.params(&def.params);
            out.exprs(&def.returns);
            blocks.push(def.body);
        }
        StmtKind::ClassDef(def) => {
            span.start = module.block(def.body).header.start;
            out.put("ClassDef", span);
            out.words.push(def.name.clone());
            out.exprs(&def.decorators);
            out.args(&def.bases);
            blocks.push(def.body);
        }
    }
    lines.push(out.words.join(" "));
    for id in blocks {
        block(module, id, lines);
    }
}

struct Out {
    words: Vec<String>,
    /// How many f-strings are around: Python before 3.12 does not know places inside them.
    quiet: usize,
}

impl Out {
    fn put(&mut self, word: &str, span: Span) {
        self.words.push(match self.quiet {
            0 => format!("{word}@{}-{}", span.start, span.end),
            _ => word.to_owned(),
        });
    }

    fn word(&mut self, word: &str) {
        self.words.push(word.to_owned());
    }

    fn plain(&mut self, name: &str, stmt: &Stmt) {
        self.put(name, stmt.span);
        self.exprs(stmt.exprs());
    }

    fn imports(&mut self, names: &[ImportName]) {
        let text = |import: &ImportName| match &import.alias {
            Some(alias) => format!("{} as {alias}", import.name),
            None => import.name.clone(),
        };
        self.words
            .push(names.iter().map(text).collect::<Vec<_>>().join(","));
    }

    fn params(&mut self, params: &[Param]) {
        for param in params {
            self.words.push(format!(
                "param:{}{}",
                "*".repeat(param.stars.into()),
                param.name
            ));
            self.exprs(&param.annotation);
            self.exprs(&param.default);
        }
    }

    fn args(&mut self, args: &[Arg]) {
        for arg in args {
            self.words.push(match (&arg.keyword, arg.stars) {
                (Some(name), _) => format!("{name}="),
                (None, 0) => "arg".to_owned(),
                (None, stars) => "*".repeat(stars.into()),
            });
            self.expr(&arg.value);
        }
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        exprs.into_iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, e: &Expr) {
        match &e.kind {
            // CPython normalizes identifiers, but not into something of another length in the text.
            ExprKind::Name(name) if !name.is_ascii() && self.quiet == 0 => self.put("Name", e.span),
            ExprKind::Name(name) => self.put(&format!("Name:{name}"), e.span),
            ExprKind::Attribute { value, attr } => {
                self.put(&format!("Attr:{attr}"), e.span);
                self.expr(value);
            }
            ExprKind::Call { func, args } => {
                self.put(&format!("Call/{}", args.len()), e.span);
                self.expr(func);
                self.args(args);
            }
            ExprKind::None => self.put("None", e.span),
            ExprKind::True => self.put("True", e.span),
            ExprKind::False => self.put("False", e.span),
            ExprKind::Number => self.put("Number", e.span),
            ExprKind::Str(_) => self.put("Str", e.span),
            ExprKind::FString(parts) => {
                self.put("FString", e.span);
                self.quiet += 1;
                self.exprs(parts);
                self.quiet -= 1;
                self.word("end");
            }
            ExprKind::Tuple(items) => {
                self.words.push(format!("Tuple/{}", items.len()));
                self.exprs(items);
            }
            ExprKind::List(items) => {
                self.put(&format!("List/{}", items.len()), e.span);
                self.exprs(items);
            }
            ExprKind::Set(items) => {
                self.put(&format!("Set/{}", items.len()), e.span);
                self.exprs(items);
            }
            ExprKind::Dict(_) => self.ended("Dict", e),
            ExprKind::Binary { op, left, right } => {
                // tree-sitter-python lets `^` bind closer than `&`.
                if !matches!(&op[..], "^" | "&") {
                    self.put(&format!("Binary:{}", operator(op)), e.span);
                }
                self.exprs([&**left, &**right]);
            }
            ExprKind::Bool { is_and, .. } => {
                let mut operands = vec![];
                flatten(e, *is_and, &mut operands);
                self.put(
                    &format!("{}/{}", if *is_and { "And" } else { "Or" }, operands.len()),
                    e.span,
                );
                self.exprs(operands);
            }
            ExprKind::Not(value) => {
                self.put("Not", e.span);
                self.expr(value);
            }
            ExprKind::Unary(value) => {
                self.put("Unary", e.span);
                self.expr(value);
            }
            ExprKind::Compare { operands, ops } => {
                let ops: Vec<&str> = ops.iter().map(|op| operator(op)).collect();
                self.put(&format!("Compare:{}", ops.join(",")), e.span);
                self.exprs(operands);
            }
            ExprKind::IfExp { .. } => {
                self.put("IfExp", e.span);
                self.exprs(e.children());
            }
            ExprKind::Subscript { value, index } => {
                self.put("Subscript", e.span);
                self.expr(value);
                match &index[..] {
                    [
                        Expr {
                            kind: ExprKind::Tuple(items),
                            ..
                        },
                    ] => self.exprs(items),
                    _ => self.exprs(index),
                }
                self.word("end");
            }
            ExprKind::Starred(value) => {
                self.word("Starred");
                self.expr(value);
            }
            ExprKind::Lambda { params, body } => {
                self.put("Lambda", e.span);
                self.params(params);
                self.expr(body);
            }
            ExprKind::Walrus { name, value } => {
                self.put(&format!("Walrus:{name}"), e.span);
                self.expr(value);
            }
            ExprKind::Comprehension {
                kind,
                elements,
                clauses,
            } => {
                match kind {
                    Comp::List => self.put("ListComp", e.span),
                    Comp::Set => self.put("SetComp", e.span),
                    Comp::Dict => self.put("DictComp", e.span),
                    Comp::Generator => self.word("GeneratorExp"),
                }
                self.exprs(elements);
                for clause in clauses {
                    match clause {
                        CompClause::For {
                            is_async,
                            target,
                            iter,
                        } => {
                            self.word(if *is_async { "async for" } else { "for" });
                            self.exprs([target, iter]);
                        }
                        CompClause::If(test) => {
                            self.word("if");
                            self.expr(test);
                        }
                    }
                }
                self.word("end");
            }
            ExprKind::Await(_) => self.ended("Await", e),
            ExprKind::Yield(_) => self.ended("Yield", e),
            ExprKind::YieldFrom(_) => self.ended("YieldFrom", e),
            ExprKind::Other(_) => self.ended("Other", e),
        }
    }

    fn ended(&mut self, name: &str, e: &Expr) {
        self.put(name, e.span);
        self.exprs(e.children());
        self.word("end");
    }
}

/// CPython has one node for `a and b and c`.
fn flatten<'e>(e: &'e Expr, and: bool, operands: &mut Vec<&'e Expr>) {
    if let ExprKind::Bool {
        is_and,
        left,
        right,
    } = &e.kind
        && *is_and == and
    {
        match left.span == left.outer {
            true => flatten(left, and, operands),
            false => operands.push(left),
        }
        operands.push(right);
    } else {
        operands.push(e);
    }
}

fn operator(op: &str) -> &str {
    match op {
        "+" => "Add",
        "-" => "Sub",
        "*" => "Mult",
        "@" => "MatMult",
        "/" => "Div",
        "//" => "FloorDiv",
        "%" => "Mod",
        "**" => "Pow",
        "<<" => "LShift",
        ">>" => "RShift",
        "|" => "BitOr",
        "&" => "BitAnd",
        "^" => "BitXor",
        "<" => "Lt",
        "<=" => "LtE",
        ">" => "Gt",
        ">=" => "GtE",
        "==" => "Eq",
        "!=" => "NotEq",
        "is" => "Is",
        "is not" => "IsNot",
        "in" => "In",
        "not in" => "NotIn",
        other => other,
    }
}

/// The checksum of Python's `zlib.crc32`.
pub fn crc32(text: &str) -> u32 {
    !text.bytes().fold(!0, |crc, byte| {
        (crc >> 8) ^ CRC_TABLE[usize::from(crc as u8 ^ byte)]
    })
}

const CRC_TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < table.len() {
        let (mut crc, mut bit) = (byte as u32, 0);
        while bit < 8 {
            crc = (crc >> 1) ^ (0xEDB8_8320 & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
};
