//! The self-check of a whole file: what came out of all its fixes, held against what went in, before anybody sees it.
//!
//! Each round of fixes has been checked against its plans by then. This knows nothing of rounds and plans: it begins with
//! the two texts.

mod aside;

use std::collections::BTreeSet;

use crate::analysis::{self, Fixed};
use crate::catalog::Catalog;
use crate::faults;
use crate::options::Options;
use crate::rules::{Finding, Rule};
use crate::source::Source;
use crate::suppress::{self, Added};
use crate::syntax;
use crate::transform;
use aside::Aside;

/// Says what is wrong with the fixes of `source`, whose findings were `findings`; a clause without a full stop.
///
/// The new text can be written in the file's encoding and reads the same again; it has no new syntax error; its new
/// `with` blocks taken out, and what rules without a `with` may change, it is the old one, with every comment and string; it is nested no deeper than CPython compiles;
/// and fixing it changes nothing.
pub fn refute(
    source: &Source,
    findings: &[Finding],
    fixed: &Fixed,
    options: &Options,
) -> Option<String> {
    if fixed.text == source.text {
        return None;
    }
    let made = Made::of(findings.iter(), fixed.applied.iter());
    let held = hold(source, &fixed.text, &made);
    held.and_then(|new| is_done(&new, options)).err()
}

/// The same of `text`, in which the fixes of `applied` are made: all but that fixing it again changes nothing.
pub fn refute_part<'f>(
    source: &Source,
    findings: impl Iterator<Item = &'f Finding>,
    applied: impl Iterator<Item = &'f Finding> + Clone,
    text: &str,
) -> Option<String> {
    hold(source, text, &Made::of(findings, applied)).err()
}

/// What the fixes of a file may have changed.
struct Made<'f> {
    /// The names of the calls that release what the findings are about.
    releases: BTreeSet<&'f str>,
    /// What they may change beside that.
    asides: BTreeSet<Aside>,
}

impl<'f> Made<'f> {
    fn of(
        findings: impl Iterator<Item = &'f Finding>,
        applied: impl Iterator<Item = &'f Finding> + Clone,
    ) -> Made<'f> {
        let all = findings.chain(applied.clone());
        Made {
            releases: all
                .map(|finding| finding.resource.release.as_str())
                .collect(),
            asides: applied
                .filter_map(|finding| Aside::of(finding.rule))
                .collect(),
        }
    }
}

/// The new text as it would be read from disk, if it stands.
fn hold(source: &Source, text: &str, made: &Made<'_>) -> Result<Source, String> {
    let new = written(source, text)?;
    let (before, after) = (syntax::parse(&source.text), syntax::parse(&new.text));
    if after.errors.len() > before.errors.len() {
        return Err("the result has a syntax error that the original does not have".to_owned());
    }
    let releases = |name: &str| {
        made.releases.contains(name) || Catalog::get().resources().any(|known| known.releases(name))
    };
    let (old, new_text) = (&source.text, &new.text);
    let unwraps = |old: &str, new: &str, before: &_, after: &_| {
        transform::unwraps((old, before), (new, after), &releases)
    };
    let held = match made.asides.is_empty() {
        true => unwraps(old, new_text, &before, &after),
        false => {
            let without = |text: &str| {
                let asides = made.asides.iter();
                asides.fold(text.to_owned(), |text, aside| aside.taken_from(&text))
            };
            let (old, new) = (without(old), without(new_text));
            unwraps(&old, &new, &syntax::parse(&old), &syntax::parse(&new))
        }
    };
    held.map_err(|failure| failure.to_string())?;
    let (old_depth, new_depth) = (transform::too_deep(&before), transform::too_deep(&after));
    if let (None, Some(at)) = (old_depth, new_depth) {
        return Err(format!(
            "line {} of the result is nested more deeply than Python compiles",
            new.line_of(at)
        ));
    }
    Ok(new)
}

fn is_done(new: &Source, options: &Options) -> Result<(), String> {
    let again = analysis::analyze(new, options).findings;
    if analysis::rewrite(new, &again, options).text != new.text {
        return Err("fixing the result again changes it".to_owned());
    }
    Ok(())
}

/// Says what is wrong with comments that were added to `source`; a clause without a full stop.
///
/// The new text can be written in the file's encoding and reads the same again; nothing but comments for `unleak` is new in it;
/// and just as many findings less are left as were to be suppressed.
pub fn refute_comments(source: &Source, added: &Added, options: &Options) -> Option<String> {
    let new = match written(source, &added.text) {
        Ok(new) => new,
        Err(error) => return Some(error),
    };
    let (before, after) = (suppress::erased(&source.text), suppress::erased(&new.text));
    let words = |text: &str| -> Vec<String> {
        let tokens = syntax::tokens(text).into_iter();
        tokens
            .map(|token| token.span.of(text).trim_end().to_owned())
            .collect()
    };
    let shape = |text: &str| -> Vec<_> {
        let stmts = syntax::parse(text).stmts.into_iter();
        stmts.map(|stmt| (stmt.block, stmt.index)).collect()
    };
    if words(&before) != words(&after) || shape(&before) != shape(&after) {
        return Some("more than comments would change".to_owned());
    }
    let left = |source: &Source| {
        let found = analysis::analyze(source, options).findings.into_iter();
        found
            .filter(|finding| finding.rule != Rule::UnusedSuppression)
            .count()
    };
    (left(&new) + added.findings != left(source))
        .then(|| "they would not suppress what they should".to_owned())
}

/// What the file would be read as, once `text` is written to it.
fn written(source: &Source, text: &str) -> Result<Source, String> {
    let mut bytes = source.encode(text).map_err(|error| error.to_string())?;
    if faults::on("encoding", &source.path) {
        bytes.push(b'\n');
    }
    let read = Source::decode(&source.path, bytes).map_err(|error| error.to_string())?;
    match read.text == text {
        true => Ok(read),
        false => Err("what would be written reads differently".to_owned()),
    }
}
