//! `[tool.unleak]` in pyproject.toml, and unleak.toml.
#![allow(clippy::unwrap_used)]

mod cli_support;

use cli_support::{Place, Ran};

/// A leak, if `make` acquires.
const CODE: &str = "from vendor import make\n\n\ndef f():\n    thing = make()\n    thing.run()\n    thing.close()\n";
const DECLARED: &str = "[[resource]]\nacquirers = [\"vendor.make\"]\n";
const IN_PYPROJECT: &str =
    "[project]\nname = \"x\"\n\n[[tool.unleak.resource]]\nacquirers = [\"vendor.make\"]\n";

fn place(files: &[(&str, &str)]) -> Place {
    let place = Place::new();
    for (name, text) in files {
        place.write(name, text);
    }
    place
}

/// The files in which something is found.
fn found(place: &Place) -> Vec<String> {
    let ran = place.run(&["check", "--output-format", "concise"]);
    assert_eq!(ran.stderr, "");
    let paths = ran
        .stdout
        .lines()
        .map(|line| line.split(':').next().unwrap());
    paths.map(str::to_owned).collect()
}

#[test]
fn the_nearest_configuration_governs_a_file() {
    let place = place(&[
        ("a.py", CODE),
        ("one/a.py", CODE),
        ("one/pyproject.toml", IN_PYPROJECT),
        ("one/deep/er/a.py", CODE),
        ("one/own/a.py", CODE),
        ("one/own/unleak.toml", ""),
        (
            "one/passed/pyproject.toml",
            "[tool.other]\nunleak = false\n",
        ),
        ("one/passed/a.py", CODE),
        ("two/a.py", CODE),
        ("two/unleak.toml", DECLARED),
        // Goes before the other one in its directory.
        ("three/a.py", CODE),
        ("three/unleak.toml", ""),
        ("three/pyproject.toml", IN_PYPROJECT),
    ]);
    assert_eq!(
        found(&place),
        [
            "one/a.py",
            "one/deep/er/a.py",
            "one/passed/a.py",
            "two/a.py"
        ]
    );
}

#[test]
fn paths_may_lead_up_and_down() {
    let place = place(&[
        ("one/a.py", CODE),
        ("one/unleak.toml", DECLARED),
        ("two/here/b.py", CODE),
        ("two/unleak.toml", ""),
    ]);
    let mut command = place.command(&["check", "--quiet", "--output-format", "concise", "../one"]);
    command.current_dir(place.path("two"));
    let ran: Ran = command.output().unwrap().into();
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    assert!(
        ran.stdout.starts_with("../one/a.py:5:13: "),
        "{}",
        ran.stdout
    );
}

#[test]
fn standard_input_is_governed_by_its_name() {
    let place = place(&[("one/unleak.toml", DECLARED)]);
    let check = |name: &str| {
        let arguments = ["check", "-", "--stdin-filename", name];
        place.run_with(&arguments, CODE.as_bytes()).code
    };
    assert_eq!(check("one/new.py"), 1);
    assert_eq!(check("one/not/yet/there.py"), 1);
    assert_eq!(check("new.py"), 0);
    assert_eq!(place.run_with(&["check", "-"], CODE.as_bytes()).code, 0);
}

