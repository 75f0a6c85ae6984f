//! What does not get its verdict yet.

use super::marks::NotYet;

/// A cause, and the files and functions that wait for it. One that gets right fails the test: it is to be taken off.
pub const NOT_YET: &[NotYet] = &[];
