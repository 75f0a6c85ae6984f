//! `unleak audit`: how it says to write it, its issue, its progress, and how all of that is printed.
#![allow(clippy::unwrap_used)]

#[path = "support/audited.rs"]
mod audited;
mod cli_support;
#[path = "support/python.rs"]
mod python;
#[path = "support/tree.rs"]
mod tree;

use std::collections::BTreeMap;
use std::fs;

use audited::*;
use cli_support::{Place, Ran};
use serde_json::Value;

/// The patterns of an audit, as functions.
fn patterns(audit: &Value) -> BTreeMap<String, (usize, String)> {
    let patterns = list(&audit["patterns"]).iter().map(|one| {
        let said = (number(&one["leaks"]), text(&one["code"]).to_owned());
        (text(&one["acquirer"]).to_owned(), said)
    });
    patterns.collect()
}

fn all_compile(patterns: &BTreeMap<String, (usize, String)>) {
    let texts: Vec<(String, String)> = patterns
        .iter()
        .map(|(name, (_, code))| {
            let lines = code.lines().map(|line| format!("    {line}\n"));
            let lines: String = lines.collect();
            (
                format!("{name}: {code}"),
                format!("async def f():\n{lines}"),
            )
        })
        .collect();
    let given = texts
        .iter()
        .map(|(name, text)| (name.clone(), text.as_str()));
    assert_eq!(python::not_compiling(given), [""; 0]);
}

#[test]
fn the_ways_to_write_it_are_right() {
    let place = copy("fixtures/leaky_app");
    let audit = audited(&place);
    let patterns = patterns(&audit);
    all_compile(&patterns);
    let closing = "from contextlib import closing\n\n";
    let expected = [
        ("leaky_app.core.db.get_db", 37, "with get_db() as session:"),
        (
            "leaky_app.core.async_db.FeedSession",
            1,
            "async with FeedSession() as session:",
        ),
        (
            "leaky_app.services.archive.open_report",
            1,
            "with open_report(...) as report:",
        ),
        (
            "leaky_app.services.risk.SessionLocal",
            1,
            "with SessionLocal() as session:",
        ),
        ("open", 2, "with open(...) as handle:"),
        ("sqlmodel.Session", 2, "with Session(...) as session:"),
        (
            "sqlite3.connect",
            1,
            &format!("{closing}with closing(sqlite3.connect(...)) as connection:"),
        ),
        ("gzip.open", 1, "with gzip.open(...) as packed:"),
        ("pathlib.Path.open", 1, "with path.open(...) as journal:"),
        (
            "sqlalchemy.engine.Engine.connect",
            1,
            "with engine.connect(...) as connection:",
        ),
    ];
    let of_app: BTreeMap<String, (usize, String)> = expected
        .iter()
        .map(|(name, leaks, with)| (name.to_string(), (*leaks, format!("{with}\n    ...\n"))))
        .collect();
    assert_eq!(patterns, of_app);
    // The project's own first.
    let order: Vec<&str> = list(&audit["patterns"])
        .iter()
        .map(|one| text(&one["acquirer"]))
        .collect();
    assert_eq!(order, expected.map(|(name, ..)| name));
}

#[test]
fn every_resource_of_the_catalog_has_a_way_to_write_it() {
    let place = copy("fixtures/catalog");
    let audit = audited(&place);
    let patterns = patterns(&audit);
    assert!(patterns.len() > 100, "{}", patterns.len());
    all_compile(&patterns);
    let sums = list(&audit["patterns"]).iter();
    let sum: usize = sums.map(|one| number(&one["leaks"])).sum();
    assert_eq!(sum, number(&audit["leaks"]));
    for (name, code) in [
        (
            "aiofiles.open",
            "async with aiofiles.open(...) as f:\n    ...\n",
        ),
        (
            "asyncpg.Pool.acquire",
            "async with pool.acquire(...) as conn:\n    ...\n",
        ),
        (
            "os.open",
            "descriptor = os.open(...)\ntry:\n    ...\nfinally:\n    os.close(descriptor)\n",
        ),
        (
            "psycopg_pool.ConnectionPool.getconn",
            "conn = connection_pool.getconn(...)\ntry:\n    ...\nfinally:\n    connection_pool.putconn(conn)\n",
        ),
        (
            "psycopg.AsyncConnection.connect",
            "conn = await AsyncConnection.connect(...)\ntry:\n    ...\nfinally:\n    await conn.close()\n",
        ),
        (
            "socket.socket.makefile",
            "with socket.makefile(...) as f:\n    ...\n",
        ),
        (
            "MySQLdb.connect",
            "with MySQLdb.connect(...) as conn:\n    ...\n",
        ),
        (
            "tempfile.TemporaryDirectory",
            "scratch = TemporaryDirectory(...)\nwith scratch:\n    ...\n",
        ),
    ] {
        assert_eq!(
            patterns.get(name).map(|(_, code)| code.as_str()),
            Some(code),
            "{name}"
        );
    }
    all_compile(&self::patterns(&audited(&copy("fixtures/projects"))));
}

