//! The audit of a project, for people.

pub mod json;
pub mod markdown;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{count, path};
use crate::areas::Priority;
use crate::audit::{Audit, Leak, Page, Part, Progress, Repair, Repairs};

const HEAD: Style = AnsiColor::Cyan.on_default().bold();
const HIGH: Style = AnsiColor::Red.on_default().bold();
const MEDIUM: Style = AnsiColor::Yellow.on_default();
const LOW: Style = Style::new().dimmed();

/// How an audit is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Format {
    /// Tables, for people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// For an issue: tables, and what is to be done as a checklist.
    Markdown,
}

/// Writes `audit` as tables.
pub fn write(out: &mut dyn Write, audit: &Audit, color: bool) -> io::Result<()> {
    let painted = |style: Style, text: &str| match color {
        true => format!("{style}{text}{style:#}"),
        false => text.to_string(),
    };
    writeln!(out, "{}", painted(HEAD, &headline(audit)))?;
    for (number, what) in ways(audit.leaks) {
        writeln!(out, "  {number:>4} {what}")?;
    }
    if audit.style > 0 {
        writeln!(out, "{}", style(audit.style))?;
    }
    if let Some(progress) = audit.progress {
        writeln!(out, "{}", said(progress))?;
    }
    if audit.leaks.total() == 0 {
        return Ok(());
    }
    let priority = |priority: Priority| {
        let style = match priority {
            Priority::High => HIGH,
            Priority::Medium => MEDIUM,
            Priority::Low => LOW,
        };
        painted(style, &format!("{:<8}", priority.name()))
    };
    writeln!(out, "\n{}\n", painted(HEAD, "Areas"))?;
    writeln!(
        out,
        "  Priority  Leaks   Safe Review By hand   Leaking files  Area"
    )?;
    let (parts, others) = shown(&audit.parts);
    for part in parts {
        let shown = part
            .priority
            .map_or_else(|| format!("{:<8}", "-"), priority);
        let numbers = numbers(part.leaks);
        let files = format!("{} of {}", part.leaking, part.files);
        writeln!(out, "  {shown}  {numbers}   {files:>13}  {}", part.name)?;
    }
    if let Some(others) = others {
        writeln!(out, "  {others}")?;
    }
    writeln!(
        out,
        "\n{}\n",
        painted(
            HEAD,
            "Files: first those with leaks that run often (loops, request handlers, callbacks); tests and scripts last"
        )
    )?;
    writeln!(out, "  Priority  Leaks   Safe Review By hand   Often  File")?;
    for page in &audit.ranked {
        writeln!(
            out,
            "  {}  {}   {:>5}  {}",
            priority(page.priority),
            numbers(page.repairs()),
            page.hot(),
            path::slashed(&page.path)
        )?;
    }
    let manual = |leak: &&Leak| leak.repair != Repair::Safe;
    if audit.leaks.review + audit.leaks.by_hand > 0 {
        writeln!(out, "\n{}\n", painted(HEAD, "What needs a person"))?;
        for page in &audit.ranked {
            for leak in page.leaks.iter().filter(manual) {
                let place = format!("{}:{}", path::slashed(&page.path), leak.start.line);
                writeln!(out, "  {place}: {}", leak.message)?;
                writeln!(out, "      {}", reason(leak))?;
            }
        }
    }
    if !audit.patterns.is_empty() {
        writeln!(out, "\n{}", painted(HEAD, "How to write it here"))?;
    }
    for pattern in &audit.patterns {
        writeln!(
            out,
            "\n  {}  ({})",
            pattern.name,
            count(pattern.leaks, "leak")
        )?;
        for line in pattern.code.lines() {
            let indent = if line.is_empty() { "" } else { "      " };
            writeln!(out, "{indent}{line}")?;
        }
    }
    Ok(())
}

/// "48 leaks in 10 of 25 files"
fn headline(audit: &Audit) -> String {
    match audit.leaks.total() {
        0 => format!("No leaks in {}", count(audit.files, "file")),
        leaks => format!(
            "{} in {} of {}",
            count(leaks, "leak"),
            audit.ranked.len(),
            count(audit.files, "file")
        ),
    }
}

/// How many can be mended in which way.
fn ways(leaks: Repairs) -> Vec<(usize, &'static str)> {
    let ways = [
        (leaks.safe, "can be fixed safely, by `unleak fix`"),
        (
            leaks.review,
            "can be fixed for review, by `unleak fix --unsafe-fixes`",
        ),
        (leaks.by_hand, "can be fixed only by hand"),
    ];
    ways.into_iter().filter(|(number, _)| *number > 0).collect()
}

fn style(findings: usize) -> String {
    let what = count(findings, "style finding");
    format!("{what} besides: released on every path, where `with` would be shorter")
}

/// The areas to show, and how many others there are in which nothing leaks, with how many files.
fn shown(parts: &[Part]) -> (Vec<&Part>, Option<String>) {
    // A configured area has a priority, and is shown even when nothing leaks there.
    let (shown, others): (Vec<&Part>, Vec<&Part>) =
        parts.iter().partition(|part| part.priority.is_some());
    let files = others.iter().map(|part| part.files).sum();
    let folded = format!(
        "and {} without leaks ({})",
        count(others.len(), "area"),
        count(files, "file")
    );
    (shown, (!others.is_empty()).then_some(folded))
}

/// "4 of 51 fixed, 47 remain in 13 files"
fn said(progress: Progress) -> String {
    let verb = if progress.remain == 1 {
        "remains"
    } else {
        "remain"
    };
    let mut said = format!(
        "{} of {} fixed, {} {verb}",
        progress.fixed(),
        progress.known,
        progress.remain
    );
    if progress.remain > 0 {
        said += &format!(" in {}", count(progress.files, "file"));
    }
    if progress.new > 0 {
        said += &format!("; {} new", progress.new);
    }
    said
}

fn numbers(leaks: Repairs) -> String {
    format!(
        "{:>5}  {:>5} {:>6} {:>7}",
        leaks.total(),
        leaks.safe,
        leaks.review,
        leaks.by_hand
    )
}

fn reason(leak: &Leak) -> String {
    let why = leak.blocked_by.as_deref().unwrap_or("no fix is known");
    match leak.repair {
        Repair::Safe => "safe".to_string(),
        Repair::Review => format!("review: {why}"),
        Repair::ByHand => format!("by hand: {why}"),
    }
}

/// `safe`, `review` or `by-hand`.
fn repair(repair: Repair) -> &'static str {
    match repair {
        Repair::Safe => "safe",
        Repair::Review => "review",
        Repair::ByHand => "by-hand",
    }
}
