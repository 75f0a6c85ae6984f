//! Chance that comes out the same for the same seed.
#![allow(dead_code, reason = "no test crate uses all of it")]

/// A xorshift generator: good enough to choose, and the same everywhere.
pub struct Dice(u64);

impl Dice {
    /// Dice for the `index`-th throw of a run.
    pub fn new(seed: u64, index: u64) -> Dice {
        let mixed =
            (seed ^ index.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mut dice = Dice(mixed | 1);
        dice.next();
        dice.next();
        dice
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `below` (0 if that is 0).
    pub fn below(&mut self, below: usize) -> usize {
        let bits = usize::try_from(self.next() >> 16).expect("48 bits fit");
        bits % below.max(1)
    }

    /// One of them.
    pub fn of<'t, T: ?Sized>(&mut self, all: &[&'t T]) -> &'t T {
        all[self.below(all.len())]
    }
}

/// The seed of a run: `UNLEAK_SEED`, or always the same.
pub fn seed() -> u64 {
    match std::env::var("UNLEAK_SEED") {
        Ok(seed) => seed.parse().expect("UNLEAK_SEED is a number"),
        Err(_) => 20_250_101,
    }
}
