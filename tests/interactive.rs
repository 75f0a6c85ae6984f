//! `unleak fix --interactive`, on a terminal.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/fixing.rs"]
mod start;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use cli_support::{Place, Ran};
use start::*;

const QUESTION: &str = "Make this fix? [y,n,a,q,?] ";

/// Runs `unleak` on a terminal and presses keys at each question.
fn converse(place: &Place, arguments: &[&str], answers: &[&str]) -> Ran {
    converse_with(place, arguments, answers, &[])
}

fn converse_with(place: &Place, arguments: &[&str], answers: &[&str], env: &[(&str, &str)]) -> Ran {
    let mut command = vec![env!("CARGO_BIN_EXE_unleak")];
    command.extend(arguments);
    let mut variables = serde_json::json!({"NO_COLOR": "1", "TERM": "xterm"});
    for (name, value) in env {
        variables[name] = serde_json::json!(value);
    }
    let steps: Vec<[&str; 2]> = answers.iter().map(|keys| [QUESTION, *keys]).collect();
    let asked = serde_json::json!({
        "command": command, "cwd": place.root(), "env": variables, "steps": steps,
    });
    let mut python = Command::new("python3")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/support/terminal.py"
        ))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    stdin.write_all(asked.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = python.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |key: &str| value[key].as_str().unwrap().to_string();
    Ran {
        code: i32::try_from(value["code"].as_i64().unwrap()).unwrap(),
        stdout: text("stdout"),
        stderr: text("screen"),
        bytes: Vec::new(),
    }
}
#[test]
fn each_fix_is_asked_about_and_shown() {
    let place = Place::new();
    place.write("a.py", TWO);
    let ran = converse(&place, &["fix", "--interactive"], &["y\r", "n\r"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(place.read("a.py"), FIRST_FIXED);
    assert!(
        ran.stderr
            .starts_with("a.py:2:11: UL001 `one` is never released"),
        "{}",
        ran.stderr
    );
    let hunk = "--- a/a.py\n+++ b/a.py\n@@ -1,6 +1,6 @@\n def first(path):\n-    one = open(path)\n-    return one.read()\n\
                +    with open(path) as one:\n+        return one.read()\n";
    assert!(ran.stderr.contains(hunk), "{}", ran.stderr);
    // Each hunk is of one fix alone.
    assert_eq!(ran.stderr.matches("\n-    one").count(), 1);
    assert_eq!(ran.stderr.matches("\n-    two").count(), 1);
    assert_eq!(ran.stderr.matches(QUESTION).count(), 2);
    assert_eq!(
        ran.stdout,
        "a.py:7:11: UL001 `two` is never released (its fix was not taken)\n\
         Fixed 1 leak in 1 file; 1 remains (1 whose fix was not taken)\n"
    );
    assert_eq!(names(&place), ["a.py"]);
}

#[test]
fn what_is_not_wanted_is_not_asked_again() {
    let place = Place::new();
    place.write("a.py", TWO);
    let ran = converse(&place, &["fix", "--interactive"], &["n\r", "y\r"]);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(place.read("a.py"), SECOND_FIXED);
    assert_eq!(ran.stderr.matches(QUESTION).count(), 2, "{}", ran.stderr);
}

#[test]
fn all_the_rest_can_be_taken() {
    let place = Place::new();
    place.write("a.py", TWO);
    place.write("b.py", TWO);
    place.write("c.py", LEAK);
    let ran = converse(&place, &["fix", "--interactive"], &["n\r", "a\r"]);
    assert_eq!(ran.stderr.matches(QUESTION).count(), 2, "{}", ran.stderr);
    assert_eq!(place.read("a.py"), SECOND_FIXED);
    assert_eq!(place.read("b.py"), BOTH_FIXED);
    assert_eq!(place.read("c.py"), FIXED);
    assert!(
        ran.stdout
            .ends_with("Fixed 4 leaks in 3 files; 1 remains (1 whose fix was not taken)\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn quitting_keeps_what_was_taken() {
    for keys in ["q\r", "\u{4}"] {
        let place = Place::new();
        place.write("a.py", TWO);
        place.write("b.py", LEAK);
        let ran = converse(&place, &["fix", "--interactive"], &["y\r", keys]);
        assert_eq!(ran.code, 1, "{}", ran.stderr);
        assert_eq!(place.read("a.py"), FIRST_FIXED);
        assert_eq!(place.read("b.py"), LEAK);
        assert!(
            ran.stderr.ends_with("unleak: 1 file not looked at\n"),
            "{}",
            ran.stderr
        );
        assert_eq!(names(&place), ["a.py", "b.py"]);
    }
    // Even if nothing is left where it was looked.
    let place = Place::new();
    place.write("a.py", LEAK);
    place.write("b.py", "x = 1\n");
    place.write("c.py", LEAK);
    let ran = converse(&place, &["fix", "--interactive"], &["y\r", "q\r"]);
    assert_eq!((ran.code, place.read("a.py").as_str()), (1, FIXED));
    assert_eq!(place.read("c.py"), LEAK);
}

#[test]
fn interrupting_leaves_whole_files_only() {
    let place = Place::new();
    place.write("a.py", TWO);
    place.write("b.py", LEAK);
    let ran = converse(&place, &["fix", "--interactive"], &["y\r", "\u{3}"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (130, ""), "{}", ran.stderr);
    assert_eq!(place.read("a.py"), FIRST_FIXED);
    assert_eq!(place.read("b.py"), LEAK);
    assert_eq!(names(&place), ["a.py", "b.py"]);
}

#[test]
fn other_keys_get_help() {
    let place = Place::new();
    place.write("a.py", LEAK);
    let ran = converse(
        &place,
        &["fix", "--interactive"],
        &["\r", "what\r", "\u{ff}\r", "yes\r"],
    );
    assert_eq!((ran.code, place.read("a.py").as_str()), (0, FIXED));
    assert_eq!(
        ran.stderr
            .matches("q - leave this and all that follow")
            .count(),
        3,
        "{}",
        ran.stderr
    );
}

#[test]
fn an_unsafe_fix_says_at_what_to_look() {
    let place = Place::new();
    place.write(
        "a.py",
        "def f(path):\n    handle = open(path)\n    keep(handle)\n    handle.close()\n",
    );
    let asked = converse(
        &place,
        &["fix", "--interactive", "--unsafe-fixes"],
        &["n\r"],
    );
    assert!(asked.stderr.contains("\nunsafe: "), "{}", asked.stderr);
    assert!(asked.stderr.contains("\n    help: "), "{}", asked.stderr);
    // Without the flag there is nothing to ask, and what is left says what helps.
    let ran = converse(&place, &["fix", "--interactive"], &[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.contains(" (needs --unsafe-fixes: "),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("\n    help: "), "{}", ran.stdout);
}

#[test]
fn overlapping_lifetimes_come_to_the_same_as_at_once() {
    let text = "\
def copy(a, b, c):
    source = open(a)
    data = source.read()
    target = open(b, 'w')
    target.write(data)
    source.close()
    log = open(c)
    print(log.read())
    target.close()
    log.close()
";
    let place = Place::new();
    place.write("at_once.py", text);
    place.write("asked.py", text);
    assert_eq!(place.run(&["fix", "at_once.py"]).code, 0);
    let ran = converse(
        &place,
        &["fix", "--interactive", "asked.py"],
        &["y\r", "a\r"],
    );
    assert_eq!(
        (ran.code, place.read("asked.py")),
        (0, place.read("at_once.py"))
    );
}

#[test]
fn without_a_terminal_nothing_is_asked() {
    let place = Place::new();
    place.write("a.py", LEAK);
    let complaint = "unleak: --interactive asks about each fix, which needs a terminal\n";
    place
        .run_with(&["fix", "--interactive"], b"y\n")
        .is(2, "", complaint);
    place.run_with(&["fix", "-", "--interactive"], b"").is(
        2,
        "",
        "unleak: --interactive and --require-clean are for files, not for standard input\n",
    );
    assert_eq!(place.read("a.py"), LEAK);
}

#[test]
fn a_fix_that_fails_its_check_is_not_offered() {
    for kind in ["comment", "finding", "encoding"] {
        let place = Place::new();
        let text = format!("# a comment\n{TWO}");
        place.write("a.py", LEAK);
        place.write("broken.py", &text);
        let fault = format!("{kind}:broken.py");
        let ran = converse_with(
            &place,
            &["fix", "--interactive"],
            &["y\r"],
            &[("UNLEAK_FAULT", fault.as_str())],
        );
        assert_eq!(ran.code, 2, "{kind}: {}", ran.stderr);
        assert_eq!(place.read("broken.py"), text, "{kind}");
        assert_eq!(place.read("a.py"), FIXED, "{kind}");
        let said = " failed unleak's own check: ";
        assert_eq!(
            ran.stderr.matches(said).count(),
            2,
            "{kind}: {}",
            ran.stderr
        );
        assert!(
            ran.stderr
                .contains("; that fix is left out. This is a fault of unleak"),
            "{kind}: {}",
            ran.stderr
        );
    }
}

/// Whatever is taken and left, each is asked about once, and the file can be fixed later as if nobody had asked.
#[test]
fn every_second_fix_of_a_real_project() {
    let place = Place::new();
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/leaky_app");
    for entry in walkdir::WalkDir::new(fixtures) {
        let entry = entry.unwrap();
        let below = entry.path().strip_prefix(fixtures).unwrap();
        if entry.file_type().is_file() {
            place.write(below.to_str().unwrap(), fs::read(entry.path()).unwrap());
        }
    }
    let sums = place.run(&["diff"]).stderr;
    let number = |text: &str| -> usize {
        let words = text.split(" in ").next().unwrap();
        let numbers = words
            .split(' ')
            .filter_map(|word| word.parse::<usize>().ok());
        numbers.sum()
    };
    let offered = number(sums.split("Would fix ").nth(1).unwrap());
    assert!(offered > 20, "{sums}");
    let answers: Vec<&str> = ["y\r", "n\r"].into_iter().cycle().take(offered).collect();
    let ran = converse(&place, &["fix", "--interactive"], &answers);
    assert_eq!(ran.code, 1, "{}", ran.stderr);
    assert_eq!(
        ran.stderr.matches(QUESTION).count(),
        offered,
        "{}",
        ran.stderr
    );
    let fixed = number(ran.stdout.split("\nFixed ").nth(1).unwrap());
    assert_eq!(fixed, offered.div_ceil(2), "{}", ran.stdout);
    place.run(&["fix", "-q"]);
    place.run(&["diff", "-q"]).is(0, "", "");
}
