//! From a file to a [`Config`].

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use toml::Spanned;

use super::error::{Error, line_of};
use super::keys::{Keys, in_order};
use super::parsed::{Parsed, all};
use super::patterns::{Pattern, Patterns};
use super::select::Choices;
use super::{Config, PerFile, Said};
use crate::areas::{Area, Areas};
use crate::rules::Rule;

/// What the file at `path` says, with globs relative to `root`; nothing if it is a pyproject.toml of others.
pub(super) fn read(path: &Path, root: &Path) -> Result<Option<Config>, Error> {
    let bytes = std::fs::read(path)
        .map_err(|error| Error::of_file(path, crate::discover::reason(&error)))?;
    let shared = path
        .file_name()
        .is_some_and(|name| name == "pyproject.toml");
    // Whatever is wrong with a file of others is theirs to complain about.
    if shared && memchr::memmem::find(&bytes, b"unleak").is_none() {
        return Ok(None);
    }
    let Ok(text) = String::from_utf8(bytes) else {
        return Err(Error::of_file(path, "is not UTF-8"));
    };
    let parsed = if shared {
        of_pyproject(&text)
    } else {
        of_own(&text)
    };
    let Some((keys, said)) = parsed.map_err(|error| Error::of_toml(path, &text, &error))? else {
        return Ok(None);
    };
    let mut config = checked(keys, path, root, &text)?;
    for (key, value) in said {
        let (line, _) = line_of(&text, key.span().start);
        config.said.insert(key.into_inner(), Said { value, line });
    }
    Ok(Some(config))
}

/// The keys of a file as they are written.
type Raw = BTreeMap<Spanned<String>, toml::Value>;

fn of_own(text: &str) -> Result<Option<(Keys, Raw)>, toml::de::Error> {
    Ok(Some((toml::from_str(text)?, toml::from_str(text)?)))
}

fn of_pyproject(text: &str) -> Result<Option<(Keys, Raw)>, toml::de::Error> {
    let keys = toml::from_str::<Pyproject<Keys>>(text)?.tool.unleak;
    let raw = toml::from_str::<Pyproject<Raw>>(text)?.tool.unleak;
    Ok(keys.zip(raw))
}

#[derive(Deserialize)]
struct Pyproject<T> {
    #[serde(default = "Tools::none")]
    tool: Tools<T>,
}

#[derive(Deserialize)]
struct Tools<T> {
    unleak: Option<T>,
}

impl<T> Tools<T> {
    fn none() -> Self {
        Tools { unleak: None }
    }
}

fn checked(keys: Keys, path: &Path, root: &Path, text: &str) -> Result<Config, Error> {
    let patterns = |list: Vec<Parsed<Pattern>>| Patterns::new(root, &all(list));
    let mut per_file_ignores = Vec::new();
    for (span, glob, rules) in in_order(keys.per_file_ignores) {
        let (others, inner) = match glob.strip_prefix('!') {
            Some(inner) => (true, inner),
            None => (false, glob.as_str()),
        };
        let pattern: Pattern = inner
            .parse()
            .map_err(|words: String| Error::at(path, text, span.clone(), &words))?;
        let rules = all(rules);
        let meant = |rule: &Rule| super::select::strongest(&rules, *rule).is_some();
        per_file_ignores.push(PerFile {
            files: Patterns::new(root, [&pattern]),
            others,
            rules: Rule::ALL.into_iter().filter(meant).collect(),
            line: line_of(text, span.start).0,
            glob,
        });
    }
    let mut areas = Vec::new();
    for (_, name, area) in in_order(keys.areas) {
        let span = area.paths.span();
        let globs: Vec<String> = area
            .paths
            .into_inner()
            .iter()
            .map(|Parsed(glob)| glob.text().to_string())
            .collect();
        if globs.is_empty() {
            return Err(Error::at(
                path,
                text,
                span,
                "at least one glob has to be there",
            ));
        }
        let priority = area
            .priority
            .map_or(super::USUAL_PRIORITY, |Parsed(one)| one);
        areas.push(Area {
            name,
            globs,
            priority,
        });
    }
    let resources = keys.resource.into_iter();
    Ok(Config {
        path: path.to_path_buf(),
        root: root.to_path_buf(),
        choices: Choices {
            select: keys.select.map(all),
            extend_select: all(keys.extend_select),
            ignore: all(keys.ignore),
        },
        per_file_ignores,
        include: keys.include.map(patterns),
        exclude: keys.exclude.map(patterns),
        extend_exclude: patterns(keys.extend_exclude),
        force_exclude: keys.force_exclude,
        target_version: keys.target_version,
        safe_fixes: all(keys.extend_safe_fixes),
        unsafe_fixes: all(keys.extend_unsafe_fixes),
        kinds: keys.resources,
        manner: keys.context,
        pool: keys.pool.checked(path, text)?.into(),
        areas: Areas::new(root, areas)
            .map_err(|words| Error::of_file(path, words))?
            .into(),
        resources: resources
            .map(|resource| resource.checked(path, text))
            .collect::<Result<_, _>>()?,
        said: BTreeMap::new(),
    })
}