#[test]
fn errors_name_the_file_and_show_the_line() {
    for (text, expected) in [
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a.b\"]\nreleese = \"close\"\n",
            "unleak: pyproject.toml:3: unknown key `releese`; did you mean `release`?\n 3 | releese = \"close\"\n   | ^^^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nrelease = \"close\"\n",
            "unleak: pyproject.toml:1: the key `acquirers` is missing\n 1 | [[tool.unleak.resource]]\n   | ^^^^^^^^^^^^^^^^^^^^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = \"a.b\"\n",
            "unleak: pyproject.toml:2: expected a list, found string \"a.b\"\n 2 | acquirers = \"a.b\"\n   |             ^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a.b\", \"get_db()\"]\n",
            "unleak: pyproject.toml:2: not a dotted name\n 2 | acquirers = [\"a.b\", \"get_db()\"]\n   |                     ^^^^^^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = []\n",
            "unleak: pyproject.toml:2: at least one acquirer has to be named\n 2 | acquirers = []\n   |             ^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a\"]\nrelease = 1\n",
            "unleak: pyproject.toml:3: the name of a method, or a list of names\n 3 | release = 1\n   |           ^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a\"]\nrelease = [\"close\", \"a b\"]\n",
            "unleak: pyproject.toml:3: not the name of a method\n 3 | release = [\"close\", \"a b\"]\n   |           ^^^^^^^^^^^^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a\"]\ncontext = \"closes\"\n",
            "unleak: pyproject.toml:3: unknown value `closes`, expected one of `releases`, `transaction`, `none`\n 3 | context = \"closes\"\n   |           ^^^^^^^^\n",
        ),
        (
            "[[tool.unleak.resource]]\nacquirers = [\"a\"]\nownership = \"mine\"\n",
            "unleak: pyproject.toml:3: unknown value `mine`, expected `owned` or `borrowed`\n 3 | ownership = \"mine\"\n   |             ^^^^^^\n",
        ),
        (
            "[tool.unleak]\nselct = [\"UL001\"]\n",
            "unleak: pyproject.toml:2: unknown key `selct`; did you mean `select`?\n 2 | selct = [\"UL001\"]\n   | ^^^^^\n",
        ),
    ] {
        let place = place(&[("pyproject.toml", text), ("a.py", CODE)]);
        for command in ["check", "diff", "fix", "providers"] {
            let ran = place.run(&[command]);
            ran.is(2, "", expected);
        }
        assert_eq!(place.read("a.py"), CODE);
    }
}

#[test]
fn a_broken_file_is_an_error_only_if_it_may_mean_this_tool() {
    let broken = place(&[("pyproject.toml", "[project\n"), ("a.py", CODE)]);
    assert_eq!(broken.run(&["check"]).code, 0);
    let path = broken.path("pyproject.toml");
    std::fs::write(path, b"[project]\ndescription = \"caf\xe9\"\n").unwrap();
    assert_eq!(broken.run(&["check"]).code, 0);
    let ours = place(&[("pyproject.toml", "[tool.unleak\n"), ("a.py", CODE)]);
    let ran = ours.run(&["check"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""));
    assert!(
        ran.stderr.starts_with("unleak: pyproject.toml:1: "),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains(" 1 | [tool.unleak\n"), "{}", ran.stderr);
    let not_text = Place::new();
    not_text.write("unleak.toml", b"\xff\xfe");
    not_text.write("a.py", CODE);
    not_text
        .run(&["check"])
        .is(2, "", "unleak: unleak.toml: is not UTF-8\n");
}

/// What `fix` makes of a file under a configuration.
fn fixed(entry: &str, code: &str) -> String {
    let place = place(&[
        ("unleak.toml", &format!("[[resource]]\n{entry}\n")),
        ("a.py", code),
    ]);
    let ran = place.run(&["fix", "--unsafe-fixes", "--quiet"]);
    assert_eq!(ran.stderr, "", "{entry}");
    place.read("a.py")
}

