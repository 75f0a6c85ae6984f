//! # redundant-release (UL004)
//!
//! ## What it does
//! Reports a release at the end of a `with` block, or behind it, of the very thing that the `with` releases.
//!
//! ## Why is this bad?
//! It does nothing, and makes the reader doubt what the `with` does.
//!
//! ## Example
//! ```python
//! with open(path) as f:
//!     data = f.read()
//!     f.close()
//! ```
//! Use instead:
//! ```python
//! with open(path) as f:
//!     data = f.read()
//! ```
//!
//! ## Fix safety
//! Only the last statement of the `with`, or the first use of the name behind it, is reported, and only for resources
//! that may be released twice: dropping one of two releases with nothing in between changes nothing.

use std::collections::BTreeSet;

use super::finding::{Applicability, Finding, Fix, Rule};
use super::plan::Plan;
use super::reach::Reach;
use super::view::View;
use crate::matcher::Redundant;

/// The finding for a release that changes nothing.
pub(super) fn check(view: &View<'_>, redundant: &Redundant) -> Finding {
    let line = view.line(redundant.stmt);
    let fix = Fix {
        applicability: Applicability::Safe,
        message: "drop it".to_owned(),
        region: (line, line),
        enters: BTreeSet::new(),
        plan: Plan {
            drop: vec![redundant.stmt],
            ..Plan::default()
        },
    };
    Finding {
        rule: Rule::RedundantRelease,
        span: redundant.span,
        start: view.position(redundant.span.start),
        end: view.position(redundant.span.end),
        message: format!(
            "`{}` is released by the `with` in line {}",
            redundant.name,
            view.line(redundant.with)
        ),
        function: redundant.function.clone(),
        resource: view.resource(&redundant.acquirer, Some(redundant.name.clone())),
        witness: None,
        reach: Reach::of_lines(line, view.position(redundant.span.end).line),
        fix: Some(fix),
        blocked_by: None,
        advice: None,
    }
}
