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
    /// It is not in the `include` of this configuration file; `None`: in its default.
    NotIncluded(Option<PathBuf>),
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

    /// Why the file or directory at `path`, a real path, is left out where it is found in a directory, from [`Choice::top`] on.
    pub fn why_left_out(&self, path: &Path) -> Option<LeftOut> {
        let top = self.top(path);
        let inside = |part: &&Path| part.starts_with(&top) && **part != *top;
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
        if path.is_dir() {
            return None;
        }
        match self.includes(path) {
            Some(true) => None,
            None if discover::is_python(path) => None,
            Some(false) => {
                let config = self.governing(path);
                Some(LeftOut::NotIncluded(config.map(|one| one.path.clone())))
            }
            None => Some(LeftOut::NotIncluded(None)),
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

    fn forced(&self, path: &Path) -> bool {
        // An error further up is none of the file's, if nothing else asks there.
        let config = || self.configs.of(path.parent()?).ok().flatten();
        self.force || config().is_some_and(|config| config.force_exclude)
    }

    fn top(&self, path: &Path) -> PathBuf {
        let here = std::env::current_dir().and_then(std::fs::canonicalize);
        let here = here.unwrap_or_default();
        let is_below = path.starts_with(&here);
        let directory = path.parent().unwrap_or(path);
        // What lies above the repository that is worked in is somebody else's.
        let inner = if is_below { here.as_path() } else { directory };
        let mut around = inner.ancestors();
        let bound = around.find(|directory| directory.join(".git").exists());
        match self.configs.outermost(directory, bound) {
            Some(top) if !is_below || here.starts_with(&top) => top,
            _ => here,
        }
    }
}
