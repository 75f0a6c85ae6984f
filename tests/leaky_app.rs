//! The main job on a real project: fixtures/leaky_app runs out of connections, `unleak` mends it, it does not any more.

#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tree::{Tree, stderr, stdout, unleak};

/// What `drive.py` says when the pool ran dry.
const EXHAUSTED: i32 = 3;

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/leaky_app")
}

/// A fresh copy of the project in a git repository of its own.
fn copy() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    tree::write(&tree::read(&fixture(), |_| true), home.path());
    git(home.path(), &["init", "--quiet"], "");
    home
}

fn git(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("git is installed");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(input.as_bytes())
        .expect("git reads its input");
    let output = child.wait_with_output().expect("git ends");
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        stderr(&output)
    );
    output
}

fn drive(project: &Path, arguments: &[&str]) -> Output {
    Command::new(venv::latest())
        .args(["-B", "drive.py"])
        .args(arguments)
        .current_dir(project)
        .output()
        .expect("the environment's Python runs")
}

/// What each call gave and how many connections it left open.
fn each(project: &Path) -> Vec<(String, Value, u64)> {
    let output = drive(project, &["--each"]);
    assert!(
        output.status.success(),
        "drive.py --each: {}",
        stderr(&output)
    );
    let calls: Vec<_> = stdout(&output)
        .lines()
        .map(|line| {
            let call: Value = serde_json::from_str(line).expect("a JSON line");
            let function = call["function"].as_str().expect("a name").to_owned();
            (
                function,
                call["result"].clone(),
                call["left_open"].as_u64().expect("a number"),
            )
        })
        .collect();
    assert!(
        calls.len() > 80,
        "drive.py makes {} calls only",
        calls.len()
    );
    calls
}

fn python_files(root: &Path) -> Tree {
    tree::read(root, tree::is_python)
}

/// `path::function (variable) code fix`, as often as it is said.
fn table(entries: &Value, fix: impl Fn(&Value) -> String) -> BTreeMap<String, usize> {
    let mut table = BTreeMap::new();
    for entry in entries.as_array().expect("an array") {
        let text = |key: &str| entry[key].as_str().unwrap_or("-").to_owned();
        let variable = entry
            .get("variable")
            .unwrap_or(&entry["resource"]["variable"])
            .as_str()
            .unwrap_or("-");
        let path = text("path");
        let path = path.strip_prefix("./").unwrap_or(&path);
        let function = text("function").replace(".<locals>", "");
        *table
            .entry(format!(
                "{path}::{function} ({variable}) {} {}",
                text("code"),
                fix(entry)
            ))
            .or_default() += 1;
    }
    table
}

