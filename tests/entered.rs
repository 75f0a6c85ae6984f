//! Code whose `with` does not release, run before and after its fix with real databases: the same rows, results, errors and
//! transactions, and nothing left open.

#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use serde_json::{Map, Value};
use std::path::Path;
use std::process::Command;
use tree::{stderr, stdout, unleak};

/// What each call did, one object for each.
fn run(module: &Path) -> Vec<Map<String, Value>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(venv::latest())
        .args(["-B", "-I"])
        .arg(root.join("tests/support/entered.py"))
        .arg(module)
        .output()
        .expect("the environment's Python runs");
    assert!(output.status.success(), "{}", stderr(&output));
    let calls = stdout(&output);
    let calls = calls.lines().map(serde_json::from_str);
    calls.collect::<Result<_, _>>().expect("JSON lines")
}

#[test]
fn what_was_committed_stays_committed_and_nothing_stays_open() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let module = home.path().join("at_work.py");
    std::fs::copy("fixtures/context-does-not-release/at_work.py", &module).expect("a copy");
    let before = run(&module);
    let fixed = unleak(home.path(), &["fix", "."]);
    assert_eq!(fixed.status.code(), Some(0), "{}", stderr(&fixed));
    let after = run(&module);

    let leaking = before.iter().filter(|call| call["open"] != 0);
    assert!(leaking.count() > 25, "it leaks before: {before:?}");
    assert_eq!(before.len(), after.len());
    for (mut before, mut after) in before.into_iter().zip(after) {
        for what in ["open", "unreleased"] {
            before.remove(what);
            assert_eq!(after.remove(what), Some(0.into()), "{after:?}");
        }
        assert_eq!(before, after);
    }
}
