//! Why files are left out: only worked out where somebody wants to know (`--verbose`).

use std::collections::{HashMap, HashSet};
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use ignore::Match;
use ignore::gitignore::Gitignore;
use ignore::overrides::Override;

use super::{is_python, overrides, shown, skipped};

/// Directories nobody looks for code in.
const SILENT: [&str; 2] = [".git", "__pycache__"];

/// The Python files and the directories under `paths` that are not `taken`, each with the reason. What lies in a directory that
/// is left out is not named.
pub fn left_out(
    paths: &[PathBuf],
    exclude: &[String],
    taken: &[PathBuf],
) -> Vec<(PathBuf, String)> {
    // A glob that is none has been complained about.
    let Ok(globs) = overrides(exclude) else {
        return Vec::new();
    };
    let mut search = Search {
        globs,
        taken: taken.iter().map(|path| real(path)).collect(),
        ignoring: HashMap::new(),
        found: Vec::new(),
    };
    for path in paths.iter().filter(|path| path.is_dir()) {
        search.look(path);
    }
    search.found.sort();
    search.found.dedup();
    search.found
}

struct Search {
    globs: Override,
    /// By real path: there may be several ways to a file.
    taken: HashSet<PathBuf>,
    /// The ignore files of a directory.
    ignoring: HashMap<PathBuf, Vec<Gitignore>>,
    found: Vec<(PathBuf, String)>,
}

impl Search {
    fn look(&mut self, directory: &Path) {
        let Ok(entries) = fs::read_dir(directory) else {
            return;
        };
        for entry in entries.filter_map(Result::ok) {
            let path = entry.path();
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            match self.why(&path, kind) {
                Some(reason) => self.found.push((shown(&path), reason)),
                None if kind.is_dir() && !SILENT.iter().any(|name| path.ends_with(name)) => {
                    self.look(&path);
                }
                None => {}
            }
        }
    }

    fn why(&mut self, path: &Path, kind: FileType) -> Option<String> {
        if kind.is_symlink() {
            let concerned = path.is_dir() || is_python(path);
            let named = self.taken.contains(&real(path));
            return (concerned && !named).then(|| {
                "left out: a symbolic link, which is followed only where it is named".to_string()
            });
        }
        if kind.is_dir() {
            if SILENT.iter().any(|name| path.ends_with(name)) || self.holds_taken(path) {
                return None;
            }
            return self.by_pattern(path, true).or_else(|| {
                let reason = match skipped(path) {
                    true => "left out: not the project's own code",
                    false if is_hidden(path) => "left out: hidden",
                    false => return None,
                };
                Some(reason.to_string())
            });
        }
        if !is_python(path) || self.taken.contains(&real(path)) {
            return None;
        }
        let reason = self.by_pattern(path, false);
        Some(reason.unwrap_or_else(|| match is_hidden(path) {
            true => "left out: hidden".to_string(),
            false => "left out by git's or the project's settings".to_string(),
        }))
    }

    fn holds_taken(&self, directory: &Path) -> bool {
        let directory = real(directory);
        self.taken.iter().any(|path| path.starts_with(&directory))
    }

    /// The pattern that leaves it out, and whose it is.
    fn by_pattern(&mut self, path: &Path, is_dir: bool) -> Option<String> {
        if self.globs.matched(path, is_dir).is_ignore() {
            return Some("left out by --exclude".to_string());
        }
        let full = std::path::absolute(path).ok()?;
        for above in full.ancestors().skip(1) {
            let ignoring = self
                .ignoring
                .entry(above.to_path_buf())
                .or_insert_with(|| read(above));
            for file in ignoring.iter() {
                match file.matched(&full, is_dir) {
                    Match::Whitelist(_) => return None,
                    Match::None => {}
                    Match::Ignore(glob) => {
                        let from = glob.from().unwrap_or(above);
                        return Some(format!(
                            "left out by `{}` in {}",
                            glob.original(),
                            below_here(from).display()
                        ));
                    }
                }
            }
        }
        None
    }
}

fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_path_buf())
}

fn below_here(path: &Path) -> &Path {
    let here = std::env::current_dir().ok();
    here.and_then(|here| path.strip_prefix(here).ok())
        .unwrap_or(path)
}

fn read(directory: &Path) -> Vec<Gitignore> {
    [".ignore", ".gitignore"]
        .iter()
        .map(|name| directory.join(name))
        .filter(|path| path.is_file())
        .map(|path| Gitignore::new(path).0)
        .collect()
}

fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
