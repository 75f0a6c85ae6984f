//! What is reported: the value that leaves the analysis and goes to `transform` and `emit`.

use std::collections::BTreeSet;

use super::plan::Plan;
use super::reach::Reach;
use crate::project::Slot;
use crate::source::{Position, Source};
use crate::syntax::Span;

/// The rules, by code. Their texts stand in one file each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// UL001
    NeverReleased,
    /// UL002
    ReleaseNotGuaranteed,
    /// UL003
    ManualRelease,
    /// UL004
    RedundantRelease,
    /// UL005
    UnboundResource,
    /// UL006
    ContextDoesNotRelease,
    /// UL007
    GeneratorProviderCalled,
    /// UL008
    UnprotectedYield,
    /// UL009
    KeptWithoutRelease,
    /// UL100
    UnusedSuppression,
    /// UL101
    LostTraceback,
    /// UL102
    PoolPolicy,
    /// UL103
    UndocumentedProvider,
}

/// Whether a finding is a leak or only longer than it need be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Some path does not release.
    Leak,
    /// Everything is released; `with` says it in one line.
    Style,
}

/// How far a fix may be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// Behaviour stays the same except that release is now guaranteed.
    Safe,
    /// A person should look; [`Finding::blocked_by`] says at what.
    Unsafe,
}

/// One report.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which rule.
    pub rule: Rule,
    /// The acquiring call (for UL004, the release; for UL100, the comment; for UL101, the log call; for UL103, the provider).
    pub span: Span,
    /// Where that starts.
    pub start: Position,
    /// Where that ends (behind its last character).
    pub end: Position,
    /// One sentence, no full stop.
    pub message: String,
    /// The function's qualified name (`Dashboard.render`); `None` at module level.
    pub function: Option<String>,
    /// What is leaked; of UL1xx, which are about none, all of it is empty.
    pub resource: ResourceInfo,
    /// One path on which it is not released.
    pub witness: Option<Witness>,
    /// The lines that it depends on.
    pub reach: Reach,
    /// How it is mended, where it can be.
    pub fix: Option<Fix>,
    /// Why there is no safe fix: one sentence, no full stop.
    pub blocked_by: Option<String>,
    /// What a person can do about that: one clause, imperative, no full stop. There where `blocked_by` is.
    pub advice: Option<&'static str>,
}

/// The resource of a finding.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceInfo {
    /// The name it is bound to, if any.
    pub variable: Option<String>,
    /// The dotted name of what was called.
    pub acquirer: String,
    /// `database`, `file`, `network` ...
    pub kind: String,
    /// The method that gives it back.
    pub release: String,
}

/// Where a path leaves without the release.
#[derive(Clone, Debug, PartialEq)]
pub struct Witness {
    /// The line, from 1.
    pub line: usize,
    /// How control leaves there.
    pub how: How,
}

/// How control leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Something on the line raises.
    Raises,
    /// The line returns.
    Returns,
    /// The function's (or loop body's) end is reached.
    FallsOff,
    /// The name is bound to something else there.
    Rebinds,
}

/// A fix.
#[derive(Clone, Debug, PartialEq)]
pub struct Fix {
    /// How far it may be trusted.
    pub applicability: Applicability,
    /// What it does: one clause, imperative, no full stop.
    pub message: String,
    /// First and last original line of the `with` (header and body), from 1.
    pub region: (usize, usize),
    /// What to do.
    pub plan: Plan,
    /// Where the program looks up what is entered by a `with` of its own afterwards, and was not before; empty where
    /// nothing is (`closing`).
    pub enters: BTreeSet<Slot>,
}

