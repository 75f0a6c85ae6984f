//! What functions, methods and classes of a project hand out.
#![allow(clippy::unwrap_used)]

mod names_support;

use names_support::{acquired, alone, project};

/// The start of a module with an engine and a factory of sessions.
const DB: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import Session, sessionmaker\n\
    engine = create_engine('sqlite://')\n";

fn in_db(rest: &str) -> Vec<String> {
    alone(&format!("{DB}{rest}"))
}

/// What the last call of a script acquires.
fn last(rest: &str) -> String {
    in_db(rest).pop().unwrap_or_default()
}

#[test]
fn methods_give_what_they_return() {
    let class = "class Database:\n    maker = sessionmaker(engine)\n    def __init__(self):\n        self.factory = sessionmaker(engine)\n        self.kept = self.factory()\n    \
        def session(self):\n        return self.factory()\n    def other(self):\n        return self.session()\n    def shared(self):\n        return self.kept\n    \
        @staticmethod\n    def fixed():\n        return Session(engine)\n    @classmethod\n    def made(cls):\n        return cls.maker()\n    \
        @property\n    def makers(self):\n        return self.factory\n    def once(self):\n        if not self.kept:\n            self.kept = Session(engine)\n        return self.kept\n\
        class Child(Database):\n    pass\n";
    let gives = |call: &str| {
        last(&format!(
            "{class}def f(db: Database, child: Child):\n    s = {call}\n"
        ))
    };
    for call in [
        "db.session()",
        "db.other()",
        "child.session()",
        "Database().session()",
        "Database.fixed()",
        "db.fixed()",
        "Database.made()",
        "db.maker()",
        "Database.maker()",
        "db.factory()",
        "db.makers()",
        "child.makers()",
    ] {
        let found = gives(call);
        assert!(found.starts_with(&format!("{call} -> ")), "{call}: {found}");
        assert!(found.contains("sqlalchemy.orm."), "{call}: {found}");
    }
    for call in [
        "db.shared()",
        "db.once()",
        "db.missing()",
        "db.kept.query(1)",
    ] {
        let found = gives(call);
        assert!(!found.starts_with(call), "{call}: {found}");
    }
}

#[test]
fn factories_may_be_anywhere() {
    for (text, call) in [
        ("make = lambda: Session(engine)\n", "make()"),
        (
            "from functools import partial\nmake = partial(Session, engine)\n",
            "make()",
        ),
        (
            "import functools\nmake = functools.partial(Session, bind=engine)\n",
            "make()",
        ),
        (
            "def factory():\n    return sessionmaker(engine)\n",
            "factory()()",
        ),
        (
            "from functools import lru_cache\n@lru_cache\ndef factory():\n    return sessionmaker(engine)\n",
            "factory()()",
        ),
        (
            "from functools import lru_cache\n@lru_cache(maxsize=1)\ndef factory():\n    return sessionmaker(engine)\n",
            "factory()()",
        ),
        (
            "def factory():\n    return sessionmaker(engine)\nmake = factory()\n",
            "make()",
        ),
        ("class S(Session):\n    pass\n", "S(engine)"),
        (
            "class S(Session):\n    pass\nclass T(S):\n    def extra(self):\n        pass\n",
            "T(engine)",
        ),
        (
            "class C:\n    class_maker = sessionmaker(engine)\n",
            "C.class_maker()",
        ),
        (
            "class C:\n    @property\n    def maker(self):\n        return sessionmaker(engine)\n",
            "C().maker()",
        ),
    ] {
        let found = last(&format!("{text}def f():\n    s = {call}\n"));
        assert!(found.starts_with(&format!("{call} -> ")), "{call}: {found}");
    }
}

#[test]
fn cached_is_borrowed() {
    for decorator in [
        "lru_cache",
        "lru_cache(maxsize=None)",
        "cache",
        "cached_property",
    ] {
        let text = format!(
            "from functools import cache, cached_property, lru_cache\n@{decorator}\ndef get():\n    return Session(engine)\ndef f():\n    s = get()\n"
        );
        assert_eq!(in_db(&text).len(), 1, "{decorator}");
    }
    let streamlit = "import streamlit as st\n@st.cache_resource\ndef get():\n    return Session(engine)\ndef f():\n    s = get()\n";
    assert_eq!(in_db(streamlit).len(), 1);
    let retried = "from tenacity import retry\n@retry(stop=3)\ndef get():\n    return Session(engine)\ndef f():\n    s = get()\n";
    assert_eq!(in_db(retried).len(), 2);
}

#[test]
fn generators_are_taken_from_by_hand() {
    let plain = "def get_db():\n    db = Session(engine)\n    try:\n        yield db\n    finally:\n        db.close()\n";
    let with = "def get_db():\n    with Session(engine) as db:\n        yield db\n";
    let chained = "def inner():\n    with Session(engine) as db:\n        yield db\ndef get_db():\n    yield from inner()\n";
    let handed_on = "def inner():\n    with Session(engine) as db:\n        yield db\ndef get_db():\n    return inner()\n";
    for text in [plain, with, chained, handed_on] {
        for call in ["next(get_db())", "get_db().__next__()"] {
            let found = last(&format!("{text}def f():\n    s = {call}\n"));
            assert_eq!(
                found,
                format!("{call} -> get_db: sqlalchemy.orm.Session from a generator"),
                "{text}"
            );
        }
        let found = last(&format!("{text}def f():\n    s = get_db()\n"));
        assert!(found.starts_with("Session(engine)"), "{found}");
    }
    let lines = "def lines(path):\n    with open(path) as f:\n        for line in f:\n            yield line\ndef f():\n    x = next(lines(1))\n";
    assert_eq!(in_db(lines), ["open(path) -> open: open"]);
}

