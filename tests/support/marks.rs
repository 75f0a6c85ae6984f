//! Comments that say what must be concluded about their line, and the list of what is not concluded yet.
#![allow(dead_code, reason = "no test crate uses all of it")]

use std::path::{Path, PathBuf};

use unleak::emit;
use unleak::pipeline::{self, Options, Report};
use unleak::rules::{Applicability, Finding, Level};
use unleak::source::Source;
use unleak::syntax::{self, Module, Scopes, StmtKind};

/// A line with such a comment.
#[derive(Debug)]
pub struct Mark {
    /// The line, from 1.
    pub line: usize,
    /// What the comment says behind its first word.
    pub says: String,
    /// The qualified name of the innermost function whose definition the line belongs to; empty at the top level.
    pub function: String,
    /// The line without its indentation.
    pub text: String,
}

/// A file with its marks.
#[derive(Debug)]
pub struct Marked {
    /// Where it is, from the folder of the project or scenario.
    pub name: String,
    /// What it says.
    pub source: Source,
    /// In order.
    pub marks: Vec<Mark>,
}

/// What is known to be concluded wrongly: the cause, and the files and functions that wait for it.
pub type NotYet = (&'static str, &'static [(&'static str, &'static str)]);

impl Marked {
    /// Reads the file `root/name`. A mark is a comment at the end of its line that starts with one of `words`.
    pub fn read(root: &Path, name: &str, words: &[&str]) -> Marked {
        let path = root.join(name);
        let bytes = std::fs::read(&path).expect("a fixture");
        let source = Source::decode(&path, bytes).expect("text");
        let module = syntax::parse(&source.text);
        let scopes = Scopes::build(&module);
        let mut marks = Vec::new();
        for comment in &module.comments {
            // It may stand behind a remark to another tool: `# noqa  # verdict: FIX`.
            let mut parts = comment.of(&source.text).split('#').map(str::trim);
            let Some((text, word)) = parts.find_map(|part| {
                let word = words.iter().find(|word| part.starts_with(**word))?;
                Some((part, word))
            }) else {
                continue;
            };
            let line = source.line_of(comment.start);
            marks.push(Mark {
                line,
                says: text[word.len()..].trim().to_owned(),
                function: function_at(&source, &module, &scopes, line),
                text: line_text(&source.text, line).to_owned(),
            });
        }
        Marked {
            name: name.to_owned(),
            source,
            marks,
        }
    }

    /// The findings of this file.
    pub fn check(&self, options: &Options) -> Report {
        pipeline::check(self.source.clone(), options)
    }

    /// The findings and what safe fixes make of the file.
    pub fn fix(&self, options: &Options) -> Report {
        pipeline::fix(self.source.clone(), options)
    }

    /// The function that a line belongs to.
    pub fn function(&self, line: usize) -> String {
        let module = syntax::parse(&self.source.text);
        function_at(&self.source, &module, &Scopes::build(&module), line)
    }
}

fn function_at(source: &Source, module: &Module, scopes: &Scopes, line: usize) -> String {
    let inside = module.stmts.iter().rev().find(|stmt| {
        matches!(stmt.kind, StmtKind::FunctionDef(_))
            && source.line_of(stmt.span.start) <= line
            && line <= source.line_of(stmt.span.end.saturating_sub(1))
    });
    let Some(def) = inside else {
        return String::new();
    };
    let scope = scopes.list.iter().find(|scope| scope.stmt == Some(def.id));
    scope.expect("its scope").name.clone()
}

/// The text of a line without the space around it.
pub fn line_text(text: &str, line: usize) -> &str {
    text.lines().nth(line - 1).unwrap_or_default().trim()
}

/// Whether it reports a leak.
pub fn is_leak(finding: &Finding) -> bool {
    finding.rule.level() == Level::Leak
}

/// Whether it has a safe fix.
pub fn is_safe(finding: &Finding) -> bool {
    let fix = finding.fix.as_ref();
    fix.is_some_and(|fix| fix.applicability == Applicability::Safe)
}

/// The Python files below `root`, as names from there, sorted.
pub fn python_files(root: &Path) -> Vec<String> {
    let mut names: Vec<String> = walkdir::WalkDir::new(root)
        .into_iter()
        .map(|entry| entry.expect("a fixture").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "py"))
        .map(|path| from(root, path))
        .collect();
    names.sort();
    names
}

fn from(root: &Path, path: PathBuf) -> String {
    let name = path.strip_prefix(root).expect("it lies there");
    name.to_string_lossy().replace('\\', "/")
}

/// Whether something in the file is on the list.
pub fn waits(file: &str, not_yet: &[NotYet]) -> bool {
    let mut places = not_yet.iter().flat_map(|(_, places)| *places);
    places.any(|(listed, _)| *listed == file)
}

/// Holds what the safe fixes change in `reports` against the snapshot `name`.
pub fn hold_changes<'r>(folder: &str, name: &str, reports: impl Iterator<Item = &'r Report>) {
    let mut patch = Vec::new();
    for report in reports {
        emit::diff::write(&mut patch, report, false).expect("a diff");
    }
    let patch = String::from_utf8(patch).expect("fixtures are UTF-8");
    let lines: Vec<&str> = patch.lines().map(str::trim_end).collect();
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(Path::new("../../snapshots").join(folder));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, lines.join("\n")));
}

/// Holds complaints, given as file, function and text, against the list of what is not concluded yet. What is on the
/// list and not complained about any more fails as well: the list only ever gets shorter.
pub fn hold(complaints: &[(String, String, String)], not_yet: &[NotYet]) {
    let listed: Vec<(&str, &str)> = not_yet
        .iter()
        .flat_map(|(_, places)| *places)
        .copied()
        .collect();
    let mut wrong: Vec<String> = complaints
        .iter()
        .filter(|(file, function, _)| !listed.contains(&(file, function)))
        .map(|(file, function, text)| format!("{file} in `{function}`: {text}"))
        .collect();
    let stale = listed.iter().filter(|(file, function)| {
        !complaints
            .iter()
            .any(|(one, other, _)| one == file && other == function)
    });
    wrong.extend(stale.map(|(file, function)| {
        format!("{file} in `{function}`: is right now; take it off the list")
    }));
    assert!(
        wrong.is_empty(),
        "{} of them:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
