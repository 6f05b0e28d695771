"""Drivers in C, pools and groups of tasks: a budget ends what waits there, and what others use later is left whole."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from both_ways import both
from built_projects import PYPROJECT, build, run, said, write

FAULTS = Path(__file__).parents[1] / "faults"
sys.path.insert(0, str(FAULTS))

from database_servers import PostgresServer  # noqa: E402

STATEMENTS = """
import psycopg, psycopg2, sqlite3
import sqlalchemy as sa
from poetc import poet

SLOW = "SELECT 1 FROM pg_sleep(60)"
COUNT = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) FROM c WHERE x < 0"


@poet(timeout=1)
def by_psycopg2(dsn: str) -> object:
    with psycopg2.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute(SLOW)
        return cursor.fetchone()


@poet(timeout=1)
def by_psycopg(dsn: str) -> object:
    with psycopg.connect(dsn) as connection:
        return connection.execute(SLOW).fetchone()


@poet(timeout=1)
def by_sqlalchemy(engine: sa.Engine) -> object:
    with engine.connect() as connection:
        return connection.execute(sa.text(SLOW)).scalar_one()


@poet(timeout=20)
def quick(engine: sa.Engine) -> int:
    with engine.connect() as connection:
        return connection.execute(sa.text("SELECT 7")).scalar_one()


@poet(timeout=1)
def by_sqlite(path: str) -> object:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(COUNT).fetchone()
    finally:
        connection.close()
"""

WITH_POSTGRESQL = """
import threading, time
import psycopg, shop
import sqlalchemy as sa
from database_servers import PostgresServer

def tried(work):
    try:
        return work()
    except TimeoutError as error:
        return "TimeoutError"
    except Exception as error:
        return repr(error)
def off(work):
    found = []
    thread = threading.Thread(target=lambda: found.append(tried(work))); thread.start(); thread.join()
    return found[0]
answer = {}
server = PostgresServer()
server.prepare()
server.start()
try:
    url = f"://poet@127.0.0.1:{server.port}/postgres"
    drivers = "psycopg2", "psycopg"
    engines = [sa.create_engine(f"postgresql+{name}{url}", pool_size=1, max_overflow=0) for name in drivers]
    for where, run in (("main", tried), ("worker", off)):
        answer[f"psycopg2 {where}"] = run(lambda: shop.by_psycopg2(server.dsn))
        answer[f"psycopg {where}"] = run(lambda: shop.by_psycopg(server.dsn))
        for engine in engines:
            name = f"sqlalchemy {engine.driver} {where}"
            answer[name] = run(lambda: shop.by_sqlalchemy(engine)), run(lambda: shop.quick(engine))
        answer[f"sqlite {where}"] = run(lambda: shop.by_sqlite(":memory:"))
    with psycopg.connect(server.dsn) as connection:
        query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT 1 FROM pg_sleep(%' AND state = 'active'"
        for _ in range(100):  # a backend that was told to cancel does so in its own time
            answer["running"] = connection.execute(query).fetchone()[0]
            if not answer["running"]:
                break
            time.sleep(0.1)
finally:
    server.close()
"""


def test_statements_end_with_the_budget_and_pools_stay_whole(tmp_path: Path) -> None:
    """On the main thread and on a worker's; none goes on in the server, and the pool's connection serves the next."""
    for library in ("psycopg", "psycopg2", "sqlalchemy"):
        pytest.importorskip(library)
    if PostgresServer().program is None:
        pytest.skip(
            "PostgreSQL isn't installed: statements that it runs are NOT tested (Debian: apt-get install postgresql)"
        )
    root = write(tmp_path, {"shop.py": STATEMENTS, "pyproject.toml": PYPROJECT})
    build(root)
    text = WITH_POSTGRESQL + "\nimport json\nprint('ANSWER', json.dumps(answer))\n"
    (root / "script.py").write_text(text, encoding="utf-8")
    path = {"PYTHONPATH": f"{root}:{FAULTS}"}
    answer = json.loads(
        said(run([sys.executable, "-P", root / "script.py"], cwd=root, env=path)).rpartition("ANSWER ")[2]
    )
    assert answer.pop("running") == 0
    for name, found in answer.items():
        assert found == (["TimeoutError", 7] if isinstance(found, list) else "TimeoutError"), name
    assert len(answer) == 10


TASKS = """
import asyncio, threading, time
from concurrent.futures import ThreadPoolExecutor
import anyio
from poetc import poet

LOCK = threading.Lock()
ALOCK = asyncio.Lock()
SEM = asyncio.Semaphore(2)
LONG = 3


@poet(timeout=1)
def with_lock(seconds: float) -> None:
    with LOCK:
        time.sleep(seconds)


@poet(timeout=1)
async def with_alock(seconds: float) -> None:
    async with ALOCK:
        await asyncio.sleep(seconds)


@poet(timeout=1)
async def with_semaphore(seconds: float) -> str:
    async with SEM:
        await asyncio.sleep(seconds)
        return "ok"


async def one(seconds, log):
    try:
        await anyio.sleep(seconds)
        log.append("done")
    except anyio.get_cancelled_exc_class():
        log.append("cancelled")
        raise


@poet(timeout=1)
async def group(log: list) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(one(0, log))
        tasks.create_task(one(LONG, log))


@poet(timeout=1)
async def gathered(log: list) -> None:
    await asyncio.gather(one(0, log), one(LONG, log))


@poet(timeout=1)
async def anyio_group(log: list) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one, 0, log)
        tasks.start_soon(one, LONG, log)


