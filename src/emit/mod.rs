//! From reports to the terminal, to other programs, and to disk.

pub mod apply;
pub mod audit;
pub mod concise;
pub mod diff;
pub mod document;
pub mod fixes;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod path;
pub mod providers;
pub mod providers_json;
pub mod sarif;
pub mod settings;
pub mod statistics;
pub mod summary;
pub mod text;

mod identity;
#[cfg(test)]
pub(crate) mod samples;

use std::io::{self, Write};
use std::path::PathBuf;

use crate::pipeline::{Options, Report};
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
    /// SARIF 2.1.0, with the fixes, for code scanning.
    Sarif,
    /// Workflow commands: annotations in GitHub Actions.
    Github,
    /// The code quality report of GitLab.
    Gitlab,
    /// JUnit XML, each finding a test that failed.
    Junit,
    /// A table with links to the lines.
    Markdown,
}

impl Format {
    /// Those that can print more than findings.
    pub const GENERAL: [Format; 4] = [Format::Text, Format::Concise, Format::Json, Format::Jsonl];

    /// What is said of the others.
    pub const NO_STATISTICS: &str =
        "--statistics can be printed as text, concise, json or jsonl only";
}

/// How the findings of a run are to be printed.
#[derive(Clone, Debug)]
pub struct Setting {
    /// As what.
    pub format: Format,
    /// Whether people see colours.
    pub color: bool,
    /// The directory that other systems take paths from.
    pub root: PathBuf,
}

/// Writes what remains in `report`: all of the output, or a part for [`document::Document`].
pub fn write(
    out: &mut dyn Write,
    report: &Report,
    options: &Options,
    setting: &Setting,
) -> io::Result<()> {
    match setting.format {
        Format::Text => text::write(out, report, setting.color),
        Format::Concise => concise::write(out, report, options),
        Format::Json | Format::Jsonl => json::write_lines(out, report),
        Format::Sarif => sarif::write_lines(out, report, options, setting),
        Format::Github => github::write(out, report, options, setting),
        Format::Gitlab => gitlab::write_lines(out, report, options, setting),
        Format::Junit => junit::write(out, report, options, setting),
        Format::Markdown => markdown::write(out, report, options, setting),
    }
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
