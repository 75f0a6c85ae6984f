//! What a rewrite must not do, beyond the verdicts: lose text, change the bytes of a file, pass in silence what it leaves
//! alone.

use std::path::Path;

use unleak::pipeline::{self, Options};
use unleak::source::Source;
use unleak::syntax;

use super::{HAZARDS, ROOT, cases};

/// The comments and the strings of a text, sorted.
fn kept(text: &str) -> Vec<String> {
    let module = syntax::parse(text);
    let spans = module.comments.iter().chain(&module.strings);
    let mut all: Vec<String> = spans.map(|span| span.of(text).to_owned()).collect();
    all.sort_unstable();
    all
}

/// Scenarios 83, 85 and 103.
#[test]
fn no_comment_and_no_string_is_lost_or_changed() {
    let mut compared = 0;
    // In the others a string may go with the guard it belongs to: `if "conn" in locals()`.
    let hazards = cases()
        .into_iter()
        .filter(|case| HAZARDS.contains(&case.number));
    for case in hazards {
        let before = kept(&case.file.source.text);
        compared += before.len();
        assert_eq!(before, kept(case.new_text()), "{}", case.file.name);
    }
    assert!(compared > 300, "only {compared} of them");
}

/// What the safe fixes make of a file with these bytes, as bytes.
fn fixed(bytes: &[u8]) -> Vec<u8> {
    let source = Source::decode(Path::new("kin.py"), bytes.to_vec()).unwrap();
    let report = pipeline::fix(source, &Options::default());
    let text = report.new_text().expect("something to fix");
    report.source.encode(text).unwrap()
}

fn with_tabs(text: &str) -> String {
    let line = |line: &str| {
        let rest = line.trim_start_matches(' ');
        let depth = (line.len() - rest.len()) / 4;
        format!("{}{rest}", "\t".repeat(depth))
    };
    text.split_inclusive('\n').map(line).collect()
}

fn latin_1(text: &str) -> Vec<u8> {
    let byte = |c: char| u8::try_from(u32::from(c)).unwrap();
    text.chars().map(byte).collect()
}

/// Scenario 110: whatever is done to the bytes of a file is also what it does to the bytes of the fixed file.
#[test]
fn the_bytes_of_a_file_stay_of_their_kind() {
    let plain = std::fs::read_to_string(Path::new(ROOT).join("110-bytes.py")).unwrap();
    let after = String::from_utf8(fixed(plain.as_bytes())).unwrap();
    type Kin = (&'static str, fn(&str) -> Vec<u8>);
    let kin: [Kin; 8] = [
        ("line ends of Windows", |text| {
            text.replace('\n', "\r\n").into_bytes()
        }),
        ("line ends of old", |text| {
            text.replace('\n', "\r").into_bytes()
        }),
        ("tabs", |text| with_tabs(text).into_bytes()),
        ("a byte order mark", |text| {
            format!("\u{feff}{text}").into_bytes()
        }),
        ("no last line end", |text| {
            text.trim_end_matches('\n').into()
        }),
        ("form feeds", |text| {
            text.replace("\ndef ", "\n\u{c}\ndef ").into_bytes()
        }),
        ("Latin-1", |text| {
            latin_1(&format!("# coding: latin-1\n{text}"))
        }),
        ("white space at line ends", |text| {
            text.replace(":\n", ":  \n").into_bytes()
        }),
    ];
    for (what, change) in kin {
        let (got, wanted) = (fixed(&change(&plain)), change(&after));
        assert_eq!(
            String::from_utf8_lossy(&got),
            String::from_utf8_lossy(&wanted),
            "{what}"
        );
    }
}

/// Scenario 111.
#[test]
fn what_is_left_alone_is_named() {
    let said = |name: &str| {
        let name = format!("111-left-alone/{name}.py");
        let case = cases().into_iter().find(|case| case.file.name == name);
        case.expect("a fixture").report.notes
    };
    assert_eq!(
        said("python2"),
        ["line 2: syntax error in `total`, which is left alone"]
    );
    assert_eq!(
        said("magics"),
        ["line 2: not understood, what stands there is left alone"]
    );
    assert_eq!(
        said("half_written"),
        [
            "line 2: syntax error in `broken`, which is left alone",
            "line 8: syntax error in `also_broken`, which is left alone"
        ]
    );
    assert_eq!(
        said("generated"),
        ["line 1: generated code, which is left alone; what it leaks is for its generator to mend"]
    );
}
