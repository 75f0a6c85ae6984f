//! One file through the inner rooms: a source goes in, a report comes out.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::analysis::{self, Analysis};
use crate::project::Slot;
use crate::proof;
use crate::rules::{Applicability, Finding};
use crate::source::Source;
use crate::suppress::{self, Added};
use crate::syntax;

pub use crate::analysis::Fixed;
pub use crate::options::Options;
pub use crate::transform::Edit;

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
    /// Fixes that failed the self-check: faults of `unleak`. The text is then left as it was.
    pub failures: Vec<String>,
}

/// Reports what is in `source`. No fix is mentioned that does not stand its self-check.
pub fn check(source: Source, options: &Options) -> Report {
    let mut report = found(source, options);
    for applicability in [Applicability::Safe, Applicability::Unsafe] {
        let concerned = |finding: &Finding| {
            let fix = finding.fix.as_ref();
            fix.is_some_and(|fix| fix.applicability == applicability)
        };
        if !report.findings.iter().any(concerned) {
            continue;
        }
        let options = Options {
            unsafe_fixes: applicability == Applicability::Unsafe,
            ..options.clone()
        };
        let tried = proved(&report, &options);
        let failed = tried.failures.first().or(tried.notes.first()).cloned();
        report.failures.extend(tried.failures);
        let Some(reason) = failed else { continue };
        for finding in report
            .findings
            .iter_mut()
            .filter(|finding| concerned(finding))
        {
            finding.fix = None;
            finding.blocked_by = Some(reason.clone());
        }
    }
    report
}

/// Reports what is in `source`, and mends what `options` allow. If a fix fails the self-check, nothing is mended.
pub fn fix(source: Source, options: &Options) -> Report {
    let mut report = found(source, options);
    if report
        .findings
        .iter()
        .any(|finding| options.applies(finding))
    {
        let proved = proved(&report, options);
        report.fixed = Some(proved.fixed);
        report.notes.extend(proved.notes);
        report.failures = proved.failures;
    }
    report
}

/// Writes a comment to each finding of `report` that suppresses it, with `reason` behind it. The error says why that cannot
/// be done, and the text is then left as it is.
pub fn ignoring(report: &Report, options: &Options, reason: &str) -> Result<Added, String> {
    let source = &report.source;
    let module = syntax::parse(&source.text);
    let added = suppress::add(source, &module, &report.findings, reason);
    if added.findings == 0 {
        return Ok(added);
    }
    proof::refute_comments(source, &added, options).map_or(Ok(()), |why| {
        Err(match module.errors.first() {
            Some(error) => format!(
                "line {}: because of the syntax error there, comments could not be placed",
                source.line_of(error.start)
            ),
            None => format!("comments could not be placed: {why}"),
        })
    })?;
    Ok(added)
}

fn found(source: Source, options: &Options) -> Report {
    let Analysis {
        findings, notes, ..
    } = analysis::analyze(&source, options);
    Report {
        source,
        findings,
        fixed: None,
        notes,
        failures: Vec::new(),
    }
}

/// A file after its fixes, if they stand the self-check.
struct Proved {
    fixed: Fixed,
    notes: Vec<String>,
    failures: Vec<String>,
}

fn proved(report: &Report, options: &Options) -> Proved {
    let Report {
        source, findings, ..
    } = report;
    let fixed = analysis::rewrite(source, findings, options);
    let refuted = proof::refute(source, findings, &fixed, options);
    let mut proved = Proved {
        notes: Vec::new(),
        failures: Vec::new(),
        fixed,
    };
    if refuted.is_none() && proved.fixed.failures.is_empty() {
        return proved;
    }
    // What is no Python is read differently once something else has changed: that proves nothing against the fix.
    let error = syntax::parse(&source.text).errors.first().copied();
    let reason = match (&refuted, proved.fixed.failures.first()) {
        (_, Some(failure)) => failure.clone(),
        (Some(refuted), None) => format!("the fixes failed unleak's own check: {refuted}"),
        (None, None) => String::new(),
    };
    match error {
        Some(error) => proved.notes.push(format!(
            "line {}: because of the syntax error there, not every fix could be checked; what could not is left out",
            source.line_of(error.start)
        )),
        None => proved.failures.push(format!(
            "{reason}; the file is left as it is. This is a fault of unleak: please report it, with the file"
        )),
    }
    if error.is_none() || refuted.is_some() {
        proved.fixed = Fixed {
            text: source.text.clone(),
            applied: Vec::new(),
            remaining: findings.clone(),
            failures: std::mem::take(&mut proved.fixed.failures),
            asked: false,
        };
    }
    proved
}

impl Report {
    /// What is still there: all findings, or after a fix those that it left.
    pub fn remaining(&self) -> &[Finding] {
        self.fixed
            .as_ref()
            .map_or(&self.findings, |fixed| &fixed.remaining)
    }

    /// The file in which [`Report::remaining`] have their places.
    pub fn current(&self) -> Cow<'_, Source> {
        match self.new_text() {
            Some(text) => Cow::Owned(self.source.with_text(text.to_string())),
            None => Cow::Borrowed(&self.source),
        }
    }

    /// For each of [`Report::remaining`] the edits of its fix and no other, in [`Report::current`]. None where `options` do not
    /// make it, or where it does not stand the self-check alone.
    pub fn edits(&self, options: &Options) -> Vec<Vec<Edit>> {
        analysis::edits(&self.current(), self.remaining(), options)
    }

    /// What the fixes that were made enter with a `with` of its own, and did not before.
    pub fn entered(&self) -> BTreeSet<Slot> {
        let applied = self.fixed.iter().flat_map(|fixed| &fixed.applied);
        let fixes = applied.filter_map(|finding| finding.fix.as_ref());
        fixes.flat_map(|fix| fix.enters.iter().cloned()).collect()
    }

    /// The new text, if there is one that differs.
    pub fn new_text(&self) -> Option<&str> {
        self.fixed
            .as_ref()
            .map(|fixed| fixed.text.as_str())
            .filter(|text| *text != self.source.text)
    }
}
