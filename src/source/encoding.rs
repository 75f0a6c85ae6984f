//! Which encoding a file is in, by the names Python uses.

use std::fmt;

use encoding_rs::mem;

/// An encoding Python accepts for source files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes below 128 only.
    Ascii,
    /// ISO-8859-1 as Python means it. On the web that name stands for windows-1252, which differs in 32 bytes.
    Latin1,
    /// All others, by the web's tables.
    Web(&'static encoding_rs::Encoding),
}

impl Encoding {
    pub(super) const UTF_8: Encoding = Encoding::Web(encoding_rs::UTF_8);

    /// The encoding with that name in Python's spelling (`utf8`, `Latin_1`, `cp1251` ...).
    pub(super) fn of(name: &str) -> Option<Encoding> {
        let name = name.to_ascii_lowercase().replace('_', "-");
        match name.as_str() {
            "ascii" | "us-ascii" | "646" | "ansi-x3.4-1968" | "iso646-us" => {
                return Some(Encoding::Ascii);
            }
            "latin-1" | "latin1" | "latin" | "l1" | "iso-8859-1" | "iso8859-1" | "iso-latin-1"
            | "8859" | "cp819" | "ibm819" => return Some(Encoding::Latin1),
            // Emacs writes the newlines behind the name (`utf-8-unix`); Python skips them for these.
            _ if name.starts_with("utf-8-") => return Some(Encoding::UTF_8),
            _ if ["latin-1-", "iso-8859-1-", "iso-latin-1-"]
                .iter()
                .any(|prefix| name.starts_with(prefix)) =>
            {
                return Some(Encoding::Latin1);
            }
            _ => {}
        }
        let label = match name.as_str() {
            "u8" | "utf" | "cp65001" => "utf-8",
            "mac-roman" | "macroman" => "macintosh",
            "mac-cyrillic" | "maccyrillic" => "x-mac-cyrillic",
            "sjis" | "s-jis" | "cp932" | "ms932" | "mskanji" | "ms-kanji" | "windows-31j" => {
                "shift_jis"
            }
            "shiftjis" | "shift-jis" | "csshiftjis" => "shift_jis",
            "eucjp" | "ujis" | "u-jis" => "euc-jp",
            "euckr" | "cp949" | "949" | "ms949" | "uhc" | "ks-c-5601" | "ks-x-1001" => "euc-kr",
            "cp936" | "936" | "ms936" | "gb2312" | "euc-cn" | "euccn" => "gbk",
            "gb18030-2000" => "gb18030",
            "big5-tw" | "cp950" | "950" | "ms950" => "big5",
            "cp866" | "866" => "ibm866",
            "latin7" | "latin-7" | "l7" => "iso-8859-13",
            "latin8" | "latin-8" | "l8" => "iso-8859-14",
            "latin9" | "latin-9" => "iso-8859-15",
            "latin10" | "latin-10" | "l10" => "iso-8859-16",
            "tis620" | "tis-620" | "cp874" => "windows-874",
            "iso2022jp" | "iso-2022-jp-1" => "iso-2022-jp",
            other => other,
        };
        let numbered = |prefix: &str, web: &str| {
            label
                .strip_prefix(prefix)
                .map(|rest| format!("{web}{rest}"))
        };
        let found = encoding_rs::Encoding::for_label(label.as_bytes())
            // cp1251, windows1251, iso8859-5: the web writes windows-1251 and iso-8859-5.
            .or_else(|| encoding_rs::Encoding::for_label(numbered("cp", "windows-")?.as_bytes()))
            .or_else(|| {
                encoding_rs::Encoding::for_label(numbered("windows", "windows-")?.as_bytes())
            })
            .or_else(|| {
                encoding_rs::Encoding::for_label(numbered("iso8859", "iso-8859")?.as_bytes())
            })?;
        // UTF-16 cannot be written (its output encoding is UTF-8), and Python does not take it for source files.
        (found.output_encoding() == found && found != encoding_rs::X_USER_DEFINED)
            .then_some(Encoding::Web(found))
    }

    pub(super) fn decode(self, bytes: &[u8]) -> Option<String> {
        match self {
            Encoding::Ascii => bytes
                .is_ascii()
                .then(|| mem::decode_latin1(bytes).into_owned()),
            Encoding::Latin1 => Some(mem::decode_latin1(bytes).into_owned()),
            Encoding::Web(web) => web
                .decode_without_bom_handling_and_without_replacement(bytes)
                .map(|text| text.into_owned()),
        }
    }

