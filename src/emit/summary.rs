//! The sums at the end of a run, and the list of what a fix left.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::fixes::Fixes;
use super::statistics::Count;
use super::{Outlook, count, outlook, path};
use crate::pipeline::{Options, Report};
use crate::rules::{Finding, Level, Rule};

/// Sums over the files of a run.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Tally {
    /// Files that were looked at.
    pub files: usize,
    /// Files that were, or would be, changed.
    pub changed: usize,
    /// Findings that were, or would be, mended.
    pub fixed: Kinds,
    /// Findings that are there, or remain.
    pub found: Kinds,
    /// Of these, how many fail the run.
    pub failing: usize,
    /// Of these, what can be done about them.
    pub fixable: usize,
    /// See [`Outlook::NeedsUnsafe`].
    pub needs_unsafe: usize,
    /// See [`Outlook::ByHand`].
    pub by_hand: usize,
    /// Of the fixable, those whose fix was asked about and not wanted.
    pub not_taken: usize,
    /// Of these, how many by rule.
    pub by_rule: BTreeMap<Rule, Count>,
    /// What was, or would be, mended: how many by rule, for each file.
    pub fixes: Fixes,
}

/// A number of findings by level.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Kinds {
    /// Of level leak.
    pub leaks: usize,
    /// Of level style.
    pub style: usize,
}

impl Tally {
    /// The sums of one report.
    pub fn of(report: &Report, options: &Options) -> Tally {
        let mut tally = Tally {
            files: 1,
            changed: usize::from(report.new_text().is_some()),
            ..Tally::default()
        };
        for finding in report.fixed.iter().flat_map(|fixed| &fixed.applied) {
            tally.fixed.add(finding.rule.level());
            tally.fixes.add(&report.source.path, finding.rule);
        }
        let asked = report.fixed.as_ref().is_some_and(|fixed| fixed.asked);
        for finding in report.remaining() {
            tally.found.add(finding.rule.level());
            tally.failing += usize::from(options.failing.contains(&finding.rule));
            let of_rule = tally.by_rule.entry(finding.rule).or_default();
            of_rule.findings += 1;
            match outlook(finding, options) {
                Outlook::Fixable => {
                    tally.fixable += 1;
                    tally.not_taken += usize::from(asked);
                    of_rule.fixable += 1;
                }
                Outlook::NeedsUnsafe => tally.needs_unsafe += 1,
                Outlook::ByHand => tally.by_hand += 1,
            }
        }
        tally
    }

    /// Adds the sums of another run.
    pub fn add(&mut self, other: &Tally) {
        self.files += other.files;
        self.changed += other.changed;
        self.fixed.leaks += other.fixed.leaks;
        self.fixed.style += other.fixed.style;
        self.found.leaks += other.found.leaks;
        self.found.style += other.found.style;
        self.failing += other.failing;
        self.fixable += other.fixable;
        self.needs_unsafe += other.needs_unsafe;
        self.by_hand += other.by_hand;
        self.not_taken += other.not_taken;
        self.fixes.extend(&other.fixes);
        for (rule, more) in &other.by_rule {
            let count = self.by_rule.entry(*rule).or_default();
            count.findings += more.findings;
            count.fixable += more.fixable;
        }
    }

    /// The last line of `check`: "Found 3 leaks (2 fixable with `unleak fix`)".
    pub fn of_check(&self) -> String {
        if self.found.total() == 0 {
            return format!("No leaks found in {}", count(self.files, "file"));
        }
        format!("Found {}{}", self.found, in_brackets(&self.hints()))
    }

    /// The last line of `check` where only what is new is reported; `aside` says besides what.
    pub fn of_new(&self, aside: &str) -> String {
        if self.found.total() == 0 {
            return format!(
                "No new leaks found in {} ({aside})",
                count(self.files, "file")
            );
        }
        let hints = in_brackets(&self.hints());
        format!("Found {} {aside}{hints}", self.found)
    }

