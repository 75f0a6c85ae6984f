//! Which rules report: `--select` and `--ignore`.

use std::collections::BTreeSet;
use std::str::FromStr;

use crate::rules::{Level, Rule};

/// One value of `--select` or `--ignore`: a rule by code or name, the beginning of codes (`UL`, `UL0`), or `ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    /// Every rule there is.
    All,
    /// Every rule whose code begins so.
    Prefix(String),
    /// That rule.
    Rule(Rule),
}

/// The rules of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Selection {
    /// Those that report.
    pub(super) rules: BTreeSet<Rule>,
    /// Those whose findings fail a check.
    pub(super) failing: BTreeSet<Rule>,
}

impl Selection {
    /// As in ruff, the more exact of two selectors wins, and `ignore` where they are equal.
    pub(super) fn new(select: &[Selector], ignore: &[Selector], strict: bool) -> Selection {
        let strongest = |selectors: &[Selector], rule| {
            selectors.iter().filter_map(|one| one.weight(rule)).max()
        };
        let chosen = |rule: &Rule| {
            let selected = if select.is_empty() {
                rule.code().starts_with("UL0").then_some(0)
            } else {
                strongest(select, *rule)
            };
            selected.is_some() && selected > strongest(ignore, *rule)
        };
        let fails = |rule: &Rule| {
            strict || rule.level() == Level::Leak || select.contains(&Selector::Rule(*rule))
        };
        let rules: BTreeSet<Rule> = Rule::ALL.into_iter().filter(chosen).collect();
        Selection {
            failing: rules.iter().copied().filter(fails).collect(),
            rules,
        }
    }
}

impl Selector {
    /// How exactly it means `rule`; `None` if it does not.
    fn weight(&self, rule: Rule) -> Option<usize> {
        match self {
            Selector::All => Some(0),
            Selector::Prefix(prefix) => rule
                .code()
                .starts_with(prefix.as_str())
                .then_some(prefix.len()),
            Selector::Rule(own) => (*own == rule).then_some(usize::MAX),
        }
    }
}

impl FromStr for Selector {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let code = text.to_ascii_uppercase();
        if code == "ALL" {
            return Ok(Selector::All);
        }
        if let Ok(rule) = text.parse() {
            return Ok(Selector::Rule(rule));
        }
        if code.starts_with("UL") && Rule::ALL.iter().any(|rule| rule.code().starts_with(&code)) {
            return Ok(Selector::Prefix(code));
        }
        Err(format!(
            "unknown rule '{text}' (`unleak explain` lists them)"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(select: &str, ignore: &str, strict: bool) -> (String, String) {
        let parse = |text: &str| -> Vec<Selector> {
            text.split(',')
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().unwrap())
                .collect()
        };
        let selection = Selection::new(&parse(select), &parse(ignore), strict);
        let list = |rules: BTreeSet<Rule>| {
            rules
                .iter()
                .map(|rule| &rule.code()[4..])
                .collect::<String>()
        };
        (list(selection.rules), list(selection.failing))
    }

    fn pair(rules: &str, failing: &str) -> (String, String) {
        (rules.to_string(), failing.to_string())
    }

    /// The last digits of the codes of all rules but `without`.
    fn all_but(without: &str) -> String {
        let digits = Rule::ALL
            .iter()
            .filter_map(|rule| rule.code().chars().last());
        digits.filter(|digit| !without.contains(*digit)).collect()
    }

    #[test]
    fn leaks_fail_and_style_only_on_request() {
        assert_eq!(codes("", "", false), pair(&all_but("0"), &all_but("034")));
        assert_eq!(codes("", "", true), pair(&all_but("0"), &all_but("0")));
        assert_eq!(codes("UL", "", false), pair(&all_but(""), &all_but("034")));
        assert_eq!(
            codes("UL,manual-release", "", false),
            pair(&all_but(""), &all_but("04"))
        );
        assert_eq!(codes("ul003", "", false), pair("3", "3"));
    }

    #[test]
    fn the_more_exact_selector_wins() {
        assert_eq!(codes("", "UL001", false).0, all_but("01"));
        assert_eq!(codes("", "ALL", false).0, "");
        assert_eq!(codes("UL001", "UL", false).0, "1");
        assert_eq!(codes("ALL", "UL00", false).0, "0");
        assert_eq!(codes("UL001", "never-released", false).0, "");
    }

    #[test]
    fn what_is_no_rule_is_named() {
        for text in ["UL999", "U", "", "leak", "all-of-it"] {
            assert!(
                text.parse::<Selector>()
                    .unwrap_err()
                    .contains(&format!("'{text}'")),
                "{text}"
            );
        }
    }
}
