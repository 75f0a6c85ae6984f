//! From the paths of the command line to the files to look at.

mod left_out;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

pub use left_out::{left_out, left_out_by_git};

/// Directories nobody keeps code of their own in. Hidden ones (`.venv`, `.tox`, `.git` ...) are skipped anyway.
const SKIPPED: [&str; 6] = [
    "__pycache__",
    "__pypackages__",
    "buck-out",
    "node_modules",
    "site-packages",
    "venv",
];

/// Skipped too, unless they are packages: `build/` is what setuptools leaves behind, or someone's module.
const SKIPPED_UNLESS_PACKAGE: [&str; 3] = ["_build", "build", "dist"];

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, sorted, each once.
    pub files: Vec<PathBuf>,
    /// Paths that could not be read, with the reason.
    pub failures: Vec<(PathBuf, String)>,
}

/// What a configuration says of which files are looked at. It is asked with real paths.
pub trait Choice: Send + Sync {
    /// Whether a list of its own stands in the place of [`usually_left_out`].
    fn has_own_list(&self, path: &Path) -> bool;
    /// Whether the file or directory is left out.
    fn leaves_out(&self, path: &Path, is_dir: bool) -> bool;
    /// Whether a file that was found is looked at; `None`: if it is Python by its name.
    fn includes(&self, path: &Path) -> Option<bool>;
    /// Whether `path` is left out even if it is named, or lies in what is.
    fn forced(&self, path: &Path) -> bool;
    /// The directory in which a run would have to begin to leave out all that has to do with `path`.
    fn top(&self, path: &Path) -> PathBuf;
}

/// Nothing is said.
struct Unsaid;

impl Choice for Unsaid {
    fn has_own_list(&self, _: &Path) -> bool {
        false
    }
    fn leaves_out(&self, _: &Path, _: bool) -> bool {
        false
    }
    fn includes(&self, _: &Path) -> Option<bool> {
        None
    }
    fn forced(&self, _: &Path) -> bool {
        false
    }
    fn top(&self, _: &Path) -> PathBuf {
        PathBuf::new()
    }
}

/// The names of the directories that are left out if nothing else is said; some of them only if they are no packages.
pub fn usually_left_out() -> Vec<&'static str> {
    let mut names = [&SKIPPED[..], &SKIPPED_UNLESS_PACKAGE[..]].concat();
    names.sort_unstable();
    names
}

/// The names of the files that are looked at if nothing else is said.
pub const USUALLY_INCLUDED: [&str; 2] = ["*.py", "*.pyw"];

/// Collects the Python files under `paths`, without what `.gitignore` files or `exclude` (globs as in a `.gitignore`)
/// leave out. A file that is named itself is always taken. Symbolic links are followed only where they are named.
/// Fails for a glob that is none.
pub fn discover(paths: &[PathBuf], exclude: &[String]) -> Result<Found, String> {
    discover_as(paths, exclude, &(Arc::new(Unsaid) as Arc<dyn Choice>))
}

/// The same, as far as `choice` says nothing else.
pub fn discover_as(
    paths: &[PathBuf],
    exclude: &[String],
    choice: &Arc<dyn Choice>,
) -> Result<Found, String> {
    let globs = overrides(exclude)?;
    let mut found = Found::default();
    // By real path, as one file may be reached in two ways.
    let mut files: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in paths {
        // A pipe (`/dev/fd/63`) has no real path and can be read all the same.
        let real = fs::metadata(path).map(|_| fs::canonicalize(path).unwrap_or(path.clone()));
        match real {
            Err(error) => found.failures.push((shown(path), reason(&error))),
            Ok(_) if left_out_though_named(&located(path), &globs, choice.as_ref()) => {}
            Ok(real) if real.is_dir() => {
                for file in walk(path, &real, &globs, choice, &mut found.failures) {
                    files
                        .entry(below(&real, path, &file))
                        .or_insert_with(|| shown(&file));
                }
            }
            Ok(real) => {
                files.entry(real).or_insert_with(|| shown(path));
            }
        }
    }
    found.files = files.into_values().collect();
    found.files.sort();
    Ok(found)
}

/// Where `path` lies: its directory by its real name, and the name it goes by there itself. A link is judged by its own
/// name, not by what it leads to. What is not there (standard input may have any name) has the name it would have.
pub fn located(path: &Path) -> PathBuf {
    let real = |directory: &Path| {
        let absolute = std::path::absolute(directory.join("."));
        let absolute = absolute.unwrap_or_else(|_| directory.to_path_buf());
        absolute.canonicalize().unwrap_or(absolute)
    };
    match path.file_name() {
        Some(name) => real(path.parent().unwrap_or(Path::new(""))).join(name),
        None => real(path),
    }
}

/// Whether the file at `path`, where it is [`located`], would be left out although it is named.
pub fn is_forced_out(path: &Path, exclude: &[String], choice: &dyn Choice) -> Result<bool, String> {
    Ok(left_out_though_named(path, &overrides(exclude)?, choice))
}

