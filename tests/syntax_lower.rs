//! Syntax that is easily got wrong.
use unleak::syntax::*;

fn clean(text: &str) -> Module {
    let module = parse(text);
    assert!(module.errors.is_empty(), "{text}: {:?}", module.errors);
    assert!(module.stmts.iter().all(|stmt| !stmt.has_error), "{text}");
    module
}

fn first(text: &str) -> (Module, String) {
    (clean(text), text.to_owned())
}

fn value(module: &Module) -> &Expr {
    match &module.stmts[0].kind {
        StmtKind::Expr(value) | StmtKind::Assign { value, .. } => value,
        other => panic!("{other:?}"),
    }
}

/// The texts of an expression's names, in source order.
fn names<'m>(exprs: impl IntoIterator<Item = &'m Expr>) -> Vec<&'m str> {
    let mut names = vec![];
    for expr in exprs {
        expr.walk(&mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                names.push(name.as_str());
            }
            true
        });
    }
    names
}

#[test]
fn blocks_and_headers() {
    let text = "\
if a:  # one
    b
    # inside
elif c: d; e;  # two
else :
    f
    # trailing
# after
try: pass
except* A as e: pass
finally:
    pass
@d  # decorated

@e(1)
async def g(x=1, /, *, y: int = 2, **z) -> None: # header
    pass ; pass ;
while a: \\
    b
match a:
    case 1: pass
";
    let module = clean(text);
    let found: Vec<_> = module
        .blocks
        .iter()
        .map(|b| (b.role, b.header.of(text), b.span.of(text), b.inline))
        .collect();
    let expected = [
        (Role::If(0), "if a:", "b", false),
        (Role::If(1), "elif c:", "d; e", true),
        (Role::Else, "else :", "f", false),
        (Role::Try, "try:", "pass", true),
        (Role::Except(0), "except* A as e:", "pass", true),
        (Role::Finally, "finally:", "pass", false),
        (
            Role::Function,
            "async def g(x=1, /, *, y: int = 2, **z) -> None:",
            "pass ; pass",
            false,
        ),
        (Role::Loop, "while a:", "b", true),
        (Role::Case(0), "case 1:", "pass", true),
    ];
    assert_eq!(found[1..], expected);
    assert_eq!(module.blocks[0].role, Role::Module);
    assert!(module.blocks[0].span.of(text).ends_with("case 1: pass"));
    let top: Vec<_> = module
        .block(module.body)
        .stmts
        .iter()
        .map(|id| module.stmt(*id).span.of(text))
        .collect();
    assert_eq!(
        top[0],
        "if a:  # one\n    b\n    # inside\nelif c: d; e;  # two\nelse :\n    f"
    );
    assert_eq!(
        top[1],
        "try: pass\nexcept* A as e: pass\nfinally:\n    pass"
    );
    assert!(top[2].starts_with("@d  # decorated") && top[2].ends_with("pass ; pass"));
    let comments: Vec<_> = module
        .comments
        .iter()
        .map(|comment| comment.of(text))
        .collect();
    let expected = [
        "# one",
        "# inside",
        "# two",
        "# trailing",
        "# after",
        "# decorated",
        "# header",
    ];
    assert_eq!(comments, expected);
    assert_eq!(
        module
            .sibling(StmtId(0), 1)
            .map(|id| module.stmt(id).span.start),
        text.find("try")
    );
    assert_eq!(module.sibling(StmtId(0), -1), None);
    assert_eq!(module.parent(StmtId(1)), Some(StmtId(0)));
}

#[test]
fn spans_leave_parentheses_out() {
    // Text, the value's own text, its text with parentheses.
    let cases = [
        ("x = ((a))", "a", "((a))"),
        ("x = (a,)", "a,", "(a,)"),
        ("x = a,", "a,", "a,"),
        ("x = ((a, b))", "a, b", "((a, b))"),
        ("x = ()", "()", "()"),
        ("x = (y for y in z)", "y for y in z", "(y for y in z)"),
        ("x = (yield)", "yield", "(yield)"),
        ("x = (a)(b)", "(a)(b)", "(a)(b)"),
        ("x = (  # why\n  a\n)", "a", "(  # why\n  a\n)"),
    ];
    for (text, span, outer) in cases {
        let module = clean(text);
        let value = value(&module);
        assert_eq!(
            (value.span.of(text), value.outer.of(text)),
            (span, outer),
            "{text}"
        );
    }
    let text = "f(x for x in y)";
    let (module, _) = first(text);
    let ExprKind::Call { args, .. } = &value(&module).kind else {
        panic!()
    };
    assert_eq!(args[0].value.outer.of(text), "x for x in y");
}

