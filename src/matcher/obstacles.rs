//! What stands in the way of a safe fix: the reasons, one by one.

use crate::syntax::StmtId;

use super::values::Leave;

/// A reason why a fix is only `unsafe`, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// A value that was obtained through the resource leaves while the resource is open today.
    DerivedLeaves {
        /// The value's text.
        what: String,
        /// How it leaves.
        how: Leave,
        /// Where.
        at: StmtId,
    },
    /// The resource itself leaves, and is released here as well.
    Leaves {
        /// How it leaves.
        how: Leave,
        /// Where.
        at: StmtId,
    },
    /// The resource goes to something unknown that may keep it.
    Passed {
        /// What it is given to.
        callee: String,
        /// Where.
        at: StmtId,
    },
    /// It is acquired inside a block and used outside of it.
    UsedOutside {
        /// Where.
        at: StmtId,
    },
    /// The acquisition stands in a `try` whose handler uses the resource: it has to move out of that `try`.
    HandlerUses {
        /// The use in the handler.
        at: StmtId,
    },
    /// At this use or release the name may mean something else than this resource.
    SeveralMeanings {
        /// Where.
        at: StmtId,
    },
    /// The release is part of a larger expression.
    ReleaseInExpression {
        /// Where.
        at: StmtId,
    },
    /// What stands behind the release would run before it.
    RunsAfterRelease {
        /// The statement.
        at: StmtId,
    },
    /// What stands before the release would run behind it.
    RunsBeforeRelease {
        /// The statement.
        at: StmtId,
    },
    /// It is used again behind a release.
    UsedAfterRelease {
        /// The use.
        at: StmtId,
    },
    /// A failing release is caught there today.
    ReleaseFailureCaught {
        /// The release.
        at: StmtId,
    },
    /// It may be released twice today, which fails.
    ReleasedTwice {
        /// The release.
        at: StmtId,
    },
    /// Leaving the `with` is not quite the same as the release; the catalog says in which way.
    ExitDiffers,
    /// If acquiring fails, the release there fails too, on a name that is not bound.
    UnboundAtRelease {
        /// The release.
        at: StmtId,
    },
    /// After an error the release would complete what is only half written.
    CompletesHalf,
    /// Closing writes into another object, which is used afterwards.
    WritesInto {
        /// The other object.
        name: String,
        /// Where it is used.
        at: StmtId,
    },
    /// The acquirer may give `None`.
    MayBeNone,
    /// Nothing is known of the acquirer but its name.
    Unresolved,
    /// A `with` cannot be written for it: it needs a release of its own kind.
    NoWith,
    /// A `with` takes it by its name, behind the acquisition, and there is no name or nothing behind.
    EnteredBehind,
    /// `async with` is needed, and the function is not `async`.
    NotAsync,
    /// Something with effects of its own is evaluated before the acquisition in the same statement.
    EvaluatedBefore,
    /// The acquisition is evaluated only under a condition inside its statement.
    Conditional,
    /// The acquisition is evaluated several times, or later, inside its statement.
    Repeated,
    /// The block behind the statement's header would run with the resource still open.
    HeldLonger,
    /// It is the default value of a parameter, evaluated once, when the function is defined.
    DefaultValue,
    /// It stands in the body of a class.
    ClassBody,
    /// It is stored on an object of a class, which it lives as long as.
    KeptByObject {
        /// The class.
        class: String,
    },
    /// It is an attribute of a class, or a name of a file that is run.
    KeptForGood,
    /// A parameter decides there whether it is released at all.
    ReleaseDepends {
        /// The `if`.
        at: StmtId,
    },
    /// A release is there, but its guard holds only where there is nothing to release.
    GuardNeverHolds {
        /// The release.
        at: StmtId,
    },
    /// It stands inside an f-string, which is left as it is.
    InsideString,
    /// A generator releases it as soon as it has been taken out of it.
    FromGenerator,
    /// It is put into a container of the function.
    Contained,
    /// It comes in a tuple with something else.
    Unpacked,
    /// It has several names.
    SeveralNames,
    /// The edit itself is refused; the sentence says why.
    Refused(String),
}
