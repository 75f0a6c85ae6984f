//! Which lines were changed since a revision, as git tells.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::discover::reason;
use crate::rules::Finding;

/// The changes in all repositories of a run.
#[derive(Debug, Default)]
pub struct Changes {
    repositories: BTreeMap<PathBuf, Repository>,
}

/// The changes in one repository.
#[derive(Debug, Default)]
struct Repository {
    /// What git knows, from the root of the working tree.
    tracked: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Lines>,
}

/// The changes of one file, by the numbers of the new lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Lines {
    written: Vec<RangeInclusive<usize>>,
    /// Lines behind which something was deleted; 0 for the beginning.
    deleted: Vec<usize>,
}

impl Changes {
    /// What changed in the working trees around `paths` since they parted from `revision`: committed, staged or not.
    /// The error is one line for people.
    pub fn since(revision: &str, paths: &[PathBuf]) -> Result<Changes, String> {
        let mut changes = Changes::default();
        let mut asked = BTreeSet::new();
        for path in paths {
            let directory = match path.is_dir() {
                true => path.as_path(),
                false => path.parent().unwrap_or(Path::new("")),
            };
            let directory = match directory.as_os_str().is_empty() {
                true => Path::new("."),
                false => directory,
            };
            // What is not there is complained about with the other paths.
            let Ok(directory) = fs::canonicalize(directory) else {
                continue;
            };
            // One question for each working tree, not for each of a hook's hundred files.
            let marked = directory.ancestors().find(|dir| dir.join(".git").exists());
            if !asked.insert(marked.unwrap_or(&directory).to_path_buf()) {
                continue;
            }
            let root = git(&directory, &["rev-parse", "--show-toplevel"])?;
            let root = PathBuf::from(os_string(root.trim_ascii_end()));
            let root = fs::canonicalize(&root).unwrap_or(root);
            if let Entry::Vacant(place) = changes.repositories.entry(root) {
                let repository = Repository::since(revision, place.key())?;
                place.insert(repository);
            }
        }
        Ok(changes)
    }

    /// Whether the acquiring call of `finding`, or the line where its witness leaves, is a changed one in the file at
    /// `path`. A file that git does not track is changed as a whole. Where lines were deleted, those beside them count
    /// for the witness: a lost `close()` leaves no line of its own.
    pub fn concern(&self, path: &Path, finding: &Finding) -> bool {
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let around = real
            .ancestors()
            .find_map(|dir| Some((dir, self.repositories.get(dir)?)));
        let Some((root, repository)) = around else {
            return true;
        };
        let Ok(name) = real.strip_prefix(root) else {
            return true;
        };
        if !repository.tracked.contains(name) {
            // Below something tracked there are only the files of a submodule, which has a history of its own.
            let mut above = name.ancestors().skip(1);
            return !above.any(|above| repository.tracked.contains(above));
        }
        let Some(lines) = repository.files.get(name) else {
            return false;
        };
        let witness = finding.witness.as_ref().map(|witness| witness.line);
        lines.written(finding.start.line, finding.end.line)
            || witness.is_some_and(|line| lines.written(line, line) || lines.beside_deleted(line))
    }
}

impl Repository {
    fn since(revision: &str, root: &Path) -> Result<Repository, String> {
        let commit = format!("{revision}^{{commit}}");
        let verify = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let Ok(commit) = git(root, &verify) else {
            return Err(format!("--diff-base: git knows no commit '{revision}'"));
        };
        let commit = line(&commit);
        let Ok(base) = git(root, &["merge-base", &commit, "HEAD"]) else {
            return Err(format!(
                "--diff-base: '{revision}' and HEAD have no common commit (in a shallow clone, fetch more of the history)"
            ));
        };
        let base = line(&base);
        // Whatever the user set for diffs that people read is undone.
        let patch = git(
            root,
            &[
                "diff",
                "--unified=0",
                "--inter-hunk-context=0",
                "--no-color",
                "--no-ext-diff",
                "--no-textconv",
                "--no-relative",
                "--text",
                "--find-renames",
                "--ignore-submodules",
                "--src-prefix=a/",
                "--dst-prefix=b/",
                &base,
                "--",
            ],
        )?;
        let tracked = git(root, &["ls-files", "-z", "--full-name"])?;
        let tracked = tracked.split(|byte| *byte == 0);
        Ok(Repository {
            tracked: tracked
                .filter(|name| !name.is_empty())
                .map(|name| PathBuf::from(os_string(name)))
                .collect(),
            files: read(&patch),
        })
    }
}

impl Lines {
    fn written(&self, first: usize, last: usize) -> bool {
        let meets = |range: &RangeInclusive<usize>| *range.start() <= last && first <= *range.end();
        self.written.iter().any(meets)
    }

    fn beside_deleted(&self, line: usize) -> bool {
        self.deleted
            .iter()
            .any(|before| *before == line || before + 1 == line)
    }
}

