//! One leak through every command and format, as a user meets it.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::fs;
use std::process::{Command, Stdio};

use cli_support::Place;

/// Released only if nothing raises: UL002 with a safe fix.
const LEAK: &str = "def f():\n    session = get_db()\n    session.run(1)\n    session.close()\n";
const FIXED: &str = "def f():\n    with get_db() as session:\n        session.run(1)\n";

/// Released on every path: UL003, only longer than it need be.
const MANUAL: &str = "def f():\n    session = get_db()\n    try:\n        session.run(1)\n    finally:\n        session.close()\n";

#[test]
fn check_reports_and_fails() {
    let place = Place::new();
    place.write("app/a.py", LEAK);
    let ran = place.run(&["check"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.starts_with("leak[UL002]: "), "{}", ran.stdout);
    for words in [
        " --> app/a.py:2:15\n",
        "2 |     session = get_db()\n",
        "3 |     session.run(1)\n",
        "not released if this raises\n",
        "= help: ",
    ] {
        assert!(ran.stdout.contains(words), "{words}\n{}", ran.stdout);
    }
    assert!(
        ran.stdout
            .ends_with("Found 1 leak (1 fixable with `unleak fix`)\n"),
        "{}",
        ran.stdout
    );
    let concise = place.run(&["check", "--output-format", "concise"]);
    assert!(
        concise.stdout.starts_with("app/a.py:2:15: UL002 [*] "),
        "{}",
        concise.stdout
    );
    assert_eq!((concise.code, concise.stdout.lines().count()), (1, 1));
    assert_eq!(place.run(&["check", "--ignore", "UL002"]).code, 0);
    assert_eq!(place.read("app/a.py"), LEAK);
}

#[test]
fn style_fails_only_on_request() {
    let place = Place::new();
    place.write("a.py", MANUAL);
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    assert!(ran.stdout.starts_with("style[UL003]: "), "{}", ran.stdout);
    assert!(
        ran.stdout
            .ends_with("Found 1 style finding (1 fixable with `unleak fix`)\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(place.run(&["check", "--strict"]).code, 1);
    assert_eq!(place.run(&["check", "--select", "manual-release"]).code, 1);
    assert_eq!(place.run(&["check", "--select", "UL"]).code, 0);
    assert_eq!(place.run(&["fix"]).code, 0);
    assert_eq!(place.read("a.py"), FIXED);
}

#[test]
fn json_has_its_keys_in_order() {
    let place = Place::new();
    place.write("app/a.py", LEAK);
    place.write("b.py", LEAK);
    let lines = place.run(&["check", "--output-format", "jsonl"]);
    assert_eq!((lines.code, lines.stdout.lines().count()), (1, 2));
    let line = lines.stdout.lines().next().unwrap();
    let mut rest = line;
    for key in [
        "code",
        "rule",
        "level",
        "path",
        "line",
        "column",
        "end_line",
        "end_column",
        "message",
        "function",
        "resource",
        "variable",
        "acquirer",
        "kind",
        "release",
        "witness",
        "line",
        "how",
        "fix",
        "applicability",
        "message",
        "region",
        "start_line",
        "end_line",
        "blocked_by",
    ] {
        let (_, behind) = rest
            .split_once(&format!("\"{key}\":"))
            .unwrap_or_else(|| panic!("{key} in {line}"));
        rest = behind;
    }
    let value: serde_json::Value = serde_json::from_str(line).unwrap();
    assert_eq!(value["path"], "app/a.py");
    assert_eq!(value["level"], "leak");
    assert_eq!(
        (value["line"].as_u64(), value["column"].as_u64()),
        (Some(2), Some(15))
    );
    assert_eq!(
        (value["end_line"].as_u64(), value["end_column"].as_u64()),
        (Some(2), Some(23))
    );
    assert_eq!(value["function"], "f");
    assert_eq!(value["resource"]["variable"], "session");
    assert_eq!(value["resource"]["release"], "close");
    assert_eq!(value["witness"]["how"], "raises");
    assert_eq!(value["fix"]["applicability"], "safe");
    assert_eq!(value["blocked_by"], serde_json::Value::Null);

    let array = place.run(&["check", "--output-format", "json"]);
    let values: Vec<serde_json::Value> = serde_json::from_str(&array.stdout).unwrap();
    assert_eq!(values.len(), 2);
    assert_eq!(values[0], value);

    let counts = place.run(&["check", "--statistics", "--output-format", "json"]);
    assert_eq!(
        counts.stdout,
        "[{\"code\":\"UL002\",\"rule\":\"release-not-guaranteed\",\"count\":2,\"fixable\":2}]\n"
    );
}

#[test]
fn the_diff_is_what_fix_does() {
    let place = Place::new();
    place.git(&["init", "-q"], b"");
    let names = [
        "a.py",
        "my app/b c.py",
        "na\u{ef}ve.py",
        "crlf.py",
        "latin.py",
        "open.py",
    ];
    for name in names {
        place.write(name, LEAK);
    }
    place.write("crlf.py", LEAK.replace('\n', "\r\n"));
    place.write(
        "latin.py",
        [&b"# coding: latin-1\nx = '\xe9'\n"[..], LEAK.as_bytes()].concat(),
    );
    place.write("open.py", LEAK.trim_end());
    let diff = place.run(&["diff"]);
    assert_eq!(diff.code, 1);
    assert_eq!(diff.stderr, "unleak: Would fix 6 leaks in 6 files\n");
    place.git(&["apply", "--check"], &diff.bytes).is(0, "", "");
    let read_all = || names.map(|name| fs::read(place.path(name)).unwrap());
    let before = read_all();
    place.run(&["fix"]).is(0, "Fixed 6 leaks in 6 files\n", "");
    let fixed = read_all();
    assert!(before.iter().zip(&fixed).all(|(old, new)| old != new));
    for (name, old) in names.iter().zip(before) {
        place.write(name, old);
    }
    place.git(&["apply"], &diff.bytes).is(0, "", "");
    assert_eq!(read_all(), fixed);
    assert_eq!(place.read("a.py"), FIXED);
    place.run(&["diff", "-q"]).is(0, "", "");
}

#[test]
fn fix_says_1_for_a_changed_file_on_request() {
    let place = Place::new();
    place.write("a.py", LEAK);
    assert_eq!(place.run(&["fix", "--exit-non-zero-on-fix"]).code, 1);
    assert_eq!(place.run(&["fix", "--exit-non-zero-on-fix"]).code, 0);
    assert_eq!(place.read("a.py"), FIXED);
}

#[test]
fn standard_input_is_fixed_to_standard_output() {
    let place = Place::new();
    let fixed = place.run_with(
        &["fix", "-", "--stdin-filename", "app/a.py"],
        LEAK.as_bytes(),
    );
    fixed.is(0, FIXED, "unleak: Fixed 1 leak in 1 file\n");
    place
        .run_with(
            &["fix", "-", "-q", "--output-format", "json"],
            LEAK.as_bytes(),
        )
        .is(0, FIXED, "");
    let diff = place.run_with(
        &["diff", "-", "--stdin-filename", "app/a.py"],
        LEAK.as_bytes(),
    );
    assert!(
        diff.stdout.starts_with("--- a/app/a.py\n+++ b/app/a.py\n"),
        "{}",
        diff.stdout
    );
    let check = place.run_with(
        &["check", "-", "--output-format", "concise"],
        LEAK.as_bytes(),
    );
    assert!(
        check.stdout.starts_with("-:2:15: UL002 [*] "),
        "{}",
        check.stdout
    );
}

#[test]
fn colours_only_where_wanted() {
    let place = Place::new();
    place.write("a.py", LEAK);
    for command in ["check", "diff"] {
        assert!(!place.run(&[command]).stdout.contains('\u{1b}'));
        assert!(
            place
                .run(&[command, "--color", "always"])
                .stdout
                .contains('\u{1b}')
        );
        assert!(
            !place
                .run(&[command, "--color", "never"])
                .stdout
                .contains('\u{1b}')
        );
        assert!(on_terminal(&place, command, false).contains('\u{1b}'));
        assert!(!on_terminal(&place, command, true).contains('\u{1b}'));
    }
    let coloured = place.run(&["diff", "--color", "always"]).stdout;
    assert!(
        coloured.contains("\u{1b}[32m+    with get_db() as session:\u{1b}[0m\n"),
        "{coloured:?}"
    );
}

/// What a command prints on a terminal, which CPython provides.
fn on_terminal(place: &Place, command: &str, no_color: bool) -> String {
    let script = format!(
        "import pty; pty.spawn([{:?}, {command:?}])",
        env!("CARGO_BIN_EXE_unleak")
    );
    let mut python = Command::new("python3");
    python
        .args(["-c", &script])
        .current_dir(place.root())
        .stdin(Stdio::null());
    python.env("TERM", "xterm").env_remove("NO_COLOR");
    if no_color {
        python.env("NO_COLOR", "1");
    }
    let shown = String::from_utf8(python.output().unwrap().stdout).unwrap();
    assert!(shown.contains("get_db()"), "{shown}");
    shown
}

#[test]
fn a_closed_pipe_does_not_stop_fixes() {
    let place = Place::new();
    for number in 0..400 {
        place.write(&format!("f{number}.py"), LEAK);
    }
    for (command, code) in [("check", 1), ("diff", 1), ("fix", 0)] {
        let mut child = place
            .command(&[command])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{command}: {said}");
        assert!(!said.contains("panic") && !said.contains("pipe"), "{said}");
    }
    assert!((0..400).all(|number| place.read(&format!("f{number}.py")) == FIXED));
}

#[cfg(unix)]
#[test]
fn modes_and_links_stay() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let place = Place::new();
    let path = place.write("deep/a.py", LEAK);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    symlink("deep/a.py", place.path("link.py")).unwrap();
    assert_eq!(place.run(&["fix", "link.py"]).code, 0);
    assert!(
        fs::symlink_metadata(place.path("link.py"))
            .unwrap()
            .is_symlink()
    );
    assert_eq!(place.read("deep/a.py"), FIXED);
    assert_eq!(
        fs::metadata(&path).unwrap().permissions().mode() & 0o777,
        0o755
    );
    assert_eq!(fs::read_dir(place.path("deep")).unwrap().count(), 1);
}
