//! `--baseline` and `--diff-base`: a project with leaks that takes on no more of them.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::fs;

use cli_support::{Place, Ran};

const LEAKY: &str = "def first(path):\n    f = open(path)\n    f.read()\n";

const ANOTHER: &str = "\n\ndef second(path):\n    g = open(path)\n    g.read()\n";

const KNOWN: [&str; 3] = ["check", "--baseline", "known.json"];

fn place() -> Place {
    let place = Place::new();
    place.write("app/a.py", LEAKY);
    place
}

fn known(place: &Place, more: &[&str]) -> Ran {
    place.run(&[&KNOWN, more].concat())
}

fn concise(place: &Place, more: &[&str]) -> Ran {
    known(place, &[&["--output-format", "concise"], more].concat())
}

fn written(place: &Place) {
    known(place, &["--write-baseline"]).is(
        0,
        "",
        "unleak: known.json: wrote 1 known finding in 1 file\n",
    );
}

fn with_git() -> Place {
    let place = place();
    git(&place, &["init", "--quiet", "--initial-branch=main"]);
    commit(&place);
    place
}

fn git(place: &Place, arguments: &[&str]) {
    let ran = place.git(arguments, b"");
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
}

fn commit(place: &Place) {
    git(place, &["add", "--all"]);
    let user = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    git(
        place,
        &[&user[..], &["commit", "--quiet", "--message=x"]].concat(),
    );
}

/// Where `check` with `--diff-base REV` sees leaks.
fn changed(place: &Place, revision: &str) -> Vec<String> {
    let ran = place.run(&[
        "check",
        "--output-format=concise",
        "--quiet",
        "--diff-base",
        revision,
    ]);
    assert_eq!(ran.stderr, "");
    assert_eq!(ran.code, i32::from(!ran.stdout.is_empty()));
    let places = ran.stdout.lines().map(|line| {
        let parts: Vec<&str> = line.split(':').take(2).collect();
        parts.join(":")
    });
    places.collect()
}

#[test]
fn what_is_known_does_not_fail() {
    let place = place();
    written(&place);
    assert_eq!(
        place.read("known.json"),
        "{\n  \"version\": 1,\n  \"findings\": [\n    \
         {\"path\":\"app/a.py\",\"function\":\"first\",\"rule\":\"never-released\",\"count\":1}\n  ]\n}\n"
    );
    known(&place, &[]).is(0, "No new leaks found in 1 file (beside 1 known)\n", "");
    known(&place, &["--output-format", "json"]).is(0, "[]\n", "");

    // Neither a moved line nor another place to stand in makes it new.
    place.write("app/a.py", format!("import os\n\n\n{LEAKY}{ANOTHER}"));
    let ran = concise(&place, &["app"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 1));
    assert!(ran.stdout.contains(":10:9: UL001"), "{}", ran.stdout);
    let ran = known(&place, &[]);
    let sums = "Found 1 leak beside 1 known (1 fixable with `unleak fix`)";
    assert_eq!(ran.stdout.lines().last(), Some(sums));
    let folder = place.path("app");
    let ran = place
        .command(&["check", "--quiet", "--baseline", "../known.json"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        said.contains("a.py:10:9") && !said.contains("a.py:5:"),
        "{said}"
    );
}

#[test]
fn one_more_in_the_same_function_is_new() {
    let place = place();
    written(&place);
    place.write(
        "app/a.py",
        format!("{LEAKY}    g = open(path)\n    g.read()\n"),
    );
    let ran = concise(&place, &[]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 1));
    assert!(ran.stdout.contains("`g`"), "{}", ran.stdout);
    assert_eq!(
        ran.stderr,
        "unleak: app/a.py: `first` has 2 of UL001, and 1 known; which are new cannot be told, so the last are reported\n"
    );
}

