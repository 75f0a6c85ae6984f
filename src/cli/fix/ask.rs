//! `--interactive`: fix by fix, on the terminal.
//!
//! A fix that is taken is written at once, so that whatever ends the conversation, what was taken is there. The conversation is
//! on standard error: standard output has what remains, as without it.

use std::io::{self, BufRead, IsTerminal, Write};

use anstyle::Style;
use anyhow::bail;

use super::Job;
use crate::cli::Status;
use crate::cli::output::complain;
use crate::cli::run::{self, Input, Outcome};
use crate::emit::{apply, count, diff, path};
use crate::pipeline::Options;
use crate::rules::Applicability;
use crate::source::Source;
use crate::stepwise::{Proposal, Stepwise};

const QUESTION: &str = "Make this fix? [y,n,a,q,?] ";
const HELP: &str = "\
y - make it
n - leave this as it is
a - make it and all that follow, in this file and the others
q - leave this and all that follow; what was made stays
? - show this help
";

/// What a person says to a fix.
enum Answer {
    Yes,
    No,
    All,
    Quit,
}

pub(super) fn run(job: &Job<'_>) -> anyhow::Result<Status> {
    let args = job.args;
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        bail!("--interactive asks about each fix, which needs a terminal");
    }
    let mut conversation = Conversation {
        color: args.shared.common.color.on(&io::stderr()),
        shown: false,
        all: false,
        quit: false,
    };
    let mut output = args.output();
    let (total, not_reached) =
        run::in_turn(&args.shared.asked(), &mut output, |source, options| {
            let outcome = conversation.about(job, source, options);
            (outcome, conversation.quit)
        })?;
    let status = job.end(&total, output)?;
    if not_reached > 0 {
        complain(&format!("{} not looked at", count(not_reached, "file")));
    }
    // What was not looked at may leak.
    Ok(match (status, conversation.quit) {
        (Status::Clean, true) => Status::Findings,
        (status, _) => status,
    })
}

struct Conversation {
    color: bool,
    /// Whether a fix was shown already.
    shown: bool,
    /// Nothing is asked any more: every fix is made.
    all: bool,
    /// Nothing is asked any more: no fix is made.
    quit: bool,
}

impl Conversation {
    fn about(&mut self, job: &Job<'_>, source: Source, options: &Options) -> Outcome {
        let input = Input::File(source.path.clone());
        let mut file = Stepwise::new(source, options);
        let mut unwritten = None;
        while !self.quit
            && let Some(proposal) = file.propose()
        {
            match self.answer(&file, &proposal) {
                Answer::No => file.pass(&proposal),
                Answer::Quit => self.quit = true,
                Answer::Yes | Answer::All => match write(file.current(), proposal.text()) {
                    Ok(()) => file.take(proposal),
                    Err(reason) => {
                        unwritten = Some(reason);
                        break;
                    }
                },
            }
        }
        let mut outcome = job.done(file.report(), &input, options, Vec::new());
        outcome.failures.extend(unwritten);
        outcome
    }

    fn answer(&mut self, file: &Stepwise<'_>, proposal: &Proposal) -> Answer {
        if self.all {
            return Answer::All;
        }
        // Nothing can be done if the terminal is gone; reading the answer then ends it.
        let _ = self.show(file, proposal);
        self.shown = true;
        loop {
            match self.ask().as_deref().map(str::trim) {
                Some("y" | "Y" | "yes") => return Answer::Yes,
                Some("n" | "N" | "no") => return Answer::No,
                Some("a" | "A" | "all") => {
                    self.all = true;
                    return Answer::All;
                }
                Some("q" | "Q" | "quit") | None => return Answer::Quit,
                Some(_) => {
                    let _ = io::stderr().write_all(HELP.as_bytes());
                }
            }
        }
    }

    /// Shows what is found and what the fix changes.
    fn show(&self, file: &Stepwise<'_>, proposal: &Proposal) -> io::Result<()> {
        let finding = &proposal.finding;
        let mut text = Vec::new();
        if self.shown {
            writeln!(text)?;
        }
        writeln!(
            text,
            "{}:{}:{}: {} {}",
            path::slashed(&file.current().path),
            finding.start.line,
            finding.start.column,
            finding.rule.code(),
            finding.message
        )?;
        let fix = finding.fix.as_ref();
        if fix.is_some_and(|fix| fix.applicability == Applicability::Unsafe)
            && let Some(reason) = &finding.blocked_by
        {
            writeln!(text, "unsafe: {reason}")?;
            if let Some(advice) = finding.advice {
                writeln!(text, "    help: {advice}")?;
            }
        }
        diff::write_between(&mut text, file.current(), proposal.text(), self.color)?;
        io::stderr().write_all(&text)
    }

    /// One line from the terminal; `None` at its end.
    fn ask(&self) -> Option<String> {
        let bold = match self.color {
            true => Style::new().bold(),
            false => Style::new(),
        };
        let mut stderr = io::stderr();
        let _ = write!(stderr, "{bold}{QUESTION}{bold:#}").and_then(|()| stderr.flush());
        let mut line = Vec::new();
        match io::stdin().lock().read_until(b'\n', &mut line) {
            Ok(read) if read > 0 => Some(String::from_utf8_lossy(&line).into_owned()),
            _ => {
                let _ = writeln!(stderr);
                None
            }
        }
    }
}

fn write(source: &Source, text: &str) -> Result<(), String> {
    let encode = |text: &str| source.encode(text).map_err(|error| error.to_string());
    apply::write(&source.path, &encode(&source.text)?, &encode(text)?)
}
