//! The scenarios that finders and fixers of unreleased resources meet, by their numbers: `fixtures/scenarios/NN-name.py`, or a
//! folder where a scenario needs several files. The verdict stands as a comment on the line that acquires:
//!
//! - `# verdict: SKIP`: nothing is reported there and nothing changes; in 49 to 54, which are about what is already released,
//!   the shorter spelling may be offered (UL003, UL004);
//! - `# verdict: ASK`: a leak without a safe fix;
//! - `# verdict: FIX`: a leak whose safe fix leaves nothing to report;
//! - `# verdict: SKIP or ASK`: either.
#![allow(clippy::unwrap_used)]

#[path = "scenarios/hazards.rs"]
mod hazards;
#[path = "support/marks.rs"]
mod marks;
#[path = "scenarios/not_yet.rs"]
mod not_yet;
#[path = "support/python.rs"]
mod python;

use std::collections::BTreeMap;
use std::path::Path;

use marks::{Mark, Marked, is_leak, is_safe};
use not_yet::NOT_YET;
use unleak::pipeline::{Options, Report};
use unleak::rules::{Finding, Rule};

const ROOT: &str = "fixtures/scenarios";

/// The scenarios about what is released already.
const RELEASED: std::ops::RangeInclusive<usize> = 49..=54;

/// The scenarios about what a rewrite must not do: here what is right already counts, too.
const HAZARDS: std::ops::RangeInclusive<usize> = 83..=116;

/// A file of a scenario and what becomes of it.
struct Case {
    number: usize,
    file: Marked,
    report: Report,
}

fn cases() -> Vec<Case> {
    let options = Options::default();
    marks::python_files(Path::new(ROOT))
        .iter()
        .map(|name| {
            let file = Marked::read(Path::new(ROOT), name, &["verdict:"]);
            let report = file.fix(&options);
            Case {
                number: name.split('-').next().unwrap().parse().unwrap(),
                file,
                report,
            }
        })
        .collect()
}

impl Case {
    /// What is wrong with the findings on a marked line, and with what becomes of it.
    fn judge(&self, mark: &Mark) -> Option<String> {
        let all = self.report.findings.iter();
        let here: Vec<_> = all.filter(|found| found.start.line == mark.line).collect();
        let hazard = HAZARDS.contains(&self.number);
        let counts = |found: &&&Finding| hazard || is_leak(found);
        let leaks: Vec<_> = here.iter().filter(counts).collect();
        let released = RELEASED.contains(&self.number);
        let stays =
            self.copies_of(mark, self.new_text()) == self.copies_of(mark, &self.file.source.text);
        match mark.says.as_str() {
            "SKIP" if !leaks.is_empty() => Some(format!("reported: {}", leaks[0].message)),
            "SKIP" if !released && !here.is_empty() => {
                Some(format!("reported: {}", here[0].message))
            }
            "SKIP" if released => None,
            "ASK" if leaks.is_empty() => Some("not reported".to_owned()),
            "ASK" | "SKIP or ASK" if here.iter().any(|found| is_safe(found)) => {
                Some("the fix counts as safe".to_owned())
            }
            "SKIP" | "ASK" | "SKIP or ASK" if !stays => Some("changed".to_owned()),
            "SKIP" | "ASK" | "SKIP or ASK" => None,
            "FIX" if leaks.is_empty() => Some("not reported".to_owned()),
            "FIX" => leaks
                .iter()
                .find(|found| !is_safe(found))
                .map(|found| format!("no safe fix: {:?}", found.blocked_by))
                .or_else(|| self.left_in(leaks[0].function.as_deref())),
            verdict => panic!("{}:{}: {verdict}", self.file.name, mark.line),
        }
    }

    /// A finding that the safe fixes of a function should have mended.
    fn left_in(&self, function: Option<&str>) -> Option<String> {
        let fixed = self.report.fixed.as_ref()?;
        let in_function = |found: &&Finding| found.function.as_deref() == function;
        let before = self.report.findings.iter().filter(in_function);
        let expected = before.filter(|found| !is_safe(found)).count();
        let after: Vec<_> = fixed.remaining.iter().filter(in_function).collect();
        if after.len() > expected {
            return Some(format!("left: {}", after[0].message));
        }
        None
    }

    fn new_text(&self) -> &str {
        self.report.new_text().unwrap_or(&self.file.source.text)
    }

    fn copies_of(&self, mark: &Mark, text: &str) -> usize {
        text.lines().filter(|line| line.trim() == mark.text).count()
    }
}

