//! Bytes to text and back: the encoding, the byte order mark and the lines of one file.
//!
//! Newlines stay in the text as they are in the file, so that an untouched line goes back byte for byte.

mod encoding;

use std::fmt;
use std::path::PathBuf;
use std::sync::OnceLock;

use encoding::Encoding;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A place in the text as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Position {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
}

/// One Python file, decoded.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path as it is shown to people.
    pub path: PathBuf,
    /// Its text without the byte order mark.
    pub text: String,
    bom: bool,
    encoding: Encoding,
    /// Where each line starts; made on first use, as most files never need it.
    lines: OnceLock<Vec<usize>>,
}

/// Why a file is not text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DecodeError {
    /// It holds NUL bytes.
    Binary,
    /// It declares an encoding nobody knows.
    UnknownEncoding(String),
    /// It is not valid in its encoding.
    Invalid(String),
    /// It starts with the mark of UTF-8 and declares another encoding.
    BomMismatch(String),
    /// Decoded and encoded again it would not be the same.
    NotReversible(String),
}

/// A text that the file's encoding has no bytes for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncodeError(String);

impl Source {
    /// Decodes a file as Python would: UTF-8, or what a PEP 263 comment in its first two lines declares.
    ///
    /// Refuses what could not be written back unchanged.
    pub fn decode(path: impl Into<PathBuf>, bytes: Vec<u8>) -> Result<Source, DecodeError> {
        if memchr::memchr(0, &bytes).is_some() {
            return Err(DecodeError::Binary);
        }
        let bom = bytes.starts_with(BOM);
        let body = if bom { &bytes[BOM.len()..] } else { &bytes[..] };
        let encoding = match encoding::declared(body) {
            None => Encoding::UTF_8,
            Some(name) => {
                let found = Encoding::of(&name)
                    .ok_or_else(|| DecodeError::UnknownEncoding(name.clone()))?;
                if bom && found != Encoding::UTF_8 {
                    return Err(DecodeError::BomMismatch(name));
                }
                found
            }
        };
        let text = if encoding == Encoding::UTF_8 && !bom {
            String::from_utf8(bytes).ok()
        } else {
            let text = encoding.decode(body);
            if text
                .as_ref()
                .is_some_and(|text| encoding.encode(text).as_deref() != Some(body))
            {
                return Err(DecodeError::NotReversible(encoding.to_string()));
            }
            text
        };
        Ok(Source {
            path: path.into(),
            text: text.ok_or_else(|| DecodeError::Invalid(encoding.to_string()))?,
            bom,
            encoding,
            lines: OnceLock::new(),
        })
    }

    /// The bytes of `text` as this file would hold it: its encoding, its byte order mark.
    pub fn encode(&self, text: &str) -> Result<Vec<u8>, EncodeError> {
        let body = self
            .encoding
            .encode(text)
            .ok_or_else(|| EncodeError(self.encoding.to_string()))?;
        Ok(if self.bom {
            [BOM, &body].concat()
        } else {
            body
        })
    }

    /// The same file with another text.
    pub fn with_text(&self, text: String) -> Source {
        Source {
            path: self.path.clone(),
            text,
            bom: self.bom,
            encoding: self.encoding,
            lines: OnceLock::new(),
        }
    }

    /// Where the byte at `offset` stands.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.line_of(offset);
        let start = self.lines()[line - 1];
        let column = self.text[start..]
            .char_indices()
            .take_while(|(at, _)| start + at < offset)
            .count()
            + 1;
        Position { line, column }
    }

    /// The line, from 1, in which the byte at `offset` stands; a newline belongs to the line it ends.
    pub fn line_of(&self, offset: usize) -> usize {
        self.lines()
            .partition_point(|start| *start <= offset)
            .max(1)
    }

    /// The offset at which line `number` (from 1) starts; behind the last line, the end of the text.
    pub fn line_start(&self, number: usize) -> usize {
        self.lines()
            .get(number.saturating_sub(1))
            .copied()
            .unwrap_or(self.text.len())
    }

    /// Line `number` (from 1) without its newline; empty behind the last line.
    pub fn line_text(&self, number: usize) -> &str {
        self.text[self.line_start(number)..self.line_start(number + 1)]
            .trim_end_matches(['\n', '\r'])
    }

    /// How many lines there are; a newline at the end does not open another one.
    pub fn line_count(&self) -> usize {
        let starts = self.lines();
        starts.len() - usize::from(starts.last() == Some(&self.text.len()))
    }

    fn lines(&self) -> &[usize] {
        self.lines.get_or_init(|| line_starts(&self.text))
    }
}

