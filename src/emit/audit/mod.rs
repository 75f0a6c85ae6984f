//! The audit of a project, for people.

pub mod json;
pub mod markdown;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use self::markdown::code;
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
    // That there are no files stands on standard error.
    if audit.files > 0 {
        writeln!(out, "{}", painted(HEAD, &headline(audit)))?;
    }
    let width = audit.leaks.total().to_string().len().max(4);
    for (number, what) in ways(audit.leaks) {
        writeln!(out, "  {number:>width$} {what}")?;
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
    let paint = |priority: Option<Priority>, text: String| match priority {
        Some(Priority::High) => painted(HIGH, &text),
        Some(Priority::Medium) => painted(MEDIUM, &text),
        Some(Priority::Low) => painted(LOW, &text),
        None => text,
    };
    writeln!(out, "\n{}\n", painted(HEAD, "Areas"))?;
    let (parts, others) = shown(&audit.parts);
    let rows = parts.into_iter().map(|part| {
        let files = format!("{} of {}", part.leaking, part.files);
        (part.priority, part.leaks, files, part.name.clone())
    });
    table(out, ["Leaking files", "Area"], rows.collect(), &paint)?;
    if let Some(others) = others {
        writeln!(out, "  {others}")?;
    }
    let head =
        "Files: what runs often (loops, request handlers, callbacks) first, tests and scripts last";
    writeln!(out, "\n{}\n", painted(HEAD, head))?;
    let rows = audit.ranked.iter().map(|page| {
        let path = path::slashed(&page.path);
        let often = page.hot().to_string();
        (Some(page.priority), page.repairs(), often, path)
    });
    table(out, ["Often", "File"], rows.collect(), &paint)?;
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

/// "48 leaks in 10 of 25 files", and whether that is about all lines.
fn headline(audit: &Audit) -> String {
    let said = match audit.leaks.total() {
        0 if audit.files == 0 => return "Nothing was looked at".to_string(),
        0 => format!("No leaks in {}", count(audit.files, "file")),
        leaks => format!(
            "{} in {} of {}",
            count(leaks, "leak"),
            audit.ranked.len(),
            count(audit.files, "file")
        ),
    };
    match &audit.changed_since {
        Some(revision) => format!("{said} (only lines changed since {})", code(revision)),
        None => said,
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

/// A priority, the leaks, a number and a name.
type Row = (Option<Priority>, Repairs, String, String);

/// Writes `rows`, each column as wide as it has to be; the last is a name of any width.
fn table(
    out: &mut dyn Write,
    last: [&str; 2],
    rows: Vec<Row>,
    paint: &dyn Fn(Option<Priority>, String) -> String,
) -> io::Result<()> {
    let head = ["Leaks", "Safe", "Review", "By hand", last[0]].map(str::to_string);
    let mut lines = vec![(None, "Priority", head, last[1].to_string())];
    for (priority, leaks, number, name) in rows {
        let [total, safe, review, by_hand] =
            [leaks.total(), leaks.safe, leaks.review, leaks.by_hand].map(|one| one.to_string());
        let said = priority.map_or("-", Priority::name);
        lines.push((priority, said, [total, safe, review, by_hand, number], name));
    }
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let cells = lines.iter().map(|(_, _, cells, _)| cells[column].len());
        cells.max().unwrap_or(0)
    });
    for (priority, said, cells, name) in lines {
        write!(out, "  {}", paint(priority, format!("{said:<8}")))?;
        for (cell, width) in cells.iter().zip(widths) {
            write!(out, "  {cell:>width$}")?;
        }
        writeln!(out, "  {name}")?;
    }
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_they_have_to_be() {
        let part = |name: &str, safe, files| Part {
            name: name.to_string(),
            priority: Some(Priority::High),
            files,
            leaking: files,
            leaks: Repairs {
                safe,
                ..Repairs::default()
            },
        };
        let audit = Audit {
            files: 1_234_567,
            leaks: Repairs {
                safe: 12_345_678,
                review: 1,
                by_hand: 0,
            },
            parts: vec![
                part("\u{6f22}\u{5b57}", 12_345_677, 1_234_566),
                part("app", 1, 1),
            ],
            ..Audit::default()
        };
        let mut out = Vec::new();
        write(&mut out, &audit, false).unwrap();
        let text = String::from_utf8(out).unwrap();
        let ways = "
  12345678 can be fixed safely, by `unleak fix`
         1 can be fixed for review, by `unleak fix --unsafe-fixes`
";
        assert!(text.contains(ways), "{text}");
        let table = "
  Priority     Leaks      Safe  Review  By hand       Leaking files  Area
  high      12345677  12345677       0        0  1234566 of 1234566  \u{6f22}\u{5b57}
  high             1         1       0        0              1 of 1  app
";
        assert!(text.contains(table), "{text}");
    }
}
