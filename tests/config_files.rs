//! Which files a configuration has looked at, and which rules report where.
#![allow(clippy::unwrap_used)]

mod cli_support;

use cli_support::Place;

/// A leak (UL001) and, in line 7, style (UL003).
const CODE: &str = "def leak():\n    file = open('x')\n    print(file.read())\n\n\ndef style():\n    file = open('x')\n    try:\n        print(file.read())\n    finally:\n        file.close()\n";

fn place(configuration: &str, files: &[&str]) -> Place {
    let place = Place::new();
    place.write("unleak.toml", configuration);
    for file in files {
        place.write(file, CODE);
    }
    place
}

/// What is reported: the files with the last digits of the rules.
fn found(place: &Place, arguments: &[&str]) -> Vec<String> {
    let ran = place.run(&[&["check", "--output-format", "json", "--quiet"], arguments].concat());
    assert_eq!(ran.stderr, "", "{arguments:?}");
    let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
    let mut files: Vec<String> = Vec::new();
    for finding in findings {
        let (path, code) = (&finding["path"], finding["code"].as_str().unwrap());
        let path = path.as_str().unwrap();
        match files
            .last_mut()
            .filter(|last| last.starts_with(&format!("{path} ")))
        {
            Some(last) => last.push_str(&code[4..]),
            None => files.push(format!("{path} {}", &code[4..])),
        }
    }
    files
}

#[test]
fn rules_are_selected() {
    for (configuration, arguments, expected, code) in [
        ("", &[][..], &["a.py 13"][..], 1),
        ("select = [\"UL001\"]", &[], &["a.py 1"], 1),
        ("select = [\"manual-release\"]", &[], &["a.py 3"], 1),
        ("ignore = [\"UL001\"]", &[], &["a.py 3"], 0),
        (
            "ignore = [\"UL001\"]\nextend-select = [\"UL003\"]",
            &[],
            &["a.py 3"],
            1,
        ),
        ("select = []", &[], &[], 0),
        (
            "select = []\nextend-select = [\"UL003\"]",
            &[],
            &["a.py 3"],
            1,
        ),
        // The command line goes before it.
        (
            "select = [\"UL001\"]",
            &["--select", "UL003"],
            &["a.py 3"],
            1,
        ),
        ("ignore = [\"UL001\"]", &["--select", "UL"], &["a.py 13"], 1),
        (
            "select = [\"UL001\"]",
            &["--extend-select", "UL003"],
            &["a.py 13"],
            1,
        ),
        ("select = [\"UL001\"]", &["--ignore", "UL0"], &[], 0),
        ("select = [\"UL001\"]", &["--isolated"], &["a.py 13"], 1),
    ] {
        let place = place(configuration, &["a.py"]);
        assert_eq!(
            found(&place, arguments),
            expected,
            "{configuration} {arguments:?}"
        );
        let ran = place.run(&[&["check"], arguments].concat());
        assert_eq!(ran.code, code, "{configuration} {arguments:?}");
    }
}

#[test]
fn rules_are_ignored_file_by_file() {
    let files = ["app/a.py", "app/api/b.py", "tests/c.py", "tests/deep/d.py"];
    let configuration = "[per-file-ignores]\n\"tests\" = [\"UL001\"]\n\"!app/**\" = [\"UL003\"]\n\"b.py\" = [\"ALL\"]\n";
    let place = place(configuration, &files);
    assert_eq!(found(&place, &[]), ["app/a.py 13"]);
    // As in ruff, also where a rule is selected on the command line, and where files are named.
    assert_eq!(found(&place, &["--select", "UL001", "tests/c.py"]), [""; 0]);
    assert_eq!(
        found(&place, &["--isolated", "tests/c.py"]),
        ["tests/c.py 13"]
    );
    // What is ignored is not fixed.
    assert_eq!(place.run(&["fix", "--quiet", "tests"]).code, 0);
    assert_eq!(place.read("tests/c.py"), CODE);
    let ran = place.run_with(
        &["check", "-", "--stdin-filename", "tests/new.py"],
        CODE.as_bytes(),
    );
    assert_eq!(ran.code, 0, "{}", ran.stdout);
    let ran = place.run_with(
        &["check", "-", "--stdin-filename", "app/new.py"],
        CODE.as_bytes(),
    );
    assert_eq!(ran.code, 1);
    // Relative to the configuration, wherever the run starts.
    let mut command = place.command(&["check", "--quiet", "."]);
    command.current_dir(place.path("tests"));
    assert_eq!(command.output().unwrap().status.code(), Some(0));
}

