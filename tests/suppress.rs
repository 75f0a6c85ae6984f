//! Comments that suppress findings, as a user meets them: through every command, and written by `--add-ignores`.
#![allow(clippy::unwrap_used)]

mod cli_support;

use cli_support::Place;

/// UL001 in line 2.
const LEAK: &str = "def f(path):\n    a = open(path)\n    return a.read()\n";

/// The codes that `check` finds in a text, with their lines: `2:UL001`.
fn found(text: &str, arguments: &[&str]) -> Vec<String> {
    let place = Place::new();
    place.write("a.py", text);
    let ran = place.run(&[&["check", "--output-format", "concise"], arguments].concat());
    assert_ne!(ran.code, 2, "{}", ran.stderr);
    let line = |line: &str| {
        let mut parts = line.split(':').skip(1);
        let number = parts.next().unwrap().to_owned();
        let code = parts.nth(1).unwrap().split_whitespace().next().unwrap();
        format!("{number}:{code}")
    };
    ran.stdout.lines().map(line).collect()
}

/// `LEAK` with a comment behind its acquisition.
fn behind(comment: &str) -> String {
    LEAK.replace("open(path)", &format!("open(path)  {comment}"))
}

#[test]
fn a_comment_on_the_line_suppresses_what_it_names() {
    assert_eq!(found(LEAK, &[]), ["2:UL001"]);
    for comment in [
        "# unleak: ignore",
        "# unleak: ignore[UL001] the process ends here",
        "# unleak: ignore[UL003, never-released]",
        "# unleak: ignore[UL0]",
        "# type: ignore # unleak: ignore[all]",
        "# noqa",
        "# NOQA:E501,UL001",
    ] {
        assert_eq!(found(&behind(comment), &[]), [""; 0], "{comment}");
    }
    for comment in [
        "# unleak: ignore[UL002]",
        "# noqa: E501",
        "# noqa: UL002",
        "# an unleak: ignore",
    ] {
        assert_eq!(found(&behind(comment), &[]), ["2:UL001"], "{comment}");
    }
    let string = LEAK.replace("open(path)", "open(path, '# unleak: ignore')");
    assert_eq!(found(&string, &[]), ["2:UL001"]);
}

#[test]
fn a_comment_of_its_own_is_about_the_next_logical_line() {
    let above = |comment: &str| LEAK.replace("    a =", &format!("    {comment}\n    a ="));
    assert_eq!(found(&above("# unleak: ignore[UL001]"), &[]), [""; 0]);
    assert_eq!(found(&above("# unleak: ignore\n    # why"), &[]), [""; 0]);
    assert_eq!(found(&above("# unleak: ignore\n"), &[]), ["4:UL001"]);
    assert_eq!(found(&above("# noqa"), &[]), ["3:UL001"]);
    // Of a function the header alone.
    assert_eq!(
        found(&format!("# unleak: ignore\n{LEAK}"), &[]),
        ["3:UL001"]
    );
    let several = LEAK.replace("open(path)", "open(\n        path,\n    )");
    let several = several.replace("    a =", "    # unleak: ignore\n    a =");
    assert_eq!(found(&several, &[]), [""; 0]);
}

#[test]
fn a_file_is_suppressed_by_its_head_only() {
    let first = format!("#!/usr/bin/python\n# unleak: ignore-file[UL001] a script\nx = 1\n{LEAK}");
    assert_eq!(found(&first, &[]), [""; 0]);
    let docstring = format!("'''Words.'''\n# unleak: ignore-file\n{LEAK}");
    assert_eq!(found(&docstring, &[]), [""; 0]);
    let place = Place::new();
    place.write("a.py", format!("x = 1\n# unleak: ignore-file\n{LEAK}"));
    let ran = place.run(&["check", "--output-format", "concise"]);
    assert_eq!((ran.code, ran.stdout.lines().count()), (1, 1));
    assert_eq!(
        ran.stderr,
        "unleak: a.py: line 2: `# unleak: ignore-file`: it is about a file only on a line of its own, with nothing but imports above it\n"
    );
}

#[test]
fn what_is_malformed_is_named_and_suppresses_nothing() {
    for (comment, why) in [
        ("# unleak: ignore[ULX]", "unknown rule 'ULX'"),
        ("# unleak: ignore[UL001 why", "its bracket is not closed"),
        (
            "# unleak: ignore UL001",
            "rules stand in brackets, `ignore[UL001]`",
        ),
    ] {
        let place = Place::new();
        place.write("a.py", behind(comment));
        let ran = place.run(&["check", "--output-format", "concise"]);
        assert_eq!((ran.code, ran.stdout.lines().count()), (1, 1), "{comment}");
        let expected = format!("unleak: a.py: line 2: `{comment}`: {why}\n");
        assert_eq!(ran.stderr, expected);
    }
    // Also where nothing could leak.
    let place = Place::new();
    place.write("a.py", "x = 1  # unleak: ignored\n");
    let ran = place.run(&["check", "--quiet"]);
    ran.is(0, "", "");
    assert!(
        place
            .run(&["check"])
            .stderr
            .contains("line 1: `# unleak: ignored`")
    );
}

