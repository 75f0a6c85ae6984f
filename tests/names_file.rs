//! Names, types and acquirers within one file.

mod names_support;

use names_support::{alone, each_call, project};

fn names_of(text: &str) -> Vec<String> {
    let dir = project(&[]);
    let mut found = Vec::new();
    each_call(
        dir.path(),
        "script.py",
        text,
        &[],
        &mut |names, call, scope| {
            if let unleak::syntax::ExprKind::Call { func, .. } = &call.kind {
                found.push(names.dotted(func, scope).unwrap_or_else(|| "-".to_string()));
            }
        },
    );
    found
}

fn types_of(text: &str) -> Vec<String> {
    let dir = project(&[]);
    let mut found = Vec::new();
    each_call(
        dir.path(),
        "script.py",
        text,
        &[],
        &mut |names, call, scope| {
            if let unleak::syntax::ExprKind::Call { func, args } = &call.kind
                && matches!(&func.kind, unleak::syntax::ExprKind::Name(name) if name == "reveal")
            {
                found.push(
                    names
                        .type_of(&args[0].value, scope)
                        .unwrap_or_else(|| "-".to_string()),
                );
            }
        },
    );
    found
}

#[test]
fn names_through_imports_and_aliases() {
    assert_eq!(
        names_of("from sqlalchemy.orm import Session as S\nS()\n"),
        ["sqlalchemy.orm.Session"]
    );
    assert_eq!(
        names_of("import sqlalchemy.orm as o\no.session.Session()\n"),
        ["sqlalchemy.orm.Session"]
    );
    assert_eq!(
        names_of("import sqlalchemy.orm\nsqlalchemy.orm.Session()\n"),
        ["sqlalchemy.orm.Session"]
    );
    assert_eq!(
        names_of("from sqlalchemy import orm\nMy = orm.Session\ndef f():\n    My()\n"),
        ["sqlalchemy.orm.Session"]
    );
    assert_eq!(
        names_of("def f():\n    from gzip import open as o\n    o()\no()\n"),
        ["gzip.open", "-"]
    );
    assert_eq!(
        names_of("try:\n    import lzma as z\nexcept ImportError:\n    z = None\nz.open()\n"),
        ["lzma.open"]
    );
    assert_eq!(
        names_of(
            "try:\n    import lzma as z\nexcept ImportError:\n    from backports import lzma as z\nz.open()\n"
        ),
        ["lzma.open"]
    );
    assert_eq!(
        names_of(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pathlib import Path\nPath()\n"
        ),
        ["pathlib.Path"]
    );
    assert_eq!(
        names_of("from sqlite3 import *\nconnect()\n"),
        ["sqlite3.connect"]
    );
    assert_eq!(
        names_of("open(); print(); nothing()\n"),
        ["builtins.open", "builtins.print", "-"]
    );
}

#[test]
fn shadowed_names_do_not_count() {
    assert_eq!(alone("def open(p): pass\nopen(1)\n"), [""; 0]);
    assert_eq!(alone("def f(open):\n    open(1)\n"), [""; 0]);
    assert_eq!(
        alone("import sqlite3\nsqlite3 = fake\nsqlite3.connect()\n"),
        [""; 0]
    );
    assert_eq!(alone("class Session: pass\nSession(e)\n"), [""; 0]);
    assert_eq!(
        alone("if x:\n    from gzip import open\nelse:\n    def open(p): pass\nopen(1)\n"),
        [""; 0]
    );
    assert_eq!(alone("from app.files import open\nopen(1)\n"), [""; 0]);
    assert_eq!(
        alone("class A:\n    def open(self): pass\n    def f(self):\n        open(1)\n"),
        ["open(1) -> open: open"]
    );
    assert_eq!(
        alone("self.open(1); x.connect(); webbrowser.open(u)\n"),
        [""; 0]
    );
}

#[test]
fn methods_by_type() {
    let path = "from pathlib import Path\nimport pathlib\n";
    let open = "pathlib.Path.open: pathlib.Path.open";
    for (code, call) in [
        ("Path(p).open()", "Path(p).open()"),
        ("(Path(p) / 'x').open()", "(Path(p) / 'x').open()"),
        (
            "base = Path(__file__).resolve().parent\n(base / 'a' / 'b').open()",
            "(base / 'a' / 'b').open()",
        ),
        ("def f(p: Path):\n    p.open()", "p.open()"),
        ("def f(p: 'Path | None' = None):\n    p.open()", "p.open()"),
        (
            "from typing import Optional\ndef f(p: Optional[pathlib.Path]):\n    p.open()",
            "p.open()",
        ),
        ("p = Path(p)\np = p / 'x'\np.open()", "p.open()"),
        ("for p in Path.cwd().glob('*'):\n    p.open()", "p.open()"),
        (
            "def f(ps: list[Path]):\n    for p in ps:\n        p.open()",
            "p.open()",
        ),
        ("def where() -> Path: ...\nwhere().open()", "where().open()"),
        (
            "def where():\n    return Path.home() / 'x'\nwhere().open()",
            "where().open()",
        ),
        (
            "Path(a).parents[1].joinpath('x').open()",
            "Path(a).parents[1].joinpath('x').open()",
        ),
    ] {
        assert_eq!(
            alone(&format!("{path}{code}\n")),
            [format!("{call} -> {open}")],
            "{code}"
        );
    }
    for code in [
        "def f(p: str):\n    p.open()",
        "p = x\np = Path(p)\np.open()",
        "def f(p: Path | str):\n    p.open()",
    ] {
        assert_eq!(alone(&format!("{path}{code}\n")), [""; 0], "{code}");
    }
}

