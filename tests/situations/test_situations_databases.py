"""Awaited drivers and pools, with a PostgreSQL that is restarted below them: reads come through, writes stand."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from both_ways import both

FAULTS = Path(__file__).parents[1] / "faults"
sys.path.insert(0, str(FAULTS))

from database_servers import PostgresServer  # noqa: E402

SOURCE = """
import asyncpg, psycopg
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from poetc import poet


@poet(retries=12, timeout=30)
async def count(pool: asyncpg.Pool) -> int:
    return await pool.fetchval("SELECT count(*) FROM orders")


@poet(timeout=30)
async def order(pool: asyncpg.Pool, name: str) -> str:
    return await pool.execute("INSERT INTO orders VALUES ($1)", name)


@poet(retries=12, timeout=30)
async def first(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT 7")
    finally:
        await connection.close()


@poet(retries=12, timeout=30)
def pooled(pool: ConnectionPool) -> int:
    with pool.connection(timeout=0.2) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


@poet(timeout=30)
def put(pool: ConnectionPool, name: str) -> None:
    with pool.connection(timeout=0.2) as connection:
        connection.execute("INSERT INTO orders VALUES (%s)", (name,))
"""

SCRIPT = """
import asyncio, logging, threading, time
import asyncpg, shop
from psycopg_pool import ConnectionPool
from database_servers import PostgresServer

logging.disable(logging.CRITICAL)
server = PostgresServer()
server.prepare()
server.start()
url = f"postgresql://poet@127.0.0.1:{server.port}/postgres"
answer = {}

def restarted():
    server.kill()
    again = threading.Timer(0.7, server.start)
    again.start()
    return again

async def tried(name, work):
    again = restarted()
    try:
        answer[name] = await work()
    except Exception as error:
        answer[name] = "failed"
    await asyncio.to_thread(again.join)
    await asyncio.sleep(0.3)

async def main():
    pool = await asyncpg.create_pool(url, min_size=1, max_size=1)
    await pool.execute("CREATE TABLE orders (name text)")
    await tried("count", lambda: shop.count(pool))
    await tried("first", lambda: shop.first(url))
    await tried("order", lambda: shop.order(pool, "one"))
    answer["orders"] = await pool.fetchval("SELECT count(*) FROM orders")
    pool.terminate()

def tried_here(name, work):
    again = restarted()
    try:
        answer[name] = work()
    except Exception as error:
        answer[name] = "failed"
    again.join()
    time.sleep(0.3)

try:
    asyncio.run(main())
    with ConnectionPool(url, min_size=1, max_size=1, reconnect_timeout=20) as pool:
        pool.wait()
        tried_here("pooled", lambda: shop.pooled(pool))
        while True:
            try:
                with pool.connection() as connection:
                    connection.execute("SELECT 1")
                break
            except Exception:
                time.sleep(0.1)
        tried_here("put", lambda: shop.put(pool, "two"))
finally:
    server.close()
"""


def test_reads_come_through_a_restart_and_writes_are_made_once(tmp_path: Path) -> None:
    """What a pool reads for itself, and what connects, is repeated until the server is back; an INSERT isn't."""
    for library in ("asyncpg", "psycopg", "psycopg_pool"):
        pytest.importorskip(library)
    if PostgresServer().program is None:
        pytest.skip("PostgreSQL isn't installed: restarts of it are NOT tested (Debian: apt-get install postgresql)")
    files = {"database_servers.py": (FAULTS / "database_servers.py").read_text()}
    plain, built = both(tmp_path, SOURCE, SCRIPT, files)
    assert plain == {
        "count": "failed",
        "first": "failed",
        "order": "failed",
        "orders": 0,
        "pooled": "failed",
        "put": "failed",
    }
    assert built == plain | {"count": 0, "first": 7, "pooled": 0}
