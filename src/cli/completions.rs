//! `unleak completions`

use clap::Command;
use clap_complete::Shell;

use super::Status;
use super::output::Output;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The shell that is to complete
    shell: Shell,
}

pub(super) fn run(args: &Args, mut command: Command) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "unleak", &mut script);
    let mut output = Output::plain();
    output.part(&script);
    output.end()?;
    Ok(Status::Clean)
}
