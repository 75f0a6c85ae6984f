"""A decorator that opens a session for a function and closes it when it is left.

Sessions come from `provider_module.open_session`.

A function asks for one with a parameter that is given by keyword:

    @with_session
    def owner(account_id: int, *, session: Session = INJECTED) -> str:
        return session.get(Account, account_id).owner

    owner(1)  # opens a session, and closes it
    owner(1, session=session)  # works with this one, and leaves it open

It is for functions, methods and coroutine functions. `@staticmethod`, `@classmethod`,
`@property` and what registers a function somewhere stand above it. What is returned
must not need the session any more: rows that load something later do.
"""

# From `unleak scaffold with-session PROVIDER`.

from __future__ import annotations

import functools
import inspect
from contextlib import closing
from typing import Any, Callable, TypeVar, cast

from provider_module import open_session

# The decorated function is of the same type: callers may leave the session out, because
# it has a default, and give one that the type checker looks at.
Function = TypeVar("Function", bound=Callable[..., Any])

# The default of the parameter. It fits every annotation, for no function ever sees it.
INJECTED: Any = None


def with_session(function: Function) -> Function:
    """Give `function` a session of its own at each call that brings none."""
    _check(function)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def coroutine(*args: Any, **kwargs: Any) -> Any:
            if kwargs.get("session") is not None:
                return await function(*args, **kwargs)
            with closing(open_session()) as session:
                kwargs["session"] = session
                return await function(*args, **kwargs)

        return cast(Function, coroutine)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if kwargs.get("session") is not None:
            return function(*args, **kwargs)
        with closing(open_session()) as session:
            kwargs["session"] = session
            return function(*args, **kwargs)

    return cast(Function, wrapper)


def _check(function: Callable[..., Any]) -> None:
    # A generator runs when its caller has got it, and the session would be closed.
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        raise TypeError(f"{function} is a generator, which opens its session itself")
    parameter = inspect.signature(function).parameters.get("session")
    if parameter is None or parameter.kind is not parameter.KEYWORD_ONLY:
        raise TypeError(f"{function} needs a parameter `session` behind a `*`")
