//! Arguments that several commands share.

use std::path::PathBuf;

use crate::catalog::{Kind, Manner};
use crate::config::{Choices, Config, Governing, Selection, Selector, is_dotted_name};
use crate::pipeline::Options;
use crate::project::Declaration;

/// What to look at, and what for.
#[derive(clap::Args)]
pub(super) struct Shared {
    #[command(flatten)]
    pub(super) common: Common,

    /// Report these rules only: codes (UL001), beginnings of codes (UL), names (never-released) or ALL
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    select: Vec<Selector>,

    /// Report these rules, too
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    extend_select: Vec<Selector>,

    /// Do not report these rules
    #[arg(long, value_name = "RULES", value_delimiter = ',')]
    ignore: Vec<Selector>,

    /// Look for these kinds of resources only: database, file, network, process, lock, temp, other
    #[arg(
        long,
        value_name = "KINDS",
        value_delimiter = ',',
        hide_possible_values = true
    )]
    resources: Option<Vec<Kind>>,

    /// Make, show or count fixes too that a person should look at
    #[arg(long)]
    unsafe_fixes: bool,

    /// Which `with` fixes write: `native`, the object's own, or `closing`: `with closing(...)` wherever `close()` releases
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    context: Option<Manner>,

    /// Let `style` findings fail the run as leaks do
    #[arg(long)]
    strict: bool,
}

/// What to look at.
#[derive(clap::Args)]
pub(super) struct Common {
    /// Files and directories; `-` reads standard input
    #[arg(default_value = ".")]
    pub(super) paths: Vec<PathBuf>,

    /// Leave out what matches, beside what is left out anyway; written as in a .gitignore; may be repeated
    #[arg(long, value_name = "GLOB", alias = "extend-exclude")]
    pub(super) exclude: Vec<String>,

    /// Leave out what is excluded even where it is named: for hooks, which name every changed file
    #[arg(long)]
    pub(super) force_exclude: bool,

    #[command(flatten)]
    pub(super) location: Location,

    /// A function that acquires, by its dotted name (app.db.connect); may be repeated
    #[arg(long, value_name = "NAME", value_parser = dotted_name)]
    acquirer: Vec<String>,

    /// The name of what comes from standard input
    #[arg(long, value_name = "PATH")]
    pub(super) stdin_filename: Option<PathBuf>,

    /// Print no sums and notes
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// Say on standard error which files are read, with which configuration, and why files are left out
    #[arg(long, short, conflicts_with = "quiet")]
    pub(super) verbose: bool,

    /// When to use colours; `auto`: on a terminal, unless NO_COLOR is set
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// Where the configuration is.
#[derive(Clone, clap::Args)]
pub(super) struct Location {
    /// Take this configuration, with globs relative to the current directory, and look for no other
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    config: Option<PathBuf>,

    /// Look for no configuration
    #[arg(long)]
    isolated: bool,
}

/// What to look for in files for which a configuration says something.
pub(super) type ByConfig<'a> = Box<dyn Fn(Option<&Config>) -> Options + 'a>;

/// The files of a run, and what to look for in those for which a configuration says something.
pub(super) struct Asked<'a> {
    pub(super) common: &'a Common,
    pub(super) options: ByConfig<'a>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Color {
    Auto,
    Always,
    Never,
}

impl Shared {
    /// The files of a run, and what to look for in them.
    pub(super) fn asked(&self) -> Asked<'_> {
        Asked {
            common: &self.common,
            options: Box::new(|config| self.options(config)),
        }
    }

    /// What to look for in files for which a configuration says `config`.
    fn options(&self, config: Option<&Config>) -> Options {
        let given = Choices {
            select: (!self.select.is_empty()).then(|| self.select.clone()),
            extend_select: self.extend_select.clone(),
            ignore: self.ignore.clone(),
        };
        let places = config.map(|config| &config.choices).into_iter();
        let places: Vec<&Choices> = places.chain([&given]).collect();
        let selection = Selection::of(&places, self.strict);
        let declarations = self.common.declarations(config);
        let configured = config.and_then(|config| config.manner);
        let kinds = config.and_then(|config| config.kinds.clone());
        Options::declaring(selection.rules, self.unsafe_fixes, declarations)
            .failing(selection.failing)
            .looking_for(self.resources.clone().or(kinds))
            .trusting(config.map(Config::fix_safety).unwrap_or_default())
            .within(
                config
                    .map(|config| config.areas.clone())
                    .unwrap_or_default(),
            )
            .pooling(config.map(|config| config.pool.clone()).unwrap_or_default())
            .preferring(self.context.or(configured).unwrap_or_default())
    }
}

impl Location {
    /// What governs the files of the run.
    pub(super) fn governing(&self) -> Governing {
        match &self.config {
            Some(path) => Governing::File(path.clone()),
            None if self.isolated => Governing::Nothing,
            None => Governing::Nearest,
        }
    }
}

impl Common {
    /// What the user says about acquirers in files for which a configuration says `config`.
    pub(super) fn declarations(&self, config: Option<&Config>) -> Vec<Declaration> {
        let configured = config.map_or(&[][..], |config| &config.resources);
        let mut declarations = configured.to_vec();
        declarations.push(Declaration::of_names(&self.acquirer));
        declarations
    }

    /// What is around the current directory, or what `path` names, for commands that do not report on files.
    pub(super) fn around(path: PathBuf, location: Location) -> Common {
        Common {
            paths: vec![path],
            exclude: Vec::new(),
            force_exclude: false,
            location,
            acquirer: Vec::new(),
            stdin_filename: None,
            quiet: true,
            verbose: false,
            color: Color::Never,
        }
    }

    /// Whether standard output gets colours.
    pub(super) fn colored(&self) -> bool {
        self.color.on(&std::io::stdout())
    }
}

impl Color {
    /// Whether `stream` gets colours.
    pub(super) fn on(self, stream: &impl anstream::stream::RawStream) -> bool {
        match self {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => anstream::AutoStream::choice(stream) != anstream::ColorChoice::Never,
        }
    }
}

fn dotted_name(text: &str) -> Result<String, String> {
    if is_dotted_name(text) {
        Ok(text.to_string())
    } else {
        Err("not a dotted name".to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acquirers_are_dotted_names() {
        for good in ["get_db", "app.db.get_db", "_x.Ä2"] {
            assert_eq!(dotted_name(good).as_deref(), Ok(good));
        }
        for bad in ["", "a.", ".a", "a b", "2x", "get_db()"] {
            assert!(dotted_name(bad).is_err(), "{bad}");
        }
    }
}
