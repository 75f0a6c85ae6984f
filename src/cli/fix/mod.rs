//! `unleak fix`

mod ask;
mod clean;
mod head;
mod notes;

use std::path::Path;

use anyhow::bail;

use super::args::Shared;
use super::check::{render, status};
use super::output::{Output, complain};
use super::run::{self, Input, Outcome, Total};
use super::{Status, mocks};
use crate::emit::summary::{self, Tally};
use crate::emit::{Format, Setting, apply, fixes, path};
use crate::pipeline::{self, Options, Report};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    shared: Shared,

    /// Ask about each fix, on the terminal
    #[arg(long, conflicts_with = "require_clean")]
    interactive: bool,

    /// Change nothing while a file that would be changed differs from git's HEAD (modified, staged or untracked), but print
    /// the diff
    #[arg(long)]
    require_clean: bool,

    /// How to print what remains
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: Format,

    /// Print how many findings of each rule were fixed and how many remain, instead of each that remains
    #[arg(long)]
    statistics: bool,

    /// List what was fixed: how many findings of which rule, for each file
    #[arg(long)]
    show_fixes: bool,

    /// Exit with 1 if any file was changed, too
    #[arg(long)]
    exit_non_zero_on_fix: bool,
}

/// One run of the command.
struct Job<'a> {
    args: &'a Args,
    setting: Setting,
}

impl Args {
    /// With standard input, standard output is the new file and all else goes to standard error.
    fn piped(&self) -> bool {
        self.shared.common.paths == [Path::new("-")]
    }

    fn output(&self) -> Output {
        match self.piped() || self.statistics {
            true => Output::plain(),
            false => Output::of(self.output_format),
        }
    }
}

/// How a process ends that was told to stop, as shells have it.
const INTERRUPTED: i32 = 130;

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    if args.statistics && !Format::GENERAL.contains(&args.output_format) {
        bail!("{}", Format::NO_STATISTICS);
    }
    if args.piped() && (args.interactive || args.require_clean) {
        bail!("--interactive and --require-clean are for files, not for standard input");
    }
    // What is being written is finished first. Without such a handler (there can be only one) files are still whole.
    let _ = ctrlc::try_set_handler(|| {
        let _held = apply::pause();
        std::process::exit(INTERRUPTED)
    });
    let job = Job {
        args,
        setting: Setting {
            format: args.output_format,
            color: false,
            root: path::root(),
        },
    };
    if args.interactive {
        return ask::run(&job);
    }
    if args.require_clean {
        return clean::run(&job);
    }
    let mut output = args.output();
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
            match written {
                Ok(out) => job.done(report, input, options, out),
                Err(reason) => Outcome::failure(reason),
            }
        },
    )?;
    job.end(&total, output)
}

impl Job<'_> {
    /// What is said about one file; `out` is its text, if that goes to standard output.
    fn done(&self, report: Report, input: &Input, options: &Options, out: Vec<u8>) -> Outcome {
        let args = self.args;
        let mut outcome = Outcome {
            out,
            tally: Tally::of(&report, options),
            ..Outcome::default()
        };
        let mut left = Vec::new();
        // A write into memory does not fail.
        let _ = summary::write_left(&mut left, &report, options);
        match (input, args.output_format) {
            _ if args.statistics => {}
            (Input::File(_), Format::Text) => outcome.out = left,
            (Input::File(_), _) => render(&mut outcome, &report, options, &self.setting),
            (Input::Stdin, _) if args.shared.common.quiet => {}
            (Input::Stdin, _) => {
                for line in String::from_utf8_lossy(&left).lines() {
                    complain(line);
                }
            }
        }
        outcome.entered = report.entered();
        outcome.notes.extend(report.notes);
        outcome.failures.extend(report.failures);
        outcome
    }

    /// What is said behind all files.
    fn end(&self, total: &Total, mut output: Output) -> anyhow::Result<Status> {
        let args = self.args;
        let common = &args.shared.common;
        let tally = &total.tally;
        let mut result = Vec::new();
        if args.statistics {
            fixes::write(
                &mut result,
                &tally.fixes,
                &tally.by_rule,
                args.output_format,
            )?;
        }
        if args.piped() {
            for line in String::from_utf8_lossy(&result).lines() {
                complain(line);
            }
        } else {
            output.part(&result);
        }
        if !common.quiet {
            let to_result = args.output_format == Format::Text && !args.piped();
            let mut say = |line: &str| match to_result {
                true => output.line(line),
                false => complain(line),
            };
            if args.show_fixes {
                tally.fixes.lines().iter().for_each(|line| say(line));
            }
            if tally.files > 0 && (to_result || args.piped()) {
                say(&tally.of_fix("Fixed"));
            }
        }
        output.end_with(&total.ending(&tally.of_fix("Fixed"), &self.setting.root))?;
        mocks::name(common, total, "are now")?;
        if !common.quiet && !args.piped() {
            notes::say(&tally.fixes);
        }
        let status = status(total);
        if status == Status::Clean && args.exit_non_zero_on_fix && tally.changed > 0 {
            return Ok(Status::Findings);
        }
        Ok(status)
    }
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
