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
    }
    assert_eq!(copied, original);
    // Of two areas that match the first counts.
    assert_eq!(original["area"]["name"], "web");
    let ran = place.run(&["config", "--output-format", "json", "app/api/a.py"]);
    let first = |name: &str| {
        ran.stdout
            .rfind(&format!("\"{name}\":{{\"paths\""))
            .unwrap()
    };
    assert!(first("web") < first("all"), "{}", ran.stdout);
}

#[cfg(unix)]
#[test]
fn the_text_is_a_configuration_whatever_the_names() {
    let place = Place::new();
    place.write("d\ne/m.py", "");
    place.write(
        "d\ne/unleak.toml",
        "extend-exclude = [\"m.p\\u0079\"]\n[per-file-ignores]\n\"m.p?\\n\" = [\"UL001\"]\n\"!x\\ny\" = [\"UL001\"]\n[areas.\"a\\nb\"]\npaths = [\"*\"]",
    );
    let ran = place.run(&["config", "d\ne/m.py"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(
        ran.stdout
            .starts_with("# d\\ne/m.py is governed by d\\ne/unleak.toml\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("\n# area: a\\nb (pri"),
        "{}",
        ran.stdout
    );
    place.write("copy.toml", &ran.stdout);
    let copied = place.run(&["config", "--config", "copy.toml", "d\ne/m.py"]);
    assert_eq!((copied.code, copied.stderr.as_str()), (0, ""));
}

/// What `config` says of why it is left out, and whether `check` looks at it: where it is found, and where it is named with
/// `--force-exclude`.
fn fate(place: &Place, path: &str) -> (Option<String>, bool, bool) {
    let said = shown(place, &[path])["left_out"].clone();
    let looks = |arguments: &[&str]| {
        let ran = place.run(&[&["check", "--output-format=concise"], arguments].concat());
        assert_eq!(
            ran.stderr.replace("unleak: no Python files there\n", ""),
            ""
        );
        ran.stdout.contains(&format!("{path}:"))
    };
    (
        said.as_str().map(str::to_string),
        looks(&[]),
        looks(&["--force-exclude", path]),
    )
}

const LEAKY: &str = "def f(p):\n    x = open(p)\n    return x.read()\n";

#[test]
fn what_is_left_out_further_up_is_left_out() {
    let place = Place::new();
    place.write("unleak.toml", "extend-exclude = [\"legacy\"]");
    for directory in ["legacy", "venv", ".hid", "node_modules", "env", "app"] {
        place.write(&format!("{directory}/m.py"), LEAKY);
        place.write(&format!("{directory}/unleak.toml"), "select = [\"UL0\"]");
    }
    place.write("env/pyvenv.cfg", "");
    for (path, why) in [
        (
            "legacy/m.py",
            "extend-exclude of unleak.toml has \"legacy\"",
        ),
        ("venv/m.py", "the default of exclude has \"venv\""),
        (".hid/m.py", ".hid is hidden or a virtual environment"),
        (
            "node_modules/m.py",
            "the default of exclude has \"node_modules\"",
        ),
        ("env/m.py", "env is hidden or a virtual environment"),
    ] {
        assert_eq!(fate(&place, path), (Some(why.to_string()), false, false));
        let directory = path.split('/').next().unwrap();
        assert_eq!(shown(&place, &[directory])["left_out"], why);
    }
    assert_eq!(fate(&place, "app/m.py"), (None, true, true));

    // Without a configuration up here, and where that is what forces.
    std::fs::remove_file(place.path("unleak.toml")).unwrap();
    let why = "the default of exclude has \"venv\"".to_string();
    assert_eq!(fate(&place, "venv/m.py"), (Some(why), false, false));
    assert_eq!(fate(&place, "legacy/m.py"), (None, true, true));
    let forced = "extend-exclude = [\"legacy\"]\nforce-exclude = true";
    place.write("unleak.toml", forced);
    assert_eq!(place.run(&["check", "legacy/m.py"]).stdout, "");
    // Who works in a repository inside has it as it is.
    let inside = |arguments: &[&str]| {
        let mut command = place.command(arguments);
        command.current_dir(place.path("legacy")).output().unwrap()
    };
    let check = ["check", "--force-exclude", "m.py"];
    assert_eq!(inside(&check).stdout, b"");
    assert_eq!(place.git(&["init", "--quiet", "legacy"], b"").code, 0);
    assert_eq!(inside(&check).status.code(), Some(1));
    assert_eq!(place.run(&["check", "legacy/m.py"]).stdout, "");
    // A mistake further up is none of the file's.
    place.write("unleak.toml", "selct = 1");
    assert_eq!(place.run(&["check", "legacy/m.py"]).code, 1);
    assert_eq!(place.run(&["config", "app/m.py"]).code, 2);
}

#[test]
fn what_git_or_the_name_leaves_out_is_said() {
    let place = Place::new();
    place.write(".gitignore", "gen/\n/local.py\n");
    place.write("app/.gitignore", "*_tmp.py\n!kept_tmp.py\n");
    for (path, why) in [
        ("gen/a.py", Some(".gitignore has `gen/`")),
        ("gen/deep/a.py", Some(".gitignore has `gen/`")),
        ("local.py", Some(".gitignore has `/local.py`")),
        ("app/local.py", None),
        ("app/a_tmp.py", Some("app/.gitignore has `*_tmp.py`")),
        ("app/kept_tmp.py", None),
        (
            "app/notes.txt",
            Some("no glob in the default of include matches it"),
        ),
    ] {
        // There or not.
        assert_eq!(shown(&place, &[path])["left_out"].as_str(), why, "{path}");
        place.write(path, LEAKY);
        // What is named is taken all the same: nobody has excluded it.
        let fate = fate(&place, path);
        assert_eq!(
            fate,
            (why.map(str::to_string), why.is_none(), true),
            "{path}"
        );
    }
    assert_eq!(place.git(&["init", "--quiet"], b"").code, 0);
    place.write(".git/info/exclude", "mine.py\n");
    place.write("mine.py", LEAKY);
    let why = Some("by git's own settings".to_string());
    assert_eq!(fate(&place, "mine.py"), (why, false, true));
}

#[cfg(unix)]
#[test]
fn a_link_is_judged_by_its_own_name() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    place.write("real/r.py", LEAKY);
    std::fs::create_dir(place.path("app")).unwrap();
    symlink("real/r.py", place.path("lf.py")).unwrap();
    symlink("../real", place.path("app/ln")).unwrap();
    let reported = |excluded: &str, path: &str| {
        let text = format!("extend-exclude = [\"{excluded}\"]\nforce-exclude = true");
        place.write("unleak.toml", text);
        let said = shown(&place, &[path])["left_out"].clone();
        let by_glob = said.as_str().is_some_and(|why| why.contains(excluded));
        let ran = place.run(&["check", "--quiet", path]);
        assert_eq!(by_glob, ran.code == 0, "{excluded}, {path}: {said}");
        ran.code == 1
    };
    assert!(!reported("lf.py", "lf.py"));
    assert!(reported("real", "lf.py"));
    assert!(!reported("app/ln", "app/ln"));
    assert!(reported("real", "app/ln"));
    // The directory of a name is made real.
    assert!(reported("app/ln", "app/ln/r.py"));
    assert!(!reported("real", "app/ln/r.py"));
    let why = "a symbolic link, which is followed only where it is named";
    assert_eq!(shown(&place, &["lf.py"])["left_out"], why);
    // So it is with what governs it, and with areas.
    let rules = "[per-file-ignores]\n\"lf.py\" = [\"ALL\"]\n[areas.links]\npaths = [\"lf.py\", \"other.py\"]\n[areas.rest]\npaths = [\"*\"]";
    place.write("unleak.toml", rules);
    assert_eq!(place.run(&["check", "lf.py"]).code, 0);
    assert_eq!(place.run(&["check", "real/r.py"]).code, 1);
    symlink("real/r.py", place.path("other.py")).unwrap();
    let ran = place.run(&["audit", "--output-format=json", "other.py"]);
    let audit: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(audit["ranking"][0]["area"], "links");
    assert_eq!(shown(&place, &["other.py"])["area"]["name"], "links");
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
