//! `unleak config`, and the JSON schema.
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use cli_support::Place;
use serde_json::{Value, json};

const CONFIGURATION: &str = "[project]\nname = \"x\"\n\n[tool.unleak]\nignore = [\"UL009\"]\nextend-exclude = [\"old\"]\ncontext = \"closing\"\n\n[tool.unleak.per-file-ignores]\n\"tests\" = [\"UL001\", \"UL003\"]\n\n[tool.unleak.areas.web]\npaths = [\"app/api\"]\npriority = \"high\"\n\n[tool.unleak.areas.all]\npaths = [\"*\"]\n";

fn place() -> Place {
    let place = Place::new();
    place.write("pyproject.toml", CONFIGURATION);
    place.write("app/api/a.py", "");
    place
}

fn shown(place: &Place, arguments: &[&str]) -> Value {
    let ran = place.run(&[&["config", "--output-format", "json"], arguments].concat());
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).unwrap()
}

#[test]
fn it_says_what_holds_and_whence() {
    let place = place();
    let said = shown(&place, &["app/api/a.py"]);
    assert_eq!(said["configuration"], "pyproject.toml");
    assert_eq!(said["left_out"], Value::Null);
    assert_eq!(said["area"], json!({"name": "web", "priority": "high"}));
    assert!(!said["rules"].as_array().unwrap().contains(&json!("UL009")));
    let of = |key: &str| {
        let settings = said["settings"].as_array().unwrap();
        settings
            .iter()
            .find(|one| one["key"] == key)
            .unwrap()
            .clone()
    };
    assert_eq!(
        of("ignore"),
        json!({"key": "ignore", "value": ["UL009"], "path": "pyproject.toml", "line": 5})
    );
    assert_eq!(of("context")["line"], 7);
    assert_eq!(
        of("force-exclude"),
        json!({"key": "force-exclude", "value": false, "path": null, "line": null})
    );

    // A file that is not there; the first area that matches has it.
    let said = shown(&place, &["tests/old/new.py"]);
    assert_eq!(
        said["left_out"],
        "extend-exclude of pyproject.toml has \"old\""
    );
    assert_eq!(said["area"], json!({"name": "all", "priority": "medium"}));
    assert_eq!(
        said["ignored"],
        json!([{"rule": "UL001", "glob": "tests", "line": 10}, {"rule": "UL003", "glob": "tests", "line": 10}])
    );
    assert_eq!(
        shown(&place, &["venv/a.py"])["left_out"],
        "the default of exclude has \"venv\""
    );
    assert_eq!(
        shown(&place, &[".tox/a.py"])["left_out"],
        ".tox is hidden or a virtual environment"
    );
    let said = shown(&place, &["--isolated", "app"]);
    assert_eq!(
        (&said["configuration"], &said["area"]),
        (&Value::Null, &Value::Null)
    );
}