    fn hints(&self) -> Vec<String> {
        let mut hints = Vec::new();
        if self.fixable > 0 {
            hints.push(format!("{} fixable with `unleak fix`", self.fixable));
        }
        if self.needs_unsafe > 0 {
            let more = if self.fixable > 0 { " more" } else { "" };
            hints.push(format!(
                "{}{more} with `unleak fix --unsafe-fixes`",
                self.needs_unsafe
            ));
        }
        hints
    }

    /// The last line of `fix` ("Fixed 4 leaks in 3 files; 2 remain (1 needs --unsafe-fixes, 1 by hand)"), or of `diff`
    /// with `verb` "Would fix".
    pub fn of_fix(&self, verb: &str) -> String {
        let done = if self.fixed.total() > 0 {
            format!("{verb} {} in {}", self.fixed, count(self.changed, "file"))
        } else if self.found.total() == 0 {
            return format!("Nothing to fix in {}", count(self.files, "file"));
        } else {
            "Nothing to fix by itself".to_string()
        };
        let left = self.found.total();
        if left == 0 {
            return done;
        }
        let mut hints = Vec::new();
        if self.not_taken > 0 {
            hints.push(format!("{} whose fix was not taken", self.not_taken));
        }
        let dropped = self.fixable - self.not_taken;
        if dropped > 0 {
            hints.push(format!("{dropped} whose fix was dropped"));
        }
        if self.needs_unsafe > 0 {
            let verb = if self.needs_unsafe == 1 {
                "needs"
            } else {
                "need"
            };
            hints.push(format!("{} {verb} --unsafe-fixes", self.needs_unsafe));
        }
        if self.by_hand > 0 {
            hints.push(format!("{} by hand", self.by_hand));
        }
        let verb = if left == 1 { "remains" } else { "remain" };
        format!("{done}; {left} {verb}{}", in_brackets(&hints))
    }
}

impl Kinds {
    fn add(&mut self, level: Level) {
        match level {
            Level::Leak => self.leaks += 1,
            Level::Style => self.style += 1,
        }
    }

    /// All of them.
    pub fn total(self) -> usize {
        self.leaks + self.style
    }
}

impl std::fmt::Display for Kinds {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let leaks = count(self.leaks, "leak");
        let style = count(self.style, "style finding");
        match (self.leaks, self.style) {
            (_, 0) => out.write_str(&leaks),
            (0, _) => out.write_str(&style),
            _ => write!(out, "{leaks} and {style}"),
        }
    }
}

/// Writes what a fix left, one line each with the reason, and below it what a person can do about that.
pub fn write_left(out: &mut dyn Write, report: &Report, options: &Options) -> io::Result<()> {
    let asked = report.fixed.as_ref().is_some_and(|fixed| fixed.asked);
    for finding in report.remaining() {
        writeln!(
            out,
            "{}:{}:{}: {} {} ({})",
            path::slashed(&report.source.path),
            finding.start.line,
            finding.start.column,
            finding.rule.code(),
            finding.message,
            why_left(finding, options, asked),
        )?;
        let advice = finding.advice.filter(|_| !options.applies(finding));
        if let Some(advice) = advice {
            writeln!(out, "    help: {advice}")?;
        }
    }
    Ok(())
}

fn why_left(finding: &Finding, options: &Options, asked: bool) -> String {
    let reason = finding.blocked_by.as_deref();
    match outlook(finding, options) {
        Outlook::Fixable if asked => "its fix was not taken".to_string(),
        Outlook::Fixable => "its fix was dropped".to_string(),
        Outlook::NeedsUnsafe => match reason {
            Some(reason) => format!("needs --unsafe-fixes: {reason}"),
            None => "needs --unsafe-fixes".to_string(),
        },
        Outlook::ByHand => reason.unwrap_or("no fix is known").to_string(),
    }
}

