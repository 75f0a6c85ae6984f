//! Which rules report: `select` and `ignore`, in a configuration or on the command line.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use super::error::nearest;
use crate::rules::{Level, Rule};

/// One value of `select` or `ignore`: a rule by code or name, the beginning of codes (`UL`, `UL0`), or `ALL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every rule there is.
    All,
    /// Every rule whose code begins so.
    Prefix(String),
    /// That rule.
    Rule(Rule),
}

/// The rules of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Those that report.
    pub rules: BTreeSet<Rule>,
    /// Those whose findings fail a check.
    pub failing: BTreeSet<Rule>,
}

/// What one place says of the rules that report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// These only; `None`: those that report anyway.
    pub select: Option<Vec<Selector>>,
    /// These, too.
    pub extend_select: Vec<Selector>,
    /// Not these.
    pub ignore: Vec<Selector>,
}

impl Selection {
    /// What comes of the choices of several places, each going before the one in front of it. As in ruff, the more exact
    /// of two selectors wins, and `ignore` where they are equal.
    pub fn of(places: &[&Choices], strict: bool) -> Selection {
        let usual = |rule: &Rule| rule.code().starts_with("UL0");
        let mut rules: BTreeSet<Rule> = Rule::ALL.into_iter().filter(usual).collect();
        let mut named: BTreeSet<Rule> = BTreeSet::new();
        for place in places {
            if place.select.is_some() {
                rules.clear();
                named.clear();
            }
            let select = place.select.as_deref().unwrap_or_default();
            let wanted = [select, &place.extend_select[..]].concat();
            let chosen = |rule: &Rule| {
                let carried = rules.contains(rule).then_some(0);
                let selected = strongest(&wanted, *rule).max(carried);
                selected.is_some() && selected > strongest(&place.ignore, *rule)
            };
            let next = Rule::ALL.into_iter().filter(chosen).collect();
            named.extend(wanted.iter().filter_map(|selector| match selector {
                Selector::Rule(rule) => Some(*rule),
                Selector::All | Selector::Prefix(_) => None,
            }));
            rules = next;
        }
        let fails = |rule: &Rule| strict || rule.level() == Level::Leak || named.contains(rule);
        Selection {
            failing: rules.iter().copied().filter(fails).collect(),
            rules,
        }
    }
}

/// How exactly the most exact of `selectors` means `rule`; `None` if none does.
pub(super) fn strongest(selectors: &[Selector], rule: Rule) -> Option<usize> {
    selectors.iter().filter_map(|one| one.weight(rule)).max()
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
        let known: Vec<&str> = Rule::ALL
            .iter()
            .flat_map(|rule| [rule.code(), rule.name()])
            .collect();
        // Of a code, every other one is near.
        let meant = nearest(text, &known).filter(|_| !code.starts_with("UL"));
        Err(match meant {
            Some(meant) => format!("unknown rule '{text}'; did you mean '{meant}'?"),
            None => format!("unknown rule '{text}' (`unleak explain` lists them)"),
        })
    }
}

/// A [`Selector`] as the schema has it: every text there is, so that editors can complete it.
pub(super) struct SelectorSchema;

impl JsonSchema for SelectorSchema {
    fn schema_name() -> Cow<'static, str> {
        "Selector".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let mut texts = BTreeSet::from(["ALL"]);
        for rule in Rule::ALL {
            let code = rule.code();
            texts.extend((2..=code.len()).map(|length| &code[..length]));
            texts.insert(rule.name());
        }
        json_schema!({
            "description": "A rule by its code or name, the beginning of codes, or all of them.",
            "type": "string",
            "enum": texts,
        })
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
        let choices = Choices {
            select: Some(parse(select)).filter(|list| !list.is_empty()),
            ignore: parse(ignore),
            ..Choices::default()
        };
        let selection = Selection::of(&[&choices], strict);
        let list = |rules: BTreeSet<Rule>| {
            rules
                .iter()
                .filter(|rule| rule.code() <= "UL100")
                .map(|rule| &rule.code()[4..])
                .collect::<String>()
        };
        (list(selection.rules), list(selection.failing))
    }

    fn pair(rules: &str, failing: &str) -> (String, String) {
        (rules.to_string(), failing.to_string())
    }

    /// The last digits of the codes of all rules up to UL100 but `without`.
    fn all_but(without: &str) -> String {
        let digits = Rule::ALL
            .iter()
            .filter(|rule| rule.code() <= "UL100")
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
    fn a_later_place_goes_before_an_earlier_one() {
        let choices = |select: &str, extend: &str, ignore: &str| {
            let parse = |text: &str| -> Vec<Selector> {
                text.split_whitespace()
                    .map(|one| one.parse().unwrap())
                    .collect()
            };
            Choices {
                select: (!select.is_empty()).then(|| parse(select)),
                extend_select: parse(extend),
                ignore: parse(ignore),
            }
        };
        for (configured, given, expected) in [
            (choices("UL001 UL002", "", ""), choices("", "", ""), "12"),
            (
                choices("UL001 UL002", "", ""),
                choices("UL005", "", ""),
                "5",
            ),
            (choices("UL001", "", ""), choices("", "UL005", ""), "15"),
            (
                choices("UL001 UL002", "", ""),
                choices("", "", "UL001"),
                "2",
            ),
            (choices("UL001 UL002", "", ""), choices("", "", "UL"), ""),
            (choices("UL001", "UL002", "UL"), choices("", "", ""), "12"),
            // What the command line selects is not ignored by a configuration.
            (choices("", "", "UL001"), choices("UL001", "", ""), "1"),
            (choices("", "", "ALL"), choices("", "UL001", ""), "1"),
        ] {
            let selection = Selection::of(&[&configured, &given], false);
            let rules: String = selection
                .rules
                .iter()
                .filter(|rule| rule.code() <= "UL100")
                .map(|rule| &rule.code()[4..])
                .collect();
            assert_eq!(rules, expected, "{configured:?} {given:?}");
        }
        let named = choices("UL003", "", "");
        let failing = |places: &[&Choices]| Selection::of(places, false).failing.len();
        assert_eq!(failing(&[&named]), 1);
        assert_eq!(failing(&[&named, &choices("UL00", "", "UL001 UL002")]), 5);
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
