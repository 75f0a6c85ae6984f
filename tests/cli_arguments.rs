//! What the command line takes and refuses.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::process::Stdio;

use cli_support::Place;

#[test]
fn help_and_version_go_to_standard_output() {
    let place = Place::new();
    let help = place.run(&["--help"]);
    assert_eq!((help.code, help.stderr.as_str()), (0, ""));
    for command in ["check", "diff", "fix", "explain"] {
        assert!(
            help.stdout.contains(&format!("\n  {command} ")),
            "{}",
            help.stdout
        );
    }
    // The commit is looked at in tests/version.rs.
    let version = place.run(&["--version"]);
    assert_eq!((version.code, version.stderr.as_str()), (0, ""));
    let number = concat!("unleak ", env!("CARGO_PKG_VERSION"));
    assert!(version.stdout.starts_with(number), "{}", version.stdout);
    assert_eq!(version.stdout.lines().count(), 1);
    let none = place.run(&[]);
    assert_eq!((none.code, none.stdout.as_str()), (2, ""));
    assert!(none.stderr.contains("Usage: unleak"));
}

#[test]
fn bad_arguments_get_one_line_and_exit_2() {
    let place = Place::new();
    place.write("a.py", "");
    for (arguments, words) in [
        (&["check", "--foo"][..], "unexpected argument '--foo'"),
        (
            &["chekc"],
            "unrecognized subcommand 'chekc'; a similar subcommand exists: 'check'",
        ),
        (&["check", "--select", "UL999"], "unknown rule 'UL999'"),
        (&["check", "--ignore", "leaky"], "unknown rule 'leaky'"),
        (&["explain", "UL999"], "unknown rule 'UL999'"),
        (
            &["check", "--color", "sometimes"],
            "invalid value 'sometimes'",
        ),
        (&["check", "--output-format", "xml"], "invalid value 'xml'"),
        (&["check", "--acquirer", "get_db()"], "not a dotted name"),
        (&["check", "--exclude", "a["], "--exclude 'a['"),
        (&["check", "-", "a.py"], "cannot stand beside other paths"),
        (
            &["check", "a.py", "--stdin-filename", "b.py"],
            "--stdin-filename is for the path '-' only",
        ),
    ] {
        let ran = place.run(arguments);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
        assert!(
            ran.stderr.starts_with("unleak: ") && ran.stderr.contains(words),
            "{}",
            ran.stderr
        );
    }
}

#[test]
fn rules_are_explained_by_code_and_name() {
    let place = Place::new();
    let all = place.run(&["explain"]);
    assert_eq!((all.code, all.stderr.as_str()), (0, ""));
    for rule in unleak::rules::Rule::ALL {
        assert!(all.stdout.contains(rule.code()) && all.stdout.contains(rule.name()));
        let by_code = place.run(&["explain", rule.code()]);
        assert_eq!(by_code.code, 0);
        assert!(by_code.stdout.contains(rule.name()));
        assert_eq!(by_code.stdout, place.run(&["explain", rule.name()]).stdout);
    }
}

#[test]
fn a_clean_run_says_so_in_the_text_format_only() {
    let place = Place::new();
    place.write("a.py", "x = 1\n");
    place.write("b/c.py", "");
    place
        .run(&["check"])
        .is(0, "No leaks found in 2 files\n", "");
    place.run(&["check", "--quiet"]).is(0, "", "");
    place
        .run(&["check", "--output-format", "concise"])
        .is(0, "", "");
    place
        .run(&["check", "--output-format", "json"])
        .is(0, "[]\n", "");
    place
        .run(&["check", "--output-format", "jsonl"])
        .is(0, "", "");
    place
        .run(&["check", "--output-format", "json", "--statistics"])
        .is(0, "[]\n", "");
    place.run(&["diff", "-q"]).is(0, "", "");
    place
        .run(&["fix", "-q", "--exit-non-zero-on-fix"])
        .is(0, "", "");
    assert_eq!(place.read("a.py"), "x = 1\n");
}

#[test]
fn no_files_is_said() {
    Place::new()
        .run(&["check"])
        .is(0, "", "unleak: no Python files there\n");
}

#[test]
fn standard_input_is_read() {
    let place = Place::new();
    place
        .run_with(&["check", "-"], b"x = 1\n")
        .is(0, "No leaks found in 1 file\n", "");
    place
        .run_with(&["diff", "-", "-q"], b"x = 1\n")
        .is(0, "", "");
    let same = b"\xef\xbb\xbf# coding: utf-8\r\nx = '\xc3\xa9'";
    let fixed = place.run_with(&["fix", "-"], same);
    assert_eq!((fixed.code, fixed.bytes.as_slice()), (0, &same[..]));
    assert_eq!(fixed.stderr, "unleak: Nothing to fix in 1 file\n");
    let bad = place.run_with(
        &["fix", "-", "--stdin-filename", "app/a.py"],
        b"x = '\xe9'\n",
    );
    bad.is(2, "", "unleak: app/a.py: not valid UTF-8\n");
}

#[test]
fn a_closed_pipe_is_no_error() {
    let place = Place::new();
    place.write("a.py", "");
    for arguments in [
        &["explain"][..],
        &["check"],
        &["fix"],
        &["diff"],
        &["--help"],
    ] {
        let mut child = place
            .command(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!said.contains("panic") && !said.contains("pipe"), "{said}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let output = Place::new()
        .command(&["explain"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "unleak: standard output: No space left on device\n"
    );
}
