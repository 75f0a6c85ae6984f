//! From reports to the terminal, to other programs, and to disk.

pub mod apply;
pub mod audit;
pub mod concise;
pub mod diff;
pub mod json;
pub mod path;
pub mod providers;
pub mod providers_json;
pub mod statistics;
pub mod summary;
pub mod text;

#[cfg(test)]
pub(crate) mod samples;

use crate::pipeline::Options;
use crate::rules::{Applicability, Finding};

/// How findings are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// With the code and the path that leaks, for people.
    #[default]
    Text,
    /// One line each.
    Concise,
    /// One JSON array.
    Json,
    /// One JSON object a line.
    Jsonl,
}

/// What can be done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outlook {
    /// `unleak fix` mends it.
    Fixable,
    /// `unleak fix --unsafe-fixes` mends it.
    NeedsUnsafe,
    /// A person has to.
    ByHand,
}

/// What can be done about `finding` under `options`.
pub fn outlook(finding: &Finding, options: &Options) -> Outlook {
    match finding.fix.as_ref().map(|fix| fix.applicability) {
        None => Outlook::ByHand,
        Some(Applicability::Unsafe) if !options.unsafe_fixes => Outlook::NeedsUnsafe,
        Some(_) => Outlook::Fixable,
    }
}

/// `1 leak`, `2 leaks`.
pub fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}
