"""A decorator that opens a session for a coroutine function and closes it at its end.

Sessions come from `provider_module.open_session`.

A function asks for one with a parameter that is given by keyword:

    @with_session
    async def owner(account_id: int, *, session: AsyncSession = INJECTED) -> str:
        return (await session.get(Account, account_id)).owner

    await owner(1)  # opens a session, and closes it
    await owner(1, session=session)  # works with this one, and leaves it open

It is for coroutine functions and methods. `@staticmethod`, `@classmethod` and what
registers a function somewhere stand above it. What is returned must not need the
session any more: rows that load something later do.
"""

# From `unleak scaffold with-session PROVIDER`.

from __future__ import annotations

import functools
import inspect
from contextlib import closing
from typing import Any, Callable, Coroutine, TypeVar, cast

from provider_module import open_session

# The decorated function is of the same type: callers may leave the session out, because
# it has a default, and give one that the type checker looks at.
Function = TypeVar("Function", bound=Callable[..., Coroutine[Any, Any, Any]])

# The default of the parameter. It fits every annotation, for no function ever sees it.
INJECTED: Any = None


def with_session(function: Function) -> Function:
    """Give `function` a session of its own at each call that brings none."""
    _check(function)

    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("session") is not None:
            return await function(*args, **kwargs)
        with closing(open_session()) as session:
            kwargs["session"] = session
            return await function(*args, **kwargs)

    return cast(Function, wrapper)


def _check(function: Callable[..., Any]) -> None:
    if not inspect.iscoroutinefunction(function):
        raise TypeError(f"{function} is no `async def` that returns")
    parameter = inspect.signature(function).parameters.get("session")
    if parameter is None or parameter.kind is not parameter.KEYWORD_ONLY:
        raise TypeError(f"{function} needs a parameter `session` behind a `*`")
