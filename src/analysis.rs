//! Where the inner rooms are joined: from one source to its findings, and from findings to the rewritten text.

mod comments;

use std::collections::{BTreeMap, HashMap};

use crate::faults;
use crate::matcher::{self, Context, Obstacle};
use crate::options::Options;
use crate::project::{Memo, Names, Trust};
use crate::rules::{self, Finding, Plan, Rule};
use crate::source::Source;
use crate::suppress::{self, Suppressions};
use crate::syntax::{self, Module, Scopes, Span};
use crate::transform::{self, Checked, Edit, Original, Patch};

/// What is known about one file.
#[derive(Debug, Default)]
pub struct Analysis {
    /// What is reported, in source order.
    pub findings: Vec<Finding>,
    /// What would be, but for a comment.
    pub suppressed: Vec<Finding>,
    /// What could not be looked at ("line 12: syntax error; `f` is left alone").
    pub notes: Vec<String>,
}

/// A file after its fixes.
#[derive(Debug)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// The findings that are mended in it.
    pub applied: Vec<Finding>,
    /// The findings that are still there, with their places in the new text.
    pub remaining: Vec<Finding>,
    /// Fixes that failed their own check and were not made: faults of `unleak`.
    pub failures: Vec<String>,
    /// Whether each fix was asked about: one that is left was then not wanted.
    pub asked: bool,
}

/// One fix alone, made and checked.
#[derive(Debug)]
pub struct Step {
    /// The new text.
    pub text: String,
    /// What is found in it.
    pub found: Vec<Finding>,
    /// What was replaced in the old text.
    edits: Vec<Edit>,
}

impl Step {
    /// Where a place of the old text is in the new one.
    pub fn moved(&self, place: usize) -> usize {
        moved(&self.edits, place)
    }
}

/// Finds what `options` ask for in `source`.
pub fn analyze(source: &Source, options: &Options) -> Analysis {
    if !may_concern(source, options) {
        return Analysis::default();
    }
    look(source, &syntax::parse(&source.text), options)
}

/// The same, as if no comment suppressed anything.
pub fn unsuppressed(source: &Source, options: &Options) -> Analysis {
    if !options.may_find_in(&source.text) {
        return Analysis::default();
    }
    look_at(source, &syntax::parse(&source.text), options, false)
}

fn may_concern(source: &Source, options: &Options) -> bool {
    options.may_find_in(&source.text) || suppress::is_addressed(&source.text)
}

/// Finds it in `source`, whose parsed form is `module`.
fn look(source: &Source, module: &Module, options: &Options) -> Analysis {
    if !may_concern(source, options) {
        return Analysis::default();
    }
    look_at(source, module, options, true)
}

/// What is found before anybody has tried whether its fixes can be written down.
struct Judged {
    findings: Vec<Finding>,
    suppressed: Vec<Finding>,
    /// What comments could not be made sense of, and which functions could not be read.
    notes: Vec<String>,
    skipped: Vec<String>,
}

/// Finds it with or without what comments suppress.
fn judge(source: &Source, module: &Module, options: &Options, heeding: bool) -> Judged {
    let scopes = Scopes::build(module);
    let memo = Memo::default();
    let names = Names::new(
        &source.path,
        &source.text,
        module,
        &scopes,
        &options.project,
        &memo,
    );
    let ctx = Context::new(names, options.manner);
    let mut facts = matcher::facts(&ctx);
    facts
        .acquisitions
        .retain(|found| found.released || found.acquirer.trust != Trust::ConventionalIfReleased);
    let mut findings = rules::findings(source, module, &facts);
    findings.extend(of_other_rules(source, &ctx, options, heeding));
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    let mut notes = Vec::new();
    let mut suppressed = Vec::new();
    if heeding {
        let suppressions = Suppressions::read(source, module);
        notes.extend(suppressions.notes(source));
        let sorted = suppressions.sort(source, findings);
        (findings, suppressed) = (sorted.left, sorted.suppressed);
        // Where not everything could be read, nobody knows what a comment is good for.
        if module.errors.is_empty() {
            findings.extend(sorted.unused);
            findings.sort_by_key(|finding| (finding.span, finding.rule));
        }
    }
    findings.retain(|finding| options.wants(finding));
    for finding in &mut findings {
        if let Some(wanted) = options.fix_safety.get(&finding.rule) {
            rules::trust(finding, *wanted);
        }
    }
    suppressed.retain(|finding| options.wants(finding));
    let skipped = facts.skipped.iter().map(|(name, span)| {
        let line = source.position(span.start).line;
        format!("line {line}: syntax error in {name}, which is left alone")
    });
    Judged {
        findings,
        suppressed,
        notes,
        skipped: skipped.collect(),
    }
}

