//! Who hands out resources in the files of a run, how often they are asked, and how often that leaks.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analysis;
use crate::catalog::{Acquire, Resource, WrapForm};
use crate::options::Options;
use crate::project::{Asked, Form, Link, Memo, Names, Ownership, Provider, Unclear, Use, Way};
use crate::rules::{Finding, Level};
use crate::source::Source;
use crate::syntax::{self, Scopes};

/// Whose a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The caller's.
    Owned,
    /// Shared.
    Borrowed,
    /// That cannot be told.
    Unclear,
}

/// Where the knowledge comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KnownBy {
    /// A definition in the project.
    Definition,
    /// The user.
    Declaration,
    /// The catalog.
    Catalog,
    /// The name is all there is.
    Name,
}

/// One provider, or something that looks like one.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its dotted name.
    pub name: String,
    /// Whose the resource is.
    pub standing: Standing,
    /// How that is known.
    pub known_by: KnownBy,
    /// What it is: `function`, `async generator method` ...
    pub kind: String,
    /// What sort of definition that is, if there is one.
    pub form: Option<Form>,
    /// Whether it is awaited, or iterated or entered by `async`.
    pub is_async: bool,
    /// Whether there may be nothing instead of a resource.
    pub may_be_none: bool,
    /// How it hands the resource out.
    pub way: Way,
    /// What it hands out, if that can be told.
    pub resource: Option<Arc<Resource>>,
    /// The `with` that releases it.
    pub wrap: WrapForm,
    /// Why it is borrowed, or unclear, or not followed.
    pub why: Option<String>,
    /// Its definition.
    pub definition: Option<Link>,
    /// The lines behind that which say what it hands out.
    pub chain: Vec<Link>,
    /// Where the user declared it.
    pub declared: Option<Link>,
    /// The name under which it can be declared, if there is a reason to.
    pub declare: Option<String>,
    /// How often it is asked.
    pub acquired: usize,
    /// How often it is handed to something that may call it.
    pub passed: usize,
    /// How often what it gave is not released on every path.
    pub leaks: usize,
    /// Where it is asked.
    pub places: Vec<(PathBuf, usize)>,
}

type Key = (PathBuf, usize, String);

/// The entries of all files so far.
#[derive(Debug, Default)]
pub struct Survey {
    entries: BTreeMap<Key, Entry>,
}

impl Survey {
    /// Looks at one file.
    pub fn of(source: &Source, options: &Options) -> Survey {
        let mut survey = Survey::default();
        if !options.prefilter.may_contain(source.text.as_bytes()) {
            return survey;
        }
        let findings = analysis::unsuppressed(source, options).findings;
        let module = syntax::parse(&source.text);
        let scopes = Scopes::build(&module);
        let memo = Memo::default();
        let names = Names::new(
            &source.path,
            &source.text,
            &module,
            &scopes,
            &options.project,
            &memo,
        );
        for provider in names.providers() {
            survey.entry(of_provider(&provider));
        }
        for asked in names.uses() {
            survey.count(source, &findings, &asked);
        }
        survey
    }

    /// Takes in what was found in another file.
    pub fn add(&mut self, other: Survey) {
        for (key, entry) in other.entries {
            match self.entries.get_mut(&key) {
                None => {
                    self.entries.insert(key, entry);
                }
                Some(known) => {
                    known.acquired += entry.acquired;
                    known.passed += entry.passed;
                    known.leaks += entry.leaks;
                    known.places.extend(entry.places);
                }
            }
        }
    }

    /// All entries: by standing, those that leak and those that are asked most first.
    pub fn into_entries(self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        for entry in &mut entries {
            entry.places.sort();
        }
        entries.sort_by(|one, other| {
            let order = |entry: &Entry| {
                (
                    entry.standing,
                    entry.known_by == KnownBy::Catalog,
                    std::cmp::Reverse((entry.leaks, entry.acquired, entry.passed)),
                )
            };
            order(one)
                .cmp(&order(other))
                .then_with(|| one.name.cmp(&other.name))
        });
        entries
    }

    fn entry(&mut self, entry: Entry) -> &mut Entry {
        let key = match &entry.definition {
            Some(link) => (absolute(&link.path), link.line, entry.name.clone()),
            None => (PathBuf::new(), 0, entry.name.clone()),
        };
        self.entries.entry(key).or_insert(entry)
    }

