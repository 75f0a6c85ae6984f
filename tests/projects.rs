//! Small projects of several files: `fixtures/projects/`. Every line that acquires, or only looks like it, carries a comment that
//! says what must be concluded:
//!
//! - `# owned: leak`: reported as a leak;
//! - `# owned: fine`: released here or handed on, so no leak;
//! - `# borrowed`: shared or somebody else's, so nothing at all is reported;
//! - `# ambiguous`: nobody can read what it is, so nothing is rewritten without a person looking.
#![allow(clippy::unwrap_used)]

#[path = "support/marks.rs"]
mod marks;
#[path = "projects/not_yet.rs"]
mod not_yet;
#[path = "support/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use marks::{Mark, Marked, is_leak, is_safe};
use not_yet::NOT_YET;
use unleak::pipeline::{Options, Report};
use unleak::rules::Finding;
use unleak::survey::{Standing, Survey};

const ROOT: &str = "fixtures/projects";
const WORDS: [&str; 3] = ["owned:", "borrowed", "ambiguous"];
const PROJECTS: [&str; 8] = [
    "celery",
    "django",
    "fastapi",
    "flask",
    "lookalikes",
    "script",
    "src_layout",
    "streamlit",
];

/// The files of a project, in order.
fn files(project: &str) -> Vec<Marked> {
    marks::python_files(&Path::new(ROOT).join(project))
        .iter()
        .map(|name| Marked::read(Path::new(ROOT), &format!("{project}/{name}"), &WORDS))
        .collect()
}

/// All of them.
fn all_files() -> Vec<Marked> {
    PROJECTS.iter().flat_map(|project| files(project)).collect()
}

/// The findings by file, all of one run.
fn findings<'f>(files: impl Iterator<Item = &'f Marked>) -> BTreeMap<String, Vec<Finding>> {
    let options = Options::default();
    files
        .map(|file| (file.name.clone(), file.check(&options).findings))
        .collect()
}

/// What is wrong with the findings on a marked line.
fn judge(mark: &Mark, report: &Report) -> Option<String> {
    let all = report.findings.iter();
    let here: Vec<_> = all.filter(|found| found.start.line == mark.line).collect();
    let leak = here.iter().find(|found| is_leak(found));
    let says = mark.text.rsplit('#').next().unwrap().trim();
    match (says, leak) {
        ("owned: leak", None) => Some("not reported".to_owned()),
        ("owned: leak", Some(_)) => None,
        ("owned: fine", leak) => leak.map(|found| format!("reported: {}", found.message)),
        ("borrowed", _) => here
            .first()
            .map(|found| format!("reported: {}", found.message)),
        ("ambiguous", _) => here
            .iter()
            .any(|found| is_safe(found))
            .then(|| "the fix counts as safe".to_owned()),
        _ => panic!("line {}: {}", mark.line, mark.text),
    }
}

/// Whose the resources are that `providers` sees asked for on each line.
fn standings(file: &Marked) -> BTreeMap<usize, Vec<Standing>> {
    let mut found: BTreeMap<usize, Vec<Standing>> = BTreeMap::new();
    let survey = Survey::of(&file.source, &Options::default());
    for entry in survey.into_entries() {
        for (_, line) in &entry.places {
            found.entry(*line).or_default().push(entry.standing);
        }
    }
    found
}

