"""What other modules do with a resource that they are given."""
import functools
from contextlib import asynccontextmanager, closing, contextmanager

from sqlalchemy.orm import Session
from work import apply, cond, items, keep, register, step

from .holders import Keeper, Wrapper

CACHE = {}
LAST = None
KEPT = []


# They use it.


def ping(res):
    res.ping()


def ping_if(res, flag=True):
    if flag and cond("ping"):
        return
    res.ping()


def ping_deep(res):
    step("deep")
    return ping(res)


def ping_each(*resources):
    for res in resources:
        res.ping()


def ping_named(first, *, res, **more):
    res.ping()


def ping_inside(res):
    def inner():
        res.ping()

    inner()


def ping_in_loop(res):
    for x in items("kit"):
        res.ping()


def ping_again(res, times=1):
    res.ping()
    if times:
        ping_again(res, times - 1)


def label_of(res):
    return str(res.name)


def called_now(res):
    apply(lambda: res.ping())


def in_transaction(res, work=step):
    try:
        work("inside")
        res.commit()
    except Exception:
        res.rollback()
        raise


# They return what comes from it.


def count_of(res):
    return len(res.execute("q").all())


def rows_of(res):
    return res.execute("q").all()


def lazy_of(res):
    rows = res.execute("q")
    return rows


def first_of(res):
    return res.execute("q").first()


def names_of(res):
    return [str(row.name) for row in res.execute("q")]


def each_of(res):
    for row in res.execute("q"):
        yield row.name


def each_from(res):
    yield from each_of(res)


def names_later(res):
    return (str(row.name) for row in res.execute("q"))


def filled(res, into):
    into.append(res.execute("q"))
    return into


# They return it.


def configure(res):
    res.ping()
    return res


def through(res):
    step("through")
    return configure(res)


def renamed(res):
    other = res
    other.ping()
    return other


def same_or_none(res):
    if cond("none"):
        return None
    return res


def same_or_new(res):
    if cond("new"):
        return Session("other")
    return res


def same_or_given(res=None):
    return res or Session("other")


def with_number(res):
    return res, 1


def in_list(res):
    return [res]


def wrapped(res):
    return Wrapper(res)


def wrapped_under_its_name(res):
    res = Wrapper(res)
    return res


def rebound_inside(res):
    res = res.execute("q")
    return res


def method_of(res):
    return res.ping


def later_of(res):
    return lambda: res.ping()


def later_by_default(res):
    return lambda res=res: res.ping()


def later_inside(res):
    def inner():
        res.ping()

    return inner


def partial_of(res):
    return functools.partial(ping, res)


# They keep it.


def remember(res):
    global LAST
    LAST = res


def note_down(res):
    CACHE["last"] = res


def collect(res):
    KEPT.append(res)


def note_if(res):
    if cond("note"):
        CACHE["sometimes"] = res


def note_deep(res):
    step("deep")
    note_down(res)


def note_renamed(res):
    other = res
    other.ping()
    KEPT.append(other)


def note_boxed(res):
    CACHE["box"] = [res]


def note_wrapped(res):
    CACHE["wrapped"] = Wrapper(res)


def note_method(res):
    CACHE["method"] = res.ping


def note_rows(res):
    CACHE["rows"] = res.execute("q")


def note_rows_renamed(res):
    res = res.execute("q")
    CACHE["rows"] = res


def tell(app, res):
    app.told = res


def keep_it(res):
    keep(res)


def keep_in_object(res):
    return Keeper(res)


def hand_on(res, to=keep):
    to(res)


def use_later(res):
    register(lambda: ping(res))


def mark(res):
    res.mark = "seen"


# They close it.


def finish(res):
    res.close()


def finish_maybe(res):
    if cond("finish"):
        res.close()


def finish_deep(res):
    step("deep")
    finish(res)


def finish_quietly(res):
    try:
        res.close()
    except Exception:
        step("quiet")


def finish_finally(res):
    try:
        res.ping()
    finally:
        res.close()


def finish_with(res):
    with closing(res) as it:
        it.ping()


def finish_renamed(res):
    other = res
    other.close()


def finish_each(*resources):
    for res in resources:
        res.close()


def finish_and_count(res):
    number = count_of(res)
    res.close()
    return number


def finish_later(res):
    register(res.close)


def finish_on(stack, res):
    stack.callback(res.close)


def enter_on(stack, res):
    return stack.enter_context(closing(res))


async def finish_soon(res):
    await res.close()


async def ping_soon(res):
    res.ping()


async def rows_soon(res):
    return await res.execute("q")


async def lazy_soon(res):
    return await res.stream("q")


async def each_row_soon(res):
    async for row in rows_async(res):
        yield row


async def rows_async(res):
    yield await res.scalar("q")


async def note_soon(res):
    CACHE["soon"] = res


# They are blocks around it.


@contextmanager
def transaction(res):
    try:
        yield res
        res.commit()
    except Exception:
        res.rollback()
        raise


@contextmanager
def watched(res):
    step("watch")
    yield
    res.ping()


@contextmanager
def finishing(res):
    try:
        yield res
    finally:
        res.close()


@contextmanager
def rows_in(res):
    yield res.execute("q")


@asynccontextmanager
async def transaction_soon(res):
    yield res
    await res.commit()


class Tools:
    """Methods of all kinds, which do the same."""

    def __init__(self):
        self.last = None

    def ping(self, res):
        res.ping()

    def rows(self, res):
        return res.execute("q")

    def configure(self, res):
        return res

    def note(self, res):
        self.last = res

    def finish(self, res):
        res.close()

    @staticmethod
    def ping_static(res):
        res.ping()

    @staticmethod
    def finish_static(res):
        res.close()

    @classmethod
    def ping_class(cls, res):
        res.ping()

    @classmethod
    def note_class(cls, res):
        CACHE["class"] = res

    @classmethod
    def wrapped_class(cls, res):
        return Wrapper(res)


tools = Tools()


# What they are given comes from a resource.


def first_row(rows):
    for row in rows:
        return row


def texts(rows):
    return [str(row) for row in rows]


def still(rows):
    return rows


def rows_wrapped(rows):
    return Wrapper(rows)


def keep_rows(rows):
    CACHE["given"] = rows


def each_row(rows):
    for row in rows:
        yield row


def later_rows(rows):
    register(lambda: list(rows))
