//! Several fixes of one text: made from one preparation, checked together.

mod transform_support;

use transform_support::File;
use unleak::analysis;
use unleak::pipeline::{self, Options};
use unleak::rules::{Applicability, Finding, Fix, Plan, Reach, ResourceInfo, Rule};
use unleak::source::Position;
use unleak::source::Source;
use unleak::transform::{Original, Patch};

/// The text after all plans, checked together.
fn together(file: &File, plans: &[Plan]) -> Result<String, String> {
    let original = Original::new(&file.text, &file.module);
    let patches: Vec<Patch> = plans
        .iter()
        .map(|plan| original.edits(plan).expect("a patch"))
        .collect();
    let fixes: Vec<_> = plans.iter().zip(&patches).collect();
    original
        .check(&fixes)
        .map(|checked| checked.text)
        .map_err(|failure| failure.to_string())
}

const TWO: &str = "\
'''Doc.'''
import os

def g():
    s = f()  # one
    try:
        s.a()
    finally:
        s.close()

def h():
    with x as y:
        t = f(1,  # two
              2)
        t.a(y)
        # three
    u = f(3)
    u.a()
";

#[test]
fn one_check_for_several_fixes() {
    let file = File::new(TWO);
    let plans = [
        file.wrap("s = ", "try").closing().drop("s.close()").plan,
        file.wrap("t = ", "t.a(y)").merge("with x").plan,
        file.wrap("u = ", "u.a()").closing().plan,
    ];
    let after = "\
'''Doc.'''
import os
from contextlib import closing

def g():
    with closing(f()) as s:  # one
        s.a()

def h():
    with x as y, f(1,  # two
              2) as t:
        t.a(y)
        # three
    with closing(f(3)) as u:
        u.a()
";
    assert_eq!(together(&file, &plans).as_deref(), Ok(after));
    // In any order of the fixes.
    let [a, b, c] = plans;
    assert_eq!(together(&file, &[c, a, b]).as_deref(), Ok(after));
}

#[test]
fn a_wrong_fix_among_right_ones_is_seen() {
    let file = File::new(TWO);
    let plans = [
        file.wrap("s = ", "try").drop("s.close()").plan,
        file.wrap("u = ", "u.a()").plan,
    ];
    let original = Original::new(&file.text, &file.module);
    let right: Vec<Patch> = plans
        .iter()
        .map(|plan| original.edits(plan).expect("a patch"))
        .collect();
    assert!(
        original
            .check(&[(&plans[0], &right[0]), (&plans[1], &right[1])])
            .is_ok()
    );
    for (number, patch) in right.iter().enumerate() {
        for lost in 0..patch.edits.len() {
            let mut wrong = right.clone();
            wrong[number].edits.remove(lost);
            let fixes = [(&plans[0], &wrong[0]), (&plans[1], &wrong[1])];
            assert!(
                original.check(&fixes).is_err(),
                "without {:?}",
                patch.edits[lost]
            );
        }
    }
    // A plan whose edits are not there, and edits that no plan asks for.
    let none = Patch {
        edits: Vec::new(),
        touched: right[0].touched,
    };
    assert!(
        original
            .check(&[(&plans[0], &none), (&plans[1], &right[1])])
            .is_err()
    );
    let empty = Plan::default();
    assert!(
        original
            .check(&[(&empty, &right[0]), (&plans[1], &right[1])])
            .is_err()
    );
}

#[test]
fn comments_of_other_fixes_keep_their_order() {
    let file = File::new("s = f(  # a\n  1)\ns.x()\n# b\n# c\nu = f(  # d\n  1)\nu.x()\n");
    let plans = [
        file.wrap("s = ", "s.x()").plan,
        file.wrap("u = ", "u.x()").plan,
    ];
    let original = Original::new(&file.text, &file.module);
    let mut patches: Vec<Patch> = plans
        .iter()
        .map(|plan| original.edits(plan).expect("a patch"))
        .collect();
    let fixes = |patches: &[Patch]| {
        let fixes: Vec<_> = plans.iter().zip(patches).collect();
        original.check(&fixes).map(|checked| checked.text)
    };
    assert!(fixes(&patches).is_ok());
    let at = file.text.find("# b").expect("a comment");
    let swapped = unleak::transform::Edit {
        span: unleak::syntax::Span::new(at, at + 7),
        text: "# c\n# b".to_owned(),
    };
    patches[0].edits.push(swapped);
    let said = fixes(&patches).expect_err("a failure").to_string();
    assert_eq!(
        said,
        "the comments are not the same, or not in the same order"
    );
}

