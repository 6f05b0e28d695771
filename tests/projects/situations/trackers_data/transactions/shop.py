from poetc import poet
from sqlalchemy import create_engine, text, select
from sqlalchemy.orm import Session, sessionmaker
from collections.abc import Iterator
from contextlib import contextmanager
import time, sqlite3

@poet(timeout=0.4)
def begin(engine, nap: float) -> int:
    with engine.begin() as c:
        c.execute(text("INSERT INTO t VALUES (1)"))
        time.sleep(nap)
    return 1

@poet(timeout=0.4)
def in_session(make: sessionmaker, nap: float) -> int:
    with make() as s, s.begin():
        s.execute(text("INSERT INTO t VALUES (2)"))
        time.sleep(nap)
    return 1

@contextmanager
@poet()
def scope(make: sessionmaker) -> Iterator[Session]:
    s = make()
    try:
        yield s
        s.commit()
    except Exception:
        s.rollback()
        raise
    finally:
        s.close()

@poet()
def stream(conn: sqlite3.Connection) -> Iterator[int]:
    for (n,) in conn.execute("SELECT n FROM t ORDER BY n"):
        yield n

@poet(timeout=0.4)
def stream_limited(conn: sqlite3.Connection) -> Iterator[int]:
    for (n,) in conn.execute("SELECT n FROM t ORDER BY n"):
        yield n

@poet()
def partitioned(engine) -> Iterator[list[int]]:
    with engine.connect() as c:
        result = c.execution_options(yield_per=2).execute(text("SELECT n FROM t ORDER BY n"))
        for part in result.scalars().partitions():
            yield list(part)

@poet()
def batches(conn: sqlite3.Connection, size: int) -> Iterator[list]:
    cur = conn.execute("SELECT n FROM t ORDER BY n")
    while rows := cur.fetchmany(size):
        yield [n for (n,) in rows]
