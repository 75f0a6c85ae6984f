//! Providers for other programs. The names and their order are an interface: see the documentation page on it.

use std::io::{self, Write};

use serde::Serialize;

use super::{path, providers};
use crate::catalog::WrapForm;
use crate::project::Link;
use crate::survey::{Entry, KnownBy};

#[derive(Serialize)]
struct Object<'a> {
    name: &'a str,
    ownership: &'a str,
    known_by: &'a str,
    kind: &'a str,
    may_be_none: bool,
    resource: Option<Given<'a>>,
    why: Option<&'a str>,
    definition: Option<Line<'a>>,
    chain: Vec<Line<'a>>,
    declared: Option<Line<'a>>,
    acquired: usize,
    handed_on: usize,
    leaks: usize,
    calls: Vec<Call>,
    declaration: Option<String>,
}

#[derive(Serialize)]
struct Given<'a> {
    class: Option<&'a str>,
    kind: &'a str,
    release: &'a [String],
    release_async: bool,
    with: Option<&'a str>,
}

#[derive(Serialize)]
struct Line<'a> {
    path: String,
    line: usize,
    text: &'a str,
}

#[derive(Serialize)]
struct Call {
    path: String,
    line: usize,
}

/// Writes one object a line.
pub fn write_lines(out: &mut dyn Write, entries: &[Entry]) -> io::Result<()> {
    for entry in entries {
        serde_json::to_writer(&mut *out, &object(entry))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

fn object(entry: &Entry) -> Object<'_> {
    Object {
        name: &entry.name,
        ownership: providers::standing(entry.standing),
        known_by: match entry.known_by {
            KnownBy::Definition => "definition",
            KnownBy::Declaration => "declaration",
            KnownBy::Catalog => "catalog",
            KnownBy::Name => "name",
        },
        kind: &entry.kind,
        may_be_none: entry.may_be_none,
        resource: entry.resource.as_ref().map(|resource| Given {
            class: resource.instance.as_deref(),
            kind: resource.kind.name(),
            release: &resource.release,
            release_async: resource.release_async,
            with: match entry.wrap {
                WrapForm::With | WrapForm::Behind => Some("with"),
                WrapForm::AsyncWith => Some("async-with"),
                WrapForm::Closing => Some("closing"),
                WrapForm::None => None,
            },
        }),
        why: entry.why.as_deref(),
        definition: entry.definition.as_ref().map(line),
        chain: entry.chain.iter().map(line).collect(),
        declared: entry.declared.as_ref().map(line),
        acquired: entry.acquired,
        handed_on: entry.passed,
        leaks: entry.leaks,
        calls: entry
            .places
            .iter()
            .map(|(path, line)| Call {
                path: path::shown(path),
                line: *line,
            })
            .collect(),
        declaration: providers::declaration(entry),
    }
}

fn line(link: &Link) -> Line<'_> {
    Line {
        path: path::shown(&link.path),
        line: link.line,
        text: link.text.trim(),
    }
}
