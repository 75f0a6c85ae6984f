//! The audit as an issue: tables, and the remaining work as a checklist.

use std::io::{self, Write};

use super::{Audit, Leak, Page, Part, Priority, headline, reason, said, shown, style, ways};
use crate::emit::{count, path};

/// What fits into an issue of GitHub, with something left for who pastes it.
const LIMIT: usize = 60_000;

/// How much of the work is written down.
#[derive(Clone, Copy)]
enum Detail {
    /// Each leak.
    Leaks,
    /// Each file.
    Files,
    /// That many files.
    Some(usize),
}

/// Writes `audit` for an issue.
pub fn write(out: &mut dyn Write, audit: &Audit) -> io::Result<()> {
    let mut text = rendered(audit, Detail::Leaks)?;
    if text.len() > LIMIT {
        text = rendered(audit, Detail::Files)?;
    }
    let mut files = audit.ranked.len();
    while text.len() > LIMIT && files > 1 {
        files /= 2;
        text = rendered(audit, Detail::Some(files))?;
    }
    out.write_all(&text)
}

fn rendered(audit: &Audit, detail: Detail) -> io::Result<Vec<u8>> {
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
    areas(&mut out, &audit.parts)?;
    for priority in [Priority::High, Priority::Medium, Priority::Low] {
        checklist(&mut out, audit, priority, detail)?;
    }
    if !audit.patterns.is_empty() {
        writeln!(out, "\n### How to write it here")?;
    }
    for pattern in &audit.patterns {
        writeln!(
            out,
            "\n`{}`\n\n```python\n{}```",
            pattern.name, pattern.code
        )?;
    }
    Ok(out)
}

fn areas(out: &mut Vec<u8>, parts: &[Part]) -> io::Result<()> {
    writeln!(
        out,
        "\n| Area | Priority | Leaks | Safe | Review | By hand | Leaking files |"
    )?;
    writeln!(out, "| --- | --- | ---: | ---: | ---: | ---: | ---: |")?;
    let (parts, others) = shown(parts);
    for part in parts {
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
    detail: Detail,
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
        if matches!(detail, Detail::Some(files) if index >= files) {
            left_out += 1;
            continue;
        }
        let leaks = count(page.leaks.len(), "leak");
        writeln!(out, "- [ ] {}: {leaks}", code(&path::slashed(&page.path)))?;
        if !matches!(detail, Detail::Leaks) {
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

fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}
