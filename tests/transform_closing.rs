//! `closing(...)` and the import it needs.

mod transform_support;

use transform_support::{File, compile};

const BODY: &str = "s = f()\ns.a()\n";

/// Fixes `{before}s = f()\ns.a()\n` with `closing`; what stands before the `with`, and the name that was used.
fn header(before: &str) -> (String, String) {
    let file = File::new(&format!("{before}{BODY}"));
    let result = file.fixed(&file.wrap("s = f()", "s.a()").closing().plan);
    assert_eq!(compile(std::slice::from_ref(&result)), [None], "{result}");
    let (head, with) = result.split_once("with ").expect("a with");
    let (name, rest) = with.split_once('(').expect("a call");
    assert_eq!(rest, "f()) as s:\n    s.a()\n");
    (head.to_owned(), name.to_owned())
}

#[test]
fn imports() {
    let new = "from contextlib import closing\n";
    for (before, after) in [
        ("", format!("{new}\n")),
        ("x()\n", format!("{new}\nx()\n")),
        (
            "def g():\n    pass\n\n\n",
            format!("{new}\n\ndef g():\n    pass\n\n\n"),
        ),
        (
            "#!/usr/bin/env python3\n# Licence\n\n# of x\nx()\n",
            format!("#!/usr/bin/env python3\n# Licence\n\n{new}\n# of x\nx()\n"),
        ),
        (
            "# coding: utf-8\nx()\n",
            format!("# coding: utf-8\n\n{new}\nx()\n"),
        ),
        (
            "\"\"\"Doc.\"\"\"\nx()\n",
            format!("\"\"\"Doc.\"\"\"\n\n{new}\nx()\n"),
        ),
        (
            "\"\"\"Doc.\"\"\"\n\n\nx()\n",
            format!("\"\"\"Doc.\"\"\"\n\n{new}\n\nx()\n"),
        ),
        (
            "\"\"\"Doc.\"\"\"\nfrom __future__ import a\nfrom __future__ import b; x()\n",
            format!(
                "\"\"\"Doc.\"\"\"\nfrom __future__ import a\nfrom __future__ import b; x()\n\n{new}\n"
            ),
        ),
        (
            "\"\"\"Doc.\"\"\"\n\nimport os  # c\n\nx()\n",
            format!("\"\"\"Doc.\"\"\"\n\nimport os  # c\n{new}\nx()\n"),
        ),
        (
            "import os\nfrom abc import A\nfrom typing import B\n",
            format!("import os\nfrom abc import A\n{new}from typing import B\n"),
        ),
        (
            "from typing import B\n",
            format!("{new}from typing import B\n"),
        ),
        ("from . import b\n", format!("{new}from . import b\n")),
        (
            "import os\n\nimport numpy\n",
            format!("import os\n{new}\nimport numpy\n"),
        ),
        (
            "import os; x = '''\n'''\n",
            format!("import os; x = '''\n'''\n{new}"),
        ),
        ("'doc'; import os\n", format!("'doc'; import os\n{new}")),
        (
            "try:\n    from contextlib import closing\nexcept E:\n    pass\n",
            format!("{new}\ntry:\n    from contextlib import closing\nexcept E:\n    pass\n"),
        ),
    ] {
        // A future import must be one that exists.
        let real = |text: &str| {
            text.replace("import a\n", "import division\n")
                .replace("import b;", "import generators;")
        };
        assert_eq!(
            header(&real(before)),
            (real(&after), "closing".to_owned()),
            "{before}"
        );
    }
}

#[test]
fn names_of_an_import_that_is_there() {
    let long =
        "from contextlib import AbstractAsyncContextManager, AbstractContextManager, ExitStack\n";
    for (before, after) in [
        (
            "from contextlib import contextmanager\n",
            "from contextlib import closing, contextmanager\n".to_owned(),
        ),
        (
            "import os\nfrom contextlib import ExitStack, asynccontextmanager, suppress  # all\n",
            "import os\nfrom contextlib import ExitStack, asynccontextmanager, closing, suppress  # all\n".to_owned(),
        ),
        (
            "from contextlib import chdir; import os\n",
            "from contextlib import chdir, closing; import os\n".to_owned(),
        ),
        (
            "from contextlib import aclosing as a\n",
            "from contextlib import aclosing as a, closing\n".to_owned(),
        ),
        // On several lines, in a block, or too long: an import of its own.
        (
            "from contextlib import (\n    suppress,\n)\n",
            "from contextlib import (\n    suppress,\n)\nfrom contextlib import closing\n".to_owned(),
        ),
        (long, format!("{long}from contextlib import closing\n")),
        (
            "if x:\n    from contextlib import suppress\n",
            "from contextlib import closing\n\nif x:\n    from contextlib import suppress\n".to_owned(),
        ),
    ] {
        assert_eq!(header(before), (after, "closing".to_owned()), "{before}");
    }
}

