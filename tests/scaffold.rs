//! What `unleak scaffold` writes: it does what it says, and is written as a careful developer would have.

#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tree::{stderr, stdout, unleak};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn python() -> &'static Path {
    venv::with_requirements(&root().join("tests/scaffold/requirements.txt"))
}

/// A copy of some directories of this repository, one over the other.
fn copy(directories: &[&str]) -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a temporary directory");
    for directory in directories {
        tree::write(&tree::read(&root().join(directory), |_| true), home.path());
    }
    home
}

fn add(project: &Path, script: &str) {
    let from = root().join("tests/scaffold").join(script);
    fs::copy(from, project.join(script)).expect("a script");
}

/// Writes a module, which has to work.
fn scaffold(project: &Path, arguments: &[&str]) {
    let output = unleak(project, &[&["scaffold"], arguments].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stderr(&output).ends_with(" is written\n"),
        "{}",
        stderr(&output)
    );
}

fn run(project: &Path, interpreter: &Path, arguments: &[&str]) -> Output {
    Command::new(interpreter)
        .arg("-B")
        .args(arguments)
        .current_dir(project)
        .env("PYTHONPATH", project)
        .output()
        .expect("the environment's Python runs")
}

/// The same of what has to end well.
fn succeed(project: &Path, interpreter: &Path, arguments: &[&str]) -> String {
    let output = run(project, interpreter, arguments);
    let said = format!("{}{}", stdout(&output), stderr(&output));
    assert!(output.status.success(), "{arguments:?}: {said}");
    said
}

/// A line of the project: its file and its number.
type Place = (String, u64);

/// The lines that keep a connection, as the monitor names them.
fn watched(project: &Path) -> BTreeSet<Place> {
    let said = run(project, python(), &["watch.py"]);
    assert!(said.status.success(), "watch.py: {}", stderr(&said));
    let found: Value = serde_json::from_slice(&said.stdout).expect("JSON");
    assert!(
        found["runs"].as_u64() > Some(200),
        "the functions were run {} times only",
        found["runs"]
    );
    let lines = found["lines"].as_array().expect("an array");
    lines
        .iter()
        .map(|place| {
            let path = place[0].as_str().expect("a path").to_owned();
            (path, place[1].as_u64().expect("a number"))
        })
        .collect()
}

/// The lines that are reported as leaking something of SQLAlchemy, but for those in `idle`.
fn reported(project: &Path, idle: &[&str]) -> BTreeSet<Place> {
    let output = unleak(project, &["check", "--output-format", "json", "leaky_app"]);
    let findings: Value = serde_json::from_slice(&output.stdout).expect("a JSON array");
    let findings = findings.as_array().expect("an array");
    let of_pool = |finding: &&Value| {
        let resource = &finding["resource"];
        resource["kind"] == "database" && resource["acquirer"] != "sqlite3.connect"
    };
    findings
        .iter()
        .filter(|finding| finding["level"] == "leak")
        .filter(of_pool)
        .filter(|finding| !idle.iter().any(|function| finding["function"] == *function))
        .map(|finding| {
            let path = finding["path"].as_str().expect("a path");
            let path = path.strip_prefix("./").unwrap_or(path).to_owned();
            (path, finding["line"].as_u64().expect("a number"))
        })
        .collect()
}

/// Sessions that nobody closes and that hold no connection: the monitor has nothing to say of them. The first two never run a
/// statement, the third rolls back before it leaves.
const IDLE: [&str; 3] = ["get_health", "best_price", "post_note"];

/// The line in which a function first asks for a session.
fn asking(project: &Path, path: &str, function: &str) -> Place {
    let text = fs::read_to_string(project.join(path)).expect("a module");
    let def = text
        .find(&format!("def {function}("))
        .expect("the function");
    let line = text[def..].find("get_db()").expect("its session") + def;
    (path.to_owned(), text[..line].lines().count() as u64)
}

/// A session that goes on working behind its function, in a generator that the caller has to end: it is handed on, so it is no
/// finding.
fn streamed(project: &Path) -> Place {
    asking(project, "leaky_app/api/handlers.py", "stream_fills")
}

/// A session that is used again behind its end, which opens it again: the doubt for which that fix is not a safe one.
fn reopened(project: &Path) -> Place {
    asking(project, "leaky_app/services/orders.py", "fill_count")
}

