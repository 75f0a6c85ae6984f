//! Facts to findings. One file holds one rule and its documentation, which `unleak explain` prints.

mod advice;
mod arguments;
mod context_does_not_release;
mod finding;
mod generator_provider_called;
mod kept_without_release;
mod lost_traceback;
mod manual_release;
mod never_released;
mod plan;
mod pool_edit;
mod pool_policy;
mod reach;
mod reasons;
mod redundant_release;
mod release_not_guaranteed;
mod unbound_resource;
mod undocumented_provider;
mod unprotected_yield;
mod unused_suppression;
mod view;

pub use advice::{on_refusal, trust};
pub use finding::*;
pub use plan::*;
pub use pool_policy::PoolPolicy;
pub use reach::Reach;
pub use unused_suppression::{Unused, on_shared_fix, unused_suppression};

use crate::matcher::{Facts, LostTraceback, Pooled, Undocumented};
use crate::source::Source;
use crate::syntax::Module;

/// Every finding in a file, in source order.
pub fn findings(source: &Source, module: &Module, facts: &Facts) -> Vec<Finding> {
    let view = view::View { source, module };
    let mut findings = Vec::new();
    for acquisition in &facts.acquisitions {
        // What is kept has a rule of its own, and so has a generator's resource, on either side.
        let special = kept_without_release::check(&view, acquisition)
            .or_else(|| generator_provider_called::check(&view, acquisition))
            .or_else(|| unprotected_yield::check(&view, acquisition));
        if special.is_some() {
            findings.extend(special);
            continue;
        }
        findings.extend(never_released::check(&view, acquisition));
        findings.extend(release_not_guaranteed::check(&view, acquisition));
        findings.extend(manual_release::check(&view, acquisition));
        findings.extend(unbound_resource::check(&view, acquisition));
        findings.extend(context_does_not_release::check(&view, acquisition));
    }
    findings.extend(
        facts
            .redundant
            .iter()
            .map(|redundant| redundant_release::check(&view, redundant)),
    );
    findings.sort_by_key(|finding| (finding.span, finding.rule));
    findings
}

/// The findings for calls that log an error without its traceback.
pub fn traceback_findings(
    source: &Source,
    module: &Module,
    lost: &[LostTraceback],
) -> Vec<Finding> {
    let findings = lost
        .iter()
        .map(|lost| lost_traceback::check(source, module, lost));
    findings.collect()
}

/// The findings for providers that do not say how what they give is released.
pub fn provider_findings(source: &Source, found: &[Undocumented]) -> Vec<Finding> {
    let findings = found
        .iter()
        .map(|found| undocumented_provider::check(source, found));
    findings.collect()
}

/// The findings for pools of connections.
pub fn pool_findings(
    source: &Source,
    module: &Module,
    pools: &[Pooled],
    policy: &PoolPolicy,
) -> Vec<Finding> {
    let findings = pools
        .iter()
        .flat_map(|pooled| pool_policy::check(source, module, pooled, policy));
    findings.collect()
}

impl Rule {
    /// The rule's documentation in Markdown: the doc comment of its file.
    pub fn documentation(self) -> String {
        let source = match self {
            Rule::NeverReleased => include_str!("never_released.rs"),
            Rule::ReleaseNotGuaranteed => include_str!("release_not_guaranteed.rs"),
            Rule::ManualRelease => include_str!("manual_release.rs"),
            Rule::RedundantRelease => include_str!("redundant_release.rs"),
            Rule::UnboundResource => include_str!("unbound_resource.rs"),
            Rule::ContextDoesNotRelease => include_str!("context_does_not_release.rs"),
            Rule::GeneratorProviderCalled => include_str!("generator_provider_called.rs"),
            Rule::UnprotectedYield => include_str!("unprotected_yield.rs"),
            Rule::KeptWithoutRelease => include_str!("kept_without_release.rs"),
            Rule::UnusedSuppression => include_str!("unused_suppression.rs"),
            Rule::LostTraceback => include_str!("lost_traceback.rs"),
            Rule::PoolPolicy => include_str!("pool_policy.rs"),
            Rule::UndocumentedProvider => include_str!("undocumented_provider.rs"),
        };
        let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
        lines
            .map(|line| line.strip_prefix(' ').unwrap_or(line))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The first clause of the documentation's "What it does", without a full stop.
    pub fn summary(self) -> String {
        let text = self.documentation();
        let body = text.split("## What it does\n").nth(1).unwrap_or_default();
        let words: Vec<&str> = body.split_whitespace().collect();
        let mut ticks = 0;
        let ends = |word: &&str| {
            ticks += word.matches('`').count();
            // `# unleak: ignore` is one word.
            ticks % 2 == 0 && word.ends_with(['.', ':'])
        };
        let last = words.iter().position(ends).unwrap_or(words.len());
        let clause = words[..words.len().min(last + 1)].join(" ");
        clause.trim_end_matches(['.', ':']).to_owned()
    }
}
