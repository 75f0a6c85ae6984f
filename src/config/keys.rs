//! The keys of a configuration file: what serde reads, and what the schema is made of.

use std::collections::BTreeMap;
use std::ops::Range;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::parsed::Parsed;
use super::patterns::Pattern;
use super::pool::Pool;
use super::resource::Resource;
use super::select::{Selector, SelectorSchema};
use super::version::TargetVersion;
use crate::areas::Priority;
use crate::catalog::{Kind, Manner};
use crate::discover;

/// The keys of `[tool.unleak]` in pyproject.toml, and of unleak.toml.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
#[schemars(title = "unleak")]
pub(super) struct Keys {
    /// The rules that report: codes (`UL001`), beginnings of codes (`UL0`), names (`never-released`) or `ALL`. A style
    /// rule that is named itself also fails a check.
    #[serde(default)]
    #[schemars(with = "Vec<SelectorSchema>", extend("default" = ["UL0"]))]
    pub(super) select: Option<Vec<Parsed<Selector>>>,
    /// Rules that report beside those of `select`.
    #[serde(default)]
    #[schemars(with = "Vec<SelectorSchema>", extend("default" = []))]
    pub(super) extend_select: Vec<Parsed<Selector>>,
    /// Rules that do not report. The more exact of two selectors wins, and `ignore` where they are equal.
    #[serde(default)]
    #[schemars(with = "Vec<SelectorSchema>", extend("default" = []))]
    pub(super) ignore: Vec<Parsed<Selector>>,
    /// By glob, rules that do not report in the files it matches; with `!` in front, in all others.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Vec<SelectorSchema>>", extend("default" = {}))]
    pub(super) per_file_ignores: BTreeMap<Spanned<String>, Vec<Parsed<Selector>>>,
    /// The files to look at in directories.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("default" = discover::USUALLY_INCLUDED))]
    pub(super) include: Option<Vec<Parsed<Pattern>>>,
    /// What is left out of directories, in the place of what is left out otherwise.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("default" = discover::usually_left_out()))]
    pub(super) exclude: Option<Vec<Parsed<Pattern>>>,
    /// What is left out beside `exclude`.
    #[serde(default)]
    #[schemars(with = "Vec<String>", extend("default" = []))]
    pub(super) extend_exclude: Vec<Parsed<Pattern>>,
    /// Whether paths that are named on the command line are left out, too, where `exclude` matches them.
    #[serde(default)]
    #[schemars(extend("default" = false))]
    pub(super) force_exclude: bool,
    /// The oldest version of Python that the code has to run on.
    #[serde(default)]
    #[schemars(with = "TargetVersion", extend("default" = "py36"))]
    pub(super) target_version: Option<TargetVersion>,
    /// Rules whose unsafe fixes are made as if they were safe.
    #[serde(default)]
    #[schemars(with = "Vec<SelectorSchema>", extend("default" = []))]
    pub(super) extend_safe_fixes: Vec<Parsed<Selector>>,
    /// Rules whose safe fixes are made only with `--unsafe-fixes`.
    #[serde(default)]
    #[schemars(with = "Vec<SelectorSchema>", extend("default" = []))]
    pub(super) extend_unsafe_fixes: Vec<Parsed<Selector>>,
    /// The kinds of resources whose findings are reported and fixed.
    #[serde(default)]
    #[schemars(with = "Vec<Kind>", extend("default" = Kind::value_variants().iter().map(|kind| kind.name()).collect::<Vec<_>>()))]
    pub(super) resources: Option<Vec<Kind>>,
    /// Which `with` fixes write where more than one is right.
    #[serde(default)]
    #[schemars(with = "Manner", extend("default" = "native"))]
    pub(super) context: Option<Manner>,
    /// What is wanted of pools of connections.
    #[serde(default)]
    #[schemars(extend("default" = {}))]
    pub(super) pool: Pool,
    /// By name, the parts of the project. A file belongs to the first that matches it.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Area>", extend("default" = {}))]
    pub(super) areas: BTreeMap<Spanned<String>, Area>,
    /// What is said of acquirers.
    #[serde(default)]
    #[schemars(extend("default" = []))]
    pub(super) resource: Vec<Resource>,
}

/// A part of the project.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Area {
    /// Its files: globs as in a `.gitignore`, so `!` takes something out again.
    #[schemars(with = "Vec<String>", length(min = 1))]
    pub(super) paths: Spanned<Vec<Parsed<Pattern>>>,
    /// How much a leak in it matters.
    #[serde(default)]
    #[schemars(with = "String", extend("enum" = ["high", "medium", "low"], "default" = "medium"))]
    pub(super) priority: Option<Parsed<Priority>>,
}

/// What a table has under its keys, in the order of the file.
pub(super) fn in_order<T>(table: BTreeMap<Spanned<String>, T>) -> Vec<(Range<usize>, String, T)> {
    let entries = table
        .into_iter()
        .map(|(key, value)| (key.span(), key.into_inner(), value));
    let mut entries: Vec<_> = entries.collect();
    entries.sort_by_key(|(span, _, _)| span.start);
    entries
}
