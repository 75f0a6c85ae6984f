//! Gives `--version` the commit that the program was built from, if that can be told.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let version = env!("CARGO_PKG_VERSION");
    match of_repository().or_else(of_package) {
        Some(commit) => println!("cargo::rustc-env=UNLEAK_VERSION={version} ({commit})"),
        None => println!("cargo::rustc-env=UNLEAK_VERSION={version}"),
    }
}

/// The commit of the repository that this directory is the top of.
fn of_repository() -> Option<String> {
    // Sources that lie somewhere inside another repository are none of its commits.
    if !git(&["rev-parse", "--show-prefix"])?.is_empty() {
        return None;
    }
    watch_head();
    git(&["log", "-1", "--abbrev=9", "--format=%h %cs"])
}

/// Builds again when another commit is the current one, and only then.
fn watch_head() {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    let is_loose = branch.as_deref().is_some_and(watch);
    watch("HEAD");
    watch("reftable");
    if branch.is_some() && !is_loose {
        // The next commit writes the branch into a file that is not there yet.
        watch("refs/heads");
        watch("packed-refs");
    }
}

/// Watches what git keeps under `name`. A path that is not there would build again each time.
fn watch(name: &str) -> bool {
    let path = git(&["rev-parse", "--git-path", name]);
    let path = path.filter(|path| Path::new(path).exists());
    if let Some(path) = &path {
        println!("cargo::rerun-if-changed={path}");
    }
    path.is_some()
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git")
        .args(arguments)
        // Set where a hook of another repository runs the build.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// The commit that `cargo package` noted.
fn of_package() -> Option<String> {
    let path = ".cargo_vcs_info.json";
    let text = std::fs::read_to_string(path).ok()?;
    println!("cargo::rerun-if-changed={path}");
    let (_, rest) = text.split_once("\"sha1\"")?;
    let commit = rest.split('"').nth(1)?;
    commit.get(..9).map(str::to_owned)
}
