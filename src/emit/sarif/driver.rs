//! The tool and its rules, whose documentation goes with every report.

use serde_json::{Value, json};

use crate::rules::{Level, Rule};

/// The tool, with every rule that it has.
pub(super) fn tool() -> Value {
    json!({
        "driver": {
            "name": env!("CARGO_PKG_NAME"),
            "semanticVersion": env!("CARGO_PKG_VERSION"),
            "rules": Rule::ALL.map(rule),
        }
    })
}

/// Where `rule` stands among them.
pub(super) fn index(rule: Rule) -> Option<usize> {
    Rule::ALL.iter().position(|other| *other == rule)
}

/// The level of a result that fails the run, or does not.
pub(super) fn level(fails: bool) -> Value {
    json!(if fails { "error" } else { "note" })
}

fn rule(rule: Rule) -> Value {
    let help = rule.documentation();
    let fails = rule.level() == Level::Leak;
    json!({
        "id": rule.code(),
        "name": rule.name(),
        "shortDescription": { "text": rule.summary() },
        "fullDescription": { "text": section(&help, "What it does") },
        "help": { "text": help, "markdown": help },
        "defaultConfiguration": { "level": level(fails) },
        "properties": {
            "precision": "high",
            "problem.severity": if fails { "error" } else { "recommendation" },
            "tags": if fails { ["correctness", "resource-leak"] } else { ["maintainability", "style"] },
        },
    })
}

/// A section of a documentation page, its lines as one.
fn section(page: &str, title: &str) -> String {
    let start = format!("## {title}\n");
    let body = page.split(start.as_str()).nth(1).unwrap_or_default();
    let body = body.split("\n## ").next().unwrap_or_default();
    body.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_says_what_it_does() {
        for (place, one) in Rule::ALL.into_iter().enumerate() {
            let value = rule(one);
            let text = |key: &str| value[key]["text"].as_str().unwrap().to_owned();
            assert!(text("fullDescription").starts_with(&text("shortDescription")));
            assert!(text("shortDescription").len() > 20, "{one:?}");
            // What GitHub shows of it.
            assert!(text("fullDescription").len() <= 1024, "{one:?}");
            assert!(text("help").contains("## Why is this bad?"), "{one:?}");
            assert_eq!(index(one), Some(place));
        }
    }
}
