"""Failures that cost the other side nothing aren't counted, for a while: locks, refusals, servers that start."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
import redis
import requests
import sqlalchemy

from poetc.runtime import attempts as attempts_module
from poetc.runtime import retry_state as state_module
from poetc.runtime.retry_forms import AnyRetry as Retry
from poetc.runtime.testing import testing
from poetc.runtime.transient import LOCKED_SECONDS, REFUSED_SECONDS, uncounted_seconds


def original() -> None:
    """The function that the retries belong to."""


class State(Exception):
    def __init__(self, sqlstate: str) -> None:
        super().__init__("refused")
        self.sqlstate = sqlstate


class Speechless(Exception):
    def __str__(self) -> str:
        raise RuntimeError


def wrapped(error: Exception) -> Exception:
    """As clients do: their own error, raised while handling the system's."""
    try:
        try:
            raise error
        except Exception:
            raise redis.ConnectionError("connecting")  # noqa: B904
    except redis.ConnectionError as outer:
        return outer


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (ConnectionRefusedError(), REFUSED_SECONDS),
        (wrapped(ConnectionRefusedError()), REFUSED_SECONDS),
        (redis.BusyLoadingError("loading"), REFUSED_SECONDS),
        (psycopg.OperationalError("connection to server failed: Connection refused"), REFUSED_SECONDS),
        (psycopg.OperationalError("FATAL:  the database system is starting up"), REFUSED_SECONDS),
        (State("57P03"), REFUSED_SECONDS),
        (State("55P03"), LOCKED_SECONDS),
        (sqlalchemy.exc.OperationalError("SELECT", {}, State("55P03")), LOCKED_SECONDS),
        (wrapped(ConnectionResetError()), 0.0),
        (ConnectionResetError(), 0.0),
        (TimeoutError(), 0.0),
        (State("40001"), 0.0),
        (Speechless(), 0.0),
        (requests.ConnectionError(), 0.0),
    ],
    ids=repr,
)
def test_patience_by_error(error: Exception, seconds: float) -> None:
    """Only errors that say that nothing was done have some."""
    assert uncounted_seconds(error) == seconds


@contextmanager
def locked(path: Path, seconds: float) -> Iterator[None]:
    """Somebody else's exclusive lock."""
    taken = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            taken.set()
            time.sleep(seconds)
            other.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    yield
    thread.join()


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE orders (id)")
        connection.commit()
    return path


def count(path: Path) -> int:
    """A read that doesn't wait itself."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        return int(connection.execute("SELECT count(*) FROM orders").fetchone()[0])


def test_lock_that_lasts_longer_than_three_attempts(orders: Path) -> None:
    """Three attempts would be over in some hundredths of a second; of more, some wait long enough."""
    with locked(orders, 0.3):
        assert Retry(original, attempts=3, first=0.02, most=1.0)(count)(orders) == 0


def test_lock_without_attempts(orders: Path) -> None:
    """`retries=0` means none, however patient."""
    with locked(orders, 0.1), pytest.raises(sqlite3.OperationalError, match="locked"):
        Retry(original, attempts=1)(count)(orders)


def test_lock_that_is_never_let_go(orders: Path) -> None:
    """The budget ends it."""
    with locked(orders, 1.0), pytest.raises(sqlite3.OperationalError) as caught:
        Retry(original, attempts=3, first=0.02, most=0.05, budget=0.3)(count)(orders)
    assert " attempts in 0." in caught.value.__notes__[0]


def test_testing_mode_has_no_patience(orders: Path) -> None:
    """In tests attempts are at most as many as they were set to, and never more than without."""
    with testing(2), locked(orders, 0.2), pytest.raises(sqlite3.OperationalError) as caught:
        Retry(original, attempts=3)(count)(orders)
    assert ": 2 attempts in " in caught.value.__notes__[0]
    with testing(9), locked(orders, 0.2), pytest.raises(sqlite3.OperationalError) as caught:
        Retry(original, attempts=3)(count)(orders)
    assert ": 3 attempts in " in caught.value.__notes__[0]


@pytest.mark.parametrize("tick", [0.0, -1.0, 0.001])
def test_clock_that_hardly_moves(monkeypatch: pytest.MonkeyPatch, tick: float) -> None:
    """However the clock goes, attempts end."""
    now = [1000.0]

    def monotonic() -> float:
        now[0] += tick
        return now[0]

    monkeypatch.setattr("poetc.runtime.retry.monotonic", monotonic)
    monkeypatch.setattr(state_module, "monotonic", monotonic)
    monkeypatch.setattr(attempts_module, "pause", lambda seconds: None)
    attempts = []

    def refused() -> None:
        attempts.append(1)
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        Retry(original)(refused)()
    assert 3 <= len(attempts) <= 20
