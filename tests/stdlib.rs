//! The whole standard library of the Python at hand: nothing crashes, nothing breaks, and once is enough.

#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tree::{stderr, stdout, unleak};

fn support(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/support")
        .join(name)
}

fn library() -> PathBuf {
    let output = Command::new(venv::python())
        .args([
            "-c",
            "import sysconfig; print(sysconfig.get_path('stdlib'))",
        ])
        .output()
        .expect("Python runs");
    PathBuf::from(stdout(&output).trim())
}

/// 0 and 1 are answers. 2 is right only if CPython cannot make sense of the files that were complained about either:
/// its test suite contains such files on purpose.
fn assert_answered(root: &Path, output: &Output) {
    match output.status.code() {
        Some(0 | 1) => {}
        Some(2) => {
            let errors = stderr(output);
            let lines = errors.lines();
            // Tests that are named need not be wrong.
            let errors = lines.filter(|line| !line.contains(" replaces `"));
            let errors = errors.collect::<Vec<_>>().join("\n");
            let named: Vec<&str> = errors
                .split([' ', '\n', '\t', '\'', '"', '`', '(', ')'])
                .filter_map(|word| word.find(".py").map(|end| &word[..end + 3]))
                .collect();
            assert!(
                !named.is_empty(),
                "exit code 2, and no file is named: {errors}"
            );
            let fine = compiling(root, &named.join("\n"));
            assert_eq!(
                fine, "",
                "CPython takes these files, unleak does not: {errors}"
            );
        }
        other => panic!("exit code {other:?}: {}", stderr(output)),
    }
}

fn compiling(root: &Path, names: &str) -> String {
    let mut child = Command::new(venv::python())
        .arg(support("compiling.py"))
        .current_dir(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python runs");
    child
        .stdin
        .take()
        .expect("a pipe")
        .write_all(names.as_bytes())
        .expect("Python reads");
    let output = child.wait_with_output().expect("Python ends");
    assert!(output.status.success());
    stdout(&output)
}

fn compare(before: &Path, after: &Path, findings: &Path) -> Value {
    let output = Command::new(venv::python())
        .arg(support("compare.py"))
        .args([before, after, findings])
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "compare.py: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).expect("a JSON object")
}

#[test]
fn the_standard_library_survives() {
    let home = tempfile::tempdir().expect("a temporary directory");
    let (before, after) = (home.path().join("before"), home.path().join("after"));
    let original = tree::read(&library(), tree::is_python);
    assert!(
        original.len() > 500,
        "{} holds {} files only",
        library().display(),
        original.len()
    );
    tree::write(&original, &before);
    tree::write(&original, &after);

    let check = unleak(&before, &["check", "--output-format", "json", "."]);
    assert_answered(&before, &check);
    let report = home.path().join("findings.json");
    std::fs::write(&report, &check.stdout).expect("a file");
    let findings: Vec<Value> = serde_json::from_slice(&check.stdout).expect("a JSON array");
    assert!(
        findings.len() > 50,
        "{} findings in all of the standard library",
        findings.len()
    );
    let silent: Vec<&Value> = findings
        .iter()
        .filter(|finding| {
            finding["fix"]["applicability"] != "safe" && !finding["blocked_by"].is_string()
        })
        .collect();
    assert!(silent.is_empty(), "no safe fix, and no reason: {silent:?}");
    assert!(
        original == tree::read(&before, |_| true),
        "`check` wrote something"
    );

    assert_answered(&after, &unleak(&after, &["fix", "--unsafe-fixes", "."]));
    let fixed = tree::read(&after, |_| true);
    let result = compare(&before, &after, &report);
    assert_eq!(
        result["broken"],
        Value::Array(Vec::new()),
        "compiled before, but not after"
    );
    assert_eq!(
        result["strayed"],
        Value::Array(Vec::new()),
        "changed where nothing was found"
    );

    assert_answered(&after, &unleak(&after, &["fix", "--unsafe-fixes", "."]));
    let twice = tree::read(&after, |_| true);
    let unsettled: Vec<_> = fixed
        .iter()
        .filter(|(path, text)| twice.get(*path) != Some(text))
        .map(|(path, _)| path)
        .collect();
    assert!(
        unsettled.is_empty() && fixed.len() == twice.len(),
        "fixing again changed {unsettled:?}"
    );

    let mut codes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for finding in &findings {
        let counts = codes
            .entry(finding["code"].as_str().expect("a code"))
            .or_default();
        counts.0 += 1;
        counts.1 += usize::from(!finding["fix"].is_null());
    }
    println!(
        "{} files, {} findings, {} files changed",
        original.len(),
        findings.len(),
        result["changed"]
    );
    for (code, (found, fixable)) in codes {
        println!("{code}: {found} found, {fixable} with a fix");
    }
}