/// Finds what can be written down, with or without what comments suppress.
fn look_at(source: &Source, module: &Module, options: &Options, heeding: bool) -> Analysis {
    let Judged {
        mut findings,
        suppressed,
        mut notes,
        skipped,
    } = judge(source, module, options, heeding);
    if let (false, Some(said)) = (
        findings.is_empty(),
        syntax::says_generated(&source.text, module),
    ) {
        let line = source.position(said.start).line;
        return Analysis {
            findings: Vec::new(),
            suppressed,
            notes: vec![format!(
                "line {line}: generated code, which is left alone; what it leaks is for its generator to mend"
            )],
        };
    }
    refuse_impossible(source, module, &mut findings);
    if heeding {
        comments::refuse_changing(source, module, options, (&suppressed, &mut findings));
    }
    faults::spoil_plans(&source.path, &mut findings);
    // What could not be read at all may hide any acquisition: it is named even if none was seen in it.
    let unread = skipped.is_empty();
    notes.extend(skipped);
    if let (true, Some(error)) = (unread, module.errors.first()) {
        let line = source.position(error.start).line;
        notes.push(format!(
            "line {line}: not understood, what stands there is left alone"
        ));
    }
    Analysis {
        findings,
        suppressed,
        notes,
    }
}

/// What the rules find that are not about resources: those that are selected, and all where a comment may speak of them.
fn of_other_rules(
    source: &Source,
    ctx: &Context<'_>,
    options: &Options,
    heeding: bool,
) -> Vec<Finding> {
    let addressed = heeding && suppress::is_addressed(&source.text);
    let asked = |rule: Rule| addressed || options.rules.contains(&rule);
    let mut findings = Vec::new();
    if asked(Rule::LostTraceback) {
        let lost = matcher::lost_tracebacks(ctx);
        findings.extend(rules::traceback_findings(source, ctx.module, &lost));
    }
    if asked(Rule::UndocumentedProvider) {
        findings.extend(rules::provider_findings(
            source,
            &matcher::undocumented(ctx),
        ));
    }
    if asked(Rule::PoolPolicy) {
        let pools = matcher::pools(ctx);
        findings.extend(rules::pool_findings(
            source,
            ctx.module,
            &pools,
            &options.pool,
        ));
    }
    findings
}

/// For each of `findings`, the edits of its fix alone. None where `options` do not make it, or where it does not stand the
/// self-check alone.
pub fn edits(source: &Source, findings: &[Finding], options: &Options) -> Vec<Vec<Edit>> {
    let mut all = vec![Vec::new(); findings.len()];
    if !findings.iter().any(|finding| options.applies(finding)) {
        return all;
    }
    let module = syntax::parse(&source.text);
    let original = Original::new(&source.text, &module);
    for (finding, edits) in findings.iter().zip(&mut all) {
        if options.applies(finding)
            && let Some(fix) = &finding.fix
            && let Ok(patch) = original.edits(&fix.plan)
            && original.check(&[(&fix.plan, &patch)]).is_ok()
        {
            *edits = patch.edits;
        }
    }
    all
}

