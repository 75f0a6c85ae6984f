//! `--baseline` and `--diff-base`: of what is found, only what is new.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{anyhow, bail};

use super::args::Common;
use super::output::complain;
use crate::audit::Progress;
use crate::baseline::{Baseline, Counts, Key};
use crate::changes::Changes;
use crate::discover::reason;
use crate::emit::{apply, count};
use crate::pipeline::{Options, Report};
use crate::rules::{Level, Rule};

/// Entries that are named one by one.
const NAMED: usize = 20;

#[derive(clap::Args)]
pub(super) struct Flags {
    /// Report only what is not in FILE, which `check --write-baseline` makes: known findings by path, function, rule
    /// and number
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,

    /// Report only what concerns lines that changed since HEAD and this revision parted, committed or not: those from the
    /// acquiring call to where a path leaves without the release, and what was deleted between them
    #[arg(long, value_name = "REV")]
    diff_base: Option<String>,
}

/// What is known already, and what was found.
pub(super) struct Ratchet {
    baseline: Option<Baseline>,
    changes: Option<Changes>,
    seen: Mutex<Seen>,
}

/// What was found so far, known or not.
#[derive(Default)]
struct Seen {
    files: BTreeSet<String>,
    counts: Counts,
    known: usize,
    rules: BTreeSet<Rule>,
}

impl Ratchet {
    /// Reads the baseline and asks git. With `writes`, the baseline need not be there yet.
    pub(super) fn new(flags: &Flags, writes: bool, common: &Common) -> anyhow::Result<Ratchet> {
        let piped = common.paths.iter().any(|path| path == Path::new("-"));
        if piped && writes {
            bail!("--write-baseline is for files, not for standard input");
        }
        if piped && flags.diff_base.is_some() {
            bail!("--diff-base is for files, not for standard input");
        }
        let read = |file: &PathBuf| match writes && !file.exists() {
            true => Baseline::at(file),
            false => Baseline::read(file),
        };
        let baseline = flags.baseline.as_ref().map(read).transpose();
        let since = |revision: &String| Changes::since(revision, &common.paths);
        Ok(Ratchet {
            baseline: baseline.map_err(|error| anyhow!(error))?,
            changes: flags
                .diff_base
                .as_ref()
                .map(since)
                .transpose()
                .map_err(|error| anyhow!(error))?,
            seen: Mutex::default(),
        })
    }

    /// The revision since which lines had to change.
    pub(super) fn changed_since(&self) -> Option<&str> {
        self.changes.as_ref().map(Changes::revision)
    }

    /// Whether every file has to be looked at, even if nobody reads what is printed.
    pub(super) fn needs_all(&self) -> bool {
        self.baseline.is_some()
    }

    /// Leaves in `report` what is new, and in changed lines.
    pub(super) fn keep_new(&self, report: &mut Report, options: &Options) {
        let is_new = self.keep_changed(report, options);
        let mut new = is_new.into_iter();
        let before = report.findings.len();
        report.findings.retain(|_| new.next().unwrap_or(true));
        self.seen().known += before - report.findings.len();
    }

    /// Leaves in `report` what lies in changed lines, and says of each finding whether it is new.
    pub(super) fn keep_changed(&self, report: &mut Report, options: &Options) -> Vec<bool> {
        // All that is there is held against the baseline: what is unchanged is not gone.
        let mut is_new = self.look(report, options);
        if let Some(changes) = &self.changes {
            let stays = match changes.concern(&report.source, &report.findings) {
                Ok(stays) => stays,
                Err(error) => {
                    report.failures.push(error);
                    vec![false; report.findings.len()]
                }
            };
            let mut stay = stays.iter();
            is_new.retain(|_| stay.next() == Some(&true));
            let mut stay = stays.iter();
            report.findings.retain(|_| stay.next() == Some(&true));
        }
        is_new
    }

    /// Which findings of `report` are new.
    fn look(&self, report: &mut Report, options: &Options) -> Vec<bool> {
        let Some(baseline) = &self.baseline else {
            return vec![true; report.findings.len()];
        };
        let name = baseline.name(&report.source.path);
        let found = Baseline::count(&name, &report.findings);
        let new = baseline.new_ones(&name, &report.findings);
        for (key, found) in &found {
            let known = baseline.known().get(key).copied().unwrap_or(0);
            if known > 0 && *found > known {
                report.notes.push(crowded(key, *found, known));
            }
        }
        let mut seen = self.seen();
        seen.rules.extend(&options.rules);
        seen.files.insert(name);
        seen.counts.extend(found);
        new
    }

    /// What stands behind the sums: how much is left out. Nothing without `--baseline` and `--diff-base`.
    pub(super) fn aside(&self) -> Option<String> {
        let known = self.baseline.as_ref().map(|_| self.seen().known);
        match (known, &self.changes) {
            (Some(known), Some(_)) => Some(format!("in changed lines, beside {known} known")),
            (Some(known), None) => Some(format!("beside {known} known")),
            (None, Some(_)) => Some("in changed lines".to_string()),
            (None, None) => None,
        }
    }

