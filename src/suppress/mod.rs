//! Comments that say which findings are not wanted, and what becomes of the findings.
//!
//! A comment on any physical line of a statement is about that statement: about its logical line, so of a compound one about
//! the header. A comment alone on a line is about the logical line below, past other comments; above a `def` or `class` that
//! is its header with all decorators, not the body. `ignore-file` with nothing but comments, a docstring
//! and imports above it is about the whole file.

mod add;
mod comment;
mod lines;

use std::collections::BTreeSet;

use crate::rules::{self, Finding, Rule, Unused};
use crate::source::Source;
use crate::syntax::{ExprKind, Module, Span, StmtKind, parse};
use comment::{Ignore, Said, said};
use lines::{Lines, comment_on, is_alone};

pub use add::{Added, add};

/// What the comments of a file say.
pub struct Suppressions {
    ignores: Vec<Placed>,
    noqa: Vec<(Reach, BTreeSet<Rule>)>,
    malformed: Vec<(Span, String)>,
    lines: Lines,
}

/// One `# unleak: ignore` at its place.
struct Placed {
    comment: Span,
    ignore: Ignore,
    reach: Reach,
}

/// What a comment is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Everything in the file.
    File,
    /// These physical lines, the last included.
    Lines(usize, usize),
    /// Nothing: no statement stands there.
    Nothing,
}

/// Findings, sorted out.
#[derive(Debug, Default)]
pub struct Sorted {
    /// Those that nobody minds hearing of.
    pub left: Vec<Finding>,
    /// Those that a comment suppresses.
    pub suppressed: Vec<Finding>,
    /// A finding for each comment that suppresses nothing, or names a rule in vain.
    pub unused: Vec<Finding>,
}

/// Whether `text` may hold a comment that is for `unleak` alone.
pub fn is_addressed(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"unleak").is_some()
}

/// Whether the text of a comment that is alone on its line is about the line below.
pub fn is_about_next(comment: &str) -> bool {
    let all = said(comment, Span::new(0, comment.len()));
    all.iter()
        .any(|said| matches!(said, Said::Ignore(ignore) if !ignore.of_file))
}

impl Suppressions {
    /// Reads the comments of `source`, whose parsed form is `module`.
    pub fn read(source: &Source, module: &Module) -> Suppressions {
        let mut found = Suppressions {
            ignores: Vec::new(),
            noqa: Vec::new(),
            malformed: Vec::new(),
            lines: Lines::default(),
        };
        let text = &source.text;
        let says: Vec<(Span, Vec<Said>)> = module
            .comments
            .iter()
            .map(|comment| (*comment, said(text, *comment)))
            .filter(|(_, said)| !said.is_empty())
            .collect();
        if says.is_empty() {
            return found;
        }
        found.lines = Lines::new(source, module);
        let head = head(module, text);
        for (comment, said) in says {
            let reach = found.reach(source, module, comment);
            for said in said {
                found.take(source, comment, said, reach, head);
            }
        }
        found
    }

    fn take(&mut self, source: &Source, comment: Span, said: Said, reach: Reach, head: usize) {
        match said {
            // Of a line below, only `unleak`'s own comments speak.
            Said::Noqa(rules) => {
                if self.lines.holding(source.line_of(comment.start)).is_some() {
                    self.noqa.push((reach, rules));
                }
            }
            Said::Malformed(span, why) => self.malformed.push((span, why)),
            Said::Ignore(ignore) if ignore.of_file => {
                if is_alone(source, comment) && comment.start < head {
                    self.ignores.push(Placed {
                        comment,
                        ignore,
                        reach: Reach::File,
                    });
                } else {
                    let why = "it is about a file only on a line of its own, with nothing but imports above it";
                    self.malformed.push((ignore.span, why.to_owned()));
                }
            }
            Said::Ignore(ignore) => self.ignores.push(Placed {
                comment,
                ignore,
                reach,
            }),
        }
    }

    /// What the comment at that place is about.
    fn reach(&self, source: &Source, module: &Module, comment: Span) -> Reach {
        let line = source.line_of(comment.start);
        let mut below = line;
        loop {
            if let Some((first, last)) = self.lines.holding(below) {
                return Reach::Lines(first, last);
            }
            let alone = comment_on(source, module, below).is_some_and(|at| is_alone(source, at));
            if !alone {
                return Reach::Nothing;
            }
            below += 1;
        }
    }

    /// Whether they suppress nothing, whatever is found.
    pub fn is_empty(&self) -> bool {
        self.ignores.is_empty() && self.noqa.is_empty()
    }

    /// The lines, from 1, of the comments of our own that are about a statement.
    pub fn own_lines(&self, source: &Source) -> impl Iterator<Item = usize> {
        let own = self.ignores.iter();
        own.filter(|placed| placed.reach != Reach::File)
            .map(|placed| source.line_of(placed.comment.start))
    }

