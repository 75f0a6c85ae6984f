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
        for rule in Rule::ALL {
            output.line(&format!("{}  {}", title(rule), text(rule)));
        }
    }
    for (index, rule) in args.rules.iter().enumerate() {
        let gap = if index > 0 { "\n" } else { "" };
        output.line(&format!(
            "{gap}{}\n\n{}",
            title(*rule).trim_end(),
            text(*rule)
        ));
    }
    output.end()?;
    Ok(Status::Clean)
}

fn title(rule: Rule) -> String {
    format!("{}  {:<22}", rule.code(), rule.name())
}

/// What a rule reports.
fn text(rule: Rule) -> &'static str {
    match rule {
        Rule::NeverReleased => "A resource that no path releases.",
        Rule::ReleaseNotGuaranteed => "A resource that is released on some paths only.",
        Rule::ManualRelease => {
            "A resource that is released by hand on every path; `with` says it in one line."
        }
        Rule::RedundantRelease => "A resource that is released again although a `with` does it.",
        Rule::UnboundResource => "A resource that is acquired inside an expression and lost.",
    }
}
