//! What a run knows before it begins: its files, and what governs each of them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{anyhow, bail};

use super::args::{Asked, Common};
use super::output::complain;
use super::run::{Input, Total};
use super::settings::{self, Settings};
use crate::config::{Chooser, Configs};
use crate::discover::{Choice, discover_as, is_forced_out, left_out, located};
use crate::emit::path;
use crate::pipeline::Options;

/// The files of a run, and what to look for in them.
pub(super) struct Prepared {
    pub(super) inputs: Vec<Input>,
    stdin_name: PathBuf,
    settings: Settings,
    /// An editor that gives us every file wants this one back as it is.
    excluded: bool,
}

impl Prepared {
    /// Looks for the files that `asked` names. What cannot be found goes into `total`; an error in a configuration is one of the
    /// whole run, so that it leaves all files alone.
    pub(super) fn new(asked: &Asked<'_>, total: &mut Total) -> anyhow::Result<Prepared> {
        let common = asked.common;
        let configs = Configs::new(&common.location.governing()).map_err(settings::shown)?;
        let configs = Arc::new(configs);
        let chooser = Arc::new(Chooser::new(configs.clone(), common.force_exclude));
        let inputs = inputs(common, &chooser, total)?;
        let stdin_name = common
            .stdin_filename
            .clone()
            .unwrap_or_else(|| PathBuf::from("-"));
        let names = || inputs.iter().map(|input| input.name(&stdin_name));
        let settings = Settings::new(asked, &configs, names())?;
        let excluded = inputs == [Input::Stdin]
            && is_forced_out(&located(&stdin_name), &common.exclude, chooser.as_ref())
                .map_err(|error| anyhow!("--exclude {error}"))?;
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
            excluded,
        })
    }

    /// What messages call `input`.
    pub(super) fn name(&self, input: &Input) -> PathBuf {
        input.name(&self.stdin_name)
    }

    /// What to look for in the file at `path`.
    pub(super) fn options(&self, path: &Path) -> Options {
        let options = self.settings.of(path);
        match self.excluded {
            true => options.nothing(),
            false => options,
        }
    }

    /// Names the files that were read for what they define only.
    pub(super) fn name_imported(&self) {
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let known: BTreeSet<PathBuf> = self
            .inputs
            .iter()
            .filter_map(|input| match input {
                Input::File(path) => Some(real(path)),
                Input::Stdin => None,
            })
            .collect();
        for path in self.settings.imported() {
            if !known.contains(&real(&path)) {
                complain(&format!("{}: read for what it defines", path::shown(&path)));
            }
        }
    }
}

impl Input {
    fn name(&self, stdin_name: &Path) -> PathBuf {
        match self {
            Input::File(path) => path.clone(),
            Input::Stdin => stdin_name.to_path_buf(),
        }
    }
}

fn inputs(
    common: &Common,
    chooser: &Arc<Chooser>,
    total: &mut Total,
) -> anyhow::Result<Vec<Input>> {
    if common.paths.iter().any(|path| path == Path::new("-")) {
        if common.paths.len() > 1 {
            bail!("'-' (standard input) cannot stand beside other paths");
        }
        return Ok(vec![Input::Stdin]);
    }
    if common.stdin_filename.is_some() {
        bail!("--stdin-filename is for the path '-' only");
    }
    let choice: Arc<dyn Choice> = chooser.clone();
    let found = discover_as(&common.paths, &common.exclude, &choice)
        .map_err(|error| anyhow!("--exclude {error}"))?;
    if let Some(error) = chooser.trouble() {
        return Err(settings::shown(error).into());
    }
    for (path, reason) in &found.failures {
        complain(&format!("{}: {reason}", path.display()));
    }
    total.failed = !found.failures.is_empty();
    total.failures = found.failures;
    if common.verbose {
        let said = |path: &Path| {
            let why = chooser.why_left_out(path)?;
            Some(settings::why_in_words(&why))
        };
        for (path, reason) in left_out(&common.paths, &common.exclude, &found.files, &said) {
            complain(&format!("{}: left out: {reason}", path.display()));
        }
    }
    if found.files.is_empty() && !total.failed && !common.quiet {
        complain("no Python files there");
    }
    Ok(found.files.into_iter().map(Input::File).collect())
}