#[test]
fn arguments() {
    let text = "f(a, *b.c(), *d or e, k=1, **m, g=(x for x in y))";
    let module = clean(text);
    let ExprKind::Call { args, .. } = &value(&module).kind else {
        panic!()
    };
    let found: Vec<_> = args
        .iter()
        .map(|arg| (arg.keyword.as_deref(), arg.stars, arg.value.outer.of(text)))
        .collect();
    let expected = [
        (None, 0, "a"),
        (None, 1, "b.c()"),
        (None, 1, "d or e"),
        (Some("k"), 0, "1"),
        (None, 2, "m"),
        (Some("g"), 0, "(x for x in y)"),
    ];
    assert_eq!(found, expected);
}

#[test]
fn strings() {
    let text = "x = 'a' \"b\"\ny = f'{a[\"k\"]!r:>{w}}' 'z'\n'''doc\n# none\n'''\nb'q'; r'\\d'; '\\n'; t'{v}'; f''\n";
    let module = clean(text);
    let strings: Vec<_> = module
        .strings
        .iter()
        .map(|string| string.of(text))
        .collect();
    let expected = [
        "'a'",
        "\"b\"",
        "f'{a[\"k\"]!r:>{w}}'",
        "'z'",
        "'''doc\n# none\n'''",
        "b'q'",
        "r'\\d'",
        "'\\n'",
        "t'{v}'",
        "f''",
    ];
    assert_eq!(strings, expected);
    assert!(module.comments.is_empty());
    let kinds: Vec<_> = module
        .stmts
        .iter()
        .filter_map(|stmt| stmt.exprs().pop())
        .collect();
    assert!(matches!(&kinds[0].kind, ExprKind::Str(None)));
    assert!(matches!(&kinds[1].kind, ExprKind::FString(_)));
    assert_eq!(names([kinds[1]]), ["a", "w"]);
    assert!(matches!(&kinds[2].kind, ExprKind::Str(Some(doc)) if doc == "doc\n# none\n"));
    assert!(matches!(&kinds[3].kind, ExprKind::Str(None)));
    assert!(matches!(&kinds[4].kind, ExprKind::Str(Some(raw)) if raw == "\\d"));
    assert!(matches!(&kinds[5].kind, ExprKind::Str(None)));
    assert!(matches!(&kinds[6].kind, ExprKind::FString(parts) if parts.len() == 1));
    assert!(matches!(&kinds[7].kind, ExprKind::FString(parts) if parts.is_empty()));
}

#[test]
fn f_strings_of_3_12() {
    for (text, expected) in [
        ("f\"{d[\"k\"]} {', '.join(x)}\"", vec!["d", "x"]),
        ("f'{f\"{a}\" + f'{b:{c}}'}'", vec!["a", "b", "c"]),
        ("f'''{\n  a  # why\n}'''", vec!["a"]),
        ("f'{a\n}'", vec!["a"]),
        ("f'{x:=5}'", vec!["x"]),
        ("f'{(x:=y)}'", vec!["y"]),
        ("f'{x=}{{y}}'", vec!["x"]),
        ("f'{a, *b}'", vec!["a", "b"]),
        ("f'{\"\\n\".join(a)}'", vec!["a"]),
    ] {
        let module = clean(text);
        assert_eq!(names([value(&module)]), expected, "{text}");
        assert_eq!(module.strings.len(), 1, "{text}");
    }
}

#[test]
fn newer_syntax() {
    let text = "\
def f[T: int = str, *Ts, **P](x: T, *args: *Ts) -> T: pass
class A[T = int](B, metaclass=M): pass
type X[T] = list[T]
type(self).attr = 1
type = 2
try: pass
except A, B: pass
match = print
match.case(print)
";
    let module = clean(text);
    let top: Vec<_> = module
        .block(module.body)
        .stmts
        .iter()
        .map(|id| &module.stmt(*id).kind)
        .collect();
    let StmtKind::FunctionDef(def) = top[0] else {
        panic!("{:?}", top[0])
    };
    let params: Vec<_> = def
        .params
        .iter()
        .map(|param| (param.name.as_str(), param.stars))
        .collect();
    assert_eq!(
        (def.name.as_str(), params),
        ("f", vec![("x", 0), ("args", 1)])
    );
    assert!(matches!(top[1], StmtKind::ClassDef(class) if class.bases.len() == 2));
    assert!(matches!(top[2], StmtKind::TypeAlias { name } if name == "X"));
    assert!(
        matches!(top[3], StmtKind::Assign { targets, .. } if names(targets) == ["type", "self"])
    );
    assert!(matches!(top[4], StmtKind::Assign { .. }));
    let StmtKind::Try { handlers, .. } = top[5] else {
        panic!("{:?}", top[5])
    };
    assert_eq!(
        handlers[0].types.as_ref().map(|types| types.outer.of(text)),
        Some("A, B")
    );
    assert_eq!(handlers[0].name, None);
    assert!(matches!(top[7], StmtKind::Expr(_)));
}

