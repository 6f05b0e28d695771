"""The first read of a session that is passed in, on a connection that the server has closed: it alone is done again."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from built_projects import PYPROJECT, build, run, said, write

FAULTS = Path(__file__).parents[1] / "faults"
sys.path.insert(0, str(FAULTS))

from database_servers import PostgresServer  # noqa: E402

MODELS = """
import os

from sqlalchemy import Column, Integer, String, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

engine = create_engine(os.environ["DB_URL"], pool_size=1)
later = create_async_engine(os.environ["DB_URL"], pool_size=1)
Local = sessionmaker(engine)


class Base(DeclarativeBase):
    pass


class Thing(Base):
    __tablename__ = "things"
    id = Column(Integer, primary_key=True)
    name = Column(String)


class Own(Session):
    pass


def get_db():
    session = Local()
    try:
        yield session
    finally:
        session.close()
"""

SOURCE = """
from fastapi import Depends, FastAPI
from models import Thing, get_db
from poetc import poet
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

app = FastAPI()


@poet()
def load(session: Session):
    return list(session.scalars(select(Thing.name).where(Thing.id == 7)).all())


@poet()
def put(session: Session):
    session.execute(insert(Thing).values(name="put"))
    session.commit()


class Store:
    def __init__(self, session: Session):
        self.session = session

    @poet()
    def name(self, id: int):
        return self.session.get(Thing, id).name


@poet()
async def wait(session: AsyncSession):
    return list((await session.execute(select(Thing.name))).scalars().all())


@app.get("/names")
@poet()
def names(db: Session = Depends(get_db)) -> list[str]:
    return list(db.scalars(select(Thing.name)).all())
"""

SCRIPT = """
import asyncio, json, logging, os, time
import psycopg
from database_servers import PostgresServer

logging.disable(logging.CRITICAL)
answer = {}
server = PostgresServer()
server.prepare()
server.start()
os.environ["DB_URL"] = f"postgresql+psycopg://poet@127.0.0.1:{server.port}/postgres"
CLOSE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND usename = 'poet'"


def tried(work):
    try:
        return work()
    except Exception as error:
        return type(error).__name__


def one():
    with models.engine.connect() as connection:
        return connection.exec_driver_sql("SELECT 1").scalar()


async def awaited(begun):
    session = AsyncSession(models.later)
    try:
        for _ in range(2):
            try:
                await session.execute(text("SELECT 1"))
                break
            except Exception:
                await session.rollback()
        if not begun:
            await session.rollback()
        admin.execute(CLOSE)
        try:
            return await shop.wait(session)
        except Exception as error:
            return type(error).__name__
    finally:
        await session.close()


async def all_awaited():
    answer["awaited"] = await awaited(False)
    answer["awaited, begun"] = await awaited(True)
    await models.later.dispose()


try:
    import models, shop
    from fastapi.testclient import TestClient
    from models import Local, Own, Session, Thing, engine
    from sqlalchemy import event, select, text
    from sqlalchemy.ext.asyncio import AsyncSession

    models.Base.metadata.create_all(engine)
    with Session(engine) as session:
        session.add(Thing(id=7, name="a"))
        session.commit()

    def begun(session):
        session.execute(text("SELECT 1"))

    def pending(session):
        session.add(Thing(id=8, name="pending"))

    def held(session):
        kept.append(session.get(Thing, 7))
        session.commit()

    def done(session):
        session.get(Thing, 7)
        session.commit()

    def nothing(session):
        pass

    kept = []
    with psycopg.connect(server.dsn, autocommit=True) as admin:
        for name, make, before, work in (
            ("fresh", Local, nothing, shop.load),
            ("again", lambda: Session(engine), done, shop.load),
            ("method", Local, nothing, lambda session: shop.Store(session).name(7)),
            ("begun", Local, begun, shop.load),
            ("by begin()", Local, Session.begin, shop.load),
            ("pending", Local, pending, shop.load),
            ("held", lambda: Session(engine, expire_on_commit=False), held, shop.load),
            ("class of one's own", lambda: Own(engine), nothing, shop.load),
            ("several engines", lambda: Session(engine, binds={Thing: engine}), nothing, shop.load),
            ("write", Local, nothing, shop.put),
        ):
            while tried(one) != 1:
                time.sleep(0.05)
            with make() as session:
                before(session)
                admin.execute(CLOSE)
                answer[name] = tried(lambda: work(session))
                answer[name + ", then"] = tried(lambda: begun(session))
        answer["kept"] = kept[0].name
        while tried(one) != 1:
            time.sleep(0.05)
        with engine.connect() as connection, Session(connection) as session:
            connection.execute(text("SELECT 1"))
            admin.execute(CLOSE)
            answer["connection"] = tried(lambda: shop.load(session))
        while tried(one) != 1:
            time.sleep(0.05)
        admin.execute(CLOSE)
        answer["depends"] = tried(lambda: TestClient(shop.app).get("/names").json())
        with Local() as session:
            answer["wrong"] = tried(lambda: shop.Store(session).name("x"))
        asyncio.run(all_awaited())
        answer["count"] = admin.execute("SELECT count(*) FROM things").fetchone()[0]
    engine.dispose()
finally:
    server.close()
print("ANSWER", json.dumps(answer))
"""


def test_the_first_read_of_a_session_that_is_passed_in_is_done_again_and_nothing_else(tmp_path: Path) -> None:
    """Plain code fails with each; built code reads where the session has begun nothing and holds nothing."""
    for library in ("psycopg", "sqlalchemy", "fastapi", "httpx"):
        pytest.importorskip(library)
    if PostgresServer().program is None:
        pytest.skip("PostgreSQL isn't installed: stale connections are NOT tested (Debian: apt-get install postgresql)")
    found = {}
    for name in ("plain", "built"):
        root = write(tmp_path / name, {"models.py": MODELS, "shop.py": SOURCE, "pyproject.toml": PYPROJECT})
        if name == "built":
            build(root)
        (root / "script.py").write_text(SCRIPT, encoding="utf-8")
        done = run([sys.executable, "-P", root / "script.py"], cwd=root, env={"PYTHONPATH": f"{root}:{FAULTS}"})
        found[name] = json.loads(said(done).rpartition("ANSWER ")[2])
    plain, built = found["plain"], found["built"]
    again = {"fresh": ["a"], "again": ["a"], "method": "a", "awaited": ["a"], "depends": ["a"]}
    for name, wanted in again.items():
        assert plain[name] == "OperationalError", name
        assert built[name] == wanted, name
        plain.pop(f"{name}, then", None)
        built.pop(f"{name}, then", None)
    assert {k: v for k, v in built.items() if k not in again} == {k: v for k, v in plain.items() if k not in again}
    refused = ("begun", "by begin()", "pending", "held", "class of one's own", "several engines", "write")
    assert {plain[name] for name in (*refused, "connection", "awaited, begun")} == {"OperationalError"}
    assert (built["kept"], built["count"]) == ("a", 1)
