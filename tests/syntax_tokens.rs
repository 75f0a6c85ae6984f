//! Tokens, and what holds for any text.
#[path = "support/checks.rs"]
mod checks;

use checks::{check_places, check_tokens};
use proptest::prelude::*;
use unleak::syntax::{Scopes, TokenKind, parse, tokens};

#[test]
fn tokens_of_a_text() {
    let text = "x = f'{a}' 'b' # c\nif y: z; \\\n  w ? $\n";
    let found: Vec<_> = tokens(text)
        .iter()
        .map(|token| (token.kind, token.span.of(text)))
        .collect();
    let strings = found
        .iter()
        .filter(|token| token.0 == TokenKind::String)
        .map(|token| token.1);
    assert_eq!(strings.collect::<Vec<_>>(), ["f'{a}'", "'b'"]);
    let comments = found
        .iter()
        .filter(|token| token.0 == TokenKind::Comment)
        .map(|token| token.1);
    assert_eq!(comments.collect::<Vec<_>>(), ["# c"]);
    let all: Vec<_> = found.iter().map(|token| token.1).collect();
    assert_eq!(all.join(" "), "x = f'{a}' 'b' # c if y : z ; w ? $");
}

#[test]
fn no_tokens() {
    assert!(tokens("").is_empty());
    assert!(tokens(" \n\t\r\n\x0c\\\n").is_empty());
}

fn check(text: &str) {
    let module = parse(text);
    check_tokens(text, text);
    check_places(text, &module, text);
    Scopes::build(&module);
}

#[test]
fn odd_texts() {
    for text in [
        "\0",
        "a\0b",
        "'\0'",
        "\u{2028}",
        "é = 'ü' # ö",
        "\\",
        "a \\ b",
        "f'{",
        "f'{é",
        "if",
        "@",
        "with",
        "\u{feff}",
    ] {
        check(text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_in_any_text(text in "\\PC*|[ \n\\\\a-c'\"(){}\\[\\]:,;=#f*@.]{0,60}") {
        check(&text);
    }

    #[test]
    fn nothing_is_lost_in_broken_python(words in prop::collection::vec(0..WORDS.len(), 0..40)) {
        let text: String = words.iter().map(|word| WORDS[*word]).collect();
        check(&text);
    }
}

const WORDS: &[&str] = &[
    "if a:",
    "elif b:",
    "else:",
    "try:",
    "except A as e:",
    "finally:",
    "with a as b:",
    "with (a as b, c):",
    "def f(x=1):",
    "async ",
    "await ",
    "class C(B):",
    "for x in y:",
    "while a:",
    "match a:",
    "case [b]:",
    "return ",
    "yield ",
    "lambda x: ",
    "\n",
    "\n",
    "\n",
    "\n    ",
    "\n    ",
    "\n        ",
    "\n  ",
    "\t",
    " ",
    ";",
    "pass",
    "a",
    "b.c",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "=",
    ":=",
    "+",
    "*",
    "**",
    "not ",
    "in ",
    "is ",
    "'s'",
    "\"",
    "'''",
    "f'",
    "{a}",
    "# c\n",
    "\\\n",
    "@d\n",
    "1",
    "type X = ",
    "print ",
    "import a",
    "from a import b",
    "del ",
    "global g",
    "x: int",
    "as ",
    "except:",
    "\r\n",
    "\r",
    "\u{feff}",
    "é",
];
