//! Faults on purpose, for the tests of the self-check: a binary with debug assertions breaks its own fixes where
//! `UNLEAK_FAULT` names a kind of fault and a file (`comment:broken.py`). A release build does not even read the variable.
//!
//! A fault only spoils what is then checked, so even with it no file is harmed.

use std::path::Path;

use crate::rules::Finding;
use crate::syntax::{Module, Span};
use crate::transform::{Edit, Patch, apply};

/// Whether the fault of this kind is asked for in this file.
pub fn on(kind: &str, path: &Path) -> bool {
    cfg!(debug_assertions)
        && asked().is_some_and(|(name, file)| {
            name == kind && path.file_name().is_some_and(|own| own == file.as_str())
        })
}

/// Whether the fault of this kind is asked for in any file.
pub fn anywhere(kind: &str) -> bool {
    cfg!(debug_assertions) && asked().is_some_and(|(name, _)| name == kind)
}

fn asked() -> Option<(String, String)> {
    let asked = std::env::var("UNLEAK_FAULT").ok()?;
    let (kind, file) = asked.split_once(':')?;
    Some((kind.to_owned(), file.to_owned()))
}

/// Spoils the plans of fixes: each drops the last statement of its body, too, or writes another argument.
pub(crate) fn spoil_plans(path: &Path, findings: &mut [Finding]) {
    if !on("plan", path) {
        return;
    }
    for finding in findings {
        if let Some(fix) = &mut finding.fix
            && let Some(wrap) = &fix.plan.wrap
        {
            fix.plan.drop.push(wrap.last);
        } else if let Some(fix) = &mut finding.fix
            && let Some((_, text)) = fix.plan.pieces.last_mut()
        {
            text.push_str(", x=1");
        }
    }
}

/// Spoils the edits of a fix: by a comment, a string, a token, the last line, a colon or an indentation.
pub(crate) fn spoil_edits(path: &Path, text: &str, module: &Module, patch: &mut Patch) {
    let kinds = ["comment", "string", "token", "line", "syntax", "outside"];
    let Some(kind) = kinds.into_iter().find(|kind| on(kind, path)) else {
        return;
    };
    let right = apply(text, &patch.edits);
    let first = |spans: &[Span]| spans.first().map(|span| span.of(text).to_owned());
    let last = right.split_inclusive('\n').next_back().unwrap_or_default();
    let wrong = match kind {
        "comment" => right.replacen(&first(&module.comments).unwrap_or_default(), "", 1),
        "string" => right.replacen(&first(&module.strings).unwrap_or_default(), "'other'", 1),
        "token" => right.replacen("return ", "", 1),
        "line" => right.replacen(last, "", 1),
        "syntax" => right.replacen("):\n", ")\n", 1),
        _ => right.replacen(last, last.strip_prefix("    ").unwrap_or(last), 1),
    };
    patch.edits = vec![Edit {
        span: Span::new(0, text.len()),
        text: wrong,
    }];
}
