"""The fakes: resources, what comes from them, and the helpers of the module `work`."""

import sys
import types

from world import CURRENT, DetachedError, ReleaseFailed, by_generator, canon, hand_on, position, touch


class Val:
    """A plain value: needs no resource, but its arithmetic can raise."""

    is_fake = True

    def __init__(self, label):
        self.label = label

    def __add__(self, other):
        touch(f"{self.label} + {canon(other)}")
        return Val(f"({self.label}+)")

    def __getitem__(self, index):
        touch(f"{self.label}[{canon(index)}]")
        return Val(f"{self.label}[{canon(index)}]")

    def __len__(self):
        return 2

    def __eq__(self, other):
        return isinstance(other, Val) and other.label == self.label

    def __hash__(self):
        return hash(self.label)

    def __repr__(self):
        return self.label

    @property
    def name(self):
        touch(f"{self.label}.name")
        return f"{self.label}.name"

    def upper(self):
        touch(f"{self.label}.upper()")
        return Val(f"{self.label}.upper")


class Resource:
    """Something that has to be released."""

    is_fake = is_resource = True
    kind = "?"
    reopens = False
    plain_items = True  # what its results yield does not need it
    twice_raises = False
    closed_error = ValueError

    def __init__(self, *args, **kwargs):
        touch(f"acquire {self.kind}{canon(args)}{canon(kwargs) if kwargs else ''}")
        world = CURRENT[0]
        self.rid = len(world.resources)
        self.label = f"{self.kind}#{self.rid}"
        self.open = True
        self.closings = 0
        self.pending = 0
        self.at = position()
        world.resources.append(self)

    def __repr__(self):
        return self.label

    def _use(self, text, opens=True):
        was_open = self.open
        touch(f"{self.label}.{text}", self.rid, was_open)
        if not was_open:
            if not self.reopens:
                raise self.closed_error(f"{self.kind} is closed")
            self.open = opens

    def _release(self):
        world = CURRENT[0]
        index = world.releases
        world.releases = index + 1
        was_open = self.open
        how = " by its generator" if by_generator() else ""
        world.log.append(("R", f"release {self.label}{how}", self.rid, was_open))
        self.open = False
        self.closings += 1
        self.pending = 0
        if index == world.release_fail:
            raise ReleaseFailed(f"release {index}")
        if not was_open and self.twice_raises:
            raise self.closed_error("Already closed")

    def _derive(self, text):
        self._use(text)
        return Derived(self, f"{self.label}.{text}")

    def close(self):
        self._release()

    def __enter__(self):
        if not self.open and not self.reopens:
            raise self.closed_error(f"{self.kind} is closed")
        return self

    def __exit__(self, *exc):
        self._release()

    def __bool__(self):
        CURRENT[0].log.append(("G", f"bool {self.label}", self.rid, self.open))
        return True

    @property
    def closed(self):
        CURRENT[0].log.append(("G", f"closed {self.label}", self.rid, self.open))
        return not self.open

    @property
    def name(self):
        self._use("name", opens=False)
        return Val(f"{self.label}.name")

    bind = name

    def ping(self):
        self._use("ping()")

    def commit(self):
        self._use(f"commit[{self.pending}]", opens=False)
        self.pending = 0

    def rollback(self):
        self._use(f"rollback[{self.pending}]", opens=False)
        self.pending = 0

    def flush(self):
        self._use("flush()", opens=False)

    def execute(self, *args):
        derived = self._derive(f"execute{canon(args)}")
        self.pending += 1
        return derived


