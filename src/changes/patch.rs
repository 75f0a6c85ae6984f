//! The lines that a patch changes.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use super::os_string;
use crate::rules::{Finding, Reach};

/// The changes of one file.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Lines(Vec<Hunk>);

/// One change, by the numbers of the new lines.
#[derive(Debug, Default, PartialEq, Eq)]
struct Hunk {
    /// The line before it; 0 for the beginning.
    before: usize,
    /// How many lines were written.
    written: usize,
    /// The lines that are gone.
    removed: Vec<Vec<u8>>,
    /// Whether any of the old or new lines is more than blank or a comment.
    tells: bool,
}

impl Lines {
    /// Whether `finding`, which depends on the lines of `reach`, may have come with a change.
    pub(super) fn concern(&self, finding: &Finding, reach: Reach, witness: Option<usize>) -> bool {
        let mut changes = self.0.iter().filter(|hunk| hunk.tells);
        changes.any(|hunk| {
            hunk.meets(&(reach.first..=reach.last))
                || witness.is_some_and(|line| hunk.meets(&(line..=line)))
                || hunk.ends(&reach)
                || reach.kept && hunk.took(finding)
        })
    }
}

impl Hunk {
    /// Whether lines were written in `range`, or taken out of it.
    fn meets(&self, range: &RangeInclusive<usize>) -> bool {
        match self.written {
            0 => *range.start() <= self.before && self.before < *range.end(),
            written => self.before < *range.end() && *range.start() <= self.before + written,
        }
    }

    /// Whether what is gone stood behind all else in the function: a `close()` at its end.
    fn ends(&self, reach: &Reach) -> bool {
        let blank = |line: &&Vec<u8>| line.trim_ascii().is_empty();
        let first = self.removed.iter().find(|line| !blank(line));
        let inside = first.is_some_and(|line| {
            let deep = line.len() - line.trim_ascii_start().len();
            reach.indent.is_none_or(|indent| indent < deep)
        });
        inside && (reach.last..=reach.until).contains(&self.before)
    }

    /// Whether a line is gone that names what `finding` is about.
    fn took(&self, finding: &Finding) -> bool {
        let name = finding.resource.variable.as_deref().unwrap_or_default();
        let name = name.rsplit('.').next().unwrap_or_default().as_bytes();
        let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 128;
        let words = |line: &Vec<u8>| {
            let mut words = line.split(|byte| !in_name(byte));
            words.any(|word| word == name)
        };
        !name.is_empty() && self.removed.iter().any(words)
    }
}

/// Whether a line does something, or says something to `unleak`.
fn tells(line: &[u8]) -> bool {
    let line = line.trim_ascii();
    let says = |word: &[u8]| {
        let mut parts = line.windows(word.len());
        parts.any(|part| part.eq_ignore_ascii_case(word))
    };
    let is_comment = line.is_empty() || line.starts_with(b"#") && !line.contains(&b'\r');
    !is_comment || says(b"unleak") || says(b"noqa")
}

/// The lines that a patch without context changes, by the name of the new file.
pub(super) fn read(patch: &[u8]) -> BTreeMap<PathBuf, Lines> {
    let mut files: BTreeMap<PathBuf, Lines> = BTreeMap::new();
    let mut name = None;
    // Lines of a hunk that are still to come; they may look like anything.
    let mut inside = 0;
    let mut change = Hunk::default();
    for line in patch.split(|byte| *byte == b'\n') {
        if inside > 0 {
            let Some((sign @ (b'+' | b'-'), text)) = line.split_first() else {
                continue;
            };
            inside -= 1;
            change.tells |= tells(text);
            if *sign == b'-' {
                change.removed.push(text.to_vec());
            }
            if inside == 0
                && let Some(name) = &name
            {
                let lines: &mut Lines = files.entry(PathBuf::clone(name)).or_default();
                lines.0.push(std::mem::take(&mut change));
            }
        } else if let Some(path) = line.strip_prefix(b"+++ ") {
            name = new_name(path);
        } else if let Some(hunk) = line.strip_prefix(b"@@ -").and_then(hunk) {
            let ((_, old), (first, new)) = hunk;
            inside = old + new;
            change = Hunk {
                // Of a mere deletion git names the line before it.
                before: first - usize::from(new > 0 && first > 0),
                written: new,
                ..Hunk::default()
            };
        }
    }
    files
}

