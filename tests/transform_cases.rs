//! Before and after, shape by shape; what comes out is compiled by Python.

mod transform_support;

use transform_support::{File, Fix, compile};

struct Case {
    name: &'static str,
    before: &'static str,
    plan: fn(&File) -> Fix<'_>,
    after: &'static str,
}

fn run(cases: &[Case]) {
    let mut results = Vec::new();
    let mut wrong = String::new();
    for case in cases {
        let file = File::new(case.before);
        let fix = (case.plan)(&file);
        let result = file.fixed(&fix.plan);
        if result != case.after {
            wrong += &format!(
                "=== {}: wanted\n{}\n--- got\n{result}\n",
                case.name, case.after
            );
        }
        results.push(result);
    }
    assert!(wrong.is_empty(), "{wrong}");
    for (case, said) in cases.iter().zip(compile(&results)) {
        assert_eq!(said, None, "{}", case.name);
    }
}

#[test]
fn wraps() {
    run(&[
        Case {
            name: "never closed",
            before: "def g():\n    s = f()  # open\n    s.a()\n\n    # then\n    s.b()\n    return 1\n",
            plan: |f| f.wrap("s = ", "s.b()"),
            after: "def g():\n    with f() as s:  # open\n        s.a()\n\n        # then\n        s.b()\n    return 1\n",
        },
        Case {
            name: "straight-line close",
            before: "def g():\n    s = f()\n    s.a()\n\n    s.close()\n\n    return 1\n",
            plan: |f| f.wrap("s = ", "s.a()").drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.a()\n\n    return 1\n",
        },
        Case {
            name: "close as the last body statement, with a comment",
            before: "def g():\n    s = f()\n    s.a()\n    s.close()  # done\n    return 1\n",
            plan: |f| f.wrap("s = ", "s.close()").drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.a()\n        # done\n    return 1\n",
        },
        Case {
            name: "top level, two spaces, no newline at the end",
            before: "if x:\n  y()\ns = f()\ns.a()\ns.close()",
            plan: |f| f.wrap("s = ", "s.close()").drop("s.close()"),
            after: "if x:\n  y()\nwith f() as s:\n  s.a()",
        },
        Case {
            name: "tabs and CRLF",
            before: "def g():\r\n\ts = f()\r\n\tif s:\r\n\t\ts.a()\r\n\ts.close()\r\n",
            plan: |f| f.wrap("s = ", "s.close()").drop("s.close()"),
            after: "def g():\r\n\twith f() as s:\r\n\t\tif s:\r\n\t\t\ts.a()\r\n",
        },
        Case {
            name: "strings and continuation lines",
            before: "def g():\n    s = f()\n    q = \"\"\"\n  one\n    two\"\"\"\n    s.a(q,\n        f'''{q}\n  x''',\n  1)\n    z = 1 + \\\n        2\n# left\n    t = 'a\\\n  b'\n",
            plan: |f| f.wrap("s = ", "t = "),
            after: "def g():\n    with f() as s:\n        q = \"\"\"\n  one\n    two\"\"\"\n        s.a(q,\n            f'''{q}\n  x''',\n      1)\n        z = 1 + \\\n            2\n# left\n        t = 'a\\\n  b'\n",
        },
        Case {
            name: "nothing in the body",
            before: "def g():\n    s = f()  # c\n    s.close()\n    return 1\n",
            plan: |f| f.wrap("s = ", "s = ").drop("s.close()"),
            after: "def g():\n    with f() as s:  # c\n        pass\n    return 1\n",
        },
        Case {
            name: "nothing but the release in the body",
            before: "s = f()\ns.close()  # c",
            plan: |f| f.wrap("s = ", "s.close()").drop("s.close()"),
            after: "with f() as s:\n    pass  # c",
        },
        Case {
            name: "nobody uses it, at the very end",
            before: "s = f()",
            plan: |f| f.wrap("s = ", "s = "),
            after: "with f() as s:\n    pass",
        },
        Case {
            name: "the header before the statement",
            before: "def g():\n    # why\n    return get_db().run(\n        1)\n",
            plan: |f| {
                f.wrap("return", "return")
                    .keeps()
                    .context("get_db()")
                    .target(Some("db"))
                    .replace("get_db()", "db")
            },
            after: "def g():\n    # why\n    with get_db() as db:\n        return db.run(\n            1)\n",
        },
        Case {
            name: "the header before a compound statement",
            before: "for x in get_db().all():\n    print(x)\nelse:\n    y()\n",
            plan: |f| {
                f.wrap("for", "for")
                    .keeps()
                    .context("get_db()")
                    .target(Some("db"))
                    .replace("get_db()", "db")
            },
            after: "with get_db() as db:\n    for x in db.all():\n        print(x)\n    else:\n        y()\n",
        },
        Case {
            name: "async with and an annotation",
            before: "async def g():\n    s: 'Session' = f()  # c\n    await s.a()\n    await s.aclose()\n",
            plan: |f| {
                f.wrap("s:", "await s.aclose")
                    .drop("await s.aclose")
                    .with(|w| w.is_async = true)
            },
            after: "async def g():\n    s: 'Session'\n    async with f() as s:  # c\n        await s.a()\n",
        },
        Case {
            name: "a context over several lines",
            before: "def g():\n    s = f(  # open\n        1,\n    )  # c\n    s.a()\n",
            plan: |f| f.wrap("s = ", "s.a()"),
            after: "def g():\n    with f(  # open\n        1,\n    ) as s:  # c\n        s.a()\n",
        },
        Case {
            name: "a context that stood in parentheses",
            before: "s = (  # open\n    f()\n    .g()\n)\ns.a()\n",
            plan: |f| f.wrap("s = ", "s.a()"),
            after: "# open\nwith (f()\n    .g()) as s:\n    s.a()\n",
        },
        Case {
            name: "contexts that need parentheses",
            before: "s = x if y else z\ns.a()\n",
            plan: |f| f.wrap("s = ", "s.a()"),
            after: "with (x if y else z) as s:\n    s.a()\n",
        },
        Case {
            name: "a context in its own parentheses",
            before: "s = (x or y)\ns.a()\n",
            plan: |f| f.wrap("s = ", "s.a()").context("(x or y)"),
            after: "with (x or y) as s:\n    s.a()\n",
        },
        Case {
            name: "comments around the end of the region",
            before: "def g():\n    s = f()\n    if s:\n        s.a()\n        # inner\n    # outer\n    b()\n",
            plan: |f| f.wrap("s = ", "if s"),
            after: "def g():\n    with f() as s:\n        if s:\n            s.a()\n            # inner\n    # outer\n    b()\n",
        },
        Case {
            name: "form feed and blank lines of white space",
            before: "def g():\n    s = f()\n    \n\x0c    s.a()\n  \n    s.b()\n",
            plan: |f| f.wrap("s = ", "s.b()"),
            after: "def g():\n    with f() as s:\n    \n\x0c        s.a()\n  \n        s.b()\n",
        },
        Case {
            name: "match, decorators, else",
            before: "def g():\n  s = f()\n  match s:\n    # one\n    case 1: s.a()\n    case _:\n      s.b()\n  @s.d\n  # deco\n  def h(): pass\n",
            plan: |f| f.wrap("s = ", "@s.d"),
            after: "def g():\n  with f() as s:\n    match s:\n      # one\n      case 1: s.a()\n      case _:\n        s.b()\n    @s.d\n    # deco\n    def h(): pass\n",
        },
        Case {
            name: "two items",
            before: "a = f()\nb = g(a)  # second\nb.x()\n",
            plan: |f| {
                let second = f
                    .wrap("b = ", "b.x()")
                    .plan
                    .wrap
                    .expect("a wrap")
                    .items
                    .remove(0);
                f.wrap("a = ", "b.x()")
                    .drop("b = ")
                    .with(|w| w.items.push(second))
            },
            after: "with f() as a, g(a) as b:\n    # second\n    b.x()\n",
        },
    ]);
}

