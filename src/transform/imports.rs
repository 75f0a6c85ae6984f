//! How `contextlib.closing` is written in a file, and the import that may need.

use super::lines::Lines;
use super::original::Original;
use super::{Edit, Refusal};
use crate::rules::Plan;
use crate::syntax::{Binding, BindingKind, ExprKind, Module, Scopes, Span, Stmt, StmtKind};

const MODULE: &str = "contextlib";
const FULL: &str = "contextlib.closing";

/// What a plan needs of `closing`.
#[derive(Default)]
pub(super) struct Closing {
    /// How it is called; `None` if the plan does not use it.
    pub name: Option<String>,
    /// The import to add.
    pub import: Option<Edit>,
}

/// Finds the name of `closing` or adds an import.
pub(super) fn closing(original: &Original, plan: &Plan) -> Result<Closing, Refusal> {
    let (module, lines) = (original.module, &original.lines);
    let Some(wrap) = plan
        .wrap
        .as_ref()
        .filter(|wrap| wrap.items.iter().any(|item| item.closing))
    else {
        return Ok(Closing::default());
    };
    let before = module.stmt(wrap.at).span.start;
    let scopes = original.scopes();
    if let Some(name) = imported(module, scopes, FULL, before) {
        return Ok(Closing {
            name: Some(name.to_owned()),
            import: None,
        });
    }
    if let Some(name) = imported(module, scopes, MODULE, before) {
        return Ok(Closing {
            name: Some(format!("{name}.closing")),
            import: None,
        });
    }
    let (name, import) = if is_free(scopes, "closing", FULL) {
        ("closing", "from contextlib import closing")
    } else if is_free(scopes, MODULE, MODULE) {
        (FULL, "import contextlib")
    } else {
        return Err(Refusal::new(format!("`{MODULE}` is shadowed")));
    };
    let import = insert(lines, module, before, import);
    if import.span.start > before {
        return Err(Refusal::new("there is no line for a new import"));
    }
    Ok(Closing {
        name: Some(name.to_owned()),
        import: Some(import),
    })
}

/// The name under which the top level imports `what` in front of `before`, if nothing else binds that name.
fn imported<'s>(module: &Module, scopes: &'s Scopes, what: &str, before: usize) -> Option<&'s str> {
    let usable = |binding: &Binding| {
        let stmt = binding.stmt.map(|id| module.stmt(id));
        is_import_of(binding, what)
            && stmt.is_some_and(|stmt| stmt.block == module.body && stmt.span.start < before)
    };
    let mut names: Vec<&str> = scopes
        .list
        .first()?
        .bindings
        .iter()
        .filter(|(name, bindings)| bindings.iter().any(usable) && is_free(scopes, name, what))
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    names.first().copied()
}

/// Whether nothing but imports of `what` at module level binds `name`, in the whole file.
fn is_free(scopes: &Scopes, name: &str, what: &str) -> bool {
    scopes.list.iter().enumerate().all(|(index, scope)| {
        let bindings = scope
            .bindings
            .get(name)
            .map(Vec::as_slice)
            .unwrap_or_default();
        bindings
            .iter()
            .all(|binding| index == 0 && is_import_of(binding, what))
    })
}

fn is_import_of(binding: &Binding, what: &str) -> bool {
    match &binding.kind {
        BindingKind::Import { path } => path == what,
        BindingKind::ImportFrom {
            level: 0,
            module,
            name,
        } => {
            what.strip_suffix(name.as_str())
                .and_then(|rest| rest.strip_suffix('.'))
                == Some(module)
        }
        _ => false,
    }
}

/// The edit that adds an import in front of `before`.
fn insert(lines: &Lines, module: &Module, before: usize, text: &str) -> Edit {
    let top: Vec<&Stmt> = module
        .block(module.body)
        .stmts
        .iter()
        .map(|id| module.stmt(*id))
        .collect();
    let head = top
        .iter()
        .enumerate()
        .take_while(|(index, stmt)| *index == 0 && is_docstring(stmt) || is_future(stmt));
    let head = head.count();
    let block: Vec<&Stmt> = first_imports(lines, &top[head..]);
    if let Some(first) = block.first().filter(|first| first.span.start < before) {
        return match sorted_place(&block, text) {
            Some(previous) => behind(lines, &top, previous, text, 0),
            // A docstring on its line must stay first.
            None if lines.line(lines.at(first.span.start)).content < first.span.start => {
                behind(lines, &top, first, text, 0)
            }
            None => {
                let line = lines.line(lines.at(first.span.start));
                let newline = lines.newline_at(first.span.start);
                at(line.lead, format!("{text}{newline}"))
            }
        };
    }
    match head.checked_sub(1).map(|index| top[index]) {
        Some(previous) => behind(lines, &top, previous, text, 1),
        None => at_top(lines, top.first().copied(), text),
    }
}