#[test]
fn no_command_touches_what_is_suppressed() {
    let text = format!(
        "{}\n\n{}",
        behind("# unleak: ignore"),
        LEAK.replace("f(", "g(")
    );
    let place = Place::new();
    place.write("a.py", &text);
    let diff = place.run(&["diff"]);
    assert_eq!(diff.code, 1);
    assert!(!diff.stdout.contains("\n-    a = open(path)  # unleak"));
    let fix = place.run(&["fix"]);
    assert!(
        fix.stdout.contains("Fixed 1 leak in 1 file"),
        "{}",
        fix.stdout
    );
    let fixed = place.read("a.py");
    assert!(fixed.starts_with(&behind("# unleak: ignore")), "{fixed}");
    assert!(fixed.ends_with("    with open(path) as a:\n        return a.read()\n"));
    place.run(&["fix"]).is(0, "Nothing to fix in 1 file\n", "");
}

#[test]
fn providers_count_what_is_suppressed() {
    let place = Place::new();
    let text = |comment: &str| {
        format!(
            "def get(path):\n    return open(path)\n\n\ndef f(path):\n    a = get(path)  {comment}\n    print(a.read())\n"
        )
    };
    place.write("a.py", text("# words"));
    let plain = place.run(&["providers", "--output-format", "json"]).stdout;
    assert!(plain.contains("\"leaks\":1"), "{plain}");
    place.write("a.py", text("# unleak: ignore"));
    assert_eq!(place.run(&["check", "--quiet"]).stdout, "");
    let suppressed = place.run(&["providers", "--output-format", "json"]).stdout;
    assert_eq!(plain, suppressed);
}

/// A comment inside of what a fix moves goes with its statement and still suppresses.
#[test]
fn a_comment_survives_a_fix_around_it() {
    let place = Place::new();
    place.write(
        "a.py",
        "def f(p, q, r):\n    a = open(p)\n    # unleak: ignore[UL001] theirs\n    b = open(q)\n    c = open(\n        r\n    )  # unleak: ignore[UL001]\n    use(a.read(), b, c)\n    a.close()\n",
    );
    let before = place.run(&["check", "--output-format", "concise"]);
    assert_eq!(before.stdout.lines().count(), 1, "{}", before.stdout);
    assert_eq!(place.run(&["fix"]).code, 0);
    assert_eq!(
        place.read("a.py"),
        "def f(p, q, r):\n    with open(p) as a:\n        # unleak: ignore[UL001] theirs\n        b = open(q)\n        c = open(\n            r\n        )  # unleak: ignore[UL001]\n        use(a.read(), b, c)\n"
    );
    place
        .run(&["check", "--strict"])
        .is(0, "No leaks found in 1 file\n", "");
}

/// The comment of a fixed statement stays; an import that a fix needs does not come between a comment and its statement.
#[test]
fn a_comment_of_a_fixed_statement_stays() {
    let place = Place::new();
    place.write(
        "a.py",
        "def f(p):\n    a = open(p)  # unleak: ignore[UL003] kept\n    return a.read()\n",
    );
    assert_eq!(place.run(&["fix"]).code, 0);
    assert_eq!(
        place.read("a.py"),
        "def f(p):\n    with open(p) as a:  # unleak: ignore[UL003] kept\n        return a.read()\n"
    );
    place.write(
        "b.py",
        "# unleak: ignore[UL005]\ndata = open('x').read()\n\n\ndef f(p):\n    import sqlite3\n    a = sqlite3.connect(p)\n    a.execute('x')\n    a.close()\n",
    );
    let fixed = place.run(&["fix", "b.py"]);
    assert_eq!((fixed.code, fixed.stderr.as_str()), (0, ""));
    let text = place.read("b.py");
    assert!(
        text.contains("with closing(sqlite3.connect(p)) as a:"),
        "{text}"
    );
    assert!(
        text.contains("# unleak: ignore[UL005]\ndata = open('x').read()\n"),
        "{text}"
    );
}

