//! How a provider is imported.

use std::path::{Component, Path};

use crate::survey::Entry;

/// The module that defines something, and what it is called in there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// `app.core.db`
    pub module: String,
    /// `get_db`, or `Database.open`
    pub name: String,
}

impl Name {
    /// The name of `entry`, whose definition has a path relative to where the program is started; `None` if it is not defined
    /// in a file that can be imported from there.
    pub fn of(entry: &Entry) -> Option<Name> {
        let path = &entry.definition.as_ref()?.path;
        split(&entry.name, path)
    }

    /// `app.core.db.get_db`
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// A name as it is shown has its module before it only where that lies in a package. Elsewhere the path is the module, below
/// `src` too.
fn split(shown: &str, path: &Path) -> Option<Name> {
    let mut file = path.with_extension("");
    if file.ends_with("__init__") {
        file.pop();
    }
    let parts: Vec<&str> = shown.split('.').collect();
    let in_package = (1..parts.len()).rev().find(|count| {
        let module: std::path::PathBuf = parts[..*count].iter().collect();
        file.ends_with(module)
    });
    if let Some(count) = in_package {
        return Some(Name {
            module: parts[..count].join("."),
            name: parts[count..].join("."),
        });
    }
    let mut modules = Vec::new();
    for component in file.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => modules.push(part.to_str()?),
            _ => return None,
        }
    }
    if modules.len() > 1 && modules[0] == "src" {
        modules.remove(0);
    }
    let importable = |part: &&str| {
        !part.starts_with(|first: char| first.is_ascii_digit())
            && part
                .chars()
                .all(|char| char.is_alphanumeric() || char == '_')
    };
    (!modules.is_empty() && modules.iter().all(importable)).then(|| Name {
        module: modules.join("."),
        name: shown.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_module_of_its_file() {
        for (shown, path, dotted) in [
            (
                "app.core.db.get_db",
                "app/core/db.py",
                Some(("app.core.db", "get_db")),
            ),
            (
                "app.db.Database.open",
                "src/app/db.py",
                Some(("app.db", "Database.open")),
            ),
            ("app.get_db", "app/__init__.py", Some(("app", "get_db"))),
            ("get_db", "./db.py", Some(("db", "get_db"))),
            ("get_db", "get_db.py", Some(("get_db", "get_db"))),
            (
                "Database.open",
                "tools/db.py",
                Some(("tools.db", "Database.open")),
            ),
            ("get_db", "src/db.py", Some(("db", "get_db"))),
            ("get_db", "my-scripts/db.py", None),
            ("get_db", "2024/db.py", None),
            ("get_db", "../db.py", None),
        ] {
            let found = split(shown, Path::new(path));
            let found = found
                .as_ref()
                .map(|name| (name.module.as_str(), name.name.as_str()));
            assert_eq!(found, dotted, "{shown} in {path}");
        }
    }
}
