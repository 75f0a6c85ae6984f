//! Standard output that may be closed at any time, and standard error.

use std::io::{self, Write};
use std::path::Path;

use crate::discover::reason;
use crate::emit::Format;
use crate::emit::document::{Document, Ending};

/// One line on standard error. Nothing can be done if that is closed.
pub(super) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "unleak: {message}");
}

/// Standard output. Once nobody reads it any more it takes everything and does nothing.
pub(super) struct Output {
    closed: bool,
    failure: Option<io::Error>,
    document: Option<Document>,
}

impl Output {
    /// For bytes as they are.
    pub(super) fn plain() -> Output {
        Output {
            closed: false,
            failure: None,
            document: None,
        }
    }

    /// For what is rendered in `format`, file by file.
    pub(super) fn of(format: Format) -> Output {
        Output {
            document: Document::of(format),
            ..Output::plain()
        }
    }

    /// Writes what was rendered of one file.
    pub(super) fn part(&mut self, bytes: &[u8]) {
        let result = match &mut self.document {
            None => io::stdout().write_all(bytes),
            Some(document) => document.write(&mut io::stdout(), bytes),
        };
        self.note(result.and_then(|()| io::stdout().flush()));
    }

    /// Writes a line behind all parts.
    pub(super) fn line(&mut self, text: &str) {
        self.note(writeln!(io::stdout(), "{text}"));
    }

    /// Whether writing more is useless.
    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// Writes what closes the format. Fails if anything could not be written, but not for a closed pipe.
    pub(super) fn end(self) -> anyhow::Result<()> {
        self.end_with(&Ending {
            failures: &[],
            sums: "",
            root: Path::new(""),
        })
    }

    /// The same of a document that tells how the run ended.
    pub(super) fn end_with(mut self, ending: &Ending<'_>) -> anyhow::Result<()> {
        if let (Some(mut document), false) = (self.document.take(), self.closed) {
            self.note(document.end(&mut io::stdout(), ending));
        }
        self.note(io::stdout().flush());
        match self.failure {
            None => Ok(()),
            Some(error) => Err(anyhow::anyhow!("standard output: {}", reason(&error))),
        }
    }

    fn note(&mut self, result: io::Result<()>) {
        let Err(error) = result else { return };
        if !self.closed && error.kind() != io::ErrorKind::BrokenPipe {
            self.failure = Some(error);
        }
        self.closed = true;
    }
}