    pub(super) fn encode(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Encoding::Ascii => text.is_ascii().then(|| text.as_bytes().to_vec()),
            Encoding::Latin1 => {
                mem::is_str_latin1(text).then(|| mem::encode_latin1_lossy(text).into_owned())
            }
            Encoding::Web(web) => match web.encode(text) {
                (bytes, _, false) => Some(bytes.into_owned()),
                (_, _, true) => None,
            },
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Encoding::Ascii => "ASCII",
            Encoding::Latin1 => "ISO-8859-1",
            Encoding::Web(web) => web.name(),
        })
    }
}

/// The encoding a comment in line 1 or 2 names (PEP 263); line 2 counts only below a comment or blank line.
pub(super) fn declared(bytes: &[u8]) -> Option<String> {
    let mut lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
    let first = lines.next()?;
    if let Some(name) = declaration(first) {
        return Some(name);
    }
    if !(blank(first).is_empty() || blank(first).starts_with(b"#")) {
        return None;
    }
    // CRLF leaves an empty piece between the two.
    let crlf = bytes[first.len()..].starts_with(b"\r\n");
    declaration(lines.nth(usize::from(crlf))?)
}

/// `^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)`
fn declaration(line: &[u8]) -> Option<String> {
    let comment = blank(line).strip_prefix(b"#")?;
    memchr::memmem::find_iter(comment, b"coding").find_map(|at| {
        let rest = comment[at + b"coding".len()..]
            .strip_prefix(b":")
            .or_else(|| comment[at + b"coding".len()..].strip_prefix(b"="))?;
        let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t'))?;
        let name: String = rest[start..]
            .iter()
            .map(|byte| char::from(*byte))
            .take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '-' | '_' | '.'))
            .collect();
        (!name.is_empty()).then_some(name)
    })
}

fn blank(line: &[u8]) -> &[u8] {
    let start = line
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\x0c'))
        .unwrap_or(line.len());
    &line[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_spellings_are_known() {
        let name = |text: &str| Encoding::of(text).map(|found| found.to_string());
        for (spelling, expected) in [
            ("utf8", "UTF-8"),
            ("UTF_8_sig", "UTF-8"),
            ("U8", "UTF-8"),
            ("utf-8-unix", "UTF-8"),
            ("iso-8859-1-dos", "ISO-8859-1"),
            ("latin_1", "ISO-8859-1"),
            ("iso8859_1", "ISO-8859-1"),
            ("Latin-1", "ISO-8859-1"),
            ("iso-8859-15", "ISO-8859-15"),
            ("iso8859_15", "ISO-8859-15"),
            ("latin9", "ISO-8859-15"),
            ("cp1251", "windows-1251"),
            ("windows_1252", "windows-1252"),
            ("mac_roman", "macintosh"),
            ("koi8-r", "KOI8-R"),
            ("koi8_u", "KOI8-U"),
            ("cp932", "Shift_JIS"),
            ("euc_kr", "EUC-KR"),
            ("euc_jp", "EUC-JP"),
            ("gb2312", "GBK"),
            ("gb18030", "gb18030"),
            ("big5", "Big5"),
            ("US-ASCII", "ASCII"),
        ] {
            assert_eq!(name(spelling).as_deref(), Some(expected), "{spelling}");
        }
        for unknown in [
            "klingon",
            "utf-16",
            "utf-7",
            "replacement",
            "x-user-defined",
            "rot13",
            "cp",
        ] {
            assert_eq!(name(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn declarations_are_found_where_python_looks() {
        let found = |text: &str| declared(text.as_bytes());
        assert_eq!(
            found("# -*- coding: latin-1 -*-\n").as_deref(),
            Some("latin-1")
        );
        assert_eq!(
            found("\x0c # vim: fileencoding=cp1252\n").as_deref(),
            Some("cp1252")
        );
        assert_eq!(
            found("#!/usr/bin/python\r\n# coding: koi8-r\r\n").as_deref(),
            Some("koi8-r")
        );
        assert_eq!(
            found("#!/usr/bin/python\r# coding: koi8-r\r").as_deref(),
            Some("koi8-r")
        );
        assert_eq!(found("\n# coding: koi8-r").as_deref(), Some("koi8-r"));
        assert_eq!(
            found("# encoding problems; coding: utf-8").as_deref(),
            Some("utf-8")
        );
        assert_eq!(found("x = 1\n# coding: latin-1\n"), None);
        assert_eq!(found("\n\n# coding: latin-1\n"), None);
        assert_eq!(found("s = '# coding: latin-1'\n"), None);
        assert_eq!(found("# coding:\n"), None);
        assert_eq!(found(""), None);
    }
}
