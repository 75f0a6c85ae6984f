//! Python's limit on nested blocks, held against Python itself.

mod transform_support;

use transform_support::{File, compile};

/// What stands around: lines to open it, how it goes on behind, and how many levels it indents.
const SHAPES: [(&str, &[&str], &[&str]); 9] = [
    ("while", &["while x:"], &[]),
    ("for", &["for x in y:"], &[]),
    ("with", &["with a, b as c:"], &[]),
    ("try except", &["try:"], &["except E:"]),
    ("try finally", &["try:"], &["finally:"]),
    ("try both", &["try:"], &["except E:", " pass", "finally:"]),
    (
        "else",
        &["try:", " pass", "except E:", " pass", "else:"],
        &["finally:"],
    ),
    (
        "handler",
        &["try:", " pass", "except E as e:"],
        &["finally:"],
    ),
    ("finally", &["try:", " pass", "finally:"], &[]),
];

fn nested(shape: (&str, &[&str], &[&str]), loops: usize) -> String {
    let mut text = "def g():\n".to_owned();
    for line in shape.1 {
        text += &format!(" {line}\n");
    }
    for level in 0..loops {
        text += &format!("{}while x:\n", " ".repeat(level + 2));
    }
    let pad = " ".repeat(loops + 2);
    text += &format!("{pad}s = f()\n{pad}s.a()\n");
    for line in shape.2 {
        text += &format!(" {line}\n");
    }
    if !shape.2.is_empty() {
        text += "  pass\n";
    }
    text
}

#[test]
fn twenty_blocks() {
    for shape in SHAPES {
        let mut last = None;
        for loops in 14..=20 {
            let file = File::new(&nested(shape, loops));
            let plan = file.wrap("s = ", "s.a()").plan;
            match file.edits(&plan) {
                Ok(_) => last = Some(file.fixed(&plan)),
                Err(refusal) => {
                    let reason = "more than 20 blocks would be nested, which Python cannot compile";
                    assert_eq!(refusal.to_string(), reason);
                    break;
                }
            }
        }
        let last = last.unwrap_or_else(|| panic!("{} is refused at once", shape.0));
        assert_eq!(compile(std::slice::from_ref(&last)), [None], "{}", shape.0);
        // One more `while` around is more than Python takes, or a version of it.
        let deepest = last
            .lines()
            .find(|line| line.trim_start().starts_with("with f()"))
            .expect("the with");
        let pad = " ".repeat(deepest.len() - deepest.trim_start().len());
        let over = last.replace(
            &format!("{pad} s.a()"),
            &format!("{pad} while x:\n{pad}  s.a()"),
        );
        let said = compile(&[over]).remove(0);
        assert_eq!(
            said.as_deref()
                .map(|said| said.starts_with("too many statically nested blocks")),
            Some(true),
            "{}",
            shape.0
        );
    }
}

#[test]
fn twenty_one_items() {
    let file = File::new("s = f()\ns.a()\n");
    let fix = file.wrap("s = ", "s.a()").with(|wrap| {
        let item = wrap.items[0].clone();
        wrap.items.resize(21, item);
    });
    assert!(file.edits(&fix.plan).is_err());
    let fix = fix.with(|wrap| wrap.items.truncate(20));
    assert_eq!(compile(&[file.fixed(&fix.plan)]), [None]);
}

#[test]
fn a_dissolved_try_makes_room() {
    let mut text = String::new();
    for level in 0..19 {
        text += &format!("{}while x:\n", " ".repeat(level));
    }
    let pad = " ".repeat(19);
    text += &format!("{pad}s = f()\n{pad}try:\n{pad} s.a()\n{pad}finally:\n{pad} s.close()\n");
    let file = File::new(&text);
    let result = file.fixed(&file.wrap("s = ", "try").drop("s.close()").plan);
    assert_eq!(compile(&[result]), [None]);
}

#[test]
fn plans_that_make_no_sense() {
    let file = File::new("s = f()\nif s:\n    s.a()\nb()\n");
    for (fix, reason) in [
        (
            file.wrap("s = ", "s.a()"),
            "the plan's `with` does not start and end in one block",
        ),
        (
            file.wrap("s = ", "b()").drop("s = "),
            "the plan drops the statement that its `with` starts at",
        ),
        (
            file.wrap("s = ", "b()").merge("if"),
            "the acquisition is not the first statement of the `with` it should join",
        ),
        (
            file.wrap("s = ", "b()").with(|wrap| wrap.items.clear()),
            "the plan's `with` has no items",
        ),
    ] {
        assert_eq!(
            file.edits(&fix.plan).expect_err("a refusal").to_string(),
            reason
        );
    }
}
