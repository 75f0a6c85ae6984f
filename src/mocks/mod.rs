//! Tests that put something else in the place of what a fix now enters with a `with` of its own.
//!
//! `closing(mock)` gives the mock itself. `MagicMock().__enter__()` gives another object, a plain `Mock` has none.

mod harmless;
mod replaced;

use std::collections::BTreeSet;
use std::path::PathBuf;

use memchr::memmem;

use crate::project::{Memo, Names, Project, Slot};
use crate::source::Source;
use crate::syntax::{self, Scopes};

/// A place in a test that replaces what is entered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Replacement {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is replaced, as it is called there.
    pub what: String,
    /// What it is replaced by, for people: `a mock`.
    pub by: String,
}

/// What fixes enter, as something to look for.
#[derive(Debug)]
pub struct Search {
    entered: BTreeSet<Slot>,
    names: BTreeSet<String>,
    project: Project,
}

/// A file without any of these replaces nothing.
const SIGNS: [&str; 3] = ["patch", "setattr", "Mock"];

impl Search {
    /// Looks for what replaces one of `entered`.
    pub fn new(entered: BTreeSet<Slot>) -> Search {
        Search {
            names: entered.iter().map(|slot| slot.last().to_owned()).collect(),
            entered,
            project: Project::default(),
        }
    }

    /// Whether a file with these bytes could replace anything.
    pub fn may_be_in(&self, bytes: &[u8]) -> bool {
        let has = |text: &str| memmem::find(bytes, text.as_bytes()).is_some();
        SIGNS.iter().any(|sign| has(sign)) && self.names.iter().any(|name| has(name))
    }

    /// What is replaced in a file, in its order.
    pub fn look(&self, source: &Source) -> Vec<Replacement> {
        let module = syntax::parse(&source.text);
        let scopes = Scopes::build(&module);
        let memo = Memo::default();
        let names = Names::new(
            &source.path,
            &source.text,
            &module,
            &scopes,
            &self.project,
            &memo,
        );
        let mut found: Vec<Replacement> = Vec::new();
        for one in replaced::all(&names, &self.project) {
            if one.slots.is_disjoint(&self.entered) || harmless::is(&names, &one) {
                continue;
            }
            found.push(Replacement {
                path: source.path.clone(),
                line: source.line_of(one.place.start),
                by: by(&names, &one),
                what: one.what,
            });
        }
        found.sort();
        found.dedup();
        found
    }
}

/// What stands in its place, in words.
fn by(names: &Names<'_>, one: &replaced::Replaced<'_>) -> String {
    let text = one.value.map(|value| value.span.of(names.text));
    match text {
        Some(text) if !text.contains("Mock") && !text.contains("autospec") => {
            let line = text.lines().next().unwrap_or_default();
            match text.contains('\n') || line.chars().count() > 40 {
                true => "something else".to_owned(),
                false => format!("`{line}`"),
            }
        }
        _ => "a mock".to_owned(),
    }
}
