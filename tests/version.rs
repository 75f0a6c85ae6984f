//! What `build.rs` says of the commit, in repositories of all kinds and without one.

#[path = "support/team.rs"]
mod team;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

use team::Team;
use tree::{stderr, stdout};

/// `build.rs`, compiled for version 9.9.9.
fn build_script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script-of-tests");
        let compiled = Command::new("rustc")
            .args(["--edition", "2024", "-o"])
            .arg(&path)
            .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/build.rs"))
            .env("CARGO_PKG_VERSION", "9.9.9")
            .output()
            .expect("rustc runs");
        assert!(compiled.status.success(), "{}", stderr(&compiled));
        path
    })
}

/// The version, and the paths that are watched.
fn built(team: &Team, directory: &Path) -> (String, Vec<PathBuf>) {
    let output = team.command(build_script()).current_dir(directory).output();
    read(&output.expect("it runs"), directory)
}

fn read(output: &std::process::Output, directory: &Path) -> (String, Vec<PathBuf>) {
    assert!(output.status.success(), "{}", stderr(output));
    let text = stdout(output);
    let values = |key: &str| -> Vec<String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix(key));
        lines.map(str::to_owned).collect()
    };
    let versions = values("cargo::rustc-env=UNLEAK_VERSION=");
    assert_eq!(versions.len(), 1, "{text}");
    let watched = values("cargo::rerun-if-changed=");
    assert_eq!(watched[0], "build.rs");
    let watched: Vec<PathBuf> = watched[1..]
        .iter()
        .map(|path| directory.join(path))
        .collect();
    for path in &watched {
        assert!(path.exists(), "{} would build each time", path.display());
    }
    (versions[0].clone(), watched)
}

/// When anything that is watched was changed last, as cargo looks at it.
fn changed(watched: &[PathBuf]) -> SystemTime {
    let files = watched.iter().flat_map(walkdir::WalkDir::new);
    let times = files.map(|entry| {
        let metadata = entry.expect("a readable entry").metadata();
        let metadata = metadata.expect("a readable entry");
        metadata.modified().expect("a time")
    });
    times.max().expect("something is watched")
}

fn with_commit(team: &Team, directory: &Path) -> String {
    let mut git = team.command("git");
    git.args(["log", "-1", "--abbrev=9", "--format=9.9.9 (%h %cs)"]);
    stdout(&git.current_dir(directory).output().expect("git runs"))
        .trim()
        .to_owned()
}

/// After a commit in `directory`, what was watched is newer, and the version another.
fn follows_commits(team: &Team, directory: &Path) {
    let (version, watched) = built(team, directory);
    assert_eq!(version, with_commit(team, directory));
    let before = changed(&watched);
    // Reading and editing change nothing.
    fs::write(directory.join("new.txt"), "new").expect("a file");
    team.command("git")
        .arg("status")
        .current_dir(directory)
        .output()
        .expect("git runs");
    assert_eq!(changed(&watched), before);
    // Times of files can be as coarse as the kernel's clock.
    std::thread::sleep(std::time::Duration::from_millis(30));
    let mut git = team.command("git");
    git.args(["commit", "--quiet", "--allow-empty", "--message", "Next"]);
    assert!(
        git.current_dir(directory)
            .status()
            .expect("git runs")
            .success()
    );
    assert!(
        changed(&watched) > before,
        "a commit goes unnoticed: {watched:?}"
    );
    let (next, _) = built(team, directory);
    assert_ne!(next, version);
    assert_eq!(next, with_commit(team, directory));
}

fn repository() -> Team {
    let team = Team::new();
    team.write("a.txt", "a");
    team.commit_all(&team.project());
    team
}

#[test]
fn a_repository_gives_its_commit_and_follows_it() {
    let team = repository();
    follows_commits(&team, &team.project());
    // The branch moves into one file with all others, and back with the next commit.
    team.git(&["pack-refs", "--all"]);
    follows_commits(&team, &team.project());
    team.git(&["checkout", "--quiet", "-b", "some/branch"]);
    follows_commits(&team, &team.project());
    team.git(&["checkout", "--quiet", "--detach"]);
    follows_commits(&team, &team.project());
}

#[test]
fn so_does_a_second_work_tree() {
    let team = repository();
    let second = tempfile::tempdir().expect("a directory");
    let second = second.path().join("second");
    let path = second.to_str().expect("a path");
    team.git(&["worktree", "add", "--quiet", path]);
    follows_commits(&team, &second);
}

#[test]
fn without_a_commit_of_its_own_there_is_the_version_alone() {
    let plain = |(version, watched): (String, Vec<PathBuf>)| {
        assert_eq!((version.as_str(), watched.len()), ("9.9.9", 0));
    };
    // Unpacked inside somebody else's repository.
    let team = repository();
    let inside = team.project().join("vendor/unleak");
    fs::create_dir_all(&inside).expect("a directory");
    plain(built(&team, &inside));
    // No repository.
    let alone = tempfile::tempdir().expect("a directory");
    plain(built(&team, alone.path()));
    // No git.
    let mut command = team.command(build_script());
    let output = command
        .env("PATH", alone.path())
        .current_dir(team.project())
        .output();
    plain(read(&output.expect("it runs"), &team.project()));
    // No commit yet.
    let empty = Team::new();
    assert_eq!(built(&empty, &empty.project()).0, "9.9.9");
}

#[test]
fn a_package_of_cargo_knows_its_commit() {
    let team = Team::new();
    let place = tempfile::tempdir().expect("a directory");
    let note = place.path().join(".cargo_vcs_info.json");
    let text = "{\n  \"git\": {\n    \"sha1\": \"0123456789abcdef0123456789abcdef01234567\"\n  },\n  \"path_in_vcs\": \"\"\n}";
    fs::write(&note, text).expect("a file");
    let (version, watched) = built(&team, place.path());
    assert_eq!(
        (version.as_str(), watched),
        ("9.9.9 (012345678)", vec![note.clone()])
    );
    fs::write(&note, "{}").expect("a file");
    assert_eq!(built(&team, place.path()).0, "9.9.9");
}

#[test]
fn the_program_says_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut git = Command::new("git");
    git.args(["log", "-1", "--abbrev=9", "--format= (%h %cs)"])
        .current_dir(root);
    let log = git.output().expect("git runs");
    // Without a repository around, git fails and there is no commit to say.
    let commit = stdout(&log).trim_end().to_owned();
    let expected = format!("unleak {}{commit}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(stdout(&tree::unleak(root, &["--version"])), expected);
}
