//! Every file of the standard library, held against CPython's own parser.
#[path = "support/summary.rs"]
mod summary;

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use summary::{crc32, summarize};
use unleak::syntax::{Module, Span, parse, tokens};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/ast_summary.py");

#[derive(serde::Deserialize)]
struct Found {
    path: String,
    error: Option<String>,
    stmts: Vec<(usize, u32)>,
}

fn python(args: &[&str]) -> String {
    let output = Command::new("python3")
        .args(args)
        .output()
        .expect("python3 runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout)
        .expect("UTF-8")
        .trim_end()
        .to_owned()
}

#[test]
fn agrees_with_cpython() {
    let root = std::env::var("UNLEAK_TEST_TREE").unwrap_or_else(|_| {
        python(&[
            "-c",
            "import sysconfig; print(sysconfig.get_paths()['stdlib'])",
        ])
    });
    let mut child = Command::new("python3")
        .args([SCRIPT, &root])
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 runs");
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let (mut same, mut undecodable, mut rejected) = (0, 0, 0);
    let (mut wrong, mut unparsed) = (vec![], vec![]);
    for line in lines {
        let found: Found = serde_json::from_str(&line.expect("UTF-8")).expect("JSON");
        let bytes = std::fs::read(&found.path).expect("readable");
        let Ok(text) = String::from_utf8(bytes) else {
            undecodable += 1;
            continue;
        };
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
        let module = parse(text);
        check_places(text, &module, &found.path);
        check_tokens(text, &found.path);
        if found.error.is_some() {
            rejected += 1;
        } else if !module.errors.is_empty() {
            unparsed.push((found.path, module.errors[0].of(text).to_owned()));
        } else {
            let ours: Vec<u32> = summarize(&module).iter().map(|line| crc32(line)).collect();
            let theirs: Vec<u32> = found.stmts.iter().map(|stmt| stmt.1).collect();
            if ours == theirs {
                same += 1;
            } else {
                wrong.push(found.path);
            }
        }
    }
    assert!(child.wait().expect("python3 ends").success());
    println!("{same} the same, {rejected} rejected by CPython, {undecodable} not UTF-8");
    for (path, error) in &unparsed {
        println!(
            "tree-sitter finds an error in {path}: {:?}",
            error.chars().take(80).collect::<String>()
        );
    }
    for path in wrong.iter().take(20) {
        show_difference(path);
    }
    assert!(wrong.is_empty(), "{} files differ", wrong.len());
    assert!(same > 500, "only {same} files compared");
    assert!(
        unparsed.len() * 100 < same,
        "tree-sitter finds errors in {} files",
        unparsed.len()
    );
}

fn show_difference(path: &str) {
    let text = std::fs::read_to_string(path).expect("readable");
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let ours = summarize(&parse(text));
    let theirs = python(&[SCRIPT, "--show", path]);
    let theirs: Vec<&str> = theirs.lines().collect();
    let at = (0..)
        .find(|&i| ours.get(i).map(String::as_str) != theirs.get(i).copied())
        .expect("they differ");
    println!(
        "{path}\n  ours:   {:?}\n  theirs: {:?}",
        ours.get(at),
        theirs.get(at)
    );
}

/// What holds for the places of any text, Python or not.
fn check_places(text: &str, module: &Module, path: &str) {
    let mut behind = 0;
    for stmt in &module.stmts {
        assert!(
            stmt.span.start >= behind,
            "{path}: {stmt:?} is out of order"
        );
        behind = stmt.span.start;
        let block = module.block(stmt.block);
        assert!(
            block.span.contains(stmt.span),
            "{path}: {stmt:?} is not in its block"
        );
        assert_eq!(block.stmts[stmt.index], stmt.id, "{path}");
        for expr in stmt.exprs() {
            expr.walk(&mut |expr| {
                assert!(expr.outer.contains(expr.span), "{path}: {expr:?}");
                for child in expr.children() {
                    assert!(
                        expr.span.contains(child.outer),
                        "{path}: {child:?} is not in {:?}",
                        expr.span
                    );
                }
                let around = [
                    Span::new(expr.outer.start, expr.span.start),
                    Span::new(expr.span.end, expr.outer.end),
                ];
                let parens = around.map(|span| span.of(text));
                assert!(
                    parens[0].is_empty() || parens[0].starts_with('('),
                    "{path}: {expr:?}"
                );
                assert!(
                    parens[1].is_empty() || parens[1].ends_with(')'),
                    "{path}: {expr:?}"
                );
                true
            });
        }
    }
    for block in module.blocks.iter().filter(|block| block.owner.is_some()) {
        assert!(block.header.end <= block.span.start, "{path}: {block:?}");
        assert!(
            module
                .stmt(block.owner.expect("checked"))
                .span
                .contains(block.header),
            "{path}: {block:?}"
        );
    }
    assert!(
        module
            .strings
            .windows(2)
            .all(|pair| pair[0].end <= pair[1].start),
        "{path}"
    );
    assert!(
        module
            .comments
            .iter()
            .all(|comment| comment.of(text).starts_with('#')),
        "{path}"
    );
}

/// Every byte that is not white space or a continued line's backslash belongs to one token.
fn check_tokens(text: &str, path: &str) {
    let mut rest = 0;
    for token in tokens(text) {
        assert!(
            token.span.start >= rest && token.span.end > token.span.start,
            "{path}: {token:?}"
        );
        check_gap(&text[rest..token.span.start], path);
        rest = token.span.end;
    }
    check_gap(&text[rest..], path);
}

fn check_gap(gap: &str, path: &str) {
    let gap = gap
        .replace("\\\r\n", "")
        .replace("\\\n", "")
        .replace("\\\r", "");
    let lost = gap.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\x0b');
    assert!(lost.is_empty(), "{path}: {lost:?} is in no token");
}
