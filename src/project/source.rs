//! A file of the project, read because another one imports it.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::provider::Provision;
use crate::syntax::{self, Module, ScopeId, Scopes, Span, StmtId};

/// What was found out about a file so far; empty at first.
#[derive(Debug, Default)]
pub struct Memo {
    /// Its functions.
    pub(super) providers: Mutex<HashMap<StmtId, Provision>>,
    /// The names that lambdas and comprehensions bind, each with the places where it counts.
    pub(super) inner: OnceLock<HashMap<String, Vec<Span>>>,
    /// Its dotted name as a module.
    pub(super) module_name: OnceLock<String>,
    /// The statements that assign to an attribute of `self`, by class and attribute.
    pub(super) kept: OnceLock<HashMap<(ScopeId, String), Vec<StmtId>>>,
    /// Its classes.
    pub(super) classes: OnceLock<Vec<StmtId>>,
    /// What is assigned to attributes of something else than `self`, as it stands there: `db.get_session`.
    pub(super) patched: OnceLock<HashSet<String>>,
    /// What is called in calls that are awaited.
    pub(super) awaited: OnceLock<HashSet<Span>>,
}

/// A parsed file.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub text: String,
    pub module: Module,
    pub scopes: Scopes,
    pub memo: Memo,
}

impl Source {
    /// Reads and parses `path`, if it is there and UTF-8.
    pub fn read(path: &Path) -> Option<Source> {
        let mut text = String::from_utf8(std::fs::read(path).ok()?).ok()?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        let module = syntax::parse(&text);
        let scopes = Scopes::build(&module);
        Some(Source {
            path: path.to_path_buf(),
            text,
            module,
            scopes,
            memo: Memo::default(),
        })
    }
}
