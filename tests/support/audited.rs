//! What the tests of `unleak audit` have in common.
#![allow(dead_code, reason = "no test crate uses all of it")]
#![allow(clippy::unwrap_used)]

use std::path::Path;

use serde_json::Value;

use crate::cli_support::{Place, Ran};
use crate::tree;

pub const LEAKY: &str = "def first(path):\n    f = open(path)\n    f.read()\n";

pub const BY_HAND: &str = "import os\n\n\ndef head(path):\n    fd = os.open(path, os.O_RDONLY)\n    \
                       data = os.read(fd, 5)\n    os.close(fd)\n    return data\n";

/// A copy of that fixture.
pub fn copy(fixture: &str) -> Place {
    let place = Place::new();
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join(fixture);
    tree::write(&tree::read(&from, tree::is_python), place.root());
    place
}

pub fn json(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(arguments);
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {}", ran.stderr))
}

pub fn audited(place: &Place) -> Value {
    json(place, &["audit", "--output-format", "json"])
}

pub fn checked(place: &Place) -> Vec<Value> {
    let found = json(place, &["check", "--output-format", "json"]);
    found.as_array().unwrap().clone()
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

pub fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

pub fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// Safe, review, by hand.
pub fn ways(value: &Value) -> [usize; 3] {
    let ways = &value["repairs"];
    ["safe", "review", "by_hand"].map(|way| number(&ways[way]))
}

pub fn sum(values: impl Iterator<Item = [usize; 3]>) -> [usize; 3] {
    values.fold([0; 3], |sum, more| {
        [0, 1, 2].map(|way| sum[way] + more[way])
    })
}

pub fn leaks(found: &[Value]) -> Vec<&Value> {
    let is_leak = |one: &&Value| one["level"] == "leak";
    found.iter().filter(is_leak).collect()
}

pub fn rows<'t>(ran: &'t Ran, head: &str) -> Vec<&'t str> {
    let (_, rest) = ran.stdout.split_once(head).expect(head);
    let table = rest.split("\n\n").next().expect("a table");
    table.lines().skip(1).map(str::trim).collect()
}

pub fn ranking(audit: &Value) -> Vec<(&str, &str)> {
    let pages = list(&audit["ranking"]).iter();
    pages
        .map(|page| (text(&page["path"]), text(&page["priority"])))
        .collect()
}

pub fn git(place: &Place, arguments: &[&str]) {
    let ran = place.git(arguments, b"");
    assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.stderr);
}

pub fn commit(place: &Place) {
    git(place, &["add", "--all"]);
    let user = ["-c", "user.name=x", "-c", "user.email=x@example.org"];
    let commit = [&user[..], &["commit", "--quiet", "--message=x"]];
    git(place, &commit.concat());
}
