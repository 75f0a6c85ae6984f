//! `--require-clean`: everything is worked out first, and written only if git could bring back all that would be changed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::{Job, encode, head, new_bytes};
use crate::cli::Status;
use crate::cli::output::{Output, complain};
use crate::cli::run::{self, Outcome};
use crate::emit::{apply, count, diff, path};
use crate::pipeline;

/// A file whose fixes wait.
struct Waiting {
    /// Its bytes before and after.
    change: Option<(Vec<u8>, Vec<u8>)>,
    diff: Vec<u8>,
    outcome: Outcome,
}

pub(super) fn run(job: &Job<'_>) -> anyhow::Result<Status> {
    let args = job.args;
    let common = &args.shared.common;
    head::expect_repositories(&common.paths)?;
    let color = common.colored();
    let waiting = Mutex::new(BTreeMap::new());
    let mut output = args.output();
    let mut total = run::each(
        &args.shared.asked(),
        &mut output,
        true,
        |source, input, options| {
            let path = source.path.clone();
            let report = pipeline::fix(source, options);
            let mut diff = Vec::new();
            let rendered =
                diff::write(&mut diff, &report, color).map_err(|error| error.to_string());
            let change = rendered.and_then(|()| match report.new_text() {
                None => Ok(None),
                Some(_) => Ok(Some((
                    encode(&report, &report.source.text)?,
                    new_bytes(&report)?,
                ))),
            });
            let change = match change {
                Ok(change) => change,
                Err(reason) => return Outcome::failure(reason),
            };
            let mut outcome = job.done(report, input, options, Vec::new());
            let said = Outcome {
                notes: std::mem::take(&mut outcome.notes),
                failures: std::mem::take(&mut outcome.failures),
                ..Outcome::default()
            };
            let file = Waiting {
                change,
                diff,
                outcome,
            };
            waiting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(path, file);
            said
        },
    )?;
    let waiting: BTreeMap<PathBuf, Waiting> =
        waiting.into_inner().unwrap_or_else(PoisonError::into_inner);
    let changed: Vec<PathBuf> = waiting
        .iter()
        .filter(|(_, file)| file.change.is_some())
        .map(|(path, _)| path.clone())
        .collect();
    let differing = head::differing(&changed)?;
    if !differing.is_empty() {
        for (path, how) in &differing {
            complain(&format!("{}: {how}", path::slashed(path)));
        }
        complain(&format!(
            "nothing is written: of {} to change, {} from git's HEAD (--require-clean); the diff is on standard output",
            count(changed.len(), "file"),
            match differing.len() {
                1 => "1 differs".to_string(),
                number => format!("{number} differ"),
            }
        ));
        let mut output = Output::plain();
        for file in waiting.values() {
            output.part(&file.diff);
        }
        output.end()?;
        return Ok(Status::Failed);
    }
    for (path, file) in waiting {
        let written = match file.change {
            None => Ok(()),
            Some((old, new)) => apply::write(&path, &old, &new),
        };
        let outcome = match written {
            Ok(()) => file.outcome,
            Err(reason) => Outcome::failure(reason),
        };
        total.take(&path, &outcome, common.quiet);
        output.part(&outcome.out);
    }
    job.end(&total, output)
}
