//! What is known of connection pools and the arguments that limit them.

use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use serde::Deserialize;

/// What the data says; the same for every run.
pub static POOLING: LazyLock<Pooling> = LazyLock::new(|| {
    // A test holds that the data can be read.
    toml::from_str(include_str!("pooling.toml")).unwrap_or_default()
});

/// How pools are made. The keys are explained in the data.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pooling {
    /// What makes an engine.
    pub engines: HashSet<String>,
    /// Names of dicts that hold the arguments of an engine.
    pub options: HashSet<String>,
    /// Names of the URL beside these.
    pub urls: HashSet<String>,
    /// Pools with a limit.
    pub queues: HashSet<String>,
    /// The argument that names the class of the pool.
    pub class: String,
    /// Arguments with which nothing is known of the pool.
    pub settled: HashSet<String>,
    /// Dialects without such a pool.
    pub local: HashSet<String>,
    /// What makes a URL.
    pub url_makers: HashSet<String>,
    /// By the name that an engine has for it.
    pub arguments: BTreeMap<String, Argument>,
}

/// One argument.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Argument {
    /// The name that the pool itself has for it.
    pub of_pool: String,
    /// Its place among the arguments of the pool.
    pub place: Option<usize>,
    /// What holds if it is not there.
    pub default: f64,
    /// Whether only pools with a limit take it.
    #[serde(default)]
    pub queue: bool,
}

impl Pooling {
    /// Whether an engine or a pool has an argument of that name that says something of a pool.
    pub fn is_argument(&self, name: &str) -> bool {
        self.arguments.contains_key(name) || self.arguments.values().any(|one| one.of_pool == name)
    }

    /// Whether what is called `func` in code may be a pool with such an argument at that place.
    pub fn is_placed(&self, func: &str, place: usize) -> bool {
        let last = |name: &str| name.rsplit('.').next().map(str::to_owned);
        let mut queues = self.queues.iter();
        self.arguments.values().any(|one| one.place == Some(place))
            && queues.any(|queue| last(queue) == last(func))
    }

    /// Words of which one stands in every file that makes a pool.
    pub fn needles(&self) -> impl Iterator<Item = &str> {
        let makers = self.engines.iter().chain(&self.queues);
        let makers = makers.map(|name| name.rsplit('.').next().unwrap_or(name));
        makers.chain(self.options.iter().map(String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_can_be_read() {
        let pooling: Pooling = toml::from_str(include_str!("pooling.toml")).unwrap();
        assert_eq!(pooling.arguments.len(), 5);
        assert!(pooling.is_argument("pool_timeout") && pooling.is_argument("timeout"));
        let needles: Vec<&str> = pooling.needles().collect();
        assert!(needles.contains(&"create_engine") && needles.contains(&"QueuePool"));
    }
}
