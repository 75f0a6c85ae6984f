//! Which files a configuration leaves out of a run.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use super::{Config, Configs};
use crate::discover::{self, Choice};

/// What [`crate::discover`] asks while it walks through directories.
#[derive(Debug)]
pub struct Chooser {
    configs: Arc<Configs>,
    force: bool,
    trouble: Mutex<Option<Error>>,
}

/// Why a file is left out of the directories of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeftOut {
    /// It is hidden, or lies in a directory that is hidden or a virtual environment.
    Always(PathBuf),
    /// It lies in a directory of this name, and nothing else is said.
    Usually(String),
    /// A glob of a key says so.
    Said {
        /// The key.
        key: &'static str,
        /// The glob.
        glob: String,
        /// The configuration file.
        path: PathBuf,
    },
    /// It is not in the `include` of this configuration file.
    NotIncluded(PathBuf),
}

impl Chooser {
    /// With `force`, paths that are named are left out like those that are found.
    pub fn new(configs: Arc<Configs>, force: bool) -> Chooser {
        Chooser {
            configs,
            force,
            trouble: Mutex::default(),
        }
    }

    /// The first error in a configuration file that was come across.
    pub fn trouble(&self) -> Option<Error> {
        self.trouble
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Why the file or directory at `path`, a real path, is left out where it is found in a directory.
    pub fn why_left_out(&self, path: &Path) -> Option<LeftOut> {
        let root = self.root(path);
        let inside = |part: &&Path| part.starts_with(&root) && **part != *root;
        let mut parts: Vec<&Path> = path.ancestors().take_while(inside).collect();
        parts.reverse();
        for part in parts {
            let is_dir = part != path || path.is_dir();
            if discover::is_always_left_out(part, is_dir) {
                return Some(LeftOut::Always(part.to_path_buf()));
            }
            let config = self.governing(part);
            if is_dir && discover::is_usual(part) && !self.has_own_list(part) {
                let name = part.file_name().unwrap_or_default();
                return Some(LeftOut::Usually(name.to_string_lossy().into_owned()));
            }
            let found = config.and_then(|config| excluding(&config, part, is_dir));
            if found.is_some() {
                return found;
            }
        }
        let config = self.governing(path)?;
        let include = config.include.as_ref().filter(|_| !path.is_dir())?;
        (include.matching(path, false).is_none()).then(|| LeftOut::NotIncluded(config.path.clone()))
    }

    /// The directory of the configuration that governs `path`, or the current one.
    fn root(&self, path: &Path) -> PathBuf {
        match self.governing(path) {
            Some(config) => config.root.clone(),
            None => std::env::current_dir().unwrap_or_default(),
        }
    }

    /// What governs `path`. What a directory itself holds governs what is in it.
    fn governing(&self, path: &Path) -> Option<Arc<Config>> {
        self.configs.of(path.parent()?).unwrap_or_else(|error| {
            let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
            trouble.get_or_insert(error);
            None
        })
    }
}

fn excluding(config: &Config, path: &Path, is_dir: bool) -> Option<LeftOut> {
    let lists = [
        ("exclude", config.exclude.as_ref()),
        ("extend-exclude", Some(&config.extend_exclude)),
    ];
    lists.into_iter().find_map(|(key, patterns)| {
        let glob = patterns?.matching(path, is_dir)?;
        Some(LeftOut::Said {
            key,
            glob: glob.to_string(),
            path: config.path.clone(),
        })
    })
}

impl Choice for Chooser {
    fn has_own_list(&self, path: &Path) -> bool {
        self.governing(path)
            .is_some_and(|config| config.exclude.is_some())
    }

    fn leaves_out(&self, path: &Path, is_dir: bool) -> bool {
        self.governing(path)
            .is_some_and(|config| excluding(&config, path, is_dir).is_some())
    }

    fn includes(&self, path: &Path) -> Option<bool> {
        let config = self.governing(path)?;
        let include = config.include.as_ref()?;
        Some(include.matching(path, false).is_some())
    }

    fn forced(&self, path: &Path) -> Option<PathBuf> {
        let config = self.governing(path);
        let wanted = self.force || config.is_some_and(|config| config.force_exclude);
        wanted.then(|| self.root(path))
    }
}
