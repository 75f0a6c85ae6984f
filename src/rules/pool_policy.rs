//! # pool-policy (UL102)
//!
//! ## What it does
//! Reports an engine or a pool whose arguments go beyond the project's policy for connection pools.
//!
//! The policy is in `[tool.unleak.pool]`. Unless that says otherwise, a pool fails fast: `pool_size` and `max_overflow` are
//! together no more than 30, `pool_timeout` is no more than 10 seconds, `pool_recycle` no more than 600, and
//! `pool_pre_ping` is on. What is not written counts with SQLAlchemy's default: 5, 10, 30, -1 (never) and off.
//!
//! ## Which pools
//! Looked at are `create_engine`, `create_async_engine`, `QueuePool`, `AsyncAdaptedQueuePool`, and Flask's
//! `SQLALCHEMY_ENGINE_OPTIONS` where it is a dict. An engine whose URL cannot be read here is reported only if it has an
//! argument of a pool; and for what is missing only if it has one that no SQLite database in a file or in memory takes
//! (`pool_timeout`, `max_overflow`, `pool_size`, `poolclass`), as nothing says otherwise that there is such a pool. Nothing
//! is reported of SQLite, of `NullPool` and other pools without a limit, of a pool that is given as `pool`, and of values that
//! cannot be read. Behind `**options` anything may stand, so nothing is missing there.
//!
//! ## Why is this bad?
//! A pool without a limit moves the failure to the database server. A long timeout turns a leak into a program that hangs
//! in every request, without an error that says why. A connection that a firewall has cut is only noticed when it is used,
//! unless it is recycled or asked first.
//!
//! ## Example
//! ```python
//! engine = create_engine(
//!     "postgresql://db/orders",
//!     pool_size=20,
//!     max_overflow=40,
//! )
//! ```
//! Use instead:
//! ```python
//! engine = create_engine(
//!     "postgresql://db/orders",
//!     pool_size=10,
//!     max_overflow=20,
//!     pool_timeout=10,
//!     pool_recycle=600,
//!     pool_pre_ping=True,
//! )
//! ```
//!
//! ## Fix safety
//! The fix is unsafe: it writes the policy's values, and with a smaller pool or a shorter timeout the program raises under load where
//! it waited before. What is within the policy stays. A value that a name stands for is reported and left alone, as the name may
//! serve others. A comment on the same line that speaks of another number is named, not changed.

use super::finding::{Applicability, Finding, Fix, Rule};
use super::pool_edit;
use crate::catalog::pooling::POOLING;
use crate::matcher::{Pooled, Setting, Sort};
use crate::source::Source;
use crate::syntax::{Module, Span};

/// What a project wants of its pools. Numbers are read as SQLAlchemy reads them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PoolPolicy {
    /// `pool_size`; with `max_overflow` the most connections there may be. 0: no limit.
    pub pool_size: u32,
    /// `max_overflow`. -1: no limit.
    pub max_overflow: i32,
    /// The longest `pool_timeout`, in seconds.
    pub pool_timeout: u32,
    /// The longest `pool_recycle`, in seconds. -1: it need not be.
    pub pool_recycle: i32,
    /// Whether `pool_pre_ping` has to be on.
    pub pool_pre_ping: bool,
}

impl Default for PoolPolicy {
    fn default() -> Self {
        PoolPolicy {
            pool_size: 10,
            max_overflow: 20,
            pool_timeout: 10,
            pool_recycle: 600,
            pool_pre_ping: true,
        }
    }
}

impl PoolPolicy {
    /// The value that a fix writes.
    fn value(&self, name: &str) -> f64 {
        match name {
            SIZE => f64::from(self.pool_size),
            OVERFLOW => f64::from(self.max_overflow),
            TIMEOUT => f64::from(self.pool_timeout),
            RECYCLE => f64::from(self.pool_recycle),
            _ => f64::from(u8::from(self.pool_pre_ping)),
        }
    }

    /// The most connections there may be; `None`: no limit.
    fn most(&self) -> Option<f64> {
        total(self.value(SIZE), self.value(OVERFLOW))
    }
}

const SIZE: &str = "pool_size";
const OVERFLOW: &str = "max_overflow";
const TIMEOUT: &str = "pool_timeout";
const RECYCLE: &str = "pool_recycle";
const PRE_PING: &str = "pool_pre_ping";

/// How many connections there may be; `None`: no limit.
fn total(size: f64, overflow: f64) -> Option<f64> {
    (size > 0.0 && overflow >= 0.0).then_some(size + overflow)
}

/// One thing that is beyond the policy.
struct Breach {
    /// What is wrong; a clause.
    what: String,
    /// What has to be written.
    write: Vec<&'static str>,
    /// The names that stand for the values, where nothing can be written.
    by: Vec<String>,
}

