"""Calls what the scaffolded decorators made of functions, in tests/scaffold/project."""

import asyncio
import inspect
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from shop import db, typed
from shop.typed import Till
from shop.with_feed_of_work import with_session as with_feed_of_work
from shop.with_get_feed import with_session as with_get_feed
from shop.with_own_class import with_session as with_own_class
from shop.with_same_name import with_session as with_same_name
from shop.with_session import INJECTED, with_session
from shop.with_unit import with_session as with_unit
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session


def out():
    """How many connections are out."""
    return db.engine.pool.checkedout() + db.async_engine.pool.checkedout()


@pytest.fixture(autouse=True)
def everything_is_closed():
    """Before and after each test."""
    assert out() == 0
    yield
    assert out() == 0


def test_callers_write_what_they_wrote():
    assert typed.doubled(21) == typed.doubled(number=21) == 42
    assert typed.doubled(*[21]) == typed.doubled(**{"number": 21}) == 42
    assert typed.doubled(21, session=None) == 42
    assert asyncio.run(typed.doubled_later(21)) == 42
    assert typed.archived(7) == 7


def test_methods_of_all_sorts():
    till = Till()
    assert till.total(1) == Till.total(till, 1) == 3
    assert till.total(1, 2, 3) == 18
    assert till.of_class(2) == Till.of_class(2) == 6
    assert till.plain(2) == Till.plain(2) == 2
    assert till.one == 1


def test_a_session_that_is_given_stays_open():
    with Session(db.engine) as session:
        assert typed.doubled(21, session=session) == 42
        assert Till().total(1, session=session) == 3
        assert asyncio.run(typed.doubled_later(21, session=session)) == 42
        assert session.in_transaction() and out() == 1


def test_a_session_of_its_own_is_closed_whatever_happens():
    seen = []

    @with_session
    def fails(*, session=INJECTED):
        session.execute(text("SELECT 1"))
        seen.append(session)
        assert out() == 1
        raise LookupError("on purpose")

    for _ in range(2):
        with pytest.raises(LookupError, match="on purpose"):
            fails()
        assert out() == 0
    assert seen[0] is not seen[1]
    assert [type(one) for one in seen] == [Session, Session]


def test_each_thread_and_each_recursion_has_its_own():
    together = threading.Barrier(3)

    @with_session
    def number(depth, *, session=INJECTED):
        session.execute(text("SELECT 1"))
        together.wait(10)
        return {id(session)} | (number(depth - 1) if depth else set())

    with ThreadPoolExecutor(3) as executor:
        found = list(executor.map(number, [1, 1, 1]))
    assert [len(one) for one in found] == [2, 2, 2]


def test_a_cancelled_coroutine_closes():
    @with_get_feed
    async def waits(*, session=INJECTED):
        await session.execute(text("SELECT 1"))
        await asyncio.sleep(60)

    async def main():
        task = asyncio.create_task(waits())
        while not out():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert out() == 0
        await db.async_engine.dispose()

    asyncio.run(main())


@pytest.mark.parametrize("decorator", [with_get_feed, with_feed_of_work])
def test_asynchronous_providers(decorator):
    kinds = []

    @decorator
    async def one(number, *, session=INJECTED):
        kinds.append(type(session))
        return await session.scalar(text("SELECT :n"), {"n": number})

    async def main():
        result = [await one(5), await typed.fed(6)]
        async with AsyncSession(db.async_engine) as session:
            result.append(await one(7, session=session))
            assert out() == 1
        await db.async_engine.dispose()
        return result

    assert asyncio.run(main()) == [5, 6, 7]
    assert kinds == [AsyncSession, AsyncSession]


@pytest.mark.parametrize(
    ("decorator", "kind"),
    [(with_unit, Session), (with_own_class, db.ShopSession), (with_same_name, Session)],
)
def test_other_providers(decorator, kind):
    @decorator
    def one(*, session=INJECTED):
        return session.scalar(text("SELECT 1")), type(session)

    assert one() == (1, kind)


def test_the_function_is_still_known():
    assert typed.doubled.__name__ == "doubled"
    assert typed.doubled.__doc__ == "Twice a number, as the database sees it."
    assert str(inspect.signature(typed.doubled)).startswith("(number: 'int', *, session:")
    assert inspect.iscoroutinefunction(typed.fed)
    assert inspect.iscoroutinefunction(typed.doubled_later)


def test_what_it_cannot_do_it_refuses():
    def generator(*, session=INJECTED):
        yield session

    async def lazy(*, session=INJECTED):
        yield session

    def positional(session=INJECTED):
        return session

    def without():
        return 1

    for function in (generator, lazy):
        with pytest.raises(TypeError, match="is a generator"):
            with_session(function)
    for function in (positional, without):
        with pytest.raises(TypeError, match="needs a parameter `session` behind a `\\*`"):
            with_session(function)
    for function in (generator, lazy, without):
        with pytest.raises(TypeError, match="is no `async def` that returns"):
            with_get_feed(function)