impl Finding {
    /// A finding about no resource, and so far without a fix.
    pub(super) fn without_resource(
        source: &Source,
        rule: Rule,
        span: Span,
        message: String,
    ) -> Finding {
        let (start, end) = (source.position(span.start), source.position(span.end));
        Finding {
            rule,
            span,
            start,
            end,
            reach: Reach::of_lines(start.line, end.line),
            message,
            function: None,
            resource: ResourceInfo {
                variable: None,
                acquirer: String::new(),
                kind: String::new(),
                release: String::new(),
            },
            witness: None,
            fix: None,
            blocked_by: None,
            advice: None,
        }
    }
}

impl Fix {
    /// A fix that replaces pieces of the text; there is at least one.
    pub(super) fn of_pieces(
        source: &Source,
        applicability: Applicability,
        message: String,
        pieces: Vec<(Span, String)>,
    ) -> Fix {
        let start = pieces.iter().map(|(span, _)| span.start).min();
        let end = pieces.iter().map(|(span, _)| span.end).max();
        let line = |at: Option<usize>| source.line_of(at.unwrap_or_default());
        Fix {
            applicability,
            message,
            region: (line(start), line(end)),
            enters: BTreeSet::new(),
            plan: Plan {
                pieces,
                ..Plan::default()
            },
        }
    }
}

impl Rule {
    /// All rules in the order of their codes.
    pub const ALL: [Rule; 13] = [
        Rule::NeverReleased,
        Rule::ReleaseNotGuaranteed,
        Rule::ManualRelease,
        Rule::RedundantRelease,
        Rule::UnboundResource,
        Rule::ContextDoesNotRelease,
        Rule::GeneratorProviderCalled,
        Rule::UnprotectedYield,
        Rule::KeptWithoutRelease,
        Rule::UnusedSuppression,
        Rule::LostTraceback,
        Rule::PoolPolicy,
        Rule::UndocumentedProvider,
    ];

    /// `UL001` ...
    pub fn code(self) -> &'static str {
        match self {
            Rule::NeverReleased => "UL001",
            Rule::ReleaseNotGuaranteed => "UL002",
            Rule::ManualRelease => "UL003",
            Rule::RedundantRelease => "UL004",
            Rule::UnboundResource => "UL005",
            Rule::ContextDoesNotRelease => "UL006",
            Rule::GeneratorProviderCalled => "UL007",
            Rule::UnprotectedYield => "UL008",
            Rule::KeptWithoutRelease => "UL009",
            Rule::UnusedSuppression => "UL100",
            Rule::LostTraceback => "UL101",
            Rule::PoolPolicy => "UL102",
            Rule::UndocumentedProvider => "UL103",
        }
    }

    /// `never-released` ...
    pub fn name(self) -> &'static str {
        match self {
            Rule::NeverReleased => "never-released",
            Rule::ReleaseNotGuaranteed => "release-not-guaranteed",
            Rule::ManualRelease => "manual-release",
            Rule::RedundantRelease => "redundant-release",
            Rule::UnboundResource => "unbound-resource",
            Rule::ContextDoesNotRelease => "context-does-not-release",
            Rule::GeneratorProviderCalled => "generator-provider-called",
            Rule::UnprotectedYield => "unprotected-yield",
            Rule::KeptWithoutRelease => "kept-without-release",
            Rule::UnusedSuppression => "unused-suppression",
            Rule::LostTraceback => "lost-traceback",
            Rule::PoolPolicy => "pool-policy",
            Rule::UndocumentedProvider => "undocumented-provider",
        }
    }

    /// Whether it reports leaks or style.
    pub fn level(self) -> Level {
        match self {
            Rule::ManualRelease
            | Rule::RedundantRelease
            | Rule::UnusedSuppression
            | Rule::LostTraceback
            | Rule::PoolPolicy
            | Rule::UndocumentedProvider => Level::Style,
            _ => Level::Leak,
        }
    }
}

impl std::str::FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Rule::ALL
            .into_iter()
            .find(|rule| rule.code().eq_ignore_ascii_case(text) || rule.name() == text)
            .ok_or_else(|| format!("unknown rule '{text}'"))
    }
}