#[test]
fn every_number_has_its_scenario() {
    let mut marks: BTreeMap<usize, usize> = BTreeMap::new();
    for case in cases() {
        *marks.entry(case.number).or_default() += case.file.marks.len();
    }
    let numbers: Vec<usize> = marks.keys().copied().collect();
    assert_eq!(numbers, (1..=116).collect::<Vec<_>>());
    let without: Vec<_> = marks.iter().filter(|(_, marks)| **marks == 0).collect();
    assert!(without.is_empty(), "no verdict in {without:?}");
}

#[test]
fn every_verdict_holds() {
    let mut complaints = Vec::new();
    for case in cases() {
        for mark in &case.file.marks {
            if let Some(what) = case.judge(mark) {
                let what = format!("line {}, {}: {what}", mark.line, mark.says);
                complaints.push((case.file.name.clone(), mark.function.clone(), what));
            }
        }
    }
    marks::hold(&complaints, NOT_YET);
}

#[test]
fn nothing_else_is_reported() {
    let mut complaints = Vec::new();
    for case in cases() {
        for finding in &case.report.findings {
            let line = finding.start.line;
            if !case.file.marks.iter().any(|mark| mark.line == line) {
                let what = format!("line {line}: {}", finding.message);
                complaints.push((case.file.name.clone(), case.file.function(line), what));
            }
        }
    }
    marks::hold(&complaints, &[]);
}

/// Without those that wait for a verdict: their changes may be the very thing that is wrong.
///
/// After a change that is meant: `INSTA_UPDATE=always cargo test --test scenarios`, then read `git diff snapshots`.
#[test]
fn the_safe_fixes_are_those_of_the_snapshots() {
    let mut scenarios: BTreeMap<String, Vec<Report>> = BTreeMap::new();
    for case in cases() {
        let name = case.file.name.split(['/', '.']).next().unwrap();
        let reports = scenarios.entry(name.to_owned()).or_default();
        if case.report.new_text().is_some() && !marks::waits(&case.file.name, NOT_YET) {
            reports.push(case.report);
        }
    }
    for (name, reports) in scenarios.iter().filter(|(_, reports)| !reports.is_empty()) {
        marks::hold_changes("scenarios", name, reports.iter());
    }
    for entry in std::fs::read_dir("snapshots/scenarios").unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        let name = file.split('.').next().unwrap();
        let changes = scenarios
            .get(name)
            .is_some_and(|reports| !reports.is_empty());
        assert!(changes, "{file} is a snapshot of nothing");
    }
}

#[test]
fn no_fix_fails_its_own_check() {
    let failures: Vec<String> = cases()
        .iter()
        .flat_map(|case| case.report.failures.clone())
        .collect();
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn python_compiles_the_scenarios_and_what_comes_out() {
    // Scenario 111 is about what is no Python.
    let cases: Vec<Case> = cases()
        .into_iter()
        .filter(|case| case.number != 111)
        .collect();
    let texts = cases.iter().flat_map(|case| {
        let name = &case.file.name;
        [
            (name.clone(), case.file.source.text.as_str()),
            (format!("{name} after its fixes"), case.new_text()),
        ]
    });
    assert_eq!(python::not_compiling(texts), Vec::<String>::new());
}

/// Scenario 72: what a third party opens is known only once it is named.
#[test]
fn an_opener_of_a_third_party_counts_once_it_is_named() {
    let name = "72-openers-of-the-project/shop/report.py";
    let file = Marked::read(Path::new(ROOT), name, &["verdict:"]);
    let found = |acquirers: &[String]| {
        let options = Options::new(Rule::ALL.into_iter().collect(), false, acquirers);
        let report = file.check(&options);
        let mut remote = report.findings.into_iter();
        remote.find(|found| found.function.as_deref() == Some("remote"))
    };
    assert_eq!(found(&[]), None);
    let finding = found(&["vendor.storage.open_remote".to_owned()]).unwrap();
    assert_eq!(finding.rule, Rule::NeverReleased);
    assert!(finding.fix.is_some());
}

/// Scenario 82: a cursor that is forgotten goes with its name, in all drivers but a few; who wants to see such cursors
/// names them.
#[test]
fn a_cursor_of_a_shared_connection_counts_once_it_is_named() {
    let name = "82-cursor-of-a-shared-connection.py";
    let file = Marked::read(Path::new(ROOT), name, &["verdict:"]);
    let lines = |acquirers: &[String]| -> Vec<usize> {
        let options = Options::new(Rule::ALL.into_iter().collect(), false, acquirers);
        let findings = file.check(&options).findings;
        assert!(findings.iter().all(|found| !is_safe(found)));
        findings.iter().map(|found| found.start.line).collect()
    };
    assert!(lines(&[]).is_empty());
    let marked: Vec<usize> = file.marks.iter().map(|mark| mark.line).collect();
    let named = lines(&["cursor".to_owned()]);
    assert_eq!(named.len(), 2);
    assert!(named.iter().all(|line| marked.contains(line)));
}
