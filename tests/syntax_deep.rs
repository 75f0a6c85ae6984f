//! Texts that are nested or chained very deeply: no stack may overflow, and the time stays in bounds.
use std::time::{Duration, Instant};
use unleak::syntax::{ExprKind, Module, Scopes, StmtKind, parse, tokens, walk_exprs};

/// Does everything on a thread with the stack that rayon's workers have.
fn on_small_stack(name: &str, text: String) -> Module {
    let name = name.to_owned();
    let work = move || {
        let start = Instant::now();
        let module = parse(&text);
        Scopes::build(&module);
        let mut count = 0;
        for stmt in &module.stmts {
            walk_exprs(stmt, &mut |_| count += 1);
        }
        assert!(!tokens(&text).is_empty());
        println!(
            "{name}: {:?}, {count} expressions, {} errors",
            start.elapsed(),
            module.errors.len()
        );
        assert!(
            start.elapsed() < Duration::from_secs(60),
            "{name} took {:?}",
            start.elapsed()
        );
        module
    };
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work);
    thread.expect("a thread").join().expect("no panic")
}

/// The text stands before a good statement, which must come through.
fn nested(name: &str, text: String) -> Module {
    let module = on_small_stack(name, format!("{text}\nlast = open(x)\n"));
    let last = module.stmts.last().expect("a statement");
    assert!(
        !last.has_error && matches!(last.kind, StmtKind::Assign { .. }),
        "{name}"
    );
    module
}

#[test]
fn deep_expressions_become_other() {
    let n = 10_000;
    let texts = [
        (
            "parentheses",
            format!("x = {}1{}", "(".repeat(n), ")".repeat(n)),
        ),
        ("lists", format!("x = {}1{}", "[".repeat(n), "]".repeat(n))),
        (
            "dicts",
            format!("x = {}1{}", "{1: ".repeat(n), "}".repeat(n)),
        ),
        ("calls", format!("x = {}1{}", "f(".repeat(n), ")".repeat(n))),
        ("sum", format!("x = {}1", "a + ".repeat(100_000))),
        ("power", format!("x = {}1", "a ** ".repeat(n))),
        ("or", format!("x = {}1", "a or ".repeat(100_000))),
        ("not", format!("x = {}1", "not ".repeat(100_000))),
        ("minus", format!("x = {}1", "-".repeat(100_000))),
        ("await", format!("x = {}1", "await ".repeat(n))),
        ("lambda", format!("x = {}1", "lambda: ".repeat(n))),
        ("conditional", format!("x = {}1", "a if b else ".repeat(n))),
        ("attributes", format!("x = a{}", ".a".repeat(100_000))),
        ("called", format!("x = a{}", "()".repeat(100_000))),
        ("starred", format!("x = [*a{}]", ".a()".repeat(n))),
        ("subscripts", format!("x = a{}", "[0]".repeat(n))),
        (
            "annotation",
            format!("x: {}int{}", "list[".repeat(n), "]".repeat(n)),
        ),
        (
            "walrus",
            format!("x = {}1{}", "(y := ".repeat(n), ")".repeat(n)),
        ),
    ];
    for (name, text) in texts {
        let module = nested(name, text);
        assert!(
            module.stmts[0].has_error && !module.errors.is_empty(),
            "{name}"
        );
        let mut depth = 0;
        for expr in module.stmts[0].exprs() {
            expr.walk(&mut |expr| {
                depth += 1;
                !matches!(expr.kind, ExprKind::Other(_))
            });
        }
        // Parentheses are levels but no expressions.
        assert!(
            depth > 100 || name == "parentheses",
            "{name}: only {depth} expressions are left"
        );
    }
}

#[test]
fn wide_texts_are_lowered_whole() {
    let n = 20_000;
    let texts = [
        ("targets", format!("{}1", "x = ".repeat(n))),
        ("comparison", format!("x = {}1", "a < ".repeat(n))),
        ("list", format!("x = [{}]", "a, ".repeat(n))),
        ("arguments", format!("f({})", "a, ".repeat(n))),
        ("strings", format!("x = ({})", "'a' ".repeat(n))),
        (
            "elif",
            format!("if a: pass\n{}", "elif a: pass\n".repeat(n)),
        ),
        ("semicolons", "pass; ".repeat(n)),
        ("lines", "pass\n".repeat(n)),
        (
            "except",
            format!("try: pass\n{}", "except A: pass\n".repeat(n)),
        ),
        (
            "cases",
            format!("match x:\n{}", " case 1: pass\n".repeat(n)),
        ),
        ("comments", "# comment\n".repeat(n)),
        ("blank lines", "\n".repeat(n)),
        (
            "continued lines",
            format!(
                "x = {}1",
                "1 +\
"
                .repeat(250)
            ),
        ),
    ];
    for (name, text) in texts {
        let module = nested(name, text);
        assert!(
            module.errors.is_empty(),
            "{name}: {:?}",
            &module.errors[..1]
        );
    }
}

#[test]
fn deep_blocks_become_unknown() {
    let mut text = String::new();
    for depth in 0..200 {
        text += &format!("{}if a:\n", " ".repeat(depth));
    }
    text += &format!("{}pass\n", " ".repeat(200));
    let module = nested("blocks", text);
    assert_eq!(module.blocks.len(), 101);
    assert!(module.stmts[0].has_error);
    let deepest = &module.stmts[module.stmts.len() - 2];
    assert!(matches!(deepest.kind, StmtKind::Unknown), "{deepest:?}");
}

#[test]
fn ninety_nine_blocks_are_fine() {
    let mut text = String::new();
    for depth in 0..99 {
        text += &format!("{}if a:\n", " ".repeat(depth));
    }
    text += &format!(
        "{}x = {}1{}\n",
        " ".repeat(99),
        "(".repeat(250),
        ")".repeat(250)
    );
    let module = nested("blocks and expressions", text);
    assert!(module.errors.is_empty(), "{:?}", module.errors);
}

#[test]
fn unbalanced_brackets_end() {
    for text in [
        "(", "[", "{", "f(", "a[", "\"", "f'{", "f'{x:{", "'''", "if a:\n ", "lambda ", "@", "(\n",
        "\\", ")",
    ] {
        on_small_stack(text, text.repeat(3_000));
    }
    // Too much for the parser's backtracking, though valid.
    let targets = format!("{}x,{} = y", "(".repeat(3_000), ",)".repeat(3_000));
    on_small_stack("targets", targets);
}
