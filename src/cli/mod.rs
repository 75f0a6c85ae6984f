//! The command line: arguments in, exit code out. One file per command.

mod add_ignores;
mod args;
mod audit;
mod check;
mod completions;
mod config;
mod diff;
mod explain;
mod fix;
mod man;
mod mocks;
mod output;
mod prepared;
mod progress;
mod providers;
mod ratchet;
mod run;
mod scaffold;
mod settings;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use output::complain;

/// Finds database sessions, connections, files and other resources that Python code acquires and does not release on
/// every path, and rewrites that code into `with` blocks.
#[derive(Parser)]
#[command(name = "unleak", version = env!("UNLEAK_VERSION"), arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Report what is not released
    Check(check::Args),
    /// Print what `fix` would change, as one patch for `git apply`
    Diff(diff::Args),
    /// Rewrite files so that everything is released
    Fix(fix::Args),
    /// Sum up what leaks: how much, where it matters most, and what can be done about it
    Audit(audit::Args),
    /// Show who hands out resources, whose they are, and why
    Providers(providers::Args),
    /// Write a module into the project that helps against leaks, where there is none yet
    Scaffold(scaffold::Args),
    /// Print what the configuration says for a file, and where it says so
    Config(config::Args),
    /// Say what a rule reports and why
    Explain(explain::Args),
    /// Print a script that makes a shell complete the arguments
    Completions(completions::Args),
    /// Print a manual page, as roff
    Man(man::Args),
}

/// How a run ended, and the exit code for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// Nothing to object to.
    Clean = 0,
    /// Leaks, or a diff.
    Findings = 1,
    /// Something could not be done.
    Failed = 2,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    run::hold_panics();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    let ended = match &cli.command {
        Command::Check(args) => check::run(args),
        Command::Diff(args) => diff::run(args),
        Command::Fix(args) => fix::run(args),
        Command::Audit(args) => audit::run(args),
        Command::Providers(args) => providers::run(args),
        Command::Scaffold(args) => scaffold::run(args),
        Command::Config(args) => config::run(args),
        Command::Explain(args) => explain::run(args),
        Command::Completions(args) => completions::run(args, Cli::command()),
        Command::Man(args) => man::run(args, Cli::command()),
    };
    let status = ended.unwrap_or_else(|error| {
        complain(&format!("{error:#}"));
        Status::Failed
    });
    ExitCode::from(status as u8)
}

/// Help and version go out as they are; an error becomes one line.
fn refuse(error: &clap::Error) -> ExitCode {
    use clap::error::ErrorKind;
    if !error.use_stderr() || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        // A closed pipe is no error here either.
        let _ = error.print();
        return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
    }
    let text = error.render().to_string();
    let lines: Vec<&str> = text
        .lines()
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more information"))
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let line = lines.join(" ").replace(" tip: ", "; ");
    complain(line.strip_prefix("error: ").unwrap_or(&line));
    ExitCode::from(Status::Failed as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
