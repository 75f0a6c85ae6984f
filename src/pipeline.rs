//! One file through the inner rooms: a source goes in, a report comes out.

use std::collections::BTreeSet;

use crate::analysis::{self, Analysis};
use crate::project::Slot;
use crate::rules::Finding;
use crate::source::Source;

pub use crate::analysis::Fixed;
pub use crate::options::Options;

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

impl Report {
    /// What is still there: all findings, or after a fix those that it left.
    pub fn remaining(&self) -> &[Finding] {
        self.fixed
            .as_ref()
            .map_or(&self.findings, |fixed| &fixed.remaining)
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
