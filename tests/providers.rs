//! `unleak providers` on the small projects of `fixtures/providers`: what it prints is held against `snapshots/providers`,
//! and everything it says of them is checked against what they are.
#![allow(clippy::unwrap_used)]

#[path = "support/tree.rs"]
mod tree;

use std::path::{Path, PathBuf};

use serde_json::Value;

fn project(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fixtures/providers")
        .join(name)
}

fn run(name: &str, arguments: &[&str]) -> String {
    let output = tree::unleak(&project(name), &[&["providers"], arguments].concat());
    assert_eq!(tree::stderr(&output), "", "{name}");
    assert_eq!(output.status.code(), Some(0), "{name}");
    tree::stdout(&output)
}

fn entries(name: &str) -> Vec<Value> {
    serde_json::from_str(&run(name, &["--output-format", "json"])).unwrap()
}

/// The one entry of that name.
fn entry<'e>(entries: &'e [Value], name: &str) -> &'e Value {
    let found: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["name"] == name)
        .collect();
    assert_eq!(found.len(), 1, "{name} in {entries:#?}");
    found[0]
}

fn names() -> Vec<String> {
    let entries = std::fs::read_dir(project("")).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(names.len() >= 4, "{names:?}");
    names
}

#[test]
fn text_and_json_are_those_of_the_snapshots() {
    for name in names() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path("../snapshots/providers");
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| {
            insta::assert_snapshot!(format!("{name}.text"), run(&name, &[]));
            let lines = run(&name, &["--output-format", "jsonl"]);
            insta::assert_snapshot!(format!("{name}.json"), lines);
        });
    }
}

#[test]
fn lines_fit_into_a_terminal() {
    for name in names() {
        for line in run(&name, &[]).lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
        }
    }
}

#[test]
fn every_borrowed_shape_is_explained() {
    let entries = entries("borrowed");
    for (name, why) in [
        ("app.cached.by_lru_cache", "cached by `functools.lru_cache`"),
        ("app.cached.by_cache", "cached by `functools.cache`"),
        (
            "app.cached.by_streamlit",
            "cached by `streamlit.cache_resource`",
        ),
        (
            "app.cached.by_session_state",
            "kept in Streamlit's `session_state`",
        ),
        (
            "app.cached.by_dictionary",
            "kept in `_by_path`, which serves as a cache",
        ),
        (
            "app.cached.by_get",
            "kept in `_by_path`, which serves as a cache",
        ),
        (
            "app.cached.Report.conn",
            "cached by `functools.cached_property`",
        ),
        (
            "app.cached.through_another",
            "from `app.cached.by_dictionary`: kept in `_by_path`, which serves as a cache",
        ),
        ("app.kept.by_global", "kept in the global `_conn` (line 7)"),
        (
            "app.kept.Database.by_self",
            "kept on its object, as `self._conn`",
        ),
        (
            "app.kept.Database.by_property",
            "kept on its object, as `self._conn`",
        ),
        (
            "app.kept.Database.by_class",
            "kept on the class, as `cls._shared`",
        ),
        (
            "app.kept.Database.lazily",
            "kept on its object, as `self._conn`",
        ),
        (
            "app.kept.Database.once_more",
            "kept on its object, as `self._conn`",
        ),
        (
            "app.kept.by_thread",
            "kept in a `threading.local`, for the thread",
        ),
        ("app.kept.by_context", "kept in a `ContextVar`"),
        ("app.kept.by_parameter", "its parameter `conn`"),
        (
            "app.kept.by_attribute_of_a_parameter",
            "kept as `request.state.conn`",
        ),
        (
            "app.kept.remembered",
            "kept or handed on in line 85, before it is given",
        ),
        (
            "app.web.Session",
            "the session of the thread, from a `scoped_session`",
        ),
        (
            "app.web.get_scoped",
            "the session of the thread, from a `scoped_session`",
        ),
        (
            "app.web.db.session",
            "`db.session`, which Flask-SQLAlchemy releases when the request ends",
        ),
        (
            "app.web.get_session",
            "`db.session`, which Flask-SQLAlchemy releases when the request ends",
        ),
        ("app.web.get_db", "kept on Flask's `g`, for the request"),
        (
            "app.web.get_database",
            "kept on Flask's `g`, for the request",
        ),
        ("app.web.get_app_db", "kept on `current_app`"),
    ] {
        let found = entry(&entries, name);
        assert_eq!(found["ownership"], "borrowed", "{name}");
        assert_eq!(found["why"], why, "{name}");
        assert_eq!(found["leaks"], 0, "{name}");
        assert!(!found["resource"].is_null(), "{name}");
    }
    let owned = entries
        .iter()
        .filter(|entry| entry["ownership"] != "borrowed" && entry["known_by"] != "catalog");
    assert_eq!(owned.count(), 0, "all of it is borrowed");
    let checked = tree::unleak(&project("borrowed"), &["check"]);
    assert_eq!(checked.status.code(), Some(0), "borrowed is silent");
}

