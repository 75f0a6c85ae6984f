//! What git says of files: whether they are as in HEAD.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail};

use crate::changes::git::command;
use crate::discover::reason;
use crate::emit::path;

/// Paths given to git at a time: the command line has an end.
const AT_ONCE: usize = 500;

/// Fails unless git can be asked about all of `paths`. What is not there is somebody else's complaint.
pub(super) fn expect_repositories(paths: &[PathBuf]) -> anyhow::Result<()> {
    let mut roots = BTreeSet::new();
    for path in paths {
        if let Ok(real) = path.canonicalize() {
            roots.insert(root_of(path, &real)?);
        }
    }
    for root in roots {
        git(&root, &["rev-parse", "--git-dir"], &[])?;
    }
    Ok(())
}

/// Those of `files` that differ from HEAD, and how.
pub(super) fn differing(files: &[PathBuf]) -> anyhow::Result<Vec<(PathBuf, String)>> {
    // By real path below the root of the repository, as git names them.
    let mut by_root: BTreeMap<PathBuf, BTreeMap<PathBuf, &PathBuf>> = BTreeMap::new();
    for file in files {
        let real = file
            .canonicalize()
            .map_err(|error| anyhow!("{}: {}", path::shown(file), reason(&error)))?;
        let root = root_of(file, &real)?;
        let below = real.strip_prefix(&root).unwrap_or(&real).to_path_buf();
        by_root.entry(root).or_default().insert(below, file);
    }
    // By file: git may say two things of one, as after `git rm --cached`.
    let mut found: BTreeMap<PathBuf, String> = BTreeMap::new();
    for (root, files) in by_root {
        let names: Vec<&PathBuf> = files.keys().collect();
        for some in names.chunks(AT_ONCE) {
            // A file of an ignored directory is named only with both of the last.
            let arguments = [
                "--literal-pathspecs",
                "status",
                "--porcelain",
                "-z",
                "--no-renames",
                "--untracked-files=all",
                "--ignored=matching",
                "--",
            ];
            let marked = git(
                &root,
                &["--literal-pathspecs", "ls-files", "-v", "-z", "--"],
                some,
            )?;
            for entry in marked.split_terminator('\0') {
                if let Some((tag, name)) = entry.split_at_checked(2)
                    && is_overlooked(tag.as_bytes()[0])
                    && let Some(file) = files.get(Path::new(name))
                {
                    let how = "git is told not to look whether it changes".to_string();
                    found.insert((*file).clone(), how);
                }
            }
            let said = git(&root, &arguments, some)?;
            for entry in said.split_terminator('\0') {
                let known = entry
                    .split_at_checked(3)
                    .map(|(state, name)| of_entry(state.as_bytes(), Path::new(name), &files));
                match known {
                    Some(known) if !known.is_empty() => {
                        for (file, how) in known {
                            found.entry(file).or_insert(how);
                        }
                    }
                    // A name in another spelling (case, Unicode): what it is about is not known.
                    _ => bail!(
                        "git says something about a file that it was not asked about: {entry}"
                    ),
                }
            }
        }
    }
    Ok(found.into_iter().collect())
}

/// Whether `git ls-files -v` marks a file as one that git does not look at: `--skip-worktree` or `--assume-unchanged`.
fn is_overlooked(tag: u8) -> bool {
    tag == b'S' || tag.is_ascii_lowercase()
}

/// The files that an entry of `git status` means: itself, or all in the directory that it names.
fn of_entry(
    state: &[u8],
    name: &Path,
    files: &BTreeMap<PathBuf, &PathBuf>,
) -> Vec<(PathBuf, String)> {
    let how = match state {
        b"?? " => "not known to git",
        b"!! " => "ignored by git",
        [b' ', ..] => "modified since git's HEAD",
        [_, b' ', ..] => "staged, and not as in git's HEAD",
        _ => "staged and modified since git's HEAD",
    };
    files
        .iter()
        .filter(|(below, _)| below.starts_with(name))
        .map(|(_, file)| ((*file).clone(), how.to_string()))
        .collect()
}

/// The root of the repository in which the file or directory at `real` lies.
fn root_of(shown: &Path, real: &Path) -> anyhow::Result<PathBuf> {
    real.ancestors()
        .find(|directory| directory.join(".git").exists())
        .map(Path::to_path_buf)
        .ok_or_else(|| {
            anyhow!(
                "{}: in no git repository, which --require-clean needs",
                path::shown(shown)
            )
        })
}

/// What a git command prints that changes nothing, not even the index.
fn git(root: &Path, arguments: &[&str], files: &[&PathBuf]) -> anyhow::Result<String> {
    let ran = command(root).args(arguments).args(files).output();
    let output = match ran {
        Ok(output) => output,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            bail!("git is not there, which --require-clean needs")
        }
        Err(error) => bail!("git: {}", reason(&error)),
    };
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let line = said.lines().next().unwrap_or("failed without a word");
        bail!("git: {line}");
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
