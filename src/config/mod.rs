//! `[tool.unleak]` in pyproject.toml, or the same keys in unleak.toml: which of them governs a file, and what it says.

mod choice;
mod error;
mod find;
mod keys;
mod parsed;
mod patterns;
mod pool;
mod read;
mod resource;
mod schema;
mod select;
mod version;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use choice::{Chooser, LeftOut};
pub use error::Error;
pub use find::{Configs, Governing};
pub use patterns::{Pattern, Patterns};
pub use resource::is_dotted_name;
pub use schema::{defaults, schema};
pub use select::{Choices, Selection, Selector};
pub use version::TargetVersion;

use crate::areas::{Areas, Priority};
use crate::catalog::{Kind, Manner};
use crate::project::Declaration;
use crate::rules::{Applicability, PoolPolicy, Rule};

/// The priority of an area for which none is said.
const USUAL_PRIORITY: Priority = Priority::Medium;

/// What one configuration file says.
#[derive(Debug)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// The directory that its globs are relative to.
    pub root: PathBuf,
    /// Its `select`, `extend-select` and `ignore`.
    pub choices: Choices,
    /// Its `per-file-ignores`, in order.
    pub per_file_ignores: Vec<PerFile>,
    /// Its `include`.
    pub include: Option<Patterns>,
    /// Its `exclude`.
    pub exclude: Option<Patterns>,
    /// Its `extend-exclude`.
    pub extend_exclude: Patterns,
    /// Its `force-exclude`.
    pub force_exclude: bool,
    /// Its `target-version`. Nothing depends on it: no fix writes anything newer than the oldest version there is.
    pub target_version: Option<TargetVersion>,
    /// Its `resources`: the kinds that are looked for.
    pub kinds: Option<Vec<Kind>>,
    /// Its `context`: which `with` fixes prefer.
    pub manner: Option<Manner>,
    /// Its `pool`.
    pub pool: Arc<PoolPolicy>,
    /// Its `areas`, in order.
    pub areas: Arc<Areas>,
    /// Its `[[resource]]`s, in order.
    pub resources: Vec<Declaration>,
    /// All its keys as they are written.
    pub said: BTreeMap<String, Said>,
    safe_fixes: Vec<Selector>,
    unsafe_fixes: Vec<Selector>,
}

/// A key as it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct Said {
    /// Its value.
    pub value: toml::Value,
    /// Its line, from 1.
    pub line: usize,
}

/// One entry of `per-file-ignores`.
#[derive(Debug)]
pub struct PerFile {
    /// The glob as it is written.
    pub glob: String,
    /// The line, from 1.
    pub line: usize,
    /// What does not report in these files.
    pub rules: BTreeSet<Rule>,
    files: Patterns,
    others: bool,
}

impl PerFile {
    /// Whether it speaks of the file at `path`, a real path.
    pub fn means(&self, path: &Path) -> bool {
        self.files.matching_around(path).is_some() != self.others
    }
}

impl Config {
    /// The rules that do not report in the file at `path`, a real path.
    pub fn ignored_in(&self, path: &Path) -> BTreeSet<Rule> {
        let meant = self.per_file_ignores.iter().filter(|one| one.means(path));
        meant.flat_map(|one| one.rules.iter().copied()).collect()
    }

    /// The rules whose fixes are trusted more or less than they deserve by themselves. As in ruff, the more exact selector
    /// wins, and where they are equal the cautious one.
    pub fn fix_safety(&self) -> BTreeMap<Rule, Applicability> {
        let of = |rule: Rule| {
            let safe = select::strongest(&self.safe_fixes, rule);
            let not = select::strongest(&self.unsafe_fixes, rule);
            match (safe, not) {
                (None, None) => None,
                _ if safe > not => Some((rule, Applicability::Safe)),
                _ => Some((rule, Applicability::Unsafe)),
            }
        };
        Rule::ALL.into_iter().filter_map(of).collect()
    }
}
