//! A bar on standard error while a run takes long.

use std::io::{self, IsTerminal};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};

const PATIENCE: Duration = Duration::from_secs(1);

pub(super) struct Progress {
    bar: ProgressBar,
    begun: Instant,
    /// Shown already, or never to be shown.
    settled: AtomicBool,
}

impl Progress {
    pub(super) fn new(files: usize, quiet: bool) -> Progress {
        Progress {
            bar: ProgressBar::with_draw_target(Some(files as u64), ProgressDrawTarget::hidden()),
            begun: Instant::now(),
            settled: AtomicBool::new(quiet || !io::stderr().is_terminal()),
        }
    }

    /// One file is done.
    pub(super) fn step(&self) {
        self.bar.inc(1);
        if self.begun.elapsed() > PATIENCE && !self.settled.swap(true, Ordering::Relaxed) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Does what writes to the terminal, with the bar out of the way.
    pub(super) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
