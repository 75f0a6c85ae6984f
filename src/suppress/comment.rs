//! What a comment says about findings: `# unleak: ignore[UL002] reason`, `# unleak: ignore-file[...]`, `# noqa: UL002`.

use std::collections::BTreeSet;

use crate::rules::Rule;
use crate::syntax::Span;

/// One thing that a comment says. Its places are those of the text in which the comment stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said {
    /// `# unleak: ignore...`
    Ignore(Ignore),
    /// `# noqa`: of these rules.
    Noqa(BTreeSet<Rule>),
    /// Something that begins with `# unleak:` and cannot be made sense of, or a part of it that cannot: what it is and why.
    Malformed(Span, String),
}

/// One `# unleak: ignore` or `# unleak: ignore-file`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ignore {
    /// From its `#` to the end of its reason.
    pub(super) span: Span,
    /// From its `#` to its closing bracket, or to the end of its word.
    pub(super) head: Span,
    /// Whether it is meant for the file.
    pub(super) of_file: bool,
    /// What stands in its brackets; `None`: no brackets, all rules.
    pub(super) codes: Option<Vec<Code>>,
}

/// One name in the brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Code {
    /// Where it stands.
    pub(super) span: Span,
    /// The rules it means; none if nobody knows it.
    pub(super) rules: BTreeSet<Rule>,
}

/// What the comment at `comment` of `text` says.
pub(super) fn said(text: &str, comment: Span) -> Vec<Said> {
    let end = comment.start + comment.of(text).trim_end().len();
    let mut all = Vec::new();
    let hashes = comment.of(text).match_indices('#');
    for start in hashes.map(|(at, _)| comment.start + at) {
        let words = skip_blanks(text, start + 1, end);
        if let Some(rest) = text[words..end].strip_prefix("unleak") {
            let colon = end - rest.trim_start_matches(is_blank).len();
            if text[colon..end].starts_with(':') {
                ignore(
                    text,
                    start,
                    colon + 1,
                    end_of_piece(text, start, end),
                    &mut all,
                );
            }
        } else if let Some(rules) = noqa(&text[words..end]) {
            all.push(Said::Noqa(rules));
        }
    }
    all
}

fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

fn skip_blanks(text: &str, from: usize, end: usize) -> usize {
    end - text[from..end].trim_start_matches(is_blank).len()
}

/// Where the piece ends that begins with the `#` at `start`: before another `#` with a word behind it. A number is none:
/// reasons name issues (`see #7`).
fn end_of_piece(text: &str, start: usize, end: usize) -> usize {
    let begins_another = |at: &usize| {
        let word = text[at + 1..end].trim_start_matches(is_blank);
        text[..*at].ends_with(is_blank) && word.starts_with(|c: char| c.is_ascii_alphabetic())
    };
    let mut hashes = text[start + 1..end].match_indices('#');
    let next = hashes.find_map(|(at, _)| Some(start + 1 + at).filter(begins_another));
    let end = next.unwrap_or(end);
    start + text[start..end].trim_end().len()
}

