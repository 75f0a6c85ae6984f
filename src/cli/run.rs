//! The way through all files of a run: in parallel, in order, and past every file that makes trouble.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::{Context, anyhow, bail};
use rayon::prelude::*;

use super::args::{Asked, Common};
use super::output::{Output, complain};
use super::progress::Progress;
use super::settings::Settings;
use crate::discover::{discover, left_out, reason};
use crate::emit::path;
use crate::emit::summary::Tally;
use crate::pipeline::Options;
use crate::project::Slot;
use crate::source::Source;

/// Deeply nested code is walked by recursion.
const STACK: usize = 16 << 20;

/// Files whose results are held at a time: enough for all cores, few enough for any memory.
const BATCH: usize = 128;

/// Where a source comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Input {
    File(PathBuf),
    Stdin,
}

/// What came of one file.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// For standard output.
    pub(super) out: Vec<u8>,
    /// Its sums.
    pub(super) tally: Tally,
    /// For standard error, unless quiet.
    pub(super) notes: Vec<String>,
    /// What its fixes enter with a `with` of its own.
    pub(super) entered: BTreeSet<Slot>,
    /// Why the file could not be done.
    pub(super) failures: Vec<String>,
}

/// What came of all files.
#[derive(Debug, Default)]
pub(super) struct Total {
    /// The sums over all files.
    pub(super) tally: Tally,
    /// What fixes enter with a `with` of its own.
    pub(super) entered: BTreeSet<Slot>,
    /// The files in which they do.
    pub(super) entering: Vec<PathBuf>,
    /// Whether any file or path could not be done.
    pub(super) failed: bool,
}

impl Outcome {
    pub(super) fn failure(reason: impl Into<String>) -> Outcome {
        Outcome {
            failures: vec![reason.into()],
            ..Outcome::default()
        }
    }
}

/// Does `work` for every file that `asked` names and writes what comes of it in the order of the paths. With
/// `to_the_end`, goes on even when nobody reads the output any more.
pub(super) fn each(
    asked: &Asked<'_>,
    output: &mut Output,
    to_the_end: bool,
    work: impl Fn(Source, &Input, &Options) -> Outcome + Sync,
) -> anyhow::Result<Total> {
    let common = asked.common;
    let mut total = Total::default();
    let Prepared {
        inputs,
        stdin_name,
        settings,
    } = prepare(asked, &mut total)?;
    let name = |input: &Input| input.name(&stdin_name);
    let pool = pool()?;
    let progress = Progress::new(inputs.len(), common.quiet);
    for batch in inputs.chunks(BATCH) {
        let done: Vec<Outcome> = pool.install(|| {
            let one = |input: &Input| {
                let path = name(input);
                let outcome = guarded(|| match load(input, &path) {
                    Ok(source) => work(source, input, settings.of(&path)),
                    Err(reason) => Outcome::failure(reason),
                });
                progress.step();
                outcome
            };
            batch.par_iter().with_max_len(1).map(one).collect()
        });
        progress.aside(|| {
            for (input, outcome) in batch.iter().zip(done) {
                total.take(&name(input), &outcome, common.quiet);
                output.part(&outcome.out);
            }
        });
        if output.is_closed() && !to_the_end {
            break;
        }
    }
    if common.verbose {
        name_imported(&settings, &inputs);
    }
    Ok(total)
}

/// Does `work` for the files that `asked` names, one after the other, until it says that it is enough. Gives the number of
/// files not reached, too.
pub(super) fn in_turn(
    asked: &Asked<'_>,
    output: &mut Output,
    mut work: impl FnMut(Source, &Options) -> (Outcome, bool) + Send,
) -> anyhow::Result<(Total, usize)> {
    let common = asked.common;
    let mut total = Total::default();
    let Prepared {
        inputs,
        stdin_name,
        settings,
    } = prepare(asked, &mut total)?;
    let pool = pool()?;
    for (index, input) in inputs.iter().enumerate() {
        let path = input.name(&stdin_name);
        let mut enough = false;
        let outcome = pool.install(|| {
            guarded(|| match load(input, &path) {
                Ok(source) => {
                    let (outcome, last) = work(source, settings.of(&path));
                    enough = last;
                    outcome
                }
                Err(reason) => Outcome::failure(reason),
            })
        });
        total.take(&path, &outcome, common.quiet);
        output.part(&outcome.out);
        if enough {
            return Ok((total, inputs.len() - index - 1));
        }
    }
    if common.verbose {
        name_imported(&settings, &inputs);
    }
    Ok((total, 0))
}

/// What a run knows before it begins.
struct Prepared {
    inputs: Vec<Input>,
    stdin_name: PathBuf,
    settings: Settings,
}

