//! One document of the parts that the files of a run give: what stands before, between and behind them.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::json::Array;
use super::{Format, github, junit, markdown, sarif};

/// What is known only when all files are done.
#[derive(Clone, Copy, Debug)]
pub struct Ending<'a> {
    /// The files and paths that could not be done, and why.
    pub failures: &'a [(PathBuf, String)],
    /// The sums in one line.
    pub sums: &'a str,
    /// The directory that other systems take paths from.
    pub root: &'a Path,
}

/// Puts parts together, as they come.
#[derive(Debug)]
pub struct Document {
    format: Format,
    begun: bool,
    array: Array,
}

impl Document {
    /// The document that `format` is; `None` where the parts are all of it.
    pub fn of(format: Format) -> Option<Document> {
        let parts_are_all = matches!(format, Format::Text | Format::Concise | Format::Jsonl);
        (!parts_are_all).then(|| Document {
            format,
            begun: false,
            array: Array::default(),
        })
    }

    /// Writes what was rendered of one file.
    pub fn write(&mut self, out: &mut dyn Write, part: &[u8]) -> io::Result<()> {
        if part.is_empty() {
            return Ok(());
        }
        self.begin(out)?;
        match self.format {
            Format::Json | Format::Gitlab | Format::Sarif => self.array.write(out, part),
            _ => out.write_all(part),
        }
    }

    /// Writes what is still missing.
    pub fn end(&mut self, out: &mut dyn Write, ending: &Ending<'_>) -> io::Result<()> {
        let found = self.begun;
        match self.format {
            Format::Json | Format::Gitlab => self.array.end(out),
            Format::Sarif => {
                self.begin(out)?;
                self.array.end(out)?;
                sarif::write_end(out, ending)
            }
            Format::Github => github::write_end(out, ending),
            Format::Junit => {
                self.begin(out)?;
                junit::write_end(out, ending, found)
            }
            Format::Markdown => markdown::write_end(out, ending, found),
            Format::Text | Format::Concise | Format::Jsonl => Ok(()),
        }
    }

    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        match self.format {
            Format::Sarif => sarif::write_beginning(out),
            Format::Junit => junit::write_beginning(out),
            Format::Markdown => markdown::write_beginning(out),
            _ => Ok(()),
        }
    }
}
