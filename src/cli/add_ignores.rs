//! `unleak check --add-ignores`

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::bail;

use super::Status;
use super::args::Shared;
use super::output::{Output, complain};
use super::ratchet::Ratchet;
use super::run::{self, Outcome};
use crate::emit::{apply, count};
use crate::pipeline::{self, Options, Report};

/// Writes a comment to each finding that suppresses it. `reason` stands behind its rules.
pub(super) fn run(shared: &Shared, ratchet: &Ratchet, reason: &str) -> anyhow::Result<Status> {
    let common = &shared.common;
    if common.paths.iter().any(|path| path == Path::new("-")) {
        bail!("--add-ignores writes files, standard input is none");
    }
    if reason.contains(['\n', '\r']) {
        bail!("--add-ignores: the reason has to stand on one line");
    }
    let (comments, files) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let mut output = Output::plain();
    let total = run::each(&shared.asked(), &mut output, true, |source, _, options| {
        let mut report = pipeline::check(source, options);
        // No fix is made here, so none can fail.
        report.failures.clear();
        ratchet.keep_new(&mut report, options);
        let written = write(&report, options, reason);
        let mut outcome = match written {
            Ok(0) => Outcome::default(),
            Ok(number) => {
                comments.fetch_add(number, Ordering::Relaxed);
                files.fetch_add(1, Ordering::Relaxed);
                Outcome::default()
            }
            Err(why) => Outcome::failure(why),
        };
        outcome.notes = report.notes;
        outcome.failures.extend(report.failures);
        outcome
    })?;
    output.end()?;
    if !common.quiet {
        let (comments, files) = (comments.into_inner(), files.into_inner());
        complain(&match comments {
            0 => "nothing to suppress".to_owned(),
            _ => format!(
                "suppressed {} in {}",
                count(comments, "finding"),
                count(files, "file")
            ),
        });
    }
    Ok(match total.failed {
        true => Status::Failed,
        false => Status::Clean,
    })
}

/// Writes the comments into the file, and says how many findings they suppress.
fn write(report: &Report, options: &Options, reason: &str) -> Result<usize, String> {
    let added = pipeline::ignoring(report, options, reason)?;
    if added.findings > 0 {
        let bytes = |text: &str| {
            report
                .source
                .encode(text)
                .map_err(|error| error.to_string())
        };
        let (old, new) = (bytes(&report.source.text)?, bytes(&added.text)?);
        apply::write(&report.source.path, &old, &new)?;
    }
    Ok(added.findings)
}