@poet(timeout=1)
async def shielded(log: list) -> None:
    try:
        await anyio.sleep(LONG)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(0.1)
            log.append("cleaned")


@poet(timeout=30)
async def inner(log: list) -> None:
    await anyio.sleep(LONG)


@poet(timeout=30)
async def own_limit(log: list) -> str:
    try:
        async with asyncio.timeout(0.2):
            await asyncio.sleep(LONG)
    except TimeoutError:
        return "own"


@poet(timeout=1)
def pool(log: list) -> list:
    workers = ThreadPoolExecutor(2)
    try:
        return [found.result() for found in [workers.submit(time.sleep, 3), workers.submit(int, 1)]]
    finally:
        workers.shutdown(wait=False, cancel_futures=True)
"""

RUN_TASKS = """
import asyncio, threading
import anyio
import shop

def tried(work):
    try:
        return work()
    except TimeoutError:
        return "TimeoutError"
answer = {}
for name in ("group", "gathered", "anyio_group", "shielded"):
    log = []
    answer[name] = tried(lambda: asyncio.run(getattr(shop, name)(log))), log
async def moved_on():
    with anyio.move_on_after(0.3) as scope:
        await shop.inner([])
    return scope.cancelled_caught, asyncio.current_task().cancelling()
answer["moved_on"] = asyncio.run(moved_on())
answer["own_limit"] = asyncio.run(shop.own_limit([]))
answer["lock"] = tried(lambda: shop.with_lock(3)), shop.LOCK.locked()
found = []
thread = threading.Thread(target=lambda: found.append(tried(lambda: shop.with_lock(3)))); thread.start(); thread.join()
answer["lock, worker"] = found[0], shop.LOCK.locked()
async def locks():
    found = [await task for task in [asyncio.ensure_future(tried_async(shop.with_alock(3))) for _ in range(2)]]
    return found, shop.ALOCK.locked()
async def tried_async(work):
    try:
        return await work
    except TimeoutError:
        return "TimeoutError"
answer["alock"] = asyncio.run(locks())
async def places():
    found = await asyncio.gather(*(tried_async(shop.with_semaphore(3)) for _ in range(6)))
    return found, shop.SEM._value
answer["semaphore"] = asyncio.run(places())
answer["pool"] = tried(lambda: shop.pool([]))
"""


def test_what_is_held_is_given_back(tmp_path: Path) -> None:
    """Locks, places and groups of tasks, of asyncio and of anyio; scopes and limits of the callers stay theirs."""
    plain, built = both(tmp_path, TASKS, RUN_TASKS)
    late, cut = "TimeoutError", ["done", "cancelled"]
    for name in ("moved_on", "own_limit"):
        assert built[name] == plain[name], name
    assert (plain["own_limit"], plain["moved_on"]) == ("own", [True, 0])
    assert built["group"] == built["gathered"] == built["anyio_group"] == [late, cut]
    assert built["shielded"] == [late, ["cleaned"]]
    assert built["lock"] == built["lock, worker"] == [late, False]
    assert built["alock"] == [[late, late], False]
    assert built["semaphore"] == [[late] * 6, 2]
    assert built["pool"] == late