#[test]
fn dissolves() {
    run(&[
        Case {
            name: "try and finally",
            before: "def g():\n    s = f()\n    try:\n        s.a()\n        # why\n        return 1\n    finally:\n        s.close()\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.a()\n        # why\n        return 1\n",
        },
        Case {
            name: "with comments everywhere and a blank line",
            before: "def g():\n    s = f()\n\n    # go\n    try:  # t\n        s.a()\n    # back\n    finally:  # f\n        # must\n        s.close()  # c\n        # end\n    return 1\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "def g():\n    with f() as s:\n\n        # go\n        # t\n        s.a()\n        # back\n        # f\n        # must\n        # c\n        # end\n    return 1\n",
        },
        Case {
            name: "a blank line before the try",
            before: "def g():\n    s = f()\n\n    try:\n        s.a()\n\n    finally:\n        s.close()\n\n    return 1\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.a()\n\n    return 1\n",
        },
        Case {
            name: "the unit is the try's",
            before: "def g():\n    s = f()\n    x()\n    try:\n      s.a()\n    finally:\n      s.close()\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "def g():\n    with f() as s:\n      x()\n      s.a()\n",
        },
        Case {
            name: "handlers stay",
            before: "def g():\n    s = f()\n    try:\n        s.a()\n    except E:\n        s.rollback()\n    else:\n        b()\n    finally:  # f\n        if s:  # guard\n            s.close()  # c\n    return 1\n",
            plan: |f| f.wrap("s = ", "try").drop("if s"),
            after: "def g():\n    with f() as s:\n        try:\n            s.a()\n        except E:\n            s.rollback()\n        else:\n            b()\n        # f\n        # guard\n        # c\n    return 1\n",
        },
        Case {
            name: "a finally that does more",
            before: "s = f()\ntry:\n    s.a()\nfinally:\n    s.close()\n    log()\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "with f() as s:\n    try:\n        s.a()\n    finally:\n        log()\n",
        },
        Case {
            name: "the acquisition inside the try, None before it",
            before: "def g():\n    s = None\n    try:\n        b()\n        s = f()\n        s.a()\n    finally:\n        if s is not None:\n            s.close()\n    return 2\n",
            plan: |f| f.wrap("s = f", "s.a()").drop("s = None").drop("if s"),
            after: "def g():\n    b()\n    with f() as s:\n        s.a()\n    return 2\n",
        },
        Case {
            name: "without a wrap",
            before: "with f() as s:\n    try:\n        s.a(\"\"\"\n    x\"\"\")\n        if s:\n            s.b()\n    finally:\n        s.close()\nc()\n",
            plan: |f| f.only().drop("s.close()"),
            after: "with f() as s:\n    s.a(\"\"\"\n    x\"\"\")\n    if s:\n        s.b()\nc()\n",
        },
        Case {
            name: "inline suites",
            before: "s = f()\ntry: s.a(); s.b()  # x\nfinally: s.close()  # y\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()"),
            after: "with f() as s:\n    s.a()\n    s.b()  # x\n    # y\n",
        },
        Case {
            name: "nested trys",
            before: "def g():\n    a = f()\n    b = h()\n    try:\n        try:\n            a.x()\n        finally:\n            b.close()\n    finally:\n        a.close()\n",
            plan: |f| {
                f.wrap("a = ", "try")
                    .drop("b.close()")
                    .drop("a.close()")
                    .drop("b = ")
            },
            after: "def g():\n    with f() as a:\n        a.x()\n",
        },
        Case {
            name: "a try with nothing left at all",
            before: "s = f()\ntry:\n    s.close()  # c\nfinally:\n    s.close()\nx()\n",
            plan: |f| f.wrap("s = ", "try").drop("s.close()").drop("s.close()@2"),
            after: "with f() as s:\n    pass  # c\nx()\n",
        },
    ]);
}

