//! What is known of logging, and of exceptions that are no accidents.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// What the data says; the same for every run.
pub static LOGGING: LazyLock<Logging> = LazyLock::new(|| {
    // A test holds that the data can be read.
    toml::from_str(include_str!("logging.toml")).unwrap_or_default()
});

/// What logs, and what an exception may mean.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Logging {
    /// Classes whose objects log, and whether a keyword is sure to reach the record.
    pub loggers: HashMap<String, bool>,
    /// Names of functions and methods.
    pub words: Words,
    /// Exceptions that say what is the case.
    pub expected: Expected,
}

/// The keys are explained in the data.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the data says it")]
pub struct Words {
    pub levels: HashSet<String>,
    pub by_level: String,
    pub error_levels: HashSet<String>,
    pub writers: HashSet<String>,
    pub readers: HashSet<String>,
    pub tracers: HashSet<String>,
    pub traces: HashSet<String>,
    pub ends: HashSet<String>,
}

/// See the data.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs, reason = "the data says it")]
pub struct Expected {
    pub names: HashSet<String>,
    pub last_names: HashSet<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read() {
        let logging: Logging = toml::from_str(include_str!("logging.toml")).unwrap();
        assert!(logging.loggers["logging.Logger"]);
        assert!(logging.words.levels.contains("error"));
        assert!(logging.expected.names.contains("queue.Empty"));
    }
}