#[test]
fn what_with_does_decides_how_it_is_written() {
    let head = |rest: &str| format!("from vendor import make\n\n\ndef f():\n{rest}");
    let names = "acquirers = [\"vendor.make\"]\n";
    for (rest, header) in [
        ("", "    with closing(make()) as thing:\n"),
        (
            "release = \"close\"",
            "    with closing(make()) as thing:\n",
        ),
        ("context = \"releases\"", "    with make() as thing:\n"),
        (
            "context = \"transaction\"",
            "    with closing(make()) as thing:\n",
        ),
        ("context = \"none\"", "    with closing(make()) as thing:\n"),
        (
            "release = [\"close\", \"stop\"]\ncontext = \"releases\"",
            "    with make() as thing:\n",
        ),
    ] {
        let import = if header.contains("closing") {
            "from contextlib import closing\n"
        } else {
            ""
        };
        let expected = head(&format!("{header}        thing.run()\n")).replacen(
            "from vendor",
            &format!("{import}from vendor"),
            1,
        );
        let found = fixed(&format!("{names}{rest}"), CODE);
        let sorted = |text: &str| {
            let (imports, body) = text.split_once("\n\n\n").unwrap();
            let mut imports: Vec<&str> = imports.lines().collect();
            imports.sort();
            (imports.join("\n"), body.to_owned())
        };
        assert_eq!(sorted(&found), sorted(&expected), "{rest}");
    }
    // There is no `with` for a release of another name that nothing is said of.
    let stopped = CODE.replace("close", "stop");
    assert_eq!(
        fixed(&format!("{names}release = \"stop\""), &stopped),
        stopped
    );
    let expected = head("    with make() as thing:\n        thing.run()\n");
    let said = format!("{names}release = \"stop\"\ncontext = \"releases\"");
    assert_eq!(fixed(&said, &stopped), expected);
}

#[test]
fn an_awaited_release_takes_async_with() {
    let code = "from vendor import make\n\n\nasync def f():\n    thing = await make()\n    await thing.run()\n    await thing.stop()\n";
    let entry = "acquirers = [\"vendor.make\"]\nrelease = \"stop\"\nrelease-async = true\n";
    assert_eq!(fixed(entry, code), code);
    assert_eq!(
        fixed(&format!("{entry}async-context = \"releases\""), code),
        "from vendor import make\n\n\nasync def f():\n    async with await make() as thing:\n        await thing.run()\n"
    );
}

#[test]
fn a_declaration_wins_over_what_can_be_read() {
    let code = "import sqlite3\n\n\ndef connect():\n    return sqlite3.connect('x')\n\n\ndef f():\n    conn = connect()\n    conn.execute('x')\n    conn.close()\n";
    let check = |entry: &str| {
        let place = place(&[
            ("unleak.toml", &format!("[[resource]]\n{entry}\n")),
            ("a.py", code),
        ]);
        let ran = place.run(&["check", "--output-format", "json"]);
        assert_eq!(ran.stderr, "");
        serde_json::from_str::<serde_json::Value>(&ran.stdout).unwrap()
    };
    let inferred = check("acquirers = [\"other\"]");
    assert_eq!(inferred[0]["resource"]["release"], "close");
    assert_eq!(
        check("acquirers = [\"connect\"]\nownership = \"borrowed\""),
        serde_json::json!([])
    );
    let other = check("acquirers = [\"connect\"]\nrelease = \"stop\"\nkind = \"lock\"");
    assert_eq!(other[0]["code"], "UL001");
    assert_eq!(other[0]["resource"]["release"], "stop");
    assert_eq!(other[0]["resource"]["kind"], "lock");
    // Also over the catalog: then nothing is left that `connect` could hand out.
    assert_eq!(
        check("acquirers = [\"sqlite3.connect\"]\nownership = \"borrowed\""),
        serde_json::json!([])
    );
}

#[test]
fn declared_counts_through_other_functions_and_by_argument() {
    let code = "from vendor import make\n\n\ndef mine():\n    return make()\n\n\ndef f():\n    thing = mine()\n    thing.run()\n";
    let place = place(&[("a.py", code)]);
    assert_eq!(place.run(&["check"]).code, 0);
    let ran = place.run(&[
        "check",
        "--acquirer",
        "vendor.make",
        "--output-format",
        "concise",
    ]);
    assert!(
        ran.stdout.starts_with("a.py:9:13: UL001 "),
        "{}",
        ran.stdout
    );
    place.write(
        "unleak.toml",
        "[[resource]]\nacquirers = [\"vendor.make\"]\nownership = \"borrowed\"\n",
    );
    // The configuration says more than the argument.
    assert_eq!(place.run(&["check", "--acquirer", "vendor.make"]).code, 0);
}

