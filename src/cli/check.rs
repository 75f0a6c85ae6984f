//! `unleak check`

use anyhow::bail;

use super::Status;
use super::add_ignores;
use super::args::Shared;
use super::output::Output;
use super::ratchet::{self, Ratchet};
use super::run::{self, Outcome, Total};
use crate::emit::summary::Tally;
use crate::emit::{self, Format, Setting, path, statistics};
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

    /// Write `# unleak: ignore[CODE] REASON` to each finding instead of reporting it
    #[arg(
        long,
        value_name = "REASON",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with_all = ["statistics", "write_baseline"]
    )]
    add_ignores: Option<String>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    if let Some(reason) = &args.add_ignores {
        let ratchet = Ratchet::new(&args.ratchet, false, &args.shared.common)?;
        return add_ignores::run(&args.shared, &ratchet, reason);
    }
    let format = args.output_format;
    if args.statistics && !Format::GENERAL.contains(&format) {
        bail!("{}", Format::NO_STATISTICS);
    }
    let common = &args.shared.common;
    let setting = Setting {
        format,
        color: common.colored(),
        root: path::root(),
    };
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
                render(&mut outcome, &report, options, &setting);
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
    let sums = match ratchet.aside() {
        Some(aside) => total.tally.of_new(&aside),
        None => total.tally.of_check(),
    };
    if format == Format::Text && !common.quiet && total.tally.files > 0 {
        output.line(&sums);
    }
    output.end_with(&total.ending(&sums, &setting.root))?;
    ratchet.name_stale(common, total.failed);
    Ok(status(&total))
}

/// Renders what remains of a report.
pub(super) fn render(outcome: &mut Outcome, report: &Report, options: &Options, setting: &Setting) {
    if let Err(error) = emit::write(&mut outcome.out, report, options, setting) {
        outcome.failures.push(error.to_string());
    }
}

/// Failed if anything could not be done, else whether any finding counts.
pub(super) fn status(total: &Total) -> Status {
    if total.failed {
        Status::Failed
    } else if total.tally.failing > 0 {
        Status::Findings
    } else {
        Status::Clean
    }
}
