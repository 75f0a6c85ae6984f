//! What a call gives, before it has a name, and how that is known.

use std::path::PathBuf;
use std::sync::Arc;

use super::acquirer::{Acquirer, Trust};
use super::declaration::Declaration;
use super::names::Names;
use crate::catalog::{Acquire, Catalog, Resource, WrapForm};
use crate::syntax::{Arg, ExprKind, StmtId, StmtKind};

/// One line of the project on which a conclusion rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
}

/// What a call gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Provided {
    pub name: String,
    pub resource: Arc<Resource>,
    pub trust: Trust,
    pub acquire: Acquire,
    pub wrap: WrapForm,
    pub may_be_none: bool,
    /// From the definition on down to what the catalog knows.
    pub chain: Vec<Link>,
    /// Whether the user declared what is called.
    pub declared: bool,
    /// The parameter that, where it is given, is handed back instead.
    pub unless: Option<Unless>,
}

/// A parameter for something of the caller's own: `def get_db(session=None): return session or Session()`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unless {
    /// Its name.
    pub param: String,
    /// So many arguments by place stand before it.
    pub before: usize,
}

impl Provided {
    pub fn new(name: &str, resource: &Arc<Resource>) -> Provided {
        Provided {
            name: name.strip_prefix("builtins.").unwrap_or(name).to_string(),
            resource: resource.clone(),
            trust: Trust::Known,
            acquire: resource.acquire,
            wrap: resource.wrap,
            may_be_none: false,
            chain: Vec::new(),
            declared: false,
            unless: None,
        }
    }

    /// Whether a call with these arguments only lends the resource.
    pub fn is_lent(&self, args: &[Arg]) -> bool {
        args.iter().any(|arg| {
            matches!(arg.value.kind, ExprKind::False)
                && arg
                    .keyword
                    .as_ref()
                    .is_some_and(|keyword| self.resource.lent_if_false.contains(keyword))
        }) || self
            .unless
            .as_ref()
            .is_some_and(|unless| unless.may_be_given(args))
    }

    /// The same, handed on under another name, as `link` says.
    pub fn through(mut self, name: &str, link: Option<Link>) -> Provided {
        self.name = name.to_string();
        self.chain.splice(0..0, link);
        self.declared = false;
        self
    }

    /// The same, as `link` says too.
    pub fn linked(mut self, link: Link) -> Provided {
        self.chain.insert(0, link);
        self
    }

    /// The same, with what the user says of it.
    pub fn declared(mut self, declaration: &Declaration) -> Provided {
        let resource = declaration.resource(&self.name, &self.resource);
        if resource.id != self.resource.id {
            self.wrap = resource.wrap;
        }
        self.resource = resource;
        self.trust = Trust::Known;
        self.may_be_none = declaration.may_be_none.unwrap_or(self.may_be_none);
        self.declared = true;
        self
    }

    pub fn known(self, trust: Trust) -> Acquirer {
        let Provided {
            name,
            resource,
            acquire,
            wrap,
            may_be_none,
            chain,
            declared,
            ..
        } = self;
        Acquirer {
            name,
            resource,
            trust,
            may_be_none,
            awaited: acquire != Acquire::Call,
            acquire,
            wrap,
            from_generator: false,
            chain,
            declared,
        }
    }
}

impl Unless {
    /// Whether a call with these arguments may give the parameter.
    fn may_be_given(&self, args: &[Arg]) -> bool {
        let by_place = args.iter().filter(|arg| arg.keyword.is_none()).count();
        by_place > self.before
            || args
                .iter()
                .any(|arg| arg.stars > 0 || arg.keyword.as_ref() == Some(&self.param))
    }
}

/// What is found out about a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Verdict {
    /// It acquires.
    Acquires(Provided),
    /// It gives a generator that yields a fresh resource and releases it, or should, when it goes on.
    Generates(Provided),
    /// It gives a context manager around a fresh resource.
    Manages(Provided),
    /// It gives a tuple with fresh resources at some places.
    Bundles(Vec<Option<Provided>>),
    /// It was looked at, and does none of these.
    #[default]
    Not,
    /// The question came from there: it gives what its other ways out give.
    Pending,
    /// There is nothing to look at but this dotted name.
    Unknown(String),
}

impl Verdict {
    /// What calling something outside the project gives.
    pub fn of_outside(name: &str) -> Verdict {
        let catalog = Catalog::get();
        match catalog.resource(name) {
            Some(resource) if resource.default => {
                Verdict::Acquires(Provided::new(&catalog.canonical(name), resource))
            }
            Some(_) => Verdict::Not,
            None if is_pythons(name) => Verdict::Not,
            None => Verdict::Unknown(name.to_string()),
        }
    }

    /// What calling an object of the class `name` gives.
    pub fn of_factory(name: &str) -> Verdict {
        let catalog = Catalog::get();
        let dotted = format!("{name}.__call__");
        match catalog.resource(&dotted).filter(|found| found.default) {
            Some(found) => Verdict::Acquires(Provided::new(&catalog.canonical(&dotted), found)),
            None => Verdict::Not,
        }
    }

    /// The name of what hands the resource out.
    pub fn name(&self) -> Option<&str> {
        match self {
            Verdict::Acquires(provided)
            | Verdict::Generates(provided)
            | Verdict::Manages(provided) => Some(&provided.name),
            Verdict::Bundles(_) | Verdict::Not | Verdict::Pending | Verdict::Unknown(_) => None,
        }
    }

    /// The same with another description of what is given.
    pub fn map(self, change: impl FnOnce(Provided) -> Provided) -> Verdict {
        match self {
            Verdict::Acquires(provided) => Verdict::Acquires(change(provided)),
            Verdict::Generates(provided) => Verdict::Generates(change(provided)),
            Verdict::Manages(provided) => Verdict::Manages(change(provided)),
            other => other,
        }
    }
}

/// Whether a dotted name leads into Python's own library.
fn is_pythons(dotted: &str) -> bool {
    Catalog::get().is_stdlib(dotted.split('.').next().unwrap_or(dotted))
}

impl Names<'_> {
    /// The first line of a statement, as a link of a chain; of a definition the one behind its decorators.
    pub(super) fn link(&self, stmt: StmtId) -> Link {
        let start = match &self.module.stmt(stmt).kind {
            StmtKind::FunctionDef(def) => self.module.block(def.body).header.start,
            StmtKind::ClassDef(def) => self.module.block(def.body).header.start,
            _ => self.module.stmt(stmt).span.start,
        };
        let line_end = self.text[start..]
            .find(['\n', '\r'])
            .map_or(self.text.len(), |end| start + end);
        Link {
            path: self.path.to_path_buf(),
            line: 1 + memchr::memchr_iter(b'\n', &self.text.as_bytes()[..start]).count(),
            text: self.text[start..line_end].trim_end().to_string(),
        }
    }
}
