//! Providers across the files of a project.

mod names_support;

use names_support::{acquired, acquired_with, alone, each_call, project};

const SESSION: &str = "sqlalchemy.orm.sessionmaker.__call__";
const DB: &str = "from sqlalchemy import create_engine\nfrom sqlalchemy.orm import sessionmaker\n\
    engine = create_engine('sqlite://')\nSessionLocal = sessionmaker(bind=engine)\n\
    def get_db():\n    return SessionLocal()\n";

#[test]
fn a_provider_of_another_module() {
    let dir = project(&[
        ("app/__init__.py", ""),
        ("app/db.py", DB),
        (
            "app/api.py",
            "from app.db import get_db, SessionLocal, engine\ndef f():\n    a = get_db()\n    b = SessionLocal()\n    c = engine.connect()\n",
        ),
        (
            "app/rel.py",
            "from .db import get_db as g\nfrom . import db\ng(); db.get_db(); db.SessionLocal(); db.engine.connect()\n",
        ),
        (
            "main.py",
            "import app.db\nimport app.db as d\napp.db.get_db(); d.SessionLocal()\n",
        ),
    ]);
    assert_eq!(
        acquired(&dir, "app/api.py"),
        [
            format!("get_db() -> app.db.get_db: {SESSION}"),
            format!("SessionLocal() -> app.db.SessionLocal: {SESSION}"),
            "engine.connect() -> sqlalchemy.engine.Engine.connect: sqlalchemy.engine.Engine.connect".to_string(),
        ]
    );
    assert_eq!(
        acquired(&dir, "app/rel.py"),
        [
            format!("g() -> app.db.get_db: {SESSION}"),
            format!("db.get_db() -> app.db.get_db: {SESSION}"),
            format!("db.SessionLocal() -> app.db.SessionLocal: {SESSION}"),
            "db.engine.connect() -> sqlalchemy.engine.Engine.connect: sqlalchemy.engine.Engine.connect".to_string(),
        ]
    );
    assert_eq!(
        acquired(&dir, "main.py"),
        [
            format!("app.db.get_db() -> app.db.get_db: {SESSION}"),
            format!("d.SessionLocal() -> app.db.SessionLocal: {SESSION}")
        ]
    );
    assert_eq!(
        acquired(&dir, "app/db.py"),
        [format!("SessionLocal() -> app.db.SessionLocal: {SESSION}")]
    );
}

#[test]
fn source_layout_namespace_packages_and_re_exports() {
    let dir = project(&[
        ("src/shop/__init__.py", "from .core import *\n"),
        (
            "src/shop/core/__init__.py",
            "from shop.core.db import get_db as open_session\nfrom .files import log_file\n",
        ),
        ("src/shop/core/db.py", DB),
        (
            "src/shop/core/files.py",
            "def log_file(name):\n    f = open(name)\n    f.seek(0)\n    return f\n",
        ),
        (
            "tests/test_shop.py",
            "import shop\nfrom shop import open_session\nfrom shop.core import log_file\nopen_session(); shop.log_file(1); log_file(2)\n",
        ),
        ("plain/core/db.py", DB),
        ("plain/ui/page.py", "from core.db import get_db\nget_db()\n"),
    ]);
    assert_eq!(
        acquired(&dir, "tests/test_shop.py"),
        [
            format!("open_session() -> shop.core.db.get_db: {SESSION}"),
            "shop.log_file(1) -> shop.core.files.log_file: open".to_string(),
            "log_file(2) -> shop.core.files.log_file: open".to_string(),
        ]
    );
    assert_eq!(
        acquired(&dir, "plain/ui/page.py"),
        [format!("get_db() -> get_db: {SESSION}")]
    );
}

#[test]
fn chains_and_cycles() {
    let mut files = vec![(
        "m0.py".to_string(),
        "def f0():\n    return open('x')\n".to_string(),
    )];
    for n in 1..=9 {
        files.push((
            format!("m{n}.py"),
            format!(
                "from m{0} import f{0}\ndef f{n}():\n    h = f{0}()\n    return h\n",
                n - 1
            ),
        ));
    }
    files.push((
        "use.py".into(),
        "from m9 import f9\nfrom a import one, both\nf9(); one(); both()\n".into(),
    ));
    files.push(("a.py".into(), "from b import two, name\ndef one(): return two()\ndef both():\n    if x: return both()\n    return open(x)\nname = name\n".into()));
    files.push((
        "b.py".into(),
        "from a import one, name\ndef two(): return one()\n".into(),
    ));
    files.push((
        "c.py".into(),
        "from c import *\nfrom a import name\nx = x\nname(); x(); missing()\n".into(),
    ));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    let dir = project(&files);
    assert_eq!(
        acquired(&dir, "use.py"),
        ["f9() -> f9: open", "both() -> both: open"]
    );
    assert_eq!(acquired(&dir, "c.py"), [""; 0]);
}