#[test]
fn an_unused_comment_is_a_finding_on_request() {
    let unused = "def f(path):\n    return path  # unleak: ignore[UL001] a reason\n";
    assert_eq!(found(unused, &[]), [""; 0]);
    assert_eq!(found(unused, &["--strict"]), [""; 0]);
    assert_eq!(
        found(unused, &["--select", "unused-suppression"]),
        ["2:UL100"]
    );
    // What is needed is not measured by what is selected.
    assert_eq!(
        found(&behind("# unleak: ignore[UL001]"), &["--select", "UL100"]),
        [""; 0]
    );
    assert_eq!(
        found(&behind("# noqa: UL002"), &["--select", "UL1"]),
        ["2:UL001"; 0]
    );
    let place = Place::new();
    place.write("a.py", unused);
    assert_eq!(place.run(&["check", "--select", "UL100"]).code, 1);
    assert_eq!(place.run(&["check", "--select", "ALL"]).code, 0);
    let fixed = place.run(&["fix", "--select", "UL100"]);
    assert_eq!((fixed.code, fixed.stderr.as_str()), (0, ""));
    assert_eq!(place.read("a.py"), "def f(path):\n    return path\n");
    // A syntax error may hide what the comment is for.
    let broken = format!("{unused}\ndef g(:\n    pass\n");
    assert_eq!(found(&broken, &["--select", "UL100"]), [""; 0]);
}

#[test]
fn ignores_are_added_once() {
    let place = Place::new();
    let text = "import sqlite3\n\ndef f(p):\r\n    a = open(p)  # words \r\n    b = open(p, \"\"\"r\r\n\"\"\"); c = open(p)\r\n    d = \\\r\n        open(p) + \\\r\n        1\r\n    e = open(p)  # unleak: ignore[UL003] known\r\n    with sqlite3.connect(p) as db:\r\n        db.execute('x')\r\n    g = open(p)";
    place.write("a.py", text);
    let ran = place.run(&["check", "--add-ignores=not yet"]);
    ran.is(0, "", "unleak: suppressed 7 findings in 1 file\n");
    let expected = "import sqlite3\n\ndef f(p):\r\n    a = open(p)  # words  # unleak: ignore[UL001] not yet\r\n    # unleak: ignore[UL001] not yet\r\n    b = open(p, \"\"\"r\r\n\"\"\"); c = open(p)\r\n    # unleak: ignore[UL005] not yet\r\n    d = \\\r\n        open(p) + \\\r\n        1\r\n    e = open(p)  # unleak: ignore[UL003, UL001] known\r\n    with sqlite3.connect(p) as db:  # unleak: ignore[UL006] not yet\r\n        db.execute('x')\r\n    g = open(p)  # unleak: ignore[UL001] not yet";
    assert_eq!(place.read("a.py"), expected);
    place
        .run(&["check", "--strict"])
        .is(0, "No leaks found in 1 file\n", "");
    let again = place.run(&["check", "--add-ignores"]);
    again.is(0, "", "unleak: nothing to suppress\n");
    assert_eq!(place.read("a.py"), expected);
}

#[test]
fn ignores_are_added_to_files_only_and_to_what_can_be_read() {
    let place = Place::new();
    let broken = format!("def g(:\n    pass\n\n\n{LEAK}");
    place.write("a.py", &broken);
    place.write("b.py", behind("# keep"));
    let ran = place.run(&["check", "--add-ignores", "a.py", "b.py"]);
    assert!(ran.stderr.contains("a.py: line 1"), "{}", ran.stderr);
    assert!(place.read("a.py").starts_with("def g(:\n    pass\n"));
    assert_eq!(
        place.read("b.py"),
        behind("# keep  # unleak: ignore[UL001]")
    );
    for (arguments, why) in [
        (
            &["check", "--add-ignores", "-"][..],
            "--add-ignores writes files, standard input is none",
        ),
        (
            &["check", "--add-ignores=a\nb"],
            "--add-ignores: the reason has to stand on one line",
        ),
    ] {
        place.run(arguments).is(2, "", &format!("unleak: {why}\n"));
    }
    // Latin-1 has no arrow.
    let latin = format!("# coding: latin-1\n{LEAK}");
    place.write("c.py", &latin);
    let ran = place.run(&["check", "--add-ignores=→", "c.py"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("the new text cannot be written in"),
        "{}",
        ran.stderr
    );
    assert_eq!(place.read("c.py"), latin);
}

/// One fix for what is acquired in two branches is a matter for a person if one of them is suppressed.
#[test]
fn a_fix_of_both_is_not_safe_if_one_is_suppressed() {
    let place = Place::new();
    let text = "def f(p, q):\n    if q:\n        a = open(q)\n    else:\n        a = open(p)  # unleak: ignore\n    print(a.read())\n";
    place.write("a.py", text);
    let ran = place.run(&["check"]);
    let reason = "the fix would also release what a comment suppresses in line 5";
    assert!(ran.stdout.contains(reason), "{}", ran.stdout);
    assert_eq!(place.run(&["fix"]).code, 1);
    assert_eq!(place.read("a.py"), text);
    place.write("a.py", text.replace("  # unleak: ignore", ""));
    assert_eq!(place.run(&["fix"]).code, 0);
}