#[test]
fn drops() {
    run(&[
        Case {
            name: "an empty block gets a pass",
            before: "def g():\n    if x:\n        # a\n        s.close()  # b\n    else:\n        s.y()\n",
            plan: |f| f.only().drop("s.close()"),
            after: "def g():\n    if x:\n        # a\n        pass  # b\n    else:\n        s.y()\n",
        },
        Case {
            name: "an emptied else goes",
            before: "for x in y:\n    if x:\n        a()\n    else:  # one\n        # two\n        s.close()  # three\nelse: s.close()\nb()\n",
            plan: |f| f.only().drop("s.close()").drop("s.close()@2"),
            after: "for x in y:\n    if x:\n        a()\n    # one\n    # two\n    # three\nb()\n",
        },
        Case {
            name: "inline",
            before: "if x: s.close()  # b\nelse: a(); s.close()\n",
            plan: |f| f.only().drop("s.close()").drop("s.close()@2"),
            after: "if x: pass  # b\nelse:\n    a()\n",
        },
        Case {
            name: "a guard becomes a pass",
            before: "def g():\n    try:\n        a()\n    except E:\n        if s:  # one\n            s.close(  # two\n            )  # three\n",
            plan: |f| f.only().drop("if s"),
            after: "def g():\n    try:\n        a()\n    except E:\n        # one\n        # two\n        pass  # three\n",
        },
        Case {
            name: "the last of a block",
            before: "def g():\n    with f() as s:\n        s.a()\n\n        s.close()\n\n\ndef h():\n    pass\n",
            plan: |f| f.only().drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.a()\n\n\ndef h():\n    pass\n",
        },
        Case {
            name: "the first of a block",
            before: "def g():\n    s = None\n\n    a()\n",
            plan: |f| f.only().drop("s = None"),
            after: "def g():\n    a()\n",
        },
        Case {
            name: "between statements that stand apart",
            before: "a()\n\ns.close()\nb()\n",
            plan: |f| f.only().drop("s.close()"),
            after: "a()\n\nb()\n",
        },
        Case {
            name: "a multi-line string goes with its statement",
            before: "a()\ns.close('''\n  x\n''')  # c\nb()\n",
            plan: |f| f.only().drop("s.close("),
            after: "a()\n# c\nb()\n",
        },
        Case {
            name: "everything, without a newline at the end",
            before: "a()\n\ns.close()",
            plan: |f| f.only().drop("s.close()"),
            after: "a()",
        },
    ]);
}