/// What git prints. The error is one line for people.
fn git(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let ran = Command::new("git")
        .arg("-C")
        .arg(directory)
        .args(["-c", "core.quotePath=false"])
        .args(arguments)
        // It must not even refresh its index: another git may be at work.
        .env("GIT_OPTIONAL_LOCKS", "0")
        // What git tells its hooks is about one directory, and `-C` leads to another.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX")
        .output();
    let output = ran.map_err(|error| match error.kind() {
        ErrorKind::NotFound => "--diff-base needs git, which is not there".to_string(),
        _ => format!("--diff-base: git: {}", reason(&error)),
    })?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("git failed");
    Err(format!(
        "--diff-base: {}",
        said.trim_start_matches("fatal: ")
    ))
}

/// The one line that git prints, a commit.
fn line(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed.trim_ascii_end()).into_owned()
}

/// The lines that a patch without context changes, by the name of the new file.
fn read(patch: &[u8]) -> BTreeMap<PathBuf, Lines> {
    let mut files: BTreeMap<PathBuf, Lines> = BTreeMap::new();
    let mut name = None;
    // Lines of a hunk that are still to come; they may look like anything.
    let mut inside = 0;
    for line in patch.split(|byte| *byte == b'\n') {
        if inside > 0 {
            inside -= usize::from(matches!(line.first(), Some(b'+' | b'-')));
        } else if let Some(path) = line.strip_prefix(b"+++ ") {
            name = new_name(path);
        } else if let Some(hunk) = line.strip_prefix(b"@@ -").and_then(hunk) {
            let ((_, old), (first, new)) = hunk;
            inside = old + new;
            let Some(name) = &name else { continue };
            let lines = files.entry(name.clone()).or_default();
            match new {
                0 => lines.deleted.push(first),
                _ => lines.written.push(first..=first + new - 1),
            }
        }
    }
    files
}

/// First line and number of lines, of the old and of the new file: `12,0 +13,2 @@ ...`.
fn hunk(header: &[u8]) -> Option<((usize, usize), (usize, usize))> {
    let header = std::str::from_utf8(header.split(|byte| *byte == b'@').next()?).ok()?;
    let (old, new) = header.trim_end().split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((first, number)) => Some((first.parse().ok()?, number.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// The path behind `+++ `; nothing for a file that is no more.
fn new_name(header: &[u8]) -> Option<PathBuf> {
    // A tab ends names with spaces.
    let header = header.strip_suffix(b"\t").unwrap_or(header);
    let header = match header.strip_prefix(b"\"") {
        Some(quoted) => unquoted(quoted),
        None => header.to_vec(),
    };
    Some(PathBuf::from(os_string(header.strip_prefix(b"b/")?)))
}

/// A name as git quotes it, without its first quote.
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        let escaped = match byte {
            b'"' => break,
            b'\\' => bytes.next().unwrap_or(b'\\'),
            plain => {
                name.push(plain);
                continue;
            }
        };
        name.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            digit @ b'0'..=b'3' => {
                // Three digits, always.
                let more = bytes.by_ref().take(2);
                more.fold(digit - b'0', |value, next| {
                    value.wrapping_mul(8).wrapping_add(next.wrapping_sub(b'0'))
                })
            }
            other => other,
        });
    }
    name
}

/// A path as the system has it.
#[cfg(unix)]
fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATCH: &[u8] = b"diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -3 +3,2 @@ def f():
-    x
+++ b/looks like a header
+    y
@@ -9,2 +9,0 @@ @@ def g():
--- a/another
-    z
\\ No newline at end of file
diff --git \"a/n\\303\\2441.py\" \"b/n\\303\\2441.py\"
--- /dev/null
+++ \"b/n\\303\\2441.py\"
@@ -0,0 +1 @@
+pass
diff --git a/my app.py b/my app.py
--- a/my app.py\t
+++ b/my app.py\t
@@ -1 +0,0 @@
-pass
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-pass
";

    #[test]
    fn a_patch_names_the_lines() {
        let files = read(PATCH);
        let named: Vec<_> = files.keys().filter_map(|path| path.to_str()).collect();
        assert_eq!(named, ["a.py", "my app.py", "n\u{e4}1.py"]);
        let lines = &files[Path::new("a.py")];
        assert_eq!(lines.written, [3..=4]);
        assert_eq!(lines.deleted, [9]);
        assert!(lines.written(1, 3) && lines.written(4, 4));
        assert!(!lines.written(1, 2) && !lines.written(5, 9));
        assert!(lines.beside_deleted(9) && lines.beside_deleted(10) && !lines.beside_deleted(8));
        assert_eq!(files[Path::new("n\u{e4}1.py")].written, [1..=1]);
        assert_eq!(files[Path::new("my app.py")].deleted, [0]);
    }
}