class Derived:
    """A query, cursor, row or iterator: good only as long as its resource has not been closed since."""

    is_fake = True

    def __init__(self, parent, label):
        self.parent = parent
        self.label = label
        self.closings = parent.closings
        self.done = False

    def __repr__(self):
        return self.label

    def _use(self, text):
        parent = self.parent
        valid = parent.open and self.closings == parent.closings and not self.done
        touch(f"{self.label}.{text}", parent.rid, valid)
        if not valid:
            raise (DetachedError if parent.reopens else parent.closed_error)(f"{self.label} is closed")

    def _derive(self, text):
        self._use(text)
        return Derived(self.parent, f"{self.label}.{text}")

    def _plain(self, text):
        self._use(text)
        return Val(f"{self.label}.{text}")

    def _item(self, text):
        return Val(f"{self.label}.{text}") if self.parent.plain_items else Derived(self.parent, f"{self.label}.{text}")

    def __iter__(self):
        for index in range(2):
            self._use(f"next{index}")
            yield self._item(f"next{index}")

    def __next__(self):
        return self._plain("__next__")

    def next(self):
        return self._plain("next")

    def all(self):
        self._use("all")
        return [self._item(f"row{i}") for i in range(2)]

    def first(self):
        self._use("first")
        return self._item("first")

    def filter(self, *args):
        return self._derive("filter")

    def execute(self, *args):
        self._use(f"execute{canon(args)}")
        return self

    def count(self):
        self._use("count")
        return 2

    def scalar(self):
        return self._plain("scalar")

    def fetchall(self):
        self._use("fetchall")
        return [("a", 1), ("b", 2)]

    def fetchone(self):
        self._use("fetchone")
        return ("a", 1)

    @property
    def name(self):
        return self._plain("name")

    # Cursors may be closed, by hand or by `with`; that is no release of their connection.
    def close(self):
        CURRENT[0].log.append(("G", f"close {self.label}", -1, True))
        self.done = True

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Session(Resource):
    """SQLAlchemy: works on after close(), and then has a connection again; close() throws pending work away."""

    kind = "Session"
    reopens = True
    plain_items = False

    @property
    def no_autoflush(self):
        self._use("no_autoflush", opens=False)
        return Inner(self, "no_autoflush", self)

    def begin(self):
        return Inner(self, "begin()")

    def begin_nested(self):
        return Inner(self, "begin_nested()")

    def add(self, row):
        self._use(f"add({canon(row)})")
        self.pending += 1

    def query(self, *args):
        return self._derive(f"query{canon(args)}")

    def exec(self, *args):
        return self._derive(f"exec{canon(args)}")

    def get(self, *args):
        return self._derive(f"get{canon(args)}")

    def scalar(self, *args):
        self._use(f"scalar{canon(args)}")
        return Val(f"{self.label}.scalar")


class Inner:
    """A context manager of a resource that leaves it open: entering and leaving touch it."""

    is_fake = True

    def __init__(self, parent, label, given=None):
        parent._use(label, opens=False)
        self.parent = parent
        self.label = f"{parent.label}.{label}"
        self.given = given or self

    def __enter__(self):
        self.parent._use(f"{self.label} entered")
        return self.given

    def __exit__(self, *exc):
        self.parent._use(f"{self.label} left", opens=False)

    def ping(self):
        self.parent._use(f"{self.label}.ping()")


class sessionmaker:
    """Makes sessions."""

    def __init__(self, bind=None, **options):
        self.bind = bind

    def __call__(self, **options):
        return Session(self.bind, **options)


class TransactionOnExit(Resource):
    """sqlite3 and psycopg2: leaving `with` ends the transaction and closes nothing."""

    def __exit__(self, kind, *rest):
        (self.commit if kind is None else self.rollback)()

    def cursor(self):
        return self._derive("cursor()")


class SqliteError(Exception):
    """sqlite3.ProgrammingError."""


class Sqlite(TransactionOnExit):
    kind = "sqlite3"
    closed_error = SqliteError


class Psycopg(TransactionOnExit):
    kind = "psycopg2"
    closed_error = SqliteError


class Pymysql(Resource):
    kind = "pymysql"
    closed_error = SqliteError
    twice_raises = True

    def cursor(self):
        return self._derive("cursor()")


