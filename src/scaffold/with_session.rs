//! `with_session.py`, for one provider of the project.

use std::path::{Path, PathBuf};

use super::{Name, Scaffold, mark};
use crate::catalog::WrapForm;
use crate::project::{Form, Link, Way};
use crate::source::Source;
use crate::survey::{Entry, Standing};
use crate::syntax::{self, Module, StmtKind};

const SYNC: &str = include_str!("with_session.py");
const ASYNC: &str = include_str!("with_async_session.py");

// What stands in the templates for what fits the provider.
const IMPORT: &str = "from provider_module import open_session\n";
const FULL_NAME: &str = "provider_module.open_session";
const OPENED: &str = "with closing(open_session()) as session:\n";
const IMPORT_OF_CLOSING: &str = "from contextlib import closing\n";
const NAME: &str = "open_session";

/// Names that mean something else in the templates.
const TAKEN: [&str; 18] = [
    "Any",
    "Callable",
    "Coroutine",
    "Function",
    "INJECTED",
    "TypeVar",
    "args",
    "cast",
    "closing",
    "coroutine",
    "function",
    "functools",
    "inspect",
    "kwargs",
    "parameter",
    "session",
    "with_session",
    "wrapper",
];

/// Formatters break longer lines.
const WIDTH: usize = 88;

/// The module for the provider `entry`, and the directory in which its definition lies. `read` gives that file. The error
/// says why there is none; a clause.
pub fn with_session(
    entry: &Entry,
    read: impl FnOnce(&Path) -> Option<Source>,
) -> Result<(Scaffold, PathBuf), String> {
    let definition = handed_out(entry)?;
    let name = importable(entry)?;
    if let Some(source) = read(&definition.path)
        && let Some(parameter) = required(&syntax::parse(&source.text), &name.name)
    {
        return Err(format!("it cannot be called without `{parameter}`"));
    }
    let (template, opened) = opened(entry)?;
    let called = match TAKEN.contains(&name.name.as_str()) {
        true => NAME,
        false => &name.name,
    };
    let dotted = name.dotted();
    let mut text = template
        .replace("PROVIDER", &dotted)
        .replace(FULL_NAME, &dotted)
        .replace(IMPORT, &import(&name, called))
        .replace(OPENED, &opened)
        .replace(&format!("{NAME}("), &format!("{called}("));
    if entry.wrap != WrapForm::Closing {
        text = text.replace(IMPORT_OF_CLOSING, "");
    }
    let scaffold = Scaffold {
        text,
        mark: mark(&format!("with-session {dotted}")),
    };
    let directory = definition.path.parent().unwrap_or(Path::new(""));
    Ok((scaffold, directory.to_path_buf()))
}

/// Where it is defined, if it hands out one session of the caller's own at each call.
fn handed_out(entry: &Entry) -> Result<&Link, String> {
    let why = entry.why.as_deref().unwrap_or("nothing says more");
    match entry.standing {
        Standing::Owned => {}
        Standing::Borrowed => return Err(format!("what it hands out is shared: {why}")),
        Standing::Unclear => return Err(format!("whose its sessions are is unclear: {why}")),
    }
    match entry.way {
        Way::Returned | Way::Entered => {}
        Way::InTuple => return Err("it hands its session out in a tuple".to_string()),
        Way::Yielded => {
            return Err(
                "it yields its session; with `@contextmanager` above it, it can be entered"
                    .to_string(),
            );
        }
    }
    if entry.may_be_none {
        return Err("it may hand out None".to_string());
    }
    let definition = entry.definition.as_ref();
    definition.ok_or_else(|| "it is not defined in this project".to_string())
}

/// What it is called in its module, if an import can take it from there.
fn importable(entry: &Entry) -> Result<Name, String> {
    let by_itself = matches!(
        entry.form,
        Some(Form::Function | Form::Class | Form::Factory | Form::Lambda | Form::Partial)
    );
    // What stands in a class or function has a name with a dot.
    let at_the_top = |name: &Name| !name.name.contains('.');
    Name::of(entry)
        .filter(|name| by_itself && at_the_top(name))
        .ok_or_else(|| format!("no module can import that {}", entry.kind))
}

/// The first parameter of the function `name` that has no default.
fn required(module: &Module, name: &str) -> Option<String> {
    let top = &module.block(module.body).stmts;
    let defs = top.iter().filter_map(|id| match &module.stmt(*id).kind {
        StmtKind::FunctionDef(def) if def.name == name => Some(def),
        _ => None,
    });
    let mut params = defs.flat_map(|def| &def.params);
    let first = params.find(|param| param.stars == 0 && param.default.is_none());
    first.map(|param| param.name.clone())
}

/// The template, and the `with` for it.
fn opened(entry: &Entry) -> Result<(&'static str, String), String> {
    let keyword = match entry.wrap {
        WrapForm::With | WrapForm::Closing => "with",
        WrapForm::AsyncWith => "async with",
        WrapForm::Behind | WrapForm::None => {
            return Err("no `with` releases what it hands out".to_string());
        }
    };
    let awaited = entry.is_async && entry.way == Way::Returned;
    let call = match awaited {
        true => format!("await {NAME}()"),
        false => format!("{NAME}()"),
    };
    let context = match entry.wrap {
        WrapForm::Closing => format!("closing({call})"),
        _ => call,
    };
    let is_sync = !awaited && entry.wrap != WrapForm::AsyncWith;
    let template = if is_sync { SYNC } else { ASYNC };
    Ok((template, format!("{keyword} {context} as session:\n")))
}

fn import(name: &Name, called: &str) -> String {
    let Name { module, name } = name;
    let imported = match name == called {
        true => name.clone(),
        false => format!("{name} as {called}"),
    };
    let line = format!("from {module} import {imported}\n");
    match line.trim_end().chars().count() > WIDTH {
        true => format!("from {module} import (\n    {imported},\n)\n"),
        false => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_have_what_is_replaced() {
        for (template, opened) in [(SYNC, 2), (ASYNC, 1)] {
            assert_eq!(template.matches(OPENED).count(), opened);
            assert_eq!(template.matches(&format!("{NAME}()")).count(), opened);
            for once in [
                IMPORT,
                FULL_NAME,
                IMPORT_OF_CLOSING,
                "with-session PROVIDER",
            ] {
                assert_eq!(template.matches(once).count(), 1, "{once}");
            }
            assert_eq!(template.matches("PROVIDER").count(), 1);
        }
    }

    #[test]
    fn a_long_import_is_broken_as_formatters_do() {
        let module = "a".repeat(WIDTH);
        let name = Name {
            module: module.clone(),
            name: "get_db".to_string(),
        };
        assert_eq!(
            import(&name, NAME),
            format!("from {module} import (\n    get_db as open_session,\n)\n")
        );
    }
}
