//! How `contextlib.closing` is written in a file, and the import that may need.

use super::lines::Lines;
use super::original::Original;
use super::{Edit, Refusal};
use crate::rules::Plan;
use crate::suppress;
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

/// How a file can write `closing`.
pub(super) struct Names {
    /// The names that stand for [`FULL`], in alphabetical order, with the offset of their first import.
    full: Vec<(String, usize)>,
    /// The same for [`MODULE`].
    module: Vec<(String, usize)>,
    /// What to import if there is no such name; `None` if both names are taken.
    new: Option<New>,
}

/// An import that is not there yet.
struct New {
    /// How `closing` is called then.
    name: &'static str,
    /// The edit that adds it to the names of an import that is there, and where that starts.
    into: Option<(usize, Edit)>,
    /// The edit that adds it to the first imports, and where these start.
    among: Option<(usize, Edit)>,
    /// The edit that adds it where the first imports come too late.
    alone: Edit,
}

impl Names {
    pub fn new(original: &Original) -> Self {
        let (module, lines) = (original.module, &original.lines);
        let scopes = Scopes::build(module);
        let new = if is_free(&scopes, "closing", FULL) {
            Some(("closing", "from contextlib import closing"))
        } else if is_free(&scopes, MODULE, MODULE) {
            Some((FULL, "import contextlib"))
        } else {
            None
        };
        Self {
            full: imported(module, &scopes, FULL),
            module: imported(module, &scopes, MODULE),
            new: new.map(|(name, import)| self::new(lines, module, name, import)),
        }
    }
}

/// Finds the name of `closing` or adds an import.
pub(super) fn closing(original: &Original, plan: &Plan) -> Result<Closing, Refusal> {
    let Some(wrap) = plan
        .wrap
        .as_ref()
        .filter(|wrap| wrap.items.iter().any(|item| item.closing))
    else {
        return Ok(Closing::default());
    };
    let before = original.module.stmt(wrap.at).span.start;
    let names = original.closing_names();
    let usable = |names: &[(String, usize)]| {
        let found = names.iter().find(|(_, start)| *start < before);
        found.map(|(name, _)| name.clone())
    };
    let module = || usable(&names.module).map(|name| format!("{name}.closing"));
    if let Some(name) = usable(&names.full).or_else(module) {
        return Ok(Closing {
            name: Some(name),
            import: None,
        });
    }
    let Some(new) = &names.new else {
        return Err(Refusal::new(format!("`{MODULE}` is shadowed")));
    };
    let in_time = |place: &&(usize, Edit)| place.0 < before;
    let into = new.into.as_ref().filter(in_time);
    let among = || new.among.as_ref().filter(in_time);
    let import = into.or_else(among).map_or(&new.alone, |(_, edit)| edit);
    if import.span.start > before {
        return Err(Refusal::new("there is no line for a new import"));
    }
    Ok(Closing {
        name: Some(new.name.to_owned()),
        import: Some(import.clone()),
    })
}

/// The names under which the top level imports `what`, if nothing else binds them, and where it first does.
fn imported(module: &Module, scopes: &Scopes, what: &str) -> Vec<(String, usize)> {
    let start = |binding: &Binding| {
        let stmt = module.stmt(binding.stmt?);
        (is_import_of(binding, what) && stmt.block == module.body).then_some(stmt.span.start)
    };
    let bound = scopes.list.iter().take(1).flat_map(|top| &top.bindings);
    let mut names: Vec<(String, usize)> = bound
        .filter_map(|(name, bindings)| {
            let first = bindings.iter().filter_map(start).min()?;
            is_free(scopes, name, what).then(|| (name.clone(), first))
        })
        .collect();
    names.sort_unstable();
    names
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

/// Where an import can be added.
fn new(lines: &Lines, module: &Module, name: &'static str, text: &str) -> New {
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
    let among = |first: &&Stmt| match sorted_place(&block, text) {
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
    New {
        name,
        into: top.iter().find_map(|stmt| {
            let edit = into(lines, stmt).filter(|_| name != FULL)?;
            Some((stmt.span.start, edit))
        }),
        among: block.first().map(|first| (first.span.start, among(first))),
        alone: match head.checked_sub(1).map(|index| top[index]) {
            Some(previous) => behind(lines, &top, previous, text, 1),
            None => at_top(lines, top.first().copied(), text),
        },
    }
}

/// The widest line that a name is added to, as black has it.
const WIDTH: usize = 88;

/// `from contextlib import a, closing, b`: into an import on one line, where isort would put the name (what starts with a
/// capital comes first).
fn into(lines: &Lines, stmt: &Stmt) -> Option<Edit> {
    let StmtKind::ImportFrom {
        level: 0,
        module,
        star: false,
        ..
    } = &stmt.kind
    else {
        return None;
    };
    let text = stmt.span.of(lines.text);
    let names = text.strip_prefix("from contextlib import ")?;
    let is_plain = names
        .chars()
        .all(|char| char.is_alphanumeric() || matches!(char, '_' | ',' | ' '));
    let line = lines.line(lines.at(stmt.span.end));
    let width = line.end - line.lead + ", closing".len();
    if module != MODULE || !is_plain || width > WIDTH {
        return None;
    }
    let mut place = stmt.span.end - names.len();
    for name in names.split_inclusive(',') {
        let start = place + name.len() - name.trim_start().len();
        let word = name.trim();
        if word.starts_with(char::is_lowercase) && word > "closing" {
            return Some(at(start, "closing, ".to_owned()));
        }
        place += name.len();
    }
    Some(at(stmt.span.end, ", closing".to_owned()))
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
    // A comment about the first statement stays with it.
    let speaks = |n: &usize| {
        let comment = lines.line(*n).comment;
        comment.is_some_and(|comment| suppress::is_about_next(comment.of(lines.text)))
    };
    let attached = (comments < lines.len() && !lines.is_blank(comments)).then_some(0..comments);
    let comments = attached
        .and_then(|mut lines| lines.find(speaks))
        .unwrap_or(comments);
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
