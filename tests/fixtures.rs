//! Every file of `fixtures/<rule>/` through the whole pipeline: what is found and what becomes of the text is held
//! against `snapshots/<rule>/`, and some promises hold for every one of them.
//!
//! After a change that is meant: `INSTA_UPDATE=always cargo test --test fixtures`, then read `git diff snapshots`.
#![allow(clippy::unwrap_used)]

#[path = "fixtures/case.rs"]
mod case;
#[path = "fixtures/catalog.rs"]
mod catalog;
#[path = "support/python.rs"]
mod python;
#[path = "fixtures/reasons.rs"]
mod reasons;

use std::path::{Path, PathBuf};

use case::Case;
use unleak::catalog::Manner;

/// The folders: one for each rule, fixes with `--context closing`, what functions of other files do with a resource, code that must stay as it is, files
/// that are awkward as files, and the entries of the catalog.
const FOLDERS: [&str; 18] = [
    "never-released",
    "release-not-guaranteed",
    "manual-release",
    "redundant-release",
    "unbound-resource",
    "context-does-not-release",
    "generator-provider-called",
    "unprotected-yield",
    "kept-without-release",
    "unused-suppression",
    "lost-traceback",
    "pool-policy",
    "undocumented-provider",
    "context-closing",
    "callees",
    "source",
    "untouched",
    "catalog",
];

fn cases() -> Vec<Case> {
    paths().iter().map(|path| Case::run(path)).collect()
}

fn paths() -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for folder in FOLDERS {
        let entries = std::fs::read_dir(Path::new("fixtures").join(folder)).unwrap();
        paths.extend(
            entries
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.extension().is_some_and(|extension| extension == "py")),
        );
    }
    paths.sort();
    paths
}

/// Fails with every complaint at once.
fn all_fine(complaints: Vec<String>) {
    assert!(
        complaints.is_empty(),
        "{} of them:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn findings_and_fixes_are_those_of_the_snapshots() {
    let different = cases()
        .iter()
        .filter(|case| {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(Path::new("../snapshots").join(case.folder()));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            let held = std::panic::AssertUnwindSafe(|| {
                settings.bind(|| insta::assert_snapshot!(case.name(), case.story()));
            });
            std::panic::catch_unwind(held).is_err()
        })
        .map(|case| case.path.display().to_string())
        .collect();
    all_fine(different);
}

#[test]
fn every_snapshot_has_its_fixture() {
    let mut without = Vec::new();
    for folder in FOLDERS {
        let Ok(entries) = std::fs::read_dir(Path::new("snapshots").join(folder)) else {
            continue;
        };
        for entry in entries {
            let snapshot = entry.unwrap().path();
            let name = snapshot.file_name().unwrap().to_string_lossy().into_owned();
            let name = name.trim_end_matches(".new").trim_end_matches(".snap");
            let fixture = Path::new("fixtures")
                .join(folder)
                .join(format!("{name}.py"));
            if !fixture.exists() {
                without.push(snapshot.display().to_string());
            }
        }
    }
    all_fine(without);
}

#[test]
fn what_must_stay_stays() {
    let mut touched = Vec::new();
    for case in cases().iter().filter(|case| case.folder() == "untouched") {
        let findings = case.findings();
        if !findings.is_empty() || case.safe.new_text().is_some() || case.all.new_text().is_some() {
            touched.push(format!("{}\n{findings}", case.path.display()));
        }
    }
    all_fine(touched);
}

#[test]
fn a_fixture_stands_with_a_rule_it_breaks() {
    let astray = cases()
        .iter()
        .filter(|case| {
            let several = [
                "untouched",
                "source",
                "callees",
                "catalog",
                "context-closing",
            ];
            !several.contains(&case.folder())
        })
        .filter(|case| {
            let mut found = case.safe.findings.iter();
            !found.any(|finding| finding.rule.name() == case.folder())
        })
        .map(|case| format!("{}\n{}", case.path.display(), case.findings()))
        .collect();
    all_fine(astray);
}

#[test]
fn no_fix_fails_its_own_check_and_a_second_one_changes_nothing() {
    all_fine(cases().iter().flat_map(Case::unfinished).collect());
}

#[test]
fn lines_outside_of_the_functions_with_a_finding_keep_their_bytes() {
    all_fine(cases().iter().flat_map(Case::strayed).collect());
}

/// `--context closing` on every fixture: the same findings, fixes that pass their check, and nothing left to do, neither for
/// another run with it nor for one without.
#[test]
fn every_fix_can_be_written_with_closing() {
    let mut complaints = Vec::new();
    let mut differing = 0;
    for path in paths() {
        let native = Case::written(&path, Manner::Native);
        let closing = Case::written(&path, Manner::Closing);
        let key = |case: &Case| -> Vec<_> {
            let findings = case.safe.findings.iter();
            findings
                .map(|finding| (finding.rule, finding.span))
                .collect()
        };
        if key(&native) != key(&closing) {
            complaints.push(format!("{}: other findings", path.display()));
        }
        complaints.extend(closing.unfinished());
        complaints.extend(closing.undecided(Manner::Native));
        differing += usize::from(native.safe.new_text() != closing.safe.new_text());
    }
    assert!(differing > 50, "only {differing} files differ");
    all_fine(complaints);
}

/// What CPython compiled before, it compiles after every fix; a fixture that is no Python is named here.
#[test]
fn python_compiles_what_comes_out() {
    let directory = tempfile::tempdir().unwrap();
    let mut names = Vec::new();
    let mut original = Vec::new();
    for (number, path) in paths().iter().enumerate() {
        let case = Case::run(path);
        let closing = Case::written(path, Manner::Closing);
        let mut versions = case.versions();
        versions.extend([("closing", closing.versions()[2].1.clone())]);
        for (kind, bytes) in versions {
            let path = directory.path().join(format!("{number}_{kind}.py"));
            std::fs::write(&path, bytes).unwrap();
            names.push((path.display().to_string(), case.path.clone(), kind));
        }
        original.push(directory.path().join(format!("{number}_before.py")));
    }
    let listed: Vec<&str> = names.iter().map(|(name, ..)| name.as_str()).collect();
    let compiled = python::compiling(&listed.join("\n"));
    assert!(
        compiled.len() > original.len(),
        "Python compiles the fixtures"
    );
    let mut broken = Vec::new();
    for (name, path, kind) in &names {
        let before = name.rsplit_once('_').unwrap().0.to_owned() + "_before.py";
        if compiled.contains(&before) && !compiled.contains(name) {
            broken.push(format!("{} after a {kind} fix", path.display()));
        }
    }
    all_fine(broken);
    let strange: Vec<String> = names
        .iter()
        .filter(|(name, _, kind)| *kind == "before" && !compiled.contains(name))
        .map(|(_, path, _)| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert_eq!(
        strange,
        [
            "notebook_magic.py",
            "syntax_error_in_one_function.py",
            "python2.py"
        ]
    );
}
