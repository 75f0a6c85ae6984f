//! `unleak audit`: what it counts, what its areas are, and what comes first.
#![allow(clippy::unwrap_used)]

#[path = "support/audited.rs"]
mod audited;
mod cli_support;
#[path = "support/tree.rs"]
mod tree;

use std::collections::{BTreeMap, BTreeSet};

use audited::*;
use cli_support::Place;
use serde_json::Value;

#[test]
fn its_numbers_are_those_of_check_and_fix() {
    let place = copy("fixtures/leaky_app");
    let ran = place.run(&["audit"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (1, ""));
    let start = "48 leaks in 10 of 25 files
    46 can be fixed safely, by `unleak fix`
     2 can be fixed for review, by `unleak fix --unsafe-fixes`
11 style findings besides: released on every path, where `with` would be shorter
";
    assert!(ran.stdout.starts_with(start), "{}", ran.stdout);

    place.write("leaky_app/core/head.py", BY_HAND);
    let audit = audited(&place);
    let found = checked(&place);
    assert_eq!(number(&audit["leaks"]), leaks(&found).len());
    assert_eq!(number(&audit["style"]), found.len() - leaks(&found).len());
    assert_eq!(number(&audit["files"]), 26);
    assert_eq!(ways(&audit), [46, 2, 1]);
    let mut by_fix = [0; 3];
    for one in leaks(&found) {
        by_fix[match one["fix"]["applicability"].as_str() {
            Some("safe") => 0,
            Some("unsafe") => 1,
            _ => 2,
        }] += 1;
    }
    assert_eq!(ways(&audit), by_fix);

    // The sums of areas and files are those of the whole.
    for (parts, files) in [("areas", "leaking_files"), ("ranking", "leaks")] {
        let parts = list(&audit[parts]);
        assert_eq!(sum(parts.iter().map(ways)), ways(&audit));
        for part in parts {
            assert_eq!(number(&part["leaks"]), ways(part).iter().sum::<usize>());
            assert!(number(&part[files]) <= number(&part["leaks"]));
        }
    }
    let areas = list(&audit["areas"]);
    let of_areas = |key: &str| areas.iter().map(|area| number(&area[key])).sum::<usize>();
    assert_eq!(of_areas("files"), 26);
    assert_eq!(of_areas("leaking_files"), number(&audit["leaking_files"]));
    assert_eq!(list(&audit["ranking"]).len(), 11);

    // Each leak of check stands there once.
    let mut said = BTreeSet::new();
    for page in list(&audit["ranking"]) {
        let findings = list(&page["findings"]);
        assert_eq!(findings.len(), number(&page["leaks"]));
        for one in findings {
            said.insert((
                text(&page["path"]).to_owned(),
                ["line", "column"].map(|key| number(&one[key])),
                ["code", "rule", "message"].map(|key| text(&one[key]).to_owned()),
                one["function"].as_str().map(str::to_owned),
                one["blocked_by"].as_str().map(str::to_owned),
            ));
            assert_eq!(one["new"], Value::Null);
        }
    }
    let expected: BTreeSet<_> = leaks(&found)
        .into_iter()
        .map(|one| {
            (
                text(&one["path"]).to_owned(),
                ["line", "column"].map(|key| number(&one[key])),
                ["code", "rule", "message"].map(|key| text(&one[key]).to_owned()),
                one["function"].as_str().map(str::to_owned),
                one["blocked_by"].as_str().map(str::to_owned),
            )
        })
        .collect();
    assert_eq!(said, expected);
    assert_eq!(said.len(), 49);

    place.run(&["fix"]);
    let rest = checked(&place);
    assert_eq!(leaks(&rest).len(), 3);
    assert_eq!(ways(&audited(&place)), [0, 2, 1]);
    place.run(&["fix", "--unsafe-fixes"]);
    let rest = checked(&place);
    assert_eq!(leaks(&rest).len(), 1);
    let ran = place.run(&["audit"]);
    let start = "1 leak in 1 of 26 files\n     1 can be fixed only by hand\n\n";
    assert!(ran.stdout.starts_with(start), "{}", ran.stdout);
    assert!(
        ran.stdout.contains("What needs a person\n\n  leaky_app/core/head.py:5: `fd` is not released if line 6 raises\n      by hand: "),
        "{}",
        ran.stdout
    );
}

#[test]
fn areas_are_directories_where_none_are_named() {
    let place = Place::new();
    for (path, text) in [
        ("app/api/a.py", LEAKY),
        ("app/api/b.py", LEAKY),
        ("app/api/c.py", LEAKY),
        ("app/db/a.py", LEAKY),
        ("app/start.py", LEAKY),
        ("lib/a.py", LEAKY),
        ("lib/b.py", "pass\n"),
        ("docs/a.py", "pass\n"),
        ("setup.py", "pass\n"),
    ] {
        place.write(path, text);
    }
    // Most of it leaks in `app`, so that its directories have lines of their own.
    let ran = place.run(&["audit"]);
    assert_eq!(
        rows(&ran, "\nAreas\n\n"),
        [
            "medium        3     3       0        0         3 of 3  app/api",
            "medium        1     1       0        0         1 of 1  app",
            "medium        1     1       0        0         1 of 1  app/db",
            "medium        1     1       0        0         1 of 2  lib",
            "and 2 areas without leaks (2 files)",
        ]
    );
    // As paths are written, from wherever that is done.
    let below = place
        .command(&["audit", ".", "../lib", "../docs"])
        .current_dir(place.path("app"))
        .output()
        .unwrap();
    assert_eq!(
        rows(&below.into(), "\nAreas\n\n"),
        [
            "medium        3     3       0        0         3 of 3  api",
            "medium        1     1       0        0         1 of 1  .",
            "medium        1     1       0        0         1 of 2  ../lib",
            "medium        1     1       0        0         1 of 1  db",
            "and 1 area without leaks (1 file)",
        ]
    );
}

#[test]
fn configured_areas_have_the_last_word() {
    let place = Place::new();
    place.write(
        "pyproject.toml",
        "[tool.unleak.areas.app]\npaths = [\"app/api\", \"!app/api/old.py\"]\npriority = \"high\"\n\n\
         [tool.unleak.areas.clean]\npaths = [\"clean\"]\npriority = \"low\"\n\n\
         [tool.unleak.areas.tests]\npaths = [\"tests\"]\npriority = \"high\"\n\n\
         [tool.unleak.areas.later]\npaths = [\"later\"]\npriority = \"low\"\n",
    );
    let handler = format!("import app\n\n\n@app.route(\"/\")\n{LEAKY}");
    for (path, text) in [
        ("app/api/a.py", LEAKY),
        ("app/api/b.py", LEAKY),
        ("app/api/c.py", LEAKY),
        ("app/api/d.py", LEAKY),
        ("app/api/old.py", LEAKY),
        ("app/b.py", LEAKY),
        ("lib/b.py", LEAKY),
        ("clean/a.py", "pass\n"),
        ("tests/a.py", LEAKY),
        ("later/a.py", &handler),
        ("later/b.py", &handler),
    ] {
        place.write(path, text);
    }
    // The directory is not the area of the same name, and is not divided for what leaks in areas.
    assert_eq!(
        rows(&place.run(&["audit"]), "\nAreas\n\n"),
        [
            "high          4     4       0        0         4 of 4  app",
            "high          1     1       0        0         1 of 1  tests",
            "medium        1     1       0        0         1 of 1  app/",
            "medium        1     1       0        0         1 of 1  app/api",
            "medium        1     1       0        0         1 of 1  lib",
            "low           2     2       0        0         2 of 2  later",
            "low           0     0       0        0         0 of 1  clean",
        ]
    );
    let audit = audited(&place);
    assert_eq!(
        ranking(&audit),
        [
            ("app/api/a.py", "high"),
            ("app/api/b.py", "high"),
            ("app/api/c.py", "high"),
            ("app/api/d.py", "high"),
            ("tests/a.py", "high"),
            ("app/api/old.py", "medium"),
            ("app/b.py", "medium"),
            ("lib/b.py", "medium"),
            ("later/a.py", "low"),
            ("later/b.py", "low"),
        ]
    );
    let later = &list(&audit["ranking"])[8];
    assert_eq!(
        (text(&later["area"]), number(&later["often"])),
        ("later", 1)
    );
}

const OFTEN: [(&str, &str, &str); 10] = [
    (
        "app/loop.py",
        "loop",
        "def a(paths):\n    for path in paths:\n        f = open(path)\n        f.read()\n",
    ),
    (
        "app/comprehension.py",
        "loop",
        "def a(paths):\n    return [open(path).read() for path in paths]\n",
    ),
    (
        "app/route.py",
        "request handler",
        "from flask import Blueprint\n\nbp = Blueprint(\"x\", __name__)\n\n\n@bp.get(\"/\")\ndef a():\n    return open(\"x\").read()\n",
    ),
    (
        "app/view.py",
        "request handler",
        "from x import APIView\n\n\nclass Users(APIView):\n    def post(self, request):\n        return open(\"x\").read()\n",
    ),
    (
        "app/urls.py",
        "request handler",
        "from x import path\n\n\ndef index(request):\n    return open(\"x\").read()\n\n\nurls = [path(\"\", index)]\n",
    ),
    (
        "app/views/users.py",
        "request handler",
        "def users(request):\n    return open(\"x\").read()\n",
    ),
    (
        "app/task.py",
        "callback",
        "from x import celery\n\n\n@celery.task\ndef a():\n    return open(\"x\").read()\n",
    ),
    (
        "app/button.py",
        "callback",
        "from x import Button\n\n\ndef make():\n    def clicked():\n        return open(\"x\").read()\n\n    return Button(command=clicked)\n",
    ),
    (
        "app/thread.py",
        "callback",
        "import threading\n\n\ndef work():\n    return open(\"x\").read()\n\n\nthreading.Thread(target=work).start()\n",
    ),
    (
        "app/listeners.py",
        "callback",
        "def changed():\n    return open(\"x\").read()\n",
    ),
];

const ONCE: [(&str, &str); 7] = [
    ("app/plain.py", LEAKY),
    (
        "app/header.py",
        "def a(path):\n    for line in open(path):\n        print(line)\n",
    ),
    (
        "app/drawn.py",
        "def a(path):\n    return [line for line in open(path)]\n",
    ),
    (
        "app/defined.py",
        "def a(paths):\n    for path in paths:\n        def b(path=path):\n            return open(path).read()\n        b()\n",
    ),
    (
        "app/views/_hidden.py",
        "def _a():\n    return open(\"x\").read()\n",
    ),
    (
        "app/patched.py",
        "from unittest import mock\n\n\n@mock.patch(\"a.b\")\ndef a(b):\n    return open(\"x\").read()\n",
    ),
    (
        "app/mapping.py",
        "class Mapping:\n    def get(self):\n        return open(\"x\").read()\n",
    ),
];

const RARE: [(&str, &str); 6] = [
    (
        "app/main.py",
        "if __name__ == \"__main__\":\n    for name in \"ab\":\n        f = open(name)\n        f.read()\n",
    ),
    ("app/tests/helper.py", LEAKY),
    ("app/test_a.py", LEAKY),
    ("conftest.py", LEAKY),
    ("scripts/load.py", LEAKY),
    ("setup.py", LEAKY),
];

#[test]
fn what_runs_often_comes_first_and_tests_last() {
    let place = Place::new();
    for (path, _, text) in OFTEN {
        place.write(path, text);
    }
    for (path, text) in ONCE.iter().chain(&RARE) {
        place.write(path, text);
    }
    let audit = audited(&place);
    let ranked = ranking(&audit);
    let of = |priority: &str| -> BTreeSet<&str> {
        let pages = ranked.iter().filter(|(_, one)| *one == priority);
        pages.map(|(path, _)| *path).collect()
    };
    assert_eq!(of("high"), OFTEN.map(|(path, ..)| path).into());
    assert_eq!(of("medium"), ONCE.map(|(path, _)| path).into());
    assert_eq!(of("low"), RARE.map(|(path, _)| path).into());
    let mut sorted = ranked.clone();
    sorted.sort_by_key(|(_, priority)| {
        ["high", "medium", "low"]
            .iter()
            .position(|one| one == priority)
    });
    assert_eq!(ranked, sorted);

    let runs: BTreeMap<&str, &Value> = list(&audit["ranking"])
        .iter()
        .map(|page| (text(&page["path"]), &list(&page["findings"])[0]["runs"]))
        .collect();
    for (path, word, _) in OFTEN {
        assert_eq!(*runs[path], serde_json::json!([word]), "{path}");
    }
    assert_eq!(*runs["app/main.py"], serde_json::json!(["loop", "main"]));
    assert_eq!(*runs["app/plain.py"], serde_json::json!([]));

    // The same when only a part is asked for.
    for (path, priority) in [
        ("app/tests", "low"),
        ("scripts", "low"),
        ("app/views/users.py", "high"),
    ] {
        let part = json(&place, &["audit", "--output-format", "json", path]);
        let ranked = ranking(&part);
        assert_eq!(
            ranked.first().map(|(_, said)| *said),
            Some(priority),
            "{path}"
        );
    }
    let piped = [
        "audit",
        "--output-format=json",
        "--stdin-filename=app/tests/x.py",
        "-",
    ];
    let ran = place.run_with(&piped, LEAKY.as_bytes());
    let audit: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(ranking(&audit), [("app/tests/x.py", "low")]);
}

#[test]
fn a_file_comes_first_for_more_of_what_runs_often() {
    let place = Place::new();
    let plain = |name: &str| LEAKY.replace("first", name);
    let often = |name: &str| {
        format!(
            "def {name}(paths):\n    for path in paths:\n        f = open(path)\n        f.read()\n"
        )
    };
    place.write(
        "a.py",
        format!("{}{}{}", plain("x"), plain("y"), often("z")),
    );
    place.write("b.py", format!("{}{}", often("x"), often("y")));
    place.write("c.py", [plain("x"), plain("y")].concat());
    place.write("d.py", [plain("x"), plain("y"), plain("z")].concat());
    let audit = audited(&place);
    let high = ["b.py", "a.py"].map(|path| (path, "high"));
    let medium = ["d.py", "c.py"].map(|path| (path, "medium"));
    assert_eq!(ranking(&audit), [high, medium].concat());
    // Within a file, too.
    let lines: Vec<usize> = list(&list(&audit["ranking"])[1]["findings"])
        .iter()
        .map(|one| number(&one["line"]))
        .collect();
    assert_eq!(lines, [9, 2, 5]);
}