#[test]
fn providers_explains_every_line() {
    let mut wrong = Vec::new();
    for file in all_files() {
        let standings = standings(&file);
        for mark in &file.marks {
            let none = Vec::new();
            let here = standings.get(&mark.line).unwrap_or(&none);
            let says = mark.text.rsplit('#').next().unwrap().trim();
            let fits = match says.split(':').next().unwrap() {
                // What only an annotation says is unclear, and counts.
                "owned" => here.contains(&Standing::Owned) || here.contains(&Standing::Unclear),
                // Nothing is asked for where something shared is only looked at.
                "borrowed" => !here.contains(&Standing::Owned),
                _ => !here.contains(&Standing::Owned) || here.contains(&Standing::Unclear),
            };
            if !fits {
                wrong.push(format!(
                    "{}:{}: {}: {here:?}",
                    file.name, mark.line, mark.text
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn every_project_is_tested() {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(ROOT)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    folders.sort();
    let listed: Vec<PathBuf> = PROJECTS.map(|name| Path::new(ROOT).join(name)).into();
    assert_eq!(folders, listed);
    for project in PROJECTS {
        let files = files(project);
        let marks: usize = files.iter().map(|file| file.marks.len()).sum();
        assert!(files.len() >= 4 && marks >= 20, "{project}: {marks} marks");
    }
}

#[test]
fn every_line_is_concluded_as_it_says() {
    let options = Options::default();
    let mut complaints = Vec::new();
    for file in all_files() {
        let report = file.check(&options);
        let mut complain = |line: usize, function: String, what: String| {
            complaints.push((file.name.clone(), function, format!("line {line}: {what}")));
        };
        for mark in &file.marks {
            if let Some(what) = judge(mark, &report) {
                complain(mark.line, mark.function.clone(), what);
            }
        }
        for finding in &report.findings {
            let line = finding.start.line;
            if is_leak(finding) && !file.marks.iter().any(|mark| mark.line == line) {
                complain(line, file.function(line), finding.message.clone());
            }
        }
    }
    marks::hold(&complaints, NOT_YET);
}

/// A hook gives one file, people give a folder: both are told the same, whatever was looked at before.
#[test]
fn a_file_alone_has_the_findings_it_has_in_its_project() {
    for project in PROJECTS {
        let files = files(project);
        let together = findings(files.iter());
        let backwards = findings(files.iter().rev());
        assert_eq!(together, backwards, "{project} in another order");
        for file in &files {
            let alone = findings(std::iter::once(file));
            assert_eq!(alone[&file.name], together[&file.name], "{}", file.name);
        }
    }
}

#[test]
fn files_looked_at_at_the_same_time_have_the_same_findings() {
    for project in PROJECTS {
        let files = files(project);
        let options = &Options::default();
        let at_once: BTreeMap<String, Vec<Finding>> = std::thread::scope(|scope| {
            let look = |file| {
                (
                    file,
                    scope.spawn(move || Marked::check(file, options).findings),
                )
            };
            let threads: Vec<_> = files.iter().map(look).collect();
            threads
                .into_iter()
                .map(|(file, thread)| (file.name.clone(), thread.join().unwrap()))
                .collect()
        });
        assert_eq!(at_once, findings(files.iter()), "{project}");
    }
}

/// Without files that wait for a conclusion: their changes may be the very thing that is wrong.
///
/// After a change that is meant: `INSTA_UPDATE=always cargo test --test projects`, then read `git diff snapshots`.
#[test]
fn the_safe_fixes_are_those_of_the_snapshots() {
    for project in PROJECTS {
        let options = Options::default();
        let reports: Vec<Report> = files(project)
            .iter()
            .filter(|file| !marks::waits(&file.name, NOT_YET))
            .map(|file| file.fix(&options))
            .collect();
        marks::hold_changes("projects", project, reports.iter());
    }
}

#[test]
fn python_compiles_the_projects_and_what_comes_out() {
    let options = Options::default();
    let mut texts = Vec::new();
    let mut failures = Vec::new();
    for file in all_files() {
        let report = file.fix(&options);
        if let Some(text) = report.new_text() {
            texts.push((format!("{} after its fixes", file.name), text.to_owned()));
        }
        failures.extend(report.fixed.iter().flat_map(|fixed| fixed.failures.clone()));
        texts.push((file.name, file.source.text));
    }
    let texts = texts
        .iter()
        .map(|(name, text)| (name.clone(), text.as_str()));
    assert_eq!(python::not_compiling(texts), Vec::<String>::new());
    assert_eq!(failures, Vec::<String>::new());
}

/// What is safely fixed is not reported again, by itself or by what the fix did elsewhere in the file.
#[test]
fn safe_fixes_leave_what_has_none() {
    let options = Options::default();
    for file in all_files() {
        let report = file.fix(&options);
        let Some(fixed) = &report.fixed else { continue };
        let leaks = report.findings.iter().filter(|found| is_leak(found));
        let expected = leaks.filter(|found| !is_safe(found)).count();
        let left: Vec<_> = fixed
            .remaining
            .iter()
            .filter(|found| is_leak(found))
            .collect();
        assert_eq!(left.len(), expected, "{}: {left:#?}", file.name);
    }
}