fn expected() -> Value {
    let text = std::fs::read_to_string(fixture().join("EXPECTED.json")).expect("the expectations");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn check_reports_what_a_person_found_and_nothing_else() {
    let project = copy();
    let output = unleak(project.path(), &["check", "--output-format", "json", "."]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "there are leaks: {}",
        stderr(&output)
    );
    let findings: Value = serde_json::from_slice(&output.stdout).expect("a JSON array");

    let said = table(&findings, |entry| {
        entry["fix"]["applicability"]
            .as_str()
            .unwrap_or("none")
            .to_owned()
    });
    let wanted = table(&expected(), |entry| {
        entry["fix"].as_str().expect("a word").to_owned()
    });
    let difference =
        |left: &BTreeMap<String, usize>, right: &BTreeMap<String, usize>| -> Vec<String> {
            left.iter()
                .filter(|(entry, count)| right.get(*entry) != Some(count))
                .map(|(entry, _)| entry.clone())
                .collect()
        };
    assert_eq!(
        (difference(&wanted, &said), difference(&said, &wanted)),
        (Vec::new(), Vec::new()),
        "(expected but not said, said but not expected)"
    );
}

#[test]
fn the_diff_is_what_git_takes_and_what_fix_does() {
    let patched = copy();
    let diff = unleak(patched.path(), &["diff", "."]);
    assert_eq!(
        diff.status.code(),
        Some(1),
        "there is a diff: {}",
        stderr(&diff)
    );
    git(patched.path(), &["apply", "--check"], &stdout(&diff));
    git(patched.path(), &["apply"], &stdout(&diff));

    let fixed = copy();
    let fix = unleak(fixed.path(), &["fix", "."]);
    assert_eq!(
        fix.status.code(),
        Some(1),
        "three leaks need a person: {}",
        stderr(&fix)
    );
    assert!(
        python_files(patched.path()) == python_files(fixed.path()),
        "`unleak diff | git apply` and `unleak fix` differ"
    );

    let again = unleak(fixed.path(), &["diff", "."]);
    assert_eq!(
        (stdout(&again).as_str(), again.status.code()),
        ("", Some(0)),
        "{}",
        stderr(&again)
    );
}

#[test]
fn what_is_right_stays_byte_for_byte() {
    let project = copy();
    unleak(project.path(), &["fix", "--unsafe-fixes", "."]);
    let before = tree::read(&fixture(), |_| true);
    let after = tree::read(project.path(), |_| true);
    let untouched = [
        "drive.py",
        "calls.py",
        "leaky_app/services/accounts.py",
        "leaky_app/core/db.py",
        "leaky_app/seed.py",
    ];
    for path in untouched.map(Path::new) {
        assert!(
            before[path] == after[path],
            "{} was changed",
            path.display()
        );
    }
    assert!(before != after, "nothing was fixed");
}

#[test]
fn every_file_compiles_after_every_kind_of_fix() {
    for arguments in [&["fix", "."][..], &["fix", "--unsafe-fixes", "."]] {
        let project = copy();
        unleak(project.path(), arguments);
        let output = Command::new(venv::python())
            .args(["-m", "compileall", "-q", "-f", "."])
            .current_dir(project.path())
            .output()
            .expect("Python runs");
        assert!(
            output.status.success(),
            "after {arguments:?}: {}",
            stdout(&output)
        );
    }
}

#[test]
fn the_pool_runs_dry_before_and_not_after() {
    let project = copy();
    let before = drive(project.path(), &[]);
    assert_eq!(
        before.status.code(),
        Some(EXHAUSTED),
        "{}{}",
        stdout(&before),
        stderr(&before)
    );
    assert!(
        stdout(&before).contains("QueuePool limit of size 3 overflow 2 reached"),
        "{}",
        stdout(&before)
    );

    unleak(project.path(), &["fix", "."]);
    let after = drive(project.path(), &[]);
    assert_eq!(
        after.status.code(),
        Some(0),
        "{}{}",
        stdout(&after),
        stderr(&after)
    );
}

#[test]
fn functions_give_the_same_and_leave_nothing_open() {
    let project = copy();
    let before = each(project.path());
    unleak(project.path(), &["fix", "."]);
    let after = each(project.path());

    let by_hand: Vec<String> = expected()
        .as_array()
        .expect("an array")
        .iter()
        .filter(|entry| entry["fix"] != "safe")
        .map(|entry| {
            let path = entry["path"].as_str().expect("a path");
            let module = path
                .trim_start_matches("leaky_app/")
                .trim_end_matches(".py")
                .replace('/', ".");
            format!(
                "{module}.{}",
                entry["function"].as_str().expect("a function")
            )
        })
        .collect();

    // A generator that works on its session while the answer is sent: whoever sends it has to end it.
    let lazy = "api.handlers.stream_fills";
    assert!(
        before
            .iter()
            .any(|(function, _, open)| function == lazy && *open > 0)
    );
    assert!(
        before.iter().filter(|(_, _, open)| *open > 0).count() > 30,
        "the project leaks too little"
    );
    assert_eq!(before.len(), after.len());
    for ((function, gave, _), (_, gives, open)) in before.iter().zip(&after) {
        assert_eq!(gave, gives, "{function} gives something else after the fix");
        if !by_hand.contains(function) && function != lazy {
            assert_eq!(
                *open, 0,
                "{function} leaves a connection open after the fix"
            );
        }
    }
}

/// `drive.py` with more threads than connections, begun by `command`.
fn load(project: &Path, mut command: Command) -> Output {
    command
        .arg(venv::latest())
        .args(["-B", "drive.py", "--load", "12"])
        .current_dir(project)
        .output()
        .expect("the environment's Python runs")
}

/// Under load the pool runs dry before the fix, and not after it.
fn assert_mended_under_load(command: impl Fn() -> Command) {
    let project = copy();
    let before = load(project.path(), command());
    let said = format!("{}{}", stdout(&before), stderr(&before));
    assert_eq!(before.status.code(), Some(EXHAUSTED), "{said}");
    assert!(
        said.contains("QueuePool limit of size 3 overflow 2 reached"),
        "{said}"
    );

    unleak(project.path(), &["fix", "."]);
    let after = load(project.path(), command());
    let said = format!("{}{}", stdout(&after), stderr(&after));
    assert_eq!(after.status.code(), Some(0), "{said}");
    assert!(said.contains("no connection left out"), "{said}");
}

#[test]
fn twelve_threads_run_the_pool_dry_before_and_not_after() {
    // `env` runs the command as it is.
    assert_mended_under_load(|| Command::new("env"));
}

/// The script that runs a command with a PostgreSQL server; it ends with this where there is none.
const LEFT_OUT: i32 = 77;

fn with_postgres() -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support/postgres.py");
    let mut command = Command::new(venv::python());
    command.arg("-B").arg(script).arg("LEAKY_APP_URL");
    command
}

#[test]
fn twelve_threads_run_the_pool_dry_on_postgresql_before_and_not_after() {
    let mut trial = with_postgres();
    let trial = trial.arg("true").output().expect("Python runs");
    if trial.status.code() == Some(LEFT_OUT) {
        // Past the test runner, which keeps to itself what a test that passes says.
        std::io::stderr()
            .write_all(&trial.stderr)
            .expect("an open stderr");
        return;
    }
    assert!(trial.status.success(), "{}", stderr(&trial));
    assert_mended_under_load(with_postgres);
}