fn prepare(asked: &Asked<'_>, total: &mut Total) -> anyhow::Result<Prepared> {
    let common = asked.common;
    let inputs = inputs(common, total)?;
    let stdin_name = common
        .stdin_filename
        .clone()
        .unwrap_or_else(|| PathBuf::from("-"));
    let names = || inputs.iter().map(|input| input.name(&stdin_name));
    // Before anything is done: an error in a configuration leaves all files alone.
    let settings = Settings::new(asked, names())?;
    if common.verbose {
        for name in names() {
            let governed = match settings.config_of(&name) {
                Some(config) => format!("with {}", path::shown(config)),
                None => "without a configuration".to_string(),
            };
            complain(&format!("{}: read {governed}", name.display()));
        }
    }
    Ok(Prepared {
        inputs,
        stdin_name,
        settings,
    })
}

/// Names the files that were read for what they define only.
fn name_imported(settings: &Settings, inputs: &[Input]) {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let known: BTreeSet<PathBuf> = inputs
        .iter()
        .filter_map(|input| match input {
            Input::File(path) => Some(real(path)),
            Input::Stdin => None,
        })
        .collect();
    for path in settings.imported() {
        if !known.contains(&real(&path)) {
            complain(&format!("{}: read for what it defines", path::shown(&path)));
        }
    }
}

/// Threads that can look at any file.
pub(super) fn pool() -> anyhow::Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build()
        .context("cannot start threads")
}

impl Input {
    fn name(&self, stdin_name: &Path) -> PathBuf {
        match self {
            Input::File(path) => path.clone(),
            Input::Stdin => stdin_name.to_path_buf(),
        }
    }
}

impl Total {
    /// Adds what came of the file at `path`, and says what has to be said about it.
    pub(super) fn take(&mut self, path: &Path, outcome: &Outcome, quiet: bool) {
        self.tally.add(&outcome.tally);
        self.failed |= !outcome.failures.is_empty();
        if !outcome.entered.is_empty() {
            self.entered.extend(outcome.entered.iter().cloned());
            self.entering.push(path.to_path_buf());
        }
        let notes = outcome.notes.iter().filter(|_| !quiet);
        for message in outcome.failures.iter().chain(notes) {
            complain(&format!("{}: {message}", path.display()));
        }
    }
}

fn inputs(common: &Common, total: &mut Total) -> anyhow::Result<Vec<Input>> {
    if common.paths.iter().any(|path| path == Path::new("-")) {
        if common.paths.len() > 1 {
            bail!("'-' (standard input) cannot stand beside other paths");
        }
        return Ok(vec![Input::Stdin]);
    }
    if common.stdin_filename.is_some() {
        bail!("--stdin-filename is for the path '-' only");
    }
    let found =
        discover(&common.paths, &common.exclude).map_err(|error| anyhow!("--exclude {error}"))?;
    for (path, reason) in &found.failures {
        complain(&format!("{}: {reason}", path.display()));
    }
    total.failed = !found.failures.is_empty();
    if common.verbose {
        for (path, reason) in left_out(&common.paths, &common.exclude, &found.files) {
            complain(&format!("{}: {reason}", path.display()));
        }
    }
    if found.files.is_empty() && !total.failed && !common.quiet {
        complain("no Python files there");
    }
    Ok(found.files.into_iter().map(Input::File).collect())
}

fn load(input: &Input, name: &Path) -> Result<Source, String> {
    let bytes = match input {
        Input::File(path) => fs::read(path),
        Input::Stdin => {
            let mut bytes = Vec::new();
            io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
        }
    };
    let bytes = bytes.map_err(|error| reason(&error))?;
    Source::decode(name, bytes).map_err(|error| error.to_string())
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static PLACE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Lets panics inside of [`guarded`] be reported there instead of at once.
pub(super) fn hold_panics() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !GUARDED.get() {
            usual(info);
        } else if let Some(location) = info.location() {
            PLACE.set(location.to_string());
        }
    }));
}

/// A fault of ours in one file must not take the others with it.
pub(super) fn guarded(work: impl FnOnce() -> Outcome) -> Outcome {
    GUARDED.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(false);
    result.unwrap_or_else(|payload| {
        let place = PLACE.take();
        Outcome::failure(format!(
            "internal error, please report it; the file is left as it is ({} at {place})",
            words(payload.as_ref())
        ))
    })
}

fn words(payload: &(dyn Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_failure() {
        hold_panics();
        let outcome = guarded(|| panic!("index {} is out of bounds", 3));
        assert_eq!(outcome.failures.len(), 1);
        let message = &outcome.failures[0];
        assert!(
            message.starts_with("internal error, please report it"),
            "{message}"
        );
        assert!(
            message.contains("index 3 is out of bounds at src/cli/run.rs:"),
            "{message}"
        );
        assert!(guarded(Outcome::default).failures.is_empty());
    }
}
