//! `unleak check`

use super::Status;
use super::args::Shared;
use super::output::Output;
use super::ratchet::{self, Ratchet};
use super::run::{self, Outcome, Total};
use super::select::Selection;
use crate::emit::summary::Tally;
use crate::emit::{self, Format, statistics};
use crate::pipeline::{self, Options, Report};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,

    #[command(flatten)]
    ratchet: ratchet::Flags,

    /// Write what is found to the file of --baseline, and report nothing
    #[arg(long, requires = "baseline", conflicts_with = "diff_base")]
    write_baseline: bool,

    /// How to print what is found
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: Format,

    /// Print how often each rule reports, instead of each finding
    #[arg(long)]
    statistics: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let format = args.output_format;
    let color = args.shared.common.colored();
    let common = &args.shared.common;
    let ratchet = Ratchet::new(&args.ratchet, args.write_baseline, common)?;
    let mut output = if args.statistics || args.write_baseline {
        Output::plain()
    } else {
        Output::of(format)
    };
    let total = run::each(
        &args.shared.asked(),
        &mut output,
        ratchet.needs_all(),
        |source, _, options| {
            let mut report = pipeline::check(source, options);
            ratchet.keep_new(&mut report, options);
            let mut outcome = Outcome {
                tally: Tally::of(&report, options),
                ..Outcome::default()
            };
            if !args.statistics && !args.write_baseline {
                render(&mut outcome, &report, options, format, color);
            }
            outcome.notes = report.notes;
            outcome.failures.extend(report.failures);
            outcome
        },
    )?;
    if args.write_baseline {
        output.end()?;
        ratchet.write(common, total.failed)?;
        return Ok(match total.failed {
            true => Status::Failed,
            false => Status::Clean,
        });
    }
    if args.statistics {
        let mut table = Vec::new();
        statistics::write(&mut table, &total.tally.by_rule, format)?;
        output.part(&table);
    }
    if format == Format::Text && !common.quiet && total.tally.files > 0 {
        output.line(&match ratchet.aside() {
            Some(aside) => total.tally.of_new(&aside),
            None => total.tally.of_check(),
        });
    }
    output.end()?;
    ratchet.name_stale(common, total.failed);
    Ok(status(&total, &args.shared.selection()))
}

/// Renders what remains of a report.
pub(super) fn render(
    outcome: &mut Outcome,
    report: &Report,
    options: &Options,
    format: Format,
    color: bool,
) {
    let out = &mut outcome.out;
    let written = match format {
        Format::Text => emit::text::write(out, report, color),
        Format::Concise => emit::concise::write(out, report, options),
        Format::Json | Format::Jsonl => emit::json::write_lines(out, report),
    };
    if let Err(error) = written {
        outcome.failures.push(error.to_string());
    }
}

/// Failed if anything could not be done, else whether any finding counts.
pub(super) fn status(total: &Total, selection: &Selection) -> Status {
    if total.failed {
        Status::Failed
    } else if total
        .tally
        .by_rule
        .keys()
        .any(|rule| selection.failing.contains(rule))
    {
        Status::Findings
    } else {
        Status::Clean
    }
}
