//! `unleak explain`

use super::Status;
use super::output::Output;
use crate::rules::Rule;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Codes or names of rules; without any, all are listed
    rules: Vec<Rule>,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let mut output = Output::plain();
    if args.rules.is_empty() {
        let width = Rule::ALL.iter().map(|rule| rule.name().len()).max();
        let width = width.unwrap_or_default();
        for rule in Rule::ALL {
            output.line(&format!(
                "{}  {:<width$}  {}",
                rule.code(),
                rule.name(),
                rule.summary()
            ));
        }
    }
    for (index, rule) in args.rules.iter().enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        output.line(&format!("{gap}{}", rule.documentation()));
    }
    output.end()?;
    Ok(Status::Clean)
}
