//! The output formats of `check`, each read by what reads it: SARIF by its schema, JUnit by an XML parser, Markdown by a
//! CommonMark parser, the others as their documentation says (`formats/judge.py`).
#![allow(clippy::unwrap_used)]

mod cli_support;
#[path = "support/tree.rs"]
mod tree;
#[path = "support/venv.rs"]
mod venv;

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use cli_support::{Place, Ran};
use serde_json::{Value, json};

const FORMATS: [&str; 5] = ["sarif", "github", "gitlab", "junit", "markdown"];

const LEAK: &str = "def f(path):\n    log = open(path)\n    return log.read()\n";

/// Runs `unleak` as if no CI system said anything.
fn run_in(place: &Place, arguments: &[&str], stdin: &[u8]) -> Ran {
    let mut command = place.command(arguments);
    command
        .env_remove("GITHUB_WORKSPACE")
        .env_remove("CI_PROJECT_DIR");
    fed(command, stdin).into()
}

fn fed(mut command: Command, stdin: &[u8]) -> std::process::Output {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let _ = child.stdin.take().unwrap().write_all(stdin);
    child.wait_with_output().unwrap()
}

fn check(place: &Place, format: &str, more: &[&str]) -> Ran {
    let arguments = [&["check", "--output-format", format], more].concat();
    run_in(place, &arguments, b"")
}

