//! `unleak fix` as it is used every day: held back by git, interrupted, counted, and on trees that cannot be written.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/fixing.rs"]
mod start;

use std::fs;
use std::process::Command;

use cli_support::{Place, Ran};
use start::*;

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
fn files_that_git_does_not_look_at_are_not_changed() {
    for flag in ["--skip-worktree", "--assume-unchanged"] {
        let place = repository();
        place.write("a.py", LEAK);
        commit(&place);
        place
            .git(&["update-index", flag, "a.py"], b"")
            .is(0, "", "");
        let changed = format!("{LEAK}x = 1\n");
        place.write("a.py", &changed);
        let ran = place.run(&["fix", "--require-clean"]);
        assert_eq!((ran.code, place.read("a.py")), (2, changed), "{flag}");
        let why = "unleak: a.py: git is told not to look whether it changes\n";
        assert!(ran.stderr.starts_with(why), "{}", ran.stderr);
    }
}

#[test]
fn a_file_is_named_once() {
    let place = repository();
    place.write("a.py", LEAK);
    commit(&place);
    place
        .git(&["rm", "--quiet", "--cached", "a.py"], b"")
        .is(0, "", "");
    let ran = place.run(&["fix", "--require-clean"]);
    assert_eq!((ran.code, place.read("a.py").as_str()), (2, LEAK));
    assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
    assert!(
        ran.stderr.contains("of 1 file to change, 1 differs"),
        "{}",
        ran.stderr
    );
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

/// What git tells its hooks is about the repository of the hook.
#[test]
fn a_hook_of_another_repository_is_no_hindrance() {
    let (place, other) = (repository(), repository());
    place.write("a.py", LEAK);
    commit(&place);
    let ran: Ran = place
        .command(&["fix", "--require-clean"])
        .env("GIT_DIR", other.path(".git"))
        .env("GIT_WORK_TREE", other.root())
        .env("GIT_INDEX_FILE", other.path(".git/index"))
        .output()
        .unwrap()
        .into();
    ran.is(0, "Fixed 1 leak in 1 file\n", "");
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
        "[tool.unleak]\nextend-exclude = [\"made.py\"]\n",
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
    place.write("app/made.py", "");
    place.write(".tox/e.py", "");
    place.write("gen/made.py", "");
    place.write("gen/kept.py", "");
    place.write("script.py", "");
    place.write("venv/v.py", "");
    place.write(".gitignore", "gen/*\n!gen/kept.py\n");
    let ran = place.run(&["check", "app/use.py", "script.py", "-v"]);
    assert_eq!(
        ran.stderr,
        "unleak: app/use.py: read with app/pyproject.toml\n\
         unleak: script.py: read without a configuration\n\
              unleak: app/lib/db.py: read for what it defines\n"
    );
    let ran = place.run(&["fix", "--verbose", "--exclude", "lib"]);
    assert_eq!(
        ran.stderr.lines().take(6).collect::<Vec<_>>(),
        [
            "unleak: .tox: left out: .tox is hidden or a virtual environment",
            "unleak: app/lib: left out: --exclude says so",
            "unleak: app/made.py: left out: extend-exclude of app/pyproject.toml has \"made.py\"",
            "unleak: gen/made.py: left out: .gitignore has `gen/*`",
            "unleak: venv: left out: the default of exclude has \"venv\"",
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
