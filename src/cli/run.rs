//! The way through all files of a run: in parallel, in order, and past every file that makes trouble.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::io::Read;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context;
use rayon::prelude::*;

use super::args::Asked;
use super::output::{Output, complain};
use super::prepared::Prepared;
use super::progress::Progress;
use crate::discover::reason;
use crate::emit::document::Ending;
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
    /// Which, and why.
    pub(super) failures: Vec<(PathBuf, String)>,
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
    let prepared = Prepared::new(asked, &mut total)?;
    let pool = pool()?;
    let progress = Progress::new(prepared.inputs.len(), common.quiet);
    for batch in prepared.inputs.chunks(BATCH) {
        let done: Vec<Outcome> = pool.install(|| {
            let one = |input: &Input| {
                let path = prepared.name(input);
                let outcome = guarded(|| match load(input, &path) {
                    Ok(source) => work(source, input, &prepared.options(&path)),
                    Err(reason) => Outcome::failure(reason),
                });
                progress.step();
                outcome
            };
            batch.par_iter().with_max_len(1).map(one).collect()
        });
        progress.aside(|| {
            for (input, outcome) in batch.iter().zip(done) {
                total.take(&prepared.name(input), &outcome, common.quiet);
                output.part(&outcome.out);
            }
        });
        if output.is_closed() && !to_the_end {
            break;
        }
    }
    if common.verbose {
        prepared.name_imported();
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
    let prepared = Prepared::new(asked, &mut total)?;
    let pool = pool()?;
    for (index, input) in prepared.inputs.iter().enumerate() {
        let path = prepared.name(input);
        let mut enough = false;
        let outcome = pool.install(|| {
            guarded(|| match load(input, &path) {
                Ok(source) => {
                    let (outcome, last) = work(source, &prepared.options(&path));
                    enough = last;
                    outcome
                }
                Err(reason) => Outcome::failure(reason),
            })
        });
        total.take(&path, &outcome, common.quiet);
        output.part(&outcome.out);
        if enough {
            return Ok((total, prepared.inputs.len() - index - 1));
        }
    }
    if common.verbose {
        prepared.name_imported();
    }
    Ok((total, 0))
}

/// Threads that can look at any file.
pub(super) fn pool() -> anyhow::Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new()
        .stack_size(STACK)
        .build()
        .context("cannot start threads")
}

impl Total {
    /// What a document says at its end; `sums` is for a run that looked at any file.
    pub(super) fn ending<'a>(&'a self, sums: &'a str, root: &'a Path) -> Ending<'a> {
        Ending {
            failures: &self.failures,
            sums: match self.tally.files {
                0 => "Nothing was looked at",
                _ => sums,
            },
            root,
        }
    }

    /// Adds what came of the file at `path`, and says what has to be said about it.
    pub(super) fn take(&mut self, path: &Path, outcome: &Outcome, quiet: bool) {
        self.tally.add(&outcome.tally);
        self.failed |= !outcome.failures.is_empty();
        let failures = outcome.failures.iter().cloned();
        self.failures
            .extend(failures.map(|reason| (path.to_path_buf(), reason)));
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