#[test]
fn unions_in_annotations_go_left() {
    let text = "x: list[int] | str | (a | b) | None";
    let module = clean(text);
    let mut found = vec![];
    module.stmts[0].exprs()[1].walk(&mut |expr| {
        found.push(expr.span.of(text));
        matches!(expr.kind, ExprKind::Binary { .. })
    });
    let whole = "list[int] | str | (a | b) | None";
    let expected = [
        whole,
        "list[int] | str | (a | b)",
        "list[int] | str",
        "list[int]",
        "str",
        "a | b",
        "a",
        "b",
        "None",
    ];
    assert_eq!(found, expected);
}

#[test]
fn patterns() {
    let text = "\
match a, b:
    case [A.B(c, d=e), *_] | {'k': f, **g}: pass
    case (_) as h if i: pass
    case m.n | -1: pass
    case _: pass
    case 'x' | _: pass
";
    let module = clean(text);
    let StmtKind::Match { subject, cases } = &module.stmts[0].kind else {
        panic!()
    };
    assert!(matches!(&subject.kind, ExprKind::Tuple(items) if items.len() == 2));
    let found: Vec<_> = cases
        .iter()
        .map(|case| {
            (
                case.binds.join(" "),
                names(&case.exprs).join(" "),
                case.irrefutable,
                case.guard.is_some(),
            )
        })
        .collect();
    let text = |text: &str| text.to_owned();
    let expected = [
        (text("c e f g"), text("A"), false, false),
        (text("h"), text(""), false, true),
        (text(""), text("m"), false, false),
        (text(""), text(""), true, false),
        (text(""), text(""), true, false),
    ];
    assert_eq!(found, expected);
}

#[test]
fn walking_stays_out_of_blocks() {
    let text = "\
@dec
def f(a: ann = default) -> ret:
    inner
class C(base, k=v): inner
for t in it: inner
with ctx as tgt: inner
try: inner
except exc: inner
if test: inner
elif other: inner
match subj:
    case cls(b) if guard: inner
x = lambda p=dflt: body
";
    let module = clean(text);
    let mut found = vec![];
    for id in &module.block(module.body).stmts {
        walk_exprs(module.stmt(*id), &mut |expr| {
            if let ExprKind::Name(name) = &expr.kind {
                found.push(name.as_str());
            }
        });
    }
    let expected =
        "dec ann default ret base v t it ctx tgt exc test other subj cls guard x dflt body";
    assert_eq!(found.join(" "), expected);
}

#[test]
fn line_ends_and_odd_space() {
    let text = "def f():\n  # c\n  a\n\n  b # d\nc\n";
    for newline in ["\n", "\r\n", "\r"] {
        let text = text.replace('\n', newline);
        let module = clean(&text);
        let stmts: Vec<_> = module
            .stmts
            .iter()
            .map(|stmt| stmt.span.of(&text))
            .collect();
        assert_eq!(stmts.len(), 4, "{stmts:?}");
        assert!(stmts[0].ends_with("  b"));
        assert_eq!(stmts[1..], ["a", "b", "c"]);
        let comments: Vec<_> = module
            .comments
            .iter()
            .map(|comment| comment.of(&text))
            .collect();
        assert_eq!(comments, ["# c", "# d"]);
    }
    for text in [
        "\u{feff}a\nif b:\n    c\n",
        "\x0ca\n\x0c\nif b:\n \x0c    c\n\x0c",
        "a\nif b:\n\tc",
        "\n\n  # x\na\nif b: c\\\n\n",
    ] {
        let module = clean(text);
        let stmts: Vec<_> = module.stmts.iter().map(|stmt| stmt.span.of(text)).collect();
        assert_eq!((stmts[0], stmts[2]), ("a", "c"), "{text:?}");
    }
    assert_eq!(clean("").blocks[0].span, Span::new(0, 0));
    assert_eq!(clean("# only\n").comments.len(), 1);
}

#[test]
fn lines_in_brackets_may_stand_anywhere() {
    let text = "def f():\n    x = (a +\nb)\n    y = (c.\nd)  # comment\n    return z\n";
    let module = clean(text);
    assert_eq!(module.block(BlockId(1)).stmts.len(), 3);
    assert_eq!(module.comments[0].of(text), "# comment");
    assert_eq!(module.stmts[1].span.of(text), "x = (a +\nb)");
}
