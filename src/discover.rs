//! From the paths of the command line to the files to look at.

mod left_out;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use ignore::overrides::{Override, OverrideBuilder};
use ignore::{DirEntry, WalkBuilder};

pub use left_out::left_out;

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

/// Collects the Python files under `paths`, without what `.gitignore` files or `exclude` (globs as in a `.gitignore`)
/// leave out. A file that is named itself is always taken. Symbolic links are followed only where they are named.
/// Fails for a glob that is none.
pub fn discover(paths: &[PathBuf], exclude: &[String]) -> Result<Found, String> {
    let globs = overrides(exclude)?;
    let mut found = Found::default();
    // By real path, as one file may be reached in two ways.
    let mut files: BTreeMap<PathBuf, PathBuf> = BTreeMap::new();
    for path in paths {
        // A pipe (`/dev/fd/63`) has no real path and can be read all the same.
        let real = fs::metadata(path).map(|_| fs::canonicalize(path).unwrap_or(path.clone()));
        match real {
            Err(error) => found.failures.push((shown(path), reason(&error))),
            Ok(real) if real.is_dir() => {
                for file in walk(path, &globs, &mut found.failures) {
                    let below = file.strip_prefix(path).unwrap_or(&file);
                    files
                        .entry(real.join(below))
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

fn overrides(exclude: &[String]) -> Result<Override, String> {
    let mut globs = OverrideBuilder::new(std::env::current_dir().unwrap_or_default());
    for glob in exclude {
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

fn walk(root: &Path, globs: &Override, failures: &mut Vec<(PathBuf, String)>) -> Vec<PathBuf> {
    let walker = WalkBuilder::new(root)
        .overrides(globs.clone())
        // A `.gitignore` says the same in an unpacked archive as in a checkout.
        .require_git(false)
        .filter_entry(wanted)
        .build();
    let mut files = Vec::new();
    for entry in walker {
        match entry {
            Ok(entry) if is_file(&entry) && is_python(entry.path()) => {
                files.push(entry.into_path());
            }
            Ok(_) => {}
            Err(error) => failures.push(failure(root, &error)),
        }
    }
    files
}

fn wanted(entry: &DirEntry) -> bool {
    if entry.depth() == 0 || !entry.file_type().is_some_and(|kind| kind.is_dir()) {
        return true;
    }
    !skipped(entry.path())
}

/// Whether a directory is none of the project's own.
fn skipped(directory: &Path) -> bool {
    let named = |names: &[&str]| {
        names
            .iter()
            .any(|name| directory.file_name() == Some(OsStr::new(name)))
    };
    let has = |name: &str| directory.join(name).exists();
    named(&SKIPPED) || (named(&SKIPPED_UNLESS_PACKAGE) && !has("__init__.py")) || has("pyvenv.cfg")
}

fn is_file(entry: &DirEntry) -> bool {
    entry.file_type().is_some_and(|kind| kind.is_file())
}

fn is_python(path: &Path) -> bool {
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
    fn what_is_left_out_has_its_reason() {
        let dir = tree(&[
            "a.py",
            "notes.txt",
            "gen/b.py",
            "gen/keep.py",
            "old/c.py",
            "venv/d.py",
            ".tox/e.py",
            ".f.py",
            ".git/g.py",
        ]);
        fs::write(dir.path().join(".gitignore"), "gen/*\n!gen/keep.py\n").unwrap();
        let paths = [dir.path().to_path_buf()];
        let exclude = ["old".to_string()];
        let taken = discover(&paths, &exclude).unwrap().files;
        let mut said: Vec<String> = left_out(&paths, &exclude, &taken)
            .iter()
            .map(|(path, reason)| {
                let below = path.strip_prefix(dir.path()).unwrap();
                format!("{}: {reason}", below.display())
            })
            .collect();
        let by_git = said.iter().position(|line| line.starts_with("gen/b.py: "));
        let by_git = said.remove(by_git.unwrap());
        assert!(by_git.contains("left out by `gen/*` in "), "{by_git}");
        assert_eq!(
            said,
            [
                ".f.py: left out: hidden",
                ".tox: left out: hidden",
                "old: left out by --exclude",
                "venv: left out: not the project's own code",
            ]
        );
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
