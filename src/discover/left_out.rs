//! Why files are left out: only worked out where somebody wants to know (`--verbose`).

use std::collections::{HashMap, HashSet};
use std::fs::{self, FileType};
use std::path::{Path, PathBuf};

use ignore::gitignore::Gitignore;
use ignore::overrides::Override;
use ignore::{Match, WalkBuilder};

use super::{is_python, overrides, shown};

/// Directories nobody looks for code in.
const SILENT: [&str; 2] = [".git", "__pycache__"];

/// Why a link is left out.
const LINK: &str = "a symbolic link, which is followed only where it is named";

/// Why a file is left out if nothing in the tree says so.
const UNSAID: &str = "by git's own settings";

/// Why a configuration leaves out what has this real path.
type Said<'s> = dyn Fn(&Path) -> Option<String> + 's;

/// The Python files and the directories under `paths` that are not `taken`, each with the reason, a clause. What lies in a directory that
/// is left out is not named.
pub fn left_out(
    paths: &[PathBuf],
    exclude: &[String],
    taken: &[PathBuf],
    said: &Said<'_>,
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
        said,
    };
    for path in paths.iter().filter(|path| path.is_dir()) {
        search.look(path);
    }
    search.found.sort();
    search.found.dedup();
    search.found
}

/// Why the file or directory at `path`, where it lies and which need not be there, is not found by a run that begins in `top`,
/// as far as links and git's patterns decide that.
pub fn left_out_by_git(path: &Path, top: &Path) -> Option<String> {
    let inside = |part: &&Path| part.starts_with(top) && **part != *top;
    let mut parts: Vec<&Path> = path.ancestors().take_while(inside).collect();
    parts.reverse();
    let last = parts.last().copied()?;
    let mut search = Search {
        globs: Override::empty(),
        taken: HashSet::new(),
        ignoring: HashMap::new(),
        found: Vec::new(),
        said: &|_| None,
    };
    for part in &parts {
        if part.is_symlink() {
            return Some(LINK.to_string());
        }
        let reason = search.by_pattern(part, *part != last || part.is_dir());
        if reason.is_some() {
            return reason;
        }
    }
    // Patterns outside of the tree are best left to who knows them: a walk that sees nothing else.
    let goal = last.to_path_buf();
    let mut walk = WalkBuilder::new(top)
        .require_git(false)
        .filter_entry(move |entry| goal.starts_with(entry.path()))
        .build();
    let found = walk.any(|entry| entry.is_ok_and(|entry| entry.path() == last));
    (last.exists() && !found).then(|| UNSAID.to_string())
}

struct Search<'s> {
    globs: Override,
    /// By real path: there may be several ways to a file.
    taken: HashSet<PathBuf>,
    /// The ignore files of a directory.
    ignoring: HashMap<PathBuf, Vec<Gitignore>>,
    found: Vec<(PathBuf, String)>,
    said: &'s Said<'s>,
}

impl Search<'_> {
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
            return (concerned && !named).then(|| LINK.to_string());
        }
        let silent = SILENT.iter().any(|name| path.ends_with(name));
        let passed = match kind.is_dir() {
            true => silent || self.holds_taken(path),
            false => !is_python(path) || self.taken.contains(&real(path)),
        };
        if passed {
            return None;
        }
        let reason = self.by_pattern(path, kind.is_dir());
        let reason = reason.or_else(|| (self.said)(&real(path)));
        // What is in a directory has reasons of its own.
        let unsaid = (!kind.is_dir()).then_some(UNSAID);
        reason.or(unsaid.map(str::to_string))
    }

    fn holds_taken(&self, directory: &Path) -> bool {
        let directory = real(directory);
        self.taken.iter().any(|path| path.starts_with(&directory))
    }

    /// The pattern that leaves it out, and whose it is.
    fn by_pattern(&mut self, path: &Path, is_dir: bool) -> Option<String> {
        if self.globs.matched(path, is_dir).is_ignore() {
            return Some("--exclude says so".to_string());
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
                            "{1} has `{0}`",
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
