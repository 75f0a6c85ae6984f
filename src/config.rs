//! `[tool.unleak]` in pyproject.toml, or the same keys in unleak.toml.
//!
//! A file is governed by the nearest of these at or above its directory; in one directory unleak.toml goes first. A
//! pyproject.toml without `[tool.unleak]` is passed over.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use toml::Spanned;

use crate::catalog::{Kind, Manner};
use crate::project::{Declaration, Leaving, Link};

/// What one configuration file says.
#[derive(Debug, Default, PartialEq)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// Its `context`: which `with` fixes prefer.
    pub manner: Option<Manner>,
    /// Its `[[resource]]`s, in order.
    pub resources: Vec<Declaration>,
}

/// Something in a configuration file that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1; nothing where the file could not be read at all.
    pub line: Option<usize>,
    /// What is wrong, and the line below it.
    pub message: String,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for Error {}

/// The configuration files found so far, each read once.
#[derive(Debug, Default)]
pub struct Configs {
    by_directory: HashMap<PathBuf, Option<Arc<Config>>>,
}

impl Configs {
    /// What governs the files in `directory`.
    pub fn of(&mut self, directory: &Path) -> Result<Option<Arc<Config>>, Error> {
        if let Some(known) = self.by_directory.get(directory) {
            return Ok(known.clone());
        }
        let found = match read_in(directory)? {
            Some(config) => Some(Arc::new(config)),
            None => match directory.parent() {
                Some(parent) => self.of(parent)?,
                None => None,
            },
        };
        self.by_directory
            .insert(directory.to_path_buf(), found.clone());
        Ok(found)
    }
}

/// What the configuration files in `directory` itself say.
fn read_in(directory: &Path) -> Result<Option<Config>, Error> {
    for (name, parse) in [
        ("unleak.toml", own as fn(&str) -> Result<_, _>),
        ("pyproject.toml", shared),
    ] {
        let path = directory.join(name);
        if !path.is_file() {
            continue;
        }
        let bytes = std::fs::read(&path).map_err(|error| Error {
            path: path.clone(),
            line: None,
            message: crate::discover::reason(&error),
        })?;
        let Ok(text) = String::from_utf8(bytes) else {
            return Err(Error {
                path,
                line: None,
                message: "is not UTF-8".to_string(),
            });
        };
        let settings = parse(&text).map_err(|error| complaint(&path, &text, &error))?;
        if let Some(settings) = settings {
            return settings.checked(path, &text).map(Some);
        }
    }
    Ok(None)
}

fn own(text: &str) -> Result<Option<Settings>, toml::de::Error> {
    toml::from_str(text).map(Some)
}

fn shared(text: &str) -> Result<Option<Settings>, toml::de::Error> {
    // What other tools read is theirs to complain about.
    if !text.contains("unleak") {
        return Ok(None);
    }
    toml::from_str(text).map(|file: Pyproject| file.tool.unleak)
}

#[derive(Deserialize)]
struct Pyproject {
    #[serde(default)]
    tool: Tools,
}

#[derive(Deserialize, Default)]
struct Tools {
    unleak: Option<Settings>,
}

/// `[tool.unleak]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct Settings {
    context: Option<Manner>,
    #[serde(default)]
    resource: Vec<Entry>,
}

/// `[[tool.unleak.resource]]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
struct Entry {
    acquirers: Spanned<Vec<Spanned<String>>>,
    release: Option<Spanned<Release>>,
    release_async: Option<bool>,
    context: Option<Leaving>,
    async_context: Option<Leaving>,
    #[serde(default)]
    ownership: Ownership,
    kind: Option<Kind>,
    may_be_none: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "the name of a method, or a list of names")]
enum Release {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize, Default, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Ownership {
    #[default]
    Owned,
    Borrowed,
}

impl Settings {
    fn checked(self, path: PathBuf, text: &str) -> Result<Config, Error> {
        let entries = self.resource.into_iter();
        let resources = entries
            .map(|entry| entry.checked(&path, text))
            .collect::<Result<_, _>>()?;
        Ok(Config {
            path,
            manner: self.context,
            resources,
        })
    }
}

impl Entry {
    fn checked(self, path: &Path, text: &str) -> Result<Declaration, Error> {
        let wrong = |span: Range<usize>, message: &str| Err(error_at(path, text, span, message));
        let place = self.acquirers.span();
        let mut acquirers = Vec::new();
        for name in self.acquirers.into_inner() {
            if !is_dotted_name(name.get_ref()) {
                return wrong(name.span(), "not a dotted name");
            }
            acquirers.push(name.into_inner());
        }
        if acquirers.is_empty() {
            return wrong(place, "at least one acquirer has to be named");
        }
        let mut release = Vec::new();
        if let Some(given) = self.release {
            let span = given.span();
            release = match given.into_inner() {
                Release::One(name) => vec![name],
                Release::Several(names) => names,
            };
            if release.is_empty() || !release.iter().all(|name| is_name(name)) {
                return wrong(span, "not the name of a method");
            }
        }
        let (line, shown) = line_of(text, place.start);
        Ok(Declaration {
            acquirers,
            borrowed: self.ownership == Ownership::Borrowed,
            release,
            release_async: self.release_async,
            context: self.context,
            async_context: self.async_context,
            kind: self.kind,
            may_be_none: self.may_be_none,
            place: Some(Link {
                path: path.to_path_buf(),
                line,
                text: shown.trim().to_string(),
            }),
        })
    }
}

/// Whether `text` is names with dots between them.
pub fn is_dotted_name(text: &str) -> bool {
    text.split('.').all(is_name)
}

fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text
            .chars()
            .all(|char| char.is_alphanumeric() || char == '_')
}

fn complaint(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let message = error.message().replace('\n', " ");
    match error.span() {
        Some(span) => error_at(path, text, span, &message),
        None => Error {
            path: path.to_path_buf(),
            line: None,
            message,
        },
    }
}

/// An error with the line it stands in, and marks below what is wrong.
fn error_at(path: &Path, text: &str, span: Range<usize>, message: &str) -> Error {
    let (line, shown) = line_of(text, span.start);
    let line_start = text[..span.start.min(text.len())]
        .rfind('\n')
        .map_or(0, |newline| newline + 1);
    let before = text.get(line_start..span.start).unwrap_or_default();
    let marked = text.get(span).unwrap_or_default();
    let marked = marked.lines().next().unwrap_or_default().trim_end();
    let gutter = " ".repeat(line.to_string().len());
    // A tab stays one, so that the marks stand where they belong.
    let indent: String = before
        .chars()
        .map(|char| if char == '\t' { '\t' } else { ' ' })
        .collect();
    let marks = "^".repeat(marked.chars().count().max(1));
    Error {
        path: path.to_path_buf(),
        line: Some(line),
        message: format!("{message}\n {line} | {shown}\n {gutter} | {indent}{marks}"),
    }
}

/// The number and the text of the line around an offset.
fn line_of(text: &str, offset: usize) -> (usize, &str) {
    let offset = offset.min(text.len());
    let number = 1 + memchr::memchr_iter(b'\n', &text.as_bytes()[..offset]).count();
    (number, text.lines().nth(number - 1).unwrap_or_default())
}