/// Reads what stands between the colon of `# unleak:` and the end of the piece.
fn ignore(text: &str, start: usize, colon: usize, end: usize, all: &mut Vec<Said>) {
    let span = Span::new(start, end);
    let word_start = skip_blanks(text, colon.min(end), end);
    let rest = text[word_start..end]
        .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let word = Span::new(word_start, end - rest.len());
    let of_file = match word.of(text) {
        "ignore" => false,
        "ignore-file" => true,
        _ => {
            let why = "`ignore` or `ignore-file` is expected behind the colon".to_owned();
            return all.push(Said::Malformed(span, why));
        }
    };
    let open = skip_blanks(text, word.end, end);
    if !text[open..end].starts_with('[') {
        let first = text[open..end].split(|c: char| !is_of_name(c)).next();
        let bare = first.filter(|first| meant(first).is_some());
        if bare.is_some() || open == word.end && open < end {
            let example = bare.unwrap_or("UL001");
            let why = format!("rules stand in brackets, `{}[{example}]`", word.of(text));
            return all.push(Said::Malformed(span, why));
        }
        let head = Span::new(start, word.end);
        return all.push(Said::Ignore(Ignore {
            span,
            head,
            of_file,
            codes: None,
        }));
    }
    let Some(length) = text[open..end].find(']') else {
        let why = "its bracket is not closed".to_owned();
        return all.push(Said::Malformed(span, why));
    };
    let codes = codes(text, Span::new(open + 1, open + length));
    if codes.is_empty() {
        let why = "its brackets name no rule".to_owned();
        return all.push(Said::Malformed(span, why));
    }
    for code in codes.iter().filter(|code| code.rules.is_empty()) {
        let why = format!("unknown rule '{}'", code.span.of(text));
        all.push(Said::Malformed(span, why));
    }
    all.push(Said::Ignore(Ignore {
        span,
        head: Span::new(start, open + length + 1),
        of_file,
        codes: Some(codes),
    }));
}

fn is_of_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '-'
}

fn codes(text: &str, inside: Span) -> Vec<Code> {
    let mut codes = Vec::new();
    let mut at = inside.start;
    for part in inside.of(text).split(',') {
        let start = at + part.len() - part.trim_start().len();
        at += part.len() + 1;
        if !part.trim().is_empty() {
            codes.push(Code {
                span: Span::new(start, start + part.trim().len()),
                rules: meant(part.trim()).unwrap_or_default(),
            });
        }
    }
    codes
}

/// The rules that a code, a name, the beginning of codes or ALL means, as in `--select`.
fn meant(text: &str) -> Option<BTreeSet<Rule>> {
    if let Ok(rule) = text.parse::<Rule>() {
        return Some(BTreeSet::from([rule]));
    }
    let code = text.to_ascii_uppercase();
    let begins = |rule: &Rule| code == "ALL" || code.len() > 1 && rule.code().starts_with(&code);
    let rules: BTreeSet<Rule> = Rule::ALL.into_iter().filter(begins).collect();
    (!rules.is_empty()).then_some(rules)
}

