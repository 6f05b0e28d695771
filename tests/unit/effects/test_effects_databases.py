"""Databases, caches, searches and queues as people write them: what each call is, and what it does."""

from __future__ import annotations

import ast
import textwrap

import pytest
from effects_samples import calls

from poetc.effects import Names
from poetc.source.imports import read_imports

Sample = tuple[str, str, str]
"""imports; body; of its last calls, outermost last: "name: effect", with a comma between"""

SQLALCHEMY = {
    "session made": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy import select",
        "with Session(engine) as s:\n  s.scalars(select(User).where(User.id == 1)).one()",
        "sqlalchemy.orm.Session.scalars: read, sqlalchemy.ScalarResult.one: read",
    ),
    "sessionmaker": (
        "from sqlalchemy.orm import sessionmaker\nfrom sqlalchemy import select, create_engine",
        "Local = sessionmaker(bind=create_engine(u))\nwith Local() as s:\n  s.execute(select(User)).scalars().all()",
        "sqlalchemy.CursorResult.scalars: pure, sqlalchemy.ScalarResult.all: read",
    ),
    "a sessionmaker's transaction": (
        "from sqlalchemy.orm import sessionmaker",
        "Local = sessionmaker()\nwith Local.begin() as s:\n  s.add(user)",
        "sqlalchemy.orm.sessionmaker.begin: read, sqlalchemy.orm.Session.add: write",
    ),
    "scoped session": (
        "from sqlalchemy.orm import scoped_session, sessionmaker",
        "s = scoped_session(sessionmaker(bind=e))\ns.query(User).filter_by(id=1).first()",
        "sqlalchemy.orm.Query.first: read",
    ),
    "made by a scoped session": (
        "from sqlalchemy.orm import scoped_session, sessionmaker",
        "s = scoped_session(sessionmaker(bind=e))\ns().get(User, 1)",
        "sqlalchemy.orm.Session.get: read",
    ),
    "async sessionmaker": (
        "from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine\nfrom sqlalchemy import select",
        "maker = async_sessionmaker(create_async_engine(u))\n"
        "async with maker() as s:\n  (await s.execute(select(User))).scalar_one_or_none()",
        "sqlalchemy.ext.asyncio.AsyncSession.execute: read, sqlalchemy.CursorResult.scalar_one_or_none: read",
    ),
    "streamed": (
        "from sqlalchemy.ext.asyncio import AsyncSession\nfrom sqlalchemy import select",
        "async def f(s: AsyncSession):\n  r = await s.stream_scalars(select(User))\n  await r.all()",
        "sqlalchemy.ext.asyncio.AsyncSession.stream_scalars: read, sqlalchemy.ext.asyncio.AsyncScalarResult.all: read",
    ),
    "an async session's writes": (
        "from sqlalchemy.ext.asyncio import AsyncSession",
        "async def f(s: AsyncSession):\n  s.add(u)\n  await s.flush()\n  await s.commit()\n  await s.refresh(u)",
        "sqlalchemy.ext.asyncio.AsyncSession.add: write, sqlalchemy.ext.asyncio.AsyncSession.flush: write, "
        "sqlalchemy.ext.asyncio.AsyncSession.commit: idempotent, sqlalchemy.ext.asyncio.AsyncSession.refresh: write",
    ),
    "a lock": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy import select",
        "def f(s: Session):\n  s.execute(select(User).with_for_update())",
        "sqlalchemy.orm.Session.execute: unknown",
    ),
    "a query that locks": (
        "from sqlalchemy.orm import Session",
        "def f(s: Session):\n  s.query(User).with_for_update().first()",
        "None: unknown",
    ),
    "got with a lock": (
        "from sqlalchemy.orm import Session",
        "def f(s: Session):\n  s.get(User, 1, with_for_update=True)",
        "sqlalchemy.orm.Session.get: write",
    ),
    "a query of a function that may write": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy.sql import func",
        "def f(s: Session):\n  s.query(func.charge(1)).scalar()",
        "sqlalchemy.orm.Query.scalar: unknown",
    ),
    "a query of one that computes": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy.sql import func",
        "def f(s: Session):\n  s.query(func.count(User.id)).scalar()",
        "sqlalchemy.orm.Query.scalar: read",
    ),
    "a query built in steps": (
        "from sqlalchemy.orm import Session",
        "def f(s: Session):\n  q = s.query(User)\n  if x:\n    q = q.filter(User.a == 1)\n  q.order_by(User.b).all()",
        "sqlalchemy.orm.Query.all: read",
    ),
    "statements in other words": (
        "from sqlalchemy.orm import Session\nimport sqlalchemy as sa",
        "def f(s: Session):\n  s.execute(sa.insert(User).values(a=1))\n  s.execute(sa.text('SELECT 1'))",
        "sqlalchemy.orm.Session.execute: write, sqlalchemy.text: pure, sqlalchemy.orm.Session.execute: read",
    ),
    "text by another name": (
        "from sqlalchemy.sql import text\nfrom sqlalchemy import Connection",
        "def f(c: Connection):\n  c.execute(text('DELETE FROM t'))",
        "sqlalchemy.Connection.execute: write",
    ),
    "an upsert": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy.dialects.postgresql import insert",
        "def f(s: Session):\n  s.execute(insert(User).values(a=1).on_conflict_do_nothing())",
        "sqlalchemy.orm.Session.execute: write",
    ),
    "text of the driver": (
        "import sqlalchemy",
        "with sqlalchemy.create_engine(u).connect() as c:\n  c.exec_driver_sql('SELECT 1').mappings().all()",
        "sqlalchemy.Connection.exec_driver_sql: read, sqlalchemy.CursorResult.mappings: pure, "
        "sqlalchemy.engine.MappingResult.all: read",
    ),
    "sqlmodel": (
        "from sqlmodel import Session, select",
        "def f(s: Session):\n  s.exec(select(Hero).where(Hero.id == 1)).first()",
        "sqlmodel.Session.exec: read, sqlalchemy.CursorResult.first: read",
    ),
    "sqlmodel inherits": (
        "from sqlmodel import Session, create_engine",
        "with Session(create_engine(u)) as s:\n  s.add(hero)\n  s.get(Hero, 1)",
        "sqlmodel.Session.add: write, sqlmodel.Session.get: read",
    ),
    "sqlmodel, awaited": (
        "from sqlmodel import select\nfrom sqlmodel.ext.asyncio.session import AsyncSession",
        "async def f(s: AsyncSession):\n  (await s.exec(select(Hero))).all()",
        "sqlmodel.ext.asyncio.session.AsyncSession.exec: read, sqlalchemy.CursorResult.all: read",
    ),
    "flask": (
        "from flask_sqlalchemy import SQLAlchemy\nfrom sqlalchemy import select",
        "db = SQLAlchemy()\ndb.session.execute(select(User)).scalars().all()",
        "sqlalchemy.orm.scoped_session.execute: read, sqlalchemy.CursorResult.scalars: pure, "
        "sqlalchemy.ScalarResult.all: read",
    ),
}

