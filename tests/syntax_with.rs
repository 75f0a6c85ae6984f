//! The many ways to write the items of a `with`.
use unleak::syntax::*;

#[test]
fn with_items() {
    // Text, whether the items are in parentheses, and of each the context (with its parentheses) and the target.
    type Items = &'static [(&'static str, &'static str)];
    let cases: &[(&str, bool, Items)] = &[
        ("with a: pass", false, &[("a", "")]),
        ("with a as b: pass", false, &[("a", "b")]),
        (
            "with a as b, c as d: pass",
            false,
            &[("a", "b"), ("c", "d")],
        ),
        ("with a as b, c: pass", false, &[("a", "b"), ("c", "")]),
        ("with (a as b): pass", true, &[("a", "b")]),
        (
            "with (a as b, c as d): pass",
            true,
            &[("a", "b"), ("c", "d")],
        ),
        (
            "with (a as b, c as d,): pass",
            true,
            &[("a", "b"), ("c", "d")],
        ),
        ("with (a, b): pass", true, &[("a", ""), ("b", "")]),
        ("with (a, b as c): pass", true, &[("a", ""), ("b", "c")]),
        ("with (a,): pass", true, &[("a", "")]),
        ("with (a): pass", false, &[("(a)", "")]),
        ("with (open(p)): pass", false, &[("(open(p))", "")]),
        ("with (open(p)) as f: pass", false, &[("(open(p))", "f")]),
        ("with (a, b) as c: pass", false, &[("(a, b)", "c")]),
        ("with (a), (b): pass", false, &[("(a)", ""), ("(b)", "")]),
        ("with (a), b as c: pass", false, &[("(a)", ""), ("b", "c")]),
        (
            "with (a if b else c) as d: pass",
            false,
            &[("(a if b else c)", "d")],
        ),
        (
            "with a if b else c as d: pass",
            false,
            &[("a if b else c", "d")],
        ),
        (
            "with a if b else lambda: c as d: pass",
            false,
            &[("a if b else lambda: c", "d")],
        ),
        (
            "with (a if b else c as d): pass",
            true,
            &[("a if b else c", "d")],
        ),
        ("with (yield a) as b: pass", false, &[("(yield a)", "b")]),
        ("with (a := b) as c: pass", false, &[("(a := b)", "c")]),
        ("with (a := b): pass", false, &[("(a := b)", "")]),
        ("with a or b as c: pass", false, &[("a or b", "c")]),
        ("with a as (b, c): pass", false, &[("a", "(b, c)")]),
        (
            "with a as b.c, d as e[0]: pass",
            false,
            &[("a", "b.c"), ("d", "e[0]")],
        ),
        (
            "with (x for x in y) as z: pass",
            false,
            &[("(x for x in y)", "z")],
        ),
        ("with (): pass", false, &[("()", "")]),
        (
            "with (  # first\n  a as b,  # second\n  # third\n): pass",
            true,
            &[("a", "b")],
        ),
    ];
    for (text, in_parentheses, expected) in cases {
        let module = parse(text);
        assert!(module.errors.is_empty(), "{text}: {:?}", module.errors);
        let StmtKind::With {
            items,
            parenthesized,
            ..
        } = &module.stmts[0].kind
        else {
            panic!("{text}: {:?}", module.stmts[0]);
        };
        let target = |item: &WithItem| {
            item.target
                .as_ref()
                .map_or("", |target| target.outer.of(text))
        };
        let found: Vec<_> = items
            .iter()
            .map(|item| (item.context.outer.of(text), target(item)))
            .collect();
        assert_eq!(
            (found.as_slice(), parenthesized),
            (*expected, in_parentheses),
            "{text}"
        );
        for item in items {
            assert!(
                item.span.of(text).starts_with(item.context.outer.of(text)),
                "{text}"
            );
            assert!(item.span.of(text).ends_with(target(item)), "{text}");
        }
    }
}