/// The rules that `# noqa` means, as flake8 reads it, if `words` (what stands behind the `#`) are one: codes or their
/// beginnings behind a colon, or all rules without a colon. Where the codes are none of ours, nothing.
fn noqa(words: &str) -> Option<BTreeSet<Rule>> {
    let (word, rest) = words.split_at_checked("noqa".len())?;
    if !word.eq_ignore_ascii_case("noqa") {
        return None;
    }
    let Some(codes) = rest.trim_start_matches(is_blank).strip_prefix(':') else {
        let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '-'));
        return ends.then(|| Rule::ALL.into_iter().collect());
    };
    let is_code = |code: &&str| {
        let digits = code.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        digits.len() < code.len()
            && !digits.is_empty()
            && digits.bytes().all(|digit| digit.is_ascii_digit())
    };
    let codes = codes.split(|c: char| c == ',' || c.is_whitespace());
    let codes = codes.filter(|code| !code.is_empty()).take_while(is_code);
    let rules: BTreeSet<Rule> = codes
        .map(str::to_ascii_uppercase)
        .flat_map(|code| {
            Rule::ALL
                .into_iter()
                .filter(move |rule| rule.code().starts_with(&code))
        })
        .collect();
    (!rules.is_empty()).then_some(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each thing said in a line: `-` for all rules, else their last digits; what is wrong in words.
    fn read(comment: &str) -> Vec<String> {
        let digits = |rules: &BTreeSet<Rule>| -> String {
            match rules.len() == Rule::ALL.len() {
                true => "-".to_owned(),
                false => rules.iter().map(|rule| &rule.code()[4..]).collect(),
            }
        };
        let all = said(comment, Span::new(0, comment.len()));
        let one = |said: Said| match said {
            Said::Ignore(ignore) => {
                let codes = ignore.codes.map_or("-".to_owned(), |codes| {
                    let codes: Vec<String> = codes.iter().map(|code| digits(&code.rules)).collect();
                    codes.join(",")
                });
                let kind = if ignore.of_file { "file" } else { "line" };
                format!("{kind} {codes} `{}`", ignore.span.of(comment))
            }
            Said::Noqa(rules) => format!("noqa {}", digits(&rules)),
            Said::Malformed(_, why) => why,
        };
        all.into_iter().map(one).collect()
    }

    #[test]
    fn rules_are_meant_as_in_select() {
        for (comment, expected) in [
            ("# unleak: ignore", "line - `# unleak: ignore`"),
            ("#unleak:ignore[UL001]", "line 1 `#unleak:ignore[UL001]`"),
            (
                "# unleak: ignore [ul002]  why",
                "line 2 `# unleak: ignore [ul002]  why`",
            ),
            (
                "# unleak: ignore[never-released, UL100,]",
                "line 1,0 `# unleak: ignore[never-released, UL100,]`",
            ),
            ("# unleak: ignore[ALL]", "line - `# unleak: ignore[ALL]`"),
            (
                "# unleak: ignore-file[UL003] see #7",
                "file 3 `# unleak: ignore-file[UL003] see #7`",
            ),
            (
                "# unleak: ignore the pool does",
                "line - `# unleak: ignore the pool does`",
            ),
        ] {
            assert_eq!(read(comment), [expected], "{comment}");
        }
    }

    #[test]
    fn several_stand_in_one_comment() {
        assert_eq!(
            read("# type: ignore # unleak: ignore[UL001] a reason  # noqa: E501, UL002"),
            ["line 1 `# unleak: ignore[UL001] a reason`", "noqa 2"]
        );
    }

    #[test]
    fn noqa_is_that_of_flake8() {
        for (comment, expected) in [
            ("# noqa", &["noqa -"][..]),
            ("#NOQA because", &["noqa -"]),
            ("# noqa:UL001,ul002 UL003", &["noqa 123"]),
            ("# NoQA : E501 UL00", &["noqa 123456789"]),
            ("# text # noqa: UL004", &["noqa 4"]),
            ("# noqa: E501", &[]),
            ("# noqa: leaks", &[]),
            ("# noqa:", &[]),
            ("# noqa-file", &[]),
            ("# noqas", &[]),
            ("# flake8: noqa", &[]),
            ("# é", &[]),
        ] {
            assert_eq!(read(comment), expected, "{comment}");
        }
    }

    #[test]
    fn what_is_malformed_is_said() {
        for (comment, expected) in [
            ("# unleak: ignore[ULX]", "unknown rule 'ULX'"),
            ("# unleak: ignore[UL001", "its bracket is not closed"),
            ("# unleak: ignore[]", "its brackets name no rule"),
            (
                "# unleak: ignore UL001",
                "rules stand in brackets, `ignore[UL001]`",
            ),
            (
                "# unleak: ignore: UL002",
                "rules stand in brackets, `ignore[UL001]`",
            ),
            (
                "# unleak: ignore(UL002)",
                "rules stand in brackets, `ignore[UL001]`",
            ),
            (
                "# unleak: ignored",
                "`ignore` or `ignore-file` is expected behind the colon",
            ),
            (
                "# unleak:",
                "`ignore` or `ignore-file` is expected behind the colon",
            ),
        ] {
            assert_eq!(read(comment)[0], expected, "{comment}");
        }
        assert_eq!(read("# unleak: ignore[ULX, UL001]").len(), 2);
        for comment in [
            "# unleak is a tool",
            "# see unleak: ignore",
            "# unleaked: x",
        ] {
            assert_eq!(read(comment), [""; 0], "{comment}");
        }
    }
}
