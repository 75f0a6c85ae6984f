//! What the tests of `unleak fix` start from.
#![allow(dead_code, reason = "no test crate uses all of it")]
#![allow(clippy::unwrap_used)]

use std::fs;

use crate::cli_support::Place;

/// UL002 with a safe fix.
pub const LEAK: &str =
    "def f():\n    session = get_db()\n    session.run(1)\n    session.close()\n";
pub const FIXED: &str = "def f():\n    with get_db() as session:\n        session.run(1)\n";

/// Two leaks in functions of their own.
pub const TWO: &str = "\
def first(path):
    one = open(path)
    return one.read()


def second(path):
    two = open(path)
    return two.read()
";
pub const FIRST_FIXED: &str = "\
def first(path):
    with open(path) as one:
        return one.read()


def second(path):
    two = open(path)
    return two.read()
";
pub const SECOND_FIXED: &str = "\
def first(path):
    one = open(path)
    return one.read()


def second(path):
    with open(path) as two:
        return two.read()
";
pub const BOTH_FIXED: &str = "\
def first(path):
    with open(path) as one:
        return one.read()


def second(path):
    with open(path) as two:
        return two.read()
";

/// The names in a directory: nothing temporary may be among them.
pub fn names(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.root()).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// A new repository.
pub fn repository() -> Place {
    let place = Place::new();
    place.git(&["init", "-q"], b"").is(0, "", "");
    for (key, value) in [("user.name", "a"), ("user.email", "a@example.org")] {
        place.git(&["config", key, value], b"").is(0, "", "");
    }
    place
}

/// Commits everything.
pub fn commit(place: &Place) {
    place.git(&["add", "-A"], b"").is(0, "", "");
    let ran = place.git(&["commit", "-q", "-m", "c"], b"");
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}