/// First line and number of lines, of the old and of the new file: `12,0 +13,2 @@ ...`.
fn hunk(header: &[u8]) -> Option<((usize, usize), (usize, usize))> {
    let header = std::str::from_utf8(header.split(|byte| *byte == b'@').next()?).ok()?;
    let (old, new) = header.trim_end().split_once(" +")?;
    let range = |text: &str| match text.split_once(',') {
        Some((first, number)) => Some((first.parse().ok()?, number.parse().ok()?)),
        None => Some((text.parse().ok()?, 1)),
    };
    Some((range(old)?, range(new)?))
}

/// The path behind `+++ `; nothing for a file that is no more.
fn new_name(header: &[u8]) -> Option<PathBuf> {
    // A tab ends names with spaces.
    let header = header.strip_suffix(b"\t").unwrap_or(header);
    let header = match header.strip_prefix(b"\"") {
        Some(quoted) => unquoted(quoted),
        None => header.to_vec(),
    };
    Some(PathBuf::from(os_string(header.strip_prefix(b"b/")?)))
}

/// A name as git quotes it, without its first quote.
fn unquoted(quoted: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut bytes = quoted.iter().copied();
    while let Some(byte) = bytes.next() {
        let escaped = match byte {
            b'"' => break,
            b'\\' => bytes.next().unwrap_or(b'\\'),
            plain => {
                name.push(plain);
                continue;
            }
        };
        name.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            digit @ b'0'..=b'3' => {
                // Three digits, always.
                let more = bytes.by_ref().take(2);
                more.fold(digit - b'0', |value, next| {
                    value.wrapping_mul(8).wrapping_add(next.wrapping_sub(b'0'))
                })
            }
            other => other,
        });
    }
    name
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const PATCH: &[u8] = b"diff --git a/a.py b/a.py
index 1..2 100644
--- a/a.py
+++ b/a.py
@@ -3 +3,2 @@ def f():
-    x
+++ b/looks like a header
+    y
@@ -9,2 +9,0 @@ @@ def g():
--- a/another
-    z
\\ No newline at end of file
diff --git \"a/n\\303\\2441.py\" \"b/n\\303\\2441.py\"
--- /dev/null
+++ \"b/n\\303\\2441.py\"
@@ -0,0 +1 @@
+pass
diff --git a/my app.py b/my app.py
--- a/my app.py\t
+++ b/my app.py\t
@@ -1 +0,0 @@
-pass
diff --git a/gone.py b/gone.py
--- a/gone.py
+++ /dev/null
@@ -1 +0,0 @@
-pass
";

    #[test]
    fn a_patch_names_the_lines() {
        let files = read(PATCH);
        let named: Vec<_> = files.keys().filter_map(|path| path.to_str()).collect();
        assert_eq!(named, ["a.py", "my app.py", "n\u{e4}1.py"]);
        let lines = &files[Path::new("a.py")];
        let reach = |first, last| {
            let range = first..=last;
            lines.0.iter().any(|hunk| hunk.meets(&range))
        };
        assert!(reach(1, 3) && reach(4, 4) && reach(9, 10));
        assert!(!reach(1, 2) && !reach(5, 9) && !reach(10, 11));
        assert_eq!(lines.0[1].removed, [&b"-- a/another"[..], b"    z"]);
        let new = &files[Path::new("n\u{e4}1.py")].0[0];
        assert_eq!((new.before, new.written), (0, 1));
        let first = &files[Path::new("my app.py")].0[0];
        assert_eq!((first.before, first.written), (0, 0));
    }
}
