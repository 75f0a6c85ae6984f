//! Strings that mean something: an error in one is shown where that string stands.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// What was read from a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Parsed<T>(pub(super) T);

impl<'de, T: FromStr<Err = String>> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(OfString(PhantomData))
    }
}

struct OfString<T>(PhantomData<T>);

impl<T: FromStr<Err = String>> Visitor<'_> for OfString<T> {
    type Value = Parsed<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    // Inside of the visitor, so that the deserializer adds the place to an error.
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        text.parse().map(Parsed).map_err(E::custom)
    }
}

/// All of them without their wrapping.
pub(super) fn all<T>(list: Vec<Parsed<T>>) -> Vec<T> {
    list.into_iter().map(|Parsed(one)| one).collect()
}
