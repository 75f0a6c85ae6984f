//! Which files need no parsing.

use std::collections::BTreeSet;

use aho_corasick::AhoCorasick;

use super::Catalog;

/// A byte search that tells which files cannot hold an acquisition.
///
/// An acquisition is a call of something the catalog, the user or a convention names, and then the last component of that
/// name stands somewhere in the file as a word of its own; or it goes through a module of the project, which hands it on
/// under a name of its choice. The second way needs an import that is relative, or of a module that does not come with
/// Python (such a name never means a module of the project, see [`Project`](crate::project::Project)).
#[derive(Debug)]
pub struct Prefilter {
    needles: Option<AhoCorasick>,
}

impl Prefilter {
    /// A search for all names of the catalog and those of `extra`.
    pub fn new(extra: &[String]) -> Prefilter {
        let catalog = Catalog::get();
        let mut needles: BTreeSet<&str> = catalog.conventional_names().collect();
        let named = |name: &&str| {
            extra
                .iter()
                .any(|extra| *name == extra || catalog.canonical(extra) == *name)
        };
        for resource in catalog.resources() {
            let names = resource.acquirers.iter().map(String::as_str);
            needles.extend(
                names
                    .filter(|name| resource.default || named(name))
                    .map(last),
            );
        }
        needles.extend(
            catalog
                .aliases()
                .filter(|alias| catalog.resource(alias).is_some())
                .map(last),
        );
        needles.extend(extra.iter().map(|name| last(name)));
        Prefilter {
            needles: AhoCorasick::new(needles).ok(),
        }
    }

    /// Whether the file with these bytes may hold an acquisition.
    pub fn may_contain(&self, bytes: &[u8]) -> bool {
        self.has_needle(bytes) || imports_outside(bytes)
    }

    /// Whether a name that acquires by itself stands in these bytes.
    fn has_needle(&self, bytes: &[u8]) -> bool {
        let Some(needles) = &self.needles else {
            return true;
        };
        needles.find_overlapping_iter(bytes).any(|found| {
            let before = found.start().checked_sub(1).and_then(|at| bytes.get(at));
            !before.is_some_and(|byte| is_word(*byte))
                && !bytes.get(found.end()).is_some_and(|byte| is_word(*byte))
        })
    }
}

/// The component of a dotted name that must stand in a file for it to be called there: a factory's instance is made, or
/// annotated, under the factory's name.
fn last(dotted: &str) -> &str {
    let dotted = dotted.strip_suffix(".__call__").unwrap_or(dotted);
    dotted.rsplit('.').next().unwrap_or(dotted)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether something is imported that may be a module of the project. Looks at words, not at syntax: an `import` in a
/// string counts, which costs a parse and no more.
fn imports_outside(bytes: &[u8]) -> bool {
    let mut rest = 0;
    while let Some(at) = find(bytes, b"import", rest) {
        rest = at + 6;
        let joined =
            at > 0 && is_word(bytes[at - 1]) || bytes.get(rest).is_some_and(|byte| is_word(*byte));
        if !joined && import_is_outside(bytes, at) {
            return true;
        }
    }
    false
}

fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    bytes
        .get(from..)?
        .windows(needle.len())
        .position(|window| window == needle)
        .map(|at| from + at)
}

/// Whether the import statement whose `import` starts at `at` may name a module of the project.
fn import_is_outside(bytes: &[u8], at: usize) -> bool {
    let start = bytes[..at]
        .iter()
        .rposition(|byte| b"\n\r;:".contains(byte))
        .map_or(0, |newline| newline + 1);
    let end = bytes[at..]
        .iter()
        .position(|byte| b"\n\r;#".contains(byte))
        .map_or(bytes.len(), |newline| at + newline);
    let before = bytes[..start].trim_ascii_end();
    let line = &bytes[start..end];
    if line.contains(&b'\\') || before.ends_with(b"\\") {
        return true;
    }
    let Ok(line) = std::str::from_utf8(line) else {
        return true;
    };
    let (head, tail) = line.split_at(at - start);
    match head.trim().strip_prefix("from") {
        Some(module) => module_is_outside(module.trim()),
        None => tail["import".len()..]
            .split(',')
            .any(|module| module_is_outside(module.trim())),
    }
}

fn module_is_outside(module: &str) -> bool {
    let first = module
        .split(['.', ' ', '\t', '\x0c'])
        .next()
        .unwrap_or(module);
    first.is_empty() || !Catalog::get().is_stdlib(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(text: &str) -> bool {
        Prefilter::new(&["app.make_thing".to_string()]).may_contain(text.as_bytes())
    }

    #[test]
    fn a_name_that_acquires_is_found_as_a_word() {
        assert!(may("f = open('x')"));
        assert!(may("import sqlite3 as s\nc = s.connect(p)"));
        assert!(may("x = make_thing()"));
        assert!(may("get_db()"));
        assert!(may("from pymysql import Connect as c"));
        assert!(!may("reopened = opener + disconnect"));
        assert!(!may("x = 1\n"));
        assert!(!may(""));
    }

    #[test]
    fn imports_that_may_be_of_the_project_count() {
        assert!(may("from . import x"));
        assert!(may("from .a import b"));
        assert!(may("from app import thing"));
        assert!(may("import os, app"));
        assert!(may("if x: import app.b as c"));
        assert!(may("import os; import app"));
        assert!(may("from app \\\n  import queue"));
        assert!(may("import os, \\\n  app"));
        assert!(!may(
            "import os, json as j\nfrom os import path\nimport xml.dom.minidom"
        ));
        assert!(!may(
            "from typing import (\n  Any,\n)\nimportant = reimport = 1"
        ));
    }

    #[test]
    fn default_off_entries_are_needles_only_when_named() {
        assert!(!Prefilter::new(&[]).may_contain(b"import io\nio.BytesIO()"));
        assert!(
            Prefilter::new(&["io.BytesIO".to_string()]).may_contain(b"import io\nio.BytesIO()")
        );
    }
}