REDIS = {
    "by its URL": ("import redis", "r = redis.Redis.from_url(u)\nr.hgetall(k)", "redis.Redis.hgetall: read"),
    "the old name": (
        "from redis import StrictRedis",
        "StrictRedis(host=h).zrangebyscore(k, 0, 1)",
        "redis.Redis.zrangebyscore: read",
    ),
    "awaited": (
        "import redis.asyncio as redis",
        "r = redis.from_url(u)\nawait r.set(k, v, ex=60)\nawait r.get(k)",
        "redis.asyncio.Redis.set: idempotent, redis.asyncio.Redis.get: read",
    ),
    "aioredis": ("import aioredis", "r = aioredis.from_url(u)\nawait r.get(k)", "redis.asyncio.Redis.get: read"),
    "set if it is what it was": ("import redis", "redis.Redis().set(k, v, ifeq=b'1')", "redis.Redis.set: write"),
    "a cluster": (
        "from redis.cluster import RedisCluster",
        "RedisCluster(h).get(k)",
        "redis.cluster.RedisCluster.get: read",
    ),
    "a cluster by its URL": (
        "from redis.asyncio import RedisCluster",
        "c = RedisCluster.from_url(u)\nawait c.incr(k)",
        "redis.asyncio.cluster.RedisCluster.incr: write",
    ),
    "sentinel": (
        "from redis.sentinel import Sentinel",
        "r = Sentinel([(h, 26379)]).master_for('mymaster')\nr.get(k)",
        "redis.Redis.get: read",
    ),
    "pipeline": (
        "import redis",
        "def f(r: redis.Redis):\n  with r.pipeline(transaction=True) as p:\n    p.get(a)\n    p.incr(b)\n    p.execute()",
        "redis.Redis.pipeline: pure, redis.client.Pipeline.get: pure, redis.client.Pipeline.incr: pure, "
        "redis.client.Pipeline.execute: write",
    ),
    "pipeline, awaited": (
        "import redis.asyncio",
        "async def f(r: redis.asyncio.Redis):\n  async with r.pipeline() as p:\n    p.get(a)\n    await p.execute()",
        "redis.asyncio.client.Pipeline.get: pure, redis.asyncio.client.Pipeline.execute: write",
    ),
    "lock": (
        "import redis",
        "def f(r: redis.Redis):\n  l = r.lock('x')\n  if l.acquire(blocking=True):\n    l.release()",
        "redis.Redis.lock: write, redis.lock.Lock.acquire: write, redis.lock.Lock.release: write",
    ),
    "pubsub": (
        "import redis",
        "p = redis.Redis().pubsub()\np.subscribe('a')\np.get_message(timeout=1)",
        "redis.client.PubSub.subscribe: idempotent, redis.client.PubSub.get_message: read",
    ),
}

LIBRARIES: dict[str, dict[str, Sample]] = {"sqlalchemy": SQLALCHEMY, "redis": REDIS}
SAMPLES = {f"{library}: {what}": sample for library, samples in LIBRARIES.items() for what, sample in samples.items()}


def said(imports: str, body: str, count: int) -> str:
    """The last calls of a function, with their effects."""
    source = textwrap.dedent(body)
    ast.parse(imports)
    found = calls(source, Names(imports=read_imports(imports.splitlines())))
    return ", ".join(f"{call.name}: {call.effect}" for call in found[-count:])


@pytest.mark.parametrize("what", SAMPLES)
def test_ordinary_code_is_known(what: str) -> None:
    """What people write is known by the name and the effect that it has."""
    imports, body, wanted = SAMPLES[what]
    assert said(imports, body, wanted.count(": ")) == wanted
