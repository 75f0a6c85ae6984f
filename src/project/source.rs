//! A file of the project, read because another one imports it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use super::provider::Provider;
use crate::syntax::{self, Module, Scopes, StmtId};

/// What was found out about the functions of a file.
#[derive(Debug, Default)]
pub(super) struct Memo {
    pub providers: Mutex<HashMap<StmtId, Option<Provider>>>,
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
