"""The fixtures of a project that wants to know which test leaves a connection checked out."""

import gc
import os
import tempfile
from pathlib import Path

import pytest

os.environ["LEAKY_APP_DATA"] = tempfile.mkdtemp()

import drive  # noqa: E402
from leaky_app.core import engine, get_db  # noqa: E402
from leaky_app.core.async_db import async_engine  # noqa: E402
from pool_monitor import leak_fixture  # noqa: E402

gc.disable()
drive.prepare(Path(os.environ["LEAKY_APP_DATA"]))

connections_come_back = leak_fixture(engine, async_engine)


def pytest_runtest_logfinish():
    """Makes the connections that a test left out no business of the next."""
    async_engine.sync_engine.dispose(close=False)
    engine.dispose()
    gc.collect()


@pytest.fixture(scope="module")
def long_lived():
    """A session that all tests of a module share."""
    with get_db() as session:
        yield session


@pytest.fixture
def short_lived():
    """A session for one test."""
    with get_db() as session:
        yield session
