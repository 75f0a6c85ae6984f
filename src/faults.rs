//! Faults on purpose, for the tests of the self-check: a binary that was built without optimising breaks its own fixes
//! where `UNLEAK_FAULT` names a kind of fault and a file (`comment:broken.py`). Others do not even read the variable.
//!
//! A fault only spoils what is then checked, so even with it no file is harmed.

use std::path::Path;

use crate::rules::Finding;
use crate::syntax::{Module, Span};
use crate::transform::{Edit, Patch, apply};

/// Whether the fault of this kind is asked for in this file.
pub fn on(kind: &str, path: &Path) -> bool {
    cfg!(debug_assertions) && asked(kind, path)
}

fn asked(kind: &str, path: &Path) -> bool {
    let Ok(asked) = std::env::var("UNLEAK_FAULT") else {
        return false;
    };
    asked.split_once(':').is_some_and(|(name, file)| {
        name == kind && path.file_name().is_some_and(|own| own == file)
    })
}

/// Spoils the plans of fixes: each drops the last statement of its body, too.
pub(crate) fn spoil_plans(path: &Path, findings: &mut [Finding]) {
    if !on("plan", path) {
        return;
    }
    for finding in findings {
        if let Some(fix) = &mut finding.fix
            && let Some(wrap) = &fix.plan.wrap
        {
            fix.plan.drop.push(wrap.last);
        }
    }
}

/// Spoils the edits of a fix: by a comment, a string, a token, a line, a colon or an indentation.
pub(crate) fn spoil_edits(path: &Path, text: &str, module: &Module, patch: &mut Patch) {
    let kinds = ["comment", "string", "token", "line", "syntax", "outside"];
    let Some(kind) = kinds.into_iter().find(|kind| on(kind, path)) else {
        return;
    };
    let right = apply(text, &patch.edits);
    let first = |spans: &[Span]| spans.first().map(|span| span.of(text).to_owned());
    let with = right.lines().rfind(|line| line.trim_start().starts_with("with "));
    let behind = right.split_once(with.unwrap_or_default()).map_or("", |(_, rest)| rest);
    let body = behind.split_inclusive('\n').nth(1).unwrap_or_default();
    let wrong = match kind {
        "comment" => right.replacen(&first(&module.comments).unwrap_or_default(), "", 1),
        "string" => right.replacen(&first(&module.strings).unwrap_or_default(), "'other'", 1),
        "token" => right.replacen("return ", "", 1),
        "line" => right.replacen(body, "", 1),
        "syntax" => right.replacen("):\n", ")\n", 1),
        _ => right.replacen(body, body.strip_prefix("    ").unwrap_or(body), 1),
    };
    patch.edits = vec![Edit {
        span: Span::new(0, text.len()),
        text: wrong,
    }];
}
