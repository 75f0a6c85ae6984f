//! Where a program is entered again and again, and what of it runs only now and then.

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Deserialize;

/// What the data says; the same for every run.
pub static ENTRIES: LazyLock<Entries> = LazyLock::new(|| {
    // A test holds that the data can be read.
    toml::from_str(include_str!("entries.toml")).unwrap_or_default()
});

/// How functions are recognised that run often, and files that matter little.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entries {
    /// Of functions that answer requests.
    pub handler: Signs,
    /// Of functions that something calls when something happens.
    pub callback: Signs,
    /// Tests, scripts.
    pub rare: Vec<Rare>,
}

/// The signs of a kind of function.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signs {
    /// Last names of decorators.
    pub decorators: HashSet<String>,
    /// Whole names of decorators that are others all the same.
    #[serde(default)]
    pub others: HashSet<String>,
    /// Names of methods, of classes with one of these bases.
    pub methods: HashSet<String>,
    /// Ends of the names of bases.
    pub bases: Vec<String>,
    /// Last names of calls that get the function as an argument.
    pub registrars: HashSet<String>,
    /// Keywords behind which any call gets it.
    pub keywords: HashSet<String>,
    /// Files all of whose public functions count, as globs.
    pub files: Vec<String>,
}

/// Files in which a leak matters least.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rare {
    /// What they are.
    pub name: String,
    /// Globs as in a `.gitignore`.
    pub globs: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read() {
        let entries: Entries = toml::from_str(include_str!("entries.toml")).unwrap();
        assert!(entries.handler.decorators.contains("route"));
        assert!(entries.callback.registrars.contains("on"));
        assert_eq!(entries.rare.len(), 2);
    }
}
