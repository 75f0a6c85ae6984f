//! Where the inner rooms are joined: from one source to its findings, and from findings to the rewritten text.

use std::collections::HashMap;

use crate::matcher::{self, Context, Obstacle};
use crate::pipeline::{Fixed, Options};
use crate::project::{Names, Trust};
use crate::rules::{self, Finding};
use crate::source::Source;
use crate::syntax::{self, Module, Scopes};
use crate::transform::{self, Edit, Patch};

/// What is known about one file.
#[derive(Debug, Default)]
pub struct Analysis {
    /// What is reported, in source order.
    pub findings: Vec<Finding>,
    /// What could not be looked at ("line 12: syntax error; `f` is left alone").
    pub notes: Vec<String>,
}

/// Finds what `options` ask for in `source`.
pub fn analyze(source: &Source, options: &Options) -> Analysis {
    look(source, options).1
}

fn look(source: &Source, options: &Options) -> (Option<Module>, Analysis) {
    if !options.prefilter.may_contain(source.text.as_bytes()) {
        return (None, Analysis::default());
    }
    let module = syntax::parse(&source.text);
    let scopes = Scopes::build(&module);
    let names = Names::new(
        &source.path,
        &source.text,
        &module,
        &scopes,
        &options.project,
    );
    let ctx = Context::new(&source.text, &module, &scopes, &names);
    let mut facts = matcher::facts(&ctx);
    facts
        .acquisitions
        .retain(|found| found.released || found.acquirer.trust != Trust::ConventionalIfReleased);
    let mut findings = rules::findings(source, &module, &facts);
    findings.retain(|finding| options.rules.contains(&finding.rule));
    for finding in &mut findings {
        refuse_impossible(source, &module, finding);
    }
    let notes = facts
        .skipped
        .iter()
        .map(|(name, span)| {
            let line = source.position(span.start).line;
            format!("line {line}: syntax error in `{name}`, which is left alone")
        })
        .collect();
    (Some(module), Analysis { findings, notes })
}

/// A fix that cannot be written down is none.
fn refuse_impossible(source: &Source, module: &Module, finding: &mut Finding) {
    let Some(fix) = &finding.fix else { return };
    if let Err(refusal) = transform::edits(&source.text, module, &fix.plan) {
        finding.blocked_by = Some(refusal.to_string());
        finding.fix = None;
    }
}

/// A round of fixes may uncover others (two resources, one inside the other); more rounds than nesting allows mean that
/// something goes in circles.
const MOST_ROUNDS: usize = 100;

/// Rewrites `source` as the fixes of `findings` say, as far as `options` allow, and checks the result.
///
/// Fixes are applied in rounds: those that do not touch the same lines, then the file is parsed and looked at again,
/// until nothing is left to do. So several fixes compose without knowing of each other, and a second run has nothing
/// to do.
pub fn rewrite(source: &Source, findings: &[Finding], options: &Options) -> Fixed {
    let mut current = source.with_text(source.text.clone());
    let mut applied: Vec<Finding> = Vec::new();
    let mut failures: Vec<String> = Vec::new();
    let mut banned: Vec<usize> = Vec::new();
    let mut todo: Vec<Finding> = findings.to_vec();
    let mut one_by_one = false;
    for _ in 0..MOST_ROUNDS {
        let module = syntax::parse(&current.text);
        let round = choose(
            &current,
            &module,
            &todo,
            options,
            &mut banned,
            &mut failures,
            one_by_one,
        );
        if round.findings.is_empty() {
            break;
        }
        let text = transform::apply(&current.text, &round.edits);
        let next = current.with_text(text);
        let left = analyze(&next, options).findings;
        if progress(&todo, &left, &round.findings) {
            banned = banned
                .into_iter()
                .map(|place| moved(&round.edits, place))
                .collect();
            applied.extend(round.findings);
            current = next;
            todo = left;
            one_by_one = false;
        } else if one_by_one {
            for finding in &round.findings {
                banned.push(finding.span.start);
                failures.push(failure(
                    &current,
                    finding,
                    "the finding is still there after its fix",
                ));
            }
        } else {
            one_by_one = true;
        }
    }
    Fixed {
        text: current.text,
        applied,
        remaining: todo,
        failures,
    }
}

