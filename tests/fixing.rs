//! `unleak fix` as it is used every day: asked about, held back by git, counted, and on trees that cannot be written.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use cli_support::{Place, Ran};

/// UL002 with a safe fix.
const LEAK: &str = "def f():\n    session = get_db()\n    session.run(1)\n    session.close()\n";
const FIXED: &str = "def f():\n    with get_db() as session:\n        session.run(1)\n";

/// Two leaks in functions of their own.
const TWO: &str = "\
def first(path):
    one = open(path)
    return one.read()


def second(path):
    two = open(path)
    return two.read()
";
const FIRST_FIXED: &str = "\
def first(path):
    with open(path) as one:
        return one.read()


def second(path):
    two = open(path)
    return two.read()
";
const SECOND_FIXED: &str = "\
def first(path):
    one = open(path)
    return one.read()


def second(path):
    with open(path) as two:
        return two.read()
";
const BOTH_FIXED: &str = "\
def first(path):
    with open(path) as one:
        return one.read()


def second(path):
    with open(path) as two:
        return two.read()
";

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

/// The names in a directory: nothing temporary may be among them.
fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.root()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn repository() -> Place {
    let place = Place::new();
    place.git(&["init", "-q"], b"").is(0, "", "");
    for (key, value) in [("user.name", "a"), ("user.email", "a@example.org")] {
        place.git(&["config", key, value], b"").is(0, "", "");
    }
    place
}

