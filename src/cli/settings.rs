//! What to look for in which file: the arguments, and the configuration that governs the file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use super::args::Shared;
use crate::config::Configs;
use crate::pipeline::Options;

/// The options of a run. Files under the same configuration share theirs, and with it what is found out across files.
pub(super) struct Settings {
    options: Vec<Options>,
    by_directory: HashMap<PathBuf, usize>,
}

impl Settings {
    /// Reads the configurations of the files at `paths`.
    pub(super) fn new(
        shared: &Shared,
        paths: impl Iterator<Item = PathBuf>,
    ) -> anyhow::Result<Settings> {
        let mut settings = Settings {
            options: vec![shared.options(None)],
            by_directory: HashMap::new(),
        };
        let mut configs = Configs::default();
        let mut by_config: HashMap<PathBuf, usize> = HashMap::new();
        for path in paths {
            let directory = directory_of(&path);
            if settings.by_directory.contains_key(&directory) {
                continue;
            }
            let config = configs.of(&directory)?;
            let index = match config {
                None => 0,
                Some(config) => *by_config.entry(config.path.clone()).or_insert_with(|| {
                    settings.options.push(shared.options(Some(&config)));
                    settings.options.len() - 1
                }),
            };
            settings.by_directory.insert(directory, index);
        }
        Ok(settings)
    }

    /// What to look for in the file at `path`.
    pub(super) fn of(&self, path: &Path) -> &Options {
        let index = self.by_directory.get(&directory_of(path));
        &self.options[index.copied().unwrap_or(0)]
    }
}

/// The directory of a file, from the root on.
fn directory_of(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.parent().map(Path::to_path_buf).unwrap_or_default()
}
