//! One file, fix by fix: what `fix --interactive` asks about.
//!
//! Each fix is made alone and checked as all of them together would be: against its plan, and the file as it would then be
//! written against the file as it was read. What comes next is looked for in the text that is then there.

use crate::analysis::{self, Analysis, Fixed, Step};
use crate::options::Options;
use crate::pipeline::Report;
use crate::proof;
use crate::rules::Finding;
use crate::source::Source;
use crate::syntax;

/// A file on its way from one fix to the next.
#[derive(Debug)]
pub struct Stepwise<'o> {
    options: &'o Options,
    original: Source,
    current: Source,
    /// What was there at first.
    first: Vec<Finding>,
    /// What is there now.
    found: Vec<Finding>,
    applied: Vec<Finding>,
    /// Where the findings stand whose fixes are not wanted or cannot be made.
    passed: Vec<usize>,
    notes: Vec<String>,
    failures: Vec<String>,
}

/// A fix that stands its checks.
#[derive(Debug)]
pub struct Proposal {
    /// What it mends.
    pub finding: Finding,
    step: Step,
}

impl Proposal {
    /// The whole file with the fix.
    pub fn text(&self) -> &str {
        &self.step.text
    }
}

impl<'o> Stepwise<'o> {
    /// Finds what `options` ask for in `source`.
    pub fn new(source: Source, options: &'o Options) -> Stepwise<'o> {
        let Analysis {
            findings, notes, ..
        } = analysis::analyze(&source, options);
        Stepwise {
            options,
            current: source.clone(),
            original: source,
            first: findings.clone(),
            found: findings,
            applied: Vec::new(),
            passed: Vec::new(),
            notes,
            failures: Vec::new(),
        }
    }

    /// The file with the fixes taken so far.
    pub fn current(&self) -> &Source {
        &self.current
    }

    /// The next fix to decide about. One that fails a check is passed over and named in the report.
    pub fn propose(&mut self) -> Option<Proposal> {
        while let Some(finding) =
            analysis::next(&self.current, &self.found, self.options, &self.passed).cloned()
        {
            match self.attempt(&finding) {
                Some(Ok(step)) => return Some(Proposal { finding, step }),
                Some(Err(reason)) => self.fail(&reason),
                None => {}
            }
            self.passed.push(finding.span.start);
        }
        None
    }

    /// Makes the fix.
    pub fn take(&mut self, proposal: Proposal) {
        let Proposal { finding, step } = proposal;
        for place in &mut self.passed {
            *place = step.moved(*place);
        }
        self.applied.push(finding);
        self.current = self.current.with_text(step.text);
        self.found = step.found;
    }

    /// Leaves the finding as it is.
    pub fn pass(&mut self, proposal: &Proposal) {
        self.passed.push(proposal.finding.span.start);
    }

    /// What became of the file.
    pub fn report(self) -> Report {
        Report {
            source: self.original,
            findings: self.first,
            fixed: Some(Fixed {
                text: self.current.text,
                applied: self.applied,
                remaining: self.found,
                failures: Vec::new(),
                asked: true,
            }),
            notes: self.notes,
            failures: self.failures,
        }
    }

    /// Makes the fix of `finding` on a text of its own.
    fn attempt(&self, finding: &Finding) -> Option<Result<Step, String>> {
        let step = match analysis::step(&self.current, finding, &self.found, self.options)? {
            Ok(step) => step,
            Err(reason) => return Some(Err(reason)),
        };
        let applied = self.applied.iter().chain([finding]);
        let refuted = proof::refute_part(&self.original, self.first.iter(), applied, &step.text);
        Some(match refuted {
            None => Ok(step),
            Some(reason) => Err(format!(
                "line {}: the fix of {} failed unleak's own check: {reason}",
                finding.start.line,
                finding.rule.code()
            )),
        })
    }

    fn fail(&mut self, reason: &str) {
        // What is no Python is read differently once something else has changed: that proves nothing against the fix.
        match syntax::parse(&self.current.text).errors.first() {
            Some(error) => self.notes.push(format!(
                "line {}: because of the syntax error there, not every fix could be checked; what could not is left out",
                self.current.line_of(error.start)
            )),
            None => self.failures.push(format!(
                "{reason}; that fix is left out. This is a fault of unleak: please report it, with the file"
            )),
        }
    }
}
