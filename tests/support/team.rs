//! A git repository whose commits pass through pre-commit, in a home of its own.
#![allow(dead_code, reason = "no test crate uses all of it")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::tree::{stderr, stdout};
use crate::venv;

/// The pinned tools that install, run and validate.
pub fn tools() -> PathBuf {
    let requirements = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/packages/requirements.txt"
    );
    let python = venv::with_requirements(Path::new(requirements));
    python.parent().expect("a directory").to_path_buf()
}

pub struct Team {
    home: tempfile::TempDir,
}

impl Team {
    /// An empty repository.
    pub fn new() -> Team {
        let team = Team {
            home: tempfile::tempdir().expect("a directory"),
        };
        let settings = "[user]\n\tname = Test\n\temail = test@example.invalid\n[init]\n\tdefaultBranch = main\n";
        fs::write(team.home.path().join("gitconfig"), settings).expect("a file");
        fs::create_dir(team.project()).expect("a directory");
        team.git(&["init", "--quiet"]);
        team
    }

    /// The repository.
    pub fn project(&self) -> PathBuf {
        self.home.path().join("project")
    }

    /// Where pre-commit keeps the hooks it installed.
    pub fn cache(&self) -> PathBuf {
        self.home.path().join("cache")
    }

    /// A command that sees the tools, the program that is built, and nothing of the user's or of a repository around.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let built = Path::new(env!("CARGO_BIN_EXE_unleak")).parent();
        let usual = std::env::var_os("PATH").unwrap_or_default();
        let mut path = vec![tools(), built.expect("a directory").to_path_buf()];
        path.extend(std::env::split_paths(&usual));
        let mut command = Command::new(program);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("GIT_") || text.starts_with("PRE_COMMIT") {
                command.env_remove(&name);
            }
        }
        command
            .current_dir(self.project())
            .env("PATH", std::env::join_paths(path).expect("a PATH"))
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", self.home.path().join("gitconfig"))
            .env("PRE_COMMIT_HOME", self.cache());
        command
    }

    /// The output of git, which succeeds.
    pub fn git(&self, arguments: &[&str]) -> String {
        self.git_in(&self.project(), arguments)
    }

    fn git_in(&self, directory: &Path, arguments: &[&str]) -> String {
        let mut command = self.command("git");
        let output = command.args(arguments).current_dir(directory).output();
        let output = output.expect("git runs");
        assert!(
            output.status.success(),
            "git {arguments:?}: {}",
            stderr(&output)
        );
        stdout(&output)
    }

    /// Makes all of `directory` the first commit of a repository, and gives the commit.
    pub fn commit_all(&self, directory: &Path) -> String {
        self.git_in(directory, &["init", "--quiet"]);
        self.git_in(directory, &["add", "--all", "--force", "."]);
        self.git_in(directory, &["commit", "--quiet", "--message", "All"]);
        self.git_in(directory, &["rev-parse", "HEAD"])
            .trim()
            .to_owned()
    }

    /// Runs `git commit`.
    pub fn commit(&self, subject: &str) -> Output {
        let mut command = self.command("git");
        command.args(["commit", "--message", subject]);
        command.output().expect("git runs")
    }

    /// What was committed, the newest first.
    pub fn subjects(&self) -> Vec<String> {
        let log = self.git(&["log", "--format=%s"]);
        log.lines().map(str::to_owned).collect()
    }

    /// Runs pre-commit.
    pub fn pre_commit(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(tools().join("pre-commit"));
        command.args(arguments).output().expect("pre-commit runs")
    }

    /// A repository with the hooks of this one, that run the program that is built instead of installing it.
    pub fn hook_repository(&self) -> PathBuf {
        let manifest = include_str!("../../.pre-commit-hooks.yaml");
        let quick = manifest.replace("language: python", "language: system");
        assert_ne!(quick, manifest, "the hooks are installed by pip");
        let directory = self.home.path().join("hooks");
        fs::create_dir_all(&directory).expect("a directory");
        fs::write(directory.join(".pre-commit-hooks.yaml"), quick).expect("a file");
        self.commit_all(&directory);
        directory
    }

    /// A configuration of pre-commit with `hooks` of the newest commit of `repository`.
    pub fn config(&self, repository: &Path, hooks: &[&str]) -> String {
        let commit = self.git_in(repository, &["rev-parse", "HEAD"]);
        let hooks: String = hooks
            .iter()
            .map(|id| format!("      - id: {id}\n"))
            .collect();
        format!(
            "repos:\n  - repo: {}\n    rev: {}\n    hooks:\n{hooks}",
            repository.display(),
            commit.trim()
        )
    }

    /// Writes a file of the repository.
    pub fn write(&self, path: &str, text: &str) {
        self.write_bytes(path, text.as_bytes());
    }

    /// Writes a file of the repository.
    pub fn write_bytes(&self, path: &str, bytes: &[u8]) {
        let path = self.project().join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
        fs::write(path, bytes).expect("a file");
    }

    /// Reads a file of the repository.
    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.project().join(path)).expect("a readable file")
    }
}
