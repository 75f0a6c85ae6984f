//! `pool_monitor.py`, which knows the project's providers.

use super::{Name, Scaffold, mark};
use crate::project::{Form, Way};
use crate::survey::{Entry, KnownBy, Standing};

const TEMPLATE: &str = include_str!("pool_monitor.py");
const NO_PROVIDERS: &str = "PROVIDERS: Sequence[str] = []\n";

/// The module for a project of which `entries` are known.
pub fn pool_monitor(entries: &[Entry]) -> Scaffold {
    let mut names: Vec<String> = entries
        .iter()
        .filter(|entry| is_passed_through(entry))
        .filter_map(|entry| Some(Name::of(entry)?.dotted()))
        .collect();
    names.sort_unstable();
    names.dedup();
    let text = match names.is_empty() {
        true => TEMPLATE.to_string(),
        false => TEMPLATE.replace(NO_PROVIDERS, &providers(&names)),
    };
    Scaffold {
        text,
        mark: mark("pool-monitor"),
    }
}

/// Whether it has a frame of its own on the way to a session or connection of SQLAlchemy. What is only found in a tuple is
/// left out: the function that gives it does more than hand it out.
fn is_passed_through(entry: &Entry) -> bool {
    let of_library = entry.resource.as_ref().is_some_and(|resource| {
        let libraries = ["sqlalchemy.", "sqlmodel."];
        libraries
            .iter()
            .any(|library| resource.id.starts_with(library))
    });
    let runs = matches!(
        entry.form,
        Some(Form::Function | Form::Method | Form::Property | Form::Class)
    );
    entry.standing == Standing::Owned
        && matches!(entry.known_by, KnownBy::Definition | KnownBy::Declaration)
        && entry.way != Way::InTuple
        && runs
        && of_library
}

/// A list is one that formatters leave as it is: with a comma behind its last item.
fn providers(names: &[String]) -> String {
    let items: String = names
        .iter()
        .map(|name| format!("    \"{name}\",\n"))
        .collect();
    format!("PROVIDERS: Sequence[str] = [\n{items}]\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_has_what_is_looked_for() {
        let scaffold = pool_monitor(&[]);
        assert!(scaffold.began(TEMPLATE));
        assert_eq!(TEMPLATE.matches(NO_PROVIDERS).count(), 1);
        assert_eq!(
            providers(&["a.b".to_string(), "c.d".to_string()]),
            "PROVIDERS: Sequence[str] = [\n    \"a.b\",\n    \"c.d\",\n]\n"
        );
    }
}
