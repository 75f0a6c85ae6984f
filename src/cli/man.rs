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

pub(super) fn run(args: &Args, command: Command) -> anyhow::Result<Status> {
    let mut command = command.disable_help_subcommand(true);
    // Gives each command its full name: `unleak-check`, as its page is called.
    command.build();
    if let Some(directory) = &args.directory {
        write_all(directory, &command)?;
        return Ok(Status::Clean);
    }
    let asked = match &args.command {
        None => Some(&command),
        Some(name) => {
            let own = format!("unleak-{name}");
            all(&command).find(|command| self::name(command) == own)
        }
    };
    let asked = asked.ok_or_else(|| {
        let names = all(&command).skip(1).map(self::name);
        let names: Vec<&str> = names
            .filter_map(|name| name.strip_prefix("unleak-"))
            .collect();
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

/// A command, and the commands below it.
fn all(command: &Command) -> impl Iterator<Item = &Command> {
    let below = command
        .get_subcommands()
        .filter(|command| !command.is_hide_set() && command.get_name() != "help");
    let below: Vec<&Command> = below
        .flat_map(|command| Vec::from_iter(all(command)))
        .collect();
    std::iter::once(command).chain(below)
}

/// A command as its page is called.
fn name(command: &Command) -> &str {
    command.get_display_name().unwrap_or(command.get_name())
}

fn write_all(directory: &Path, command: &Command) -> anyhow::Result<()> {
    let failed = |path: &Path, error: io::Error| anyhow!("{}: {}", path.display(), reason(&error));
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    for command in all(command) {
        let path = directory.join(format!("{}.1", name(command)));
        fs::write(&path, page(command)?).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn page(command: &Command) -> anyhow::Result<Vec<u8>> {
    // `0.1.0 (<commit> <date>)`, as far as it is known. The date stands before other arguments, so it is never left out.
    let mut version = env!("UNLEAK_VERSION").split([' ', '(', ')']);
    let date = version.nth(3).unwrap_or("\"\"");
    let mut page = Vec::new();
    Man::new(command.clone())
        .title(name(command).to_uppercase())
        .date(date)
        .source(concat!("unleak ", env!("CARGO_PKG_VERSION")))
        .manual("unleak")
        .render(&mut page)?;
    Ok(page)
}
