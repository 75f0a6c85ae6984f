//! What to look for in which file: the arguments, and the configuration that governs the file.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use super::args::Asked;
use crate::config::{self, Configs};
use crate::emit::path;
use crate::pipeline::Options;

/// The options of a run. Files under the same configuration share theirs, and with it what is found out across files.
pub(super) struct Settings {
    options: Vec<Options>,
    /// The configuration that each of them is of.
    configs: Vec<Option<PathBuf>>,
    by_directory: HashMap<PathBuf, usize>,
}

impl Settings {
    /// Reads the configurations of the files at `paths`.
    pub(super) fn new(
        asked: &Asked<'_>,
        paths: impl Iterator<Item = PathBuf>,
    ) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            options: vec![(asked.options)(None)],
            configs: vec![None],
            by_directory: HashMap::new(),
        };
        let mut configs = Configs::default();
        let mut by_config: HashMap<PathBuf, usize> = HashMap::new();
        for path in paths {
            let directory = directory_of(&path);
            if settings.by_directory.contains_key(directory) {
                continue;
            }
            let config = configs.of(&from_the_root(directory)).map_err(|error| {
                let path = path::shown(&error.path).into();
                config::Error { path, ..error }
            })?;
            let index = match config {
                None => 0,
                Some(config) => *by_config.entry(config.path.clone()).or_insert_with(|| {
                    settings.options.push((asked.options)(Some(&config)));
                    settings.configs.push(Some(config.path.clone()));
                    settings.options.len() - 1
                }),
            };
            settings.by_directory.insert(directory.to_path_buf(), index);
        }
        Ok(settings)
    }

    /// What to look for in the file at `path`.
    pub(super) fn of(&self, path: &Path) -> &Options {
        &self.options[self.index(path)]
    }

    /// The configuration that governs the file at `path`.
    pub(super) fn config_of(&self, path: &Path) -> Option<&Path> {
        self.configs[self.index(path)].as_deref()
    }

    /// All files that were read because others import them.
    pub(super) fn imported(&self) -> BTreeSet<PathBuf> {
        let projects = self.options.iter().map(|options| &options.project);
        projects.flat_map(|project| project.files()).collect()
    }

    fn index(&self, path: &Path) -> usize {
        let index = self.by_directory.get(directory_of(path));
        index.copied().unwrap_or(0)
    }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// A directory by its real name; what is not there (standard input may have any name) by the name it would have.
fn from_the_root(directory: &Path) -> PathBuf {
    let absolute = std::path::absolute(directory.join("."));
    let absolute = absolute.unwrap_or_else(|_| directory.to_path_buf());
    absolute.canonicalize().unwrap_or(absolute)
}
