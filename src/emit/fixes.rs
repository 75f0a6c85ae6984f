//! What was fixed: by file (`--show-fixes`), and by rule beside what remains (`fix --statistics`).

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::statistics::Count;
use super::{Format, path};
use crate::rules::Rule;

/// How many findings of each rule are mended in each file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Fixes(BTreeMap<PathBuf, BTreeMap<Rule, usize>>);

impl Fixes {
    /// Adds a finding of `rule` in the file at `path`.
    pub fn add(&mut self, path: &Path, rule: Rule) {
        let of_file = self.0.entry(path.to_path_buf()).or_default();
        *of_file.entry(rule).or_default() += 1;
    }

    /// Adds what another run mended.
    pub fn extend(&mut self, other: &Fixes) {
        for (path, rules) in &other.0 {
            let of_file = self.0.entry(path.clone()).or_default();
            for (rule, count) in rules {
                *of_file.entry(*rule).or_default() += count;
            }
        }
    }

    /// The files in which something is mended.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// Lines for people: each file, and below it its rules with their numbers, the highest first.
    pub fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (file, rules) in &self.0 {
            lines.push(format!("{}:", path::slashed(file)));
            let mut rules: Vec<_> = rules.iter().collect();
            rules.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            for (rule, count) in rules {
                lines.push(format!("    {count} x {} {}", rule.code(), rule.name()));
            }
        }
        lines
    }

    fn by_rule(&self) -> BTreeMap<Rule, usize> {
        let mut sums = BTreeMap::new();
        for (rule, count) in self.0.values().flatten() {
            *sums.entry(*rule).or_default() += count;
        }
        sums
    }
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    rule: &'a str,
    fixed: usize,
    remaining: usize,
}

/// Writes for each rule how many of its findings were mended and how many remain, the most frequent first.
pub fn write(
    out: &mut dyn Write,
    fixes: &Fixes,
    left: &BTreeMap<Rule, Count>,
    format: Format,
) -> io::Result<()> {
    let fixed = fixes.by_rule();
    let mut rows: Vec<Object<'_>> = Rule::ALL
        .iter()
        .map(|rule| Object {
            code: rule.code(),
            rule: rule.name(),
            fixed: fixed.get(rule).copied().unwrap_or(0),
            remaining: left.get(rule).map_or(0, |count| count.findings),
        })
        .filter(|row| row.fixed + row.remaining > 0)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.fixed + row.remaining));
    match format {
        Format::Json => {
            serde_json::to_writer(&mut *out, &rows)?;
            writeln!(out)
        }
        Format::Jsonl => {
            for row in rows {
                serde_json::to_writer(&mut *out, &row)?;
                writeln!(out)?;
            }
            Ok(())
        }
        _ if rows.is_empty() => Ok(()),
        _ => {
            writeln!(out, "fixed  left")?;
            for row in rows {
                writeln!(
                    out,
                    "{:>5}  {:>4}  {}  {}",
                    row.fixed, row.remaining, row.code, row.rule
                )?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Fixes {
        let mut fixes = Fixes::default();
        fixes.add(Path::new("b.py"), Rule::ManualRelease);
        fixes.add(Path::new("a/a.py"), Rule::NeverReleased);
        let mut more = Fixes::default();
        more.add(Path::new("a/a.py"), Rule::ManualRelease);
        more.add(Path::new("a/a.py"), Rule::ManualRelease);
        fixes.extend(&more);
        fixes
    }

    #[test]
    fn files_come_with_their_rules() {
        assert_eq!(
            sample().lines(),
            [
                "a/a.py:",
                "    2 x UL003 manual-release",
                "    1 x UL001 never-released",
                "b.py:",
                "    1 x UL003 manual-release",
            ]
        );
    }

    #[test]
    fn what_is_fixed_stands_beside_what_is_left() {
        let count = |findings| Count {
            findings,
            fixable: 0,
        };
        let left = BTreeMap::from([(Rule::NeverReleased, count(12))]);
        let written = |fixes: &Fixes, left: &BTreeMap<Rule, Count>, format| {
            let mut out = Vec::new();
            write(&mut out, fixes, left, format).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            written(&sample(), &left, Format::Text),
            "fixed  left\n    1    12  UL001  never-released\n    3     0  UL003  manual-release\n"
        );
        assert_eq!(
            written(&sample(), &left, Format::Jsonl).lines().next(),
            Some("{\"code\":\"UL001\",\"rule\":\"never-released\",\"fixed\":1,\"remaining\":12}")
        );
        let none = (Fixes::default(), BTreeMap::new());
        assert_eq!(written(&none.0, &none.1, Format::Text), "");
        assert_eq!(written(&none.0, &none.1, Format::Json), "[]\n");
    }
}
