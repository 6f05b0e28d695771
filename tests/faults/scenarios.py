"""Faults on purpose, each against a real server: what one contender's functions make of them."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from contenders import DEADLINE, PATIENT
from database_servers import PostgresServer, RedisServer
from http_server import FaultyServer


@dataclass(slots=True)
class Row:
    """What one contender made of one scenario."""

    calls: int = 0
    right: int = 0
    duplicates: int = 0
    slowest: float = 0.0
    budget: float = PATIENT
    errors: dict[str, int] = field(default_factory=dict)

    def call(self, work: Callable[[], object], wanted: object) -> None:
        """Make one call and judge it."""
        began = time.monotonic()
        try:
            found = work()
        except Exception as error:
            found = error
            name = type(error).__name__
            self.errors[name] = self.errors.get(name, 0) + 1
        took = time.monotonic() - began
        self.calls += 1
        self.right += found == wanted and took <= self.budget * 1.05
        self.slowest = max(self.slowest, took)

    def cells(self) -> list[str]:
        """The table's cells."""
        over = max(0.0, self.slowest / self.budget - 1.0)
        return [f"{self.right}/{self.calls}", str(self.duplicates), f"{self.slowest:.2f}", f"{over:.0%}"]


def http(calls: ModuleType, scenario: str, orders: int) -> Row:
    """Charge, then read a receipt that fails at first."""
    server, row = FaultyServer(scenario), Row()
    for order in range(orders):
        row.call(lambda order=order: calls.pay(server.base, order), {"paid": True})
    row.duplicates = server.duplicates()
    server.close()
    return row


def cut(calls: ModuleType, scenario: str, orders: int) -> Row:
    """Charge, then read a receipt piece by piece, which ends too early at first."""
    server, row = FaultyServer(scenario), Row()
    for order in range(orders):
        row.call(lambda order=order: calls.streamed(server.base, order), {"paid": True})
    row.duplicates = server.duplicates()
    server.close()
    return row


def at_once(calls: ModuleType, scenario: str, orders: int) -> Row:
    """Charge, and read a receipt that fails at first, at the same time."""
    way, _, fault = scenario.partition(" ")
    server, row = FaultyServer(fault), Row()
    for order in range(orders):
        row.call(lambda order=order: getattr(calls, way)(server.base, order), {"paid": True})
    row.duplicates = server.duplicates()
    server.close()
    return row


def lost(calls: ModuleType, scenario: str, orders: int) -> Row:
    """The answer to a charge is lost. Nobody can know whether it was made: the only right thing is to say so."""
    server, row = FaultyServer(scenario, fails=1), Row()
    for order in range(orders):
        row.call(lambda order=order: told(calls, server.base, order), "told")
    row.duplicates = server.duplicates()
    server.close()
    return row


def told(calls: ModuleType, base: str, order: int) -> str:
    """ "told" if the caller hears that the charge failed."""
    try:
        calls.pay(base, order)
    except OSError:  # what requests raises is one
        return "told"
    return "not told"


def late(calls: ModuleType, scenario: str, orders: int) -> Row:
    """A receipt that comes too late: the only thing to be had is to give up in time."""
    server, row = FaultyServer(scenario), Row(budget=DEADLINE)
    for order in range(orders):
        row.call(lambda order=order: calls.receipt(server.base, order), {"paid": True})
    server.close()
    return row


def late_elsewhere(calls: ModuleType, scenario: str, orders: int) -> Row:
    """The same on a thread that is not the main one."""
    found: list[Row] = []
    thread = threading.Thread(target=lambda: found.append(late(calls, scenario, orders)))
    thread.start()
    thread.join()
    return found[0]


def locked(calls: ModuleType, scenario: str, orders: int, *, long: bool = False) -> Row:
    """SQLite's file is locked for so long whenever a call begins."""
    seconds, read = float(scenario), calls.patient_balance if long else calls.balance
    row = Row()
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "orders.db")
        with closing(sqlite3.connect(path)) as setup:
            setup.execute("CREATE TABLE orders (id)")
            setup.commit()
        for _ in range(orders):
            with held(path, seconds):
                row.call(lambda: read(path), 0)
    return row


def locked_long(calls: ModuleType, scenario: str, orders: int) -> Row:
    """The same for longer than SQLite itself waits, which is 5 s where nothing is said."""
    return locked(calls, scenario, orders, long=True)


