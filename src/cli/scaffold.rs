//! `unleak scaffold`

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{anyhow, bail};
use clap::Subcommand;

use super::Status;
use super::args::{Asked, Common, Location};
use super::output::{Output, complain};
use super::run::{self, Outcome};

use crate::discover::{located, reason};
use crate::emit::path;
use crate::pipeline::Options;
use crate::scaffold::{self, Name, Scaffold};
use crate::source::Source;
use crate::survey::{Entry, Survey};

#[derive(clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand)]
enum Kind {
    /// A module that says which lines hold the connections of SQLAlchemy's pool, and a pytest fixture that fails tests
    /// which leave one checked out
    PoolMonitor(PoolMonitor),
    /// A decorator that opens a session for a function and closes it when it is left
    WithSession(WithSession),
}

#[derive(clap::Args)]
struct PoolMonitor {
    /// Where to write it; `-` prints it
    #[arg(long, value_name = "FILE", default_value = "pool_monitor.py")]
    output: PathBuf,

    #[command(flatten)]
    location: Location,
}

#[derive(clap::Args)]
struct WithSession {
    /// What hands out the sessions: its dotted name (app.db.get_db), or its file and name (app/db.py:get_db)
    provider: String,

    /// Where to write it; `-` prints it [default: with_session.py beside the provider's module]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    #[command(flatten)]
    location: Location,
}

pub(super) fn run(args: &Args) -> anyhow::Result<Status> {
    match &args.kind {
        Kind::PoolMonitor(args) => {
            let entries = entries(Path::new("."), &args.location)?;
            write(&scaffold::pool_monitor(&entries), &args.output)
        }
        Kind::WithSession(args) => {
            let provider = &args.provider;
            let entry = provider_called(provider, &args.location)?;
            let (scaffold, directory) =
                scaffold::with_session(&entry, read).map_err(|why| anyhow!("{provider}: {why}"))?;
            let beside = || directory.join("with_session.py");
            write(&scaffold, &args.output.clone().unwrap_or_else(beside))
        }
    }
}

/// The provider that the user names.
fn provider_called(asked: &str, location: &Location) -> anyhow::Result<Entry> {
    let (place, name) = match asked.rsplit_once(':') {
        Some((file, name)) => (Path::new(file), name),
        None => (Path::new("."), asked),
    };
    if !place.exists() {
        bail!("{asked}: there is no file {}", path::shown(place));
    }
    let is_it = |entry: &Entry| match Name::of(entry) {
        // In a file that is named, its name there is enough.
        Some(found) => found.dotted() == name || place.is_file() && found.name == name,
        None => entry.name == name,
    };
    let lies_there = |entry: &Entry| {
        let definition = entry.definition.as_ref();
        place.is_dir() || definition.is_some_and(|link| located(&link.path) == located(place))
    };
    let mut entries = entries(place, location)?.into_iter();
    entries
        .find(|entry| is_it(entry) && lies_there(entry))
        .ok_or_else(|| {
            anyhow!("{asked}: nothing of that name hands out a resource; `unleak providers` lists what does")
        })
}

/// The file at `path`, if it can be read.
fn read(path: &Path) -> Option<Source> {
    Source::decode(path, fs::read(path).ok()?).ok()
}

/// What is known of providers in the files that `path` names.
fn entries(path: &Path, location: &Location) -> anyhow::Result<Vec<Entry>> {
    let common = Common::around(path.to_path_buf(), location.clone());
    let asked = Asked {
        common: &common,
        options: Box::new(|config| {
            Options::declaring(BTreeSet::new(), false, common.declarations(config))
        }),
    };
    let survey = Mutex::new(Survey::default());
    let mut output = Output::plain();
    // A file that cannot be read is named, and the others are enough.
    run::each(&asked, &mut output, true, |source, _, options| {
        let found = Survey::of(&source, options);
        survey
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .add(found);
        Outcome::default()
    })?;
    let survey = survey.into_inner().unwrap_or_else(PoisonError::into_inner);
    let mut entries = survey.into_entries();
    let definitions = entries
        .iter_mut()
        .filter_map(|entry| entry.definition.as_mut());
    for definition in definitions {
        let below = path::relative(&definition.path);
        // What lies elsewhere has no path from here.
        if located(&below) == located(&definition.path) {
            definition.path = below;
        }
    }
    Ok(entries)
}

/// Writes the module where nothing is. A second time changes nothing: by then it is the user's.
fn write(scaffold: &Scaffold, file: &Path) -> anyhow::Result<Status> {
    if file == Path::new("-") {
        let mut output = Output::plain();
        output.part(scaffold.text.as_bytes());
        output.end()?;
        return Ok(Status::Clean);
    }
    let shown = path::shown(file);
    let failed = |error: std::io::Error| anyhow!("{shown}: {}", reason(&error));
    let mut new = match OpenOptions::new().write(true).create_new(true).open(file) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let there = fs::read(file).map_err(failed)?;
            if !scaffold.began(&String::from_utf8_lossy(&there)) {
                bail!(
                    "{shown} is there already and is something else; --output names another file"
                );
            }
            complain(&format!("{shown} is there already; nothing is changed"));
            return Ok(Status::Clean);
        }
        opened => opened.map_err(failed)?,
    };
    if let Err(error) = new.write_all(scaffold.text.as_bytes()) {
        // Half a module would be taken for a whole one the next time.
        let _ = fs::remove_file(file);
        return Err(failed(error));
    }
    complain(&format!("{shown} is written"));
    Ok(Status::Clean)
}
