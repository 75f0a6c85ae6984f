//! One item of a `with` becomes two in its own header.

mod transform_support;

use transform_support::{File, Fix, compile};
use unleak::rules::Item;
use unleak::syntax::Span;
use unleak::transform::{Edit, Patch};

/// A plan that replaces item `index` of the first `with` by `closing(f()) as s` and `s`.
fn split(
    file: &File,
    first: &'static str,
    last: &'static str,
    index: usize,
) -> unleak::rules::Plan {
    let fix: Fix<'_> = file.wrap(first, last).keeps().merge("with");
    let fix = fix.context("f()").target(Some("s")).closing();
    fix.with(|wrap| {
        wrap.instead_of = Some(index);
        wrap.items.push(Item {
            context: "s".to_owned(),
            closing: false,
            target: None,
        });
    })
    .plan
}

const IMPORT: &str = "from contextlib import closing\n";

#[test]
fn the_others_stay_where_they_are() {
    let mut results = Vec::new();
    for (before, index, after) in [
        (
            "with f() as s :  # w\n    s.x()\n    # end\n",
            0,
            "with closing(f()) as s, s :  # w\n    s.x()\n    # end\n",
        ),
        (
            "with a as b, (f()) as s, c: s.x()\n",
            1,
            "with a as b, closing(f()) as s, s, c: s.x()\n",
        ),
        (
            "with (a as b, f() as s):\n    s.x()\n",
            1,
            "with (a as b, closing(f()) as s, s):\n    s.x()\n",
        ),
        (
            "with (\n    a,  # one\n    f() as s,  # two\n    c\n):\n\n    s.x()\n",
            1,
            "with (\n    a,  # one\n    closing(f()) as s,\n    s,  # two\n    c\n):\n\n    s.x()\n",
        ),
    ] {
        let file = File::new(&format!("{IMPORT}{before}"));
        let plan = split(&file, "s.x()", "s.x()", index);
        let result = file.fixed(&plan);
        assert_eq!(result, format!("{IMPORT}{after}"));
        results.push(result);
    }
    assert_eq!(compile(&results), vec![None; results.len()]);
}

#[test]
fn nothing_else_passes_the_check() {
    let text = format!("{IMPORT}with a as b, f() as s:\n    s.x()\n    s.y()\n");
    let file = File::new(&text);
    let plan = split(&file, "s.x()", "s.y()", 1);
    let body = ":\n    s.x()\n    s.y()\n";
    let check = |header: &str| {
        let edit = Edit {
            span: Span::new(0, text.len()),
            text: format!("{IMPORT}{header}{body}"),
        };
        let touched = edit.span;
        let edits = vec![edit];
        file.check(&plan, &Patch { edits, touched }).is_ok()
    };
    assert!(check("with a as b, closing(f()) as s, s"));
    for wrong in [
        "with a as b, f() as s",
        "with a as b, f() as s, s",
        "with a as b, closing(f()) as s",
        "with a as b, s, closing(f()) as s",
        "with a as b, closing(f()) as t, s",
        "with a as b, closing(f()) as s, t",
        "with a as b, closing(f()) as s, s as s",
        "with closing(f()) as s, s, a as b",
        "with closing(f()) as s, a as b, s",
        "with a, closing(f()) as s, s",
        "with a as b, closing(f()) as s, s, a as b",
        "with closing(f()) as s, s",
        "async with a as b, closing(f()) as s, s",
    ] {
        assert!(!check(wrong), "{wrong}");
    }
}

#[test]
fn an_item_that_is_not_there() {
    let file = File::new("with f() as s:\n    s.x()\n");
    let plan = split(&file, "s.x()", "s.x()", 1);
    assert_eq!(
        file.edits(&plan).expect_err("a refusal").to_string(),
        "the plan replaces an item that does not exist"
    );
}

#[test]
fn one_block_more_of_twenty() {
    for (others, fits) in [(18, true), (19, false)] {
        let others = "a, ".repeat(others);
        let file = File::new(&format!("{IMPORT}with {others}f() as s:\n    s.x()\n"));
        let index = others.matches(',').count();
        let plan = split(&file, "s.x()", "s.x()", index);
        assert_eq!(file.edits(&plan).is_ok(), fits, "{others}");
    }
}
