//! Patches that are wrong by one thing each: the self-check must see all of them.

mod transform_support;

use transform_support::File;
use unleak::syntax::Span;
use unleak::transform::{Edit, Patch, apply};

const TEXT: &str = "\
import os

def g():
    s = f()  # open
    try:
        s.a('one')  # use
        for x in s:
            x.b()
    finally:
        s.close()
    c()
    return 1
";
const RIGHT: &str = "\
import os

def g():
    with f() as s:  # open
        s.a('one')  # use
        for x in s:
            x.b()
    c()
    return 1
";

/// What the check says if the fix of `TEXT` gives `wrong` by one edit of everything.
fn said(file: &File, fix: &unleak::rules::Plan, wrong: &str) -> String {
    let patch = whole(file, wrong);
    file.check(fix, &patch).expect_err(wrong).to_string()
}

/// One edit for all that differs, at token boundaries.
fn whole(file: &File, after: &str) -> Patch {
    let span = Span::new(0, file.text.len());
    Patch {
        edits: vec![Edit {
            span,
            text: after.to_owned(),
        }],
        touched: span,
    }
}

#[test]
fn wrong_results() {
    let file = File::new(TEXT);
    let plan = file.wrap("s = ", "try").drop("s.close()").plan;
    assert_eq!(
        file.check(&plan, &whole(&file, RIGHT)).as_deref(),
        Ok(RIGHT)
    );
    for (old, new, reason) in [
        (
            "with f() as s:",
            "with f() as s",
            "the result has a syntax error that the original does not have",
        ),
        (
            "with f() as s:",
            "with f() as t:",
            "line 4 of the result should be `with f()` but is `with f() as t:`",
        ),
        (
            "with f() as s:",
            "with f(1) as s:",
            "line 4 of the result should be `with f()` but is `with f(1) as s:`",
        ),
        (
            "with f() as s:",
            "with closing(f()) as s:",
            "line 4 of the result should be `with f()` but is `with closing(f()) as s:`",
        ),
        (
            "with f() as s:",
            "with f() as s, t:",
            "line 4 of the result should be `with f()` but is `with f() as s, t:`",
        ),
        (
            "with f() as s:",
            "if f():",
            "line 4 of the result should be `with f()` but is `if f():`",
        ),
        (
            "    with f() as s:  # open\n",
            "    s = f()  # open\n    if s:\n",
            "line 4 of the result should be `with f()` but is `s = f()`",
        ),
        ("  # use", "", "the comment `# use` is lost"),
        (
            "  # use\n",
            "\n        # use\n        # use\n",
            "the comments are not the same, or not in the same order",
        ),
        (
            "'one'",
            "'two'",
            "line 5 of the result should be `s.a('one')` but is `s.a('two')`",
        ),
        (
            "        for x in s:\n            x.b()\n",
            "",
            "`for x in s:` is missing behind line 5 of the result",
        ),
        (
            "    c()\n",
            "",
            "line 8 of the result should be `c()` but is `return 1`",
        ),
        (
            "    c()\n",
            "        c()\n",
            "line 8 of the result, `c()`, does not belong there",
        ),
        (
            "            x.b()\n",
            "            pass\n        x.b()\n",
            "line 7 of the result should be `x.b()` but is `pass`",
        ),
        (
            "    return 1\n",
            "    return 1\n    s.close()\n",
            "line 10 of the result, `s.close()`, does not belong there",
        ),
        (
            "    c()\n    return 1\n",
            "    return 1\n    c()\n",
            "line 8 of the result should be `c()` but is `return 1`",
        ),
        (
            "    c()\n",
            "    c(\n    )\n",
            "line 8 of the result should be `c()` but is `c(`",
        ),
        (
            "import os\n",
            "import os\nimport contextlib\n",
            "line 2 of the result should be `def g():` but is `import contextlib`",
        ),
    ] {
        assert!(RIGHT.contains(old), "{old}");
        let wrong = RIGHT.replacen(old, new, 1);
        let said = said(&file, &plan, &wrong);
        assert_eq!(said, reason, "{wrong}");
    }
}

#[test]
fn wrong_edits() {
    let file = File::new(TEXT);
    let plan = file.wrap("s = ", "try").drop("s.close()").plan;
    let right = file.edits(&plan).expect("a patch");
    assert_eq!(apply(TEXT, &right.edits), RIGHT);
    let at = |text: &str| TEXT.find(text).expect("it is there");
    let broken = |start: usize, end: usize, text: &str| {
        let mut patch = right.clone();
        patch.edits.push(Edit {
            span: Span::new(start, end),
            text: text.to_owned(),
        });
        patch.edits.sort_by_key(|edit| edit.span);
        file.check(&plan, &patch)
            .expect_err("a failure")
            .to_string()
    };
    assert_eq!(
        broken(at("turn 1"), at(" 1\n"), ""),
        "an edit cuts through `return`"
    );
    assert_eq!(
        broken(at("os"), at("os"), "p"),
        "an edit cuts through `pos`"
    );
    assert_eq!(
        broken(at("s = f()"), at("f()"), ""),
        "the edits overlap or do not fit the text"
    );
    assert_eq!(
        broken(at(" os"), at("os"), ""),
        "`import` became `importos`"
    );
    assert_eq!(
        broken(TEXT.len() + 1, TEXT.len() + 2, ""),
        "the edits overlap or do not fit the text"
    );

    for lost in 0..right.edits.len() {
        let mut patch = right.clone();
        patch.edits.remove(lost);
        assert!(
            file.check(&plan, &patch).is_err(),
            "without {:?}",
            right.edits[lost]
        );
    }
}

#[test]
fn strings_keep_their_white_space() {
    let file = File::new("s = f()\ns.a('''\n  x''')\n");
    let plan = file.wrap("s = ", "s.a(").plan;
    let wrong = "with f() as s:\n    s.a('''\n      x''')\n";
    let said = file
        .check(&plan, &whole(&file, wrong))
        .expect_err("a failure")
        .to_string();
    assert_eq!(
        said,
        "line 2 of the result should be `s.a('''` but is `s.a('''`"
    );
}

#[test]
fn imports_have_their_place() {
    let text = "'''Doc.'''\nfrom __future__ import division\ns = f()\ns.a()\n";
    let file = File::new(text);
    let plan = file.wrap("s = ", "s.a()").closing().plan;
    let new = "from contextlib import closing\n";
    let with = "with closing(f()) as s:\n    s.a()\n";
    let head = "'''Doc.'''\nfrom __future__ import division\n";
    assert!(
        file.check(&plan, &whole(&file, &format!("{head}{new}{with}")))
            .is_ok()
    );
    let wrong = "the new import stands in the wrong place";
    for after in [
        format!("{new}{head}{with}"),
        head.replace("from", &format!("{new}from")) + with,
        format!("{head}{with}{new}"),
    ] {
        assert_eq!(said(&file, &plan, &after), wrong, "{after}");
    }
    for after in [
        format!("{head}{with}"),
        format!("{head}from contextlib import closing as c\n{with}"),
    ] {
        assert!(file.check(&plan, &whole(&file, &after)).is_err(), "{after}");
    }
}