#[test]
fn asynchronous_generators_too() {
    let text = "from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker\nmake = async_sessionmaker()\nasync def get_db():\n    async with make() as db:\n        yield db\n\
        async def f():\n    s = await anext(get_db())\nasync def g():\n    s = await get_db().__anext__()\n";
    let found = alone(text);
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("anext(get_db()) -> get_db: ")
                && line.ends_with("awaited from a generator")),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|line| line.starts_with("get_db().__anext__() -> get_db: ")),
        "{found:?}"
    );
}

#[test]
fn context_managers_give_types_to_what_they_bind() {
    let text = "from contextlib import contextmanager\n@contextmanager\ndef scope():\n    s = Session(engine)\n    try:\n        yield s\n    finally:\n        s.close()\n\
        def f():\n    with scope() as s:\n        c = s.get_bind().connect()\n    t = scope()\n";
    let found = in_db(text);
    assert!(
        !found.iter().any(|line| line.starts_with("scope()")),
        "{found:?}"
    );
}

#[test]
fn a_class_that_holds_a_resource_is_one() {
    let class = "import sqlite3\nclass Store:\n    def __init__(self, path):\n        self.conn = sqlite3.connect(path)\n    def __enter__(self):\n        return self\n    \
        def __exit__(self, *args):\n        self.close()\n    def close(self):\n        self.conn.close()\n";
    let found = alone(&format!("{class}def f():\n    s = Store(1)\n"));
    assert_eq!(
        found,
        [
            "sqlite3.connect(path) -> sqlite3.connect: sqlite3.connect",
            "Store(1) -> Store: class.Store"
        ]
    );
    let without = class.replace("self.conn.close()", "pass");
    assert_eq!(
        alone(&format!("{without}def f():\n    s = Store(1)\n")).len(),
        1
    );
}

#[test]
fn a_class_that_is_entered_gives_its_type() {
    let class = "class Scope:\n    def __enter__(self):\n        self.s = Session(engine)\n        return self.s\n    def __exit__(self, *args):\n        self.s.close()\n";
    let found = in_db(&format!(
        "{class}def f():\n    t = Scope()\n    with Scope() as s:\n        c = s.get_bind().connect()\n"
    ));
    assert!(
        !found.iter().any(|line| line.starts_with("Scope()")),
        "{found:?}"
    );
}

#[test]
fn an_annotation_is_a_promise() {
    let dir = project(&[
        (
            "db.py",
            "import registry\nfrom sqlalchemy.orm import Session\ndef made() -> Session:\n    return registry.make()\ndef stub() -> Session: ...\ndef current() -> Session: ...\n\
            def kept() -> Session:\n    return registry.session\nclass P:\n    def get(self) -> Session:\n        raise NotImplementedError\n",
        ),
        (
            "use.py",
            "import db\nfrom db import P\ndef f(p: P):\n    a = db.made()\n    b = db.stub()\n    c = db.kept()\n    e = db.current()\n    d = p.get()\n",
        ),
    ]);
    assert_eq!(
        acquired(&dir, "use.py"),
        [
            "db.made() -> made: sqlalchemy.orm.Session by convention",
            "db.stub() -> stub: sqlalchemy.orm.Session by convention",
            "db.current() -> current: sqlalchemy.orm.Session by convention if released",
            "p.get() -> P.get: sqlalchemy.orm.Session by convention",
        ]
    );
}

#[test]
fn classes_are_followed_through_modules() {
    let dir = project(&[
        ("app/__init__.py", ""),
        (
            "app/db.py",
            "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\nclass Database:\n    def __init__(self, url):\n        self.engine = create_engine(url)\n        \
            self.make = sessionmaker(self.engine)\n    def session(self):\n        return self.make()\ndatabase = Database('x')\n",
        ),
        (
            "app/service.py",
            "from .db import Database, database\nimport app.db\nclass Service:\n    def __init__(self, db: Database):\n        self.db = db\n        self.own = Database('y')\n    \
            def a(self):\n        s = self.db.session()\n        t = self.own.session()\n        u = database.session()\n        v = app.db.database.session()\n        w = self.db.engine.connect()\n        \
            x = self.db.make()\n",
        ),
    ]);
    let found = acquired(&dir, "app/service.py");
    let calls: Vec<&str> = found
        .iter()
        .map(|line| line.split(" -> ").next().unwrap())
        .collect();
    assert_eq!(
        calls,
        [
            "self.db.session()",
            "self.own.session()",
            "database.session()",
            "app.db.database.session()",
            "self.db.engine.connect()",
            "self.db.make()"
        ]
    );
    assert!(
        found[0].contains("-> app.db.Database.session: "),
        "{found:?}"
    );
}
