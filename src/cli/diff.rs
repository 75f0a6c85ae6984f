//! `unleak diff`

use super::args::Shared;
use super::output::{Output, complain};
use super::run::{self, Outcome};
use super::{Status, mocks};
use crate::emit::diff;
use crate::emit::summary::Tally;
use crate::pipeline;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let color = args.shared.common.colored();
    let mut output = Output::plain();
    let total = run::each(
        &args.shared.asked(),
        &mut output,
        false,
        |source, _, options| {
            let report = pipeline::fix(source, options);
            let mut outcome = Outcome {
                tally: Tally::of(&report, options),
                ..Outcome::default()
            };
            if let Err(error) = diff::write(&mut outcome.out, &report, color) {
                outcome.failures.push(error.to_string());
            }
            outcome.entered = report.entered();
            outcome.notes = report.notes;
            outcome.failures.extend(report.failures);
            outcome
        },
    )?;
    output.end()?;
    if !args.shared.common.quiet && total.tally.files > 0 {
        complain(&total.tally.of_fix("Would fix"));
        mocks::name(&args.shared.common, &total, "would then be")?;
    }
    Ok(match (total.failed, total.tally.changed) {
        (true, _) => Status::Failed,
        (false, 0) => Status::Clean,
        (false, _) => Status::Findings,
    })
}
