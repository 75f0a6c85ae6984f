//! How to ask for the resources of this very project, written as code.

use std::collections::BTreeMap;

use super::Page;
use crate::survey::{Entry, KnownBy, Standing};
use crate::usage::Usage;

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
    let release = entry.resource.as_ref().and_then(|one| one.release.first());
    let usage = Usage {
        called: &called,
        arguments,
        is_async: entry.kind.starts_with("async "),
        may_be_none: entry.may_be_none,
        way: entry.way,
        wrap: entry.wrap,
        release: release.map_or("close", String::as_str),
        release_async: entry.resource.as_ref().is_some_and(|one| one.release_async),
    };
    usage.code(variable).whole()
}
