//! # lost-traceback (UL101)
//!
//! ## What it does
//! Reports an `except` block that logs an error without the traceback of what it caught, and does not raise.
//!
//! ## What counts
//! Only loggers of Python's `logging` count, at the levels error and critical: `logging.getLogger(...)`, `getChild`, adapters,
//! `self.logger`, one that another module of the project makes, and `logging.error` itself. Nothing is reported where the
//! handler raises on every path behind the call or ends the program; where it logs, formats or sends the traceback in another
//! way (`logger.exception`, `traceback.format_exc()`, `sentry_sdk.capture_exception`); where the exception itself is
//! returned, stored or handed to something that may keep it; and where all that is caught only says what is the case
//! (`KeyError`, `queue.Empty`, `FileNotFoundError`, `ImportError` ...). Of several such calls in a row, the first is
//! reported.
//!
//! ## Why is this bad?
//! `error: 'id'` in a log says neither where it happened nor why. Once the program is past the handler, nobody can find out.
//!
//! ## Example
//! ```python
//! try:
//!     refresh(prices)
//! except Exception as error:
//!     logger.error("refresh failed: %s", error)
//! ```
//! Use instead:
//! ```python
//! try:
//!     refresh(prices)
//! except Exception as error:
//!     logger.error("refresh failed: %s", error, exc_info=True)
//! ```
//!
//! ## Fix safety
//! The fix is safe: `logging` takes `exc_info` itself. Level, message and arguments of the record stay the same; it only gets `exc_info`,
//! which handlers and formatters read. What they write, or where they send it, grows by the traceback; `logging` catches what goes
//! wrong there. Of an adapter, the fix is unsafe: its `process` may leave keywords out, or not expect any. There is none where `**`
//! may bring `exc_info` already.

use super::arguments;
use super::finding::{Applicability, Finding, Fix, Rule};
use crate::matcher::{Full, LostTraceback};
use crate::source::Source;
use crate::syntax::Module;

/// The finding for one call.
pub(super) fn check(source: &Source, module: &Module, lost: &LostTraceback) -> Finding {
    let message = format!(
        "`{}` logs no traceback of what is caught in line {}",
        lost.name,
        source.line_of(lost.handler)
    );
    let finding = Finding {
        function: lost.function.clone(),
        ..Finding::without_resource(source, Rule::LostTraceback, lost.span, message)
    };
    let blocked = |reason: &str, advice: &'static str| Finding {
        blocked_by: Some(reason.to_owned()),
        advice: Some(advice),
        ..finding.clone()
    };
    match lost.full {
        Some(Full::Keywords) => {
            return blocked(
                "what `**` takes in may hold exc_info already",
                "put exc_info in there",
            );
        }
        Some(Full::Generator) => {
            return blocked(
                "the one argument is a generator without parentheses of its own",
                "give it parentheses, and add exc_info=True",
            );
        }
        None => {}
    }
    let new = ["exc_info=True".to_owned()];
    let close = lost.span.end - 1;
    let pieces = arguments::added(source, module, &lost.items, close, &new);
    let fix = |applicability| {
        let pieces = pieces.clone()?;
        let message = "add exc_info=True".to_owned();
        Some(Fix::of_pieces(source, applicability, message, pieces))
    };
    match lost.is_plain {
        true => Finding {
            fix: fix(Applicability::Safe),
            ..finding
        },
        false => Finding {
            fix: fix(Applicability::Unsafe),
            ..blocked(
                "an adapter may leave out what it is given",
                "see what its process() does with keywords",
            )
        },
    }
}