@contextmanager
def held(path: str, seconds: float) -> Iterator[None]:
    """An exclusive lock on a database file, let go of after some time."""
    taken = threading.Event()

    def hold() -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            taken.set()
            time.sleep(seconds)
            connection.rollback()

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait()
    yield
    thread.join()


def restarted(
    server: PostgresServer | RedisServer, row: Row, work: Callable[[int], Callable[[], object]], n: int
) -> None:
    """`n` calls, while the server is killed and started again every so often."""
    over = threading.Event()

    def trouble() -> None:
        while not over.wait(0.4):
            server.kill()
            time.sleep(0.15)
            server.start()

    thread = threading.Thread(target=trouble)
    thread.start()
    for order in range(n):
        row.call(work(order), 1)
        time.sleep(0.02)
    over.set()
    thread.join()


def postgres(calls: ModuleType, scenario: str, orders: int) -> Row:
    """PostgreSQL killed and started again while calls are made."""
    import psycopg

    row, server = Row(), PostgresServer()
    server.prepare()
    server.start()
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE orders (id int)")
        restarted(server, row, lambda order: lambda: calls.book(server.dsn, order), orders)
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            twice = "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) n FROM orders GROUP BY id) t"
            row.duplicates = int(connection.execute(twice).fetchone()[0])
    finally:
        server.close()
    return row


def stale(calls: ModuleType, scenario: str, orders: int) -> Row:
    """The server has closed the pool's connection since it was used last."""
    import psycopg
    import sqlalchemy

    row, server = Row(), PostgresServer()
    server.prepare()
    server.start()
    engine = sqlalchemy.create_engine(f"postgresql+psycopg://poet@127.0.0.1:{server.port}/postgres", pool_size=1)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'poet'"
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            connection.execute("CREATE TABLE orders (id int)")
            for order in range(orders):
                engine.dispose()
                with engine.connect() as used:
                    used.execute(sqlalchemy.text("SELECT 1"))
                connection.execute(others)
                row.call(lambda order=order: calls.pooled(engine, server.dsn, order), 1)
            twice = "SELECT coalesce(sum(n - 1), 0) FROM (SELECT count(*) n FROM orders GROUP BY id) t"
            row.duplicates = int(connection.execute(twice).fetchone()[0])
    finally:
        engine.dispose()
        server.close()
    return row


def redis_restarts(calls: ModuleType, scenario: str, orders: int) -> Row:
    """Redis killed and started again while calls are made."""
    import redis

    row, server = Row(), RedisServer()
    server.start()
    try:
        restarted(server, row, lambda order: lambda: calls.count(server.port, order), orders)
        with redis.Redis("127.0.0.1", server.port) as client:
            row.duplicates = sum(int(client.get(key) or 1) - 1 for key in client.scan_iter("order:*"))
    finally:
        server.close()
    return row


SCENARIOS: dict[str, tuple[Callable[[ModuleType, str, int], Row], str, int]] = {
    "503 twice, after a charge": (http, "503", 10),
    "connection reset twice, after a charge": (http, "reset", 10),
    "connection reset twice, beside a charge, gathered": (at_once, "as_tasks reset", 10),
    "connection reset twice, beside a charge, in threads": (at_once, "in_threads reset", 10),
    "answer to a charge lost: caller told": (lost, "charge reset", 10),
    "three in ten requests fail": (http, "three in ten fail", 100),
    "429, Retry-After: 1": (http, "429 Retry-After seconds", 2),
    "503, Retry-After: date": (http, "503 Retry-After date", 2),
    "body drips for 4 s, deadline 1 s": (late, "slow drip", 3),
    "silence for 4 s, deadline 1 s": (late, "silence", 3),
    "body drips, not the main thread": (late_elsewhere, "slow drip", 3),
    "SQLite locked for 0.25 s": (locked, "0.25", 10),
    "SQLite locked for 6 s": (locked_long, "6", 2),
    "body cut twice, after a charge": (cut, "cut", 10),
    "pool's connection stale, after an order": (stale, "", 10),
    "PostgreSQL killed and restarted": (postgres, "", 60),
    "Redis killed and restarted": (redis_restarts, "", 60),
}


def missing() -> set[str]:
    """Scenarios whose server isn't installed."""
    gone = set()
    if PostgresServer().program is None:
        gone |= {"PostgreSQL killed and restarted", "pool's connection stale, after an order"}
    if RedisServer().program is None:
        gone.add("Redis killed and restarted")
    return gone