/// The findings for one pool: what can be written, and what only a person can change.
pub(super) fn check(
    source: &Source,
    module: &Module,
    pooled: &Pooled,
    policy: &PoolPolicy,
) -> Vec<Finding> {
    if pooled.settings.is_empty() && (pooled.sort == Sort::Unknown || pooled.of_pool) {
        return Vec::new();
    }
    let breaches = View { pooled, policy }.breaches();
    let (ours, theirs): (Vec<Breach>, Vec<Breach>) = breaches
        .into_iter()
        .partition(|breach| breach.by.is_empty());
    let finding = |breaches: &[Breach]| {
        let what: Vec<&str> = breaches.iter().map(|one| one.what.as_str()).collect();
        Finding {
            function: pooled.function.clone(),
            ..Finding::without_resource(
                source,
                Rule::PoolPolicy,
                pooled.span,
                format!(
                    "`{}` is beyond the pool policy: {}",
                    pooled.name,
                    what.join(", ")
                ),
            )
        }
    };
    let mut findings = Vec::new();
    if !ours.is_empty() {
        findings.push(written(
            source,
            module,
            pooled,
            policy,
            &ours,
            finding(&ours),
        ));
    }
    if !theirs.is_empty() {
        let mut names: Vec<String> = theirs.iter().flat_map(|one| one.by.clone()).collect();
        names.dedup();
        let (verb, serves) = match names.len() {
            1 => ("says", "serves"),
            _ => ("say", "serve"),
        };
        findings.push(Finding {
            blocked_by: Some(format!(
                "`{}` {verb} so, and perhaps {serves} others, too",
                names.join("` and `")
            )),
            advice: Some("change the value there"),
            ..finding(&theirs)
        });
    }
    findings
}

/// The finding with a fix that writes what `breaches` want.
fn written(
    source: &Source,
    module: &Module,
    pooled: &Pooled,
    policy: &PoolPolicy,
    breaches: &[Breach],
    finding: Finding,
) -> Finding {
    let mut names: Vec<&'static str> = breaches.iter().flat_map(|one| one.write.clone()).collect();
    names.sort_by_key(|name| {
        [SIZE, OVERFLOW, TIMEOUT, RECYCLE, PRE_PING]
            .iter()
            .position(|known| known == name)
    });
    let wanted: Vec<(&'static str, String)> = names
        .into_iter()
        .map(|name| (name, said(name, policy.value(name))))
        .collect();
    let shown: Vec<String> = wanted
        .iter()
        .map(|(name, value)| pool_edit::written(pooled, name, value, '"'))
        .collect();
    let stale = pool_edit::stale_comments(source, module, pooled, &wanted);
    let mut blocked_by = "a pool with other limits behaves differently under load".to_owned();
    let is_new = |name: &str| place(pooled, name).is_none();
    let of_queue = |name: &str| POOLING.arguments.get(name).is_some_and(|one| one.queue);
    if pooled.sort == Sort::Unknown
        && wanted
            .iter()
            .any(|(name, _)| is_new(name) && of_queue(name))
    {
        blocked_by += ", and what is new is an error if the URL leads to SQLite in memory";
    }
    for (line, comment) in stale {
        blocked_by +=
            &format!("; the comment in line {line} speaks of another number: `{comment}`");
    }
    Finding {
        fix: pool_edit::pieces(source, module, pooled, &wanted).map(|pieces| {
            Fix::of_pieces(
                source,
                Applicability::Unsafe,
                format!("write {}", shown.join(", ")),
                pieces,
            )
        }),
        blocked_by: Some(blocked_by),
        advice: Some("see what the program needs under load"),
        ..finding
    }
}

/// A value as it is written in Python.
fn said(name: &str, value: f64) -> String {
    match name {
        PRE_PING if value == 0.0 => "False".to_owned(),
        PRE_PING => "True".to_owned(),
        _ => format!("{value}"),
    }
}

/// One pool and the policy for it.
struct View<'v> {
    pooled: &'v Pooled,
    policy: &'v PoolPolicy,
}

/// What holds for one argument.
enum Value<'v> {
    /// It is written, and can be read.
    Stated(f64, &'v Setting),
    /// It is not written, so the default holds.
    Missing(f64),
    /// Nobody knows.
    Unknown,
}

impl Value<'_> {
    fn number(&self) -> Option<f64> {
        match self {
            Value::Stated(number, _) | Value::Missing(number) => Some(*number),
            Value::Unknown => None,
        }
    }

    /// The name that stands for it.
    fn by(&self) -> Option<&String> {
        match self {
            Value::Stated(_, setting) => setting.by.as_ref(),
            _ => None,
        }
    }
}

