//! What a run looks for and how far it goes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::areas::Areas;
use crate::catalog::pooling::POOLING;
use crate::catalog::{Kind, Manner, Prefilter};
use crate::project::{Declaration, Project};
use crate::rules::{Applicability, Finding, PoolPolicy, Rule};

/// What to look for and how far to go.
#[derive(Debug, Clone)]
pub struct Options {
    /// The rules that report.
    pub rules: BTreeSet<Rule>,
    /// The rules whose findings fail a run.
    pub failing: BTreeSet<Rule>,
    /// The rules whose fixes are trusted more or less than they deserve by themselves.
    pub fix_safety: BTreeMap<Rule, Applicability>,
    /// What the project wants of its pools of connections.
    pub pool: Arc<PoolPolicy>,
    /// The areas of the project, to sum up by.
    pub areas: Arc<Areas>,
    /// Whether fixes that a person should look at are made too.
    pub unsafe_fixes: bool,
    /// The kinds of resources that are looked for; `None`: all.
    pub kinds: Option<Vec<Kind>>,
    /// Which `with` they prefer.
    pub manner: Manner,
    /// What is known across files: modules that were read, and names that the user declared as acquirers.
    pub project: Arc<Project>,
    /// Tells from the bytes of a file whether anything in it could acquire.
    pub prefilter: Arc<Prefilter>,
}

impl Options {
    /// The given rules, safe fixes only; `acquirers` are dotted names that acquire, beside those that are known.
    pub fn new(rules: BTreeSet<Rule>, unsafe_fixes: bool, acquirers: &[String]) -> Options {
        Options::declaring(rules, unsafe_fixes, vec![Declaration::of_names(acquirers)])
    }

    /// The same, where the user says more of acquirers than their names.
    pub fn declaring(
        rules: BTreeSet<Rule>,
        unsafe_fixes: bool,
        declarations: Vec<Declaration>,
    ) -> Options {
        let names: Vec<String> = declarations
            .iter()
            .flat_map(|declaration| declaration.acquirers.iter().cloned())
            .collect();
        Options {
            failing: rules.clone(),
            fix_safety: BTreeMap::new(),
            areas: Arc::default(),
            pool: Arc::default(),
            rules,
            unsafe_fixes,
            kinds: None,
            manner: Manner::default(),
            prefilter: Arc::new(Prefilter::new(&names)),
            project: Arc::new(Project::declaring(declarations)),
        }
    }

    /// The same, with fixes that prefer that `with`.
    pub fn preferring(self, manner: Manner) -> Options {
        Options { manner, ..self }
    }

    /// The same, for these kinds of resources only.
    pub fn looking_for(self, kinds: Option<Vec<Kind>>) -> Options {
        Options { kinds, ..self }
    }

    /// The same, where of these rules only some fail a run.
    pub fn failing(self, failing: BTreeSet<Rule>) -> Options {
        Options { failing, ..self }
    }

    /// The same, with fixes of these rules trusted so far.
    pub fn trusting(self, fix_safety: BTreeMap<Rule, Applicability>) -> Options {
        Options { fix_safety, ..self }
    }

    /// The same in a project that has these areas.
    pub fn within(self, areas: Arc<Areas>) -> Options {
        Options { areas, ..self }
    }

    /// The same where that is wanted of pools.
    pub fn pooling(self, pool: Arc<PoolPolicy>) -> Options {
        Options { pool, ..self }
    }

    /// Whether anything in a file with this text could be found.
    pub fn may_find_in(&self, text: &str) -> bool {
        let bytes = text.as_bytes();
        let holds = |word: &str| memchr::memmem::find(bytes, word.as_bytes()).is_some();
        self.prefilter.may_contain(bytes)
            || self.rules.contains(&Rule::LostTraceback) && holds("except") && holds("log")
            || self.rules.contains(&Rule::PoolPolicy) && POOLING.needles().any(holds)
    }

    /// The same without `rules`.
    pub fn without(mut self, rules: &BTreeSet<Rule>) -> Options {
        self.rules.retain(|rule| !rules.contains(rule));
        self
    }

    /// The same, but nothing is reported.
    pub fn nothing(mut self) -> Options {
        self.rules.clear();
        self
    }

    /// Whether the finding is one of those that are asked for.
    pub fn wants(&self, finding: &Finding) -> bool {
        let kind = finding.resource.kind.as_str();
        let of_kind = |kinds: &Vec<Kind>| kinds.iter().any(|wanted| wanted.name() == kind);
        // A comment is about no resource.
        let is_wanted = kind.is_empty() || self.kinds.as_ref().is_none_or(of_kind);
        is_wanted && self.rules.contains(&finding.rule)
    }

    /// Whether the finding has a fix that these options make.
    pub fn applies(&self, finding: &Finding) -> bool {
        finding
            .fix
            .as_ref()
            .is_some_and(|fix| self.unsafe_fixes || fix.applicability == Applicability::Safe)
    }
}

impl Default for Options {
    /// The rules about resources, and about comments.
    fn default() -> Self {
        let rules = Rule::ALL.into_iter();
        let rules = rules.filter(|rule| *rule <= Rule::UnusedSuppression);
        Options::new(rules.collect(), false, &[])
    }
}