#[test]
fn methods_are_declared_by_their_class() {
    let code = "class Pool:\n    def take(self):\n        return self.free.pop()\n\n\ndef f(pool: Pool):\n    conn = pool.take()\n    conn.run()\n    conn.close()\n\n\ndef g(pool):\n    conn = pool.take()\n    conn.run()\n";
    let lines = |name: &str| {
        let place = place(&[
            (
                "unleak.toml",
                &format!("[[resource]]\nacquirers = [\"{name}\"]\n"),
            ),
            ("app/__init__.py", ""),
            ("app/pool.py", code),
        ]);
        let ran = place.run(&["check", "--output-format", "concise"]);
        let lines = ran
            .stdout
            .lines()
            .map(|line| line.split(':').nth(1).unwrap().to_owned());
        lines.collect::<Vec<_>>()
    };
    assert_eq!(lines("app.pool.Pool.take"), ["7"]);
    assert_eq!(lines("take"), ["7", "13"]);
    assert!(lines("app.pool.Other.take").is_empty());
}

#[test]
fn kinds_of_resources_can_be_selected() {
    let code = "import sqlite3\n\n\ndef f(path):\n    db = sqlite3.connect(path)\n    log = open(path)\n    log.write(db.total_changes)\n";
    let place = place(&[
        ("app/a.py", code),
        ("app/unleak.toml", "resources = [\"database\"]\n"),
        ("free/a.py", code),
    ]);
    let lines = |arguments: &[&str]| -> Vec<String> {
        let asked = ["check", "--quiet", "--output-format", "concise"];
        let ran = place.run(&[&asked, arguments].concat());
        assert_eq!(ran.stderr, "");
        let line = |line: &str| line.split(':').take(2).collect::<Vec<_>>().join(":");
        ran.stdout.lines().map(line).collect()
    };
    assert_eq!(lines(&["."]), ["app/a.py:5", "free/a.py:5", "free/a.py:6"]);
    assert_eq!(
        lines(&["--resources", "file"]),
        ["app/a.py:6", "free/a.py:6"]
    );
    assert_eq!(lines(&["--resources", "file,database", "app"]).len(), 2);
    assert!(lines(&["--resources=lock"]).is_empty());
    // Only these are mended.
    let diff = place.run(&["diff", "app"]);
    assert!(
        diff.stdout
            .contains("+    with closing(sqlite3.connect(path)) as db:")
    );
    assert!(!diff.stdout.contains("with open"), "{}", diff.stdout);
    let wrong = place.run(&["check", "--resources", "sessions"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
}

#[test]
fn the_with_that_fixes_write_can_be_configured() {
    let code = "def f():\n    file = open('x')\n    file.read()\n    file.close()\n";
    let place = place(&[
        ("one/a.py", code),
        (
            "one/pyproject.toml",
            "[tool.unleak]\ncontext = \"closing\"\n",
        ),
        ("two/a.py", code),
        ("two/unleak.toml", "context = \"native\"\n"),
        ("three/a.py", code),
        ("four/a.py", code),
        ("four/unleak.toml", "context = \"transaction\"\n"),
    ]);
    let written = |arguments: &[&str]| {
        let ran = place.run(&[&["diff", "--quiet"], arguments].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
        ran.stdout.contains("+    with closing(open('x')) as file:")
    };
    assert!(written(&["one"]));
    assert!(!written(&["two"]));
    assert!(!written(&["three"]));
    assert!(!written(&["--context", "native", "one"]));
    assert!(written(&["--context", "closing", "two"]));
    assert!(written(&["--context", "closing", "three"]));
    let wrong = place.run(&["diff", "four"]);
    assert_eq!((wrong.code, wrong.stdout.as_str()), (2, ""));
    assert!(
        wrong.stderr.contains("unleak.toml:1: unknown value"),
        "{}",
        wrong.stderr
    );
    let wrong = place.run(&["diff", "--context", "transaction", "three"]);
    assert_eq!(wrong.code, 2);
}
