//! Fixes must not change what a comment suppresses: `# unleak: ignore` may stand beside a release that goes, or above a
//! statement that gets a `with` in front.

use std::ops::RangeInclusive;

use super::{judge, refuse};
use crate::options::Options;
use crate::rules::{Finding, Fix};
use crate::source::Source;
use crate::suppress::Suppressions;
use crate::syntax::Module;
use crate::transform::Original;

/// What is suppressed and what is not.
type Sides<'f> = (&'f [Finding], &'f [Finding]);

/// Refuses fixes after which a comment would suppress something else. `found` is what is suppressed in the file, and what
/// is not.
pub(super) fn refuse_changing(
    source: &Source,
    module: &Module,
    options: &Options,
    found: (&[Finding], &mut [Finding]),
) {
    let (suppressed, findings) = found;
    if findings.iter().all(|finding| finding.fix.is_none()) {
        return;
    }
    let lines: Vec<usize> = Suppressions::read(source, module)
        .own_lines(source)
        .collect();
    if lines.is_empty() {
        return;
    }
    let original = Original::new(&source.text, module);
    for index in 0..findings.len() {
        let Some(fix) = &findings[index].fix else {
            continue;
        };
        let Some((reached, checked)) = tried(source, &original, fix) else {
            continue;
        };
        let Some(line) = lines.iter().find(|line| reached.contains(line)) else {
            continue;
        };
        let after = source.with_text(checked.0);
        let then = judge(&after, &checked.1, options, true);
        if changed((suppressed, findings), (&then.suppressed, &then.findings)) {
            let reason =
                format!("the comment in line {line} would suppress something else after the fix");
            refuse(&mut findings[index], reason);
        }
    }
}

/// The lines that a fix reaches, with those beside them, and what comes of it. A fix that fails its check is refused
/// elsewhere.
fn tried(
    source: &Source,
    original: &Original<'_>,
    fix: &Fix,
) -> Option<(RangeInclusive<usize>, (String, Module))> {
    let patch = original.edits(&fix.plan).ok()?;
    let (first, last) = (patch.touched.start, patch.touched.end);
    let reached = source.line_of(first).saturating_sub(1)..=source.line_of(last) + 1;
    let checked = original.check(&[(&fix.plan, &patch)]).ok()?;
    Some((reached, (checked.text, checked.module)))
}

/// Whether comments suppress something else after a fix than before.
pub(super) fn changed(before: Sides<'_>, after: Sides<'_>) -> bool {
    woken(before, after) || woken(after, before)
}

/// Whether less of something is suppressed than before, and more of it reported.
fn woken(before: Sides<'_>, after: Sides<'_>) -> bool {
    let count = |findings: &[Finding], wanted: &Finding| {
        let resource = |finding: &Finding| {
            let of = &finding.resource;
            (
                finding.function.clone(),
                of.variable.clone(),
                of.acquirer.clone(),
            )
        };
        let wanted = resource(wanted);
        findings
            .iter()
            .filter(|one| resource(one) == wanted)
            .count()
    };
    before.0.iter().any(|finding| {
        count(after.0, finding) < count(before.0, finding)
            && count(after.1, finding) > count(before.1, finding)
    })
}