#[test]
fn the_monitor_names_the_lines_that_check_reports_and_none_after_the_fix() {
    let project = copy(&["fixtures/leaky_app"]);
    let project = project.path();
    scaffold(project, &["pool-monitor"]);
    add(project, "watch.py");

    let leaks = reported(project, &IDLE);
    assert!(leaks.len() > 35, "{} leaks only", leaks.len());
    let mut expected = leaks.clone();
    expected.insert(streamed(project));
    assert_eq!(watched(project), expected);

    // Two functions need more than a safe fix.
    unleak(project, &["fix", "leaky_app"]);
    let mut left = reported(project, &IDLE);
    assert_eq!(left.len(), 2, "{left:?}");
    left.insert(streamed(project));
    assert_eq!(watched(project), left);

    unleak(project, &["fix", "--unsafe-fixes", "leaky_app"]);
    assert_eq!(reported(project, &[]), BTreeSet::new());
    let left = [streamed(project), reopened(project)];
    assert_eq!(watched(project), left.into());
}

#[test]
fn the_monitor_keeps_its_promises_with_old_and_new_libraries() {
    for interpreter in [python(), venv::sqlalchemy_1_4()] {
        let project = copy(&[]);
        scaffold(project.path(), &["pool-monitor"]);
        add(project.path(), "monitored.py");
        let said = succeed(project.path(), interpreter, &["monitored.py"]);
        assert_eq!(said, "all is as promised\n");
    }
}

/// The tests that did not pass, and what pytest said.
fn tested(project: &Path) -> (BTreeSet<String>, String) {
    let output = run(
        project,
        python(),
        &["-m", "pytest", "-p", "no:cacheprovider", "-q", "-rA"],
    );
    let said = stdout(&output);
    let failed: BTreeSet<String> = said
        .lines()
        .filter_map(|line| line.split_once("ERROR test_pages.py::"))
        .map(|(_, rest)| rest.split(' ').next().unwrap_or_default().to_owned())
        .collect();
    let code = if failed.is_empty() { 0 } else { 1 };
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert!(said.contains("8 passed"), "{said}");
    (failed, said)
}

#[test]
fn the_fixture_fails_the_tests_that_leave_a_connection_checked_out() {
    let project = copy(&["fixtures/leaky_app", "tests/scaffold/pytest"]);
    scaffold(project.path(), &["pool-monitor"]);
    let (failed, said) = tested(project.path());
    let wanted = [
        "test_leaves_a_session_open",
        "test_leaves_an_asynchronous_session_open",
        "test_leaves_two_open",
        "test_throws_a_connection_away",
    ];
    assert_eq!(failed, wanted.map(str::to_owned).into(), "{said}");
    for place in [
        "leaky_app/services/orders.py:35 in cancel_order",
        "leaky_app/services/orders.py:78 in compare_accounts",
        "leaky_app/services/orders.py:79 in compare_accounts",
        "leaky_app/services/risk.py:35 in limit_breaches",
        "leaky_app/jobs/feed.py:13 in last_close",
    ] {
        assert!(said.contains(place), "{place}: {said}");
    }
    unleak(project.path(), &["fix", "leaky_app"]);
    let (failed, said) = tested(project.path());
    assert_eq!(failed, BTreeSet::new(), "{said}");
}

/// The project of all sorts of providers, with a decorator for each of those that can have one.
fn decorated() -> tempfile::TempDir {
    let project = copy(&["tests/scaffold/project"]);
    for (provider, output) in [
        ("shop.db.get_db", "shop/with_session.py"),
        ("shop/db.py:open_archive", "shop/with_archive.py"),
        ("shop.db.FeedSession", "shop/with_feed.py"),
        ("shop.db.get_feed", "shop/with_get_feed.py"),
        ("shop.db.feed_of_work", "shop/with_feed_of_work.py"),
        ("shop.db.unit_of_work", "shop/with_unit.py"),
        ("shop.db.session", "shop/with_same_name.py"),
        ("shop/db.py:ShopSession", "shop/with_own_class.py"),
    ] {
        scaffold(
            project.path(),
            &["with-session", provider, "--output", output],
        );
    }
    scaffold(project.path(), &["pool-monitor"]);
    project
}

