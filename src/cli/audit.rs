//! `unleak audit`

use std::sync::{Mutex, PoisonError};

use super::Status;
use super::args::Shared;
use super::check::status;
use super::output::Output;
use super::ratchet::{self, Ratchet};
use super::run::{self, Outcome};
use crate::audit::{Audit, Page};
use crate::discover::located;
use crate::emit::audit::{self, Format};
use crate::emit::summary::Tally;
use crate::pipeline;
use crate::survey::Survey;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    ratchet: ratchet::Flags,

    /// How to print it
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: Format,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let common = &args.shared.common;
    let ratchet = Ratchet::new(&args.ratchet, false, common)?;
    let gathered = Mutex::new((Vec::new(), Survey::default()));
    let mut output = Output::plain();
    let total = run::each(
        &args.shared.asked(),
        &mut output,
        true,
        |source, _, options| {
            let survey = Survey::of(&source, options);
            let mut report = pipeline::check(source, options);
            let is_new = ratchet.keep_changed(&mut report, options);
            let place = located(&report.source.path);
            let (file, findings) = (&report.source, &report.findings);
            let page = Page::of(file, &place, findings, &is_new, &options.areas);
            let mut gathered = gathered.lock().unwrap_or_else(PoisonError::into_inner);
            gathered.0.push(page);
            gathered.1.add(survey);
            drop(gathered);
            // What is known is shown, and does not fail.
            let mut new = is_new.into_iter();
            report.findings.retain(|_| new.next().unwrap_or(true));
            Outcome {
                tally: Tally::of(&report, options),
                notes: report.notes,
                failures: report.failures,
                ..Outcome::default()
            }
        },
    )?;
    let (pages, survey) = gathered
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner);
    let progress = ratchet.progress(common, total.failed);
    let sums = Audit {
        changed_since: ratchet.changed_since().map(str::to_string),
        ..Audit::new(pages, &survey.into_entries(), progress)
    };
    let mut out = Vec::new();
    match args.output_format {
        Format::Text => audit::write(&mut out, &sums, common.colored())?,
        Format::Json => audit::json::write(&mut out, &sums)?,
        Format::Markdown => audit::markdown::write(&mut out, &sums)?,
    }
    output.part(&out);
    output.end()?;
    Ok(status(&total))
}
