//! `unleak providers`

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::Status;
use super::args::{Asked, Common};
use super::output::Output;
use super::run::{self, Outcome};
use crate::emit::{Format, providers, providers_json};
use crate::pipeline::Options;
use crate::rules::{Level, Rule};
use crate::survey::Survey;

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    common: Common,

    /// How to print what is found
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = general())]
    output_format: Format,
}

/// The formats that are not for findings only.
fn general() -> impl TypedValueParser<Value = Format> {
    let names = Format::GENERAL.iter().filter_map(Format::to_possible_value);
    PossibleValuesParser::new(names).try_map(|name| Format::from_str(&name, false))
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let common = &args.common;
    let format = args.output_format;
    let color = common.colored();
    let leaks: BTreeSet<Rule> = Rule::ALL
        .into_iter()
        .filter(|rule| rule.level() == Level::Leak)
        .collect();
    let asked = Asked {
        common,
        options: Box::new(|config| {
            Options::declaring(leaks.clone(), false, common.declarations(config))
        }),
    };
    let survey = Mutex::new(Survey::default());
    let mut output = Output::of(format);
    let total = run::each(&asked, &mut output, false, |source, _, options| {
        let found = Survey::of(&source, options);
        survey
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(found);
        Outcome::default()
    })?;
    let entries = survey
        .into_inner()
        .unwrap_or_else(PoisonError::into_inner)
        .into_entries();
    let mut out = Vec::new();
    match format {
        Format::Text => providers::write(&mut out, &entries, color)?,
        Format::Concise => providers::write_concise(&mut out, &entries)?,
        _ => providers_json::write_lines(&mut out, &entries)?,
    }
    output.part(&out);
    if format == Format::Text && !common.quiet {
        output.line(&providers::sums(&entries));
    }
    output.end()?;
    Ok(match total.failed {
        true => Status::Failed,
        false => Status::Clean,
    })
}
