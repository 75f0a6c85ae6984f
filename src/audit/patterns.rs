//! How to ask for the resources of this very project, written as code.

use std::collections::BTreeMap;

use super::Page;
use crate::catalog::{Acquire, Catalog, Resource, WrapForm};
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
        if let Some(variable) = leak.variable.as_deref().filter(|name| is_plain(name)) {
            *of_acquirer.1.entry(variable).or_default() += 1;
        }
    }
    let owned = || entries.iter().filter(|one| one.standing == Standing::Owned);
    let mut patterns: Vec<(bool, Pattern)> = Vec::new();
    for entry in owned() {
        let Some((all, names)) = leaks.get(entry.name.as_str()) else {
            continue;
        };
        // Files outside of packages may all define a `connect`.
        let alone = owned().filter(|one| one.name == entry.name).count() == 1;
        let leaks = if alone { *all } else { entry.leaks };
        if leaks == 0 {
            continue;
        }
        let usual = names.iter().max_by_key(|(_, count)| **count);
        let by_convention = entry.resource.as_ref().map(|one| one.variable.as_str());
        let variable = match usual {
            Some((name, _)) => name,
            None => by_convention
                .filter(|name| is_plain(name))
                .unwrap_or("resource"),
        };
        let code = code(entry, variable);
        let same = |one: &&mut (bool, Pattern)| one.1.name == entry.name && one.1.code == code;
        if let Some((_, known)) = patterns.iter_mut().find(same) {
            known.leaks += leaks;
            continue;
        }
        let pattern = Pattern {
            name: entry.name.clone(),
            leaks,
            code,
        };
        patterns.push((entry.known_by == KnownBy::Catalog, pattern));
    }
    patterns.sort_by_key(|(direct, pattern)| (*direct, std::cmp::Reverse(pattern.leaks)));
    patterns.into_iter().map(|(_, pattern)| pattern).collect()
}

/// Whether it can stand alone as a target.
fn is_plain(name: &str) -> bool {
    let is_part = |char: char| char == '_' || char.is_alphanumeric();
    name.chars().all(is_part) && !name.starts_with(|char: char| char.is_ascii_digit())
}

/// How it is called in code.
fn called(entry: &Entry) -> String {
    let Some((parent, short)) = entry.name.rsplit_once('.') else {
        return entry.name.clone();
    };
    let holder = parent.rsplit('.').next().unwrap_or(parent);
    let made = entry
        .resource
        .as_ref()
        .and_then(|one| one.instance.as_ref());
    let text = entry.definition.as_ref().map_or("", |link| &link.text);
    if short == "__call__" {
        format!("{holder}(...)")
    } else if entry.known_by != KnownBy::Catalog {
        match is_class(holder)
            || ["method", "property"]
                .iter()
                .any(|end| entry.kind.ends_with(end))
        {
            true if text.contains("(cls") => format!("{holder}.{short}"),
            true => format!("{}.{short}", object(holder)),
            false => short.to_string(),
        }
    } else if is_class(short) {
        short.to_string()
    } else if Catalog::get().resource(parent).is_none()
        && (!is_class(holder) || !parent.contains('.'))
    {
        // A function: as after a plain `import` of its module.
        entry.name.clone()
    } else if made.is_some_and(|made| made == parent || made.starts_with(&format!("{parent}."))) {
        format!("{holder}.{short}")
    } else {
        format!("{}.{short}", object(holder))
    }
}

fn is_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// A name for an object of a class: `ssl_context` for `SSLContext`.
fn object(class: &str) -> String {
    let chars: Vec<char> = class.trim_start_matches('_').chars().collect();
    let mut name = String::new();
    for (index, char) in chars.iter().enumerate() {
        let follows = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let begins = |before: &char| *before != '_' && (!before.is_uppercase() || follows);
        if char.is_uppercase() && index > 0 && begins(&chars[index - 1]) {
            name.push('_');
        }
        name.extend(char.to_lowercase());
    }
    // Of Python's keywords, those that may be names of classes in lower case.
    const KEYWORDS: [&str; 35] = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
        "yield", "none", "true", "false",
    ];
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

