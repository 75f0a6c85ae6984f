//! Why there is no safe fix, in one sentence each.

use crate::matcher::{Leave, Obstacle};
use crate::project::Acquirer;
use crate::syntax::StmtId;

/// The sentence for an obstacle; `name` is what the resource is called, `line` gives the line of a statement.
pub(super) fn sentence(
    obstacle: &Obstacle,
    name: &str,
    acquirer: &Acquirer,
    line: &dyn Fn(StmtId) -> usize,
) -> String {
    let differs = acquirer.resource.exit_differs.as_deref();
    let acquirer = &acquirer.name;
    match obstacle {
        Obstacle::DerivedLeaves { what, how, at } => format!(
            "`{what}` is {} in line {} and may still need {name}",
            leaves(*how),
            line(*at)
        ),
        Obstacle::Leaves { how, at } => format!("{name} is {} in line {}", leaves(*how), line(*at)),
        Obstacle::Passed { callee, at } => {
            format!("`{callee}` in line {} may keep {name}", line(*at))
        }
        Obstacle::UsedOutside { at } => {
            format!(
                "{name} is used in line {}, outside of the block that acquires it",
                line(*at)
            )
        }
        Obstacle::HandlerUses { at } => format!(
            "line {} uses {name} in a handler that also catches errors of acquiring it; after the fix it does not",
            line(*at)
        ),
        Obstacle::SeveralMeanings { at } => {
            format!(
                "in line {} {name} may be something else than what is acquired here",
                line(*at)
            )
        }
        Obstacle::ReleaseInExpression { at } => {
            format!(
                "line {} releases {name} in a way that cannot be taken out",
                line(*at)
            )
        }
        Obstacle::RunsAfterRelease { at } => {
            format!(
                "line {} runs behind the release today and would run before it",
                line(*at)
            )
        }
        Obstacle::RunsBeforeRelease { at } => {
            format!(
                "line {} runs before the release today and would run behind it",
                line(*at)
            )
        }
        Obstacle::UsedAfterRelease { at } => {
            format!("line {} uses {name} again behind its release", line(*at))
        }
        Obstacle::ReleaseFailureCaught { at } => {
            format!(
                "an error of the release in line {} is caught today and would not be",
                line(*at)
            )
        }
        Obstacle::UnboundAtRelease { at } => format!(
            "if acquiring fails, line {} fails on an unbound name or `None` today; after the fix the first error comes through",
            line(*at)
        ),
        Obstacle::ReleasedTwice { at } => {
            format!(
                "the release in line {} can run twice, which fails today",
                line(*at)
            )
        }
        Obstacle::ExitDiffers => differs
            .unwrap_or("leaving the `with` is not the same as the release")
            .to_owned(),
        Obstacle::CompletesHalf => {
            "after an error, leaving the `with` completes a file that is only half written"
                .to_owned()
        }
        Obstacle::WritesInto { name, at } => format!(
            "closing it writes to `{name}`, which line {} uses",
            line(*at)
        ),
        Obstacle::MayBeNone => format!("`{acquirer}` may return None, which is not checked"),
        Obstacle::Unresolved => {
            format!(
                "the definition of `{acquirer}` was not found; `--acquirer {acquirer}` declares it"
            )
        }
        Obstacle::EnteredBehind => "a `with` can only stand in a line behind it".to_owned(),
        Obstacle::NoWith => {
            format!("`{acquirer}` gives nothing that a `with` could release; use try/finally")
        }
        Obstacle::NotAsync => {
            "it needs `async with`, which this function cannot have because it is not async"
                .to_owned()
        }
        Obstacle::EvaluatedBefore => {
            "something else with effects is evaluated before it in the same statement".to_owned()
        }
        Obstacle::Conditional => {
            "it is acquired only under a condition inside the expression".to_owned()
        }
        Obstacle::Repeated => {
            "it is acquired anew each time the expression around it is evaluated".to_owned()
        }
        Obstacle::HeldLonger => {
            "it would be held open longer than the expression that uses it".to_owned()
        }
        Obstacle::DefaultValue => {
            "it is a default value, evaluated once when the function is defined".to_owned()
        }
        Obstacle::KeptByObject { class } => {
            format!("it is for `{class}` to release, which has no method that does")
        }
        Obstacle::KeptForGood => "it is kept until the program ends".to_owned(),
        Obstacle::ClassBody => "it is acquired while the class is defined".to_owned(),
        Obstacle::ReleaseDepends { at } => {
            format!(
                "a parameter decides in line {} whether {name} is released",
                line(*at)
            )
        }
        Obstacle::GuardNeverHolds { at } => {
            format!(
                "the guard of the release in line {} holds only where there is no {name} to release",
                line(*at)
            )
        }
        Obstacle::InsideString => "it stands inside an f-string".to_owned(),
        Obstacle::FromGenerator => {
            format!("the generator `{acquirer}` may release it at once; make it a context manager")
        }
        Obstacle::Contained { at } => {
            format!(
                "{name} is put into a container in line {}; an `ExitStack` can release all that is in there",
                line(*at)
            )
        }
        Obstacle::Unpacked => {
            format!("`{acquirer}` gives it in a tuple with something else")
        }
        Obstacle::SeveralNames => "it has several names".to_owned(),
        Obstacle::Refused(reason) => reason.clone(),
    }
}

fn leaves(how: Leave) -> &'static str {
    match how {
        Leave::Returned => "returned",
        Leave::Yielded => "yielded",
        Leave::Raised => "raised",
        Leave::Stored => "stored",
        Leave::Captured | Leave::Lent => "captured by code that may run later",
        Leave::Collected | Leave::Contained => "put into a container",
    }
}
