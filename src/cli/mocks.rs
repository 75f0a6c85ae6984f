//! Which tests replace what a fix now enters: said behind the sums of `diff` and `fix`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::args::Common;
use super::output::complain;
use super::run::{self, Outcome, Total};
use crate::discover::discover;
use crate::emit::path;
use crate::mocks::Search;
use crate::source::Source;

/// What the directory that holds a project holds.
const MARKS: [&str; 5] = [
    ".git",
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "unleak.toml",
];

/// Names them on standard error; `are` says when: "are now".
pub(super) fn name(common: &Common, total: &Total, are: &str) -> anyhow::Result<()> {
    let piped = common.paths == [Path::new("-")];
    if total.entered.is_empty() || common.quiet || piped {
        return Ok(());
    }
    let search = Search::new(total.entered.clone());
    // What is excluded from fixing may well be the tests.
    let Ok(found) = discover(&projects(common, &total.entering), &[]) else {
        return Ok(());
    };
    let looked: Vec<Outcome> = run::pool()?.install(|| {
        let one = |file: &PathBuf| run::guarded(|| look(&search, file, are));
        found.files.par_iter().map(one).collect()
    });
    for (file, outcome) in found.files.iter().zip(&looked) {
        for line in &outcome.notes {
            complain(line);
        }
        for failure in &outcome.failures {
            complain(&format!("{}: {failure}", path::shown(file)));
        }
    }
    if looked.iter().any(|outcome| !outcome.notes.is_empty()) {
        complain(
            "such a test may need a mock that can be entered: see docs/mocks.md, or use --context closing",
        );
    }
    Ok(())
}

fn look(search: &Search, file: &Path, are: &str) -> Outcome {
    let mut outcome = Outcome::default();
    // A file that cannot be read has been complained about, if it is one of the run.
    let Ok(bytes) = std::fs::read(file) else {
        return outcome;
    };
    if !search.may_be_in(&bytes) {
        return outcome;
    }
    let Ok(source) = Source::decode(file, bytes) else {
        return outcome;
    };
    for one in search.look(&source) {
        outcome.notes.push(format!(
            "{}:{} replaces `{}` by {}; its calls {are} entered with `with`",
            path::shown(file),
            one.line,
            one.what,
            one.by
        ));
    }
    outcome
}

/// The directories in which tests of these files may lie: those of the run, and that of the project around each file.
fn projects(common: &Common, files: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: BTreeSet<PathBuf> = common
        .paths
        .iter()
        .filter(|path| path.is_dir())
        .cloned()
        .collect();
    for file in files {
        let full = std::path::absolute(file).unwrap_or_else(|_| file.clone());
        let around = full.ancestors().skip(1);
        let marked = around
            .clone()
            .find(|dir| MARKS.iter().any(|mark| dir.join(mark).exists()));
        all.extend(marked.map(Path::to_path_buf));
    }
    all.into_iter().collect()
}
