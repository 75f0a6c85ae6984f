//! What is known to keep a resource for everybody who asks, and what names of providers look like.

use serde::Deserialize;

/// Something that lends what it keeps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shared {
    /// Objects by their dotted names.
    #[serde(default)]
    objects: Vec<String>,
    /// Objects by the dotted names of their classes.
    #[serde(default)]
    types: Vec<String>,
    /// The class of what it lends, where that is always the same.
    pub lends: Option<String>,
    /// Why what it lends is borrowed, in words.
    pub why: String,
}

/// `shared.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Sharing {
    shared: Vec<Shared>,
    looks: Looks,
}

/// Patterns of names, with `*` for anything.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Looks {
    functions: Vec<String>,
    methods: Vec<String>,
}

impl Sharing {
    /// See [`Catalog::shared_object`](super::Catalog::shared_object).
    pub fn object(&self, dotted: &str) -> Option<&Shared> {
        let is_on = |object: &String| {
            dotted
                .strip_prefix(object.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.shared
            .iter()
            .find(|shared| shared.objects.iter().any(is_on))
    }

    /// See [`Catalog::shared_type`](super::Catalog::shared_type).
    pub fn class(&self, dotted: &str) -> Option<&Shared> {
        self.shared
            .iter()
            .find(|shared| shared.types.iter().any(|class| class == dotted))
    }

    /// See [`Catalog::shared_attributes`](super::Catalog::shared_attributes).
    pub fn attributes<'s>(
        &'s self,
        class: &'s str,
    ) -> impl Iterator<Item = (&'s str, &'s Shared)> + 's {
        self.shared.iter().flat_map(move |shared| {
            let attr = move |object: &'s String| {
                let attr = object.strip_prefix(class)?.strip_prefix('.')?;
                (!attr.contains('.')).then_some((attr, shared))
            };
            shared.objects.iter().filter_map(attr)
        })
    }

    /// Whether `name` looks like that of a provider; a method's is held to stricter patterns.
    pub fn looks_like_provider(&self, name: &str, is_method: bool) -> bool {
        let patterns = match is_method {
            true => &self.looks.methods,
            false => &self.looks.functions,
        };
        patterns.iter().any(|pattern| matches(pattern, name))
    }
}

/// Whether `name` is as `pattern` says; `*` stands for anything.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|behind| {
            (0..=behind.len())
                .filter(|at| behind.is_char_boundary(*at))
                .any(|at| matches(rest, &behind[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name) in [
            ("*", ""),
            ("*get_*session*", "get_session"),
            ("*get_*session*", "_get_db_session_for"),
            ("get_db*", "get_db"),
            ("connect", "connect"),
            ("*Ö*", "aÖb"),
        ] {
            assert!(matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("get_db*", "_get_db"),
            ("connect", "connects"),
            ("*get_*conn*", "get_session"),
            ("a*b", "acbd"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }
}