/// The first imports that follow each other without a blank line.
fn first_imports<'m>(lines: &Lines, top: &[&'m Stmt]) -> Vec<&'m Stmt> {
    let is_import =
        |stmt: &Stmt| matches!(stmt.kind, StmtKind::Import(_) | StmtKind::ImportFrom { .. });
    let Some(start) = top.iter().position(|stmt| is_import(stmt)) else {
        return Vec::new();
    };
    let mut block = vec![top[start]];
    for pair in top[start..].windows(2) {
        let between = lines.at(pair[0].span.end)..lines.at(pair[1].span.start);
        if !is_import(pair[1]) || between.skip(1).any(|line| lines.is_blank(line)) {
            break;
        }
        block.push(pair[1]);
    }
    block
}

/// The statement of an import block to write behind, as isort sorts: `import x` first, then `from x` by module.
fn sorted_place<'m>(block: &[&'m Stmt], text: &str) -> Option<&'m Stmt> {
    let from = text.starts_with("from");
    let is_later = |stmt: &Stmt| match &stmt.kind {
        StmtKind::Import(names) => {
            !from
                && names
                    .first()
                    .is_some_and(|name| name.name.to_lowercase().as_str() > MODULE)
        }
        StmtKind::ImportFrom { level, module, .. } => {
            !from || *level > 0 || module.to_lowercase().as_str() > MODULE
        }
        _ => false,
    };
    let later = block
        .iter()
        .position(|stmt| is_later(stmt))
        .unwrap_or(block.len());
    later.checked_sub(1).map(|index| block[index])
}

/// Behind the line of a top-level statement, with so many blank lines around.
fn behind(lines: &Lines, top: &[&Stmt], stmt: &Stmt, text: &str, blank: usize) -> Edit {
    // What shares its line may run on over several.
    let mut stmt = stmt;
    let mut end = lines.at(stmt.span.end);
    for next in top.iter().skip_while(|other| other.id != stmt.id).skip(1) {
        if !lines.is_joined(stmt.span.end, next.span.start) {
            break;
        }
        (stmt, end) = (next, lines.at(next.span.end));
    }
    let newline = lines.newline_at(stmt.span.start);
    let gap = newline.repeat(blank);
    let follows = end + 1 < lines.len() && !lines.is_blank(end + 1);
    let after = if follows { gap.as_str() } else { "" };
    at(lines.line(end).end, format!("{newline}{gap}{text}{after}"))
}

/// In a file that starts with no docstring: behind the comments it starts with.
fn at_top(lines: &Lines, first: Option<&Stmt>, text: &str) -> Edit {
    let comments = (0..lines.len()).take_while(|n| {
        lines
            .line(*n)
            .comment
            .is_some_and(|c| c.start == lines.line(*n).content)
    });
    let comments = comments.count();
    let blanks = (comments..lines.len())
        .take_while(|n| lines.is_blank(*n))
        .count();
    let line = if comments > 0 { comments + blanks } else { 0 };
    let place = if line < lines.len() {
        lines.line(line).lead
    } else {
        lines.text.len()
    };
    let newline = lines.newline_at(place);
    let is_def = first
        .is_some_and(|stmt| matches!(stmt.kind, StmtKind::FunctionDef(_) | StmtKind::ClassDef(_)));
    let attached = if comments > 0 && blanks == 0 {
        newline
    } else {
        ""
    };
    let gap = newline.repeat(if is_def { 3 } else { 2 });
    at(place, format!("{attached}{text}{gap}"))
}

fn at(offset: usize, text: String) -> Edit {
    Edit {
        span: Span::new(offset, offset),
        text,
    }
}

fn is_docstring(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::Expr(value) if matches!(value.kind, ExprKind::Str(_)))
}

fn is_future(stmt: &Stmt) -> bool {
    matches!(&stmt.kind, StmtKind::ImportFrom { module, .. } if module == "__future__")
}