    /// Sorts out all `findings` of the file.
    pub fn sort(&self, source: &Source, findings: Vec<Finding>) -> Sorted {
        let mut sorted = Sorted::default();
        let mut needed: Vec<BTreeSet<Rule>> = vec![BTreeSet::new(); self.ignores.len()];
        for finding in findings {
            let line = source.line_of(finding.span.start);
            let mut suppressed = self
                .noqa
                .iter()
                .any(|(reach, rules)| reach.holds(line) && rules.contains(&finding.rule));
            for (placed, needed) in self.ignores.iter().zip(&mut needed) {
                if placed.reach.holds(line) && placed.ignore.means(finding.rule) {
                    suppressed = true;
                    needed.insert(finding.rule);
                }
            }
            match suppressed {
                true => sorted.suppressed.push(finding),
                false => sorted.left.push(finding),
            }
        }
        for finding in &mut sorted.left {
            let plan = |finding: &Finding| finding.fix.as_ref().map(|fix| fix.plan.clone());
            let own = plan(finding);
            let shared = |other: &&Finding| own.is_some() && plan(other) == own;
            if let Some(other) = sorted.suppressed.iter().find(shared) {
                rules::on_shared_fix(finding, other.start.line);
            }
        }
        let pairs = self.ignores.iter().zip(&needed);
        let unused = pairs.filter_map(|(placed, needed)| placed.unused(&source.text, needed));
        sorted.unused = unused
            .filter(|unused| !self.spared(source, unused))
            .map(|unused| rules::unused_suppression(source, &unused))
            .collect();
        sorted
    }

    /// Whether somebody said in so many words that an unused comment is wanted there.
    fn spared(&self, source: &Source, unused: &Unused) -> bool {
        let line = source.line_of(unused.span.start);
        self.ignores.iter().any(|placed| {
            let own = Rule::UnusedSuppression;
            placed.ignore.codes.is_some() && placed.ignore.means(own) && placed.about(source, line)
        })
    }

    /// What could not be made sense of, for people.
    pub fn notes(&self, source: &Source) -> impl Iterator<Item = String> {
        self.malformed.iter().map(|(span, why)| {
            let (line, said) = (source.line_of(span.start), span.of(&source.text));
            format!("line {line}: `{said}`: {why}")
        })
    }
}

impl Placed {
    /// Whether it is about `line`, or stands on it.
    fn about(&self, source: &Source, line: usize) -> bool {
        self.reach.holds(line) || source.line_of(self.comment.start) == line
    }

    /// What is in vain, where it suppresses `needed`.
    fn unused(&self, text: &str, needed: &BTreeSet<Rule>) -> Option<Unused> {
        let Ignore {
            span, head, codes, ..
        } = &self.ignore;
        let all = Unused {
            comment: self.comment,
            span: *head,
            names: Vec::new(),
            left: without(text, self.comment, &[*span]),
            reason: head.end < span.end,
        };
        let Some(codes) = codes else {
            return needed.is_empty().then_some(all);
        };
        // A name that nobody knows has been named already, and may be meant for a newer `unleak`.
        let in_vain = |code: &&comment::Code| {
            !code.rules.is_empty()
                && !code.rules.contains(&Rule::UnusedSuppression)
                && code.rules.is_disjoint(needed)
        };
        let names: Vec<Span> = codes.iter().filter(in_vain).map(|code| code.span).collect();
        if names.is_empty() {
            return None;
        }
        let of_code = |span: &Span| span.of(text).to_owned();
        if names.len() == codes.len() {
            return Some(all);
        }
        let kept = codes.iter().map(|code| code.span);
        let kept: Vec<String> = kept
            .filter(|span| !names.contains(span))
            .map(|span| of_code(&span))
            .collect();
        let first = codes.first().map_or(head.end, |code| code.span.start);
        let before = &text[self.comment.start..first];
        let behind = &text[head.end - 1..self.comment.end];
        Some(Unused {
            names: names.iter().map(of_code).collect(),
            left: format!("{before}{}{behind}", kept.join(", ")),
            reason: false,
            ..all
        })
    }
}

impl Ignore {
    fn means(&self, rule: Rule) -> bool {
        let Some(codes) = &self.codes else {
            return true;
        };
        codes.iter().any(|code| code.rules.contains(&rule))
    }
}

impl Reach {
    fn holds(self, line: usize) -> bool {
        match self {
            Reach::File => true,
            Reach::Lines(first, last) => (first..=last).contains(&line),
            Reach::Nothing => false,
        }
    }
}

/// Where the head of a file ends: its comments, its docstring and its imports. A fix may put an import there.
fn head(module: &Module, text: &str) -> usize {
    let mut stmts = module.block(module.body).stmts.iter().enumerate();
    let first = stmts.find_map(|(index, id)| {
        let stmt = module.stmt(*id);
        let belongs = match &stmt.kind {
            StmtKind::Expr(expr) => index == 0 && matches!(expr.kind, ExprKind::Str(_)),
            StmtKind::Import(_) | StmtKind::ImportFrom { .. } => true,
            _ => false,
        };
        (!belongs).then_some(stmt.span.start)
    });
    first.unwrap_or(text.len())
}

/// A comment without some pieces of it.
fn without(text: &str, comment: Span, pieces: &[Span]) -> String {
    let mut left = String::new();
    let mut at = comment.start;
    for piece in pieces {
        left.push_str(text[at..piece.start].trim_end());
        at = piece.end;
    }
    let rest = text[at..comment.end].trim();
    if !left.is_empty() && !rest.is_empty() {
        left.push_str("  ");
    }
    left + rest
}

/// `text` without what its comments say to `unleak`: the same for two texts that differ in nothing else.
pub fn erased(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for comment in &parse(text).comments {
        let pieces: Vec<Span> = said(text, *comment)
            .into_iter()
            .filter_map(|said| match said {
                Said::Ignore(ignore) => Some(ignore.span),
                _ => None,
            })
            .collect();
        if !pieces.is_empty() {
            result.push_str(&text[at..comment.start]);
            result.push_str(&without(text, *comment, &pieces));
            at = comment.end;
        }
    }
    result + &text[at..]
}
