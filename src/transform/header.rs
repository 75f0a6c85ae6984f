//! The text of a `with` header.

use super::original::Original;
use super::{Edit, Refusal};
use crate::rules::{Item, Wrap};
use crate::syntax::{Comp, Expr, ExprKind, Module, Span, Stmt, StmtKind, parse};

/// The items of a wrap, ready to stand behind `with`.
pub(super) fn items(wrap: &Wrap, closing: Option<&str>) -> Vec<String> {
    wrap.items
        .iter()
        .map(|item| self::item(item, closing))
        .collect()
}

/// `with a as b, c as d:`
pub(super) fn with(wrap: &Wrap, items: &[String]) -> String {
    let keyword = if wrap.is_async { "async with" } else { "with" };
    format!("{keyword} {}:", items.join(", "))
}

fn item(item: &Item, closing: Option<&str>) -> String {
    let context = item.context.trim();
    let context = if needs_parentheses(context, item.closing) {
        format!("({context})")
    } else {
        context.to_owned()
    };
    let context = match closing.filter(|_| item.closing) {
        Some(name) => format!("{name}({context})"),
        None => context,
    };
    match &item.target {
        Some(target) => format!("{context} as {target}"),
        None => context,
    }
}

/// Whether the text must not stand bare in a header (or, with `argument`, as the only argument of a call).
fn needs_parentheses(context: &str, argument: bool) -> bool {
    // In parentheses nearly every expression can be parsed, whatever its newlines.
    let text = format!("({context})");
    let module = parse(&text);
    let [stmt] = module.stmts.as_slice() else {
        return true;
    };
    let StmtKind::Expr(expr) = &stmt.kind else {
        return true;
    };
    if !module.errors.is_empty() || stmt.has_error {
        return true;
    }
    if text[1..expr.span.start.max(1)].contains('(') {
        return false;
    }
    !is_primary(expr) || !argument && breaks_line(&text, &module)
}

/// Whether it reads well without parentheses, wherever it stands.
fn is_primary(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Comprehension { kind, .. } => *kind != Comp::Generator,
        ExprKind::Name(_)
        | ExprKind::Attribute { .. }
        | ExprKind::Call { .. }
        | ExprKind::Await(_)
        | ExprKind::Subscript { .. }
        | ExprKind::List(_)
        | ExprKind::Set(_)
        | ExprKind::Dict(_)
        | ExprKind::None
        | ExprKind::True
        | ExprKind::False
        | ExprKind::Number
        | ExprKind::Str(_)
        | ExprKind::FString(_) => true,
        _ => false,
    }
}

/// Whether `text`, which stands in one pair of parentheses, has a newline that no other bracket and no string holds.
fn breaks_line(text: &str, module: &Module) -> bool {
    let opaque = |at: usize| {
        let holds = |spans: &[Span]| spans.iter().any(|span| span.start <= at && at < span.end);
        holds(&module.strings) || holds(&module.comments)
    };
    let mut depth = 0;
    for (_, byte) in text.bytes().enumerate().filter(|(at, _)| !opaque(*at)) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            b'\n' | b'\r' if depth == 1 => return true,
            _ => {}
        }
    }
    false
}

/// The edits that write `items` behind those of an existing `with`.
pub(super) fn merge(
    original: &Original,
    target: &Stmt,
    items: &[String],
) -> Result<Vec<Edit>, Refusal> {
    let StmtKind::With {
        items: old,
        parenthesized,
        body,
        ..
    } = &target.kind
    else {
        return Err(Refusal::new(
            "the items should join a statement that is no `with`",
        ));
    };
    let (text, module, lines) = (original.text, original.module, &original.lines);
    let header = module.block(*body).header;
    let colon = header.start
        + text[header.start..header.end]
            .trim_end_matches(':')
            .trim_end()
            .len();
    let insert = |at: usize, text: String| Edit {
        span: Span::new(at, at),
        text,
    };
    let (Some(first), Some(last)) = (old.first(), old.last()) else {
        return Err(Refusal::new("the items should join a `with` that has none"));
    };
    let comma = behind_comma(module, text, last.span.end);
    // `with (a):` holds a parenthesized expression in every version of Python.
    let bare = !parenthesized || old.len() == 1 && last.target.is_none() && comma.is_none();
    if bare || !text[..colon].ends_with(')') {
        return Ok(vec![insert(colon, format!(", {}", items.join(", ")))]);
    }
    let opened = lines.at(header.start);
    let spread = lines.at(first.span.start) > opened;
    if !spread {
        return Ok(match comma {
            Some(at) => vec![insert(at, format!(" {},", items.join(", ")))],
            None => vec![insert(last.span.end, format!(", {}", items.join(", ")))],
        });
    }
    // One item a line, behind the last one's comment.
    let end = lines.line(lines.at(comma.unwrap_or(last.span.end)));
    let closes_here = colon <= end.end;
    let at = if closes_here {
        comma.unwrap_or(last.span.end)
    } else {
        end.end
    };
    let start = format!(
        "{}{}",
        lines.newline_at(header.start),
        lines.indent_at(last.span.start)
    );
    let rows = items.join(&format!(",{start}"));
    let close = if comma.is_some() { "," } else { "" };
    let mut edits = Vec::new();
    if comma.is_none() {
        edits.push(insert(last.span.end, ",".to_owned()));
    }
    edits.push(insert(at, format!("{start}{rows}{close}")));
    Ok(edits)
}

/// The edit that writes `items` in the place of one item of an existing `with`.
pub(super) fn split(
    original: &Original,
    target: &Stmt,
    index: usize,
    items: &[String],
) -> Result<Vec<Edit>, Refusal> {
    let StmtKind::With {
        items: old,
        parenthesized,
        ..
    } = &target.kind
    else {
        return Err(Refusal::new(
            "the items should join a statement that is no `with`",
        ));
    };
    let item = old
        .get(index)
        .ok_or_else(|| Refusal::new("the plan replaces an item that does not exist"))?;
    let lines = &original.lines;
    let line = lines.line(lines.at(item.span.start));
    // One item a line, if they stand so already.
    let joint = if *parenthesized && line.content == item.span.start {
        format!(
            ",{}{}",
            lines.newline_at(item.span.start),
            lines.indent_at(item.span.start)
        )
    } else {
        ", ".to_owned()
    };
    Ok(vec![Edit {
        span: item.span,
        text: items.join(&joint),
    }])
}

/// The offset behind the comma that follows `at`, if one does.
fn behind_comma(module: &Module, text: &str, at: usize) -> Option<usize> {
    let mut at = at;
    loop {
        let rest = text.get(at..)?;
        at += rest.len() - rest.trim_start().len();
        let comments = &module.comments;
        match comments.binary_search_by_key(&at, |comment| comment.start) {
            Ok(found) => at = comments[found].end,
            Err(_) => return text[at..].starts_with(',').then_some(at + 1),
        }
    }
}