/// The fixes of one round and their edits.
#[derive(Default)]
struct Round {
    findings: Vec<Finding>,
    edits: Vec<Edit>,
}

/// The fixes that can be made at once: each passes its own check, and no two touch the same lines.
fn choose(
    source: &Source,
    module: &Module,
    todo: &[Finding],
    options: &Options,
    banned: &mut Vec<usize>,
    failures: &mut Vec<String>,
    only_one: bool,
) -> Round {
    let mut round = Round::default();
    let mut taken: Vec<syntax::Span> = Vec::new();
    // Where two lifetimes overlap, the one that ends later goes first: its body then holds the end of the other, which
    // can take in the whole of it. The other way round, its release would stand outside of the body it begins in.
    let mut order: Vec<&Finding> = todo.iter().collect();
    order.sort_by_key(|finding| {
        std::cmp::Reverse(finding.fix.as_ref().map_or(0, |fix| fix.region.1))
    });
    for finding in order {
        if !options.applies(finding) || banned.contains(&finding.span.start) {
            continue;
        }
        let Some(fix) = &finding.fix else { continue };
        let Ok(patch) = transform::edits(&source.text, module, &fix.plan) else {
            continue;
        };
        if taken.iter().any(|span| span.overlaps(patch.touched)) {
            continue;
        }
        if let Err(error) = transform::check(&source.text, module, &fix.plan, &patch) {
            banned.push(finding.span.start);
            failures.push(failure(source, finding, &error.to_string()));
            continue;
        }
        taken.push(patch.touched);
        merge(&mut round.edits, patch);
        round.findings.push(finding.clone());
        if only_one {
            break;
        }
    }
    round
}

/// Adds the edits of a fix; an import that several of them need is added once.
fn merge(edits: &mut Vec<Edit>, patch: Patch) {
    for edit in patch.edits {
        if !edits.contains(&edit) {
            edits.push(edit);
        }
    }
    edits.sort_by_key(|edit| edit.span);
}

/// Whether the findings that were fixed are gone and no other of their kind came instead.
fn progress(before: &[Finding], after: &[Finding], fixed: &[Finding]) -> bool {
    let before = tally(before);
    let after = tally(after);
    tally(fixed).iter().all(|(key, count)| {
        let had = before.get(key).copied().unwrap_or(0);
        after.get(key).copied().unwrap_or(0) + count <= had
    })
}

type Key<'f> = (rules::Rule, Option<&'f str>, Option<&'f str>, &'f str);

fn tally(findings: &[Finding]) -> HashMap<Key<'_>, usize> {
    let mut counts = HashMap::new();
    for finding in findings {
        let key = (
            finding.rule,
            finding.function.as_deref(),
            finding.resource.variable.as_deref(),
            finding.resource.acquirer.as_str(),
        );
        *counts.entry(key).or_insert(0) += 1;
    }
    counts
}

/// Where a place of the old text is in the new one.
fn moved(edits: &[Edit], place: usize) -> usize {
    let mut shift = 0isize;
    for edit in edits.iter().filter(|edit| edit.span.end <= place) {
        shift += edit.text.len() as isize - (edit.span.end - edit.span.start) as isize;
    }
    place.saturating_add_signed(shift)
}

fn failure(source: &Source, finding: &Finding, reason: &str) -> String {
    let line = source.position(finding.span.start).line;
    format!(
        "line {line}: the fix of {} failed its own check and was dropped: {reason}",
        finding.rule.code()
    )
}

impl From<transform::Refusal> for Obstacle {
    fn from(refusal: transform::Refusal) -> Self {
        Obstacle::Refused(refusal.0)
    }
}
