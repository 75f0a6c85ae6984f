//! Git, asked about one directory.

use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use crate::discover::reason;

/// A git command about `directory` that changes nothing, not even the index: another git may be at work.
pub fn command(directory: &Path) -> Command {
    let mut command = Command::new("git");
    command
        .arg("-C")
        .arg(directory)
        .env("GIT_OPTIONAL_LOCKS", "0")
        // What git tells its hooks is about one directory, and `-C` leads to another.
        .env_remove("GIT_DIR")
        .env_remove("GIT_WORK_TREE")
        .env_remove("GIT_INDEX_FILE")
        .env_remove("GIT_PREFIX");
    command
}

/// What git prints. The error is one line for people.
pub(super) fn ask(directory: &Path, arguments: &[&str]) -> Result<Vec<u8>, String> {
    let ran = command(directory)
        .args(["-c", "core.quotePath=false"])
        .args(arguments)
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