#[test]
fn fixes_that_empty_a_block_together() {
    let file = File::new("if x:\n    s.close()\n    t.close()\ny()\n");
    let plans = [
        file.only().drop("s.close()").plan,
        file.only().drop("t.close()").plan,
    ];
    assert!(together(&file, &plans[..1]).is_ok() && together(&file, &plans[1..]).is_ok());
    assert!(together(&file, &plans).is_err());

    // Then one is made, the last one first; after that no rule asks for the other.
    let [first, second] = plans.map(|plan| finding(&file, plan));
    let source = Source::decode("k.py", file.text.clone().into()).expect("text");
    let fixed = analysis::rewrite(&source, &[first, second.clone()], &Options::default());
    assert_eq!(fixed.text, "if x:\n    s.close()\ny()\n");
    assert_eq!((fixed.applied, fixed.failures), (vec![second], vec![]));
}

#[test]
fn a_fix_that_fails_does_not_stop_the_others() {
    let file = File::new("s = f()\ns.a()\nt = g()\nt.a()\n");
    let right = file.wrap("s = ", "s.a()").plan;
    // Not the text of any expression.
    let wrong = file.wrap("t = ", "t.a()").context("g(").plan;
    let [right, wrong] = [right, wrong].map(|plan| finding(&file, plan));
    let source = Source::decode("k.py", file.text.clone().into()).expect("text");
    let both = [wrong, right.clone()];
    let fixed = analysis::rewrite(&source, &both, &Options::default());
    assert_eq!(fixed.text, "with f() as s:\n    s.a()\nt = g()\nt.a()\n");
    assert_eq!(fixed.applied, [right]);
    let said = "line 3: the fix of UL004 failed unleak's own check: ";
    assert!(fixed.failures[0].starts_with(said), "{:?}", fixed.failures);
    assert_eq!(fixed.failures.len(), 1);
}

/// A finding that stands for nothing but its fix.
fn finding(file: &File, plan: Plan) -> Finding {
    let first = plan.drop.first().copied();
    let at = plan.wrap.as_ref().map(|wrap| wrap.at).or(first);
    let span = file.module.stmt(at.expect("a statement")).span;
    let line = file.text[..span.start].matches('\n').count() + 1;
    let start = Position { line, column: 1 };
    Finding {
        rule: Rule::RedundantRelease,
        span,
        start,
        end: start,
        message: String::new(),
        function: None,
        resource: ResourceInfo {
            variable: None,
            acquirer: "f".to_owned(),
            kind: "file".to_owned(),
            release: "close".to_owned(),
        },
        witness: None,
        reach: Reach::default(),
        fix: Some(Fix {
            applicability: Applicability::Safe,
            message: String::new(),
            region: (line, line),
            enters: Default::default(),
            plan,
        }),
        blocked_by: None,
        advice: None,
    }
}

#[test]
fn what_is_far_away_stays() {
    let far = "def far():\n    if x: y(1,\n      2)\n\n";
    let file = File::new(&format!("{far}s = f()\ns.a()\n{far}"));
    let fixed = file.fixed(&file.wrap("s = ", "s.a()").plan);
    assert_eq!(fixed, format!("{far}with f() as s:\n    s.a()\n{far}"));
    let file = File::new("s = f()\nif x: s.a(1,\n  2); s.b()\n");
    let fixed = file.fixed(&file.wrap("s = ", "if").plan);
    assert_eq!(fixed, "with f() as s:\n    if x: s.a(1,\n      2); s.b()\n");
}

/// On a thread with the stack that rayon's workers have.
#[test]
fn deep_blocks() {
    let work = || {
        for part in ["if x:", "try:", "while x:", "finally:"] {
            let mut text = String::new();
            let depth = 98;
            for level in 0..depth {
                let pad = " ".repeat(level);
                let before = if part == "finally:" {
                    format!("{pad}try:\n{pad} x\n")
                } else {
                    String::new()
                };
                text += &format!("{before}{pad}{part}\n");
            }
            let pad = " ".repeat(depth);
            text += &format!("{pad}y()\n{pad}s.close()\n");
            if part == "try:" {
                for level in (0..depth).rev() {
                    let pad = " ".repeat(level);
                    text += &format!("{pad}finally:\n{pad} x\n");
                }
            }
            let file = File::new(&text);
            let fixed = file.fixed(&file.only().drop("s.close()").plan);
            assert_eq!(
                fixed,
                text.replace(&format!("{pad}s.close()\n"), ""),
                "{part}"
            );
        }
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.expect("a thread").join().expect("no panic");
}

#[test]
fn many_fixes_in_one_file() {
    let one = |n: usize| format!("def g{n}():\n    s = open(x)\n    s.read()\n    s.close()\n\n");
    let text: String = (0..1000).map(one).collect();
    let source = Source::decode("many.py", text.clone().into()).expect("text");
    let fixed = pipeline::fix(source, &Options::default())
        .fixed
        .expect("fixes");
    assert_eq!((fixed.applied.len(), fixed.remaining.len()), (1000, 0));
    let with = text
        .replace("s = open(x)", "with open(x) as s:")
        .replace("    s.read()", "        s.read()")
        .replace("    s.close()\n", "");
    assert_eq!(fixed.text, with);
}
