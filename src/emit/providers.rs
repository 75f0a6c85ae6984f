//! Providers for people.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::{count, path};
use crate::catalog::WrapForm;
use crate::project::{Link, Way};
use crate::survey::{Entry, KnownBy, Standing};

const BOLD: Style = Style::new().bold();
const HEAD: Style = AnsiColor::Cyan.on_default().bold();
const PLACE: Style = AnsiColor::BrightBlue.on_default();
const LEAK: Style = AnsiColor::Yellow.on_default().bold();
const DIM: Style = Style::new().dimmed();

/// Where the counts begin; longer names push theirs to the right.
const COUNTS: usize = 56;

/// What fits into a line.
const WIDTH: usize = 96;

/// Places of a name that are shown.
const PLACES: usize = 3;

/// Writes `entries`, group by group.
pub fn write(out: &mut dyn Write, entries: &[Entry], color: bool) -> io::Result<()> {
    let mut paper = Paper { out, color };
    let group = |standing, direct| {
        let is_in = move |entry: &&Entry| {
            entry.standing == standing && (entry.known_by == KnownBy::Catalog) == direct
        };
        entries.iter().filter(is_in).collect::<Vec<_>>()
    };
    paper.group(
        "Owned: what these give is fresh, and who asks for it sees to its release",
        &group(Standing::Owned, false),
    )?;
    paper.group(
        "Borrowed: what these give is shared, and nobody who asks for it releases it",
        &group(Standing::Borrowed, false),
    )?;
    paper.catalog(&group(Standing::Owned, true))?;
    paper.unclear(&group(Standing::Unclear, false))
}

/// The sums below it.
pub fn sums(entries: &[Entry]) -> String {
    let of = |standing| {
        entries
            .iter()
            .filter(|entry| entry.standing == standing && entry.known_by != KnownBy::Catalog)
            .count()
    };
    let (owned, borrowed) = (of(Standing::Owned), of(Standing::Borrowed));
    let leaks: usize = entries.iter().map(|entry| entry.leaks).sum();
    let acquired: usize = entries
        .iter()
        .filter(|entry| entry.standing == Standing::Owned)
        .map(|entry| entry.acquired)
        .sum();
    let mut sums = format!(
        "Found {} ({owned} owned, {borrowed} borrowed)",
        count(owned + borrowed, "provider")
    );
    let unclear = of(Standing::Unclear);
    if unclear > 0 {
        sums += &format!("; {} not resolved", count(unclear, "name"));
    }
    let calls = count(acquired, "call");
    sums += &format!("\n{calls} for what is owned, {}", leaking(leaks));
    sums
}

/// Writes one line for each entry.
pub fn write_concise(out: &mut dyn Write, entries: &[Entry]) -> io::Result<()> {
    for entry in entries {
        let place = match (&entry.definition, entry.places.first()) {
            (Some(link), _) => format!("{}: ", place(link)),
            (None, Some((path, line))) => format!("{}:{line}: ", path::shown(path)),
            (None, None) => String::new(),
        };
        writeln!(
            out,
            "{place}{} {}: {}; {}",
            standing(entry.standing),
            entry.name,
            description(entry),
            counts(entry),
        )?;
    }
    Ok(())
}

/// `owned`, `borrowed` or `unclear`.
pub fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Owned => "owned",
        Standing::Borrowed => "borrowed",
        Standing::Unclear => "unclear",
    }
}

/// The lines of configuration that declare an unclear name.
pub fn declaration(entry: &Entry) -> Option<String> {
    let name = entry.declare.as_ref()?;
    let resource = entry.resource.as_ref();
    let release = resource.and_then(|resource| resource.release.first());
    let release = release.map_or("close", String::as_str);
    let mut lines =
        format!("[[tool.unleak.resource]]\nacquirers = [\"{name}\"]\nrelease = \"{release}\"\n");
    if resource.is_some_and(|resource| resource.release_async) {
        lines += "release-async = true\n";
    }
    Some(lines)
}

struct Paper<'o> {
    out: &'o mut dyn Write,
    color: bool,
}

