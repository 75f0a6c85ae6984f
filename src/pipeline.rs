//! One file through the inner rooms: a source goes in, a report comes out.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::analysis::{self, Analysis};
use crate::catalog::Prefilter;
use crate::project::Project;
use crate::rules::{Applicability, Finding, Rule};
use crate::source::Source;

/// What to look for and how far to go.
#[derive(Debug, Clone)]
pub struct Options {
    /// The rules that report.
    pub rules: BTreeSet<Rule>,
    /// Whether fixes that a person should look at are made too.
    pub unsafe_fixes: bool,
    /// What is known across files: modules that were read, and names that the user declared as acquirers.
    pub project: Arc<Project>,
    /// Tells from the bytes of a file whether anything in it could acquire.
    pub prefilter: Arc<Prefilter>,
}

/// What is known about one file.
#[derive(Debug)]
pub struct Report {
    /// The file.
    pub source: Source,
    /// What was found in it, in source order.
    pub findings: Vec<Finding>,
    /// What became of it, if it was to be fixed and something can be.
    pub fixed: Option<Fixed>,
    /// What could not be looked at: functions with syntax errors, for one.
    pub notes: Vec<String>,
}

/// A file after its fixes.
#[derive(Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// The findings that are mended in it.
    pub applied: Vec<Finding>,
    /// The findings that are still there, with their places in the new text.
    pub remaining: Vec<Finding>,
    /// Fixes that failed their own check and were dropped: faults of `unleak`.
    pub failures: Vec<String>,
}

/// Reports what is in `source`.
pub fn check(source: Source, options: &Options) -> Report {
    let Analysis { findings, notes } = analysis::analyze(&source, options);
    Report {
        source,
        findings,
        fixed: None,
        notes,
    }
}

/// Reports what is in `source`, and mends what `options` allow.
pub fn fix(source: Source, options: &Options) -> Report {
    let mut report = check(source, options);
    if report
        .findings
        .iter()
        .any(|finding| options.applies(finding))
    {
        report.fixed = Some(analysis::rewrite(&report.source, &report.findings, options));
    }
    report
}

impl Options {
    /// The given rules, safe fixes only; `acquirers` are dotted names that acquire, beside those that are known.
    pub fn new(rules: BTreeSet<Rule>, unsafe_fixes: bool, acquirers: &[String]) -> Options {
        Options {
            rules,
            unsafe_fixes,
            project: Arc::new(Project::new(acquirers)),
            prefilter: Arc::new(Prefilter::new(acquirers)),
        }
    }

    /// Whether the finding has a fix that these options make.
    pub fn applies(&self, finding: &Finding) -> bool {
        finding
            .fix
            .as_ref()
            .is_some_and(|fix| self.unsafe_fixes || fix.applicability == Applicability::Safe)
    }
}

impl Default for Options {
    fn default() -> Self {
        Options::new(Rule::ALL.into_iter().collect(), false, &[])
    }
}

impl Report {
    /// What is still there: all findings, or after a fix those that it left.
    pub fn remaining(&self) -> &[Finding] {
        self.fixed
            .as_ref()
            .map_or(&self.findings, |fixed| &fixed.remaining)
    }

    /// The new text, if there is one that differs.
    pub fn new_text(&self) -> Option<&str> {
        self.fixed
            .as_ref()
            .map(|fixed| fixed.text.as_str())
            .filter(|text| *text != self.source.text)
    }
}
