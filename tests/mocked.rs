//! A project whose tests replace its providers, with the real pytest: those that `fix` names fail after a native fix, and no
//! others; with `--context closing` all pass.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/venv.rs"]
mod venv;

use std::collections::BTreeSet;
use std::path::Path;

use cli_support::{Place, Ran};

const TESTS: [&str; 3] = ["test_api.py", "test_monkeypatch.py", "test_patch.py"];

/// A copy of the project.
fn project() -> Place {
    let place = Place::new();
    for entry in walkdir::WalkDir::new("fixtures/mocked") {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix("fixtures/mocked").unwrap();
        if entry.file_type().is_file() && !entry.path().ends_with("__pycache__") {
            let bytes = std::fs::read(entry.path()).unwrap();
            place.write(name.to_str().unwrap(), bytes);
        }
    }
    place
}

/// The tests that pass and those that fail.
fn pytest(place: &Place) -> (BTreeSet<String>, BTreeSet<String>) {
    let python = venv::with_requirements(Path::new("fixtures/mocked/requirements.txt"));
    let python = std::path::absolute(python).unwrap();
    let output = std::process::Command::new(python)
        .args(["-B", "-m", "pytest", "-q", "-rA", "--tb=no"])
        .current_dir(place.root())
        .output()
        .unwrap();
    let ran: Ran = output.into();
    let with = |word: &str| {
        let lines = ran
            .stdout
            .lines()
            .filter_map(|line| line.strip_prefix(word));
        let tests = lines.map(|line| line.split(" - ").next().unwrap().trim().to_owned());
        tests.collect::<BTreeSet<_>>()
    };
    assert!(ran.code < 2, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(with("ERROR "), BTreeSet::new(), "{}", ran.stdout);
    (with("PASSED "), with("FAILED "))
}

/// What is said to be named: `tests/test_patch.py:12`, and the tests that belong to it.
fn marked(place: &Place) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut lines, mut tests) = (BTreeSet::new(), BTreeSet::new());
    for file in TESTS {
        let text = place.read(&format!("tests/{file}"));
        let all: Vec<&str> = text.lines().collect();
        for (index, _) in all
            .iter()
            .enumerate()
            .filter(|(_, line)| line.ends_with("# named"))
        {
            lines.insert(format!("tests/{file}:{}", index + 1));
            tests.extend(owners(&all, index).map(|test| format!("tests/{file}::{test}")));
        }
    }
    (lines, tests)
}

/// The tests that a line belongs to: the one it stands in or decorates, those of its class, those that take its fixture.
fn owners(all: &[&str], index: usize) -> impl Iterator<Item = String> {
    let is_head = |line: &str| {
        ["def ", "class "]
            .iter()
            .any(|word| line.trim_start().starts_with(word))
    };
    let head = match all[index].starts_with('@') {
        true => (index..all.len()).find(|at| is_head(all[*at])).unwrap(),
        false => (0..index).rev().find(|at| is_head(all[*at])).unwrap(),
    };
    let name = |line: &str| {
        let line = line
            .trim_start()
            .trim_start_matches("def ")
            .trim_start_matches("class ");
        line.split(['(', ':']).next().unwrap().to_owned()
    };
    let class_of = |at: usize| {
        let mut above = (0..=at).rev().map(|at| all[at]);
        above
            .find(|line| !line.is_empty() && !line.starts_with(' '))
            .filter(|line| line.starts_with("class "))
    };
    let own = all[head];
    let mut found = Vec::new();
    for (at, line) in all
        .iter()
        .enumerate()
        .filter(|(_, line)| line.contains("def test_"))
    {
        let class = class_of(at);
        let takes = own.starts_with("def ") && line.contains(&format!("({})", name(own)));
        let same_class = class.is_some() && class == class_of(head);
        let whole_class = !name(own).starts_with("test_");
        if at == head || takes || (same_class && whole_class) {
            let class = class.map(|class| name(class) + "::").unwrap_or_default();
            found.push(format!("{class}{}", name(line)));
        }
    }
    assert!(!found.is_empty(), "no test for line {}", index + 1);
    found.into_iter()
}

/// What is named on standard error, by file and line.
fn named(ran: &Ran, are: &str) -> BTreeSet<String> {
    let end = format!("; its calls {are} entered with `with`");
    let lines = ran.stderr.lines().filter(|line| line.ends_with(&end));
    let places = lines.map(|line| {
        let line = line.strip_prefix("unleak: ").unwrap();
        line.split(" replaces `").next().unwrap().to_owned()
    });
    places.collect()
}

#[test]
fn the_tests_that_are_named_are_those_that_break() {
    let place = project();
    let (lines, tests) = marked(&place);
    assert!(lines.len() > 30, "{}", lines.len());
    let (all, broken) = pytest(&place);
    assert_eq!(broken, BTreeSet::new());
    assert!(all.len() > tests.len() + 10, "some are not concerned");

    let ran = place.run(&["fix", "."]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(named(&ran, "are now"), lines);
    let (passing, broken) = pytest(&place);
    assert_eq!(broken, tests);
    assert_eq!(passing.len() + broken.len(), all.len());
    assert_eq!(ran.stderr.lines().last(), Some(HINT));
}

const HINT: &str = "unleak: such a test may need a mock that can be entered: see docs/mocks.md, or use --context closing";

#[test]
fn with_closing_nothing_is_named_and_nothing_breaks() {
    let place = project();
    let (all, _) = pytest(&place);
    let ran = place.run(&["fix", "--context", "closing", "."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        place
            .read("app/services/orders.py")
            .contains("with closing(get_db()) as session:")
    );
    assert_eq!(pytest(&place), (all, BTreeSet::new()));
    let again = place.run(&["fix", "."]);
    assert_eq!((again.code, again.stderr.as_str()), (0, ""));
}

#[test]
fn diff_names_the_same_beside_the_patch() {
    let place = project();
    let ran = place.run(&["diff", "."]);
    assert_eq!(ran.code, 1);
    assert_eq!(named(&ran, "would then be"), marked(&place).0);
    assert!(!ran.stdout.contains("replaces"));
    place.git(&["init", "-q"], b"").is(0, "", "");
    place.git(&["apply", "--check"], &ran.bytes).is(0, "", "");

    let quiet = place.run(&["diff", "--quiet", "."]);
    assert_eq!((quiet.stderr.as_str(), quiet.bytes), ("", ran.bytes));
    let closing = place.run(&["diff", "--context", "closing", "."]);
    assert_eq!(closing.stderr.lines().count(), 1, "{}", closing.stderr);
}

#[test]
fn one_file_is_enough_to_find_the_tests_of_its_project() {
    let place = project();
    let ran = place.run(&["fix", "--output-format", "json", "app/services/audit.py"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (0, "[]\n"));
    let line = marked(&place).0.into_iter().find(|line| {
        let number: usize = line.rsplit(':').next().unwrap().parse().unwrap();
        let text = place.read("tests/test_patch.py");
        line.contains("test_patch")
            && text
                .lines()
                .nth(number - 1)
                .unwrap()
                .contains("app.services.get_db")
    });
    // What the provider calls in turn, too.
    assert!(named(&ran, "are now").contains(&line.unwrap()));
    let session = named(&ran, "are now").len();
    assert_eq!(session, 2, "{}", ran.stderr);

    let place = project();
    let code = place.read("app/services/orders.py");
    let arguments = ["fix", "-", "--stdin-filename", "app/services/orders.py"];
    let piped = place.run_with(&arguments, code.as_bytes());
    assert!(!piped.stderr.contains("replaces"), "{}", piped.stderr);
}
