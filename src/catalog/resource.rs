//! One entry of the catalog.

use serde::Deserialize;

/// What is known of a resource. Names of members (`detached`, `derived`, `attributes`, `checks`) are bare; `__getitem__`
/// stands for indexing and `__iter__` for iteration.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// The entry's own name, unique in the catalog.
    pub id: String,
    /// Dotted names of what gives it when called. `T.m` is the method `m` of a `T`, `T.__call__` a call of a `T`.
    pub acquirers: Vec<String>,
    /// The type of what the acquirer gives, for the methods called on it.
    #[serde(default)]
    pub instance: Option<String>,
    /// What sort of thing it is.
    pub kind: Kind,
    /// How a new variable for it is called by convention.
    pub variable: String,
    /// The methods that give it back; the first is the usual one.
    pub release: Vec<String>,
    /// Whether those are awaited.
    #[serde(default)]
    pub release_async: bool,
    /// Whether they are methods of what gave it, which takes it back: `pool.release(conn)`.
    #[serde(default)]
    pub given_back: bool,
    /// The `with` that releases and does nothing else.
    pub wrap: WrapForm,
    /// What leaving that `with` does differently from the first of `release`, as a clause for a message; nothing in most
    /// cases. Code without a guaranteed release is not worse off, but a `finally` is not replaced lightly.
    #[serde(default)]
    pub exit_differs: Option<String>,
    /// Whether the release completes what was written into a whole that did not exist before: after an error a `with` writes
    /// half of it.
    #[serde(default)]
    pub completes: bool,
    /// Methods that give the object itself.
    #[serde(default)]
    pub returns_self: Vec<String>,
    /// Methods that take something which lasts as long as the object is open: a lock, a port.
    #[serde(default)]
    pub holds: Vec<String>,
    /// Methods that make objects belong to this one (`session.add(user)`): these then depend on it.
    #[serde(default)]
    pub attaches: Vec<String>,
    /// Whether a plain `with` around the object gives it back; where it is not said, `wrap` tells.
    #[serde(default)]
    pub with_releases: Option<bool>,
    /// Whether a plain `with` around the object ends a transaction and leaves the object open. It counts only where `wrap` is
    /// `closing`, so that entries that are `like` this one need not unsay it.
    #[serde(default)]
    pub with_ends_transaction: bool,
    /// Attributes that are context managers of their own, whose `as` gives the object itself.
    #[serde(default)]
    pub enters_self: Vec<String>,
    /// Whether the difference of `exit_differs` shows only when the body of the `with` raises.
    #[serde(default)]
    pub exit_differs_on_error: bool,
    /// Whether the call is awaited.
    #[serde(default)]
    pub acquire: Acquire,
    /// Whether a second release does nothing.
    #[serde(default)]
    pub idempotent_release: bool,
    /// Whether the release itself is known to raise (a flush to a full disk, a QUIT to a dead peer).
    #[serde(default)]
    pub release_may_fail: bool,
    /// Methods whose result no longer needs it, called on it or at the end of a chain through it
    /// (`conn.execute(q).fetchall()`).
    #[serde(default)]
    pub detached: Vec<String>,
    /// Methods and attributes whose result is known to need it. What stands in neither list is unknown: treat it so too.
    #[serde(default)]
    pub derived: Vec<String>,
    /// Whether what iteration and fetching yield still needs it.
    #[serde(default)]
    pub items: Items,
    /// Attributes that are plain values.
    #[serde(default)]
    pub attributes: Vec<String>,
    /// Attributes and methods that tell whether it is open.
    #[serde(default)]
    pub checks: Vec<String>,
    /// Dotted names of what becomes its owner when it is given it.
    #[serde(default)]
    pub taken_over_by: Vec<String>,
    /// Keywords that, when `False`, make it somebody else's to release.
    #[serde(default)]
    pub lent_if_false: Vec<String>,
    /// Whether an object may well keep it and never release it: it is only memory, holds nothing until it is used, or gives
    /// back what it holds once it is read to its end.
    #[serde(default)]
    pub may_be_kept: bool,
    /// Whether it goes on working after its release, as if it were fresh.
    #[serde(default)]
    pub reopens: bool,
    /// Whether it is reported unless the user names it.
    #[serde(default = "yes")]
    pub default: bool,
}

fn yes() -> bool {
    true
}