#[test]
fn engines_and_session_factories() {
    let connect = "sqlalchemy.engine.Engine.connect: sqlalchemy.engine.Engine.connect";
    let make = "sqlalchemy.orm.sessionmaker.__call__";
    for (code, found) in [
        (
            "import sqlalchemy as sa\ne = sa.create_engine(u)\ne.connect()\n",
            format!("e.connect() -> {connect}"),
        ),
        (
            "from sqlalchemy import create_engine\ncreate_engine(u).connect()\n",
            format!("create_engine(u).connect() -> {connect}"),
        ),
        (
            "from sqlalchemy.engine import Engine\ndef f(e: Engine):\n    e.connect()\n",
            format!("e.connect() -> {connect}"),
        ),
        (
            "from sqlalchemy import create_engine\nengine = None\ndef init():\n    global engine\n    engine = create_engine(u)\ndef f():\n    engine.connect()\n",
            format!("engine.connect() -> {connect}"),
        ),
        (
            "from sqlalchemy.orm import sessionmaker\nSession = sessionmaker()\ndef f():\n    Session()\n",
            format!("Session() -> Session: {make}"),
        ),
        (
            "from sqlalchemy.orm import sessionmaker\ndef f():\n    Session = sessionmaker()\n    Session()\n",
            format!("Session() -> Session: {make}"),
        ),
        (
            "from sqlalchemy.orm import sessionmaker\ndef f(make: sessionmaker):\n    make()\n",
            format!("make() -> make: {make}"),
        ),
        (
            "from sqlalchemy.orm import Session, sessionmaker\ndef f(make: 'sessionmaker[Session]'):\n    make()\n",
            format!("make() -> make: {make}"),
        ),
        (
            "from sqlalchemy.orm import sessionmaker\nsessionmaker(e)()\n",
            format!("sessionmaker(e)() -> {make}: {make}").replace(
                &format!("-> {make}"),
                "-> sqlalchemy.orm.sessionmaker.__call__",
            ),
        ),
        (
            "from sqlalchemy.orm import Session as S\nS(e)\n",
            "S(e) -> sqlalchemy.orm.Session: sqlalchemy.orm.Session".to_string(),
        ),
        (
            "from sqlmodel import Session\nSession(e)\n",
            "Session(e) -> sqlmodel.Session: sqlmodel.Session".to_string(),
        ),
    ] {
        assert_eq!(alone(code), [found], "{code}");
    }
    for code in [
        "from sqlalchemy.orm import scoped_session, sessionmaker\nSession = scoped_session(sessionmaker())\nSession()\n",
        "import requests\nrequests.Session()\n",
        "import io\nio.BytesIO()\n",
        "from sqlalchemy.orm import sessionmaker\nSession = sessionmaker()\nSession.begin()\n",
        "from sqlalchemy import create_engine\ncreate_engine(u)\n",
    ] {
        assert_eq!(alone(code), [""; 0], "{code}");
    }
}

#[test]
fn types_of_variables() {
    let text = "import sqlite3\nfrom sqlalchemy.orm import Session\nwith open(p) as f: reveal(f)\nwith sqlite3.connect(p) as c: reveal(c)\n\
        def g(s: Session, *rest: Session, t: 'Session' = None): reveal(s); reveal(rest); reveal(t)\nx: Session\nreveal(x)\nreveal(1)\nreveal(y := sqlite3.connect(p))\n\
        async def h(): reveal(await asyncpg.connect())\n";
    assert_eq!(
        types_of(text),
        [
            "io.IOBase",
            "sqlite3.Connection",
            "sqlalchemy.orm.Session",
            "-",
            "sqlalchemy.orm.Session",
            "sqlalchemy.orm.Session",
            "-",
            "sqlite3.Connection",
            "-"
        ]
    );
}

#[test]
fn a_tangle_of_names_ends() {
    let mut text = String::new();
    for n in 0..200 {
        text += &format!(
            "def f{n}(): return f{}() or f{}() if x else f{}()\n",
            (n + 1) % 200,
            (n + 7) % 200,
            (n + 31) % 200
        );
        text += &format!("x{n} = x{} / x{}\n", (n + 1) % 200, (n + 13) % 200);
    }
    text += "f0(); x0.open(); x0()\n";
    assert_eq!(alone(&text), [""; 0]);
}