#[test]
fn splits_lines() {
    run(&[
        Case {
            name: "semicolons",
            before: "a = 1; s = f(); s.x(); s.close(); b = 2;  # c\n",
            plan: |f| f.wrap("s = ", "s.close()").drop("s.close()"),
            after: "a = 1\nwith f() as s:\n    s.x()\nb = 2  # c\n",
        },
        Case {
            name: "the release on the same line",
            before: "def g():\n    s = f(); s.x(); s.close()  # c\n",
            plan: |f| f.wrap("s = ", "s.x()").drop("s.close()"),
            after: "def g():\n    with f() as s:\n        s.x()  # c\n",
        },
        Case {
            name: "an inline suite",
            before: "if x: s = f(); s.run()  # c\nelse: y()\n",
            plan: |f| f.wrap("s = ", "s.run()"),
            after: "if x:\n    with f() as s:\n        s.run()  # c\nelse: y()\n",
        },
        Case {
            name: "an inline suite inside the region",
            before: "s = f()\nif x: s.a(); s.b()\nc(); d()\n",
            plan: |f| f.wrap("s = ", "c()"),
            after: "with f() as s:\n    if x: s.a(); s.b()\n    c()\nd()\n",
        },
        Case {
            name: "an acquisition alone with a semicolon",
            before: "s = f() ; # c\ns.x();\n",
            plan: |f| f.wrap("s = ", "s.x()"),
            after: "with f() as s: # c\n    s.x();\n",
        },
        Case {
            name: "an empty body amid a line",
            before: "s = f(); s.close(); b()\n",
            plan: |f| f.wrap("s = ", "s = ").drop("s.close()"),
            after: "with f() as s:\n    pass\nb()\n",
        },
        Case {
            name: "statements over several lines",
            before: "s = f(); x = [\n    1,\n]; s.close(  # c\n); y = [\n    2]\n",
            plan: |f| f.wrap("s = ", "s.close(").drop("s.close("),
            after: "with f() as s:\n    x = [\n        1,\n    ]\n# c\ny = [\n    2]\n",
        },
        Case {
            name: "a class body and a function on one line",
            before: "class A: s = f(); x = s.y\ndef g(): return f().z\n",
            plan: |f| f.wrap("s = ", "x = "),
            after: "class A:\n    with f() as s:\n        x = s.y\ndef g(): return f().z\n",
        },
        Case {
            name: "the header into an inline function",
            before: "def g(): return f().z\n",
            plan: |f| {
                f.wrap("return", "return")
                    .keeps()
                    .context("f()")
                    .target(Some("s"))
                    .replace("f()", "s")
            },
            after: "def g():\n    with f() as s:\n        return s.z\n",
        },
        Case {
            name: "an inline case",
            before: "match x:\n    case 1: s = f(); s.a()\n",
            plan: |f| f.wrap("s = ", "s.a()"),
            after: "match x:\n    case 1:\n        with f() as s:\n            s.a()\n",
        },
        Case {
            name: "a semicolon and a backslash",
            before: "s = f(); \\\n  s.a()\nb()\n",
            plan: |f| f.wrap("s = ", "s.a()"),
            after: "with f() as s:\n    s.a()\nb()\n",
        },
    ]);
}

