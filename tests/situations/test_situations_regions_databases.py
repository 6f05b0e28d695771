"""The first statement on a connection that the server has closed: the block that only reads is done again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from built_projects import PYPROJECT, build, run, said, write

FAULTS = Path(__file__).parents[1] / "faults"
sys.path.insert(0, str(FAULTS))

from database_servers import PostgresServer  # noqa: E402

SOURCE = """
import os

import psycopg
from psycopg_pool import ConnectionPool
from poetc import poet
from sqlalchemy import Column, Integer, String, create_engine, select, text
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

engine = create_engine(os.environ["DB_URL"], pool_size=1)
Local = sessionmaker(engine)
pool = ConnectionPool(os.environ["DB_DSN"], min_size=1, max_size=1, open=True)


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "things"
    id = Column(Integer, primary_key=True)
    name = Column(String)


@poet()
def names():
    with Session(engine) as session:
        return list(session.scalars(select(Thing.name)).all())


@poet()
def one():
    with engine.connect() as connection:
        return connection.execute(text("SELECT 1")).scalar()


@poet()
def pooled():
    with pool.connection() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name FROM things")
        return [row[0] for row in cursor.fetchall()]


@poet()
def by_key(id: int):
    with Local() as session:
        thing = session.get(Thing, id)
        if thing is None:
            raise LookupError(id)
        return thing.name


@poet()
def asked():
    session = Local()
    try:
        return session.query(Thing).filter(Thing.name == "a").count()
    finally:
        session.close()


@poet()
def written():
    with Session(engine) as session:
        found = session.scalars(select(Thing.name)).all()
        session.add(Thing(name="b"))
        session.commit()
        return len(found)


@poet()
def of_others(session: Session):
    return list(session.scalars(select(Thing.name)).all())
"""

SCRIPT = """
import json, logging, os, time
import psycopg
from database_servers import PostgresServer

logging.disable(logging.CRITICAL)
answer = {}
server = PostgresServer()
server.prepare()
server.start()
os.environ["DB_DSN"] = server.dsn
os.environ["DB_URL"] = f"postgresql+DRIVER://poet@127.0.0.1:{server.port}/postgres"
CLOSE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'poet'"


def tried(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__


def asked(taken):
    with taken() as connection:
        run = getattr(connection, "exec_driver_sql", connection.execute)
        return run("SELECT 1").fetchone()[0]


try:
    import shop

    shop.Base.metadata.create_all(shop.engine)
    with shop.Session(shop.engine) as session:
        session.add(shop.Thing(id=7, name="a"))
        session.commit()
    with psycopg.connect(server.dsn, autocommit=True) as admin:
        for name in ("names", "one", "pooled", "by_key", "asked", "written", "of_others"):
            arguments = {"by_key": (7,), "of_others": (shop.Session(shop.engine),)}.get(name, ())
            for taken in (shop.pool.connection, shop.engine.connect):
                while tried(lambda: asked(taken)) != 1:
                    time.sleep(0.05)
            admin.execute(CLOSE)
            answer[name] = tried(lambda: getattr(shop, name)(*arguments))
        answer["missing"] = tried(lambda: shop.by_key(8))
        answer["count"] = admin.execute("SELECT count(*) FROM things").fetchone()[0]
    shop.pool.close()
    shop.engine.dispose()
finally:
    server.close()
print("ANSWER", json.dumps(answer))
"""


@pytest.mark.parametrize("driver", ["psycopg", "psycopg2"])
def test_a_stale_connection_is_replaced_and_nothing_is_written_twice(tmp_path: Path, driver: str) -> None:
    """Plain code fails with the first statement; built code reads what there is, and writes once."""
    for library in ("psycopg", "psycopg2", "psycopg_pool", "sqlalchemy"):
        pytest.importorskip(library)
    if PostgresServer().program is None:
        pytest.skip("PostgreSQL isn't installed: stale connections are NOT tested (Debian: apt-get install postgresql)")
    found = {}
    for name in ("plain", "built"):
        root = write(tmp_path / name, {"shop.py": SOURCE, "pyproject.toml": PYPROJECT})
        if name == "built":
            build(root)
        (root / "script.py").write_text(SCRIPT.replace("DRIVER", driver), encoding="utf-8")
        done = run([sys.executable, "-P", root / "script.py"], cwd=root, env={"PYTHONPATH": f"{root}:{FAULTS}"})
        found[name] = json.loads(said(done).rpartition("ANSWER ")[2])
    plain, built = found["plain"], found["built"]
    lost = ("OperationalError", "AdminShutdown")
    for name, wanted in {"names": ["a"], "one": 1, "pooled": ["a"], "by_key": "a", "asked": 1}.items():
        assert plain[name] in lost, name
        assert built[name] == wanted, name
    assert plain["written"] in lost
    assert plain["of_others"] in lost
    assert (built["written"], built["of_others"]) == (1, ["a", "b"])  # each first read; what is behind it is done once
    assert (plain["missing"], plain["count"]) == ("LookupError", 1)
    assert (built["missing"], built["count"]) == ("LookupError", 2)