#[test]
fn files_are_left_out() {
    let files = [
        "a.py",
        "gen/b.py",
        "old/deep/c.py",
        "old/gen/d.py",
        "venv/e.py",
        "f.pyx",
    ];
    let names = |configuration: &str, arguments: &[&str]| -> Vec<String> {
        let place = place(configuration, &files);
        let found = found(&place, &[arguments, &["--select", "UL001"]].concat());
        found
            .iter()
            .map(|one| one.split(' ').next().unwrap().to_owned())
            .collect()
    };
    let all = ["a.py", "gen/b.py", "old/deep/c.py", "old/gen/d.py"];
    assert_eq!(names("", &[]), all);
    assert_eq!(
        names("extend-exclude = [\"gen\"]", &[]),
        ["a.py", "old/deep/c.py"]
    );
    assert_eq!(
        names("extend-exclude = [\"/gen\", \"old/deep\"]", &[]),
        ["a.py", "old/gen/d.py"]
    );
    // `exclude` stands in the place of what is left out otherwise.
    assert_eq!(
        names("exclude = [\"old\"]", &[]),
        ["a.py", "gen/b.py", "venv/e.py"]
    );
    assert_eq!(
        names(
            "exclude = [\"old\"]\nextend-exclude = [\"venv\", \"gen\"]",
            &[]
        ),
        ["a.py"]
    );
    assert_eq!(
        names("extend-exclude = [\"old\"]", &["--exclude", "gen"]),
        ["a.py"]
    );
    assert_eq!(
        names("extend-exclude = [\"old\"]", &["--extend-exclude", "gen"]),
        ["a.py"]
    );
    assert_eq!(names("include = [\"*.pyx\"]", &[]), ["f.pyx"]);
    assert_eq!(
        names("include = [\"old/**/*.py\"]", &[]),
        ["old/deep/c.py", "old/gen/d.py"]
    );
    // Named files are taken, unless that is not wanted.
    assert_eq!(
        names("exclude = [\"old\"]", &["old/deep/c.py"]),
        ["old/deep/c.py"]
    );
    assert_eq!(
        names("exclude = [\"old\"]", &["old"]),
        ["old/deep/c.py", "old/gen/d.py"]
    );
    assert_eq!(names("include = [\"*.pyx\"]", &["a.py"]), ["a.py"]);
    let forced = "exclude = [\"old\"]\nforce-exclude = true";
    assert_eq!(names(forced, &["old/deep/c.py", "a.py"]), ["a.py"]);
    assert_eq!(names(forced, &["old", "a.py"]), ["a.py"]);
    assert_eq!(
        names(
            "exclude = [\"old\"]",
            &["--force-exclude", "old/deep/c.py", "a.py"]
        ),
        ["a.py"]
    );
    assert_eq!(
        names("", &["--force-exclude", "venv/e.py", "a.py"]),
        ["a.py"]
    );
    assert_eq!(
        names("", &["--force-exclude", "--isolated", "venv/e.py", "a.py"]),
        ["a.py"]
    );
    assert_eq!(
        names(
            "",
            &[
                "--force-exclude",
                "--exclude",
                "old",
                "old/deep/c.py",
                "a.py"
            ]
        ),
        ["a.py"]
    );
    assert_eq!(
        names("include = [\"*.pyx\"]", &["--force-exclude", "a.py"]),
        ["a.py"]
    );
}

#[test]
fn what_is_excluded_goes_through_standard_input_as_it_is() {
    let place = place("extend-exclude = [\"old\"]\nforce-exclude = true", &[]);
    let arguments = ["fix", "--quiet", "-", "--stdin-filename", "old/a.py"];
    place.run_with(&arguments, CODE.as_bytes()).is(0, CODE, "");
    let arguments = ["fix", "--quiet", "-", "--stdin-filename", "new/a.py"];
    assert_ne!(place.run_with(&arguments, CODE.as_bytes()).stdout, CODE);
    let by_argument = [&arguments[..], &["--exclude", "new"]].concat();
    place
        .run_with(&by_argument, CODE.as_bytes())
        .is(0, CODE, "");
}

#[test]
fn a_configuration_inside_governs_its_own_files_only() {
    let place = place(
        "extend-exclude = [\"skipped\"]",
        &["a.py", "in/skipped/b.py", "skipped/c.py"],
    );
    place.write("in/unleak.toml", "select = [\"UL003\"]");
    place.write("skipped/unleak.toml", "broken");
    // What is not looked into is not read.
    assert_eq!(found(&place, &[]), ["a.py 13", "in/skipped/b.py 3"]);
    place.write("in/unleak.toml", "selekt = []");
    let ran = place.run(&["check"]);
    ran.is(2, "", "unleak: in/unleak.toml:1: unknown key `selekt`; did you mean `select`?\n 1 | selekt = []\n   | ^^^^^^\n");
}

