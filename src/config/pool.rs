//! `[tool.unleak.pool]`: what is wanted of pools of connections.

use std::path::Path;

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::error::Error;
use crate::rules::PoolPolicy;

/// The most that pools of connections may be. UL102 reports what is beyond, and its fix writes these values.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", expecting = "a table")]
pub(super) struct Pool {
    /// `pool_size`; it may be more if `max_overflow` is as much less. 0: no limit.
    #[schemars(with = "Option<u32>", range(min = 0, max = MOST), extend("default" = 10))]
    pool_size: Option<Spanned<i64>>,
    /// `max_overflow`. -1: no limit.
    #[schemars(with = "Option<i32>", range(min = -1, max = MOST), extend("default" = 20))]
    max_overflow: Option<Spanned<i64>>,
    /// `pool_timeout`, in seconds.
    #[schemars(with = "Option<u32>", range(min = 0, max = MOST), extend("default" = 10))]
    pool_timeout: Option<Spanned<i64>>,
    /// `pool_recycle`, in seconds. -1: connections may be as old as they like.
    #[schemars(with = "Option<i32>", range(min = -1, max = MOST), extend("default" = 600))]
    pool_recycle: Option<Spanned<i64>>,
    /// Whether `pool_pre_ping` has to be on.
    #[schemars(extend("default" = true))]
    pool_pre_ping: Option<bool>,
}

/// More than anybody means.
const MOST: i64 = 1_000_000_000;

impl Pool {
    /// The policy, with the values of the default where nothing is said.
    pub(super) fn checked(self, path: &Path, text: &str) -> Result<PoolPolicy, Error> {
        let usual = PoolPolicy::default();
        let number = |said: Option<Spanned<i64>>, least: i64| match said {
            None => Ok(None),
            Some(said) if (least..=MOST).contains(said.get_ref()) => Ok(Some(said.into_inner())),
            Some(said) => {
                let words = format!("has to be a number from {least} to {MOST}");
                Err(Error::at(path, text, said.span(), &words))
            }
        };
        let unsigned = |said| Ok(number(said, 0)?.and_then(|number| u32::try_from(number).ok()));
        let signed = |said| Ok(number(said, -1)?.and_then(|number| i32::try_from(number).ok()));
        Ok(PoolPolicy {
            pool_size: unsigned(self.pool_size)?.unwrap_or(usual.pool_size),
            max_overflow: signed(self.max_overflow)?.unwrap_or(usual.max_overflow),
            pool_timeout: unsigned(self.pool_timeout)?.unwrap_or(usual.pool_timeout),
            pool_recycle: signed(self.pool_recycle)?.unwrap_or(usual.pool_recycle),
            pool_pre_ping: self.pool_pre_ping.unwrap_or(usual.pool_pre_ping),
        })
    }
}
