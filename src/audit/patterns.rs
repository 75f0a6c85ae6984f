//! How to ask for the resources of this very project, written as code.

use std::collections::BTreeMap;

use super::Page;
use crate::catalog::WrapForm;
use crate::project::Way;
use crate::survey::{Entry, KnownBy, Standing};

/// How to use one acquirer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Its dotted name.
    pub name: String,
    /// How many of its calls leak.
    pub leaks: usize,
    /// What to write.
    pub code: String,
}

/// The patterns of what leaks in `pages`: what the project defines, then what leaks most, first.
pub(super) fn of(pages: &[Page], entries: &[Entry]) -> Vec<Pattern> {
    let mut leaks: BTreeMap<&str, (usize, BTreeMap<&str, usize>)> = BTreeMap::new();
    for leak in pages.iter().flat_map(|page| &page.leaks) {
        let of_acquirer = leaks.entry(&leak.acquirer).or_default();
        of_acquirer.0 += 1;
        if let Some(variable) = &leak.variable {
            *of_acquirer.1.entry(variable).or_default() += 1;
        }
    }
    let mut patterns = Vec::new();
    for entry in entries.iter().filter(|one| one.standing == Standing::Owned) {
        let Some((leaks, names)) = leaks.get(entry.name.as_str()) else {
            continue;
        };
        let usual = names.iter().max_by_key(|(_, count)| **count);
        let variable = usual.map_or("resource", |(name, _)| *name);
        let pattern = Pattern {
            name: entry.name.clone(),
            leaks: *leaks,
            code: code(entry, variable),
        };
        patterns.push((entry.known_by == KnownBy::Catalog, pattern));
    }
    patterns.sort_by_key(|(direct, pattern)| (*direct, std::cmp::Reverse(pattern.leaks)));
    patterns.into_iter().map(|(_, pattern)| pattern).collect()
}

/// How it is called in code, and in the line that defines it.
fn names(entry: &Entry) -> (String, &str) {
    let (holder, short) = entry.name.rsplit_once('.').unwrap_or(("", &entry.name));
    let (_, holder) = holder.rsplit_once('.').unwrap_or(("", holder));
    let is_class = |name: &str| name.starts_with(char::is_uppercase);
    let called = match entry.known_by {
        // A method, of an object that is there.
        _ if is_class(holder) => format!("{}.{short}", holder.to_lowercase()),
        KnownBy::Catalog if !is_class(short) && !["", "builtins"].contains(&holder) => {
            format!("{holder}.{short}")
        }
        _ => short.to_string(),
    };
    (called, short)
}

fn code(entry: &Entry, variable: &str) -> String {
    let (called, short) = names(entry);
    let text = entry.definition.as_ref().map_or("", |link| &link.text);
    let takes_none = text.contains(&format!("{short}()"))
        || text.contains(&format!("{short}(self)"))
        || entry.kind.ends_with("factory");
    let arguments = match takes_none {
        _ if entry.kind.ends_with("property") => "",
        true => "()",
        false => "(...)",
    };
    let is_async = entry.kind.starts_with("async ");
    let wait = if is_async { "await " } else { "" };
    let call = format!("{called}{arguments}");
    let release = entry.resource.as_ref().and_then(|one| one.release.first());
    let release = release.map_or("close", String::as_str);
    let awaits = entry.resource.as_ref().is_some_and(|one| one.release_async);
    let finally = |acquire: &str| {
        let wait = if awaits { "await " } else { "" };
        format!("{acquire}try:\n    ...\nfinally:\n    {wait}{variable}.{release}()\n")
    };
    match (entry.way, entry.wrap) {
        (Way::Yielded, _) if is_async => format!(
            "from contextlib import asynccontextmanager\n\nasync with asynccontextmanager({called}){arguments} as {variable}:\n    ...\n"
        ),
        (Way::Yielded, _) => format!(
            "from contextlib import contextmanager\n\nwith contextmanager({called}){arguments} as {variable}:\n    ...\n"
        ),
        (Way::Entered, _) if is_async => format!("async with {call} as {variable}:\n    ...\n"),
        (Way::Entered, _) => format!("with {call} as {variable}:\n    ...\n"),
        (Way::InTuple, _) => finally(&format!("..., {variable} = {wait}{call}\n")),
        (_, WrapForm::None) => finally(&format!("{variable} = {wait}{call}\n")),
        (_, wrap) if entry.may_be_none || wrap == WrapForm::Behind => {
            let (import, with) = match wrap {
                WrapForm::Closing => (CLOSING, format!("with closing({variable}):")),
                WrapForm::AsyncWith => ("", format!("async with {variable}:")),
                _ => ("", format!("with {variable}:")),
            };
            let guard = format!("{import}{variable} = {wait}{call}\n");
            match entry.may_be_none {
                true => format!("{guard}if {variable} is not None:\n    {with}\n        ...\n"),
                false => format!("{guard}{with}\n    ...\n"),
            }
        }
        (_, WrapForm::Closing) => {
            format!("{CLOSING}with closing({wait}{call}) as {variable}:\n    ...\n")
        }
        (_, WrapForm::AsyncWith) => format!("async with {wait}{call} as {variable}:\n    ...\n"),
        (_, WrapForm::With | WrapForm::Behind) => {
            format!("with {wait}{call} as {variable}:\n    ...\n")
        }
    }
}

const CLOSING: &str = "from contextlib import closing\n\n";
