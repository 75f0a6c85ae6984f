//! Patches as git takes them.
#![allow(clippy::unwrap_used)]

mod cli_support;

use std::path::Path;

use cli_support::Place;
use unleak::emit::diff;
use unleak::pipeline::{Fixed, Report};
use unleak::source::Source;

/// The patch that turns `old` into what is written for `text` in the encoding of `old`; and that.
fn patch(name: &str, old: &[u8], text: &str) -> (Vec<u8>, Vec<u8>) {
    let source = Source::decode(Path::new(name), old.to_vec()).unwrap();
    let new = source.encode(text).unwrap();
    let fixed = Fixed {
        text: text.into(),
        applied: vec![],
        remaining: vec![],
        failures: vec![],
        asked: false,
    };
    let report = Report {
        source,
        findings: vec![],
        fixed: Some(fixed),
        notes: vec![],
        failures: vec![],
    };
    let mut out = Vec::new();
    diff::write(&mut out, &report, false).unwrap();
    (out, new)
}

#[track_caller]
fn applies(name: &str, old: &[u8], text: &str) {
    for in_repository in [false, true] {
        let place = Place::new();
        if in_repository {
            assert_eq!(place.git(&["init", "-q"], b"").code, 0);
        }
        let path = place.write(name, old);
        let (patch, new) = patch(name, old, text);
        assert!(patch.starts_with(b"--- "));
        let check = place.git(&["apply", "--check"], &patch);
        assert_eq!(
            (check.code, check.stderr.as_str()),
            (0, ""),
            "{}",
            String::from_utf8_lossy(&patch)
        );
        place.git(&["apply"], &patch).is(0, "", "");
        assert_eq!(std::fs::read(path).unwrap(), new);
    }
}

#[test]
fn plain_files() {
    applies("a.py", b"one\ntwo\nthree\n", "one\n2\nthree\n");
    applies("a/b/c.py", b"one\n", "zero\none\n");
    applies("b/a.py", b"one\ntwo\n", "two\n");
    let many: String = (0..100).map(|number| format!("line {number}\n")).collect();
    applies("a.py", many.as_bytes(), &many.replace("line 1", "row 1"));
}

#[test]
fn line_ends_and_encodings() {
    applies("crlf.py", b"one\r\ntwo\r\n", "one\r\n2\r\n");
    applies(
        "mixed.py",
        b"one\r\ntwo\nthree\rfour\n",
        "one\r\n2\nthree\rfour\n",
    );
    applies("cr.py", b"one\rtwo\r", "one\r2\r");
    applies(
        "latin.py",
        b"# coding: latin-1\n'\xe9'\nx\n",
        "# coding: latin-1\n'\u{e9}'\ny\n",
    );
    applies("bom.py", b"\xef\xbb\xbfone\ntwo\n", "1\ntwo\n");
    applies(
        "feed.py",
        b"one\n\x0c\ntwo\x1b[0m\n",
        "one\n\x0c\n2\x1b[0m\n",
    );
    applies(
        "sep.py",
        "one\u{2028}two\n\u{85}\n".as_bytes(),
        "one\u{2028}2\n\u{85}\n",
    );
}

#[test]
fn no_newline_at_the_end() {
    applies("a.py", b"one\ntwo", "one\n2");
    applies("a.py", b"one\ntwo\n", "one\ntwo");
    applies("a.py", b"one\ntwo", "one\ntwo\n");
    applies("a.py", b"one", "1");
}

#[test]
fn names_of_all_kinds() {
    applies("my app/a file.py", b"one\n", "1\n");
    applies("na\u{ef}ve/\u{65e5}\u{672c}.py", b"one\n", "1\n");
    if cfg!(unix) {
        applies("a \"quoted\" \u{e9}.py", b"one\n", "1\n");
        applies("back\\slash.py", b"one\n", "1\n");
        applies("tab\there.py", b"one\n", "1\n");
    }
}

#[test]
fn a_patch_for_the_current_directory_applies_below_the_root() {
    let place = Place::new();
    assert_eq!(place.git(&["init", "-q"], b"").code, 0);
    place.write("sub/pkg/a.py", "one\n");
    let (patch, _) = patch("pkg/a.py", b"one\n", "1\n");
    place.git(&["-C", "sub", "apply"], &patch).is(0, "", "");
    assert_eq!(place.read("sub/pkg/a.py"), "1\n");
}

#[test]
fn several_files_make_one_patch() {
    let place = Place::new();
    let mut whole = Vec::new();
    for name in ["a.py", "b c.py", "d\u{e9}.py"] {
        place.write(name, "one");
        whole.extend(patch(name, b"one", "1").0);
    }
    place.git(&["apply"], &whole).is(0, "", "");
    assert_eq!(place.read("b c.py") + &place.read("d\u{e9}.py"), "11");
}
