//! What a fix would change, as a unified diff that `git apply` takes.
//!
//! It is made of the file's own bytes: text in another encoding, carriage returns and all.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use similar::{Algorithm, ChangeTag, DiffOp};

use super::path;
use crate::pipeline::Report;
use crate::source::Source;

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// Writes the diff of one file; nothing if it stays as it is.
pub fn write(out: &mut dyn Write, report: &Report, color: bool) -> io::Result<()> {
    match report.new_text() {
        None => Ok(()),
        Some(text) => write_between(out, &report.source, text, color),
    }
}

/// Writes what turns `source` into `text`, which differs.
pub fn write_between(
    out: &mut dyn Write,
    source: &Source,
    text: &str,
    color: bool,
) -> io::Result<()> {
    let encode = |text: &str| source.encode(text).map_err(io::Error::other);
    let (old, new) = (encode(&source.text)?, encode(text)?);
    // Git knows no line end but LF, so a lone CR must not be one here.
    let old: Vec<&[u8]> = old.split_inclusive(|byte| *byte == b'\n').collect();
    let new: Vec<&[u8]> = new.split_inclusive(|byte| *byte == b'\n').collect();
    let paint = Paint { color };
    let path = &source.path;
    paint.line(
        out,
        BOLD,
        format!("--- {}\n", path::patch_header("a/", path)).as_bytes(),
    )?;
    paint.line(
        out,
        BOLD,
        format!("+++ {}\n", path::patch_header("b/", path)).as_bytes(),
    )?;
    let ops = similar::capture_diff_slices(Algorithm::Myers, &old, &new);
    for hunk in similar::group_diff_ops(ops, CONTEXT) {
        write_hunk(out, &paint, &hunk, &old, &new)?;
    }
    Ok(())
}

fn write_hunk(
    out: &mut dyn Write,
    paint: &Paint,
    hunk: &[DiffOp],
    old: &[&[u8]],
    new: &[&[u8]],
) -> io::Result<()> {
    let header = similar::udiff::UnifiedHunkHeader::new(hunk).to_string();
    paint.line(out, CYAN, format!("{header}\n").as_bytes())?;
    for change in hunk.iter().flat_map(|op| op.iter_changes(old, new)) {
        let (sign, style) = match change.tag() {
            ChangeTag::Equal => (b' ', Style::new()),
            ChangeTag::Delete => (b'-', RED),
            ChangeTag::Insert => (b'+', GREEN),
        };
        let line: &[u8] = change.value();
        paint.line(out, style, &[&[sign], line].concat())?;
        if !line.ends_with(b"\n") {
            out.write_all(b"\n\\ No newline at end of file\n")?;
        }
    }
    Ok(())
}

const BOLD: Style = Style::new().bold();
const CYAN: Style = AnsiColor::Cyan.on_default();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();

struct Paint {
    color: bool,
}

impl Paint {
    /// Colours `line` up to its newline.
    fn line(&self, out: &mut dyn Write, style: Style, line: &[u8]) -> io::Result<()> {
        if !self.color || style == Style::new() {
            return out.write_all(line);
        }
        let body = line.strip_suffix(b"\n").unwrap_or(line);
        write!(out, "{style}")?;
        out.write_all(body)?;
        write!(out, "{style:#}")?;
        out.write_all(&line[body.len()..])
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn diff(bytes: &[u8], new: &str, color: bool) -> Vec<u8> {
        let mut out = Vec::new();
        write(
            &mut out,
            &samples::report("app/a.py", bytes, Some(new)),
            color,
        )
        .unwrap();
        out
    }

    #[test]
    fn a_change_is_shown_with_three_lines_around_it() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let expected =
            "--- a/app/a.py\n+++ b/app/a.py\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n";
        assert_eq!(
            diff(old.as_bytes(), &old.replace('5', "five"), false),
            expected.as_bytes()
        );
    }

    #[test]
    fn bytes_stay_as_they_are() {
        assert_eq!(
            diff(b"# coding: latin-1\r\n'\xe9'\r\nx", "# coding: latin-1\r\n'é'\r\ny", false),
            b"--- a/app/a.py\n+++ b/app/a.py\n@@ -1,3 +1,3 @@\n # coding: latin-1\r\n '\xe9'\r\n-x\n\
              \\ No newline at end of file\n+y\n\\ No newline at end of file\n"
        );
        assert_eq!(
            diff(b"\xef\xbb\xbfa\rb\n", "a\rc\n", false),
            b"--- a/app/a.py\n+++ b/app/a.py\n@@ -1 +1 @@\n-\xef\xbb\xbfa\rb\n+\xef\xbb\xbfa\rc\n"
        );
    }

    #[test]
    fn nothing_changed_is_nothing() {
        assert_eq!(diff(b"a\n", "a\n", false), b"");
    }

    #[test]
    fn colour_goes_around_lines() {
        let out = String::from_utf8(diff(b"a\r\n", "b\r\n", true)).unwrap();
        assert!(
            out.contains("\u{1b}[31m-a\r\u{1b}[0m\n\u{1b}[32m+b\r\u{1b}[0m\n"),
            "{out:?}"
        );
    }
}
