//! What happens when a fix fails the self-check: faults on purpose (see `src/faults.rs`), through the real binary.
#![allow(clippy::unwrap_used)]

mod cli_support;

use cli_support::{Place, Ran};
use std::io::Write;
use std::process::Stdio;

const BROKEN: &str = "\
import sqlite3


def count(path):
    # how many there are
    conn = sqlite3.connect(path)
    log = open('log')
    total = conn.execute('select 1').fetchone()[0]
    print(total, log.read())
    return total
";
const GOOD: &str = "def read(path):\n    handle = open(path)\n    return handle.read()\n";
const FIXED: &str =
    "def read(path):\n    with open(path) as handle:\n        return handle.read()\n";

/// Each kind of fault, and what is said of it.
const FAULTS: [(&str, &str); 11] = [
    ("comment", "the comment `# how many there are` is lost"),
    (
        "string",
        "should be `with open('log')` but is `with open('other') as log:`",
    ),
    ("token", "should be `return total` but is `total`"),
    ("line", "`return total` is missing behind line"),
    (
        "syntax",
        "the result has a syntax error that the original does not have",
    ),
    ("outside", "`return total` is missing behind line"),
    (
        "plan",
        "without its new `with` blocks the result is not the original any more from line ",
    ),
    ("encoding", "what would be written reads differently"),
    ("again", "fixing the result again changes it"),
    ("finding", "the finding is still there after its fix"),
    (
        "nesting",
        "of the result is nested more deeply than Python compiles",
    ),
];

/// 19 loops around two acquisitions.
fn deep() -> String {
    let mut text = "def deep(x):\n".to_owned();
    for level in 1..20 {
        text += &format!("{}for x in x:\n", " ".repeat(level));
    }
    let pad = " ".repeat(20);
    text += &format!("{pad}one = open(x)\n{pad}two = open(x)\n{pad}one.read(two.read())\n");
    text
}

fn text_for(kind: &str) -> String {
    match kind {
        "nesting" => deep(),
        _ => BROKEN.to_owned(),
    }
}

fn run(place: &Place, kind: &str, arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut command = place.command(arguments);
    command.env("UNLEAK_FAULT", format!("{kind}:broken.py"));
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    child.wait_with_output().unwrap().into()
}

fn place(kind: &str) -> Place {
    let place = Place::new();
    place.write("broken.py", text_for(kind));
    place.write("good.py", GOOD);
    place
}

/// The one line about the file.
#[track_caller]
fn said(ran: &Ran, kind: &str, reason: &str) {
    let lines: Vec<&str> = ran
        .stderr
        .lines()
        .filter(|line| line.contains("broken.py"))
        .collect();
    let [line] = lines.as_slice() else {
        panic!("{kind}: {}", ran.stderr)
    };
    assert!(line.starts_with("unleak: broken.py: "), "{kind}: {line}");
    assert!(
        line.contains(" failed unleak's own check: "),
        "{kind}: {line}"
    );
    assert!(line.contains(reason), "{kind}: {line}");
    let rest =
        "; the file is left as it is. This is a fault of unleak: please report it, with the file";
    assert!(line.ends_with(rest), "{kind}: {line}");
}

#[test]
fn without_a_fault_both_files_are_fixed() {
    let place = place("");
    let ran = place.run(&["fix", "."]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(place.read("good.py"), FIXED);
    assert!(
        place
            .read("broken.py")
            .contains("\n    with closing(sqlite3.connect(path)) as conn")
    );
}

#[test]
fn the_file_is_left_and_the_others_are_fixed() {
    for (kind, reason) in FAULTS {
        for flags in [&[][..], &["--unsafe-fixes", "--quiet"][..]] {
            let place = place(kind);
            let ran = run(&place, kind, &[&["fix", "."], flags].concat(), b"");
            said(&ran, kind, reason);
            assert_eq!(ran.code, 2, "{kind}");
            assert_eq!(place.read("broken.py"), text_for(kind), "{kind}");
            assert_eq!(place.read("good.py"), FIXED, "{kind}");
        }
    }
}

#[test]
fn no_patch_holds_it() {
    for (kind, reason) in FAULTS {
        let place = place(kind);
        let ran = run(&place, kind, &["diff", "."], b"");
        said(&ran, kind, reason);
        assert_eq!(ran.code, 2, "{kind}");
        assert!(
            ran.stdout.contains("+++ b/good.py"),
            "{kind}: {}",
            ran.stdout
        );
        assert!(!ran.stdout.contains("broken.py"), "{kind}: {}", ran.stdout);
    }
}

#[test]
fn standard_input_comes_out_as_it_was() {
    for (kind, reason) in FAULTS {
        let place = Place::new();
        let text = text_for(kind);
        let arguments = ["fix", "-", "--stdin-filename", "broken.py"];
        let ran = run(&place, kind, &arguments, text.as_bytes());
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, text.as_str()),
            "{kind}"
        );
        assert!(ran.stderr.contains(reason), "{kind}: {}", ran.stderr);
    }
}

#[test]
fn a_report_promises_no_such_fix() {
    for (kind, reason) in FAULTS {
        let place = place(kind);
        let ran = run(
            &place,
            kind,
            &["check", "--output-format", "json", "."],
            b"",
        );
        said(&ran, kind, reason);
        assert_eq!(ran.code, 2, "{kind}");
        let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        let of = |name: &str| -> Vec<&serde_json::Value> {
            findings
                .iter()
                .filter(|finding| finding["path"] == name)
                .collect()
        };
        assert_eq!(
            (of("broken.py").len(), of("good.py").len()),
            (2, 1),
            "{kind}"
        );
        for finding in of("broken.py") {
            assert!(finding["fix"].is_null(), "{kind}");
            assert!(
                finding["blocked_by"].as_str().unwrap().contains(reason),
                "{kind}"
            );
        }
        assert_eq!(of("good.py")[0]["fix"]["applicability"], "safe", "{kind}");
    }
}

#[test]
fn a_panic_leaves_the_file_too() {
    let place = place("panic");
    let ran = run(&place, "panic", &["fix", "."], b"");
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains(
        "unleak: broken.py: internal error, please report it; the file is left as it is"
    ));
    assert_eq!(
        (
            place.read("broken.py").as_str(),
            place.read("good.py").as_str()
        ),
        (BROKEN, FIXED)
    );
}

#[test]
fn a_file_with_a_syntax_error_is_no_fault() {
    // Read anew after the fix, what is broken is read in another way.
    let text = "def read(path):\n    handle = open(path)\n    return handle.read()\n\n\ndef other(name):\n    handle = finif s:\nd_data(name)\n    return handle.read()\n";
    let place = Place::new();
    place.write("half.py", text);
    let ran = place.run(&["fix", "."]);
    assert_ne!(ran.code, 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains(
            "half.py: line 6: because of the syntax error there, not every fix could be checked"
        ),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("fault of unleak"), "{}", ran.stderr);
    let rest = text.split_once("def other").unwrap().1;
    assert!(place.read("half.py").ends_with(rest));
}