    /// What became of the leaks of the baseline, as far as this run can tell.
    pub(super) fn progress(&self, common: &Common, failed: bool) -> Option<Progress> {
        let baseline = self.baseline.as_ref()?;
        let is_leak = |(key, _): &(&Key, &usize)| key.rule.level() == Level::Leak;
        let counts = self.seen().counts.clone();
        let mut progress = Progress::default();
        let mut files = BTreeSet::new();
        for (key, known) in baseline.known().iter().filter(is_leak) {
            if !self.covers(baseline, key, common, failed) {
                continue;
            }
            let remain = counts.get(key).copied().unwrap_or(0).min(*known);
            progress.known += known;
            progress.remain += remain;
            if remain > 0 {
                files.insert(&key.path);
            }
        }
        for (key, found) in counts.iter().filter(is_leak) {
            let known = baseline.known().get(key).copied().unwrap_or(0);
            progress.new += found.saturating_sub(known);
        }
        progress.files = files.len();
        Some(progress)
    }

    /// Names on standard error what is in the baseline and no longer found.
    pub(super) fn name_stale(&self, common: &Common, failed: bool) {
        let Some(baseline) = &self.baseline else {
            return;
        };
        if common.quiet {
            return;
        }
        let file = baseline.file().display();
        let stale = self.stale(baseline, common, failed);
        for (key, known, gone) in stale.iter().take(NAMED) {
            let part = match gone == known {
                true => String::new(),
                false => format!(" ({gone} of {known})"),
            };
            complain(&format!("{file}: no longer needed: {key}{part}"));
        }
        if stale.len() > NAMED {
            complain(&format!("{file}: and {} more", stale.len() - NAMED));
        }
        if !stale.is_empty() {
            complain(&format!(
                "{file}: add --write-baseline to `unleak check` with these options and paths to renew it"
            ));
        }
    }

    /// Writes the baseline anew, with what was found. What this run did not look at stays in it.
    pub(super) fn write(&self, common: &Common, failed: bool) -> anyhow::Result<()> {
        let Some(baseline) = &self.baseline else {
            return Ok(());
        };
        let counts = self.seen().counts.clone();
        let renewed = baseline.renewed(counts, |key| !self.covers(baseline, key, common, failed));
        put(baseline.file(), renewed.text().as_bytes())
            .map_err(|words| anyhow!("{}: {words}", baseline.file().display()))?;
        if !common.quiet {
            let findings = renewed.known().values().sum();
            let files: BTreeSet<&str> = renewed
                .known()
                .keys()
                .map(|key| key.path.as_str())
                .collect();
            complain(&format!(
                "{}: wrote {} in {}",
                baseline.file().display(),
                count(findings, "known finding"),
                count(files.len(), "file")
            ));
        }
        Ok(())
    }

    /// The entries of which less is found than is known: how much is known, and how much of it is gone.
    fn stale(
        &self,
        baseline: &Baseline,
        common: &Common,
        failed: bool,
    ) -> Vec<(Key, usize, usize)> {
        let counts = self.seen().counts.clone();
        let mut stale = Vec::new();
        for (key, known) in baseline.known() {
            let found = counts.get(key).copied().unwrap_or(0);
            if found < *known && self.covers(baseline, key, common, failed) {
                stale.push((key.clone(), *known, known - found));
            }
        }
        stale
    }

    /// Whether this run would have found what `key` stands for, were it there.
    fn covers(&self, baseline: &Baseline, key: &Key, common: &Common, failed: bool) -> bool {
        let takes_part = self.seen().rules.contains(&key.rule);
        if self.seen().files.contains(&key.path) {
            return takes_part;
        }
        let place = baseline.place(&key.path);
        // What lies where nobody may look may be there.
        if matches!(place.try_exists(), Ok(false)) {
            return true;
        }
        // It is there, was asked for and not looked at: it is excluded by now, or could not be read.
        let asked = common.paths.iter().any(|path| {
            let real = std::fs::canonicalize(path);
            real.is_ok_and(|real| place.starts_with(real))
        });
        asked && takes_part && !failed
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a baseline. A file that is not to be written stays, whoever asks.
fn put(file: &Path, text: &[u8]) -> Result<(), String> {
    match std::fs::metadata(file) {
        Err(_) => apply::create(file, text),
        Ok(metadata) if metadata.is_file() && metadata.permissions().readonly() => {
            Err("cannot be written: it is read-only".to_string())
        }
        Ok(_) => {
            let old = std::fs::read(file).map_err(|error| reason(&error))?;
            apply::write(file, &old, text)
        }
    }
}

fn crowded(key: &Key, found: usize, known: usize) -> String {
    let place = match &key.function {
        Some(function) => format!("`{function}`"),
        None => "the module".to_string(),
    };
    format!(
        "{place} has {found} of {}, and {known} known; which are new cannot be told, so the last are reported",
        key.rule.code(),
    )
}
