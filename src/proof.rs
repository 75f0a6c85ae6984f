//! The self-check of a whole file: what came out of all its fixes, held against what went in, before anybody sees it.
//!
//! Each round of fixes has been checked against its plans by then. This knows nothing of rounds and plans: it begins with
//! the two texts.

use std::collections::BTreeSet;

use crate::analysis::{self, Fixed};
use crate::catalog::Catalog;
use crate::faults;
use crate::options::Options;
use crate::rules::Finding;
use crate::source::Source;
use crate::syntax;
use crate::transform;

/// Says what is wrong with the fixes of `source`, whose findings were `findings`; a clause without a full stop.
///
/// The new text can be written in the file's encoding and reads the same again; it has no new syntax error; its new
/// `with` blocks taken out, it is the old one, with every comment and string; it is nested no deeper than CPython compiles;
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
    let releases = releases_of(findings.iter().chain(&fixed.applied));
    let held = hold(source, &fixed.text, &releases);
    held.and_then(|new| is_done(&new, options)).err()
}

/// The same of `text`, in which some of the fixes are made: all but that fixing it again changes nothing.
pub fn refute_part<'f>(
    source: &Source,
    findings: impl Iterator<Item = &'f Finding>,
    text: &str,
) -> Option<String> {
    hold(source, text, &releases_of(findings)).err()
}

/// The names of the calls that release what `findings` are about.
fn releases_of<'f>(findings: impl Iterator<Item = &'f Finding>) -> BTreeSet<&'f str> {
    findings
        .map(|finding| finding.resource.release.as_str())
        .collect()
}

/// The new text as it would be read from disk, if it stands.
fn hold(source: &Source, text: &str, named: &BTreeSet<&str>) -> Result<Source, String> {
    let new = written(source, text)?;
    let (before, after) = (syntax::parse(&source.text), syntax::parse(&new.text));
    if after.errors.len() > before.errors.len() {
        return Err("the result has a syntax error that the original does not have".to_owned());
    }
    let releases = |name: &str| {
        named.contains(name) || Catalog::get().resources().any(|known| known.releases(name))
    };
    transform::unwraps((&source.text, &before), (&new.text, &after), &releases)
        .map_err(|failure| failure.to_string())?;
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