#[test]
fn what_is_no_provider() {
    let bodies = [
        "_conn = None\ndef get():\n    global _conn\n    if _conn is None:\n        _conn = open(p)\n    return _conn\n",
        "def get():\n    if 'db' not in g:\n        g.db = open(p)\n    return g.db\n",
        "def get():\n    conn = getattr(g, 'db', None)\n    if conn is None:\n        conn = g.db = open(p)\n    return conn\n",
        "def get():\n    f = open(p)\n    cache[p] = f\n    return f\n",
        "def get():\n    f = open(p)\n    files.append(f)\n    return f\n",
        "def get():\n    f = open(p)\n    atexit.register(lambda: f.close())\n    return f\n",
        "def get():\n    with open(p) as f:\n        return f\n",
        "def get():\n    f = open(p)\n    try:\n        return f\n    finally:\n        f.close()\n",
        "def get():\n    yield open(p)\n",
        "@cache\ndef get():\n    return open(p)\n",
        "@contextmanager\ndef get():\n    yield open(p)\n",
        "def get(f=None):\n    return f\n",
        "def get(f=None):\n    f = f or open(p)\n    return f\n",
        "def get(f=None):\n    if f is None:\n        f = open(p)\n    return f\n",
        "def get():\n    return f if f else open(p)\n",
        "def get():\n    return open(p), 1\n",
        "def get():\n    return open(p).read()\n",
        "def get():\n    return something(open(p))\n",
        "class get:\n    pass\n",
        "def get():\n    if x:\n        return open(p)\n    return shared\n",
        "def get():\n    a = open(p)\n    b = a\n    return b\n",
        "if x:\n    def get(): return open(p)\nelse:\n    def get(): return shared\n",
    ];
    for body in bodies {
        let dir = project(&[("lib.py", body), ("use.py", "from lib import get\nget()\n")]);
        assert_eq!(acquired(&dir, "use.py"), [""; 0], "{body}");
    }
}

#[test]
fn what_is_a_provider_all_the_same() {
    let bodies = [
        (
            "def get():\n    f = open(p)\n    f.seek(0)\n    setup(f)\n    print(f'{f}')\n    return f\n",
            "",
        ),
        (
            "def get():\n    f = None\n    try:\n        f = open(p)\n    except OSError as e:\n        print(e)\n    return f\n",
            " or None",
        ),
        (
            "def get():\n    try:\n        return open(p)\n    except OSError:\n        return None\n",
            " or None",
        ),
        (
            "def get():\n    try:\n        return open(p)\n    except OSError as e:\n        print(e)\n",
            " or None",
        ),
        (
            "def get():\n    try:\n        return open(p)\n    except OSError as e:\n        raise X from e\n",
            "",
        ),
        (
            "import sys\ndef get():\n    try:\n        return open(p)\n    except OSError as e:\n        sys.exit(1)\n",
            "",
        ),
        (
            "def get():\n    while True:\n        try:\n            return open(p)\n        except OSError:\n            continue\n",
            "",
        ),
        (
            "def get():\n    while True:\n        if x: break\n        return open(p)\n",
            " or None",
        ),
        (
            "def get():\n    return open(p) if p else None\n",
            " or None",
        ),
        (
            "def get():\n    if x:\n        return open(p)\n    else:\n        return open(q)\n",
            "",
        ),
        (
            "def get():\n    f = open(p)\n    if f is None or not f.readable():\n        raise X\n    return f\n",
            "",
        ),
        ("get = lambda: open(p)\n", ""),
        ("def inner(): return open(p)\nget = inner\n", ""),
        ("def get():\n    f: IO = open(p)\n    return f\n", ""),
    ];
    for (body, mark) in bodies {
        let dir = project(&[("lib.py", body), ("use.py", "from lib import get\nget()\n")]);
        let name = if body.contains("def inner") {
            "inner"
        } else {
            "get"
        };
        assert_eq!(
            acquired(&dir, "use.py"),
            [format!("get() -> {name}: open{mark}")],
            "{body}"
        );
    }
}

#[test]
fn asynchronous_providers() {
    let dir = project(&[
        (
            "db.py",
            "import aiosqlite, asyncpg\nfrom sqlalchemy.ext.asyncio import create_async_engine, async_sessionmaker, AsyncSession\n\
             from sqlalchemy.orm import sessionmaker\nengine = create_async_engine(u)\nMaker = async_sessionmaker(engine)\n\
             Old = sessionmaker(engine, class_=AsyncSession)\n\
             async def session(): return Maker()\ndef plain(): return Old()\nasync def lite(): return await aiosqlite.connect(p)\n\
             def handle(): return aiosqlite.connect(p)\nasync def pg():\n    conn = await asyncpg.connect(u)\n    return conn\n\
             async def lost(): return asyncpg.connect(u)\n",
        ),
        (
            "use.py",
            "from db import *\nimport db\nsession(); plain(); lite(); handle(); pg(); lost(); db.Maker(); engine.connect()\n",
        ),
    ]);
    let session = "sqlalchemy.ext.asyncio.async_sessionmaker.__call__";
    let connect = "sqlalchemy.ext.asyncio.AsyncEngine.connect";
    assert_eq!(
        acquired(&dir, "use.py"),
        [
            format!("session() -> session: {session} awaited"),
            format!("plain() -> plain: {session}"),
            "lite() -> lite: aiosqlite.connect awaited None".to_string(),
            "handle() -> handle: aiosqlite.connect awaited".to_string(),
            "pg() -> pg: asyncpg.connect awaited".to_string(),
            format!("db.Maker() -> Maker: {session}"),
            format!("engine.connect() -> {connect}: {connect} awaited"),
        ]
    );
}

