//! # undocumented-provider (UL103)
//!
//! ## What it does
//! Reports a function that hands out a resource, where its docstring does not say that the caller has to release it.
//!
//! ## Which functions
//! Functions and methods that `unleak providers` shows as owned, defined in the file at hand, whose name does not begin with an
//! underscore, and that return the resource: one that is a context manager, or a generator, releases it itself. A docstring says enough
//! if it speaks of closing or releasing, names the method that does it, or shows a `with`.
//!
//! ## Why is this bad?
//! `session = get_db()` looks as if there was nothing more to do. Whoever asks for a session reads the docstring of `get_db`, if
//! anything, and what it does not say is forgotten in every caller.
//!
//! ## Example
//! ```python
//! def get_db() -> Session:
//!     """A new session."""
//!     return Session(engine)
//! ```
//! Use instead:
//! ```python
//! def get_db() -> Session:
//!     """A new session.
//!
//!     The caller has to release it:
//!
//!         from app.db import get_db
//!
//!         with get_db() as session:
//!             ...
//!     """
//!     return Session(engine)
//! ```
//!
//! ## Fix safety
//! The fix is unsafe: a docstring is for people, and some programs print it, too (command lines, API pages). It adds
//! the usage of this very function: its import, and the `with`, `async with`, `closing` or `try`/`finally` that releases what it gives.
//! Where the module has a logger that the function does not use, it also adds a line at level debug before the resource is made.

use super::finding::{Applicability, Finding, Fix, Rule};
use crate::matcher::{Docstring, Undocumented};
use crate::source::Source;
use crate::syntax::Span;
use crate::usage::{self, Usage};

/// The finding for one provider.
pub(super) fn check(source: &Source, found: &Undocumented) -> Finding {
    let message = format!(
        "no docstring says how what `{}` gives is released",
        found.name.1
    );
    let finding = Finding {
        function: found.function.clone(),
        ..Finding::without_resource(source, Rule::UndocumentedProvider, found.span, message)
    };
    let fix = fix(source, found);
    let (reason, advice) = match fix {
        Some(_) => (
            "a docstring is for people, who should say whether it is right",
            "read it before it is committed",
        ),
        None => (
            "the docstring is not one literal that could be made longer",
            "write there how it is used",
        ),
    };
    Finding {
        fix,
        blocked_by: Some(reason.to_owned()),
        advice: Some(advice),
        ..finding
    }
}

fn fix(source: &Source, found: &Undocumented) -> Option<Fix> {
    let mut pieces = Vec::new();
    let mut added = Vec::new();
    let newline = match source.text.contains("\r\n") {
        true => "\r\n",
        false => "\n",
    };
    let lines = usage(found);
    let section = |lead: &str| -> String {
        let lines = lines.iter().map(|line| match line.is_empty() {
            true => String::new(),
            false => format!("{}    {line}", found.indent),
        });
        let all: Vec<String> = [lead.to_owned(), String::new()]
            .into_iter()
            .chain(lines)
            .chain([found.indent.clone()])
            .collect();
        all.join(newline)
    };
    match found.docstring {
        Some(Docstring::Several) => return None,
        Some(Docstring::Literal(span)) => {
            let (open, text, close) = taken_apart(span.of(&source.text))?;
            let text = text.trim_end();
            let lead = section("The caller has to release it:");
            let new = format!(
                "{open}{text}{newline}{newline}{}{lead}{close}",
                found.indent
            );
            pieces.push((span, new));
        }
        None => {
            let lead = section("Hand out what the caller has to release:");
            added.push((found.first?, format!("\"\"\"{lead}\"\"\"")));
        }
    }
    if let Some((logger, at)) = &found.logger {
        let line = format!(
            "{logger}.debug(\"{}() hands out a new resource\")",
            found.name.1
        );
        added.push((*at, line));
    }
    let mut fix = Fix::of_pieces(
        source,
        Applicability::Unsafe,
        "say how it is used".to_owned(),
        pieces,
    );
    let line = source.line_of(found.span.start);
    fix.region = (line.min(fix.region.0.max(line)), fix.region.1.max(line));
    fix.plan.added = added;
    Some(fix)
}

/// How a variable for it is called.
fn variable(found: &Undocumented) -> &str {
    let resource = found.provider.resource.as_ref();
    let name = resource.map_or("", |resource| resource.variable.as_str());
    if name.is_empty() { "resource" } else { name }
}

/// The lines of code that use it.
fn usage(found: &Undocumented) -> Vec<String> {
    let provider = &found.provider;
    let (class, name) = &found.name;
    let called = match class {
        Some(class) => format!("{}.{name}", usage::object(class)),
        None => name.clone(),
    };
    let resource = provider.resource.as_ref();
    let release = resource.and_then(|resource| resource.release.first());
    let usage = Usage {
        called: &called,
        arguments: if found.takes_nothing { "()" } else { "(...)" },
        is_async: provider.is_async,
        may_be_none: provider.may_be_none,
        way: provider.way,
        wrap: provider.wrap,
        release: release.map_or("close", String::as_str),
        release_async: resource.is_some_and(|resource| resource.release_async),
        taker: resource
            .filter(|resource| resource.given_back)
            .map(|resource| usage::taker(resource)),
        awaits_itself: false,
    };
    let code = usage.code(variable(found));
    let own = match (class, provider.name.rsplit_once('.')) {
        (None, Some((module, _))) => Some(format!("from {module} import {name}")),
        _ => None,
    };
    let mut lines: Vec<String> = Vec::new();
    lines.extend(code.import.map(str::to_owned));
    if code.import.is_some() && own.is_some() {
        lines.push(String::new());
    }
    lines.extend(own);
    if !lines.is_empty() {
        lines.push(String::new());
    }
    lines.extend(code.body.lines().map(str::to_owned));
    lines
}

/// A literal as what opens it, its contents and what closes it, with three quotes; nothing if what follows its contents would
/// not be taken as it is.
fn taken_apart(literal: &str) -> Option<(String, &str, String)> {
    let at = literal.find(['"', '\''])?;
    let (prefix, quoted) = literal.split_at(at);
    let quote = &quoted[..1];
    let triple = quote.repeat(3);
    let width = match quoted.starts_with(&triple) && quoted.len() >= 6 {
        true => 3,
        false => 1,
    };
    let inner = Span::new(width, quoted.len().checked_sub(width)?);
    let contents = quoted.get(inner.start..inner.end)?;
    let is_plain = !contents.trim_end().ends_with('\\') && !prefix.contains(['b', 'B', 'f', 'F']);
    is_plain.then(|| (format!("{prefix}{triple}"), contents, triple))
}
