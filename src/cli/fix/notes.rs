//! What to do after a fix: said on standard error, never done.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use toml::Table;

use crate::cli::output::complain;
use crate::emit::fixes::Fixes;
use crate::emit::path;

/// As many files changed at once hide from `git blame` who wrote their lines.
const MANY: usize = 20;

/// Says it, as far as it concerns the files that were changed.
pub(super) fn say(fixes: &Fixes) {
    let files: Vec<PathBuf> = fixes
        .files()
        .map(|file| std::path::absolute(file).unwrap_or_else(|_| file.to_path_buf()))
        .collect();
    for (formatter, settings) in formatters(&files) {
        complain(&format!(
            "note: {} sets up {formatter}; run it on what was changed, unleak does not",
            path::shown(&settings)
        ));
    }
    let in_git = |file: &PathBuf| file.ancestors().any(|above| above.join(".git").exists());
    if files.len() >= MANY && files.iter().any(in_git) {
        complain(&format!(
            "note: {} files were changed; once that is committed, `git log -1 --format='# unleak fix%n%H' >> \
             .git-blame-ignore-revs` keeps it out of `git blame`",
            files.len()
        ));
        complain(
            "note: git reads that file after `git config blame.ignoreRevsFile .git-blame-ignore-revs`",
        );
    }
}

/// The formatters of the projects in which `files` lie, each with the file that says so.
fn formatters(files: &[PathBuf]) -> BTreeMap<&'static str, PathBuf> {
    let directories: BTreeSet<&Path> = files.iter().filter_map(|file| file.parent()).collect();
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::new();
    for directory in directories {
        for above in directory.ancestors() {
            if !seen.insert(above) {
                break;
            }
            if let Some((formatter, settings)) = formatter_of(above) {
                found.entry(formatter).or_insert(settings);
                break;
            }
            if above.join(".git").exists() {
                break;
            }
        }
    }
    found
}

/// The formatter that is set up in `directory` itself.
fn formatter_of(directory: &Path) -> Option<(&'static str, PathBuf)> {
    let table = |name: &str| -> Option<Table> {
        fs::read_to_string(directory.join(name)).ok()?.parse().ok()
    };
    for name in [".ruff.toml", "ruff.toml"] {
        if table(name).is_some_and(|table| table.contains_key("format")) {
            return Some(("ruff format", directory.join(name)));
        }
    }
    if let Some(project) = table("pyproject.toml")
        && let Some(tools) = project.get("tool").and_then(|tools| tools.as_table())
    {
        let ruff = tools.get("ruff").and_then(|ruff| ruff.as_table());
        let formatter = if ruff.is_some_and(|ruff| ruff.contains_key("format")) {
            Some("ruff format")
        } else {
            ["black", "yapf"]
                .into_iter()
                .find(|name| tools.contains_key(*name))
        };
        if let Some(formatter) = formatter {
            return Some((formatter, directory.join("pyproject.toml")));
        }
    }
    let hooks = fs::read_to_string(directory.join(".pre-commit-config.yaml")).ok()?;
    let has = |id: &str| {
        hooks.lines().any(|line| {
            let line = line.trim().trim_start_matches("- ");
            line.strip_prefix("id:")
                .is_some_and(|rest| rest.trim() == id)
        })
    };
    [
        ("ruff-format", "ruff format"),
        ("black", "black"),
        ("yapf", "yapf"),
    ]
    .into_iter()
    .find(|(id, _)| has(id))
    .map(|(_, formatter)| (formatter, directory.join(".pre-commit-config.yaml")))
}