/// A fix that cannot be written down is none.
fn refuse_impossible(source: &Source, module: &Module, findings: &mut [Finding]) {
    if findings.iter().all(|finding| finding.fix.is_none()) {
        return;
    }
    let original = Original::new(&source.text, module);
    for finding in findings {
        if let Some(fix) = &finding.fix
            && let Err(refusal) = original.edits(&fix.plan)
        {
            refuse(finding, refusal.to_string());
        }
    }
}

fn refuse(finding: &mut Finding, reason: String) {
    finding.advice = Some(rules::on_refusal(&reason));
    finding.blocked_by = Some(reason);
    finding.fix = None;
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
    let mut module = syntax::parse(&current.text);
    let mut applied: Vec<Finding> = Vec::new();
    let mut failures: Vec<String> = Vec::new();
    let mut banned: Vec<usize> = Vec::new();
    let mut todo: Vec<Finding> = findings.to_vec();
    let mut one_by_one = false;
    let mut suppressed = match Suppressions::read(source, &module).is_empty() {
        true => Vec::new(),
        false => look(&current, &module, options).suppressed,
    };
    assert!(!faults::on("panic", &source.path), "a fault on purpose");
    for _ in 0..MOST_ROUNDS {
        if !todo
            .iter()
            .any(|finding| can_be_made(finding, options, &banned))
        {
            break;
        }
        let round = Round {
            source: &current,
            module: &module,
            original: Original::new(&current.text, &module),
            todo: &todo,
            options,
        };
        let Some((fixed, checked)) = round.make(&mut banned, &mut failures, one_by_one) else {
            break;
        };
        let next = current.with_text(checked.text);
        let seen = look(&next, &checked.module, options);
        let left = seen.findings;
        let same = !comments::changed((&suppressed, &todo), (&seen.suppressed, &left));
        if same && progress(&todo, &left, &fixed) && !faults::on("finding", &source.path) {
            banned = banned
                .into_iter()
                .map(|place| moved(&checked.edits, place))
                .collect();
            applied.extend(fixed);
            current = next;
            module = checked.module;
            todo = left;
            suppressed = seen.suppressed;
            one_by_one = false;
        } else if one_by_one {
            for finding in &fixed {
                banned.push(finding.span.start);
                let reason = match same {
                    true => "the finding is still there after its fix",
                    false => "a comment would suppress something else than before",
                };
                failures.push(failure(&current, finding, reason));
            }
        } else {
            one_by_one = true;
        }
        if faults::on("again", &source.path) {
            break;
        }
    }
    Fixed {
        text: current.text,
        applied,
        remaining: todo,
        failures,
        asked: false,
    }
}

/// The first of the fixes that would be made at once, in the order of the file, without those of the findings at `passed`.
pub fn next<'f>(
    source: &Source,
    findings: &'f [Finding],
    options: &Options,
    passed: &[usize],
) -> Option<&'f Finding> {
    if !findings
        .iter()
        .any(|finding| can_be_made(finding, options, passed))
    {
        return None;
    }
    let module = syntax::parse(&source.text);
    let round = Round {
        source,
        module: &module,
        original: Original::new(&source.text, &module),
        todo: findings,
        options,
    };
    let choices = round.choose(passed);
    let first = choices
        .iter()
        .map(|choice| choice.finding.span.start)
        .min()?;
    findings
        .iter()
        .find(|finding| finding.span.start == first && can_be_made(finding, options, passed))
}

/// Makes the fix of `finding`, which is one of `findings`, and no other, and checks the result. `None` if it cannot be
/// made without another; the error is a fault of `unleak`.
pub fn step(
    source: &Source,
    finding: &Finding,
    findings: &[Finding],
    options: &Options,
) -> Option<Result<Step, String>> {
    let module = syntax::parse(&source.text);
    let round = Round {
        source,
        module: &module,
        original: Original::new(&source.text, &module),
        todo: std::slice::from_ref(finding),
        options,
    };
    let mut failures = Vec::new();
    let Some((fixed, checked)) = round.make(&mut Vec::new(), &mut failures, true) else {
        return failures.pop().map(Err);
    };
    let next = source.with_text(checked.text);
    let found = look(&next, &checked.module, options).findings;
    if !progress(findings, &found, &fixed) || faults::on("finding", &source.path) {
        let reason = "the finding is still there after its fix";
        return Some(Err(failure(source, finding, reason)));
    }
    Some(Ok(Step {
        text: next.text,
        found,
        edits: checked.edits,
    }))
}

