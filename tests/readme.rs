//! What the README says is so.

#[path = "support/tree.rs"]
mod tree;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use tree::{stdout, unleak};
use unleak::rules::Rule;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn file(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).expect("a readable file")
}

/// What stands between two marks.
fn between<'t>(text: &'t str, start: &str, end: &str) -> &'t str {
    let (_, rest) = text
        .split_once(start)
        .unwrap_or_else(|| panic!("no {start:?}"));
    rest.split_once(end)
        .unwrap_or_else(|| panic!("no {end:?}"))
        .0
}

#[test]
fn its_diff_is_real() {
    let readme = file("README.md");
    let shown = between(&readme, "<!-- diff -->\n```diff\n", "```\n<!-- /diff -->");
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("+") && line.contains("with ")),
        "the diff shows no `with`"
    );
    let output = stdout(&unleak(root(), &["diff", "fixtures/leaky_app"]));
    // A line `...` stands for what was left out.
    for piece in shown.split("\n...\n") {
        assert!(
            output.contains(piece.trim_end_matches('\n')),
            "not in the output of `unleak diff`:\n{piece}"
        );
    }
}

#[test]
fn its_commands_are_the_ones_that_are_tested() {
    let readme = file("README.md");
    let commands: Vec<&str> = readme
        .split("```sh\n")
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect();
    assert_eq!(
        commands,
        ["cargo run --quiet -- diff fixtures/leaky_app", ".ci/test"]
    );
    let continuous = file(".ci/run");
    assert_eq!(
        continuous.lines().last(),
        Some("exec .ci/test"),
        "CI ends with the README's test command"
    );
}

#[test]
fn its_rules_are_all_the_rules() {
    let readme = file("README.md");
    let table = between(&readme, "## What it finds", "## What a safe fix promises");
    let rows: Vec<(&str, &str)> = table
        .lines()
        .filter(|line| line.starts_with("| UL"))
        .map(|line| {
            let mut cells = line.split('|').map(str::trim).skip(1);
            (
                cells.next().unwrap_or_default(),
                cells.next().unwrap_or_default(),
            )
        })
        .collect();
    let rules: Vec<(&str, &str)> = Rule::ALL
        .iter()
        .map(|rule| (rule.code(), rule.name()))
        .collect();
    assert_eq!(rows, rules);
}

/// The long options of a text.
fn options(text: &str) -> BTreeSet<&str> {
    text.split(|char: char| !(char.is_ascii_lowercase() || char == '-'))
        .filter(|word| word.starts_with("--") && word.len() > 3)
        .collect()
}

#[test]
fn its_options_are_all_the_options() {
    let readme = file("README.md");
    let table = between(&readme, "| option | means |", "| exit code | means |");
    let mut help = String::new();
    for command in ["check", "diff", "fix", "explain"] {
        assert!(
            readme.contains(&format!("`unleak {command} ")),
            "{command} is not in the README"
        );
        let said = unleak(root(), &[command, "--help"]);
        assert_eq!(said.status.code(), Some(0), "{command}");
        help.push_str(&stdout(&said));
    }
    let mut known = options(&help);
    known.remove("--help");
    assert_eq!(options(table), known);
}

/// The keys of an object and of the objects in it, as `outer.inner`.
fn keys(object: &Value, before: &str, found: &mut BTreeSet<String>) {
    for (key, value) in object.as_object().into_iter().flatten() {
        found.insert(format!("{before}{key}"));
        keys(value, &format!("{before}{key}."), found);
    }
}

#[test]
fn the_page_on_json_is_right() {
    let page = file("docs/json.md");
    let arguments = ["check", "--output-format", "jsonl", "fixtures/leaky_app"];
    let output = stdout(&unleak(root(), &arguments));
    let mut said = BTreeSet::new();
    let mut objects = Vec::new();
    for line in output.lines() {
        let object: Value = serde_json::from_str(line).expect("a JSON object");
        keys(&object, "", &mut said);
        objects.push(object);
    }
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(listed, said);
    let example: Value = serde_json::from_str(between(&page, "```json\n", "```")).expect("JSON");
    assert!(
        objects.contains(&example),
        "the example is not among what is said of fixtures/leaky_app"
    );
}

#[test]
fn its_hooks_run_commands_that_exist() {
    let hooks = file(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: unleak "))
        .collect();
    assert_eq!(entries, ["check", "fix"]);
    let readme = file("README.md");
    for id in hooks.lines().filter_map(|line| line.strip_prefix("- id: ")) {
        assert!(
            readme.contains(&format!("- id: {id} ")),
            "{id} is not in the README"
        );
    }
}
