//! Right results of real fixes, made wrong at random by one thing each: the self-check has to refuse every one.
#![allow(clippy::unwrap_used)]

#[path = "support/dice.rs"]
mod dice;

use dice::Dice;
use std::collections::BTreeMap;
use std::path::Path;
use unleak::analysis;
use unleak::catalog::Catalog;
use unleak::pipeline::Options;
use unleak::rules::Rule;
use unleak::source::Source;
use unleak::syntax::{Module, Role, Span, StmtKind, parse};
use unleak::transform::{Edit, Original, Patch, unwraps};

/// How often each kind of fault is tried on each result.
const TIMES: u64 = 3;

const KINDS: [(&str, Spoil); 10] = [
    ("a comment is lost", lose_comment),
    ("a handler is lost", lose_handler),
    ("a statement is lost", lose_statement),
    ("a statement comes twice", double_statement),
    ("two lines change places", swap_lines),
    ("a string is altered", alter_string),
    ("a string over several lines is indented", indent_string),
    ("a token is lost", lose_token),
    ("a name becomes another", alter_name),
    ("a statement moves into a block or out of one", reindent),
];

type Spoil = fn(&str, &Module, &mut Dice) -> Option<String>;

fn without(text: &str, span: Span) -> String {
    with(text, span, "")
}

fn with(text: &str, span: Span, new: &str) -> String {
    format!("{}{new}{}", &text[..span.start], &text[span.end..])
}

fn any<T: Copy>(all: &[T], dice: &mut Dice) -> Option<T> {
    (!all.is_empty()).then(|| all[dice.below(all.len())])
}

/// The span with the rest of its lines.
fn lines(text: &str, span: Span) -> Span {
    let start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[span.end..]
        .find('\n')
        .map_or(text.len(), |at| span.end + at + 1);
    Span::new(start, end)
}

fn lose_comment(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    any(&module.comments, dice).map(|span| without(text, span))
}

fn lose_handler(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let handlers = module
        .blocks
        .iter()
        .filter(|block| matches!(block.role, Role::Except(_)));
    let spans: Vec<Span> = handlers
        .map(|block| Span::new(block.header.start, block.span.end))
        .collect();
    any(&spans, dice).map(|span| without(text, lines(text, span)))
}

/// Statements without blocks that have their lines to themselves.
fn simple(text: &str, module: &Module) -> Vec<Span> {
    let owners: Vec<_> = module
        .blocks
        .iter()
        .filter_map(|block| block.owner)
        .collect();
    let alone = |span: &Span| {
        let around = lines(text, *span);
        let rest = [&text[around.start..span.start], &text[span.end..around.end]];
        rest.iter().all(|text| text.trim().is_empty())
    };
    // Where its import stands, and how often, makes no difference.
    let is_import = |span: &Span| span.of(text).contains("contextlib");
    let stmts = module
        .stmts
        .iter()
        .filter(|stmt| !owners.contains(&stmt.id));
    let spans = stmts.map(|stmt| stmt.span);
    spans
        .filter(|span| alone(span) && !is_import(span))
        .collect()
}

fn lose_statement(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    any(&simple(text, module), dice).map(|span| with(text, span, "pass"))
}

fn double_statement(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let span = lines(text, any(&simple(text, module), dice)?);
    let line = &text[span.start..span.end];
    line.ends_with('\n')
        .then(|| with(text, span, &line.repeat(2)))
}

fn swap_lines(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let spans: Vec<Span> = simple(text, module)
        .into_iter()
        .map(|span| lines(text, span))
        .collect();
    let neighbours: Vec<(Span, Span)> = spans
        .windows(2)
        .filter(|pair| {
            pair[0].end == pair[1].start && text[pair[1].start..pair[1].end].ends_with('\n')
        })
        .map(|pair| (pair[0], pair[1]))
        .collect();
    let (one, two) = any(&neighbours, dice)?;
    let swapped = format!("{}{}", two.of(text), one.of(text));
    Some(with(text, Span::new(one.start, two.end), &swapped))
}

