//! How to ask for the resources of this very project, written as code.

use std::collections::BTreeMap;

use super::Page;
use crate::catalog::{Acquire, Catalog};
use crate::survey::{Entry, KnownBy, Standing};
use crate::usage::{self, Usage, is_class, object};

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
    let resource = entry.resource.as_ref();
    let release = resource.and_then(|one| one.release.first());
    let taker = resource.filter(|one| one.given_back);
    let usage = Usage {
        called: &called,
        arguments,
        is_async: entry.kind.starts_with("async "),
        may_be_none: entry.may_be_none,
        way: entry.way,
        wrap: entry.wrap,
        release: release.map_or("close", String::as_str),
        release_async: resource.is_some_and(|one| one.release_async),
        taker: taker.map(|resource| match called.rsplit_once('.') {
            Some((giver, _)) if entry.known_by == KnownBy::Catalog => giver.to_string(),
            _ => usage::taker(resource),
        }),
        // `async with connect()` awaits by itself.
        awaits_itself: entry.known_by == KnownBy::Catalog
            && resource.is_some_and(|one| one.acquire == Acquire::AwaitOrAsyncWith),
    };
    usage.code(variable).whole()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_names_are_targets() {
        assert!(is_plain("conn2") && is_plain("_x") && is_plain("größe"));
        assert!(!is_plain("self.conn") && !is_plain("2x") && !is_plain("a[0]"));
    }
}
