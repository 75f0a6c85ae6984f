//! Random modules, random plans: Python's own `ast` says whether the result is what the plan means.

mod transform_support;

use proptest::prelude::*;
use std::cell::RefCell;
use transform_support::File;
use transform_support::oracle::{Choices, Oracle, any_plan};

/// Choices from a row of bytes; all zero behind its end, so that less bytes mean a simpler module.
struct Bytes<'b>(std::slice::Iter<'b, u8>);

impl Choices for Bytes<'_> {
    fn pick(&mut self, below: usize) -> usize {
        self.0
            .next()
            .map_or(0, |byte| usize::from(*byte) % below.max(1))
    }
}

const ACQUIRE: [&str; 8] = [
    "s = f()",
    "s: S = f(1)",
    "s = f(  # open\n1,\n  2)",
    "s = (  # p\nf()\n.g()\n)",
    "s = a if b else '''\n x'''",
    "s = x, y",
    "s = [\n]",
    "t = f'''\n{s}\n  '''",
];
const SIMPLE: [&str; 10] = [
    "s.close()",
    "s.run(1)",
    "x = y = 1",
    "'''one\n  two'''",
    "s.go(\n  1,  # c\n # d\n)",
    "x = 1 + \\\n 2",
    "pass",
    "s.go('a\\\nb')",
    "del x",
    "s.go(f\"\"\"\n{s}\n\"\"\")",
];
const NEWLINES: [&str; 3] = ["\n", "\r\n", "\r"];

/// Writes a module. Line ends are `\n` until the end.
struct Writer<'b> {
    bytes: Bytes<'b>,
    text: String,
    tabs: bool,
}

impl Writer<'_> {
    fn module(bytes: &[u8]) -> String {
        let mut writer = Writer {
            bytes: Bytes(bytes.iter()),
            text: String::new(),
            tabs: false,
        };
        writer.tabs = writer.bytes.pick(3) == 1;
        match writer.bytes.pick(5) {
            1 => writer.text += "#!python\n\n",
            2 => writer.text += "'''Doc.'''\n",
            3 => writer.text += "from __future__ import annotations\n\nimport abc\n",
            4 => writer.text += "import abc\nfrom os import path\n\n",
            _ => {}
        }
        writer.block("", 0);
        let style = writer.bytes.pick(4);
        if writer.bytes.pick(4) == 1 {
            writer
                .text
                .truncate(writer.text.trim_end_matches('\n').len());
        }
        let newline = |n: usize| {
            NEWLINES[match style {
                0 | 1 => 0,
                2 => 1,
                _ => n % 3,
            }]
        };
        let mut text = String::new();
        for (number, line) in writer.text.split_inclusive('\n').enumerate() {
            text += line.trim_end_matches('\n');
            text += if line.ends_with('\n') {
                newline(number)
            } else {
                ""
            };
        }
        text
    }

    fn block(&mut self, indent: &str, depth: usize) {
        for _ in 0..=self.bytes.pick(4) {
            self.gap(indent);
            match self.bytes.pick(if depth < 4 { 10 } else { 5 }) {
                0..=4 => {
                    self.text += indent;
                    self.simple();
                }
                kind => self.compound(kind, indent, depth),
            }
        }
        self.gap(indent);
    }

    /// One or more simple statements on a line.
    fn simple(&mut self) {
        loop {
            let all: &[&str] = if self.bytes.pick(3) == 0 {
                &ACQUIRE
            } else {
                &SIMPLE
            };
            self.text += all[self.bytes.pick(all.len())];
            match self.bytes.pick(6) {
                1 => self.text += "; ",
                2 => {
                    self.text += ";";
                    break;
                }
                _ => break,
            }
        }
        self.text += ["\n", "  # end\n", " \n"][self.bytes.pick(3)];
    }

    fn gap(&mut self, indent: &str) {
        match self.bytes.pick(10) {
            1 => self.text += "\n",
            2 => self.text += "\n  \n",
            3 => self.text += &format!("{indent}# same\n"),
            4 => self.text += "# left\n",
            5 => self.text += &format!("{indent}   # right\n\n"),
            6 => self.text += &format!("\n\n{indent}# same\n"),
            _ => {}
        }
    }

    fn compound(&mut self, kind: usize, indent: &str, depth: usize) {
        let parts: &[&[&str]] = &[
            &["try:", "finally:"],
            &["if s:", "elif t:", "else:"],
            &["try:", "except E:", "else:", "finally:"],
            &["def g(\n a):"],
            &["while x:"],
        ];
        let parts = match (kind, parts) {
            (9, _) => [
                &["with a:"] as &[&str],
                &["@d\ndef h():"],
                &["class A:"],
                &["if (x  # y\n):"],
            ][self.bytes.pick(4)],
            (kind, parts) => parts[kind - 5],
        };
        let unit = if self.tabs {
            "\t"
        } else {
            ["    ", "  ", " ", "        "][self.bytes.pick(4)]
        };
        for part in parts {
            self.text += indent;
            self.text += &part.replace("\ndef", &format!("\n{indent}def"));
            if self.bytes.pick(4) == 1 {
                self.text += " ";
                self.simple();
            } else {
                self.text += ["\n", "  # head\n"][self.bytes.pick(2)];
                self.block(&format!("{indent}{unit}"), depth + 1);
            }
        }
    }
}

#[test]
fn results_are_what_python_makes_of_the_plan() {
    let oracle = RefCell::new(Oracle::new());
    let counted = RefCell::new((0, 0));
    let mut config = ProptestConfig::with_cases(1500);
    config.failure_persistence = None;
    proptest!(config, |(bytes in prop::collection::vec(any::<u8>(), 0..160), choices in prop::collection::vec(any::<u8>(), 8..40))| {
        let text = Writer::module(&bytes);
        let file = File::new(&text);
        let mut counted = counted.borrow_mut();
        counted.0 += 1;
        if let Some(plan) = any_plan(&file, &mut Bytes(choices.iter())).filter(|_| file.module.errors.is_empty()) {
            let patch = file.edits(&plan);
            if patch.as_ref().is_err_and(|refusal| refusal.0 == "there is no line for a new import") {
                return Ok(());
            }
            prop_assert!(patch.is_ok(), "{:?} {plan:?}\n{text}", patch);
            let patch = patch.expect("a patch");
            let result = unleak::transform::apply(&text, &patch.edits);
            let verdict = oracle.borrow_mut().verdict(&file, &plan, &result);
            if let Some(said) = verdict {
                counted.1 += 1;
                prop_assert!(said.is_empty(), "{said}\n{text}\n---\n{result}");
                let checked = file.check(&plan, &patch);
                prop_assert!(checked.is_ok(), "{:?}\n{text}\n---\n{result}", checked);
                let (start, end) = (patch.touched.start, patch.touched.end);
                prop_assert!(patch.edits.iter().all(|edit| start <= edit.span.start && edit.span.end <= end || edit.text.contains("contextlib")));
            }
        }
    });
    let (all, useful) = *counted.borrow();
    assert!(
        useful * 2 > all,
        "only {useful} of {all} modules are Python"
    );
}
