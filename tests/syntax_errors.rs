//! What is not Python 3.
use unleak::syntax::*;

#[test]
fn python_2_is_unknown() {
    let text = "def f():\n    s = g()\n    print 'a', s\n    exec s in d\n    raise E, 'm'\n    print >>s, 'x'\ndef h(): pass\n";
    let module = parse(text);
    let unknown: Vec<_> = module
        .stmts
        .iter()
        .filter(|stmt| matches!(stmt.kind, StmtKind::Unknown))
        .map(|s| s.span.of(text))
        .collect();
    assert_eq!(unknown, ["print 'a', s", "exec s in d", "raise E, 'm'"]);
    let errors: Vec<_> = module.errors.iter().map(|span| span.of(text)).collect();
    assert_eq!(errors, unknown);
    let flags: Vec<_> = module
        .block(module.body)
        .stmts
        .iter()
        .map(|id| module.stmt(*id).has_error)
        .collect();
    assert_eq!(flags, [true, false]);
    // An expression in Python 3, if one that fails.
    assert!(matches!(&module.stmts[5].kind, StmtKind::Expr(expr) if expr.children().len() == 2));
}

#[test]
fn two_statements_on_a_line_need_a_semicolon() {
    for (text, flags) in [
        ("open(a)class C:\n    x = 1\n", [true, true]),
        ("a()\\\n;b()\n", [false, false]),
        ("a(); b()\n", [false, false]),
        ("a()\nb()\n", [false, false]),
    ] {
        let module = parse(text);
        let stmts = &module.block(module.body).stmts;
        let found: Vec<bool> = stmts.iter().map(|id| module.stmt(*id).has_error).collect();
        assert_eq!(
            (found.as_slice(), module.errors.is_empty()),
            (flags.as_slice(), !flags[0]),
            "{text}"
        );
    }
}

#[test]
fn an_error_stays_where_it_is() {
    // Of each text the functions that are not flagged.
    let cases = [
        ("def a(): x\ndef b(:\n    x\ndef c(): x\n", "a c"),
        (
            "def a(): x\ndef b():\n    x = = 1\n    y\ndef c(): x\n",
            "a c",
        ),
        ("def a():\n    if x:\n    y\ndef c(): x\n", "c"),
        ("def a():\n    try:\n        x\n    y\ndef c(): x\n", "c"),
        ("def a():\n    x = 'abc\n    y\ndef c(): x\n", "c"),
        (
            "class K:\n    def a(self): x\n    def b(self:\n        x\n    y = 1\ndef c(): x\n",
            "a",
        ),
        ("def a():\n    x\n      y\ndef c(): x\n", "c"),
        ("def a():\n    x\n    ?\n    y\ndef c(): x\n", "c"),
        ("$ %\ndef c(): x\n", "c"),
    ];
    for (text, expected) in cases {
        let module = parse(text);
        assert!(!module.errors.is_empty(), "{text}");
        let good: Vec<_> = module
            .stmts
            .iter()
            .filter_map(|stmt| match &stmt.kind {
                StmtKind::FunctionDef(def) if !stmt.has_error => Some(def.name.as_str()),
                _ => None,
            })
            .collect();
        assert_eq!(good.join(" "), expected, "{text}");
    }
}