/// What a reader of `format` understands. The paths lead from `root`.
#[track_caller]
fn judged(root: &Path, format: &str, text: &str) -> Value {
    let python = venv::with_requirements(Path::new("tests/formats/requirements.txt"));
    let mut command = Command::new(python);
    let judge = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/judge.py");
    command.arg("-B").arg(judge).arg(format).current_dir(root);
    let output = fed(command, text.as_bytes());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{format}: {error}\n{text}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The findings of a run as `--output-format json` has them, in the form of the judge.
fn findings(place: &Place, more: &[&str], all_fail: bool) -> Vec<Value> {
    let objects: Vec<Value> = serde_json::from_str(&check(place, "json", more).stdout).unwrap();
    let one = |object: &Value| {
        let path = object["path"].as_str().unwrap();
        let fails = all_fail || object["level"] == "leak";
        let path = path.strip_prefix("./").unwrap_or(path);
        json!([path, object["line"], object["code"], fails])
    };
    objects.iter().map(one).collect()
}

/// The same as a format tells them that says nothing of failing.
fn known_to(format: &str, findings: &[Value]) -> Value {
    let mut findings = findings.to_vec();
    if format == "markdown" {
        findings.iter_mut().for_each(|one| one[3] = Value::Null);
    }
    Value::Array(findings)
}

/// A copy of a directory.
fn copy_of(directory: &str) -> Place {
    let place = Place::new();
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    tree::write(&tree::read(&fixture, tree::is_python), place.root());
    place
}

#[test]
fn all_formats_tell_the_same() {
    let place = copy_of("fixtures");
    let usual = findings(&place, &["--quiet"], false);
    assert!(usual.len() > 1000, "{}", usual.len());
    assert!(usual.iter().any(|one| one[3] == false), "no style finding");
    let strict = findings(&place, &["--quiet"], true);
    for format in FORMATS {
        let ran = check(&place, format, &["--quiet"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{format}");
        let said = judged(place.root(), format, &ran.stdout);
        assert_eq!(said["findings"], known_to(format, &usual), "{format}");
        assert_eq!(said["failures"], json!([]), "{format}");
        if format == "sarif" {
            every_fix_is_there(&place, &said);
        }
        let said = check(&place, format, &["--quiet", "--strict"]).stdout;
        let said = judged(place.root(), format, &said);
        assert_eq!(said["findings"], known_to(format, &strict), "{format}");
    }
}

/// Each safe fix is among those of SARIF, and leaves a file that compiles.
fn every_fix_is_there(place: &Place, said: &Value) {
    let objects: Vec<Value> =
        serde_json::from_str(&check(place, "json", &["--quiet"]).stdout).unwrap();
    let safe = |object: &&Value| object["fix"]["applicability"] == "safe";
    let expected = objects.iter().filter(safe).count();
    assert_eq!(said["fixed"].as_array().unwrap().len(), expected);
    assert_eq!(said["broken"], json!([]));
}

#[test]
fn nothing_found_is_a_whole_document() {
    let place = Place::new();
    place.write("a.py", "x = 1\n");
    for format in FORMATS {
        let ran = check(&place, format, &[]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{format}");
        let said = judged(place.root(), format, &ran.stdout);
        assert_eq!(said["findings"], json!([]), "{format}");
        assert_eq!(said["failures"], json!([]), "{format}");
        match format {
            "junit" => assert_eq!(said["passed"], json!(["everything is released"])),
            "markdown" => assert_eq!(said["prose"], json!(["No leaks found in 1 file"])),
            "github" => assert_eq!(ran.stdout, ""),
            _ => {}
        }
    }
}

/// A path with everything that some format takes for its own.
const AWKWARD: &str = "my app/é🦀 100%25,x:y=&<z>\"'`|[b](c)*_#~!.py";

#[test]
fn what_could_not_be_done_is_said_there() {
    let place = Place::new();
    place.write("a.py", LEAK);
    place.write(AWKWARD, b"x = '\0'\n");
    let bad = Place::new();
    bad.write("bad.py", b"\xff");
    for format in FORMATS {
        let ran = check(&place, format, &[".", "nowhere.py"]);
        assert_eq!(ran.code, 2, "{format}: {}", ran.stderr);
        assert_eq!(ran.stderr.lines().count(), 2, "{}", ran.stderr);
        let said = judged(place.root(), format, &ran.stdout);
        let found = findings(&place, &["a.py"], false);
        assert_eq!(said["findings"], known_to(format, &found), "{format}");
        // GitLab's format has no place for them.
        let failures = match format {
            "gitlab" => json!([]),
            _ => json!(["nowhere.py", AWKWARD]),
        };
        assert_eq!(said["failures"], failures, "{format}");
        if format == "markdown" {
            let sums = json!("Found 1 leak (1 fixable with `unleak fix`)".replace('`', ""));
            assert_eq!(said["prose"], json!([sums, "Could not be checked:"]));
        }
        // Alone, it is no clean run either.
        let ran = check(&bad, format, &[]);
        let said = judged(bad.root(), format, &ran.stdout);
        assert_eq!((ran.code, &said["findings"]), (2, &json!([])), "{format}");
        match format {
            "junit" => assert_eq!(said["passed"], json!([])),
            "markdown" => assert_eq!(said["prose"][0], "Nothing was looked at"),
            _ => {}
        }
    }
}

/// Every kind of line end, and texts that formats have to escape, some in the messages.
const TEXTS: &str = "\u{feff}# é🦀\r\n\
    def größe(x):\r\n\
    \t'🦀🦀'; n = len(open('a|b<c>&\"`%,:]]>').read()) # é\r\n\
    \treturn n\r\n\
    def two(x):\r    '🦀'; log = open('''é\r\n  🦀''')\r    log.write(x)\r\n\
    \x0c\r\n\
    def three(x):\r\n  log = open(x) # 🦀\r\n\r\n  # é\r\n  log.write('''\n''')\r\n  x = 2";

#[test]
fn awkward_names_and_texts_survive() {
    let place = Place::new();
    place.write(AWKWARD, TEXTS);
    let found = findings(&place, &[], false);
    assert_eq!(found.len(), 3, "{found:?}");
    for format in FORMATS {
        let ran = check(&place, format, &[]);
        let said = judged(place.root(), format, &ran.stdout);
        assert_eq!(said["findings"], known_to(format, &found), "{format}");
        assert_eq!(
            check(&place, format, &[]).stdout,
            ran.stdout,
            "{format}: another run"
        );
    }
}

#[test]
fn standard_input_is_a_file_like_others() {
    let place = Place::new();
    for format in FORMATS {
        for (more, path) in [
            (&[][..], "-"),
            (&["--stdin-filename", "app/x.py"], "app/x.py"),
        ] {
            let arguments = [&["check", "--output-format", format, "-"], more].concat();
            let ran = run_in(&place, &arguments, LEAK.as_bytes());
            assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{format}");
            let said = judged(place.root(), format, &ran.stdout);
            let found = [json!([path, 2, "UL001", true])];
            assert_eq!(said["findings"], known_to(format, &found), "{format}");
        }
    }
}

/// How many findings there are in a file.
fn left(place: &Place, path: &str) -> usize {
    let ran = check(place, "jsonl", &["--quiet", path]);
    assert_eq!(ran.stderr, "", "{path}");
    ran.stdout.lines().count()
}

#[test]
fn each_fix_in_sarif_mends_its_finding_alone() {
    let place = copy_of("fixtures/leaky_app");
    place.write(AWKWARD, TEXTS);
    // Files with one fix each: alone, it is what `fix` does.
    let parts: Vec<&str> = TEXTS.split_inclusive("return n\r\n").collect();
    place.write("one.py", parts[0]);
    let (two, three) = parts[1].split_once('\x0c').unwrap();
    place.write("two.py", two);
    place.write("three.py", format!("\x0c{three}"));
    let mut alone = 0;
    for options in [&[][..], &["--unsafe-fixes"]] {
        let said = check(&place, "sarif", options).stdout;
        let said = judged(place.root(), "sarif", &said);
        let fixes = said["fixed"].as_array().unwrap();
        let objects = check(&place, "json", options).stdout;
        let objects: Vec<Value> = serde_json::from_str(&objects).unwrap();
        let fixable = |object: &&Value| {
            let fix = &object["fix"]["applicability"];
            fix == "safe" || (fix == "unsafe" && !options.is_empty())
        };
        assert_eq!(fixes.len(), objects.iter().filter(fixable).count());
        assert!(fixes.len() > 30, "{}", fixes.len());
        for fix in fixes {
            let path = fix["path"].as_str().unwrap();
            let text = fix["text"].as_str().unwrap();
            let before = std::fs::read(place.path(path)).unwrap();
            let was = left(&place, path);
            if fixes.iter().filter(|other| other["path"] == path).count() == 1 {
                let arguments = [&["fix", "--quiet", path], options].concat();
                run_in(&place, &arguments, b"");
                assert_eq!(text, place.read(path).trim_start_matches('\u{feff}'));
                alone += 1;
            }
            place.write(path, text);
            assert_eq!(left(&place, path) + 1, was, "{path}: {text}");
            place.write(path, before);
        }
    }
    assert!(alone >= 6, "{alone} files with one fix");
}

#[test]
fn fingerprints_hold_no_line() {
    let place = Place::new();
    let twins = format!(
        "{LEAK}\n\ndef g(a, b):\n    x = open(a)\n    x.read()\n    x = open(b)\n    x.read()\n"
    );
    for format in ["sarif", "gitlab"] {
        let of = |text: &str| {
            place.write("a.py", text);
            let said = check(&place, format, &[]).stdout;
            judged(place.root(), format, &said)["fingerprints"].clone()
        };
        let before = of(&twins);
        assert_eq!(before.as_array().unwrap().len(), 3);
        assert_eq!(before, of(&format!("import os\n\n\n{twins}")), "{format}");
        assert_ne!(before, of(&twins.replace("def f", "def h")), "{format}");
    }
}

#[test]
fn paths_are_those_of_the_checkout() {
    let place = Place::new();
    place.write("backend/app/a.py", LEAK);
    for (variable, format) in [
        ("GITHUB_WORKSPACE", "github"),
        ("GITHUB_WORKSPACE", "sarif"),
        ("CI_PROJECT_DIR", "gitlab"),
    ] {
        for (root, path) in [
            (place.path(""), "backend/app/a.py"),
            // Of something else.
            (place.path("backend/app"), "app/a.py"),
        ] {
            let mut command =
                place.command(&["check", "--output-format", format, "../backend/app"]);
            command
                .env_remove("GITHUB_WORKSPACE")
                .env_remove("CI_PROJECT_DIR")
                .env(variable, root)
                .current_dir(place.path("backend"));
            let ran = Ran::from(fed(command, b""));
            let said = judged(place.root(), format, &ran.stdout);
            assert_eq!(
                said["findings"],
                json!([[path, 2, "UL001", true]]),
                "{format}"
            );
        }
    }
    // What lies elsewhere has its whole path.
    let other = Place::new();
    let path = place.path("backend/app/a.py").display().to_string();
    let ran = check(&other, "sarif", &[&path]);
    let said = judged(other.root(), "sarif", &ran.stdout);
    assert_eq!(said["findings"], json!([[path, 2, "UL001", true]]));
}

#[test]
fn fix_says_what_it_left() {
    let place = Place::new();
    let kept = "import sqlite3\n\nclass A:\n    def __init__(self):\n        self.db = sqlite3.connect('x')\n";
    for format in FORMATS {
        place.write(
            "a.py",
            format!("{LEAK}\n{kept}").replace("path)\n", "path)\n    # two\n"),
        );
        let ran = run_in(&place, &["fix", "--output-format", format], b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (1, ""), "{format}");
        assert!(place.read("a.py").contains("with open(path) as log:"));
        let said = judged(place.root(), format, &ran.stdout);
        let found = findings(&place, &[], false);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(said["findings"], known_to(format, &found), "{format}");
    }
}

#[test]
fn statistics_are_refused_in_formats_for_findings() {
    let place = Place::new();
    place.write("a.py", LEAK);
    for format in FORMATS {
        check(&place, format, &["--statistics"]).is(
            2,
            "",
            "unleak: --statistics can be printed as text, concise, json or jsonl only\n",
        );
        let refused = run_in(&place, &["providers", "--output-format", format], b"");
        assert_eq!((refused.code, refused.stdout.as_str()), (2, ""), "{format}");
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.stderr);
    }
}

#[test]
fn bad_arguments_leave_no_half_document() {
    let place = Place::new();
    place.write("a.py", LEAK);
    place.write("unleak.toml", "contxt = 1\n");
    for format in FORMATS {
        let ran = check(&place, format, &[]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{format}");
    }
}

#[test]
fn the_formats_of_one_file_are_those_of_the_snapshots() {
    let place = copy_of("fixtures/leaky_app");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/formats");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for format in FORMATS {
        let file = "leaky_app/services/archive.py";
        let mut text = check(&place, format, &["--ignore", "UL001,UL002", file]).stdout;
        if format == "sarif" {
            let mut log: Value = serde_json::from_str(&text).unwrap();
            // The documentation of the rules, which is in their files; and what changes with every version.
            let driver = &mut log["runs"][0]["tool"]["driver"];
            driver["rules"].as_array_mut().unwrap().truncate(1);
            driver["rules"][0]["help"] = json!("...");
            driver["semanticVersion"] = json!("...");
            text = serde_json::to_string_pretty(&log).unwrap();
        }
        settings.bind(|| insta::assert_snapshot!(format, text));
    }
}

#[test]
fn the_page_on_formats_shows_real_output() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/formats.md")).unwrap();
    for format in ["github", "gitlab", "junit", "markdown"] {
        let (_, rest) = page.split_once(&format!("<!-- {format} -->\n```")).unwrap();
        let (_, example) = rest.split_once('\n').unwrap();
        let (example, _) = example.split_once("\n```").unwrap();
        assert!(example.contains("archive.py"), "{format}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_unleak"));
        command
            .args(["check", "--output-format", format, "fixtures/leaky_app"])
            .env_remove("GITHUB_WORKSPACE")
            .env_remove("CI_PROJECT_DIR")
            .current_dir(root);
        let output = Ran::from(fed(command, b"")).stdout;
        assert!(output.contains(example), "{format}: {example}");
    }
}

/// The judge would be worth nothing if it took anything.
#[test]
fn the_judge_refuses_what_is_broken() {
    let place = Place::new();
    place.write("a,b.py", LEAK);
    for (format, right, wrong) in [
        ("sarif", "\"message\":{\"text\"", "\"message\":{\"txt\""),
        ("sarif", "\"version\":\"2.1.0\"", "\"version\":\"2.1\""),
        ("sarif", "\"deletedRegion\"", "\"region\""),
        ("sarif", "a%2Cb.py", "a b.py"),
        ("github", "a%2Cb.py", "a,b.py"),
        ("github", ",line=2", ",row=2"),
        ("gitlab", "\"severity\":\"major\"", "\"severity\":\"error\""),
        ("gitlab", "\"begin\":2", "\"start\":2"),
        ("junit", "tests=\"1\"", "tests=\"2\""),
        ("junit", "</failure>", ""),
        ("markdown", "| UL001", "\\| UL001"),
        ("markdown", "a%2Cb.py#L2", "a%2Cb.py"),
    ] {
        let text = check(&place, format, &[]).stdout;
        assert!(text.contains(right), "{format}: no {right} in {text}");
        let broken = text.replacen(right, wrong, 1);
        let judgement = std::panic::catch_unwind(|| judged(place.root(), format, &broken));
        assert!(judgement.is_err(), "{format}: {broken}");
    }
}
