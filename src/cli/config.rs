//! `unleak config`

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Status;
use super::args::Location;
use super::output::Output;
use super::settings::{shown, why_in_words};
use crate::config::{self, Choices, Chooser, Config, Configs, Selection};
use crate::discover::{Choice, left_out_by_git, located};
use crate::emit::path;
use crate::emit::settings::{self, AreaOf, Holding, Ignored, Setting};
use crate::rules::Rule;

#[derive(clap::Args)]
pub(super) struct Args {
    /// A file or directory; it need not be there
    #[arg(default_value = ".")]
    path: PathBuf,

    #[command(flatten)]
    location: Location,

    /// How to print what holds
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    output_format: Form,

    /// Print the JSON schema of the configuration instead
    #[arg(long, exclusive = true)]
    schema: bool,
}

/// How to print what holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Form {
    /// For people: TOML with comments.
    Text,
    /// One JSON object.
    Json,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    let mut out = Vec::new();
    if args.schema {
        writeln!(out, "{:#}", config::schema())?;
    } else {
        let holding = holding(args)?;
        match args.output_format {
            Form::Text => settings::write(&mut out, &holding)?,
            Form::Json => settings::write_json(&mut out, &holding)?,
        }
    }
    let mut output = Output::plain();
    output.part(&out);
    output.end()?;
    Ok(Status::Clean)
}

fn holding(args: &Args) -> anyhow::Result<Holding> {
    // What holds for a directory is what holds for a file in it.
    let file = match args.path.is_dir() {
        true => args.path.join("*"),
        false => args.path.clone(),
    };
    let file = located(&file);
    let configs = Configs::new(&args.location.governing()).map_err(shown)?;
    let configs = Arc::new(configs);
    let directory = file.parent().unwrap_or(Path::new("/"));
    let config = configs.of(directory).map_err(shown)?;
    let config = config.as_deref();
    let chooser = Chooser::new(configs.clone(), false);
    let path = located(&args.path);
    let why = chooser.why_left_out(&path);
    let why = why.map(|one| why_in_words(&one));
    let left_out = why.or_else(|| left_out_by_git(&path, &chooser.top(&path)));
    if let Some(error) = chooser.trouble() {
        return Err(shown(error).into());
    }
    let nothing = Choices::default();
    let choices = config.map_or(&nothing, |config| &config.choices);
    let mut rules = Selection::of(&[choices], false).rules;
    let mut ignored = Vec::new();
    for one in config.iter().flat_map(|config| &config.per_file_ignores) {
        if !one.means(&file) {
            continue;
        }
        for rule in &one.rules {
            if rules.remove(rule) {
                ignored.push(Ignored {
                    rule: rule.code(),
                    glob: one.glob.clone(),
                    line: one.line,
                });
            }
        }
    }
    let area = config.and_then(|config| config.areas.of(&file));
    Ok(Holding {
        path: path::slashed(&args.path),
        configuration: config.map(|config| path::shown(&config.path)),
        left_out,
        rules: rules.into_iter().map(Rule::code).collect(),
        ignored,
        area: area.map(|area| AreaOf {
            name: area.name.clone(),
            priority: area.priority.name(),
        }),
        settings: all_keys(config)?,
    })
}

fn all_keys(config: Option<&Config>) -> anyhow::Result<Vec<Setting>> {
    let mut all = Vec::new();
    for (key, default) in config::defaults() {
        let said = config.and_then(|config| Some((config, config.said.get(&key)?)));
        all.push(match said {
            Some((config, said)) => Setting {
                key,
                value: said.value.clone(),
                path: Some(path::shown(&config.path)),
                line: Some(said.line),
            },
            None => Setting {
                key,
                // TOML has no null, and no default is one.
                value: toml::Value::try_from(default)?,
                path: None,
                line: None,
            },
        });
    }
    Ok(all)
}