/// What the fixes of one round are made from.
struct Round<'a> {
    source: &'a Source,
    module: &'a Module,
    original: Original<'a>,
    todo: &'a [Finding],
    options: &'a Options,
}

/// A fix that can be made.
struct Choice<'a> {
    finding: &'a Finding,
    plan: &'a Plan,
    patch: Patch,
}

impl<'a> Round<'a> {
    /// Makes the fixes that can be made at once, or only the first of them; `None` if there is none.
    ///
    /// They are checked together. Only if that fails is each checked on its own: what fails there is banned; if nothing
    /// does, they are in each other's way, and only the first is made.
    fn make(
        &self,
        banned: &mut Vec<usize>,
        failures: &mut Vec<String>,
        only_one: bool,
    ) -> Option<(Vec<Finding>, Checked)> {
        let mut only_one = only_one;
        loop {
            let mut choices = self.choose(banned);
            choices.truncate(if only_one { 1 } else { choices.len() });
            let fixes: Vec<_> = choices.iter().map(|c| (c.plan, &c.patch)).collect();
            if fixes.is_empty() {
                return None;
            }
            if let Ok(checked) = self.original.check(&fixes) {
                let findings = choices.iter().map(|choice| choice.finding.clone());
                return Some((findings.collect(), checked));
            }
            let before = banned.len();
            for (choice, fix) in choices.iter().zip(fixes) {
                if let Err(error) = self.original.check(&[fix]) {
                    banned.push(choice.finding.span.start);
                    failures.push(failure(self.source, choice.finding, &error.to_string()));
                }
            }
            only_one |= banned.len() == before;
        }
    }

    /// The fixes of which no two touch the same lines.
    fn choose(&self, banned: &[usize]) -> Vec<Choice<'a>> {
        let mut choices = Vec::new();
        let mut taken: BTreeMap<usize, usize> = BTreeMap::new();
        // Where two lifetimes overlap, the one that ends later goes first: its body then holds the end of the other,
        // which can take in the whole of it. The other way round, its release would stand outside of the body it begins
        // in.
        let mut order: Vec<&Finding> = self.todo.iter().collect();
        order.sort_by_key(|finding| {
            std::cmp::Reverse(finding.fix.as_ref().map_or(0, |fix| fix.region.1))
        });
        for finding in order {
            if !can_be_made(finding, self.options, banned) {
                continue;
            }
            let Some(fix) = &finding.fix else { continue };
            let Ok(mut patch) = self.original.edits(&fix.plan) else {
                continue;
            };
            faults::spoil_edits(
                &self.source.path,
                &self.source.text,
                self.module,
                &mut patch,
            );
            let Span { start, end } = patch.touched;
            let previous = taken.range(..end).next_back();
            if start < end {
                if previous.is_some_and(|(_, taken)| *taken > start) {
                    continue;
                }
                taken.insert(start, end);
            }
            choices.push(Choice {
                finding,
                plan: &fix.plan,
                patch,
            });
        }
        choices
    }
}

fn can_be_made(finding: &Finding, options: &Options, banned: &[usize]) -> bool {
    options.applies(finding) && !banned.contains(&finding.span.start)
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
        "line {line}: the fix of {} failed unleak's own check: {reason}",
        finding.rule.code()
    )
}

impl From<transform::Refusal> for Obstacle {
    fn from(refusal: transform::Refusal) -> Self {
        Obstacle::Refused(refusal.0)
    }
}