#[test]
fn the_text_is_a_configuration_that_says_the_same() {
    let place = place();
    let ran = place.run(&["config", "app/api/a.py"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.stdout
            .starts_with("# app/api/a.py is governed by pyproject.toml\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("\n# pyproject.toml:7\ncontext = \"closing\"\n"),
        "{}",
        ran.stdout
    );
    place.write("unleak.toml", &ran.stdout);
    let mut copied = shown(&place, &["app/api/a.py"]);
    assert_eq!(copied["configuration"], "unleak.toml");
    std::fs::remove_file(place.path("unleak.toml")).unwrap();
    let mut original = shown(&place, &["app/api/a.py"]);
    for said in [&mut copied, &mut original] {
        for setting in said["settings"].as_array_mut().unwrap() {
            setting["path"] = Value::Null;
            setting["line"] = Value::Null;
        }
        said["configuration"] = Value::Null;
        // Areas are tables, whose order is lost in JSON.
        said["area"] = Value::Null;
    }
    assert_eq!(copied, original);
}

#[test]
fn a_wrong_configuration_is_refused_here_too() {
    let place = place();
    place.write("app/unleak.toml", "contxt = 1");
    for path in ["app", "app/api/a.py"] {
        place.run(&["config", path]).is(
            2,
            "",
            "unleak: app/unleak.toml:1: unknown key `contxt`; did you mean `context`?\n 1 | contxt = 1\n   | ^^^^^^\n",
        );
    }
}

fn schema_of_binary() -> String {
    let ran = Place::new().run(&["config", "--schema"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    ran.stdout
}

#[test]
fn the_schema_is_up_to_date() {
    let committed = std::fs::read_to_string("unleak.schema.json").unwrap();
    assert!(
        committed == schema_of_binary(),
        "write it anew: cargo run -- config --schema > unleak.schema.json"
    );
}

#[test]
fn the_page_has_every_key_with_its_default() {
    let page = std::fs::read_to_string("docs/configuration.md").unwrap();
    let schema: Value = serde_json::from_str(&schema_of_binary()).unwrap();
    let keys = schema["properties"].as_object().unwrap();
    for (key, said) in keys {
        let (_, section) = page
            .split_once(&format!("\n### `{key}`\n"))
            .unwrap_or_else(|| panic!("{key} has no section"));
        let section = section.split("\n### ").next().unwrap();
        let default = toml::Value::try_from(&said["default"]).unwrap().to_string();
        assert!(
            section.contains(&format!("Default: `{default}`")),
            "{key}: {default}"
        );
        assert!(section.contains("```toml\n"), "{key} has no example");
    }
    let sections: BTreeSet<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("### `")?.strip_suffix('`'))
        .collect();
    assert_eq!(sections, keys.keys().map(String::as_str).collect());
    // Each example is a configuration.
    let place = Place::new();
    for example in page.split("```toml\n").skip(1) {
        let example = example.split("```").next().unwrap();
        place.write("pyproject.toml", example);
        let ran = place.run(&["config", "a.py"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{example}");
        assert!(
            ran.stdout.contains("\n# pyproject.toml:"),
            "nothing is said: {example}"
        );
    }
}

#[test]
fn fixes_write_nothing_newer_than_the_oldest_target_version() {
    let fixed = tempfile::tempdir().unwrap();
    let fixtures = Path::new("fixtures");
    tree::write(&tree::read(fixtures, tree::is_python), fixed.path());
    tree::unleak(fixed.path(), &["fix", "--unsafe-fixes", "--quiet"]);
    let output = Command::new(venv::python())
        .arg("tests/support/oldest.py")
        .args([fixtures, fixed.path()])
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{errors}");
    let changed = String::from_utf8_lossy(&output.stdout);
    let changed: usize = changed.trim().parse().unwrap();
    assert!(changed > 300, "only {changed} files were changed");
}

/// Configurations, and whether they are right.
const EXAMPLES: [(&str, bool); 47] = [
    ("", true),
    (
        "select = [\"UL001\", \"never-released\", \"ALL\", \"UL0\"]",
        true,
    ),
    (
        "select = []\nextend-select = [\"UL\"]\nignore = [\"UL00\"]",
        true,
    ),
    ("select = \"UL001\"", false),
    ("select = [\"UL999\"]", false),
    ("select = [1]", false),
    ("extend-select = [\"never-relased\"]", false),
    ("ignore = { UL001 = true }", false),
    ("selct = []", false),
    ("Select = []", false),
    ("extend_select = []", false),
    (
        "[per-file-ignores]\n\"tests/**\" = [\"UL001\"]\n\"!app\" = [\"ALL\"]",
        true,
    ),
    ("[per-file-ignores]\n\"tests/**\" = \"UL001\"", false),
    ("[per-file-ignores]\n\"tests/**\" = [\"E501\"]", false),
    ("per-file-ignores = []", false),
    (
        "include = [\"*.py\"]\nexclude = [\"a\"]\nextend-exclude = [\"b/**\"]\nforce-exclude = true",
        true,
    ),
    ("include = \"*.py\"", false),
    ("exclude = [1]", false),
    ("extend-exclude = false", false),
    ("force-exclude = \"yes\"", false),
    ("force-exclude = 1", false),
    ("target-version = \"py36\"", true),
    ("target-version = \"py314\"", true),
    ("target-version = \"py27\"", false),
    ("target-version = \"3.9\"", false),
    ("target-version = 3.9", false),
    (
        "extend-safe-fixes = [\"UL001\"]\nextend-unsafe-fixes = [\"UL003\"]",
        true,
    ),
    ("extend-safe-fixes = \"UL001\"", false),
    ("extend-unsafe-fixes = [\"x\"]", false),
    ("resources = [\"database\", \"file\"]", true),
    ("resources = [\"sessions\"]", false),
    ("resources = \"database\"", false),
    ("context = \"closing\"", true),
    ("context = \"transaction\"", false),
    ("context = 1", false),
    (
        "[areas.web]\npaths = [\"app\"]\npriority = \"high\"\n[areas.rest]\npaths = [\"*\"]",
        true,
    ),
    ("[areas.web]\npaths = []", false),
    ("[areas.web]\npriority = \"low\"", false),
    ("[areas.web]\npaths = [\"a\"]\npriority = \"urgent\"", false),
    ("[areas.web]\npaths = [\"a\"]\nowner = \"b\"", false),
    ("areas = [\"web\"]", false),
    (
        "[[resource]]\nacquirers = [\"a.b.C\", \"d\"]\nrelease = \"close\"\nrelease-async = true\ncontext = \"releases\"\nasync-context = \"none\"\nownership = \"owned\"\nkind = \"file\"\nmay-be-none = false",
        true,
    ),
    (
        "[[resource]]\nacquirers = [\"a\"]\nrelease = [\"x\", \"y\"]\nownership = \"borrowed\"",
        true,
    ),
    ("[[resource]]\nacquirers = []", false),
    ("[[resource]]\nacquirers = [\"a.\"]", false),
    ("[[resource]]\nacquirers = [\"a\"]\nrelease = []", false),
    ("[resource]\nacquirers = [\"a\"]", false),
];

#[test]
fn schema_and_program_are_of_one_mind() {
    let place = Place::new();
    for (example, right) in EXAMPLES {
        place.write("unleak.toml", example);
        let ran = place.run(&["config"]);
        let code = if right { 0 } else { 2 };
        assert_eq!(ran.code, code, "{example}\n{}", ran.stderr);
        if !right {
            // The file, a line, and the line itself.
            assert!(
                ran.stderr.starts_with("unleak: unleak.toml:"),
                "{}",
                ran.stderr
            );
            assert!(ran.stderr.contains(" | "), "{}", ran.stderr);
        }
    }
    let examples: Vec<Value> = EXAMPLES
        .iter()
        .map(|(example, right)| json!([toml::from_str::<Value>(example).unwrap(), right]))
        .collect();
    place.write("examples.json", serde_json::to_string(&examples).unwrap());
    let output = Command::new(venv::with_requirements(Path::new(
        "tests/schema/requirements.txt",
    )))
    .arg("tests/schema/validate.py")
    .arg("unleak.schema.json")
    .arg(place.path("examples.json"))
    .output()
    .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        (said.trim(), output.status.code()),
        (format!("{} examples", EXAMPLES.len()).as_str(), Some(0)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