#[test]
fn merges() {
    run(&[
        Case {
            name: "into a plain with",
            before: "with a as b :  # w\n    s = f()  # c\n\n    s.x()\n    s.close()\n",
            plan: |f| f.wrap("s = ", "s.close()").merge("with").drop("s.close()"),
            after: "with a as b, f() as s :  # w\n    # c\n\n    s.x()\n",
        },
        Case {
            name: "with a dissolving try",
            before: "with a:\n    s: S = f()\n    try:\n        s.x()\n    finally:\n        s.close()\n",
            plan: |f| f.wrap("s:", "try").merge("with").drop("s.close()"),
            after: "s: S\nwith a, f() as s:\n    s.x()\n",
        },
        Case {
            name: "with nothing left",
            before: "with a:\n    s = f()\nwith (b): s = f()\n",
            plan: |f| f.wrap("s = f()@2", "s = f()@2").merge("with (b)"),
            after: "with a:\n    s = f()\nwith (b), f() as s: pass\n",
        },
        Case {
            name: "in parentheses",
            before: "with (a as b, c):\n    s = f()\n    s.x()\n",
            plan: |f| f.wrap("s = ", "s.x()").merge("with"),
            after: "with (a as b, c, f() as s):\n    s.x()\n",
        },
        Case {
            name: "in parentheses over several lines",
            before: "with (\n    a as b,\n    c,  # last\n):\n    s = f()\n    s.x()\n",
            plan: |f| f.wrap("s = ", "s.x()").merge("with"),
            after: "with (\n    a as b,\n    c,  # last\n    f() as s,\n):\n    s.x()\n",
        },
        Case {
            name: "in parentheses over several lines, without a comma",
            before: "with (\n    a as b,\n    c  # last\n):\n    s = f()\n    s.x()\n",
            plan: |f| f.wrap("s = ", "s.x()").merge("with"),
            after: "with (\n    a as b,\n    c,  # last\n    f() as s\n):\n    s.x()\n",
        },
        Case {
            name: "on one line",
            before: "with a: s = f(); s.x()\n",
            plan: |f| f.wrap("s = ", "s.x()").merge("with"),
            after: "with a, f() as s:\n    s.x()\n",
        },
    ]);
}