#[test]
fn names_that_say_enough_only_without_a_definition() {
    let dir = project(&[
        (
            "lib.py",
            "from elsewhere import make\ndef get_db():\n    return make()\nSessionLocal = make()\ndef get_session(): return make()\n",
        ),
        ("empty.py", ""),
        ("broken.py", "x = (\n"),
        (
            "read.py",
            "from lib import get_db, get_session, SessionLocal\nget_db(); get_session(); SessionLocal()\n",
        ),
        (
            "unread.py",
            "from other.db import get_db, get_session as s, get_db_connection\nfrom .none import get_db_session\nimport other\nfrom json import get_connection\nget_db(); s(); get_db_connection(); get_db_session(); other.get_db(); get_connection()\n",
        ),
        (
            "missing.py",
            "from empty import get_db\nfrom broken import get_db_session\nget_db(); get_db_session()\n",
        ),
        (
            "unbound.py",
            "session = get_db()\nclient = get_session()\nself.get_db(); x.get_db()\n",
        ),
    ]);
    assert_eq!(
        acquired(&dir, "read.py"),
        ["SessionLocal() -> SessionLocal: conventional.session by convention"]
    );
    assert_eq!(
        acquired(&dir, "unread.py"),
        [
            "get_db() -> other.db.get_db: conventional.session by convention".to_string(),
            "s() -> other.db.get_session: conventional.session by convention if released".to_string(),
            "get_db_connection() -> other.db.get_db_connection: conventional.connection by convention if released".to_string(),
            format!("get_db_session() -> {}.none.get_db_session: conventional.session by convention", dir_name(&dir)),
            "other.get_db() -> other.get_db: conventional.session by convention".to_string(),
        ]
    );
    assert_eq!(
        acquired(&dir, "missing.py"),
        [
            "get_db() -> empty.get_db: conventional.session by convention",
            "get_db_session() -> broken.get_db_session: conventional.session by convention",
        ]
    );
    assert_eq!(
        acquired(&dir, "unbound.py"),
        [
            "get_db() -> get_db: conventional.session by convention",
            "get_session() -> get_session: conventional.session by convention if released",
        ]
    );
    assert_eq!(alone("def f(get_db):\n    get_db()\n"), [""; 0]);
    assert_eq!(alone("def f():\n    get_db = x\n    get_db()\n"), [""; 0]);
    assert_eq!(alone("for get_db in x: get_db()\n"), [""; 0]);
    assert_eq!(
        alone("f = lambda get_db: get_db()\ng = [open(1) for open in x]\n"),
        [""; 0]
    );
}

fn dir_name(dir: &tempfile::TempDir) -> String {
    dir.path()
        .file_name()
        .expect("a name")
        .to_string_lossy()
        .into_owned()
}

#[test]
fn names_the_user_gives_win() {
    let dir = project(&[
        (
            "lib.py",
            "def make():\n    return shared.thing\nasync def later(): ...\ndef real(): return open(p)\n",
        ),
        (
            "use.py",
            "from lib import make, make as m, later, real\nimport requests\nmake(); m(); later(); real()\nself.make(); requests.Session(); other.real()\n",
        ),
    ]);
    let all = |acquirers: &[&str]| acquired_with(dir.path(), "use.py", acquirers);
    assert_eq!(all(&[]), ["real() -> real: open"]);
    assert_eq!(
        all(&["make"]),
        [
            "make() -> make: named",
            "m() -> make: named",
            "real() -> real: open",
            "self.make() -> make: named"
        ]
    );
    assert_eq!(
        all(&["later"]),
        ["later() -> later: named awaited", "real() -> real: open"]
    );
    assert_eq!(
        all(&["real"]),
        ["real() -> real: open", "other.real() -> real: named"]
    );
    assert_eq!(
        all(&["requests.Session"]),
        [
            "real() -> real: open",
            "requests.Session() -> requests.Session: requests.Session"
        ]
    );
}

#[test]
fn a_text_that_differs_from_the_file_on_disk() {
    let dir = project(&[
        ("a.py", "def get(): return shared\n"),
        ("b.py", "from a import get\ndef again(): return get()\n"),
    ]);
    let text = "from b import again\n\n\ndef get(): return open(p)\nget(); again()\n";
    let mut found = Vec::new();
    each_call(dir.path(), "a.py", text, &[], &mut |names, call, scope| {
        if let Some(acquirer) = names.acquirer(call, scope) {
            found.push(format!("{} {}", call.span.of(text), acquirer.name));
        }
    });
    assert_eq!(
        found,
        ["open(p) open", "get() get"],
        "the text at hand for its own names, the disk for what others say"
    );
}