/// The modules that were written into a project.
fn written(project: &Path) -> Vec<String> {
    let files = tree::read(project, tree::is_python);
    let is_ours = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("with_") || name == "pool_monitor.py"
    };
    let ours: Vec<String> = files
        .keys()
        .filter(is_ours)
        .map(|path| path.display().to_string())
        .collect();
    assert_eq!(ours.len(), 9, "{ours:?}");
    ours
}

#[test]
fn decorated_functions_open_a_session_and_close_it() {
    let project = decorated();
    add(project.path(), "decorated.py");
    let arguments = [
        "-m",
        "pytest",
        "-p",
        "no:cacheprovider",
        "-q",
        "decorated.py",
    ];
    let said = succeed(project.path(), python(), &arguments);
    assert!(said.contains(" passed"), "{said}");
}

#[test]
fn what_is_written_is_formatted_linted_and_typed() {
    let project = decorated();
    let project = project.path();
    let ours = written(project);
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let with = |tool: &[&str]| succeed(project, python(), &[tool, &ours].concat());
    with(&["-m", "ruff", "format", "--isolated", "--check"]);
    with(&["-m", "black", "--quiet", "--check"]);
    let rules = "E,F,W,I,B,UP,SIM,RET,C4,PIE,PT,RUF100";
    let ruff = ["-m", "ruff", "check", "--isolated", "--target-version=py38"];
    with(&[&ruff[..], &["--select", rules]].concat());
    // The oldest Python for which they are written.
    let parse = "import ast, sys; [ast.parse(open(p).read(), feature_version=(3, 8)) for p in sys.argv[1:]]";
    with(&["-c", parse]);
    with(&["-m", "mypy", "--strict", "shop/typed.py"]);
    let findings = unleak(project, &[&["check"][..], &ours].concat());
    assert_eq!(findings.status.code(), Some(0), "{}", stdout(&findings));
}

