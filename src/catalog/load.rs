//! From the data files to [`Catalog`](super::Catalog)'s parts.

use std::collections::{HashMap, HashSet};

use serde::Deserialize;
use toml::{Table, Value};

use super::decorator::Decorator;
use super::resource::Resource;
use super::shared::Sharing;

/// An entry may be like one of an earlier file.
const RESOURCES: [(&str, &str); 8] = [
    ("files.toml", include_str!("files.toml")),
    ("formats.toml", include_str!("formats.toml")),
    ("databases.toml", include_str!("databases.toml")),
    ("pools.toml", include_str!("pools.toml")),
    ("network.toml", include_str!("network.toml")),
    ("clients.toml", include_str!("clients.toml")),
    ("brokers.toml", include_str!("brokers.toml")),
    ("processes.toml", include_str!("processes.toml")),
];
const TYPES: &str = include_str!("types.toml");
const CALLABLES: &str = include_str!("callables.toml");
const DECORATORS: &str = include_str!("decorators.toml");
const SHARED: &str = include_str!("shared.toml");
const PYTHON: &str = include_str!("python.toml");

/// `types.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Types {
    pub plain_bases: Vec<String>,
    pub relations: HashSet<String>,
    pub aliases: HashMap<String, Vec<String>>,
    #[serde(rename = "type")]
    pub types: Vec<TypeRule>,
}

/// What some calls and attributes give.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TypeRule {
    pub gives: String,
    pub calls: Vec<String>,
    #[serde(default)]
    pub attributes: Vec<String>,
    #[serde(default)]
    pub operators: Vec<String>,
    pub when: Option<When>,
}

/// The argument on which a rule depends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    pub keyword: String,
    pub position: usize,
    pub is: Vec<String>,
}

/// `callables.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Callables {
    #[serde(flatten)]
    pub functions: Effects,
    pub lazy_keywords: Vec<String>,
    pub borrows: Vec<String>,
    pub programs: Vec<String>,
    pub program_methods: Vec<String>,
    pub methods: Effects,
    pub conventional: Conventions,
}

/// Names by what they do with what they are given.
#[derive(Debug, Deserialize)]
pub(super) struct Effects {
    pub copies: Vec<String>,
    pub eager: Vec<String>,
    pub lazy: Vec<String>,
    pub buffers: Vec<String>,
    pub locks: Vec<String>,
    pub copied_by: Vec<String>,
    pub collects: Vec<String>,
    pub keeps: Vec<String>,
}

/// Names that say enough, each with the entry that describes what it gives.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conventions {
    pub shared: Vec<String>,
    pub always: HashMap<String, String>,
    pub if_released: HashMap<String, String>,
}

/// `python.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Python {
    pub builtins: Vec<String>,
    pub stdlib: Vec<String>,
}

/// All resources, in the order of the files.
pub(super) fn resources() -> Result<Vec<Resource>, String> {
    let mut all = Vec::new();
    let mut seen = HashMap::new();
    for (file, text) in RESOURCES {
        all.extend(resources_of(text, &mut seen).map_err(|error| format!("{file}: {error}"))?);
    }
    Ok(all)
}

/// The entries of one file; `seen` holds those that came before, by their id.
fn resources_of(text: &str, seen: &mut HashMap<String, Table>) -> Result<Vec<Resource>, String> {
    let file: Table = text
        .parse()
        .map_err(|error: toml::de::Error| error.to_string())?;
    let entries = file
        .get("resource")
        .and_then(Value::as_array)
        .ok_or("no [[resource]]")?;
    let mut out = Vec::new();
    for entry in entries {
        let mut entry = entry.as_table().ok_or("a resource is a table")?.clone();
        let id = entry
            .get("id")
            .and_then(Value::as_str)
            .ok_or("a resource without id")?
            .to_string();
        if let Some(like) = entry.remove("like") {
            let base = like
                .as_str()
                .and_then(|like| seen.get(like))
                .ok_or_else(|| format!("{id}: like = {like}?"))?;
            for (key, value) in base {
                if !entry.contains_key(key) {
                    entry.insert(key.clone(), value.clone());
                }
            }
        }
        seen.insert(id.clone(), entry.clone());
        let mut resource: Resource = Value::Table(entry)
            .try_into()
            .map_err(|error| format!("{id}: {error}"))?;
        resource.exit_differs = resource.exit_differs.filter(|text| !text.is_empty());
        out.push(resource);
    }
    Ok(out)
}

pub(super) fn types() -> Result<Types, String> {
    toml::from_str(TYPES).map_err(|error| format!("types.toml: {error}"))
}

pub(super) fn callables() -> Result<Callables, String> {
    toml::from_str(CALLABLES).map_err(|error| format!("callables.toml: {error}"))
}

pub(super) fn decorators() -> Result<HashMap<Decorator, Vec<String>>, String> {
    toml::from_str(DECORATORS).map_err(|error| format!("decorators.toml: {error}"))
}

pub(super) fn sharing() -> Result<Sharing, String> {
    toml::from_str(SHARED).map_err(|error| format!("shared.toml: {error}"))
}

pub(super) fn python() -> Result<Python, String> {
    toml::from_str(PYTHON).map_err(|error| format!("python.toml: {error}"))
}