/// LF, CRLF and a lone CR all end a line, as in Python.
fn line_starts(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let ends = memchr::memchr2_iter(b'\n', b'\r', bytes)
        .filter(|at| bytes[*at] == b'\n' || bytes.get(at + 1) != Some(&b'\n'))
        .map(|at| at + 1);
    std::iter::once(0).chain(ends).collect()
}

impl fmt::Display for DecodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DecodeError::Binary => write!(out, "not a text file: it holds NUL bytes"),
            DecodeError::UnknownEncoding(name) => write!(out, "unknown encoding '{name}'"),
            DecodeError::Invalid(name) => write!(out, "not valid {name}"),
            DecodeError::BomMismatch(name) => {
                write!(
                    out,
                    "starts with the byte order mark of UTF-8 but declares '{name}'"
                )
            }
            DecodeError::NotReversible(name) => {
                write!(out, "its {name} text could not be written back unchanged")
            }
        }
    }
}

impl fmt::Display for EncodeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the new text cannot be written in {}", self.0)
    }
}

impl std::error::Error for DecodeError {}
impl std::error::Error for EncodeError {}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Result<Source, DecodeError> {
        Source::decode("a.py", bytes.to_vec())
    }

    #[track_caller]
    fn round_trip(bytes: &[u8], text: &str) {
        let source = decode(bytes).unwrap();
        assert_eq!(source.text, text);
        assert_eq!(source.encode(&source.text).unwrap(), bytes);
    }

    #[test]
    fn bytes_come_back_as_they_were() {
        round_trip(b"", "");
        round_trip("x = 'é'\r\ny\rz".as_bytes(), "x = 'é'\r\ny\rz");
        round_trip(b"\xef\xbb\xbfx = 1\n", "x = 1\n");
        round_trip(b"\xef\xbb\xbf# coding: utf-8\nx\n", "# coding: utf-8\nx\n");
        round_trip(
            b"# coding: latin-1\nx = '\xe9\x80'\n",
            "# coding: latin-1\nx = 'é\u{80}'\n",
        );
        round_trip(
            b"# coding: cp1252\nx = '\x80'\n",
            "# coding: cp1252\nx = '€'\n",
        );
        round_trip(
            b"#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\n'\xa4'",
            "#!/usr/bin/python\n# -*- coding: iso-8859-15 -*-\n'€'",
        );
        round_trip(
            b"# vim: set fileencoding=koi8_r :\n'\xc1'",
            "# vim: set fileencoding=koi8_r :\n'а'",
        );
        round_trip(b"# coding=shift_jis\n'\x83e'", "# coding=shift_jis\n'テ'");
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = |bytes: &[u8]| decode(bytes).unwrap_err().to_string();
        assert_eq!(error(b"\x7fELF\0\0"), "not a text file: it holds NUL bytes");
        assert_eq!(error(b"# coding: klingon\n"), "unknown encoding 'klingon'");
        assert_eq!(error(b"x = '\xe9'\n"), "not valid UTF-8");
        assert_eq!(error(b"# coding: ascii\nx = '\xe9'\n"), "not valid ASCII");
        assert_eq!(
            error(b"\xef\xbb\xbf# coding: latin-1\n"),
            "starts with the byte order mark of UTF-8 but declares 'latin-1'"
        );
    }

    #[test]
    fn a_text_without_bytes_is_refused() {
        let source = decode(b"# coding: latin-1\n").unwrap();
        assert_eq!(
            source.encode("'→'").unwrap_err().to_string(),
            "the new text cannot be written in ISO-8859-1"
        );
        assert_eq!(source.with_text("é".into()).encode("é").unwrap(), b"\xe9");
    }

    #[test]
    fn all_newlines_end_lines() {
        let source = decode("a\nbé!\r\nc\rd\n\n".as_bytes()).unwrap();
        assert_eq!(source.line_count(), 5);
        let lines: Vec<_> = (1..=6).map(|number| source.line_text(number)).collect();
        assert_eq!(lines, ["a", "bé!", "c", "d", "", ""]);
        let offset = source.text.find('!').unwrap();
        assert_eq!(source.position(offset), Position { line: 2, column: 3 });
        assert_eq!(
            source.position(source.text.find('\r').unwrap()),
            Position { line: 2, column: 4 }
        );
        assert_eq!(
            source.position(source.text.find('d').unwrap()),
            Position { line: 4, column: 1 }
        );
        assert_eq!(source.position(0), Position { line: 1, column: 1 });
        assert_eq!(
            source.position(source.text.len()),
            Position { line: 6, column: 1 }
        );
        assert_eq!(decode(b"").unwrap().line_count(), 0);
        assert_eq!(decode(b"x").unwrap().line_count(), 1);
    }
}