fn overrides(exclude: &[String]) -> Result<Override, String> {
    let mut globs = OverrideBuilder::new(std::env::current_dir().unwrap_or_default());
    // An empty line says nothing, as in a `.gitignore`; behind the `!` it would mean everything.
    for glob in exclude.iter().filter(|glob| !glob.trim().is_empty()) {
        globs
            .add(&format!("!{glob}"))
            .map_err(|error| glob_error(glob, &error))?;
    }
    globs.build().map_err(|error| error.to_string())
}

fn glob_error(glob: &str, error: &ignore::Error) -> String {
    match error {
        ignore::Error::Glob { err, .. } => format!("'{glob}': {err}"),
        other => format!("'{glob}': {other}"),
    }
}

/// The error in words, without its number.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error ") {
        Some((words, _)) => words.to_string(),
        None => text,
    }
}

/// Whether `path` would be left out if it were found and not named, and that is what counts.
fn left_out_though_named(path: &Path, globs: &Override, choice: &dyn Choice) -> bool {
    let forced: Vec<&Path> = path
        .ancestors()
        .filter(|part| choice.forced(part))
        .collect();
    if forced.is_empty() {
        return false;
    }
    let top = choice.top(path);
    let named_dir = path.is_dir();
    let out = |part: &Path| {
        let is_dir = named_dir || part != path;
        is_dir && is_hidden(part)
            || is_left_out(part, is_dir, choice)
            || globs.matched(part, is_dir).is_ignore()
    };
    let mut inside = forced
        .into_iter()
        .filter(|part| part.starts_with(&top) && *part != top);
    inside.any(out)
}

/// The real path of `path`, which lies below `named`, whose real path is `real`.
fn below(real: &Path, named: &Path, path: &Path) -> PathBuf {
    match path.strip_prefix(named) {
        Ok(rest) if rest.as_os_str().is_empty() => real.to_path_buf(),
        Ok(rest) => real.join(rest),
        Err(_) => path.to_path_buf(),
    }
}

fn walk(
    root: &Path,
    real: &Path,
    globs: &Override,
    choice: &Arc<dyn Choice>,
    failures: &mut Vec<(PathBuf, String)>,
) -> Vec<PathBuf> {
    let (named, at, asked) = (root.to_path_buf(), real.to_path_buf(), choice.clone());
    let wanted = move |entry: &DirEntry| {
        let is_dir = entry.file_type().is_some_and(|kind| kind.is_dir());
        let path = || below(&at, &named, entry.path());
        entry.depth() == 0 || !is_left_out(&path(), is_dir, asked.as_ref())
    };
    let walker = WalkBuilder::new(root)
        .overrides(globs.clone())
        // A `.gitignore` says the same in an unpacked archive as in a checkout.
        .require_git(false)
        .filter_entry(wanted)
        .build();
    let mut files = Vec::new();
    for entry in walker {
        match entry {
            Ok(entry) if is_file(&entry) => {
                let included = choice.includes(&below(real, root, entry.path()));
                if included.unwrap_or_else(|| is_python(entry.path())) {
                    files.push(entry.into_path());
                }
            }
            Ok(_) => {}
            Err(error) => failures.push(failure(root, &error)),
        }
    }
    files
}

fn is_left_out(path: &Path, is_dir: bool, choice: &dyn Choice) -> bool {
    is_dir && (is_environment(path) || is_usual(path) && !choice.has_own_list(path))
        || choice.leaves_out(path, is_dir)
}

/// Whether what is found at `path` is left out whatever a configuration says.
pub fn is_always_left_out(path: &Path, is_dir: bool) -> bool {
    is_hidden(path) || is_dir && is_environment(path)
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}

fn is_environment(path: &Path) -> bool {
    path.join("pyvenv.cfg").exists()
}