fn alter_string(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let span = any(&module.strings, dice)?;
    let quote = span.of(text).rfind(['\'', '"'])?;
    let inside = if span.of(text).ends_with("\"\"\"") || span.of(text).ends_with("'''") {
        2
    } else {
        0
    };
    let at = span.start + quote.checked_sub(inside)?;
    Some(with(text, Span::new(at, at), "z"))
}

fn indent_string(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let breaks: Vec<usize> = module
        .strings
        .iter()
        .flat_map(|span| {
            span.of(text)
                .match_indices('\n')
                .map(|(at, _)| span.start + at + 1)
        })
        .collect();
    any(&breaks, dice).map(|at| with(text, Span::new(at, at), "    "))
}

/// The names, numbers and signs of all statements; what stands in strings and comments is none of them.
fn tokens(text: &str, module: &Module) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut at = 0;
    let skipped = |at: usize| {
        let all = module.strings.iter().chain(&module.comments);
        all.filter(|span| span.start <= at && at < span.end)
            .map(|span| span.end)
            .max()
    };
    while let Some(char) = text[at..].chars().next() {
        if let Some(end) = skipped(at) {
            at = end;
            continue;
        }
        let is_word = |char: char| char.is_alphanumeric() || char == '_';
        let length = match text[at..].find(|char| !is_word(char)) {
            Some(0) => char.len_utf8(),
            Some(length) => length,
            None => text.len() - at,
        };
        // A semicolon, a comma or a backslash at the end of something may go without anybody missing it.
        if !char.is_whitespace() && !";,\\\u{feff}()".contains(char) {
            spans.push(Span::new(at, at + length));
        }
        at += length;
    }
    spans
}

fn lose_token(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    any(&tokens(text, module), dice).map(|span| without(text, span))
}

fn alter_name(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let names: Vec<Span> = tokens(text, module)
        .into_iter()
        .filter(|span| text[span.start..].starts_with(|char: char| char.is_alphabetic()))
        .collect();
    any(&names, dice).map(|span| with(text, Span::new(span.end, span.end), "_z"))
}

/// The last statement of a block leaves it, or the one behind a block comes into it.
fn reindent(text: &str, module: &Module, dice: &mut Dice) -> Option<String> {
    let alone = simple(text, module);
    let mut found = Vec::new();
    for block in &module.blocks {
        let (Some(owner), Some(last)) = (block.owner, block.stmts.last()) else {
            continue;
        };
        let outer = module.stmt(owner).span;
        let column = |span: Span| span.start - lines(text, span).start;
        let ends = outer.end == block.span.end;
        let last = module.stmt(*last).span;
        if ends && block.stmts.len() > 1 && alone.contains(&last) && column(last) > column(outer) {
            found.push((last, column(outer)));
        }
        let behind = module.sibling(owner, 1).map(|next| module.stmt(next).span);
        if let Some(next) = behind.filter(|next| ends && !block.inline && alone.contains(next)) {
            let first = module.stmt(block.stmts[0]).span;
            if column(first) > column(outer)
                && !text[lines(text, first).start..first.start].contains('\t')
            {
                found.push((next, column(first)));
            }
        }
    }
    let (span, column) = any(&found, dice)?;
    let start = lines(text, span).start;
    // A string over several lines stays where it is; the statement is the same.
    Some(with(
        text,
        Span::new(start, span.start),
        &" ".repeat(column),
    ))
}

#[derive(Default)]
struct Tally {
    tried: usize,
    by_plan: usize,
    by_way_back: usize,
}

/// All of them that can be read.
fn fixtures() -> Vec<Source> {
    let files = walkdir::WalkDir::new("fixtures").sort_by_file_name();
    let python = files.into_iter().map(|entry| entry.unwrap().into_path());
    python
        .filter(|path| path.extension().is_some_and(|end| end == "py"))
        .filter_map(|path| Source::decode(Path::new(&path), std::fs::read(&path).unwrap()).ok())
        .collect()
}

