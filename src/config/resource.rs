//! `[[tool.unleak.resource]]`: what is said of some acquirers.

use std::ops::Range;
use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::{Error, line_of};
use crate::catalog::Kind;
use crate::project::{Declaration, Leaving, Link};

/// What is said of some acquirers. What is left out is inferred, or taken from the catalog.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Resource {
    /// Dotted names of functions, classes or methods (`app.db.Registry.checkout`), or last components of them
    /// (`checkout`: any of that name).
    #[schemars(
        with = "Vec<String>",
        length(min = 1),
        inner(regex(pattern = r"^[^\W\d]\w*(\.[^\W\d]\w*)*$"))
    )]
    acquirers: Spanned<Vec<Spanned<String>>>,
    /// The method that releases it, or a list of such methods, the usual one first.
    #[schemars(with = "Option<Release>")]
    release: Option<Spanned<Release>>,
    /// Whether these are awaited.
    release_async: Option<bool>,
    /// What leaving a `with` around it does.
    context: Option<Leaving>,
    /// What leaving an `async with` around it does.
    async_context: Option<Leaving>,
    /// Who has to release it.
    #[serde(default)]
    #[schemars(extend("default" = "owned"))]
    ownership: Ownership,
    /// What sort of thing it is.
    kind: Option<Kind>,
    /// Whether there may be `None` instead.
    may_be_none: Option<bool>,
}

/// The name of a method, or a list of names.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged, expecting = "the name of a method, or a list of names")]
enum Release {
    /// That method.
    One(#[schemars(regex(pattern = r"^[^\W\d]\w*$"))] String),
    /// One of these, the usual one first.
    Several(#[schemars(length(min = 1), inner(regex(pattern = r"^[^\W\d]\w*$")))] Vec<String>),
}

/// Who has to release it.
#[derive(Deserialize, JsonSchema, Default, PartialEq)]
#[serde(rename_all = "kebab-case")]
enum Ownership {
    /// Whoever calls the acquirer.
    #[default]
    Owned,
    /// Somebody else: it is shared, and nothing is reported.
    Borrowed,
}

impl Resource {
    pub(super) fn checked(self, path: &Path, text: &str) -> Result<Declaration, Error> {
        let wrong = |span: Range<usize>, message: &str| Err(Error::at(path, text, span, message));
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
