//! The audit for other programs. The names and their order are an interface: see the documentation page on JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::{Audit, Leak, Page, Part, Priority, Progress, Repairs, repair};
use crate::emit::path;

#[derive(Serialize)]
struct Object<'a> {
    files: usize,
    leaking_files: usize,
    leaks: usize,
    repairs: Ways,
    style: usize,
    changed_since: Option<&'a str>,
    progress: Option<Ratchet>,
    areas: Vec<Area<'a>>,
    ranking: Vec<File<'a>>,
    patterns: Vec<Pattern<'a>>,
}

#[derive(Serialize)]
struct Ways {
    safe: usize,
    review: usize,
    by_hand: usize,
}

#[derive(Serialize)]
struct Ratchet {
    known: usize,
    fixed: usize,
    remain: usize,
    files: usize,
    new: usize,
}

#[derive(Serialize)]
struct Area<'a> {
    name: &'a str,
    priority: Option<&'a str>,
    files: usize,
    leaking_files: usize,
    leaks: usize,
    repairs: Ways,
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    area: &'a str,
    priority: &'a str,
    leaks: usize,
    often: usize,
    repairs: Ways,
    findings: Vec<Finding<'a>>,
}

#[derive(Serialize)]
struct Finding<'a> {
    code: &'a str,
    rule: &'a str,
    line: usize,
    column: usize,
    function: Option<&'a str>,
    message: &'a str,
    acquirer: &'a str,
    priority: &'a str,
    runs: Vec<&'a str>,
    repair: &'a str,
    blocked_by: Option<&'a str>,
    new: Option<bool>,
}

#[derive(Serialize)]
struct Pattern<'a> {
    acquirer: &'a str,
    leaks: usize,
    code: &'a str,
}

/// Writes `audit` as one object.
pub fn write(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let has_baseline = audit.progress.is_some();
    let object = Object {
        files: audit.files,
        leaking_files: audit.ranked.len(),
        leaks: audit.leaks.total(),
        repairs: ways(audit.leaks),
        style: audit.style,
        changed_since: audit.changed_since.as_deref(),
        progress: audit.progress.map(ratchet),
        areas: audit.parts.iter().map(area).collect(),
        ranking: audit
            .ranked
            .iter()
            .map(|page| file(page, has_baseline))
            .collect(),
        patterns: audit
            .patterns
            .iter()
            .map(|pattern| Pattern {
                acquirer: &pattern.name,
                leaks: pattern.leaks,
                code: &pattern.code,
            })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &object)?;
    writeln!(out)
}

fn ways(leaks: Repairs) -> Ways {
    Ways {
        safe: leaks.safe,
        review: leaks.review,
        by_hand: leaks.by_hand,
    }
}

fn ratchet(progress: Progress) -> Ratchet {
    Ratchet {
        known: progress.known,
        fixed: progress.fixed(),
        remain: progress.remain,
        files: progress.files,
        new: progress.new,
    }
}

fn area(part: &Part) -> Area<'_> {
    Area {
        name: &part.name,
        priority: part.priority.map(Priority::name),
        files: part.files,
        leaking_files: part.leaking,
        leaks: part.leaks.total(),
        repairs: ways(part.leaks),
    }
}

fn file(page: &Page, has_baseline: bool) -> File<'_> {
    File {
        path: path::slashed(&page.path),
        area: &page.area,
        priority: page.priority.name(),
        leaks: page.leaks.len(),
        often: page.hot(),
        repairs: ways(page.repairs()),
        findings: page
            .leaks
            .iter()
            .map(|leak| finding(leak, has_baseline))
            .collect(),
    }
}

fn finding(leak: &Leak, has_baseline: bool) -> Finding<'_> {
    Finding {
        code: leak.rule.code(),
        rule: leak.rule.name(),
        line: leak.start.line,
        column: leak.start.column,
        function: leak.function.as_deref(),
        message: &leak.message,
        acquirer: &leak.acquirer,
        priority: leak.priority.name(),
        runs: leak.spot.words(),
        repair: repair(leak.repair),
        blocked_by: leak.blocked_by.as_deref(),
        new: has_baseline.then_some(leak.is_new),
    }
}
