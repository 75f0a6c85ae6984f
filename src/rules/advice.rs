//! What a person can do about what stands in the way of a safe fix, in one clause each.

use super::{Applicability, Finding};
use crate::catalog::WrapForm;
use crate::matcher::Obstacle;
use crate::project::Acquirer;

/// Lets the fix of a finding, if it has one, be trusted as far as the configuration of a project says.
pub fn trust(finding: &mut Finding, wanted: Applicability) {
    let Some(fix) = finding.fix.as_mut() else {
        return;
    };
    if fix.applicability == wanted {
        return;
    }
    fix.applicability = wanted;
    match wanted {
        Applicability::Safe => {
            finding.blocked_by = None;
            finding.advice = None;
        }
        Applicability::Unsafe => {
            let rule = finding.rule.code();
            finding.blocked_by = Some(format!("the configuration lets no fix of {rule} be safe"));
            finding.advice = Some("look at the diff, then take the unsafe fix");
        }
    }
}

/// The advice that belongs to an obstacle.
pub(super) fn advice(obstacle: &Obstacle, acquirer: &Acquirer) -> &'static str {
    match obstacle {
        Obstacle::DerivedLeaves { .. } => {
            "read what the caller needs into plain values inside the block, or let the caller hold the resource"
        }
        Obstacle::Leaves { .. } => {
            "decide who owns it: either it is released here and not handed out, or whoever gets it releases it"
        }
        Obstacle::Passed { .. } => {
            "see whether the function only uses it while it runs; if so, take the unsafe fix"
        }
        Obstacle::UsedOutside { .. } => "acquire it before the block, or move the use into it",
        Obstacle::HandlerUses { .. } => {
            "put a `try` of its own around the `with` if a failing acquisition has to be handled, too"
        }
        Obstacle::SeveralMeanings { .. } => "give each resource a name of its own",
        Obstacle::ReleaseInExpression { .. } => "make the release a statement of its own",
        Obstacle::RunsAfterRelease { .. } => {
            "see whether the line needs the resource released (a file moved, another connection opened); if so, move it behind the block"
        }
        Obstacle::RunsBeforeRelease { .. } => {
            "see whether the line may still use the resource (a handler that was given it); if so, write the `with` around the whole `try`"
        }
        Obstacle::UsedAfterRelease { .. } => "acquire a second one for that use, or release later",
        Obstacle::ReleaseFailureCaught { .. } => {
            "put the `try` around the `with`, if such an error is to be expected"
        }
        Obstacle::UnboundAtRelease { .. } => {
            "take the unsafe fix, unless something waits for that failure"
        }
        Obstacle::ReleasedTwice { .. } => "take the unsafe fix: the `with` releases once",
        Obstacle::CompletesHalf => {
            "decide whether half a file is better than none; write it elsewhere and rename it when it is whole"
        }
        Obstacle::WritesInto { .. } => {
            "see whether what comes then wants the end of the archive; if so, take the unsafe fix"
        }
        Obstacle::MayBeNone => "check for `None` behind the acquisition; then the fix is safe",
        Obstacle::Unresolved => "name it with `--acquirer`, or run where its module can be found",
        Obstacle::NoWith => "write `try`/`finally`, with the release in the `finally`",
        Obstacle::EnteredBehind => "bind it to a name, and write `with name:` in the next line",
        Obstacle::NotAsync => "make the function `async`, or use the plain kind of session",
        Obstacle::EvaluatedBefore => "bind what is evaluated first to a name, in a line before",
        Obstacle::Conditional => "write the condition as an `if`",
        Obstacle::Repeated => "write the loop out, with the `with` inside",
        Obstacle::HeldLonger => {
            "bind the value in a line before, with the `with` around that line only"
        }
        Obstacle::DefaultValue => "make the default `None` and acquire inside the function",
        Obstacle::KeptByObject { .. } => {
            "give the class a method that releases it and call it, make it a context manager, or let the caller pass what it needs"
        }
        Obstacle::KeptForGood => {
            "put a `with` around the code that uses it, or acquire it in the function that does"
        }
        Obstacle::ClassBody => "acquire before the class, or in a method",
        Obstacle::ReleaseDepends { .. } => {
            "see whether a caller wants it to stay open; if not, take the unsafe fix and the parameter out"
        }
        Obstacle::GuardNeverHolds { .. } => "turn the guard round, or take it out",
        Obstacle::InsideString => "bind what the f-string needs to a name, in a line before",
        Obstacle::FromGenerator => {
            "decorate the generator with `contextlib.contextmanager`, and enter it with a `with`"
        }
        Obstacle::Contained { .. } => {
            "write `with ExitStack() as stack:` around, and put in what `stack.enter_context(...)` gives"
        }
        Obstacle::Unpacked => {
            "give it back in a `finally`, or let the function be a context manager that yields the tuple"
        }
        Obstacle::SeveralNames => "bind it to one name, in a line before",
        Obstacle::ExitDiffers => {
            if acquirer.wrap == WrapForm::With && acquirer.resource.is_closed() {
                "let `--context closing` write a `with` that does nothing but close, or see whether the difference matters"
            } else {
                "see whether the difference matters; if not, take the unsafe fix"
            }
        }
        Obstacle::Refused(reason) => on_refusal(reason),
    }
}

/// The same where the edit itself is refused.
pub fn on_refusal(reason: &str) -> &'static str {
    let is_about = |words: &str| reason.contains(words);
    if is_about("blocks would be nested") || is_about("indented more deeply") {
        "move the inner blocks into a function"
    } else if is_about("nothing but a backslash") {
        "take the backslash out of its line"
    } else if is_about("tabs and spaces") {
        "indent the function in one way"
    } else if is_about("has a comment or a line break") {
        "move the comment above the `with`, or write the item on one line"
    } else if is_about("is shadowed") {
        "give the other `contextlib` another name"
    } else if is_about("would suppress something else") {
        "put the comment at the end of the line that it is about, or take it out"
    } else if is_about("shares its line") {
        "give it a line of its own"
    } else if is_about("for a new import") {
        "write `from contextlib import closing` at the top of the file"
    } else {
        "report this, please: the fix was planned wrongly"
    }
}