/// Whether the directory at `path` is one of [`usually_left_out`].
pub fn is_usual(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    let named = |names: &[&str]| names.iter().any(|one| name == OsStr::new(one));
    named(&SKIPPED) || named(&SKIPPED_UNLESS_PACKAGE) && !path.join("__init__.py").exists()
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

/// Whether a file is Python by its name.
pub fn is_python(path: &Path) -> bool {
    path.extension()
        .is_some_and(|suffix| suffix == "py" || suffix == "pyw")
}

fn failure(root: &Path, error: &ignore::Error) -> (PathBuf, String) {
    match error {
        ignore::Error::WithPath { path, err } => (shown(path), failure(root, err).1),
        ignore::Error::WithDepth { err, .. } => failure(root, err),
        other => {
            let words = other.io_error().map(reason);
            (shown(root), words.unwrap_or_else(|| other.to_string()))
        }
    }
}

/// The path as people would write it: without `.` in front.
fn shown(path: &Path) -> PathBuf {
    let mut parts = path.components().peekable();
    while parts.next_if_eq(&Component::CurDir).is_some() {}
    let rest: PathBuf = parts.collect();
    if rest.as_os_str().is_empty() {
        PathBuf::from(".")
    } else {
        rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for file in files {
            let path = dir.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        dir
    }

    fn names(dir: &Path, paths: &[&str], exclude: &[&str]) -> Vec<String> {
        let paths: Vec<_> = paths.iter().map(|path| dir.join(path)).collect();
        let exclude: Vec<_> = exclude.iter().map(|glob| glob.to_string()).collect();
        let found = discover(&paths, &exclude).unwrap();
        assert_eq!(found.failures, []);
        let below = |path: &PathBuf| {
            path.strip_prefix(dir)
                .unwrap()
                .to_str()
                .unwrap()
                .to_string()
        };
        found.files.iter().map(below).collect()
    }

    #[test]
    fn python_files_are_found_in_order_and_once() {
        let dir = tree(&[
            "b.py",
            "a/z.py",
            "a/y.pyw",
            "a/x.pyi",
            "notes.txt",
            "script",
        ]);
        assert_eq!(names(dir.path(), &[""], &[]), ["a/y.pyw", "a/z.py", "b.py"]);
        assert_eq!(
            names(dir.path(), &["b.py", "", "a", "b.py"], &[]),
            ["a/y.pyw", "a/z.py", "b.py"]
        );
        assert_eq!(
            names(dir.path(), &["script", "a/x.pyi"], &[]),
            ["a/x.pyi", "script"]
        );
    }

    #[test]
    fn what_is_not_ones_own_code_is_skipped_unless_named() {
        let dir = tree(&[
            "a.py",
            ".venv/lib/b.py",
            "venv/b.py",
            "env/pyvenv.cfg",
            "env/b.py",
            "node_modules/b.py",
            "build/lib/b.py",
            "src/build/__init__.py",
            "lib/site-packages/b.py",
        ]);
        assert_eq!(
            names(dir.path(), &[""], &[]),
            ["a.py", "src/build/__init__.py"]
        );
        assert_eq!(
            names(dir.path(), &["venv", ".venv"], &[]),
            [".venv/lib/b.py", "venv/b.py"]
        );
    }

    #[test]
    fn gitignore_and_exclude_leave_out() {
        let dir = tree(&[
            "a.py",
            "gen/b.py",
            "gen/keep.py",
            "old/c.py",
            "old/deep/c.py",
        ]);
        fs::write(dir.path().join(".gitignore"), "gen/*\n!gen/keep.py\n").unwrap();
        assert_eq!(names(dir.path(), &[""], &["old"]), ["a.py", "gen/keep.py"]);
        assert_eq!(names(dir.path(), &[""], &["c.py", "a*"]), ["gen/keep.py"]);
        assert_eq!(
            names(dir.path(), &["gen/b.py", "old/c.py"], &["c.py"]),
            ["gen/b.py", "old/c.py"]
        );
        assert!(
            discover(&[], &["a[".to_string()])
                .unwrap_err()
                .starts_with("'a[': ")
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_only_where_named() {
        use std::os::unix::fs::symlink;
        let dir = tree(&["a/b.py"]);
        symlink(dir.path(), dir.path().join("a/loop")).unwrap();
        symlink("b.py", dir.path().join("a/link.py")).unwrap();
        symlink("nowhere", dir.path().join("a/dangling.py")).unwrap();
        assert_eq!(names(dir.path(), &[""], &[]), ["a/b.py"]);
        assert_eq!(names(dir.path(), &["a/link.py"], &[]), ["a/link.py"]);
        assert_eq!(names(dir.path(), &["a/b.py", "a/link.py"], &[]), ["a/b.py"]);
        assert_eq!(names(dir.path(), &["a/loop"], &[]), ["a/loop/a/b.py"]);
    }

    #[test]
    fn an_empty_glob_leaves_nothing_out() {
        let dir = tree(&["a.py"]);
        assert_eq!(names(dir.path(), &["."], &["", " "]), ["a.py"]);
    }

    #[test]
    fn a_missing_path_is_named_and_the_rest_is_done() {
        let dir = tree(&["a.py"]);
        let missing = dir.path().join("missing");
        let found = discover(&[missing.clone(), dir.path().into()], &[]).unwrap();
        assert_eq!(
            found.failures,
            [(missing, "No such file or directory".to_string())]
        );
        assert_eq!(found.files.len(), 1);
    }

    #[test]
    fn paths_are_shown_without_a_leading_dot() {
        assert_eq!(shown(Path::new("./a/b.py")), Path::new("a/b.py"));
        assert_eq!(shown(Path::new("./../b.py")), Path::new("../b.py"));
        assert_eq!(shown(Path::new("./.")), Path::new("."));
    }
}