#[test]
fn callers_are_held_to_the_types_of_a_decorated_function() {
    let project = decorated();
    let path = "shop/mistyped.py";
    let output = run(project.path(), python(), &["-m", "mypy", "--strict", path]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let said = stdout(&output);
    let text = fs::read_to_string(project.path().join(path)).expect("the module");
    let wanted: Vec<(usize, &str)> = text
        .lines()
        .enumerate()
        .filter_map(|(index, line)| Some((index + 1, line.split_once("  # ")?.1)))
        .collect();
    assert_eq!(wanted.len(), 6);
    for (line, words) in &wanted {
        let found = said
            .lines()
            .any(|one| one.starts_with(&format!("{path}:{line}: error: ")) && one.contains(words));
        assert!(found, "line {line}, {words}: {said}");
    }
    let errors = said
        .lines()
        .filter(|line| line.contains(": error: "))
        .count();
    assert_eq!(errors, wanted.len(), "{said}");
}

#[test]
fn a_second_time_changes_nothing_and_other_files_stay() {
    let project = copy(&["tests/scaffold/project"]);
    let project = project.path();
    let commands: [(&[&str], &str); 2] = [
        (&["scaffold", "pool-monitor"], "pool_monitor.py"),
        (
            &["scaffold", "with-session", "shop.db.get_db"],
            "shop/with_session.py",
        ),
    ];
    for (command, file) in commands {
        let printed = unleak(project, &[command, &["--output", "-"]].concat());
        assert_eq!(printed.status.code(), Some(0));
        assert!(
            !project.join(file).exists(),
            "{file} was only to be printed"
        );

        let first = unleak(project, command);
        assert_eq!(first.status.code(), Some(0));
        assert_eq!(stderr(&first), format!("unleak: {file} is written\n"));
        assert_eq!(stdout(&first), "");
        let text = fs::read_to_string(project.join(file)).expect("the module");
        assert_eq!(stdout(&printed), text);

        // By now it is the user's.
        let edited = text.replace("A decorator", "Our decorator") + "\nMORE = 1\n";
        fs::write(project.join(file), &edited).expect("the module");
        let again = unleak(project, command);
        assert_eq!(again.status.code(), Some(0));
        assert_eq!(
            stderr(&again),
            format!("unleak: {file} is there already; nothing is changed\n")
        );
        let after = fs::read_to_string(project.join(file)).expect("the module");
        assert_eq!(after, edited);

        let refused = unleak(project, &[command, &["--output", "shop/db.py"]].concat());
        assert_eq!(refused.status.code(), Some(2));
        assert_eq!(
            stderr(&refused),
            "unleak: shop/db.py is there already and is something else; --output names another file\n"
        );
        let nowhere = unleak(project, &[command, &["--output", "no/where.py"]].concat());
        assert_eq!(nowhere.status.code(), Some(2));
        assert_eq!(
            stderr(&nowhere),
            "unleak: no/where.py: No such file or directory\n"
        );
    }
    // That of another provider is something else, too.
    let other = unleak(project, &["scaffold", "with-session", "shop.db.session"]);
    assert_eq!(other.status.code(), Some(2), "{}", stderr(&other));
    let before = tree::read(&root().join("tests/scaffold/project"), |_| true);
    let after = tree::read(project, |_| true);
    for (path, contents) in &before {
        assert!(after[path] == *contents, "{} was changed", path.display());
    }
}

#[test]
fn a_decorator_needs_a_provider_of_the_callers_own() {
    let project = copy(&["tests/scaffold/project"]);
    let nothing = "nothing of that name hands out a resource; `unleak providers` lists what does";
    for (provider, why) in [
        ("shop.db.for_tenant", "it cannot be called without `tenant`"),
        ("shop.db.perhaps", "it may hand out None"),
        (
            "shop.db.dependency",
            "it yields its session; with `@contextmanager` above it, it can be entered",
        ),
        ("shop.db.Database.open", "no module can import that method"),
        (
            "shop/db.py:Database.open",
            "no module can import that method",
        ),
        (
            "sqlalchemy.orm.Session",
            "it is not defined in this project",
        ),
        ("shop.db.engine", nothing),
        ("get_db", nothing),
        ("shop/none.py:get_db", "there is no file shop/none.py"),
        ("", nothing),
    ] {
        let output = unleak(project.path(), &["scaffold", "with-session", provider]);
        assert_eq!(output.status.code(), Some(2), "{provider}");
        assert_eq!(stderr(&output), format!("unleak: {provider}: {why}\n"));
    }
    let shared = unleak(
        project.path(),
        &["scaffold", "with-session", "shop.db.shared"],
    );
    let said = stderr(&shared);
    assert!(said.contains("what it hands out is shared: "), "{said}");
    assert_eq!((said.lines().count(), shared.status.code()), (1, Some(2)));
}

#[test]
fn modules_outside_of_packages_are_named_by_their_path() {
    let project = tempfile::tempdir().expect("a directory");
    let project = project.path();
    let db = fs::read(root().join("tests/scaffold/project/shop/db.py")).expect("the providers");
    for directory in ["", "tools", "src", "my-scripts"] {
        fs::create_dir_all(project.join(directory)).expect("a directory");
        let name = if directory == "src" {
            "own.py"
        } else {
            "db.py"
        };
        fs::write(project.join(directory).join(name), &db).expect("a module");
    }
    for (provider, import) in [
        ("db.get_db", "from db import get_db"),
        ("db.py:get_db", "from db import get_db"),
        ("tools.db.get_db", "from tools.db import get_db"),
        ("own.get_db", "from own import get_db"),
    ] {
        let arguments = ["scaffold", "with-session", provider, "--output", "-"];
        let output = unleak(project, &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let has_it = stdout(&output).lines().any(|line| line == import);
        assert!(has_it, "{provider}: {}", stdout(&output));
    }
    let arguments = ["scaffold", "with-session", "my-scripts/db.py:get_db"];
    let refused = stderr(&unleak(project, &arguments));
    assert!(
        refused.ends_with("no module can import that function\n"),
        "{refused}"
    );
    let monitor = unleak(project, &["scaffold", "pool-monitor", "--output", "-"]);
    let monitor = stdout(&monitor);
    for (name, is_there) in [
        ("db.get_db", true),
        ("db.Database.open", true),
        ("tools.db.get_db", true),
        ("own.unit_of_work", true),
        ("db.open_archive", false),
        ("get_db", false),
    ] {
        let line = format!("    \"{name}\",\n");
        assert_eq!(monitor.contains(&line), is_there, "{name}");
    }
}
