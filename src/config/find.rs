//! Which configuration file governs a directory.
//!
//! A file is governed by the nearest of these at or above its directory; in one directory unleak.toml goes first. A
//! pyproject.toml without `[tool.unleak]` is passed over. Files are not merged.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Config;
use super::error::Error;
use super::read::read;

/// The configuration files of a directory, the first that is one of ours wins.
const NAMES: [&str; 2] = ["unleak.toml", "pyproject.toml"];

/// What governs the files of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Governing {
    /// The nearest configuration file.
    #[default]
    Nearest,
    /// This file, with globs relative to the current directory.
    File(PathBuf),
    /// None.
    Nothing,
}

/// The configuration files found so far, each read once.
#[derive(Debug, Default)]
pub struct Configs {
    /// What governs all files, where it is not the nearest file.
    all: Option<Option<Arc<Config>>>,
    by_directory: Mutex<HashMap<PathBuf, Option<Arc<Config>>>>,
}

impl Configs {
    /// Fails for a file that is named and cannot be read.
    pub fn new(governing: &Governing) -> Result<Configs, Error> {
        let all = match governing {
            Governing::Nearest => None,
            Governing::Nothing => Some(None),
            Governing::File(path) => {
                let root = std::env::current_dir().unwrap_or_default();
                let Some(config) = read(path, &root)? else {
                    return Err(Error::of_file(path, "has no [tool.unleak]"));
                };
                Some(Some(Arc::new(config)))
            }
        };
        Ok(Configs {
            all,
            by_directory: Mutex::default(),
        })
    }

    /// What governs the files in `directory`, a real path.
    pub fn of(&self, directory: &Path) -> Result<Option<Arc<Config>>, Error> {
        if let Some(all) = &self.all {
            return Ok(all.clone());
        }
        let known = || {
            self.by_directory
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(found) = known().get(directory) {
            return Ok(found.clone());
        }
        let found = match read_in(directory)? {
            Some(config) => Some(Arc::new(config)),
            None => match directory.parent() {
                Some(parent) => self.of(parent)?,
                None => None,
            },
        };
        known().insert(directory.to_path_buf(), found.clone());
        Ok(found)
    }

    /// The outermost directory at or above `directory`, a real path, that holds a configuration, but none above `bound`. What
    /// cannot be read ends the way up: whoever begins below it does not need it.
    pub fn outermost(&self, directory: &Path, bound: Option<&Path>) -> Option<PathBuf> {
        if let Some(all) = &self.all {
            return all.as_ref().map(|config| config.root.clone());
        }
        let mut found = None;
        let mut at = Some(directory.to_path_buf());
        while let Some(Ok(Some(config))) = at.as_deref().map(|at| self.of(at)) {
            if bound.is_some_and(|bound| !config.root.starts_with(bound)) {
                break;
            }
            at = config.root.parent().map(Path::to_path_buf);
            found = Some(config.root.clone());
        }
        found
    }
}

/// What the configuration files in `directory` itself say.
fn read_in(directory: &Path) -> Result<Option<Config>, Error> {
    for name in NAMES {
        let path = directory.join(name);
        // A link that leads nowhere was meant for something, and is an error.
        let is_there = path.symlink_metadata().is_ok_and(|found| !found.is_dir());
        if is_there && let Some(config) = read(&path, directory)? {
            return Ok(Some(config));
        }
    }
    Ok(None)
}
