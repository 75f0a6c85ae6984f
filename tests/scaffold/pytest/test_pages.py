"""Tests of leaky_app as people write them: none of them looks at connections."""

import asyncio

import pytest
from leaky_app.jobs import feed
from leaky_app.services import orders, risk
from leaky_app.ui import pages
from sqlmodel import text


def test_closes_what_it_opens():
    assert pages.overview().endswith("open orders")


def test_leaves_a_session_open():
    assert orders.cancel_order(99) == "unknown"


def test_throws_a_connection_away():
    assert risk.limit_breaches(1e9) == []


def test_leaves_two_open():
    with pytest.raises(AttributeError):
        orders.compare_accounts(1, 99)


def test_leaves_an_asynchronous_session_open():
    with pytest.raises(AttributeError):
        asyncio.run(feed.last_close("NONE"))


def test_shares_a_session(long_lived):
    assert long_lived.exec(text("SELECT 1")).one()


def test_has_a_session(short_lived):
    assert short_lived.exec(text("SELECT 1")).one()


def test_never_asks_the_database():
    assert risk.SessionLocal().is_active