#[test]
fn what_is_no_longer_needed_is_named_and_taken_out() {
    let place = place();
    place.write("app/b.py", format!("{LEAKY}    h = open(path)\n"));
    place.write("gone.py", LEAKY);
    known(&place, &["--write-baseline"]).is(
        0,
        "",
        "unleak: known.json: wrote 4 known findings in 3 files\n",
    );
    fs::remove_file(place.path("gone.py")).unwrap();
    place.write("app/a.py", "pass\n");
    place.write("app/b.py", LEAKY);
    // A run that looks at one file knows nothing of others that are there.
    let ran = known(&place, &["app/b.py"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.stderr,
        "unleak: known.json: no longer needed: app/b.py: UL001 in `first` (1 of 2)\n\
         unleak: known.json: no longer needed: gone.py: UL001 in `first`\n\
         unleak: known.json: add --write-baseline to `unleak check` with these options and paths to renew it\n"
    );
    assert_eq!(known(&place, &["--quiet"]).stderr, "");
    let ran = known(&place, &["app/b.py", "--write-baseline"]);
    ran.is(
        0,
        "",
        "unleak: known.json: wrote 2 known findings in 2 files\n",
    );
    // Rules that do not take part stay too, and so do files that are not asked for.
    known(&place, &["--ignore", "UL001", "--write-baseline"]).is(
        0,
        "",
        "unleak: known.json: wrote 2 known findings in 2 files\n",
    );
    written(&place);
    assert!(!place.read("known.json").contains("app/a.py"));
    known(&place, &[]).is(0, "No new leaks found in 2 files (beside 1 known)\n", "");
    // What is excluded by now needs no entry.
    let ran = known(&place, &["--exclude", "b.py"]);
    assert!(
        ran.stderr
            .contains("no longer needed: app/b.py: UL001 in `first`\n")
    );
}

#[test]
fn what_could_not_be_looked_at_stays() {
    let place = place();
    written(&place);
    place.write("app/a.py", b"# coding: nonsense\n\xff");
    let ran = known(&place, &["--write-baseline"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(place.read("known.json").contains("app/a.py"));
}

#[test]
fn a_broken_baseline_is_one_line() {
    let place = place();
    known(&place, &[]).is(
        2,
        "",
        "unleak: known.json: no such baseline; --write-baseline makes one\n",
    );
    for text in [
        "",
        "{",
        "[]",
        "<<<<<<< HEAD\n",
        "{\"version\": 9, \"other\": 1}",
        "\u{0}",
        "{\"version\":1,\"findings\":[{\"path\":\"a.py\",\"function\":\"f\",\"rule\":\"UL001\",\"count\":18446744073709551615}]}",
    ] {
        place.write("known.json", text);
        for more in [&[][..], &["--write-baseline"]] {
            let ran = known(&place, more);
            assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{text:?}");
            assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
            let start = "unleak: known.json: broken baseline: ";
            assert!(ran.stderr.starts_with(start), "{}", ran.stderr);
        }
        assert_eq!(place.read("known.json"), text);
    }
}

#[test]
fn an_editor_may_put_a_mark_in_front_of_a_baseline() {
    let place = place();
    written(&place);
    place.write(
        "known.json",
        format!("\u{feff}{}", place.read("known.json")),
    );
    assert_eq!(known(&place, &[]).code, 0);
}

#[test]
fn what_cannot_be_written_is_one_line() {
    let place = place();
    fs::create_dir(place.path("folder")).unwrap();
    let known = place.write("locked.json", "{\"version\":1,\"findings\":[]}");
    let mut permissions = fs::metadata(&known).unwrap().permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&known, permissions).unwrap();
    for (file, said) in [
        ("none/known.json", "No such file or directory"),
        ("folder", "Is a directory"),
        ("locked.json", "cannot be written: "),
    ] {
        let ran = place.run(&["check", "--baseline", file, "--write-baseline"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
    // Nothing is left behind.
    assert_eq!(fs::read_dir(place.root()).unwrap().count(), 3);

    for arguments in [
        &["check", "--write-baseline"][..],
        &["check", "-", "--write-baseline", "--baseline", "x.json"],
        &["check", "-", "--diff-base", "HEAD"],
        &[
            "check",
            "--baseline=x",
            "--write-baseline",
            "--diff-base=HEAD",
        ],
    ] {
        let ran = place.run(arguments);
        assert_eq!(
            (ran.code, ran.stdout.as_str()),
            (2, ""),
            "{arguments:?} {}",
            ran.stderr
        );
        assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
    }
}

#[test]
fn only_changed_lines_count() {
    let place = with_git();
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    place.run(&["check", "--diff-base", "HEAD"]).is(
        0,
        "No new leaks found in 1 file (in changed lines)\n",
        "",
    );

    // In the working tree, then staged, then committed.
    place.write("app/a.py", format!("# moved\n{LEAKY}{ANOTHER}"));
    assert_eq!(changed(&place, "HEAD"), ["app/a.py:8"]);
    git(&place, &["add", "--all"]);
    assert_eq!(changed(&place, "HEAD"), ["app/a.py:8"]);
    commit(&place);
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    assert_eq!(changed(&place, "HEAD~1"), ["app/a.py:8"]);

    // Files git does not know are changed as a whole, ignored ones too where they are named.
    place.write("new name.py", LEAKY);
    assert_eq!(changed(&place, "HEAD"), ["new name.py:2"]);
    place.write(".gitignore", "new*\n");
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    let named = ["check", "-q", "--diff-base", "HEAD", "new name.py"];
    assert_eq!(place.run(&named).code, 1);

    // From a subdirectory, and with the settings of a user who reads diffs in another way.
    for (key, value) in [
        ("diff.noprefix", "true"),
        ("diff.relative", "true"),
        ("diff.external", "false"),
        ("diff.context", "9"),
        ("diff.interHunkContext", "9"),
        ("color.ui", "always"),
    ] {
        git(&place, &["config", key, value]);
    }
    let ran = place
        .command(&["check", "--quiet", "--diff-base", "HEAD~1", "."])
        .current_dir(place.path("app"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        said.contains("a.py:8") && !said.contains("a.py:3:"),
        "{said}"
    );
}

/// Where leaks are seen after each change of a committed file: what is taken out of it (in words of the text), and what
/// takes its place.
fn after(text: &str, changes: &[(&str, &str)]) -> Vec<Vec<String>> {
    let place = with_git();
    place.write("b.py", text);
    commit(&place);
    let seen = changes.iter().map(|(old, new)| {
        assert!(text.contains(old), "{old}");
        place.write("b.py", text.replacen(old, new, 1));
        changed(&place, "HEAD")
    });
    seen.collect()
}

#[test]
fn a_changed_witness_counts_and_so_does_a_lost_release() {
    let released = "def f(path):\n    # 2\n    h = open(path)\n    # 4\n    h.close()\n    # 6\n    return 1\n";
    let seen = after(
        released,
        &[
            ("# 4", "size(h)"),
            ("    h.close()\n    # 6\n", ""),
            // A comment makes no leak.
            ("# 6", "# six"),
        ],
    );
    assert_eq!(seen, [vec!["b.py:3"], vec!["b.py:3"], vec![]]);
}

#[test]
fn a_release_is_lost_wherever_it_stood() {
    let text = "def f(p):\n    x = open(p)\n    y = x.read()\n    x.close()\n    z = y + \"1\"\n    print(z)\n    return z\n";
    let seen = after(
        text,
        &[
            ("    x.close()\n", ""),
            ("x.close()", "print(y)"),
            ("x.close()", "# x.close()"),
            ("    x.close()\n    z = y + \"1\"\n", ""),
        ],
    );
    assert_eq!(seen, vec![["b.py:2"]; 4]);

    // In a `finally` that goes, far behind the path that leaves.
    let text = "def f(p):\n    x = open(p)\n    try:\n        return x.read()\n    except OSError:\n        print(p)\n        print(p)\n    finally:\n        x.close()\n";
    let seen = after(
        text,
        &[
            ("    finally:\n        x.close()\n", ""),
            ("x.close()", "print(p)"),
        ],
    );
    assert_eq!(seen, vec![["b.py:2"]; 2]);

    // At the end of a function, or of a round of a loop.
    let text = "def f(p):\n    x = open(p)\n    x.read()\n    # done\n    x.close()\n\n\ndef g(ps):\n    for p in ps:\n        x = open(p)\n        x.read()\n        print(p)\n        # next\n        x.close()\n    print(ps)\n";
    let seen = after(
        text,
        &[
            ("    x.close()\n", ""),
            ("x.close()", "# x.close()"),
            ("        x.close()\n", ""),
        ],
    );
    assert_eq!(seen, [vec!["b.py:2"], vec!["b.py:2"], vec!["b.py:10"]]);

    // In another method.
    let text = "class A:\n    def __init__(self, p):\n        self.x = open(p)\n        self.y = p\n\n    def close(self):\n        print(1)\n        self.x.close()\n";
    let seen = after(text, &[("        self.x.close()\n", "")]);
    assert_eq!(seen, [["b.py:3"]]);
}

#[test]
fn what_changes_elsewhere_makes_no_leak() {
    let text =
        "def f(p):\n    x = open(p)\n    y = x.read()\n    x.close()\n    print(2)\n    return y\n";
    let seen = after(
        text,
        &[("y = x.read()", "y = x.read(1)"), ("print(2)", "print(3)")],
    );
    assert_eq!(seen, [vec!["b.py:2"], vec![]]);

    let text = "import os\n\n\ndef a():\n    pass\n\n\ndef f(p):\n    print(p)\n    x = open(p)\n    print(x.read())\n    # end\n    return 1\n\n\ndef g(p):\n    pass\n    x = open(p)\n    if x.read():\n        print(1)\n\n\ndef h():\n    return 1\n\n\nclass A:\n    def __init__(self, p):\n        self.x = open(p)\n\n    def y(self):\n        return 1\n";
    let seen = after(
        text,
        &[
            ("import os\n", ""),
            ("def a():\n    pass\n\n\n", ""),
            ("    print(p)\n", ""),
            ("# end", "# the end"),
            ("    # end\n", ""),
            ("    pass\n    x", "    x"),
            ("\n\ndef h():\n    return 1\n", ""),
            ("def h():", "def i():"),
            ("\n    def y(self):\n        return 1\n", ""),
            ("\n\nclass A", "\n\nB = 1\n\n\nclass A"),
        ],
    );
    assert_eq!(seen, vec![Vec::<String>::new(); 10]);
}

#[test]
fn what_others_did_since_then_is_not_ours() {
    let place = with_git();
    git(&place, &["checkout", "--quiet", "-b", "ours"]);
    place.write("ours.py", LEAKY);
    commit(&place);
    git(&place, &["checkout", "--quiet", "main"]);
    place.write("app/a.py", "pass\n");
    commit(&place);
    git(&place, &["checkout", "--quiet", "ours"]);
    // `main` no longer has the leak that `ours` still has; it is old all the same.
    assert_eq!(changed(&place, "main"), ["ours.py:2"]);
    // Moving a file changes none of its lines.
    git(&place, &["mv", "app/a.py", "moved.py"]);
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
}

#[test]
fn both_together() {
    let place = with_git();
    written(&place);
    let sums = |text: String| {
        place.write("app/a.py", text);
        let ran = known(&place, &["--diff-base", "HEAD"]);
        assert_eq!(ran.code, 1);
        ran.stdout.lines().last().unwrap().to_string()
    };
    assert_eq!(
        sums(format!("{LEAKY}{ANOTHER}")),
        "Found 1 leak in changed lines, beside 0 known (1 fixable with `unleak fix`)"
    );
    let touched = LEAKY.replace("f = open(path)", "f  = open(path)");
    assert_eq!(
        sums(format!("{touched}{ANOTHER}")),
        "Found 1 leak in changed lines, beside 1 known (1 fixable with `unleak fix`)"
    );
}

#[test]
fn without_git_it_says_so_in_one_line() {
    let place = place();
    let asked = ["check", "--diff-base", "nonsense"];
    let none = place
        .command(&asked)
        .env("GIT_CEILING_DIRECTORIES", place.root().parent().unwrap())
        .output()
        .unwrap();
    let none = String::from_utf8_lossy(&none.stderr).into_owned();
    assert!(none.contains("not a git repository"), "{none}");
    assert_eq!(none.lines().count(), 1, "{none}");

    let place = with_git();
    place.run(&asked).is(
        2,
        "",
        "unleak: --diff-base: git knows no commit 'nonsense'\n",
    );
    let missing = place.command(&asked).env("PATH", "/none").output().unwrap();
    assert_eq!(missing.status.code(), Some(2));
    assert_eq!(
        String::from_utf8_lossy(&missing.stderr),
        "unleak: --diff-base needs git, which is not there\n"
    );
    assert_eq!(missing.stdout, b"");
    let strangers = ["checkout", "--quiet", "--orphan", "strangers"];
    git(&place, &strangers);
    place.write("app/a.py", ANOTHER);
    commit(&place);
    let ran = place.run(&["check", "--diff-base", "main"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("no common commit"), "{}", ran.stderr);
}

#[test]
fn everything_may_be_gone() {
    let place = place();
    written(&place);
    fs::remove_dir_all(place.path("app")).unwrap();
    let ran = known(&place, &[]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    let stale = "unleak: known.json: no longer needed: app/a.py: UL001 in `first`\n";
    assert!(ran.stderr.contains(stale), "{}", ran.stderr);
    known(&place, &["--write-baseline"]);
    assert!(!place.read("known.json").contains("app/a.py"));
}

#[cfg(unix)]
#[test]
fn names_need_not_be_text() {
    use std::os::unix::ffi::OsStrExt;
    let place = place();
    for name in [&b"caf\xe9.py"[..], b"caf\xff.py", b"back\\slash.py"] {
        let path = place.root().join(std::ffi::OsStr::from_bytes(name));
        fs::write(path, LEAKY).unwrap();
    }
    let ran = known(&place, &["--write-baseline"]);
    assert!(
        ran.stderr.contains("wrote 4 known findings in 4 files"),
        "{}",
        ran.stderr
    );
    known(&place, &[]).is(0, "No new leaks found in 4 files (beside 4 known)\n", "");
    // They are there, so a run that does not look at them says nothing of them.
    known(&place, &["app"]).is(0, "No new leaks found in 1 file (beside 1 known)\n", "");
    fs::remove_file(
        place
            .root()
            .join(std::ffi::OsStr::from_bytes(b"caf\xe9.py")),
    )
    .unwrap();
    let ran = known(&place, &["app"]);
    let stale = "no longer needed: caf\\xE9.py: UL001 in `first`\n";
    assert!(ran.stderr.contains(stale), "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("no longer needed").count(), 1);
}

#[cfg(unix)]
#[test]
fn what_lies_in_a_locked_directory_stays() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    place.write("b.py", LEAKY);
    known(&place, &["--write-baseline"]);
    let lock = |mode| {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(place.path("app"), permissions).unwrap();
    };
    lock(0o000);
    let ran = place.run_as_nobody(&[&KNOWN[..], &["b.py"]].concat());
    lock(0o755);
    ran.is(0, "No new leaks found in 1 file (beside 1 known)\n", "");
}

#[cfg(unix)]
#[test]
fn links_are_the_files_behind_them() {
    let place = place();
    written(&place);
    std::os::unix::fs::symlink(place.path("app"), place.path("link")).unwrap();
    known(&place, &["link"]).is(0, "No new leaks found in 1 file (beside 1 known)\n", "");
    let place = with_git();
    std::os::unix::fs::symlink(place.path("app"), place.path("link")).unwrap();
    place.write("app/a.py", format!("{LEAKY}{ANOTHER}"));
    let ran = place.run(&[
        "check",
        "--output-format=concise",
        "--diff-base=HEAD",
        "link/a.py",
    ]);
    assert!(ran.stdout.starts_with("link/a.py:7:9: "), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
}

#[test]
fn a_moved_file_is_new_to_the_baseline() {
    let place = place();
    written(&place);
    fs::rename(place.path("app/a.py"), place.path("app/b.py")).unwrap();
    let ran = concise(&place, &[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout.starts_with("app/b.py:2:9: UL001"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr
            .contains("no longer needed: app/a.py: UL001 in `first`\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_is_piped_is_known_by_its_name() {
    let place = place();
    written(&place);
    let arguments = [&KNOWN[..], &["--stdin-filename", "app/a.py", "-"]].concat();
    place.run_with(&arguments, LEAKY.as_bytes()).is(
        0,
        "No new leaks found in 1 file (beside 1 known)\n",
        "",
    );
    let ran = place.run_with(&arguments, format!("{LEAKY}{ANOTHER}").as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.contains("app/a.py:7:9"), "{}", ran.stdout);
}

#[test]
fn line_ends_are_no_change() {
    let place = with_git();
    let crlf = |text: &str| text.replace('\n', "\r\n");
    place.write("app/a.py", crlf(LEAKY));
    commit(&place);
    place.write("app/a.py", crlf(&format!("{LEAKY}{ANOTHER}")));
    assert_eq!(changed(&place, "HEAD"), ["app/a.py:7"]);
    git(&place, &["config", "core.autocrlf", "true"]);
    place.write("b.py", LEAKY);
    git(&place, &["add", "--all"]);
    commit(&place);
    place.write("b.py", crlf(LEAKY));
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
}

/// A repository of its own in the directory `name`, with a file that leaks, committed.
fn nested(place: &Place, name: &str) {
    place.write(&format!("{name}/a.py"), LEAKY);
    git(place, &["init", "--quiet", name]);
    inside(place, name, &["add", "--all"]);
    inside(place, name, &["commit", "--quiet", "--message=x"]);
}

fn inside(place: &Place, name: &str, arguments: &[&str]) {
    let user = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    git(place, &[&["-C", name], &user[..], arguments].concat());
}

#[test]
fn each_file_is_judged_by_its_own_repository() {
    let place = with_git();
    nested(&place, "sub");
    nested(&place, "vend");
    let named = |name: &str| {
        let ran = place.run(&["check", "--quiet", "--diff-base=HEAD", name]);
        assert_eq!(ran.stderr, "");
        ran.stdout.matches("UL001").count()
    };
    // Known to the repository around it or not, named or found.
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    git(
        &place,
        &["-c", "advice.addEmbeddedRepo=false", "add", "sub"],
    );
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    assert_eq!((named("sub"), named("vend")), (0, 0));
    for name in ["sub", "vend"] {
        place.write(&format!("{name}/a.py"), format!("{LEAKY}{ANOTHER}"));
    }
    assert_eq!(changed(&place, "HEAD"), ["sub/a.py:7", "vend/a.py:7"]);
    assert_eq!((named("sub"), named("vend")), (1, 1));
}

#[test]
fn a_commit_that_only_the_outer_repository_knows() {
    let place = with_git();
    nested(&place, "sub");
    git(
        &place,
        &["-c", "advice.addEmbeddedRepo=false", "add", "sub"],
    );
    commit(&place);
    git(&place, &["tag", "outer"]);
    place.write("sub/a.py", format!("{LEAKY}{ANOTHER}"));
    inside(
        &place,
        "sub",
        &["commit", "--quiet", "--all", "--message=y"],
    );
    // The submodule's changes are those since the commit that was recorded then.
    assert_eq!(changed(&place, "outer"), ["sub/a.py:7"]);
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    let ran = place.run(&["check", "--quiet", "--diff-base=outer", "sub"]);
    assert_eq!(ran.stdout.matches("UL001").count(), 1, "{}", ran.stderr);

    // Of another repository nothing is recorded.
    git(&place, &["rm", "--quiet", "--cached", "sub"]);
    nested(&place, "vend");
    let said = "--diff-base: git knows no commit 'outer' in vend";
    let ran = place.run(&["check", "--diff-base=outer", "vend"]);
    ran.is(2, "", &format!("unleak: {said}\n"));
    let ran = place.run(&[
        "check",
        "--quiet",
        "--diff-base=outer",
        "app",
        "vend/../vend",
    ]);
    assert_eq!(ran.code, 2);
    let ran = place.run(&["check", "--quiet", "--diff-base=outer"]);
    assert_eq!((ran.code, ran.stdout.matches("vend").count()), (2, 0));
    assert_eq!(ran.stderr, format!("unleak: vend/a.py: {said}\n"));
}

#[test]
fn lines_are_counted_as_git_counts_them() {
    let place = with_git();
    let text = "s = \"a\"\r\nt = 1\rdef f(p):\r\n    x = open(p)\r\n    return x.read()\r\n";
    place.write("b.py", text);
    commit(&place);
    place.write("b.py", text.replace("\"a\"", "\"b\""));
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    place.write("b.py", format!("{text}\r\n\r\nu = 1\r\n"));
    assert_eq!(changed(&place, "HEAD"), [""; 0]);
    place.write("b.py", text.replace("open(p)", "open( p)"));
    assert_eq!(changed(&place, "HEAD"), ["b.py:4"]);
    place.write("b.py", text.replace("x.read()", "x.read(1)"));
    assert_eq!(changed(&place, "HEAD"), ["b.py:4"]);
}

#[test]
fn a_hook_of_git_is_no_hindrance() {
    let place = with_git();
    place.write("app/a.py", format!("{LEAKY}{ANOTHER}"));
    let ran = place
        .command(&[
            "check",
            "--quiet",
            "--output-format=concise",
            "--diff-base=HEAD",
            "app",
        ])
        .env("GIT_DIR", place.path(".git"))
        .env("GIT_INDEX_FILE", ".git/index")
        .env("GIT_PREFIX", "app/")
        .output()
        .unwrap();
    let ran = Ran::from(ran);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(ran.stdout.starts_with("app/a.py:7:9: "), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
}
