//! How to ask for a resource and release it, written as code.

use crate::catalog::WrapForm;
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
        let finally = |acquire: &str| {
            let wait = if self.release_async { "await " } else { "" };
            let release = self.release;
            format!("{acquire}try:\n    ...\nfinally:\n    {wait}{variable}.{release}()\n")
        };
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
            (Way::InTuple, _) => finally(&format!("..., {variable} = {wait}{call}\n")),
            (_, WrapForm::None) => finally(&format!("{variable} = {wait}{call}\n")),
            (_, wrap) if self.may_be_none || wrap == WrapForm::Behind => {
                let with = match wrap {
                    WrapForm::Closing => {
                        import = Some(CLOSING);
                        format!("with closing({variable}):")
                    }
                    WrapForm::AsyncWith => format!("async with {variable}:"),
                    _ => format!("with {variable}:"),
                };
                let acquire = format!("{variable} = {wait}{call}\n");
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
