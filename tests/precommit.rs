//! The hooks of `.pre-commit-hooks.yaml`, run by pre-commit on commits of a real repository.
//!
//! To be quick, the hooks run the program that is built already. `tests/packages.rs` has pre-commit install it as users do.

#[path = "support/team.rs"]
mod team;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::process::Command;

use team::Team;
use tree::{stderr, stdout};

/// A provider that only its definition tells.
const DB: &str = "\
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

engine = create_engine(\"sqlite://\")


def checkout():
    return Session(engine)
";

const LEAKY: &str = "\
from app.db import checkout


def count():
    session = checkout()
    n = len(session.connection().info)
    return n
";

const MENDED: &str = "\
from app.db import checkout


def count():
    with checkout() as session:
        n = len(session.connection().info)
    return n
";

/// What no safe fix is for.
const RETURNS_ROWS: &str = "\
from app.db import checkout


def rows(query):
    session = checkout()
    return session.execute(query)
";

/// A repository with the provider in it and `hooks` installed.
fn team(hooks: &[&str]) -> Team {
    let team = Team::new();
    let config = team.config(&team.hook_repository(), hooks);
    team.write(".pre-commit-config.yaml", &config);
    team.write("app/__init__.py", "");
    team.write("app/db.py", DB);
    let installed = team.pre_commit(&["install"]);
    assert!(installed.status.success(), "{}", stdout(&installed));
    team.git(&["add", "."]);
    let first = team.commit("Set up");
    assert!(first.status.success(), "{}", stderr(&first));
    team
}

#[test]
fn the_manifest_is_valid() {
    let team = Team::new();
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/.pre-commit-hooks.yaml");
    let validated = team.pre_commit(&["validate-manifest", manifest]);
    assert!(validated.status.success(), "{}", stdout(&validated));
}

#[test]
fn a_commit_with_a_leak_is_blocked_and_says_why() {
    let team = team(&["unleak"]);
    team.write("app/pages.py", LEAKY);
    team.git(&["add", "app/pages.py"]);
    let blocked = team.commit("Count");
    assert_eq!(blocked.status.code(), Some(1));
    let said = stderr(&blocked);
    for words in [
        "unleak...",
        "Failed",
        "hook id: unleak",
        "UL001",
        "app/pages.py:5:15",
    ] {
        assert!(said.contains(words), "no {words:?} in:\n{said}");
    }
    assert_eq!(team.subjects(), ["Set up"]);
    assert_eq!(team.read("app/pages.py"), LEAKY, "it only reports");

    team.write("app/pages.py", MENDED);
    team.git(&["add", "app/pages.py"]);
    let passed = team.commit("Count");
    assert!(passed.status.success(), "{}", stderr(&passed));
    assert_eq!(team.subjects(), ["Count", "Set up"]);
}

#[test]
fn the_fix_is_made_and_the_second_commit_passes() {
    // In the order of the documentation: what is left after fixing is reported.
    let team = team(&["unleak-fix", "unleak"]);
    team.write("app/pages.py", LEAKY);
    team.git(&["add", "app/pages.py"]);
    let blocked = team.commit("Count");
    assert_eq!(blocked.status.code(), Some(1));
    let said = stderr(&blocked);
    assert!(
        said.contains("hook id: unleak-fix\n- files were modified by this hook"),
        "{said}"
    );
    assert_eq!(team.subjects(), ["Set up"]);
    assert_eq!(team.read("app/pages.py"), MENDED);

    team.git(&["add", "app/pages.py"]);
    let passed = team.commit("Count");
    assert!(passed.status.success(), "{}", stderr(&passed));
    assert_eq!(team.subjects(), ["Count", "Set up"]);
    assert_eq!(team.git(&["show", "HEAD:app/pages.py"]), MENDED);
}

#[test]
fn what_cannot_be_fixed_blocks_and_stays() {
    let team = team(&["unleak-fix", "unleak"]);
    team.write("app/pages.py", RETURNS_ROWS);
    team.git(&["add", "app/pages.py"]);
    let blocked = team.commit("Rows");
    assert_eq!(blocked.status.code(), Some(1));
    let said = stderr(&blocked);
    assert!(
        said.contains("hook id: unleak-fix\n- exit code: 1"),
        "{said}"
    );
    assert!(said.contains("app/pages.py:5"), "{said}");
    assert!(!said.contains("modified"), "{said}");
    assert_eq!(team.read("app/pages.py"), RETURNS_ROWS);
}

#[test]
fn only_what_is_staged_is_judged() {
    let team = team(&["unleak-fix", "unleak"]);
    // Broken, leaking and not of the commit: nothing of it may be said or changed.
    team.write("app/other.py", &format!("# {}\n{LEAKY}", "long ".repeat(9)));
    team.write_bytes("app/broken.py", b"x = '\xe9'\nf = open(x)\n");
    team.write("notes.txt", "session = checkout()\n");
    team.write("app/pages.py", MENDED);
    team.git(&["add", "app/pages.py", "notes.txt"]);
    // Nor what was edited after it was staged; pre-commit puts that aside and back.
    team.write("app/pages.py", LEAKY);
    let passed = team.commit("Count");
    let said = stderr(&passed);
    assert!(passed.status.success(), "{said}");
    assert!(
        !said.contains("other.py") && !said.contains("broken.py"),
        "{said}"
    );
    assert_eq!(team.git(&["show", "HEAD:app/pages.py"]), MENDED);
    assert_eq!(team.read("app/pages.py"), LEAKY);
    assert!(team.read("app/other.py").ends_with(LEAKY));
}

#[test]
fn the_hooks_read_what_they_are_given_and_what_that_leads_to() {
    let team = Team::new();
    let files = [
        ("app/__init__.py", ""),
        ("app/db.py", DB),
        ("app/pages.py", LEAKY),
        ("app/other.py", LEAKY),
        ("main.py", LEAKY),
        // It replaces what the fix enters, which is said to people who run `fix` by hand.
        (
            "tests/test_pages.py",
            "from unittest.mock import patch\n\n\n@patch(\"app.pages.checkout\")\ndef test_count(checkout):\n    pass\n",
        ),
    ];
    let manifest = include_str!("../.pre-commit-hooks.yaml");
    let entries: Vec<&str> = manifest
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: unleak "))
        .collect();
    assert_eq!(entries.len(), 2);
    for entry in entries {
        for (path, text) in files {
            team.write(path, text);
        }
        let output = Command::new(venv::python())
            .arg(concat!(
                env!("CARGO_MANIFEST_DIR"),
                "/tests/support/opened.py"
            ))
            .arg(env!("CARGO_BIN_EXE_unleak"))
            .args(entry.split(' '))
            .arg("app/pages.py")
            .current_dir(team.project())
            .output()
            .expect("python runs");
        assert!(output.status.success(), "{}", stderr(&output));
        let opened = stdout(&output);
        let python: Vec<&str> = opened
            .lines()
            // A new text is written beside the file and then put in its place.
            .filter(|path| path.ends_with(".py"))
            .collect();
        assert_eq!(python, ["app/db.py", "app/pages.py"], "{entry}");
    }
    assert_eq!(team.read("app/pages.py"), MENDED);
    assert_eq!(team.read("main.py"), LEAKY);
}
