//! Which lines were changed since a revision, as git tells.

pub mod git;
mod patch;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use git::ask;
use patch::{Lines, read};

use crate::rules::{Finding, Reach};
use crate::source::Source;

/// The changes in all repositories of a run. Each file is judged by the one it lies in, however it was come to: a
/// submodule has a history of its own.
#[derive(Debug)]
pub struct Changes {
    revision: String,
    /// By the directory that holds the `.git`.
    repositories: Mutex<Known>,
}

type Known = BTreeMap<PathBuf, Result<Arc<Repository>, String>>;

/// The changes in one repository.
#[derive(Debug, Default)]
struct Repository {
    /// The root of the working tree.
    root: PathBuf,
    /// The commit since which they are.
    base: String,
    /// What git knows, from the root.
    tracked: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, Lines>,
}

impl Changes {
    /// What changed in the working trees around `paths` since they parted from `revision`: committed, staged or not.
    /// The error is one line for people.
    pub fn since(revision: &str, paths: &[PathBuf]) -> Result<Changes, String> {
        let mut known = Known::new();
        for path in paths {
            let directory = match path.is_dir() {
                true => path.as_path(),
                false => path.parent().unwrap_or(Path::new("")),
            };
            // What is not there is complained about with the other paths.
            let Ok(directory) = fs::canonicalize(Path::new(".").join(directory)) else {
                continue;
            };
            match around(&mut known, revision, &directory) {
                Some(found) => found.map(drop)?,
                // Git says it best.
                None => ask(&directory, &["rev-parse", "--show-toplevel"]).map(drop)?,
            }
        }
        Ok(Changes {
            revision: revision.to_string(),
            repositories: Mutex::new(known),
        })
    }

    /// The revision since which they are, as it was given.
    pub fn revision(&self) -> &str {
        &self.revision
    }

    /// Which of `findings`, those in `source`, may have come with the changes. A file that git does not track is changed
    /// as a whole. Fails, with one line for people, where a repository was come across that cannot tell.
    pub fn concern(&self, source: &Source, findings: &[Finding]) -> Result<Vec<bool>, String> {
        let all = vec![true; findings.len()];
        if findings.is_empty() {
            return Ok(all);
        }
        let real = fs::canonicalize(&source.path).unwrap_or_else(|_| source.path.clone());
        let directory = real.parent().unwrap_or(Path::new("/"));
        let found = {
            let known = self.repositories.lock();
            let mut known = known.unwrap_or_else(PoisonError::into_inner);
            around(&mut known, &self.revision, directory)
        };
        let Some(repository) = found.transpose()? else {
            return Ok(all);
        };
        let Ok(name) = real.strip_prefix(&repository.root) else {
            return Ok(all);
        };
        if !repository.tracked.contains(name) {
            return Ok(all);
        }
        let Some(lines) = repository.files.get(name) else {
            return Ok(vec![false; findings.len()]);
        };
        let line = |number: usize| line_of_git(source, number);
        let concerns = findings.iter().map(|finding| {
            let reach = Reach {
                first: line(finding.reach.first),
                last: line(finding.reach.last),
                until: line(finding.reach.until),
                ..finding.reach
            };
            let witness = finding.witness.as_ref().map(|witness| line(witness.line));
            lines.concern(finding, reach, witness)
        });
        Ok(concerns.collect())
    }
}

/// The number that git gives to a line: to git a lone CR ends none.
fn line_of_git(source: &Source, number: usize) -> usize {
    let before = &source.text[..source.line_start(number)];
    match number {
        0 => 0,
        _ => before.matches('\n').count() + 1,
    }
}

/// The repository in which `directory` lies, a real path.
fn around(
    known: &mut Known,
    revision: &str,
    directory: &Path,
) -> Option<Result<Arc<Repository>, String>> {
    let marked = directory
        .ancestors()
        .find(|dir| dir.join(".git").exists())?;
    // One question for each working tree, not for each of a hook's hundred files.
    if let Some(found) = known.get(marked) {
        return Some(found.clone());
    }
    let found = Repository::since(revision, marked).or_else(|error| {
        // What goes by this name in the repository around a submodule need not be known in the submodule.
        let parent = marked.parent();
        let outer = parent.and_then(|parent| around(known, revision, parent));
        match outer
            .and_then(Result::ok)
            .and_then(|outer| outer.recorded(marked))
        {
            Some(commit) => Repository::since(&commit, marked),
            None => Err(error),
        }
    });
    let found = found.map(Arc::new);
    known.insert(marked.to_path_buf(), found.clone());
    Some(found)
}

impl Repository {
    fn since(revision: &str, directory: &Path) -> Result<Repository, String> {
        let root = ask(directory, &["rev-parse", "--show-toplevel"])?;
        let root = PathBuf::from(os_string(root.trim_ascii_end()));
        let root = fs::canonicalize(&root).unwrap_or(root);
        let commit = format!("{revision}^{{commit}}");
        let verify = [
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &commit,
        ];
        let Ok(commit) = ask(&root, &verify) else {
            return Err(format!(
                "--diff-base: git knows no commit '{revision}'{}",
                place(&root)
            ));
        };
        let commit = line(&commit);
        let Ok(base) = ask(&root, &["merge-base", &commit, "HEAD"]) else {
            return Err(format!(
                "--diff-base: '{revision}' and HEAD have no common commit (in a shallow clone, fetch more of the history)"
            ));
        };
        let base = line(&base);
        // Whatever the user set for diffs that people read is undone.
        let patch = ask(
            &root,
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
        let tracked = ask(&root, &["ls-files", "-z", "--full-name"])?;
        let tracked = tracked.split(|byte| *byte == 0);
        Ok(Repository {
            tracked: tracked
                .filter(|name| !name.is_empty())
                .map(|name| PathBuf::from(os_string(name)))
                .collect(),
            files: read(&patch),
            base,
            root,
        })
    }

    /// The commit of the submodule at `path` that belongs to the commit since which changes count.
    fn recorded(&self, path: &Path) -> Option<String> {
        let name = path.strip_prefix(&self.root).ok()?.to_str()?;
        let entry = ask(&self.root, &["ls-tree", &self.base, "--", name]).ok()?;
        let entry = String::from_utf8_lossy(&entry).into_owned();
        let commit = entry.strip_prefix("160000 commit ")?;
        Some(commit.split_whitespace().next()?.to_string())
    }
}

/// The one line that git prints, a commit.
fn line(printed: &[u8]) -> String {
    String::from_utf8_lossy(printed.trim_ascii_end()).into_owned()
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

/// Which repository is meant, where that is not the one around the current directory.
fn place(root: &Path) -> String {
    let here = std::env::current_dir().and_then(fs::canonicalize);
    let here = here.unwrap_or_default();
    match root.strip_prefix(&here) {
        _ if here.starts_with(root) => String::new(),
        Ok(below) => format!(" in {}", below.display()),
        Err(_) => format!(" in {}", root.display()),
    }
}
