use super::*;

fn catalog() -> Catalog {
    match Catalog::load() {
        Ok(catalog) => catalog,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn every_entry_is_consistent() {
    let catalog = catalog();
    let mut ids = HashSet::new();
    for resource in catalog.resources() {
        let id = &resource.id;
        assert!(ids.insert(id.clone()), "{id} stands twice");
        assert!(!resource.release.is_empty(), "{id}: no release");
        assert!(
            !resource.variable.is_empty() && resource.variable.is_ascii(),
            "{id}: variable"
        );
        for name in &resource.acquirers {
            assert!(name.contains('.'), "{id}: {name} is not absolute");
            assert_eq!(&catalog.canonical(name), name, "{id}: {name} is an alias");
        }
        for name in resource.derived.iter().chain(&resource.release) {
            assert!(
                !resource.detached.contains(name) || resource.releases(name),
                "{id}: {name} is derived and detached"
            );
            assert!(
                !resource.attributes.contains(name),
                "{id}: {name} is a method and an attribute"
            );
        }
        match resource.wrap {
            WrapForm::Closing => assert_eq!(
                resource.release[0], "close",
                "{id}: closing() calls close()"
            ),
            WrapForm::AsyncWith => assert!(
                resource.release_async || resource.exit_differs.is_some(),
                "{id}"
            ),
            WrapForm::With | WrapForm::Behind => assert!(
                !resource.release_async && resource.acquire == Acquire::Call,
                "{id}"
            ),
            WrapForm::None => assert!(resource.exit_differs.is_none(), "{id}"),
        }
        if let Some(text) = &resource.exit_differs {
            assert!(
                !text.ends_with('.') && text.starts_with(char::is_lowercase),
                "{id}: {text}"
            );
        }
        let unlisted =
            ["conventional.session", "conventional.connection", "named"].contains(&id.as_str());
        assert_eq!(resource.acquirers.is_empty(), unlisted, "{id}: acquirers");
    }
    assert!(ids.len() > 200, "{} entries", ids.len());
}

/// An entry that is `like` one of these may be taken for one of them by mistake, and its `with` be reported.
#[test]
fn whose_with_leaves_it_open() {
    let catalog = catalog();
    let open: Vec<&str> = catalog
        .resources()
        .filter(|resource| resource.left_open_by_with(resource.wrap))
        .map(|resource| resource.id.as_str())
        .collect();
    assert_eq!(
        open,
        [
            "sqlite3.connect",
            "psycopg2.connect",
            "pyodbc.connect",
            "apsw.Connection"
        ]
    );
    let mut seen = 0;
    for resource in catalog.resources() {
        if resource.enters_self("no_autoflush") {
            assert!(!resource.release_async, "{}", resource.id);
            seen += 1;
        }
    }
    assert!(seen > 2);
}

/// Facts that were found by running the libraries; a slip in the data would turn a fix into a bug.
#[test]
fn the_facts_that_decide_the_form() {
    let catalog = catalog();
    let facts = [
        ("builtins.open", "close", WrapForm::With, Acquire::Call),
        ("pathlib.Path.open", "close", WrapForm::With, Acquire::Call),
        ("zipfile.ZipFile", "close", WrapForm::With, Acquire::Call),
        (
            "tempfile.TemporaryDirectory",
            "cleanup",
            WrapForm::None,
            Acquire::Call,
        ),
        (
            "socket.create_connection",
            "close",
            WrapForm::With,
            Acquire::Call,
        ),
        (
            "urllib.request.urlopen",
            "close",
            WrapForm::With,
            Acquire::Call,
        ),
        (
            "http.client.HTTPConnection",
            "close",
            WrapForm::Closing,
            Acquire::Call,
        ),
        ("sqlite3.connect", "close", WrapForm::Closing, Acquire::Call),
        (
            "psycopg2.connect",
            "close",
            WrapForm::Closing,
            Acquire::Call,
        ),
        ("psycopg.connect", "close", WrapForm::Closing, Acquire::Call),
        ("pyodbc.connect", "close", WrapForm::Closing, Acquire::Call),
        ("pymysql.connect", "close", WrapForm::With, Acquire::Call),
        ("duckdb.connect", "close", WrapForm::With, Acquire::Call),
        (
            "sqlalchemy.orm.Session",
            "close",
            WrapForm::With,
            Acquire::Call,
        ),
        ("sqlmodel.Session", "close", WrapForm::With, Acquire::Call),
        (
            "sqlalchemy.engine.Engine.connect",
            "close",
            WrapForm::With,
            Acquire::Call,
        ),
        (
            "sqlalchemy.ext.asyncio.AsyncSession",
            "close",
            WrapForm::AsyncWith,
            Acquire::Call,
        ),
        (
            "sqlalchemy.ext.asyncio.AsyncEngine.connect",
            "close",
            WrapForm::AsyncWith,
            Acquire::AwaitOrAsyncWith,
        ),
        (
            "aiosqlite.connect",
            "close",
            WrapForm::AsyncWith,
            Acquire::AwaitOrAsyncWith,
        ),
        ("asyncpg.connect", "close", WrapForm::None, Acquire::Await),
        (
            "asyncpg.Pool.acquire",
            "release",
            WrapForm::AsyncWith,
            Acquire::AwaitOrAsyncWith,
        ),
        (
            "psycopg2.pool.ThreadedConnectionPool.getconn",
            "putconn",
            WrapForm::None,
            Acquire::Call,
        ),
        (
            "psycopg_pool.AsyncConnectionPool.getconn",
            "putconn",
            WrapForm::None,
            Acquire::Await,
        ),
        (
            "oracledb.ConnectionPool.acquire",
            "close",
            WrapForm::With,
            Acquire::Call,
        ),
        ("ldap3.Connection", "unbind", WrapForm::None, Acquire::Call),
        (
            "websockets.connect",
            "close",
            WrapForm::AsyncWith,
            Acquire::AwaitOrAsyncWith,
        ),
        (
            "aio_pika.connect_robust",
            "close",
            WrapForm::AsyncWith,
            Acquire::Await,
        ),
        (
            "selenium.webdriver.Chrome",
            "quit",
            WrapForm::With,
            Acquire::Call,
        ),
        ("cv2.VideoCapture", "release", WrapForm::None, Acquire::Call),
        (
            "psycopg.AsyncConnection.connect",
            "close",
            WrapForm::None,
            Acquire::Await,
        ),
        (
            "anyio.open_file",
            "aclose",
            WrapForm::AsyncWith,
            Acquire::Await,
        ),
    ];
    for (name, release, wrap, acquire) in facts {
        let Some(resource) = catalog.resource(name) else {
            panic!("{name} is unknown")
        };
        assert_eq!(
            (
                resource.release[0].as_str(),
                resource.wrap,
                resource.acquire
            ),
            (release, wrap, acquire),
            "{name}"
        );
        assert!(resource.default, "{name} is reported");
    }
    for name in [
        "pymysql.connect",
        "pyodbc.connect",
        "oracledb.connect",
        "smtplib.SMTP",
        "netCDF4.Dataset",
    ] {
        assert!(
            catalog
                .resource(name)
                .is_some_and(|resource| !resource.idempotent_release),
            "{name}: a second release raises"
        );
    }
    for name in [
        "requests.Session",
        "httpx.Client",
        "aiohttp.ClientSession",
        "io.BytesIO",
        "sqlalchemy.create_engine",
        "asyncpg.create_pool",
        "redis.Redis",
        "kafka.KafkaProducer",
        "boto3.client",
        "subprocess.Popen",
        "multiprocessing.Pool",
        "concurrent.futures.ThreadPoolExecutor",
        "os.scandir",
    ] {
        assert!(
            catalog
                .resource(name)
                .is_some_and(|resource| !resource.default),
            "{name} is silent by default"
        );
    }
}

/// Leaving a `with` of these would wait for ever, end what should live on, or begin it twice.
#[test]
fn what_a_with_would_harm_gets_none() {
    let catalog = catalog();
    for name in [
        "subprocess.Popen",
        "asyncio.create_subprocess_exec",
        "multiprocessing.Process",
        "multiprocessing.Pool",
        "multiprocessing.pool.ThreadPool",
        "multiprocessing.managers.SharedMemoryManager",
        "aiokafka.AIOKafkaConsumer",
        "watchdog.observers.Observer",
        "apscheduler.schedulers.background.BackgroundScheduler",
        "io.TextIOWrapper",
    ] {
        assert!(
            catalog
                .resource(name)
                .is_some_and(|resource| resource.wrap == WrapForm::None),
            "{name}"
        );
    }
}

#[test]
fn orm_results_are_never_detached() {
    let catalog = catalog();
    for name in [
        "sqlalchemy.orm.Session",
        "sqlmodel.Session",
        "sqlalchemy.ext.asyncio.AsyncSession",
    ] {
        let Some(resource) = catalog.resource(name) else {
            panic!("{name} is unknown")
        };
        assert_eq!(resource.items, Items::Derived);
        for method in [
            "get", "all", "first", "one", "scalars", "scalar", "execute", "query", "fetchall",
        ] {
            assert!(!resource.detaches(method), "{name}.{method}");
        }
        assert!(resource.detaches("count") && resource.detaches("commit"));
    }
}

#[test]
fn other_names_of_a_class_are_the_same() {
    let catalog = catalog();
    assert_eq!(
        catalog.canonical("sqlalchemy.engine.base.Engine.connect"),
        "sqlalchemy.engine.Engine.connect"
    );
    assert_eq!(catalog.canonical("os.path.join"), "os.path.join");
    assert!(catalog.resource("sqlalchemy.orm.session.Session").is_some());
    assert!(catalog.resource("sqlalchemy.Engine.connect").is_some());
    assert!(catalog.resource("app.Session").is_none());
}

#[test]
fn types_of_calls_and_attributes() {
    let catalog = catalog();
    let none = |_: &str, _: usize| None;
    let is_async = |keyword: &str, _: usize| {
        (keyword == "class_").then(|| "sqlalchemy.ext.asyncio.session.AsyncSession".to_string())
    };
    let call = |name, argument: &dyn Fn(&str, usize) -> Option<String>| {
        catalog.type_of_call(name, argument)
    };
    assert_eq!(
        call("sqlalchemy.engine.create_engine", &none).as_deref(),
        Some("sqlalchemy.engine.Engine")
    );
    assert_eq!(
        call("sqlalchemy.orm.sessionmaker", &none).as_deref(),
        Some("sqlalchemy.orm.sessionmaker")
    );
    assert_eq!(
        call("sqlalchemy.orm.sessionmaker", &is_async).as_deref(),
        Some("sqlalchemy.ext.asyncio.async_sessionmaker")
    );
    assert_eq!(
        call("sqlite3.connect", &none).as_deref(),
        Some("sqlite3.Connection")
    );
    assert_eq!(call("os.getcwd", &none), None);
    assert_eq!(
        catalog
            .type_of_attribute("pathlib.PosixPath.parent")
            .as_deref(),
        Some("pathlib.Path")
    );
    assert_eq!(
        catalog.type_of_operator("pathlib.Path", "/").as_deref(),
        Some("pathlib.Path")
    );
    assert_eq!(catalog.type_of_operator("pathlib.Path", "+"), None);
}

#[test]
fn callables_and_conventions() {
    let catalog = catalog();
    assert_eq!(catalog.callable("builtins.len"), Some(Callable::Copies));
    assert_eq!(catalog.callable("json.load"), Some(Callable::Eager));
    assert_eq!(catalog.callable("csv.reader"), Some(Callable::Lazy));
    assert_eq!(catalog.callable("threading.Thread"), Some(Callable::Keeps));
    assert_eq!(catalog.callable("app.f"), None);
    assert_eq!(catalog.method("enter_context"), Some(Callable::Keeps));
    assert!(catalog.lazy_keyword("chunksize"));
    assert!(
        catalog
            .convention("get_db")
            .is_some_and(|convention| !convention.if_released)
    );
    assert!(
        catalog
            .convention("get_session")
            .is_some_and(|convention| convention.if_released)
    );
    assert!(catalog.convention("get_client").is_none());
    assert!(catalog.is_builtin("open") && !catalog.is_builtin("Session"));
    assert!(catalog.is_stdlib("asyncio") && !catalog.is_stdlib("sqlalchemy"));
}