impl Resource {
    /// An entry of which nothing is said yet.
    pub fn unknown() -> Resource {
        Resource {
            id: String::new(),
            acquirers: Vec::new(),
            instance: None,
            kind: Kind::Other,
            variable: String::new(),
            release: Vec::new(),
            release_async: false,
            given_back: false,
            wrap: WrapForm::None,
            exit_differs: None,
            completes: false,
            returns_self: Vec::new(),
            holds: Vec::new(),
            attaches: Vec::new(),
            with_releases: None,
            with_ends_transaction: false,
            enters_self: Vec::new(),
            exit_differs_on_error: false,
            acquire: Acquire::Call,
            idempotent_release: false,
            release_may_fail: false,
            detached: Vec::new(),
            derived: Vec::new(),
            items: Items::Derived,
            attributes: Vec::new(),
            checks: Vec::new(),
            taken_over_by: Vec::new(),
            lent_if_false: Vec::new(),
            may_be_kept: false,
            reopens: false,
            default: false,
        }
    }

    /// Whether `name` is one of the methods that give it back.
    pub fn releases(&self, name: &str) -> bool {
        self.release.iter().any(|release| release == name)
    }

    /// Whether a `with` around the object itself gives it back; that of some drivers only ends a transaction.
    pub fn released_by_with(&self) -> bool {
        self.with_releases.unwrap_or(self.wrap != WrapForm::Closing)
    }

    /// Whether the result of the method (or item access) `name`, on it or at the end of a chain through it, no longer
    /// needs it.
    pub fn detaches(&self, name: &str) -> bool {
        self.detached.iter().any(|method| method == name)
    }

    /// Whether `name` is an attribute with a plain value.
    pub fn plain_attribute(&self, name: &str) -> bool {
        self.attributes.iter().any(|attribute| attribute == name)
    }

    /// Whether a plain `with` around what is released by `wrap` leaves it open.
    pub fn left_open_by_with(&self, wrap: WrapForm) -> bool {
        self.with_ends_transaction && wrap == WrapForm::Closing && self.with_releases != Some(true)
    }

    /// Whether `closing(x)` gives it back as the first of `release` does.
    pub fn is_closed(&self) -> bool {
        let usual = self.release.first();
        !self.release_async && !self.given_back && usual.is_some_and(|name| name == "close")
    }

    /// Whether `with x.name as y` makes `y` the object `x` itself.
    pub fn enters_self(&self, name: &str) -> bool {
        self.enters_self.iter().any(|entered| entered == name)
    }

    /// Whether `name` tells if it is open.
    pub fn checks_open(&self, name: &str) -> bool {
        self.checks.iter().any(|check| check == name)
    }
}

/// What sort of thing a resource is.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Deserialize,
    clap::ValueEnum,
    schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A file or archive.
    File,
    /// A session or connection of a database.
    Database,
    /// A socket, or something on top of one.
    Network,
    /// A process, or a pool of them.
    Process,
    /// A lock.
    Lock,
    /// A file or directory that goes when it is released.
    Temp,
    /// Anything else.
    Other,
}

impl Kind {
    /// `file`, `database` ...
    pub fn name(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Database => "database",
            Kind::Network => "network",
            Kind::Process => "process",
            Kind::Lock => "lock",
            Kind::Temp => "temp",
            Kind::Other => "other",
        }
    }
}

/// How a `with` is written that releases and does nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrapForm {
    /// `with acquire() as x`
    With,
    /// `with contextlib.closing(acquire()) as x`
    Closing,
    /// `async with acquire() as x`
    AsyncWith,
    /// `x = acquire()`, then `with x:`: behind `as` there would be something else.
    Behind,
    /// There is none.
    None,
}

/// Which `with` a fix prefers where more than one is right.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Manner {
    /// `with get_db() as session`, wherever leaving that releases
    #[default]
    Native,
    /// `with closing(get_db()) as session`, wherever `close()` releases: `session` stays what `get_db()` gave, also where
    /// tests replace it by a mock
    Closing,
}

/// Whether the call of an acquirer is awaited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Acquire {
    /// `x = f()`
    #[default]
    Call,
    /// `x = await f()`, and the `with` takes `await f()` too.
    Await,
    /// `x = await f()`, but the `with` takes `f()`, not awaited.
    AwaitOrAsyncWith,
}

/// Whether what a resource yields still needs it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Items {
    /// Plain values: lines of a file, rows of a driver.
    Detached,
    /// They may still need it: ORM objects.
    #[default]
    Derived,
}
