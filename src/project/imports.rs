//! Where the modules of a project lie.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Project, lock};
use crate::catalog::Catalog;

/// The file in which a dotted name is defined, as far as the name leads to files.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    /// The file.
    pub path: PathBuf,
    /// How many components of the name it took.
    pub taken: usize,
}

/// An import: the directory it starts from, whether it is relative, and its dotted name.
pub(super) type Key = (PathBuf, bool, String);

/// An imported name: where to start, and what to follow from there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ImportPath {
    /// The package's directory, for a relative import.
    pub base: Option<PathBuf>,
    /// The components behind it.
    pub parts: Vec<String>,
}

impl ImportPath {
    /// `module.name` as a file at `path` imports it with `level` leading dots.
    pub fn new(path: &Path, level: usize, module: &str, names: &[&str]) -> ImportPath {
        let base = (level > 0).then(|| {
            let mut dir = absolute(path);
            (0..level).for_each(|_| {
                dir.pop();
            });
            dir
        });
        let parts = module
            .split('.')
            .chain(names.iter().copied())
            .filter(|part| !part.is_empty());
        ImportPath {
            base,
            parts: parts.map(String::from).collect(),
        }
    }
}

impl Project {
    /// The dotted name of what is imported, absolute also for a relative import.
    pub(super) fn dotted(&self, import: &ImportPath) -> String {
        let Some(base) = &import.base else {
            return import.parts.join(".");
        };
        let mut packages = lock(&self.packages);
        let package = packages
            .entry(base.clone())
            .or_insert_with(|| package_of(base, true));
        [&package[..], &import.parts[..]].concat().join(".")
    }

    /// The file that defines what `import` names in the file at `from`; `None` if it is not of the project.
    pub(super) fn module(&self, from: &Path, import: &ImportPath) -> Option<Found> {
        let base = match &import.base {
            Some(base) => base.clone(),
            // A project's module of such a name would have to stand beside the script itself to be meant.
            None if Catalog::get().is_stdlib(import.parts.first()?) => return None,
            None => absolute(from).parent()?.to_path_buf(),
        };
        let key = (base, import.base.is_some(), import.parts.join("."));
        if let Some(known) = lock(&self.modules).get(&key) {
            return known.clone();
        }
        let found = match &import.base {
            Some(base) => find(base, &import.parts, 0),
            None => self
                .roots(&key.0)
                .iter()
                .find_map(|root| find(root, &import.parts, 1)),
        };
        lock(&self.modules).insert(key, found.clone());
        found
    }

    /// The directories that absolute imports of the files in `dir` may start from, the likeliest first.
    fn roots(&self, dir: &Path) -> Arc<Vec<PathBuf>> {
        if let Some(known) = lock(&self.roots).get(dir) {
            return known.clone();
        }
        let roots = Arc::new(roots_of(dir));
        lock(&self.roots).insert(dir.to_path_buf(), roots.clone());
        roots
    }
}

/// The ancestors of `dir` up to the root of its repository or project, each with its `src`. Directories that are packages
/// themselves come last: imports start inside one only where it is run as a script's directory.
fn roots_of(dir: &Path) -> Vec<PathBuf> {
    let ancestors: Vec<&Path> = dir
        .ancestors()
        .filter(|dir| dir.parent().is_some())
        .collect();
    let repository = ancestors.iter().position(|dir| dir.join(".git").exists());
    let marked = |dir: &&Path| {
        ["pyproject.toml", "setup.py", "setup.cfg"]
            .iter()
            .any(|file| dir.join(file).is_file())
    };
    let top = repository.or_else(|| ancestors.iter().rposition(marked));
    let within = &ancestors[..top.map_or(ancestors.len(), |top| top + 1)];
    let (packages, plain): (Vec<&Path>, Vec<&Path>) = within
        .iter()
        .partition(|dir| dir.join("__init__.py").is_file());
    let with_src = plain
        .into_iter()
        .flat_map(|dir| [dir.to_path_buf(), dir.join("src")]);
    with_src
        .chain(packages.into_iter().map(Path::to_path_buf))
        .collect()
}

/// The longest run of `parts` (at least `least`) that leads from `root` to a file.
fn find(root: &Path, parts: &[String], least: usize) -> Option<Found> {
    (least..=parts.len()).rev().find_map(|taken| {
        let mut path = root.to_path_buf();
        path.extend(&parts[..taken]);
        let package = path.join("__init__.py");
        let module = path.with_extension("py");
        [package, module]
            .into_iter()
            .find(|path| (taken > 0 || path.ends_with("__init__.py")) && path.is_file())
            .map(|path| Found { path, taken })
    })
}

/// The dotted name of the module in the file at `path`, by the packages it stands in; empty for a script of its own.
pub(super) fn module_name(path: &Path) -> String {
    let path = absolute(path);
    let mut parts = path
        .parent()
        .map(|dir| package_of(dir, false))
        .unwrap_or_default();
    match path.file_stem().and_then(|stem| stem.to_str()) {
        Some(stem) if !parts.is_empty() && stem != "__init__" => parts.push(stem.to_string()),
        _ => {}
    }
    parts.join(".")
}

/// The components of a directory's name as a package, going up as long as there are `__init__.py`; `force` takes the
/// directory itself in any case.
fn package_of(dir: &Path, force: bool) -> Vec<String> {
    let name = |dir: &Path| {
        dir.file_name()
            .and_then(|name| name.to_str())
            .map(String::from)
    };
    let is_package = |dir: &&Path| dir.join("__init__.py").is_file();
    let mut parts: Vec<String> = dir
        .ancestors()
        .take_while(is_package)
        .filter_map(name)
        .collect();
    if parts.is_empty() && force {
        parts.extend(name(dir));
    }
    parts.reverse();
    parts
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
