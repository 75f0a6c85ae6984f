//! What the README says is so.

#[path = "support/tree.rs"]
mod tree;

use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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
    for command in ["check", "diff", "fix", "providers", "config", "explain"] {
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
    let (page, of_providers) = page.split_once("## Providers").expect("all sections");
    let (of_providers, of_audit) = of_providers.split_once("## Audit").expect("all sections");
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(listed, said);
    let example: Value = serde_json::from_str(between(page, "```json\n", "```")).expect("JSON");
    assert!(
        objects.contains(&example),
        "the example is not among what is said of fixtures/leaky_app"
    );
    the_section_on_providers_is_right(of_providers);
    the_section_on_audit_is_right(of_audit);
}

/// The keys of an object and of all objects in it, in lists too. Those of `repairs` are the same everywhere.
fn all_keys(object: &Value, before: &str, found: &mut BTreeSet<String>) {
    match object {
        Value::Array(items) => items.iter().for_each(|item| all_keys(item, before, found)),
        Value::Object(members) => {
            for (key, value) in members {
                let name = format!("{before}{key}");
                if before.is_empty() || key != "repairs" {
                    all_keys(value, &format!("{name}."), found);
                }
                found.insert(name);
            }
        }
        _ => {}
    }
}

/// Whether `example` is `object` with only some of the members of each list.
fn is_cut_from(example: &Value, object: &Value) -> bool {
    match (example, object) {
        (Value::Object(example), Value::Object(object)) => {
            example.keys().eq(object.keys())
                && example
                    .iter()
                    .all(|(key, value)| is_cut_from(value, &object[key]))
        }
        (Value::Array(example), Value::Array(object)) => {
            let is_in = |one: &Value| object.iter().any(|other| is_cut_from(one, other));
            example.is_empty() == object.is_empty() && example.iter().all(is_in)
        }
        _ => example == object,
    }
}

fn the_section_on_audit_is_right(page: &str) {
    let place = tempfile::tempdir().expect("a directory");
    let known = place.path().join("known.json");
    let known = format!("--baseline={}", known.display());
    let app = "fixtures/leaky_app";
    unleak(
        root(),
        &["check", "--quiet", "--write-baseline", &known, app],
    );
    let arguments = ["audit", "--output-format", "json", &known, app];
    let object: Value = serde_json::from_str(&stdout(&unleak(root(), &arguments))).expect("JSON");
    let mut said = BTreeSet::new();
    all_keys(&object, "", &mut said);
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(listed, said);
    let example: Value = serde_json::from_str(between(page, "```json\n", "```")).expect("JSON");
    assert!(is_cut_from(&example, &object), "{object:#}");
}

fn the_section_on_providers_is_right(page: &str) {
    let arguments = ["providers", "--output-format", "json", "fixtures/leaky_app"];
    let output = stdout(&unleak(root(), &arguments));
    let objects: Vec<Value> = serde_json::from_str(&output).expect("JSON");
    let mut said = BTreeSet::new();
    for object in &objects {
        keys(object, "", &mut said);
    }
    // Lines all have the same keys.
    said.retain(|key| !key.starts_with("declared."));
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(key, _)| key.to_owned())
        .collect();
    assert_eq!(listed, said);
    let example: Value = serde_json::from_str(between(page, "```json\n", "```")).expect("JSON");
    assert!(objects.contains(&example), "{output}");
}

#[test]
fn the_example_of_a_configuration_is_one() {
    let page = file("docs/configuration.md");
    let place = tempfile::tempdir().expect("a directory");
    let example = between(&page, "```toml\n", "```");
    std::fs::write(place.path().join("pyproject.toml"), example).expect("a file");
    std::fs::write(place.path().join("a.py"), "x = 1\n").expect("a file");
    let output = unleak(place.path(), &["check"]);
    assert_eq!(output.status.code(), Some(0));
    // What is not a key is refused, and the error lists those that are.
    std::fs::write(
        place.path().join("unleak.toml"),
        "[[resource]]\nacquirers = [\"a\"]\nx = 1\n",
    )
    .expect("a file");
    let refused = tree::stderr(&unleak(place.path(), &["check"]));
    let keys: BTreeSet<&str> = between(&refused, "expected one of", "\n")
        .split('`')
        .skip(1)
        .step_by(2)
        .collect();
    let listed: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split('`').next())
        .collect();
    assert_eq!(listed, keys);
}

#[test]
fn its_hooks_run_commands_that_exist() {
    let hooks = file(".pre-commit-hooks.yaml");
    let entries: Vec<&str> = hooks
        .lines()
        .filter_map(|line| line.trim().strip_prefix("entry: unleak "))
        .collect();
    assert_eq!(
        entries,
        ["check --force-exclude", "fix --quiet --force-exclude"]
    );
    let readme = file("README.md");
    for id in hooks.lines().filter_map(|line| line.strip_prefix("- id: ")) {
        assert!(
            readme.contains(&format!("- id: {id} ")),
            "{id} is not in the README"
        );
    }
}

/// The rooms that a file names in its code.
fn used(path: &Path, rooms: &BTreeSet<String>) -> BTreeSet<String> {
    std::fs::read_to_string(path)
        .expect("a readable file")
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split("crate::").skip(1))
        .filter_map(|rest| rest.split(|char: char| !char.is_ascii_lowercase()).next())
        .filter(|word| rooms.contains(*word))
        .map(str::to_owned)
        .collect()
}

#[test]
fn rooms_use_what_the_page_on_them_says() {
    let page = file("docs/architecture.md");
    let table = between(&page, "| room | holds |", "Of `rules`, `transform` takes");
    let words = |cell: &str| -> BTreeSet<String> {
        let odd = cell.split('`').skip(1).step_by(2);
        odd.map(str::to_owned).collect()
    };
    let mut rows = BTreeMap::new();
    for line in table.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        rows.insert(cells[1].trim_matches('`').to_owned(), words(cells[3]));
    }
    let rooms: BTreeSet<String> = rows.keys().cloned().collect();
    let modules: BTreeSet<String> = file("src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert_eq!(rooms, modules, "the rooms of the page and of src/lib.rs");

    let mut uses: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in walkdir::WalkDir::new(root().join("src")) {
        let entry = entry.expect("a readable directory");
        let path = entry.path();
        let below = path.strip_prefix(root().join("src")).expect("below it");
        let first = below.iter().next().map(Path::new).unwrap_or(below);
        let room = first.with_extension("").to_string_lossy().into_owned();
        if rooms.contains(&room) && path.extension().is_some_and(|end| end == "rs") {
            let of_room = uses.entry(room.clone()).or_default();
            of_room.extend(used(path, &rooms).into_iter().filter(|name| *name != room));
        }
    }
    assert_eq!(rows, uses);
}