#[test]
fn every_wrong_result_is_refused() {
    let seed = dice::seed();
    println!("seed {seed}");
    // A fix without a `with` has no way back: `proof` takes what it may change out of both texts.
    let rules = Rule::ALL.into_iter();
    let rules = rules.filter(|rule| *rule < Rule::UnusedSuppression);
    let options = Options::new(rules.collect(), true, &[]);
    let releases = |name: &str| Catalog::get().resources().any(|known| known.releases(name));
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut missed = Vec::new();
    let mut results = 0u64;
    for source in fixtures() {
        let text = &source.text;
        let module = parse(text);
        if !module.errors.is_empty() {
            continue;
        }
        let original = Original::new(text, &module);
        for finding in analysis::analyze(&source, &options).findings {
            let Some(fix) = &finding.fix else { continue };
            let patch = original.edits(&fix.plan).unwrap();
            let right = original.check(&[(&fix.plan, &patch)]).unwrap();
            let way_back = |new: &str, result: &Module| {
                let named = |name: &str| releases(name) || name == finding.resource.release;
                result.errors.is_empty() && unwraps((text, &module), (new, result), &named).is_ok()
            };
            assert!(
                way_back(&right.text, &right.module),
                "{}\n{}",
                source.path.display(),
                right.text
            );
            results += 1;
            for (number, (kind, spoil)) in KINDS.iter().enumerate() {
                for time in 0..TIMES {
                    let mut dice = Dice::new(seed, (results * 100 + number as u64) * TIMES + time);
                    let Some(wrong) = spoil(&right.text, &right.module, &mut dice) else {
                        continue;
                    };
                    if wrong == right.text {
                        continue;
                    }
                    let whole = Span::new(0, text.len());
                    let patch = Patch {
                        edits: vec![Edit {
                            span: whole,
                            text: wrong.clone(),
                        }],
                        touched: whole,
                    };
                    let tally = tallies.entry(kind).or_default();
                    let by_plan = original.check(&[(&fix.plan, &patch)]).is_err();
                    let by_way_back = !way_back(&wrong, &parse(&wrong));
                    tally.tried += 1;
                    tally.by_plan += usize::from(by_plan);
                    tally.by_way_back += usize::from(by_way_back);
                    if !by_plan && !by_way_back {
                        missed.push(format!("{}: {kind}\n{wrong}", source.path.display()));
                    }
                }
            }
        }
    }
    println!("{results} results");
    for (kind, tally) in &tallies {
        println!(
            "{kind}: {} tried, {} refused by the plan, {} by the way back",
            tally.tried, tally.by_plan, tally.by_way_back
        );
    }
    let tried: usize = tallies.values().map(|tally| tally.tried).sum();
    let alone: usize = tallies.values().map(|tally| tally.by_way_back).sum();
    println!("{tried} tried; the way back alone refuses {alone}");
    assert!(
        tallies.len() == KINDS.len() && tried > 10_000,
        "{tried} of {} kinds",
        tallies.len()
    );
    assert!(
        missed.is_empty(),
        "{} of {tried} were not refused:\n{}",
        missed.len(),
        missed[..missed.len().min(5)].join("\n---\n")
    );
    // Where a block ends only the plan knows: statements may stand on either side of that.
    assert!(
        alone * 100 >= tried * 93,
        "the way back alone refuses {alone} of {tried}"
    );
}

#[test]
fn what_a_block_holds_is_compared() {
    // The kinds above need these in the fixtures.
    let module = parse("try:\n    a()\nexcept E:\n    b()\n");
    assert!(matches!(module.stmts[0].kind, StmtKind::Try { .. }));
    let text = "try:\n    a()\nexcept E:\n    b()\n";
    assert_eq!(
        lose_handler(text, &module, &mut Dice::new(1, 1)).as_deref(),
        Some("try:\n    a()\n")
    );
}