fn code(entry: &Entry, variable: &str) -> String {
    let called = called(entry);
    let short = entry.name.rsplit('.').next().unwrap_or(&entry.name);
    let text = entry.definition.as_ref().map_or("", |link| &link.text);
    let takes_none = ["", "self", "cls"]
        .iter()
        .any(|first| text.contains(&format!("{short}({first})")))
        || entry.kind.ends_with("factory")
        || short == "__call__";
    let arguments = match takes_none {
        _ if entry.kind.ends_with("property") => "",
        true => "()",
        false => "(...)",
    };
    let is_async = entry.kind.starts_with("async ");
    let resource = entry.resource.as_ref();
    // `async with connect()` awaits by itself.
    let enters = entry.known_by == KnownBy::Catalog
        && entry.wrap == WrapForm::AsyncWith
        && resource.is_some_and(|one| one.acquire == Acquire::AwaitOrAsyncWith);
    let wait = if is_async { "await " } else { "" };
    let call = format!("{called}{arguments}");
    let release = resource.and_then(|one| one.release.first());
    let release = release.map_or("close", String::as_str);
    let awaits = resource.is_some_and(|one| one.release_async);
    let release = match resource.filter(|one| one.given_back) {
        Some(resource) => format!("{}.{release}({variable})", giver(entry, resource, &called)),
        None => format!("{variable}.{release}()"),
    };
    // The place of the resource in a tuple is not known.
    let (before, is_one) = match entry.way {
        Way::InTuple => ("_, ", true),
        _ => ("", false),
    };
    let acquire = format!("{before}{variable} = {wait}{call}\n");
    match (entry.way, entry.wrap) {
        (Way::Yielded, _) if is_async => format!(
            "from contextlib import asynccontextmanager\n\nasync with asynccontextmanager({called}){arguments} as {variable}:\n    ...\n"
        ),
        (Way::Yielded, _) => format!(
            "from contextlib import contextmanager\n\nwith contextmanager({called}){arguments} as {variable}:\n    ...\n"
        ),
        (Way::Entered, _) if is_async => format!("async with {call} as {variable}:\n    ...\n"),
        (Way::Entered, _) => format!("with {call} as {variable}:\n    ...\n"),
        (_, WrapForm::None) => {
            let wait = if awaits { "await " } else { "" };
            format!("{acquire}try:\n    ...\nfinally:\n    {wait}{release}\n")
        }
        (_, wrap) if is_one || entry.may_be_none || wrap == WrapForm::Behind => {
            let (import, with) = match wrap {
                WrapForm::Closing => (CLOSING, format!("with closing({variable}):")),
                WrapForm::AsyncWith => ("", format!("async with {variable}:")),
                _ => ("", format!("with {variable}:")),
            };
            match entry.may_be_none {
                true => format!(
                    "{import}{acquire}if {variable} is not None:\n    {with}\n        ...\n"
                ),
                false => format!("{import}{acquire}{with}\n    ...\n"),
            }
        }
        (_, WrapForm::Closing) => {
            format!("{CLOSING}with closing({wait}{call}) as {variable}:\n    ...\n")
        }
        (_, WrapForm::AsyncWith) if enters => {
            format!("async with {call} as {variable}:\n    ...\n")
        }
        (_, WrapForm::AsyncWith) => format!("async with {wait}{call} as {variable}:\n    ...\n"),
        (_, WrapForm::With | WrapForm::Behind) => {
            format!("with {wait}{call} as {variable}:\n    ...\n")
        }
    }
}

/// What takes it back: `pool` of `pool.getconn`, `os` of `os.open`.
fn giver(entry: &Entry, resource: &Resource, called: &str) -> String {
    let of_catalog = resource.acquirers.first().map_or("", String::as_str);
    let holder = |name: &str| {
        let parent = name.rsplit_once('.').map_or("", |(parent, _)| parent);
        parent.rsplit('.').next().unwrap_or(parent).to_string()
    };
    match called.rsplit_once('.') {
        Some((giver, _)) if entry.known_by == KnownBy::Catalog => giver.to_string(),
        _ if is_class(&holder(of_catalog)) => object(&holder(of_catalog)),
        _ => holder(of_catalog),
    }
}

const CLOSING: &str = "from contextlib import closing\n\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_called_after_their_class() {
        for (class, name) in [
            ("Pool", "pool"),
            ("SSLContext", "ssl_context"),
            ("PooledDB", "pooled_db"),
            ("_ThreadedConnectionPool", "threaded_connection_pool"),
            ("Http2Session", "http2_session"),
            ("Http_Session", "http_session"),
            ("Lambda", "lambda_"),
        ] {
            assert_eq!(object(class), name);
        }
    }

    #[test]
    fn only_plain_names_are_targets() {
        assert!(is_plain("conn2") && is_plain("_x") && is_plain("größe"));
        assert!(!is_plain("self.conn") && !is_plain("2x") && !is_plain("a[0]"));
    }
}