#[test]
fn imports_that_are_there() {
    for (before, name) in [
        ("from contextlib import closing\n", "closing"),
        ("from contextlib import suppress, closing as shut\n", "shut"),
        ("import contextlib\n", "contextlib.closing"),
        ("import contextlib as c\n", "c.closing"),
        (
            "import contextlib\ndef closing(): pass\n",
            "contextlib.closing",
        ),
        (
            "import contextlib\nfrom contextlib import closing\ndef g(closing): pass\n",
            "contextlib.closing",
        ),
    ] {
        assert_eq!(
            header(before),
            (before.to_owned(), name.to_owned()),
            "{before}"
        );
    }
}

#[test]
fn shadowed() {
    let (head, name) = header("import abc\nimport os\n\ndef closing(): pass\n");
    assert_eq!(
        head,
        "import abc\nimport contextlib\nimport os\n\ndef closing(): pass\n"
    );
    assert_eq!(name, "contextlib.closing");

    let file = File::new(&format!(
        "def g(closing):\n    contextlib = closing\n{BODY}"
    ));
    let refusal = file
        .edits(&file.wrap("s = f()", "s.a()").closing().plan)
        .expect_err("both names are taken");
    assert_eq!(refusal.to_string(), "`contextlib` is shadowed");
}

#[test]
fn crlf_and_contexts() {
    let file = File::new("import os\r\ndef g():\r\n    s = (yield)\r\n    return s\r\n");
    let result = file.fixed(&file.wrap("s = ", "return").closing().context("yield").plan);
    assert_eq!(
        result,
        "import os\r\nfrom contextlib import closing\r\ndef g():\r\n    with closing((yield)) as s:\r\n        return s\r\n"
    );
    let file = File::new("import contextlib\ns = (f\n.g())\ns.a()\n");
    let result = file.fixed(&file.wrap("s = ", "s.a()").closing().plan);
    assert_eq!(
        result,
        "import contextlib\nwith contextlib.closing(f\n.g()) as s:\n    s.a()\n"
    );
    assert_eq!(compile(&[result]), [None]);
}

#[test]
fn a_file_that_starts_with_what_vanishes() {
    let file = File::new("#!python\n\ntry:\n\n    s = f()\n    s.a()\nfinally:\n    s.close()\n");
    let result = file.fixed(&file.wrap("s = ", "s.a()").drop("s.close()").closing().plan);
    let after =
        "#!python\nfrom contextlib import closing\n\n\nwith closing(f()) as s:\n    s.a()\n";
    assert_eq!(result, after);
}

#[test]
fn no_line_for_the_import() {
    let file = File::new("'''Doc.'''; s = f()\n");
    let refusal = file
        .edits(&file.wrap("s = ", "s = ").closing().plan)
        .expect_err("a refusal");
    assert_eq!(refusal.to_string(), "there is no line for a new import");
}

#[test]
fn a_byte_order_mark_stays_first() {
    for before in ["", "'''D'''\n", "import os\n", "# c\n"] {
        let (head, _) = header(&format!("\u{feff}{before}"));
        let (plain, _) = header(before);
        assert_eq!(head, format!("\u{feff}{plain}"));
    }
    let file = File::new("\u{feff}try:\n  s = f()\n  s.a()\nfinally:\n  s.close()\n");
    let result = file.fixed(&file.wrap("s = ", "s.a()").drop("s.close()").closing().plan);
    assert!(
        result.starts_with("\u{feff}from contextlib import closing\n\nwith closing(f()) as s:\n")
    );
}