#[test]
fn every_owned_shape_is_told() {
    let entries = entries("owned");
    for (name, kind) in [
        ("SessionLocal", "factory"),
        ("AsyncLocal", "factory"),
        ("in_lambda", "lambda"),
        ("in_partial", "partial"),
        ("directly", "function"),
        ("by_local", "function"),
        ("maybe", "function"),
        ("with_cursor", "function"),
        ("asynchronous", "async function"),
        ("generated", "generator function"),
        ("generated_async", "async generator function"),
        ("scope", "context manager function"),
        ("scope_async", "async context manager function"),
        ("Tuned", "class"),
        ("Reader", "class"),
        ("Database.maker", "factory"),
        ("Database.factory", "factory"),
        ("Database.session", "method"),
        ("Database.made", "method"),
        ("Database.fixed", "method"),
        ("Database.fresh", "property"),
    ] {
        let found = entry(&entries, &format!("app.db.{name}"));
        assert_eq!(found["ownership"], "owned", "{name}");
        assert_eq!(
            found["kind"].as_str().unwrap().trim_start_matches("async "),
            kind.trim_start_matches("async "),
            "{name}"
        );
        assert!(!found["definition"].is_null(), "{name}");
    }
    assert_eq!(entry(&entries, "app.db.maybe")["may_be_none"], true);
    assert_eq!(entry(&entries, "app.db.generated")["handed_on"], 1);
    let directly = entry(&entries, "app.db.directly");
    assert_eq!(
        (&directly["acquired"], &directly["leaks"]),
        (&Value::from(3), &Value::from(1))
    );
}

#[test]
fn the_leaks_are_those_that_check_reports() {
    for name in names() {
        let said: u64 = entries(&name)
            .iter()
            .map(|entry| entry["leaks"].as_u64().unwrap())
            .sum();
        let check = tree::unleak(&project(&name), &["check", "--output-format", "jsonl"]);
        let reported = tree::stdout(&check)
            .lines()
            .filter(|line| line.contains("\"level\":\"leak\""))
            .count();
        assert_eq!(said, reported as u64, "{name}");
    }
}

#[test]
fn what_cannot_be_told_can_be_declared() {
    let entries = entries("unresolved");
    let unclear: Vec<&Value> = entries
        .iter()
        .filter(|entry| entry["ownership"] == "unclear")
        .collect();
    assert!(unclear.len() >= 9, "{unclear:#?}");
    for (name, why) in [
        (
            "app.missing.get_db",
            "no definition of it can be found; it counts all the same",
        ),
        (
            "app.stub.registered",
            "decorated by `framework.register`, of which nothing is known",
        ),
        (
            "app.stub.promised",
            "only its annotation says what it gives; whether that is fresh cannot be seen; it counts all the same",
        ),
        (
            "app.stub.different",
            "what it gives is not the same on every path",
        ),
        ("connect_db", "it is defined more than once"),
        (
            "pool.get_conn",
            "it is a method of something whose class cannot be told",
        ),
    ] {
        assert_eq!(entry(&entries, name)["why"], why, "{name}");
    }
    // Put together, the lines it prints are a configuration, and then nothing is left to ask.
    let place = tempfile::tempdir().unwrap();
    let copied = tree::read(&project("unresolved"), tree::is_python);
    tree::write(&copied, place.path());
    let lines: String = unclear
        .iter()
        .map(|entry| entry["declaration"].as_str().unwrap())
        .collect();
    std::fs::write(place.path().join("pyproject.toml"), lines).unwrap();
    let again = tree::unleak(place.path(), &["providers", "--output-format", "json"]);
    assert_eq!(tree::stderr(&again), "");
    let again: Vec<Value> = serde_json::from_str(&tree::stdout(&again)).unwrap();
    for entry in &again {
        assert_ne!(entry["ownership"], "unclear", "{entry:#}");
    }
    for entry in unclear {
        let name = entry["declaration"]
            .as_str()
            .unwrap()
            .split('"')
            .nth(1)
            .unwrap();
        assert!(
            again.iter().any(|now| now["known_by"] == "declaration"
                && now["name"].as_str().unwrap().ends_with(name)),
            "{name}"
        );
    }
}

#[test]
fn one_file_shows_what_it_asks_elsewhere() {
    let output = run("owned", &["app/api.py", "--output-format", "json"]);
    let entries: Vec<Value> = serde_json::from_str(&output).unwrap();
    let directly = entry(&entries, "app.db.directly");
    assert_eq!(directly["definition"]["path"], "app/db.py");
    assert_eq!(directly["acquired"], 2);
    assert!(!output.contains("with_cursor"), "{output}");
}

#[test]
fn nothing_is_an_answer() {
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("a.py"), "x = 1\n").unwrap();
    let said = |arguments: &[&str]| tree::stdout(&tree::unleak(place.path(), arguments));
    assert_eq!(
        said(&["providers"]),
        "Found 0 providers (0 owned, 0 borrowed)\n0 calls for what is owned, 0 leak\n"
    );
    assert_eq!(said(&["providers", "--output-format", "json"]), "[]\n");
    assert_eq!(said(&["providers", "--quiet"]), "");
    let missing = tree::unleak(place.path(), &["providers", "missing.py"]);
    assert_eq!(missing.status.code(), Some(2));
}
