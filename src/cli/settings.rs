//! What to look for in which file: the arguments, and the configuration that governs the file.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::args::Asked;
use crate::config::{self, Config, Configs, LeftOut};
use crate::discover::located;
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
            let index = match configs.of(directory_of(&located(&path))).map_err(shown)? {
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
        let (options, config) = self.governing(path);
        match config {
            Some(config) if !config.per_file_ignores.is_empty() => {
                options.clone().without(&config.ignored_in(&located(path)))
            }
            _ => options.clone(),
        }
    }

    /// The configuration that governs the file at `path`.
    pub(super) fn config_of(&self, path: &Path) -> Option<&Path> {
        let config = self.governing(path).1.as_deref()?;
        Some(&config.path)
    }

    /// All files that were read because others import them.
    pub(super) fn imported(&self) -> BTreeSet<PathBuf> {
        let projects = self.options.iter().map(|(options, _)| &options.project);
        projects.flat_map(|project| project.files()).collect()
    }

    fn governing(&self, path: &Path) -> &(Options, Option<Arc<Config>>) {
        let index = self.by_directory.get(directory_of(path));
        &self.options[index.copied().unwrap_or(0)]
    }
}

/// An error with the path of the file as people would write it.
pub(super) fn shown(error: config::Error) -> config::Error {
    let path = path::shown(&error.path).into();
    config::Error { path, ..error }
}

fn directory_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new(""))
}

/// Why a file is left out; a clause.
pub(super) fn why_in_words(left_out: &LeftOut) -> String {
    match left_out {
        LeftOut::Always(directory) => format!(
            "{} is hidden or a virtual environment",
            path::shown(directory)
        ),
        LeftOut::Usually(name) => format!("the default of exclude has \"{name}\""),
        LeftOut::Said { key, glob, path } => {
            format!("{key} of {} has \"{glob}\"", path::shown(path))
        }
        LeftOut::NotIncluded(None) => "no glob in the default of include matches it".to_string(),
        LeftOut::NotIncluded(Some(path)) => {
            format!("no glob in include of {} matches it", path::shown(path))
        }
    }
}