#[test]
fn a_configuration_can_be_named() {
    let place = place("select = [\"UL001\"]", &["app/a.py", "old/b.py"]);
    place.write(
        "ci/other.toml",
        "select = [\"UL003\"]\nextend-exclude = [\"/old\"]\n",
    );
    place.write("ci/pyproject.toml", "[tool.unleak]\nselect = [\"UL003\"]\n");
    place.write("ci/none/pyproject.toml", "[tool.other]\nunleak = 1\n");
    // Globs are relative to the current directory then.
    assert_eq!(
        found(&place, &["--config", "ci/other.toml"]),
        ["app/a.py 3"]
    );
    assert_eq!(
        found(&place, &["--config", "ci/pyproject.toml", "app"]),
        ["app/a.py 3"]
    );
    let refused = |arguments: &[&str], message: &str| {
        place
            .run(&[&["check"], arguments].concat())
            .is(2, "", message);
    };
    refused(
        &["--config", "no.toml"],
        "unleak: no.toml: No such file or directory\n",
    );
    refused(
        &["--config", "ci/none/pyproject.toml"],
        "unleak: ci/none/pyproject.toml: has no [tool.unleak]\n",
    );
    refused(
        &["--config", "ci/other.toml", "--isolated"],
        "unleak: the argument '--config <FILE>' cannot be used with '--isolated'\n",
    );
}

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_no_configuration() {
    let place = place("", &["in/a.py"]);
    std::os::unix::fs::symlink("nowhere.toml", place.path("in/unleak.toml")).unwrap();
    let message = "unleak: in/unleak.toml: No such file or directory\n";
    place.run(&["check"]).is(2, "", message);
    place.run(&["fix"]).is(2, "", message);
    assert_eq!(place.read("in/a.py"), CODE);
}

#[test]
fn fixes_are_trusted_as_far_as_is_said() {
    let fixes = |configuration: &str| {
        let place = place(configuration, &["a.py"]);
        // The rows may need the session.
        place.write("b.py", "from sqlalchemy.orm import Session\n\n\ndef rows(engine):\n    session = Session(engine)\n    return session.query(1).all()\n");
        let ran = place.run(&["check", "--output-format", "json"]);
        let findings: Vec<serde_json::Value> = serde_json::from_str(&ran.stdout).unwrap();
        let said = findings.iter().map(|one| {
            let fix = one["fix"]["applicability"].as_str().unwrap();
            (
                one["code"].as_str().unwrap().to_owned(),
                fix.to_owned(),
                one["blocked_by"].clone(),
            )
        });
        let said: Vec<_> = said.collect();
        let changed = place.run(&["fix", "--quiet"]);
        assert_ne!(changed.code, 2, "{}", changed.stderr);
        (
            said,
            place.read("a.py").matches("with ").count(),
            place.read("b.py").matches("with ").count(),
        )
    };
    let levels = |said: &[(String, String, serde_json::Value)]| -> Vec<String> {
        said.iter()
            .map(|(code, level, _)| format!("{code} {level}"))
            .collect()
    };
    let (said, safe, asked) = fixes("");
    assert_eq!(levels(&said), ["UL001 safe", "UL003 safe", "UL001 unsafe"]);
    assert_eq!((safe, asked), (2, 0));
    let (said, safe, asked) = fixes("extend-safe-fixes = [\"UL0\"]");
    assert_eq!(levels(&said), ["UL001 safe", "UL003 safe", "UL001 safe"]);
    assert_eq!(said[2].2, serde_json::Value::Null);
    assert_eq!((safe, asked), (2, 1));
    let (said, safe, asked) = fixes("extend-unsafe-fixes = [\"manual-release\"]");
    assert_eq!(
        levels(&said),
        ["UL001 safe", "UL003 unsafe", "UL001 unsafe"]
    );
    assert_eq!(said[1].2, "the configuration lets no fix of UL003 be safe");
    assert_eq!((safe, asked), (1, 0));
    // The more exact selector wins, and where they are equal the cautious one.
    let (said, ..) = fixes("extend-safe-fixes = [\"UL001\"]\nextend-unsafe-fixes = [\"UL\"]");
    assert_eq!(levels(&said), ["UL001 safe", "UL003 unsafe", "UL001 safe"]);
    let (said, ..) = fixes("extend-safe-fixes = [\"UL\"]\nextend-unsafe-fixes = [\"UL\"]");
    assert_eq!(
        levels(&said),
        ["UL001 unsafe", "UL003 unsafe", "UL001 unsafe"]
    );
}