class File(Resource):
    kind = "file"

    def read(self, *args):
        self._use("read()")
        return Val(f"{self.label}.read")

    def readlines(self):
        self._use("readlines()")
        return ["a\n", "b\n"]

    def readline(self):
        self._use("readline()")
        return "a\n"

    def write(self, text):
        self._use(f"write({canon(text)})")
        return 1

    def seek(self, offset):
        self._use(f"seek({offset})")
        return 0

    def __iter__(self):
        return self

    def __next__(self):
        turn = CURRENT[0].turns
        turn[self.rid] = turn.get(self.rid, 0) + 1
        self._use("next()")
        if turn[self.rid] > 2:
            raise StopIteration
        return f"line {turn[self.rid]}\n"


class AsyncSession(Resource):
    """Everything that talks to the database is awaited; a close() that is not awaited does nothing."""

    kind = "AsyncSession"
    reopens = True
    plain_items = False
    __enter__ = None
    __exit__ = None

    async def close(self):
        self._release()

    aclose = close

    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        self._release()

    def add(self, row):
        self._use(f"add({canon(row)})")
        self.pending += 1

    async def execute(self, *args):
        self._use(f"execute{canon(args)}")
        self.pending += 1
        return Val(f"{self.label}.execute")

    async def stream(self, *args):
        return self._derive(f"stream{canon(args)}")

    async def scalar(self, *args):
        self._use(f"scalar{canon(args)}")
        return Val(f"{self.label}.scalar")

    async def commit(self):
        Resource.commit(self)

    async def rollback(self):
        Resource.rollback(self)

    async def flush(self):
        Resource.flush(self)


class Lock:
    """A foreign context manager whose entering and leaving are events."""

    def __init__(self, label):
        touch(f"lock({label!r})")
        self.label = label

    def __enter__(self):
        touch(f"lock {self.label} entered")
        return self

    def __exit__(self, *exc):
        touch(f"lock {self.label} left")


def step(*args):
    """Any work."""
    hand_on(*args)
    touch("step" + canon(args))
    return Val(f"step{canon(args[:1])}")


async def astep(*args):
    """Any work that is awaited."""
    return step(*args)


def cond(label):
    """A condition: the schedule decides."""
    touch(f"cond({label!r})")
    world = CURRENT[0]
    index = world.asked
    world.asked = index + 1
    return index < len(world.bits) and world.bits[index]


def items(label):
    """Two things to loop over, or none."""
    return [] if cond(label) else [Val(f"{label}0"), Val(f"{label}1")]


def more(label):
    """A condition that holds twice."""
    touch(f"more({label!r})")
    turns = CURRENT[0].turns
    turns[label] = turns.get(label, 0) + 1
    return turns[label] <= 2


def apply(function):
    """Calls at once."""
    hand_on(function)
    touch("apply")
    return function()


def register(function):
    """Calls when the generated function is over."""
    hand_on(function)
    touch("register")
    CURRENT[0].deferred.append(function)


def keep(value):
    """Keeps what it is given."""
    hand_on(value)
    touch(f"keep({canon(value)})")
    list.append(CURRENT[0].app.pool, value)


def _module(name, **names):
    module = types.ModuleType(name)
    vars(module).update(names)
    return module


def install():
    """Put the fakes where the generated modules import them from."""
    fakes = {
        "work": dict(step=step, astep=astep, cond=cond, items=items, more=more, apply=apply, register=register, keep=keep, Lock=Lock),
        "sqlalchemy": dict(create_engine=lambda url: Val("engine")),
        "sqlalchemy.orm": dict(Session=Session, sessionmaker=sessionmaker),
        "sqlalchemy.ext": {},
        "sqlalchemy.ext.asyncio": dict(AsyncSession=AsyncSession),
        "sqlite3": dict(connect=Sqlite, Connection=Sqlite, Error=SqliteError),
        "pytest": dict(fixture=lambda function: function),
        "psycopg2": dict(connect=Psycopg, Error=SqliteError),
        "pymysql": dict(connect=Pymysql, Error=SqliteError),
    }
    for name, names in fakes.items():
        sys.modules[name] = _module(name, **names)
