//! A file of the project, read because another one imports it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use super::provider::Provider;
use crate::syntax::{self, Module, Scopes, Span, StmtId};

/// What was found out about a file so far.
#[derive(Debug, Default)]
pub(super) struct Memo {
    /// Its functions.
    pub providers: Mutex<HashMap<StmtId, Option<Provider>>>,
    /// The names that lambdas and comprehensions bind, each with the places where it counts.
    pub inner: OnceLock<HashMap<String, Vec<Span>>>,
    /// Its dotted name as a module.
    pub module_name: OnceLock<String>,
}

/// A parsed file.
#[derive(Debug)]
pub(super) struct Source {
    pub path: PathBuf,
    pub module: Module,
    pub scopes: Scopes,
    pub memo: Memo,
}

impl Source {
    /// Reads and parses `path`, if it is there and UTF-8.
    pub fn read(path: &Path) -> Option<Source> {
        let text = String::from_utf8(std::fs::read(path).ok()?).ok()?;
        let module = syntax::parse(text.strip_prefix('\u{feff}').unwrap_or(&text));
        let scopes = Scopes::build(&module);
        Some(Source {
            path: path.to_path_buf(),
            module,
            scopes,
            memo: Memo::default(),
        })
    }
}
