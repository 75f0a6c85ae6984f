//! `unleak man`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use clap::Command;
use clap_mangen::Man;

use super::Status;
use super::output::Output;
use crate::discover::reason;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The page of this command; without it, that of `unleak` as a whole
    command: Option<String>,

    /// Write the pages of all commands into this directory
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "command")]
    directory: Option<PathBuf>,
}

pub(super) fn run(args: &Args, mut command: Command) -> anyhow::Result<Status> {
    // Gives each command its full name: `unleak-check`, as its page is called.
    command.build();
    if let Some(directory) = &args.directory {
        write_all(directory, &command)?;
        return Ok(Status::Clean);
    }
    let asked = match &args.command {
        None => Some(&command),
        Some(name) => visible(&command).find(|command| command.get_name() == name),
    };
    let asked = asked.ok_or_else(|| {
        let names: Vec<&str> = visible(&command).map(Command::get_name).collect();
        anyhow!(
            "there is no such command; those with a page: {}",
            names.join(", ")
        )
    })?;
    let mut output = Output::plain();
    output.part(&page(asked)?);
    output.end()?;
    Ok(Status::Clean)
}

fn visible(command: &Command) -> impl Iterator<Item = &Command> {
    let all = command.get_subcommands();
    all.filter(|command| !command.is_hide_set() && command.get_name() != "help")
}

fn write_all(directory: &Path, command: &Command) -> anyhow::Result<()> {
    let failed = |path: &Path, error: io::Error| anyhow!("{}: {}", path.display(), reason(&error));
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    for command in std::iter::once(command).chain(visible(command)) {
        let name = command.get_display_name().unwrap_or("unleak");
        let path = directory.join(format!("{name}.1"));
        fs::write(&path, page(command)?).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn page(command: &Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page)?;
    Ok(page)
}
