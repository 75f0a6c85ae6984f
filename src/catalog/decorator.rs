//! What a decorator makes of the function below it.

use std::collections::HashMap;

use serde::Deserialize;

/// What a decorator makes of the function below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decorator {
    /// No object is passed by itself.
    Static,
    /// The class is passed by itself.
    Bound,
    /// A call gives what the function gives, afresh each time.
    Plain,
    /// The same, but what a subclass has in its place is called.
    Abstract,
    /// Looking at the attribute calls the function.
    Property,
    /// The same, once for each object.
    CachedProperty,
    /// What the function gave once is given again.
    Cache,
    /// What the generator below yields is used until the generator goes on; nobody calls the function by its name.
    Fixture,
    /// The generator below becomes a context manager.
    Manager,
}

impl Decorator {
    /// Whether it may be called with arguments before it decorates.
    pub fn takes_arguments(self) -> bool {
        matches!(
            self,
            Decorator::Plain | Decorator::Cache | Decorator::Fixture
        )
    }
}

/// The decorators of the data, by their dotted names.
pub(super) fn by_name(
    lists: HashMap<Decorator, Vec<String>>,
) -> Result<HashMap<String, Decorator>, String> {
    let mut out = HashMap::new();
    for (decorator, names) in lists {
        for name in names {
            if out.insert(name.clone(), decorator).is_some() {
                return Err(format!("{name} stands in two lists"));
            }
        }
    }
    Ok(out)
}