impl<'v> View<'v> {
    fn value(&self, name: &'static str) -> Value<'v> {
        let mut all = self.pooled.settings.iter();
        if let Some(setting) = all.find(|setting| setting.name == name) {
            return match setting.number {
                Some(number) => Value::Stated(number, setting),
                None => Value::Unknown,
            };
        }
        let Some(known) = POOLING.arguments.get(name) else {
            return Value::Unknown;
        };
        match self.pooled.open || known.queue && !self.is_limited() {
            true => Value::Unknown,
            false => Value::Missing(known.default),
        }
    }

    /// Whether it is sure, or was taken for granted by who wrote it, that the pool has a limit.
    fn is_limited(&self) -> bool {
        let of_queue = |setting: &Setting| {
            let known = POOLING.arguments.get(setting.name);
            known.is_some_and(|known| known.queue)
        };
        self.pooled.sort == Sort::Limited || self.pooled.settings.iter().any(of_queue)
    }

    /// How an argument is called there.
    fn called(&self, name: &'static str) -> &'static str {
        match POOLING.arguments.get(name) {
            Some(known) if self.pooled.of_pool => &known.of_pool,
            _ => name,
        }
    }

    fn breaches(&self) -> Vec<Breach> {
        let policy = self.policy;
        let mut found = Vec::from_iter(self.size());
        found.extend(self.one(TIMEOUT, |number| number > policy.value(TIMEOUT), "s"));
        if policy.pool_recycle >= 0 {
            let most = policy.value(RECYCLE);
            found.extend(self.one(RECYCLE, |number| number < 0.0 || number > most, "s"));
        }
        if policy.pool_pre_ping {
            found.extend(self.one(PRE_PING, |number| number == 0.0, ""));
        }
        found
    }

    /// One argument on its own, if it is `beyond` the policy.
    fn one(&self, name: &'static str, beyond: impl Fn(f64) -> bool, unit: &str) -> Option<Breach> {
        let value = self.value(name);
        let number = value.number().filter(|number| beyond(*number))?;
        let shown = match name {
            PRE_PING => "off".to_owned(),
            RECYCLE if number < 0.0 => "never".to_owned(),
            _ => format!("{number}{unit}"),
        };
        let how = match &value {
            Value::Missing(_) => " by default",
            _ => "",
        };
        let most = match name {
            PRE_PING => String::new(),
            _ => format!(" (at most {}{unit})", self.policy.value(name)),
        };
        Some(Breach {
            what: format!("{} is {shown}{how}{most}", self.called(name)),
            write: vec![name],
            by: value.by().cloned().into_iter().collect(),
        })
    }

    /// The number of connections, if that is too great.
    fn size(&self) -> Option<Breach> {
        let most = self.policy.most()?;
        let values = [(SIZE, self.value(SIZE)), (OVERFLOW, self.value(OVERFLOW))];
        let is_stated = |(_, value): &(_, Value<'_>)| matches!(value, Value::Stated(..));
        if !values.iter().any(is_stated) {
            // Two defaults are too much only for a policy that says so.
            let both = values.iter().all(|(_, value)| value.number().is_some());
            both.then_some(())?;
        }
        // Of what nobody knows, the least is taken.
        let size = values[0].1.number().unwrap_or(1.0);
        let overflow = values[1].1.number().unwrap_or(0.0);
        let sum = total(size, overflow);
        if sum.is_some_and(|sum| sum <= most) {
            return None;
        }
        let parts: Vec<String> = values
            .iter()
            .filter_map(|(name, value)| Some(format!("{} {}", self.called(name), value.number()?)))
            .collect();
        let what = match sum {
            None => format!(
                "connections without a limit ({}; at most {most})",
                parts.join(", ")
            ),
            Some(sum) => format!(
                "up to {sum} connections ({}; at most {most})",
                parts.join(", ")
            ),
        };
        let part = |name: &'static str, value: &Value<'_>| {
            let wanted = self.policy.value(name);
            let number = value.number()?;
            let beyond = match name {
                SIZE => number <= 0.0 || number > wanted,
                _ => number < 0.0 || number > wanted,
            };
            beyond.then_some(name)
        };
        let write: Vec<&'static str> = values
            .iter()
            .filter_map(|(name, value)| part(name, value))
            .collect();
        let by: Vec<String> = values
            .iter()
            .filter(|(name, _)| write.contains(name))
            .filter_map(|(_, value)| value.by().cloned())
            .collect();
        Some(Breach { what, write, by })
    }
}

/// The place of a value that is written.
pub(super) fn place(pooled: &Pooled, name: &str) -> Option<Span> {
    let mut all = pooled.settings.iter();
    all.find(|setting| setting.name == name)
        .map(|setting| setting.value)
}
