//! How to ask for a resource and release it, written as code.

use crate::catalog::{Resource, WrapForm};
use crate::project::Way;

/// What has to be known of a provider for that.
#[derive(Clone, Debug)]
pub struct Usage<'u> {
    /// How it is called: `get_db`, `registry.checkout`.
    pub called: &'u str,
    /// Its arguments, with their parentheses; of a property, nothing.
    pub arguments: &'u str,
    /// Whether it is awaited, or entered by `async`.
    pub is_async: bool,
    /// Whether there may be nothing instead of a resource.
    pub may_be_none: bool,
    /// How it hands the resource out.
    pub way: Way,
    /// The `with` that releases it.
    pub wrap: WrapForm,
    /// The method that releases it.
    pub release: &'u str,
    /// Whether that is awaited.
    pub release_async: bool,
    /// Who takes it back, where it is given to the method: `pool` of `pool.putconn(conn)`.
    pub taker: Option<String>,
    /// Whether `async with` takes the call without an `await`.
    pub awaits_itself: bool,
}

/// Code in two parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What has to be imported for it beside the provider.
    pub import: Option<&'static str>,
    /// The rest; it ends with a newline.
    pub body: String,
}

impl Code {
    /// All of it.
    pub fn whole(&self) -> String {
        match self.import {
            Some(import) => format!("{import}\n\n{}", self.body),
            None => self.body.clone(),
        }
    }
}

const CLOSING: &str = "from contextlib import closing";

impl Usage<'_> {
    /// The code that binds the resource to `variable`.
    pub fn code(&self, variable: &str) -> Code {
        let Usage {
            called, arguments, ..
        } = self;
        let call = format!("{called}{arguments}");
        let (wait, with) = match self.is_async {
            true => ("await ", "async with"),
            false => ("", "with"),
        };
        let release = match &self.taker {
            Some(taker) => format!("{taker}.{}({variable})", self.release),
            None => format!("{variable}.{}()", self.release),
        };
        // The place of the resource in a tuple is not known.
        let (before, in_tuple) = match self.way {
            Way::InTuple => ("_, ", true),
            _ => ("", false),
        };
        let acquire = format!("{before}{variable} = {wait}{call}\n");
        let mut import = None;
        let body = match (self.way, self.wrap) {
            (Way::Yielded, _) => {
                let (manager, line) = match self.is_async {
                    true => (
                        "asynccontextmanager",
                        "from contextlib import asynccontextmanager",
                    ),
                    false => ("contextmanager", "from contextlib import contextmanager"),
                };
                import = Some(line);
                format!("{with} {manager}({called}){arguments} as {variable}:\n    ...\n")
            }
            (Way::Entered, _) => format!("{with} {call} as {variable}:\n    ...\n"),
            (_, WrapForm::None) => {
                let wait = if self.release_async { "await " } else { "" };
                format!("{acquire}try:\n    ...\nfinally:\n    {wait}{release}\n")
            }
            (_, wrap) if in_tuple || self.may_be_none || wrap == WrapForm::Behind => {
                let with = match wrap {
                    WrapForm::Closing => {
                        import = Some(CLOSING);
                        format!("with closing({variable}):")
                    }
                    WrapForm::AsyncWith => format!("async with {variable}:"),
                    _ => format!("with {variable}:"),
                };
                match self.may_be_none {
                    true => {
                        format!("{acquire}if {variable} is not None:\n    {with}\n        ...\n")
                    }
                    false => format!("{acquire}{with}\n    ...\n"),
                }
            }
            (_, WrapForm::Closing) => {
                import = Some(CLOSING);
                format!("with closing({wait}{call}) as {variable}:\n    ...\n")
            }
            (_, WrapForm::AsyncWith) if self.awaits_itself => {
                format!("async with {call} as {variable}:\n    ...\n")
            }
            (_, WrapForm::AsyncWith) => {
                format!("async with {wait}{call} as {variable}:\n    ...\n")
            }
            (_, WrapForm::With | WrapForm::Behind) => {
                format!("with {wait}{call} as {variable}:\n    ...\n")
            }
        };
        Code { import, body }
    }
}

/// What takes a resource back that is given to the releasing method: `pool` of `pool.putconn`, `os` of `os.close`.
pub fn taker(resource: &Resource) -> String {
    let acquirer = resource.acquirers.first().map_or("", String::as_str);
    let parent = acquirer.rsplit_once('.').map_or("", |(parent, _)| parent);
    let holder = parent.rsplit('.').next().unwrap_or(parent);
    match is_class(holder) {
        true => object(holder),
        false => holder.to_string(),
    }
}

/// Whether a name is one of a class.
pub fn is_class(name: &str) -> bool {
    name.trim_start_matches('_').starts_with(char::is_uppercase)
}

/// A name for an object of a class: `ssl_context` for `SSLContext`.
pub fn object(class: &str) -> String {
    let chars: Vec<char> = class.trim_start_matches('_').chars().collect();
    let mut name = String::new();
    for (index, char) in chars.iter().enumerate() {
        let follows = chars.get(index + 1).is_some_and(|next| next.is_lowercase());
        let begins = |before: &char| *before != '_' && (!before.is_uppercase() || follows);
        if char.is_uppercase() && index > 0 && begins(&chars[index - 1]) {
            name.push('_');
        }
        name.extend(char.to_lowercase());
    }
    // Of Python's keywords, those that may be names of classes in lower case.
    const KEYWORDS: [&str; 35] = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
        "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with",
        "yield", "none", "true", "false",
    ];
    if KEYWORDS.contains(&name.as_str()) {
        name.push('_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_called_after_their_class() {
        for (class, name) in [
            ("Pool", "pool"),
            ("SSLContext", "ssl_context"),
            ("PooledDB", "pooled_db"),
            ("_ThreadedConnectionPool", "threaded_connection_pool"),
            ("Http2Session", "http2_session"),
            ("Http_Session", "http_session"),
            ("Lambda", "lambda_"),
        ] {
            assert_eq!(object(class), name);
        }
    }
}
