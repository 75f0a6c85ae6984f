//! How often each rule reports.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::Format;
use crate::rules::Rule;

/// How often a rule reports, and how often `fix` can help.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Count {
    /// All of its findings.
    pub findings: usize,
    /// Those that `fix` would mend.
    pub fixable: usize,
}

#[derive(Serialize)]
struct Object<'a> {
    code: &'a str,
    rule: &'a str,
    count: usize,
    fixable: usize,
}

/// Writes the counts, the highest first.
pub fn write(
    out: &mut dyn Write,
    counts: &BTreeMap<Rule, Count>,
    format: Format,
) -> io::Result<()> {
    let mut rows: Vec<_> = counts
        .iter()
        .filter(|(_, count)| count.findings > 0)
        .collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(count.findings));
    let objects = rows.iter().map(|(rule, count)| Object {
        code: rule.code(),
        rule: rule.name(),
        count: count.findings,
        fixable: count.fixable,
    });
    match format {
        Format::Json => {
            serde_json::to_writer(&mut *out, &objects.collect::<Vec<_>>())?;
            writeln!(out)
        }
        Format::Jsonl => {
            for object in objects {
                serde_json::to_writer(&mut *out, &object)?;
                writeln!(out)?;
            }
            Ok(())
        }
        _ => {
            let width = rows
                .first()
                .map_or(1, |(_, count)| count.findings.to_string().len());
            for row in objects {
                let star = if row.fixable > 0 { "[*]" } else { "   " };
                writeln!(
                    out,
                    "{:>width$}  {}  {star}  {}",
                    row.count, row.code, row.rule
                )?;
            }
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_frequent_comes_first() {
        let counts = BTreeMap::from([
            (
                Rule::NeverReleased,
                Count {
                    findings: 2,
                    fixable: 0,
                },
            ),
            (
                Rule::ReleaseNotGuaranteed,
                Count {
                    findings: 12,
                    fixable: 3,
                },
            ),
            (Rule::ManualRelease, Count::default()),
        ]);
        let written = |format| {
            let mut out = Vec::new();
            write(&mut out, &counts, format).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(
            written(Format::Text),
            "12  UL002  [*]  release-not-guaranteed\n 2  UL001       never-released\n"
        );
        assert_eq!(
            written(Format::Json),
            "[{\"code\":\"UL002\",\"rule\":\"release-not-guaranteed\",\"count\":12,\"fixable\":3},\
             {\"code\":\"UL001\",\"rule\":\"never-released\",\"count\":2,\"fixable\":0}]\n"
        );
        assert_eq!(written(Format::Jsonl).lines().count(), 2);
    }
}
