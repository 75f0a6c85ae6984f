//! Files that nobody would write: fixtures with random damage, and functions made from a small grammar. Whatever is in
//! them, the promises of `support/promises.rs` hold.
//!
//! `UNLEAK_SEED` makes other files, `UNLEAK_FILES` more of them: `UNLEAK_FILES=200000 UNLEAK_SEED=7 cargo test --test promises`.
#![allow(clippy::unwrap_used)]

#[path = "support/dice.rs"]
mod dice;
#[path = "support/grammar.rs"]
mod grammar;
#[path = "support/promises.rs"]
mod promises;

use dice::Dice;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};

/// As much as the command gives its threads.
const STACK: usize = 16 << 20;

fn count() -> u64 {
    match std::env::var("UNLEAK_FILES") {
        Ok(count) => count.parse().expect("UNLEAK_FILES is a number"),
        Err(_) => 2000,
    }
}

/// The words of libFuzzer's dictionary.
fn words() -> Vec<Vec<u8>> {
    let dictionary = std::fs::read_to_string("fuzz/python.dict").unwrap();
    let quoted = dictionary
        .lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.map(unescaped).collect()
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        (bytes, rest) = match (first, behind) {
            (b'\\', [b'x', high, low, more @ ..]) => {
                let digits = String::from_utf8(vec![*high, *low]).unwrap();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
                (bytes, more)
            }
            (b'\\', [other, more @ ..]) => {
                bytes.push(*other);
                (bytes, more)
            }
            _ => {
                bytes.push(*first);
                (bytes, behind)
            }
        };
    }
    bytes
}

fn seeds() -> Vec<Vec<u8>> {
    let files = walkdir::WalkDir::new("fixtures").sort_by_file_name();
    let python = files.into_iter().map(|entry| entry.unwrap().into_path());
    let python = python.filter(|path| path.extension().is_some_and(|end| end == "py"));
    python.map(|path| std::fs::read(path).unwrap()).collect()
}

/// `bytes` with one thing done to them.
fn damage(bytes: &mut Vec<u8>, dice: &mut Dice, words: &[Vec<u8>], others: &[Vec<u8>]) {
    let at = dice.below(bytes.len() + 1);
    let end = (at + dice.below(40)).min(bytes.len());
    let line_ends: Vec<usize> = (0..bytes.len())
        .filter(|&at| bytes[at] == b'\n')
        .map(|at| at + 1)
        .collect();
    let line = |dice: &mut Dice| {
        line_ends
            .get(dice.below(line_ends.len()))
            .copied()
            .unwrap_or(0)
    };
    match dice.below(11) {
        0 => drop(bytes.drain(at..end)),
        1 => {
            let piece = bytes[at..end].to_vec();
            let to = dice.below(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        2 => bytes.insert(at, u8::try_from(dice.below(256)).unwrap()),
        3 if at < bytes.len() => bytes[at] = u8::try_from(dice.below(128)).unwrap(),
        4 | 5 => {
            let word = &words[dice.below(words.len())];
            bytes.splice(at..at, word.iter().copied());
        }
        6 => {
            let (from, to) = (line(dice), line(dice));
            let (from, to) = (from.min(to), from.max(to));
            drop(bytes.drain(from..to.min(from + 200)));
        }
        7 => {
            let to = line(dice);
            bytes.splice(
                to..to,
                dice.of::<[u8]>(&[b"    ", b"\t", b" ", b"# c\n", b"\n", b"\\\n"])
                    .iter()
                    .copied(),
            );
        }
        8 => {
            let to = line(dice);
            let spaces = bytes[to..].iter().take_while(|byte| **byte == b' ').count();
            drop(bytes.drain(to..to + spaces.min(4)));
        }
        9 => {
            let other = &others[dice.below(others.len())];
            let from = dice.below(other.len());
            let piece = &other[from..(from + dice.below(400)).min(other.len())];
            let to = line(dice);
            bytes.splice(to..to, piece.iter().copied());
        }
        _ => {
            *bytes = String::from_utf8_lossy(bytes)
                .replace('\n', "\r\n")
                .into_bytes()
        }
    }
}

/// The `index`-th file of a run.
fn file(seed: u64, index: u64, words: &[Vec<u8>], fixtures: &[Vec<u8>]) -> Vec<u8> {
    let mut dice = Dice::new(seed, index);
    let made = dice.below(2) == 0;
    let mut bytes = match made {
        true => grammar::module(&mut dice).into_bytes(),
        false => fixtures[dice.below(fixtures.len())].clone(),
    };
    // Half of what is made stays Python, so that fixes are made at all.
    let times = if made && dice.below(4) > 0 {
        0
    } else {
        1 + dice.below(3)
    };
    for _ in 0..times {
        damage(&mut bytes, &mut dice, words, fixtures);
    }
    bytes
}

#[test]
fn whatever_is_in_a_file() {
    let (seed, count) = (dice::seed(), count());
    println!("seed {seed}, {count} files");
    let (words, fixtures) = (words(), seeds());
    assert!(words.len() > 100 && fixtures.len() > 500);
    let next = AtomicU64::new(0);
    let work = || {
        let mut sums = [0usize; 4];
        let mut broken = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if index >= count || broken.len() > 5 {
                return (sums, broken);
            }
            let bytes = file(seed, index, &words, &fixtures);
            let met = match catch_unwind(AssertUnwindSafe(|| promises::hold(&bytes))) {
                Ok(Ok(met)) => met,
                Ok(Err(said)) => {
                    broken.push(format!("file {index} of seed {seed} {said}"));
                    continue;
                }
                Err(_) => {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    broken.push(format!("file {index} of seed {seed} panics:\n{text}"));
                    continue;
                }
            };
            for (sum, met) in sums
                .iter_mut()
                .zip([met.read, met.found, met.safe, met.changed])
            {
                *sum += usize::from(met);
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(2, |count| count.get().min(8));
    let (sums, broken) = std::thread::scope(|scope| {
        let start = |_| {
            std::thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, work)
                .unwrap()
        };
        let running: Vec<_> = (0..threads).map(start).collect();
        let done = running.into_iter().map(|thread| thread.join().unwrap());
        done.fold(
            ([0; 4], Vec::new()),
            |(mut sums, mut all), (more, broken)| {
                sums.iter_mut()
                    .zip(more)
                    .for_each(|(sum, more)| *sum += more);
                all.extend(broken);
                (sums, all)
            },
        )
    });
    let [read, found, safe, changed] = sums;
    println!(
        "{read} could be read, in {found} something was found, {safe} had safe fixes, {changed} any"
    );
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
    let count = usize::try_from(count).unwrap();
    assert!(
        read * 10 > count * 8 && changed * 4 > count && safe * 5 > count,
        "too few files are interesting"
    );
}