fn commit(place: &Place) {
    place.git(&["add", "-A"], b"").is(0, "", "");
    let ran = place.git(&["commit", "-q", "-m", "c"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
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

/// Without questions, too: many files, told to stop at different moments.
#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_leaves_whole_files_only() {
    const FILES: usize = 300;
    // Who runs the tests in the background may have the signal ignored.
    let script = "import os, signal, sys\n\
                  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):\n    \
                      signal.signal(number, signal.SIG_DFL)\n\
                  os.execv(sys.argv[1], sys.argv[1:])";
    let mut stopped = 0;
    for begun in [1, 40, 100, 200] {
        let place = Place::new();
        let name = |number: usize| format!("f{number}.py");
        for number in 0..FILES {
            place.write(&name(number), LEAK);
        }
        let mut child = Command::new("python3")
            .args(["-c", script, env!("CARGO_BIN_EXE_unleak"), "fix", "-q"])
            .current_dir(place.root())
            .spawn()
            .unwrap();
        let fixed = || {
            let numbers = 0..FILES;
            numbers
                .filter(|number| place.read(&name(*number)) == FIXED)
                .count()
        };
        while fixed() < begun && child.try_wait().unwrap().is_none() {}
        let id = child.id().to_string();
        // It may have ended by now.
        let _ = Command::new("kill").args(["-INT", &id]).output().unwrap();
        let status = child.wait().unwrap();
        assert!(matches!(status.code(), Some(0 | 130)), "{status:?}");
        stopped += usize::from(status.code() == Some(130));
        for number in 0..FILES {
            let text = place.read(&name(number));
            assert!(text == LEAK || text == FIXED, "{text}");
        }
        assert_eq!(names(&place).len(), FILES, "{:?}", names(&place));
    }
    assert!(stopped > 0, "no run was stopped in time");
}

#[test]
fn other_keys_get_help() {
    let place = Place::new();
    place.write("a.py", LEAK);
    let ran = converse(
        &place,
        &["fix", "--interactive"],
        &["\r", "what\r", "?\r", "yes\r"],
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

#[test]
fn files_that_differ_from_head_hold_everything_back() {
    let place = repository();
    for name in [
        "a.py",
        "my dir/modified.py",
        "staged.py",
        "both.py",
        "same.py",
    ] {
        place.write(name, LEAK);
    }
    place.write("other.py", "x = 1\n");
    place.write(".gitignore", "/ignored/\n");
    commit(&place);
    let changed = format!("{LEAK}\nx = 1\n");
    place.write("my dir/modified.py", &changed);
    place.write("staged.py", &changed);
    place.write("both.py", &changed);
    place
        .git(&["add", "staged.py", "both.py"], b"")
        .is(0, "", "");
    place.write("both.py", format!("{changed}y = 2\n"));
    place.write("new/untracked.py", LEAK);
    place.write("ignored/i.py", LEAK);
    // What would not be changed may be as it is.
    place.write("other.py", "x = 2\n");
    let index = fs::read(place.path(".git/index")).unwrap();
    let diff = place.run(&["diff", ".", "ignored/i.py"]);
    let ran = place.run(&["fix", "--require-clean", ".", "ignored/i.py"]);
    ran.is(
        2,
        &diff.stdout,
        "unleak: both.py: staged and modified since git's HEAD\n\
         unleak: ignored/i.py: ignored by git\n\
         unleak: my dir/modified.py: modified since git's HEAD\n\
         unleak: new/untracked.py: not known to git\n\
         unleak: staged.py: staged, and not as in git's HEAD\n\
         unleak: nothing is written: of 7 files to change, 5 differ from git's HEAD (--require-clean); \
         the diff is on standard output\n",
    );
    assert_eq!(
        diff.stdout.matches("\n+++ b/").count(),
        7,
        "{}",
        diff.stdout
    );
    assert_eq!(place.read("a.py"), LEAK);
    assert_eq!(place.read("my dir/modified.py"), changed);
    assert_eq!(fs::read(place.path(".git/index")).unwrap(), index);
    // From a directory below, and with files that are as in HEAD only.
    let mut below = place.command(&["fix", "--require-clean", "../same.py"]);
    fs::create_dir(place.path("sub")).unwrap();
    let ran: Ran = below
        .current_dir(place.path("sub"))
        .output()
        .unwrap()
        .into();
    ran.is(0, "Fixed 1 leak in 1 file\n", "");
    assert_eq!(place.read("same.py"), FIXED);
}

#[test]
fn clean_files_are_fixed_and_git_can_take_it_back() {
    let place = repository();
    place.write("a.py", TWO);
    place.write(
        "b.py",
        "def f(path):\n    handle = open(path)\n    return handle\n",
    );
    commit(&place);
    let diff = place.run(&["diff", "-q"]);
    let ran = place.run(&["fix", "--require-clean", "--show-fixes"]);
    assert_eq!(ran.stderr, "");
    assert!(
        ran.stdout
            .ends_with("a.py:\n    2 x UL001 never-released\nFixed 2 leaks in 1 file\n"),
        "{}",
        ran.stdout
    );
    assert_eq!((ran.code, place.read("a.py").as_str()), (0, BOTH_FIXED));
    let by_git = place.git(&["diff", "--stat"], b"");
    assert!(by_git.stdout.contains(" a.py | "), "{}", by_git.stdout);
    place.git(&["checkout", "-q", "."], b"").is(0, "", "");
    place.git(&["apply"], &diff.bytes).is(0, "", "");
    assert_eq!(place.read("a.py"), BOTH_FIXED);
    // Fixed already: it differs from HEAD, but nothing would be changed.
    place
        .run(&["fix", "--require-clean"])
        .is(0, "Nothing to fix in 2 files\n", "");
}

#[test]
fn without_git_nothing_is_written() {
    let place = Place::new();
    place.write("a.py", LEAK);
    let run = |configure: &dyn Fn(&mut Command)| {
        let mut command = place.command(&["fix", "--require-clean"]);
        configure(&mut command);
        let ran: Ran = command.output().unwrap().into();
        assert_eq!(place.read("a.py"), LEAK);
        ran
    };
    run(&|_| ()).is(
        2,
        "",
        "unleak: .: in no git repository, which --require-clean needs\n",
    );
    place.git(&["init", "-q"], b"").is(0, "", "");
    run(&|command| {
        command.env("PATH", place.path("nowhere"));
    })
    .is(
        2,
        "",
        "unleak: git is not there, which --require-clean needs\n",
    );
    fs::write(place.path(".git/HEAD"), "nonsense\n").unwrap();
    let broken = run(&|_| ());
    assert_eq!((broken.code, broken.stdout.as_str()), (2, ""));
    assert!(
        broken.stderr.starts_with("unleak: git: fatal: ") && broken.stderr.lines().count() == 1,
        "{}",
        broken.stderr
    );
    let both = place.run(&["fix", "--require-clean", "--interactive"]);
    assert_eq!(
        (both.code, both.stderr.lines().count()),
        (2, 1),
        "{}",
        both.stderr
    );
}

#[test]
fn what_was_fixed_is_listed_on_request() {
    let place = Place::new();
    place.write("app/a.py", TWO);
    let style = "\n\ndef g():\n    s = open('x')\n    try:\n        print(s.read())\n    finally:\n        s.close()\n";
    place.write("b.py", format!("{LEAK}{style}"));
    let listed = "app/a.py:\n    2 x UL001 never-released\n\
                  b.py:\n    1 x UL002 release-not-guaranteed\n    1 x UL003 manual-release\n";
    let sums = "Fixed 3 leaks and 1 style finding in 2 files\n";
    let copy = || {
        let other = Place::new();
        other.write("app/a.py", place.read("app/a.py"));
        other.write("b.py", place.read("b.py"));
        other
    };
    copy()
        .run(&["fix", "--show-fixes"])
        .is(0, &format!("{listed}{sums}"), "");
    copy().run(&["fix", "--show-fixes", "-q"]).is(0, "", "");
    let as_notes: String = listed
        .lines()
        .map(|line| format!("unleak: {line}\n"))
        .collect();
    copy()
        .run(&["fix", "--show-fixes", "--output-format", "json"])
        .is(0, "[]\n", &as_notes);
    copy().run(&["fix", "--statistics"]).is(
        0,
        &format!(
            "fixed  left\n    2     0  UL001  never-released\n    1     0  UL002  release-not-guaranteed\n    \
             1     0  UL003  manual-release\n{sums}"
        ),
        "",
    );
    copy()
        .run(&[
            "fix",
            "--statistics",
            "--output-format",
            "jsonl",
            "--select",
            "UL003",
            "--exit-non-zero-on-fix",
        ])
        .is(
            1,
            "{\"code\":\"UL003\",\"rule\":\"manual-release\",\"fixed\":1,\"remaining\":0}\n",
            "",
        );
    let piped = place.run_with(
        &["fix", "-", "--show-fixes", "--statistics"],
        LEAK.as_bytes(),
    );
    piped.is(
        0,
        FIXED,
        "unleak: fixed  left\nunleak:     1     0  UL002  release-not-guaranteed\nunleak: -:\n\
         unleak:     1 x UL002 release-not-guaranteed\nunleak: Fixed 1 leak in 1 file\n",
    );
}

#[test]
fn what_is_read_and_left_out_is_said_on_request() {
    let place = Place::new();
    place.write(
        "app/pyproject.toml",
        "[tool.unleak]\ncontext = \"native\"\n",
    );
    place.write(
        "app/use.py",
        "from lib.db import connect\n\n\ndef f():\n    c = connect()\n    c.close()\n",
    );
    place.write("app/lib/__init__.py", "");
    place.write(
        "app/lib/db.py",
        "import sqlite3\n\n\ndef connect():\n    return sqlite3.connect('x')\n",
    );
    place.write("gen/made.py", "");
    place.write("script.py", "");
    place.write("venv/v.py", "");
    place.write(".gitignore", "gen/\n");
    let ran = place.run(&["check", "app/use.py", "script.py", "-v"]);
    assert_eq!(
        ran.stderr,
        "unleak: app/use.py: read with app/pyproject.toml\n\
         unleak: script.py: read without a configuration\n\
              unleak: app/lib/db.py: read for what it defines\n"
    );
    let ran = place.run(&["fix", "--verbose", "--exclude", "lib"]);
    assert_eq!(
        ran.stderr.lines().take(4).collect::<Vec<_>>(),
        [
            "unleak: app/lib: left out by --exclude",
            "unleak: gen: left out by `gen/` in .gitignore",
            "unleak: venv: left out: not the project's own code",
            "unleak: app/use.py: read with app/pyproject.toml",
        ],
        "{}",
        ran.stderr
    );
    let both = place.run(&["fix", "-v", "-q"]);
    assert_eq!(
        (both.code, both.stderr.lines().count()),
        (2, 1),
        "{}",
        both.stderr
    );
}

#[test]
fn after_a_large_run_git_blame_is_thought_of() {
    let place = repository();
    for number in 0..20 {
        place.write(&format!("f{number}.py"), LEAK);
    }
    commit(&place);
    let ran = place.run(&["fix"]);
    assert_eq!(ran.stdout, "Fixed 20 leaks in 20 files\n");
    let lines: Vec<&str> = ran.stderr.lines().collect();
    assert_eq!(lines.len(), 2, "{}", ran.stderr);
    assert!(lines[0].starts_with("unleak: note: 20 files were changed; "));
    // What the notes tell to do works: the lines are again of who wrote them.
    commit(&place);
    for line in lines {
        let told = line.split('`').nth(1).unwrap();
        let mut shell = Command::new("sh");
        shell.args(["-c", told]).current_dir(place.root());
        assert!(shell.status().unwrap().success(), "{told}");
    }
    let ignored = place.read(".git-blame-ignore-revs");
    assert!(ignored.starts_with("# unleak fix\n"), "{ignored}");
    let fix = place.git(&["rev-parse", "HEAD"], b"").stdout;
    let blame = place.git(&["blame", "-l", "-s", "f0.py"], b"");
    assert_eq!(
        (blame.code, blame.stdout.lines().count()),
        (0, 3),
        "{}",
        blame.stderr
    );
    assert!(!blame.stdout.contains(fix.trim()), "{}", blame.stdout);
    // Fewer files, no repository, or quiet: nothing is said.
    place.write("f0.py", LEAK);
    place.run(&["fix"]).is(0, "Fixed 1 leak in 1 file\n", "");
    let alone = Place::new();
    for number in 0..20 {
        alone.write(&format!("f{number}.py"), LEAK);
    }
    alone
        .run(&["fix"])
        .is(0, "Fixed 20 leaks in 20 files\n", "");
}

#[test]
fn the_projects_formatter_is_named_and_not_run() {
    for (settings, text, formatter) in [
        ("pyproject.toml", "[tool.black]\n", "black"),
        (
            "pyproject.toml",
            "[tool.ruff.format]\nquote-style = \"single\"\n",
            "ruff format",
        ),
        ("ruff.toml", "[format]\n", "ruff format"),
        (
            ".pre-commit-config.yaml",
            "repos:\n- repo: x\n  hooks:\n  - id: ruff-format\n",
            "ruff format",
        ),
    ] {
        let place = Place::new();
        place.write(settings, text);
        place.write("app/a.py", LEAK);
        let note = format!(
            "unleak: note: {settings} sets up {formatter}; run it on what was changed, unleak does not\n"
        );
        place.run(&["fix"]).is(0, "Fixed 1 leak in 1 file\n", &note);
        assert_eq!(place.read("app/a.py"), FIXED);
        // Nothing changed, nothing to format.
        place.run(&["fix"]).is(0, "Nothing to fix in 1 file\n", "");
        place.write("app/a.py", LEAK);
        place.run(&["fix", "-q"]).is(0, "", "");
    }
    let place = Place::new();
    place.write("pyproject.toml", "[tool.ruff]\nline-length = 100\n");
    place.write("a.py", LEAK);
    place.run(&["fix"]).is(0, "Fixed 1 leak in 1 file\n", "");
}

#[cfg(unix)]
#[test]
fn what_cannot_be_written_is_named_and_the_rest_is_done() {
    use std::os::unix::fs::PermissionsExt;
    let mode = |place: &Place, name: &str, mode: u32| {
        fs::set_permissions(place.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    for flags in [&[][..], &["--require-clean"]] {
        let place = repository();
        for name in ["a.py", "folder/b.py", "file.py", "z.py"] {
            place.write(name, LEAK);
        }
        commit(&place);
        mode(&place, "folder", 0o555);
        mode(&place, "file.py", 0o444);
        let ran = place.run_as_nobody(&[&["fix"][..], flags].concat());
        mode(&place, "folder", 0o755);
        ran.is(
            2,
            "Fixed 2 leaks in 2 files\n",
            "unleak: file.py: cannot be written: Permission denied\n\
             unleak: folder/b.py: cannot write a temporary file beside it: Permission denied\n",
        );
        assert_eq!(place.read("a.py"), FIXED);
        assert_eq!(place.read("z.py"), FIXED);
        assert_eq!(place.read("file.py"), LEAK);
        assert_eq!(place.read("folder/b.py"), LEAK);
        assert_eq!(names(&place), [".git", "a.py", "file.py", "folder", "z.py"]);
        assert_eq!(fs::read_dir(place.path("folder")).unwrap().count(), 1);
    }
}