impl Paper<'_> {
    fn group(&mut self, title: &str, entries: &[&Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.title(title)?;
        for entry in entries {
            self.headline(entry)?;
            self.wrapped(&description(entry), 4)?;
            if let Some(why) = &entry.why {
                self.wrapped(why, 4)?;
            }
            self.chain(entry)?;
            writeln!(self.out)?;
        }
        Ok(())
    }

    fn catalog(&mut self, entries: &[&Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.title("Acquired directly: known from the catalog, released by who calls them")?;
        for entry in entries {
            self.headline(entry)?;
        }
        writeln!(self.out)
    }

    fn unclear(&mut self, entries: &[&Entry]) -> io::Result<()> {
        if entries.is_empty() {
            return Ok(());
        }
        self.title("Not resolved: these look like providers, but what they give cannot be told")?;
        for entry in entries {
            self.headline(entry)?;
            if let Some(why) = &entry.why {
                self.wrapped(why, 4)?;
            }
            self.chain(entry)?;
            for (path, line) in entry.places.iter().take(PLACES) {
                let place = format!("{}:{line}", path::shown(path));
                writeln!(self.out, "    called at {}", self.painted(PLACE, &place))?;
            }
            if entry.places.len() > PLACES {
                let more = entry.places.len() - PLACES;
                writeln!(self.out, "    and at {}", count(more, "more place"))?;
            }
            writeln!(self.out)?;
        }
        self.title("To declare them, put what fits into pyproject.toml")?;
        for entry in entries {
            for line in declaration(entry).unwrap_or_default().lines() {
                writeln!(self.out, "    {line}")?;
            }
            writeln!(self.out)?;
        }
        let hint =
            "with `ownership = \"borrowed\"` instead of `release` where what it gives is shared";
        writeln!(self.out, "    {}\n", self.painted(DIM, hint))
    }

    fn title(&mut self, title: &str) -> io::Result<()> {
        writeln!(self.out, "{}\n", self.painted(HEAD, title))
    }

    /// The name and how often it is asked.
    fn headline(&mut self, entry: &Entry) -> io::Result<()> {
        let gap = COUNTS.saturating_sub(entry.name.chars().count() + 2).max(2);
        let name = self.painted(BOLD, &entry.name);
        let said = counts(entry);
        let said = match entry.leaks > 0 {
            true => self.painted(LEAK, &said),
            false => said,
        };
        writeln!(self.out, "  {name}{:gap$}{said}", "")
    }

    /// The lines that say so, with the code in one column.
    fn chain(&mut self, entry: &Entry) -> io::Result<()> {
        let links: Vec<&Link> = entry
            .declared
            .iter()
            .chain(&entry.definition)
            .chain(&entry.chain)
            .collect();
        let places: Vec<String> = links.iter().map(|link| place(link)).collect();
        let widest = places.iter().map(String::len).max().unwrap_or(0);
        for (link, place) in links.iter().zip(&places) {
            let gap = widest - place.len() + 2;
            let shown = self.painted(PLACE, place);
            let code = shortened(&link.text, WIDTH.saturating_sub(4 + widest + 2).max(40));
            writeln!(self.out, "    {shown}{:gap$}{code}", "")?;
        }
        Ok(())
    }

    /// Text broken into lines.
    fn wrapped(&mut self, text: &str, indent: usize) -> io::Result<()> {
        let mut line = String::new();
        let mut words: Vec<String> = Vec::new();
        for (index, part) in text.split('`').enumerate() {
            // Code stays in one piece.
            if index % 2 == 1 {
                let code = format!("`{part}`");
                match words.last_mut() {
                    Some(last) => last.push_str(&code),
                    None => words.push(code),
                }
                continue;
            }
            let mut plain = part.split(' ');
            if let (Some(first), Some(last)) = (plain.next(), words.last_mut()) {
                last.push_str(first);
                words.extend(plain.map(str::to_string));
            } else {
                words.extend(part.split(' ').map(str::to_string));
            }
        }
        for word in &words {
            if !line.is_empty() && line.chars().count() + word.chars().count() + indent >= 88 {
                writeln!(self.out, "{:indent$}{line}", "")?;
                line.clear();
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        writeln!(self.out, "{:indent$}{line}", "")
    }

    fn painted(&self, style: Style, text: &str) -> String {
        match self.color {
            true => format!("{style}{text}{style:#}"),
            false => text.to_string(),
        }
    }
}

fn shortened(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let kept: String = text.chars().take(width.saturating_sub(3)).collect();
    format!("{}...", kept.trim_end())
}

fn place(link: &Link) -> String {
    match link.line {
        0 => "command line".to_string(),
        line => format!("{}:{line}", path::shown(&link.path)),
    }
}

fn counts(entry: &Entry) -> String {
    let mut said = match (entry.acquired, entry.passed) {
        (0, 0) => "never called".to_string(),
        (0, passed) => format!("handed on {}", times(passed)),
        (acquired, 0) => count(acquired, "call"),
        (acquired, passed) => format!("{}, handed on {}", count(acquired, "call"), times(passed)),
    };
    if entry.leaks > 0 {
        said += &format!(", {}", leaking(entry.leaks));
    }
    said
}

fn leaking(leaks: usize) -> String {
    match leaks {
        1 => "1 leaks".to_string(),
        leaks => format!("{leaks} leak"),
    }
}

fn times(number: usize) -> String {
    match number {
        1 => "once".to_string(),
        number => format!("{number} times"),
    }
}

/// What it is, what it gives, and how that is released.
fn description(entry: &Entry) -> String {
    let mut said = entry.kind.clone();
    let Some(resource) = &entry.resource else {
        return said;
    };
    let gives = gives(entry);
    said += &match entry.way {
        Way::Returned => format!(", gives {gives}"),
        Way::InTuple => format!(", gives a tuple with {gives}"),
        Way::Yielded => format!(", yields {gives}"),
        Way::Entered => format!(", gives {gives} behind `as`"),
    };
    if entry.may_be_none {
        said += " or None";
    }
    if entry.standing != Standing::Borrowed && [Way::Returned, Way::InTuple].contains(&entry.way) {
        if let Some(release) = resource.release.first() {
            let awaited = if resource.release_async { "await " } else { "" };
            said += &format!("; released by `{awaited}{release}()`");
        }
        match entry.wrap {
            WrapForm::With | WrapForm::Behind => said += " or `with`",
            WrapForm::AsyncWith => said += " or `async with`",
            WrapForm::Closing => said += " or `with closing(...)`",
            WrapForm::None => {}
        }
    }
    said
}

/// What a provider gives: a class, or the callable that makes it.
fn gives(entry: &Entry) -> String {
    let Some(resource) = &entry.resource else {
        return String::new();
    };
    let declared = || format!("a {} resource", resource.kind.name());
    match (&resource.instance, resource.acquirers.as_slice()) {
        (Some(class), _) => class.clone(),
        (None, [only, ..]) if *only != entry.name && !resource.id.starts_with("declared.") => {
            format!(
                "what `{}` gives",
                only.strip_prefix("builtins.").unwrap_or(only)
            )
        }
        _ => declared(),
    }
}