#[test]
fn patterns_of_the_same_name_are_counted_once() {
    let place = Place::new();
    let provider = "import sqlite3\n\n\ndef connect():\n    return sqlite3.connect(\"x\")\n";
    let used = "\n\ndef a():\n    conn = connect()\n    return conn.execute(\"x\").fetchone()\n";
    place.write("one/a.py", format!("{provider}{used}"));
    place.write(
        "two/a.py",
        format!("{provider}{used}{}", used.replace("a()", "b()")),
    );
    let ran = place.run(&["audit"]);
    assert!(
        ran.stdout.contains("\n  connect  (3 leaks)\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        ran.stdout.matches("def connect").count() + ran.stdout.matches("  connect  (").count(),
        1
    );
    // A tuple, and a name that is no name.
    place.write(
        "three.py",
        "import sqlite3\n\n\ndef pair():\n    return 1, sqlite3.connect(\"x\")\n\n\n\
         def a():\n    number, link = pair()\n    link.execute(\"x\")\n\n\n\
         def b(self):\n    self.link = open(\"x\")\n",
    );
    all_compile(&patterns(&audited(&place)));
}

#[test]
fn markdown_is_a_checklist() {
    let place = copy("fixtures/leaky_app");
    place.write("leaky_app/core/od`d.py", BY_HAND);
    place.write("tests/test_a.py", LEAKY);
    let ran = place.run(&["audit", "--output-format", "markdown"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let start = "## 50 leaks in 12 of 27 files\n\n- 47 can be fixed safely, by `unleak fix`\n- 2 can be fixed for review, by `unleak fix --unsafe-fixes`\n- 1 can be fixed only by hand\n";
    assert!(ran.stdout.starts_with(start), "{}", ran.stdout);
    assert!(
        ran.stdout
            .contains("\n| `leaky_app/ui` | high | 15 | 15 | 0 | 0 | 4 of 5 |\n")
    );

    // By priority and file, each leak once.
    let mut said = BTreeMap::new();
    let (mut path, mut priority) = ("", "");
    for line in ran.stdout.lines() {
        if let Some(name) = line.strip_prefix("### Priority: ") {
            priority = name;
        } else if let Some(rest) = line.strip_prefix("- [ ] `") {
            path = rest.split_once('`').unwrap().0;
        } else if let Some(item) = line.strip_prefix("  - [ ] ") {
            let items: &mut Vec<&str> = said.entry((priority, path)).or_default();
            items.push(item);
        }
    }
    let audit = audited(&place);
    assert_eq!(said.values().map(Vec::len).sum::<usize>(), 50);
    assert_eq!(list(&audit["ranking"]).len(), said.len());
    for page in list(&audit["ranking"]) {
        let path = text(&page["path"]).replace('`', "'");
        let items = &said[&(text(&page["priority"]), path.as_str())];
        let findings = list(&page["findings"]);
        assert_eq!(items.len(), findings.len(), "{path}");
        for (item, one) in items.iter().zip(findings) {
            let function = text(&one["function"]);
            let line = number(&one["line"]);
            let start = format!("line {line}, `{function}`: {} (", text(&one["message"]));
            assert!(item.starts_with(&start), "{item} {start}");
        }
    }
    for line in [
        "  - [ ] line 14, `get_account`: `session` is not released when line 17 returns (request handler, safe)\n",
        "  - [ ] line 66, `fill_count`: `session` is not released if line 67 raises (review: line 72 uses `session` again behind its release)\n",
        "- [ ] `leaky_app/core/od'd.py`: 1 leak\n",
    ] {
        assert!(ran.stdout.contains(line), "{line}");
    }
    let heads: Vec<&str> = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("##"))
        .collect();
    assert_eq!(
        heads[1..],
        [
            "### Priority: high",
            "### Priority: medium",
            "### Priority: low",
            "### How to write it here"
        ]
    );
}

#[test]
fn an_issue_has_room_for_it() {
    const MOST: usize = 65536;
    let place = Place::new();
    for file in 0..700 {
        let text: String = ["x", "y", "z"]
            .map(|name| LEAKY.replace("first", &format!("function_{name}_{file}")))
            .concat();
        place.write(&format!("package_{}/module_{file}.py", file % 350), text);
    }
    let ran = place.run(&["audit", "--output-format", "markdown"]);
    assert!(
        ran.stdout
            .starts_with("## 2100 leaks in 700 of 700 files\n")
    );
    let length = ran.stdout.chars().count();
    assert!(length < MOST && length > MOST / 2, "{length}");
    let named = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("- [ ] `"));
    assert_eq!(named.count(), 700);
    assert!(ran.stdout.contains("\n  - [ ] line 2, `function_x_0`: "));
    assert!(
        ran.stdout
            .contains("\nand 310 more areas with 1860 leaks\n")
    );
    assert!(
        ran.stdout.contains(
            "\nThis is cut to what fits into an issue; `unleak check` names all leaks.\n"
        )
    );

    // Not even the files fit.
    let long = "a_name_that_goes_on_and_on_".repeat(6);
    for file in 0..400 {
        place.write(&format!("{long}/{long}_{file}.py"), LEAKY);
    }
    let ran = place.run(&["audit", "--output-format", "markdown"]);
    let length = ran.stdout.chars().count();
    assert!(length < MOST && length > MOST / 2, "{length}");
    let named = ran
        .stdout
        .lines()
        .filter(|line| line.starts_with("- [ ] `"));
    let left_out = ran.stdout.lines().find_map(|line| {
        let number = line
            .strip_prefix("- [ ] and ")?
            .strip_suffix(" more files")?;
        number.parse::<usize>().ok()
    });
    assert_eq!(named.count() + left_out.unwrap(), 1100);
}

#[test]
fn progress_is_told_against_a_baseline() {
    let place = copy("fixtures/leaky_app");
    let known = ["--baseline", "known.json"];
    let written = place.run(&[&["check", "--write-baseline"], &known[..]].concat());
    assert_eq!(written.code, 0, "{}", written.stderr);
    let audit = |more: &[&str]| place.run(&[&["audit"], &known[..], more].concat());
    let ran = audit(&[]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("48 leaks in 10 of 25 files\n"));
    assert!(
        ran.stdout
            .contains("\n0 of 48 fixed, 48 remain in 10 files\n"),
        "{}",
        ran.stdout
    );

    place.run(&["fix", "leaky_app/ui/callbacks.py"]);
    place.run(&["fix", "leaky_app/jobs/feed.py"]);
    let ran = audit(&[]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout
            .contains("\n3 of 48 fixed, 45 remain in 8 files\n"),
        "{}",
        ran.stdout
    );

    place.write("leaky_app/jobs/more.py", LEAKY);
    let ran = audit(&[]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stdout
            .contains("\n3 of 48 fixed, 45 remain in 8 files; 1 new\n"),
        "{}",
        ran.stdout
    );
    let ran = audit(&["--output-format", "markdown"]);
    assert!(
        ran.stdout
            .contains("\n**3 of 48 fixed, 45 remain in 8 files; 1 new**\n"),
        "{}",
        ran.stdout
    );
    let new = "  - [ ] line 2, `first`: `f` is never released (new, safe)\n";
    assert!(ran.stdout.contains(new), "{}", ran.stdout);
    assert_eq!(
        ran.stdout.matches("(new").count() + ran.stdout.matches(", new").count(),
        1
    );
    let ran = audit(&["--output-format", "json"]);
    let said: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(
        said["progress"],
        serde_json::json!({"known": 48, "fixed": 3, "remain": 45, "files": 8, "new": 1})
    );
    let new: Vec<(&str, bool)> = list(&said["ranking"])
        .iter()
        .flat_map(|page| {
            let path = text(&page["path"]);
            let findings = list(&page["findings"]).iter();
            findings.map(move |one| (path, one["new"].as_bool().unwrap()))
        })
        .collect();
    assert_eq!(
        (new.len(), new.iter().filter(|(_, new)| *new).count()),
        (46, 1)
    );
    assert!(new.contains(&("leaky_app/jobs/more.py", true)));

    // A run that looks at a part tells of that part.
    let ran = audit(&["leaky_app/services/risk.py"]);
    assert!(
        ran.stdout.contains("\n0 of 6 fixed, 6 remain in 1 file\n"),
        "{}",
        ran.stdout
    );

    fs::remove_dir_all(place.path("leaky_app")).unwrap();
    let ran = audit(&[]);
    assert_eq!(ran.code, 0);
    assert!(
        ran.stdout.ends_with("48 of 48 fixed, 0 remain\n"),
        "{}",
        ran.stdout
    );
}

#[test]
fn exit_codes_and_errors() {
    let place = Place::new();
    place
        .run(&["audit"])
        .is(0, "", "unleak: no Python files there\n");
    place.run(&["audit", "--output-format", "markdown"]).is(
        0,
        "## Nothing was looked at\n\n",
        "unleak: no Python files there\n",
    );
    place
        .run(&["audit", "none.py"])
        .is(2, "", "unleak: none.py: No such file or directory\n");
    place.write("a.py", "f = 1\n");
    place.run(&["audit"]).is(0, "No leaks in 1 file\n", "");
    place.write("b.py", "def a(path):\n    f = open(path)\n    try:\n        f.read()\n    finally:\n        f.close()\n");
    place
        .run(&["audit", "--ignore", "UL003"])
        .is(0, "No leaks in 2 files\n", "");
    let style = "No leaks in 2 files\n1 style finding besides: released on every path, where `with` would be shorter\n";
    place.run(&["audit"]).is(0, style, "");
    place.run(&["audit", "--strict"]).is(1, style, "");
    place.write("c.py", LEAKY);
    assert_eq!(place.run(&["audit"]).code, 1);

    for (arguments, file, contents, said) in [
        (
            &["--baseline", "known.json"][..],
            "x",
            "",
            "unleak: known.json: no such baseline; --write-baseline makes one\n",
        ),
        (
            &["--baseline", "known.json"],
            "known.json",
            "{",
            "unleak: known.json: broken baseline: ",
        ),
        (
            &[],
            "unleak.toml",
            "selct = []",
            "unleak: unleak.toml:1: unknown key `selct`",
        ),
        (
            &["--diff-base", "HEAD", "--isolated"],
            "x",
            "",
            "unleak: --diff-base: not a git repository",
        ),
    ] {
        let path = place.write(file, contents);
        let mut command = place.command(&[&["audit"], arguments].concat());
        let ran: Ran = command
            .env("GIT_CEILING_DIRECTORIES", place.root().parent().unwrap())
            .output()
            .unwrap()
            .into();
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(ran.stderr.starts_with(said), "{}", ran.stderr);
        fs::remove_file(path).unwrap();
    }
    let missing = place
        .command(&["audit", "--diff-base=HEAD"])
        .env("PATH", "/none")
        .output()
        .unwrap();
    Ran::from(missing).is(2, "", "unleak: --diff-base needs git, which is not there\n");

    // What cannot be read does not hide the others.
    place.write("d.py", b"# coding: nonsense\n\xff");
    let ran = place.run(&["audit"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stdout.starts_with("1 leak in 1 of 3 files\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stderr.starts_with("unleak: d.py: ") && ran.stderr.lines().count() == 1,
        "{}",
        ran.stderr
    );
}

#[test]
fn only_changed_lines_count() {
    let place = Place::new();
    place.write("a.py", LEAKY);
    place.write("b.py", LEAKY);
    git(&place, &["init", "--quiet"]);
    commit(&place);
    let audit = || {
        json(
            &place,
            &["audit", "--output-format=json", "--diff-base", "HEAD"],
        )
    };
    assert_eq!(number(&audit()["leaks"]), 0);
    place.run(&["audit", "--diff-base", "HEAD"]).is(
        0,
        "No leaks in 2 files (only lines changed since `HEAD`)\n",
        "",
    );
    place.write(
        "b.py",
        format!("{LEAKY}\n\n{}", LEAKY.replace("first", "second")),
    );
    let changed = audit();
    assert_eq!(ranking(&changed), [("b.py", "medium")]);
    let findings = list(&list(&changed["ranking"])[0]["findings"]);
    let lines: Vec<usize> = findings.iter().map(|one| number(&one["line"])).collect();
    assert_eq!(lines, [7]);
    assert_eq!(place.run(&["audit", "--diff-base", "HEAD"]).code, 1);
}

#[test]
fn it_is_printed_in_columns_and_colours() {
    let place = copy("fixtures/leaky_app");
    place.write("\u{6f22}\u{5b57} x.py", LEAKY);
    place.write("leaky_app/tests/a.py", LEAKY);
    let ran = place.run(&["audit"]);
    for head in ["\nAreas\n\n", " last\n\n"] {
        let (_, rest) = ran.stdout.split_once(head).unwrap();
        let table: Vec<&str> = rest.split("\n\n").next().unwrap().lines().collect();
        let of_name = table[0].rfind(' ').unwrap() + 1;
        let rows = table.iter().filter(|line| !line.contains("without leaks"));
        let mut seen = 0;
        for row in rows {
            let (before, name) = row.split_at(of_name);
            assert!(before.ends_with("  ") && !name.starts_with(' '), "{row}");
            seen += 1;
        }
        assert!(seen > 5, "{seen}");
    }
    let plain = |line: &&str| !line.contains('`') && !line.contains(": ");
    let widest = ran.stdout.lines().filter(plain).map(str::len).max();
    assert!(widest < Some(100), "{widest:?}");

    let painted = place.run(&["audit", "--color", "always"]).stdout;
    for start in [
        "\u{1b}[1m\u{1b}[31mhigh",
        "\u{1b}[33mmedium",
        "\u{1b}[2mlow",
    ] {
        assert!(painted.contains(start), "{start:?} {painted}");
    }
    assert_eq!(
        anstream::adapter::strip_str(&painted).to_string(),
        ran.stdout
    );
    for format in ["json", "markdown"] {
        let arguments = ["audit", "--color=always", "--output-format", format];
        assert!(!place.run(&arguments).stdout.contains('\u{1b}'), "{format}");
    }
}

#[test]
fn quiet_leaves_out_the_notes() {
    let place = Place::new();
    place.write("a.py", LEAKY);
    let known = ["--baseline", "known.json"];
    place.run(&[&["check", "--write-baseline"], &known[..]].concat());
    place.write("a.py", format!("{LEAKY}    g = open(path)\n    g.read()\n"));
    let loud = place.run(&[&["audit"], &known[..]].concat());
    assert!(
        loud.stderr.contains("which are new cannot be told"),
        "{}",
        loud.stderr
    );
    let quiet = place.run(&[&["audit", "--quiet"], &known[..]].concat());
    assert_eq!((quiet.code, quiet.stderr.as_str()), (1, ""));
    assert_eq!(quiet.stdout, loud.stdout);
}

#[test]
fn changed_lines_are_not_the_whole() {
    let place = Place::new();
    place.write("app/a.py", LEAKY);
    let git = |arguments: &[&str]| assert_eq!(place.git(arguments, b"").code, 0, "{arguments:?}");
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    let user = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    git(&[&user[..], &["commit", "--quiet", "--message=x"]].concat());
    let audit = |more: &[&str]| {
        let ran = place.run(&[&["audit", "--diff-base", "HEAD"], more].concat());
        assert_eq!(ran.stderr, "");
        ran.stdout
    };
    let said = "No leaks in 1 file (only lines changed since `HEAD`)\n";
    assert_eq!(audit(&[]), said);
    let markdown = ["--output-format", "markdown"];
    assert_eq!(audit(&markdown), format!("## {said}\n"));
    place.write("app/b.py", LEAKY);
    let said = "1 leak in 1 of 2 files (only lines changed since `HEAD`)\n";
    assert!(audit(&[]).starts_with(said));
    let object = json(
        &place,
        &["audit", "--output-format=json", "--diff-base=HEAD"],
    );
    assert_eq!(text(&object["changed_since"]), "HEAD");
    assert!(audited(&place)["changed_since"].is_null());
}
