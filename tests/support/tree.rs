//! Directories of Python files, and `unleak` run in them.
#![allow(dead_code, reason = "no test crate uses all of it")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Relative paths and contents.
pub type Tree = BTreeMap<PathBuf, Vec<u8>>;

/// Every file below `root` that `keep` wants; caches and installed packages are never among them.
pub fn read(root: &Path, keep: impl Fn(&Path) -> bool) -> Tree {
    let mut tree = Tree::new();
    let skipped = ["__pycache__", "site-packages", "dist-packages", ".git"];
    let entries = walkdir::WalkDir::new(root)
        .into_iter()
        .filter_entry(|entry| !skipped.iter().any(|name| entry.file_name() == *name));
    for entry in entries {
        let entry = entry.expect("a readable directory");
        if entry.file_type().is_file() && keep(entry.path()) {
            let path = entry
                .path()
                .strip_prefix(root)
                .expect("a path below the root")
                .to_owned();
            tree.insert(path, std::fs::read(entry.path()).expect("a readable file"));
        }
    }
    tree
}

/// Write `tree` below `root`.
pub fn write(tree: &Tree, root: &Path) {
    for (path, contents) in tree {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(&path, contents).expect("a file");
    }
}

/// Whether a path ends in `.py`.
pub fn is_python(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "py")
}

/// Run `unleak` in `directory`.
pub fn unleak(directory: &Path, arguments: &[&str]) -> Output {
    let output = Command::new(env!("CARGO_BIN_EXE_unleak"))
        .args(arguments)
        .current_dir(directory)
        .output()
        .expect("unleak runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.code().is_some(),
        "unleak {arguments:?} was killed: {errors}"
    );
    assert!(
        !errors.contains("panicked") && !errors.contains("internal error"),
        "unleak {arguments:?} broke: {errors}"
    );
    output
}

/// The standard output of a command as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The standard error of a command as text.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}
