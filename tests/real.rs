//! Functions that use real libraries (tests/real), called before and after their fix: the same results, errors, output and
//! rows, and nothing left open.

#[path = "support/venv.rs"]
mod venv;

use std::io::Write;
use std::process::Command;

#[test]
fn safe_fixes_keep_what_real_libraries_do() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/real/run.py");
    let output = Command::new(venv::python())
        .args(["-B", script, "--binary", env!("CARGO_BIN_EXE_unleak")])
        .arg("--latest")
        .arg(venv::latest())
        .arg("--older")
        .arg(venv::sqlalchemy_1_4())
        .output()
        .expect("Python runs");
    let said = String::from_utf8_lossy(&output.stdout);
    // Past the test runner, which keeps to itself what a test that passes says: what was left out has to be seen.
    let left_out = said.lines().filter(|line| line.starts_with("LEFT OUT"));
    for line in left_out {
        writeln!(std::io::stderr(), "real: {line}").expect("an open stderr");
    }
    println!("{said}");
    assert!(
        output.status.success(),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let pairs = figure(&said, "pairs of calls");
    assert!(pairs > 1000, "{pairs} calls prove nothing");
}

/// The number before some words in a line of the report.
fn figure(said: &str, words: &str) -> u32 {
    let line = said.lines().find(|line| line.contains(words));
    let before = line.and_then(|line| line.split(words).next());
    before
        .and_then(|before| before.split_whitespace().last())
        .and_then(|number| number.parse().ok())
        .unwrap_or_else(|| panic!("no `{words}` in {said}"))
}