    fn count(&mut self, source: &Source, findings: &[Finding], asked: &Use) {
        let entry = self.entry(match &asked.of {
            Asked::Provider(provider) => of_provider(provider),
            Asked::Known(acquirer, declared) => Entry {
                resource: Some(acquirer.resource.clone()),
                wrap: acquirer.wrap,
                may_be_none: acquirer.may_be_none,
                kind: kind(acquirer.acquire != Acquire::Call, "callable"),
                chain: acquirer.chain.clone(),
                declared: declared.clone(),
                known_by: match declared {
                    Some(_) => KnownBy::Declaration,
                    None => KnownBy::Catalog,
                },
                ..unknown(&acquirer.name, Standing::Owned)
            },
            Asked::Unclear(unclear) => of_unclear(unclear),
        });
        if asked.passed {
            entry.passed += 1;
            return;
        }
        entry.acquired += 1;
        let line = source.position(asked.span.start).line;
        entry.places.push((source.path.clone(), line));
        let name = entry.name.clone();
        let is_its = |finding: &&Finding| {
            // `next(get_db())` is one acquisition, of `get_db`.
            let around = finding.span.contains(asked.span) && finding.resource.acquirer == name;
            finding.rule.level() == Level::Leak && (finding.span == asked.span || around)
        };
        entry.leaks += usize::from(findings.iter().any(|finding| is_its(&finding)));
    }
}

fn unknown(name: &str, standing: Standing) -> Entry {
    Entry {
        name: name.to_string(),
        standing,
        known_by: KnownBy::Name,
        kind: "name".to_string(),
        form: None,
        is_async: false,
        may_be_none: false,
        way: Way::Returned,
        resource: None,
        wrap: WrapForm::None,
        why: None,
        definition: None,
        chain: Vec::new(),
        declared: None,
        declare: None,
        acquired: 0,
        passed: 0,
        leaks: 0,
        places: Vec::new(),
    }
}

fn of_unclear(unclear: &Unclear) -> Entry {
    Entry {
        why: Some(unclear.why.clone()),
        declare: Some(unclear.declare.clone()),
        ..unknown(&unclear.name, Standing::Unclear)
    }
}

fn of_provider(provider: &Provider) -> Entry {
    let (standing, why) = match &provider.ownership {
        Ownership::Owned(why) => (Standing::Owned, why.clone()),
        Ownership::Borrowed(why) => (Standing::Borrowed, Some(why.clone())),
        Ownership::Unclear(why) => (Standing::Unclear, Some(why.clone())),
    };
    Entry {
        known_by: match provider.declared {
            Some(_) => KnownBy::Declaration,
            None => KnownBy::Definition,
        },
        kind: kind(provider.is_async, &form(provider)),
        form: Some(provider.form),
        is_async: provider.is_async,
        may_be_none: provider.may_be_none,
        resource: provider.resource.clone(),
        way: provider.way,
        wrap: match (provider.way, provider.is_async) {
            (Way::Entered, true) => WrapForm::AsyncWith,
            (Way::Entered, false) => WrapForm::With,
            (Way::Yielded, _) => WrapForm::None,
            _ => provider.wrap,
        },
        why,
        definition: Some(provider.place.clone()),
        chain: provider.chain.clone(),
        declared: provider.declared.clone(),
        declare: (standing == Standing::Unclear).then(|| provider.name.clone()),
        ..unknown(&provider.name, standing)
    }
}

fn kind(is_async: bool, form: &str) -> String {
    match is_async {
        true => format!("async {form}"),
        false => form.to_string(),
    }
}

fn form(provider: &Provider) -> String {
    let form = match provider.form {
        Form::Function => "function",
        Form::Method => "method",
        Form::Property => "property",
        Form::Class => "class",
        Form::Factory => "factory",
        Form::Lambda => "lambda",
        Form::Partial => "partial",
        Form::Attribute => "attribute",
    };
    match provider.way {
        Way::Returned | Way::InTuple => form.to_string(),
        Way::Yielded => format!("generator {form}"),
        Way::Entered => format!("context manager {form}"),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
