//! The audit as an issue: tables, and the remaining work as a checklist.

use std::io::{self, Write};

use super::{Audit, Leak, Page, Part, Priority, headline, reason, said, shown, style, ways};
use crate::emit::{count, path};

/// What fits into an issue of GitHub, with something left for who pastes it.
const LIMIT: usize = 60_000;

/// How much of the audit is written down.
#[derive(Clone, Copy)]
struct Extent {
    /// Files whose leaks are named.
    detailed: usize,
    /// Files that are named.
    files: usize,
    areas: usize,
    patterns: usize,
}

/// Writes `audit` for an issue: all of it, or as much as fits into one.
pub fn write(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let files = audit.ranked.len();
    let whole = Extent {
        detailed: files,
        files,
        areas: usize::MAX,
        patterns: usize::MAX,
    };
    let mut text = rendered(audit, whole)?;
    if text.len() > LIMIT {
        let short = Extent {
            detailed: 0,
            areas: 40,
            patterns: 12,
            ..whole
        };
        text = match rendered(audit, short)?.len() <= LIMIT {
            true => longest(audit, |detailed| Extent { detailed, ..short })?,
            false => longest(audit, |files| Extent { files, ..short })?,
        };
    }
    out.write_all(&text)
}

/// The longest that fits, with a number of files.
fn longest(audit: &Audit, extent: impl Fn(usize) -> Extent) -> io::Result<Vec<u8>> {
    let (mut fits, mut too_many) = (0, audit.ranked.len() + 1);
    let mut text = rendered(audit, extent(0))?;
    while too_many - fits > 1 {
        let middle = fits.midpoint(too_many);
        let more = rendered(audit, extent(middle))?;
        if more.len() > LIMIT {
            too_many = middle;
        } else {
            (fits, text) = (middle, more);
        }
    }
    Ok(text)
}

fn rendered(audit: &Audit, extent: Extent) -> io::Result<Vec<u8>> {
    let mut out = Vec::new();
    writeln!(out, "## {}\n", headline(audit))?;
    for (number, what) in ways(audit.leaks) {
        writeln!(out, "- {number} {what}")?;
    }
    for line in [
        (audit.style > 0).then(|| style(audit.style)),
        audit
            .progress
            .map(|progress| format!("**{}**", said(progress))),
    ]
    .into_iter()
    .flatten()
    {
        writeln!(out, "\n{line}")?;
    }
    if audit.leaks.total() == 0 {
        return Ok(out);
    }
    areas(&mut out, &audit.parts, extent.areas)?;
    for priority in [Priority::High, Priority::Medium, Priority::Low] {
        checklist(&mut out, audit, priority, extent)?;
    }
    if extent.detailed < audit.ranked.len() {
        writeln!(
            out,
            "\nThis is cut to what fits into an issue; `unleak check` names all leaks."
        )?;
    }
    if !audit.patterns.is_empty() {
        writeln!(out, "\n### How to write it here")?;
    }
    for pattern in audit.patterns.iter().take(extent.patterns) {
        writeln!(
            out,
            "\n`{}`\n\n```python\n{}```",
            pattern.name, pattern.code
        )?;
    }
    Ok(out)
}

fn areas(out: &mut Vec<u8>, parts: &[Part], most: usize) -> io::Result<()> {
    writeln!(
        out,
        "\n| Area | Priority | Leaks | Safe | Review | By hand | Leaking files |"
    )?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
    let (parts, others) = shown(parts);
    for part in parts.iter().take(most) {
        writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} of {} |",
            code(&part.name).replace('|', "\\|"),
            part.priority.map_or("", Priority::name),
            part.leaks.total(),
            part.leaks.safe,
            part.leaks.review,
            part.leaks.by_hand,
            part.leaking,
            part.files
        )?;
    }
    if parts.len() > most {
        let cut = &parts[most..];
        let leaks = cut.iter().map(|part| part.leaks.total()).sum();
        let areas = count(cut.len(), "more area");
        writeln!(out, "\nand {areas} with {}", count(leaks, "leak"))?;
    }
    if let Some(others) = others {
        writeln!(out, "\n{others}")?;
    }
    Ok(())
}

/// What is to be done in files of that priority.
fn checklist(
    out: &mut Vec<u8>,
    audit: &Audit,
    priority: Priority,
    extent: Extent,
) -> io::Result<()> {
    let is_in = |(_, page): &(usize, &Page)| page.priority == priority;
    let mut pages = audit.ranked.iter().enumerate().filter(is_in).peekable();
    if pages.peek().is_none() {
        return Ok(());
    }
    let name = priority.name();
    writeln!(out, "\n### Priority: {name}\n")?;
    let mut left_out = 0;
    for (index, page) in pages {
        if index >= extent.files {
            left_out += 1;
            continue;
        }
        let leaks = count(page.leaks.len(), "leak");
        writeln!(out, "- [ ] {}: {leaks}", code(&path::slashed(&page.path)))?;
        if index >= extent.detailed {
            continue;
        }
        for leak in &page.leaks {
            writeln!(out, "  - [ ] {}", item(leak, audit.progress.is_some()))?;
        }
    }
    if left_out > 0 {
        writeln!(out, "- [ ] and {}", count(left_out, "more file"))?;
    }
    Ok(())
}

fn item(leak: &Leak, has_baseline: bool) -> String {
    let function = match &leak.function {
        Some(function) => format!(", {}", code(function)),
        None => String::new(),
    };
    let mut notes: Vec<String> = leak.spot.words().into_iter().map(str::to_string).collect();
    if has_baseline && leak.is_new {
        notes.push("new".to_string());
    }
    notes.push(reason(leak));
    format!(
        "line {}{function}: {} ({})",
        leak.start.line,
        leak.message,
        notes.join(", ")
    )
}

/// As code, on one line.
pub(super) fn code(text: &str) -> String {
    let is_odd = |char: char| char == '`' || char.is_control();
    format!("`{}`", text.replace(is_odd, "'"))
}