fn in_brackets(hints: &[String]) -> String {
    if hints.is_empty() {
        String::new()
    } else {
        format!(" ({})", hints.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    const CODE: &[u8] = b"def f():\n    session = get_db()\n    g()\n";

    fn sample() -> Report {
        let mut report = samples::report("app/a.py", CODE, Some("pass\n"));
        let left = vec![
            samples::unsafe_finding(&report.source),
            Finding {
                advice: Some("copy it"),
                ..samples::manual_finding(&report.source)
            },
        ];
        report.fixed.as_mut().unwrap().remaining = left;
        report
    }

    #[test]
    fn sums_are_said_in_one_line() {
        let options = Options::default();
        let mut tally = Tally::of(&sample(), &options);
        assert_eq!(
            tally.of_fix("Fixed"),
            "Fixed 1 leak in 1 file; 2 remain (1 needs --unsafe-fixes, 1 by hand)"
        );
        tally.add(&tally.clone());
        assert_eq!(
            tally.of_fix("Would fix"),
            "Would fix 2 leaks in 2 files; 4 remain (2 need --unsafe-fixes, 2 by hand)"
        );
        assert_eq!(
            tally.by_rule[&Rule::ReleaseNotGuaranteed],
            Count {
                findings: 4,
                fixable: 0
            }
        );

        let checked = Tally::of(&samples::report("a.py", CODE, None), &options);
        assert_eq!(
            checked.of_check(),
            "Found 1 leak (1 fixable with `unleak fix`)"
        );
        let clean = Tally::of(&samples::report("a.py", b"", None), &options);
        assert_eq!(clean.of_check(), "No leaks found in 1 file");
        assert_eq!(clean.of_fix("Fixed"), "Nothing to fix in 1 file");
        let both = Tally {
            found: Kinds { leaks: 2, style: 1 },
            fixable: 1,
            needs_unsafe: 2,
            ..Tally::default()
        };
        assert_eq!(
            both.of_check(),
            "Found 2 leaks and 1 style finding (1 fixable with `unleak fix`, 2 more with `unleak fix --unsafe-fixes`)"
        );
        assert_eq!(
            both.of_fix("Fixed"),
            "Nothing to fix by itself; 3 remain (1 whose fix was dropped, 2 need --unsafe-fixes)"
        );
    }

    #[test]
    fn what_is_left_comes_with_its_reason() {
        let mut out = Vec::new();
        write_left(&mut out, &sample(), &Options::default()).unwrap();
        assert_eq!(
            String::from_utf8(out).unwrap(),
            "app/a.py:2:15: UL002 `session` is not released if line 3 raises \
             (needs --unsafe-fixes: `rows` is returned and may still need the session)\n\
             app/a.py:2:15: UL002 `session` is not released if line 3 raises \
             (`rows` is returned and may still need the session)\n    help: copy it\n"
        );
    }

    #[test]
    fn what_was_not_wanted_is_not_dropped() {
        let options = Options::default();
        let mut report = samples::report("a.py", CODE, Some("pass\n"));
        let fixed = report.fixed.as_mut().unwrap();
        fixed.remaining = std::mem::take(&mut fixed.applied);
        let said = |report: &Report| {
            let mut out = Vec::new();
            write_left(&mut out, report, &options).unwrap();
            let line = String::from_utf8(out).unwrap();
            (line, Tally::of(report, &options).of_fix("Fixed"))
        };
        let (line, sums) = said(&report);
        assert!(line.ends_with(" (its fix was dropped)\n"), "{line}");
        assert!(sums.ends_with("(1 whose fix was dropped)"), "{sums}");
        report.fixed.as_mut().unwrap().asked = true;
        let (line, sums) = said(&report);
        assert!(line.ends_with(" (its fix was not taken)\n"), "{line}");
        assert!(sums.ends_with("(1 whose fix was not taken)"), "{sums}");
    }
}
