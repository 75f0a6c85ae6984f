//! `unleak fix`

use std::path::Path;

use super::args::Shared;
use super::check::{render, status};
use super::output::{Output, complain};
use super::run::{self, Input, Outcome};
use super::{Status, mocks};
use crate::emit::summary::{self, Tally};
use crate::emit::{Format, Setting, apply, path};
use crate::pipeline::{self, Report};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,

    /// How to print what remains
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: Format,

    /// Exit with 1 if any file was changed, too
    #[arg(long)]
    exit_non_zero_on_fix: bool,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let format = args.output_format;
    let setting = Setting {
        format,
        color: false,
        root: path::root(),
    };
    // With standard input, standard output is the new file and all else goes to standard error.
    let piped = args.shared.common.paths == [Path::new("-")];
    let mut output = if piped {
        Output::plain()
    } else {
        Output::of(format)
    };
    let total = run::each(
        &args.shared.asked(),
        &mut output,
        true,
        |source, input, options| {
            let report = pipeline::fix(source, options);
            let written = match input {
                Input::File(_) => write(&report).map(|()| Vec::new()),
                Input::Stdin => new_bytes(&report),
            };
            let out = match written {
                Ok(out) => out,
                Err(reason) => return Outcome::failure(reason),
            };
            let mut outcome = Outcome {
                out,
                tally: Tally::of(&report, options),
                ..Outcome::default()
            };
            let mut left = Vec::new();
            // A write into memory does not fail.
            let _ = summary::write_left(&mut left, &report, options);
            match (input, format) {
                (Input::File(_), Format::Text) => outcome.out = left,
                (Input::File(_), _) => render(&mut outcome, &report, options, &setting),
                (Input::Stdin, _) => outcome
                    .notes
                    .extend(String::from_utf8_lossy(&left).lines().map(str::to_string)),
            }
            outcome.entered = report.entered();
            outcome.notes.extend(report.notes);
            outcome.failures.extend(report.failures);
            outcome
        },
    )?;
    if !args.shared.common.quiet && total.tally.files > 0 {
        let sums = total.tally.of_fix("Fixed");
        match format {
            _ if piped => complain(&sums),
            Format::Text => output.line(&sums),
            _ => {}
        }
    }
    output.end_with(&total.ending(&total.tally.of_fix("Fixed"), &setting.root))?;
    mocks::name(&args.shared.common, &total, "are now")?;
    let status = status(&total);
    if status == Status::Clean && args.exit_non_zero_on_fix && total.tally.changed > 0 {
        return Ok(Status::Findings);
    }
    Ok(status)
}

/// Puts the new text, if there is one, in the place of the old.
fn write(report: &Report) -> Result<(), String> {
    if report.new_text().is_none() {
        return Ok(());
    }
    let old = encode(report, &report.source.text)?;
    apply::write(&report.source.path, &old, &new_bytes(report)?)
}

fn new_bytes(report: &Report) -> Result<Vec<u8>, String> {
    encode(report, report.new_text().unwrap_or(&report.source.text))
}

fn encode(report: &Report, text: &str) -> Result<Vec<u8>, String> {
    report
        .source
        .encode(text)
        .map_err(|error| error.to_string())
}
