//! What to look for in which file: the arguments, and the configuration that governs the file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Asked;
use crate::config::{self, Config, Configs};
use crate::emit::path;
use crate::pipeline::Options;

/// The options of a run. Files under the same configuration share theirs, and with it what is found out across files.
pub(super) struct Settings {
    options: Vec<(Options, Option<Arc<Config>>)>,
    by_directory: HashMap<PathBuf, usize>,
}

impl Settings {
    /// Reads the configurations of the files at `paths`.
    pub(super) fn new(
        asked: &Asked<'_>,
        configs: &Configs,
        paths: impl Iterator<Item = PathBuf>,
    ) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            options: vec![((asked.options)(None), None)],
            by_directory: HashMap::new(),
        };
        let mut by_config: HashMap<PathBuf, usize> = HashMap::new();
        for path in paths {
            let directory = directory_of(&path);
            if settings.by_directory.contains_key(directory) {
                continue;
            }
            let index = match configs.of(&real_directory(directory)).map_err(located)? {
                None => 0,
                Some(config) => *by_config.entry(config.path.clone()).or_insert_with(|| {
                    let options = (asked.options)(Some(&config));
                    settings.options.push((options, Some(config)));
                    settings.options.len() - 1
                }),
            };
            settings.by_directory.insert(directory.to_path_buf(), index);
        }
        Ok(settings)
    }

    /// What to look for in the file at `path`.
    pub(super) fn of(&self, path: &Path) -> Options {
        let index = self.by_directory.get(directory_of(path));
        let (options, config) = &self.options[index.copied().unwrap_or(0)];
        match config {
            Some(config) if !config.per_file_ignores.is_empty() => {
                options.clone().without(&config.ignored_in(&real(path)))
            }
            _ => options.clone(),
        }
    }
}

/// An error with the path of the file as people would write it.
pub(super) fn located(error: config::Error) -> config::Error {
    let path = path::shown(&error.path).into();
    config::Error { path, ..error }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// The real path of a file; of a link, the place where it lies.
pub(super) fn real(path: &Path) -> PathBuf {
    real_directory(directory_of(path)).join(path.file_name().unwrap_or_default())
}

/// A directory by its real name; what is not there (standard input may have any name) by the name it would have.
pub(super) fn real_directory(directory: &Path) -> PathBuf {
    let absolute = std::path::absolute(directory.join("."));
    let absolute = absolute.unwrap_or_else(|_| directory.to_path_buf());
    absolute.canonicalize().unwrap_or(absolute)
}
