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
        "sqlalchemy.orm.sessionmaker.Session.begin: read, sqlalchemy.orm.Session.add: write",
    ),
    "a sessionmaker of asynchronous sessions": (
        "from sqlalchemy.orm import sessionmaker\nfrom sqlalchemy.ext.asyncio import AsyncSession",
        "Local = sessionmaker(e, class_=AsyncSession, expire_on_commit=False)\n"
        "async with Local() as s:\n  await s.get(User, 1)",
        "sqlalchemy.orm.sessionmaker.AsyncSession.__call__: pure, sqlalchemy.ext.asyncio.AsyncSession.get: read",
    ),
    "a sessionmaker of sessions of one's own": (
        "from sqlalchemy.orm import sessionmaker\nfrom app import Session",
        "Local = sessionmaker(e, class_=Session)\nLocal().get(User, 1)",
        "sqlalchemy.orm.sessionmaker.Own.__call__: unknown, None: unknown",
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
    "a table that writes": (
        "from sqlalchemy.orm import Session\nfrom sqlalchemy import insert, select",
        "def f(s: Session):\n  new = insert(User).values(a=1).returning(User.id).cte()\n  s.execute(select(new)).all()",
        "sqlalchemy.orm.Session.execute: unknown, sqlalchemy.CursorResult.all: read",
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
        "def f(r: redis.Redis):\n  with r.pipeline(transaction=True) as p:\n    p.get(a)\n    p.incr(b)\n"
        "    p.execute()",
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

DRIVERS = {
    "psycopg's pool": (
        "from psycopg_pool import ConnectionPool",
        "def f(pool: ConnectionPool):\n  with pool.connection() as c:\n    c.execute('SELECT 1').fetchone()",
        "psycopg_pool.ConnectionPool.connection: read, psycopg.Connection.execute: read, psycopg.Cursor.fetchone: read",
    ),
    "psycopg's pool, awaited": (
        "from psycopg_pool import AsyncConnectionPool",
        "async def f(pool: AsyncConnectionPool):\n  async with pool.connection() as c, c.cursor() as cur:\n"
        "    await cur.execute('DELETE FROM t')",
        "psycopg_pool.AsyncConnectionPool.connection: read, psycopg.AsyncConnection.cursor: pure, "
        "psycopg.AsyncCursor.execute: write",
    ),
    "psycopg, awaited": (
        "import psycopg",
        "async with await psycopg.AsyncConnection.connect(dsn) as c:\n"
        "  cur = await c.execute('SELECT a FROM t WHERE b = %s', (1,))\n  await cur.fetchall()",
        "psycopg.AsyncConnection.connect: read, psycopg.AsyncConnection.execute: read, "
        "psycopg.AsyncCursor.fetchall: read",
    ),
    "psycopg's composed text": (
        "import psycopg\nfrom psycopg import sql",
        "def f(c: psycopg.Cursor):\n  c.execute(sql.SQL('SELECT a FROM {}').format(sql.Identifier(t)))",
        "psycopg.sql.Identifier: pure, psycopg.sql.SQL.format: pure, psycopg.Cursor.execute: read",
    ),
    "psycopg2's pool": (
        "from psycopg2.pool import ThreadedConnectionPool\nfrom psycopg2.extras import RealDictCursor",
        "def f(pool: ThreadedConnectionPool):\n  c = pool.getconn()\n"
        "  with c.cursor(cursor_factory=RealDictCursor) as cur:\n"
        "    cur.execute('SELECT 1')\n    cur.fetchall()",
        "psycopg2.pool.ThreadedConnectionPool.getconn: read, psycopg2.extensions.connection.cursor: pure, "
        "psycopg2.extensions.cursor.execute: read, psycopg2.extensions.cursor.fetchall: read",
    ),
    "asyncpg": (
        "import asyncpg",
        "c = await asyncpg.connect(dsn)\nawait c.fetchrow('SELECT * FROM t WHERE id = $1', 1)\nawait c.close()",
        "asyncpg.connect: read, asyncpg.connection.Connection.fetchrow: read, "
        "asyncpg.connection.Connection.close: pure",
    ),
    "asyncpg's pool": (
        "import asyncpg",
        "async def f(pool: asyncpg.Pool):\n  await pool.fetch('SELECT a FROM t')\n"
        "  async with pool.acquire() as c, c.transaction():\n"
        "    await c.execute('UPDATE t SET a = 1')",
        "asyncpg.pool.Pool.fetch: read, asyncpg.pool.Pool.acquire: read, "
        "asyncpg.connection.Connection.transaction: idempotent, "
        "asyncpg.connection.Connection.execute: write",
    ),
    "asyncpg's pool, made here": (
        "import asyncpg",
        "async with asyncpg.create_pool(dsn) as pool:\n  await pool.fetchval('SELECT charge(1)')",
        "asyncpg.create_pool: read, asyncpg.pool.Pool.fetchval: unknown",
    ),
    "aiosqlite": (
        "import aiosqlite",
        "async with aiosqlite.connect(p) as db:\n  async with db.execute('SELECT a FROM t') as cur:\n"
        "    await cur.fetchall()\n"
        "  await db.execute('INSERT INTO t VALUES (1)')\n  await db.commit()",
        "aiosqlite.connect: read, aiosqlite.Connection.execute: read, aiosqlite.Cursor.fetchall: read, "
        "aiosqlite.Connection.execute: write, aiosqlite.Connection.commit: idempotent",
    ),
    "aiopg": (
        "import aiopg",
        "async def f(pool: aiopg.Pool):\n  async with pool.acquire() as c:\n    async with c.cursor() as cur:\n"
        "      await cur.execute('SELECT 1')\n      await cur.fetchone()",
        "aiopg.Pool.acquire: read, aiopg.Connection.cursor: pure, aiopg.Cursor.execute: read, "
        "aiopg.Cursor.fetchone: read",
    ),
    "aiomysql": (
        "import aiomysql",
        "pool = await aiomysql.create_pool(host=h)\nasync with pool.acquire() as c:\n"
        "  cur = await c.cursor(aiomysql.DictCursor)\n"
        "  await cur.execute('SELECT 1')\n  await cur.fetchall()",
        "aiomysql.create_pool: read, aiomysql.Pool.acquire: read, aiomysql.Connection.cursor: pure, "
        "aiomysql.Cursor.execute: read, "
        "aiomysql.Cursor.fetchall: read",
    ),
    "pymysql": (
        "import pymysql",
        "c = pymysql.connect(host=h)\nwith c.cursor() as cur:\n  cur.execute('SELECT 1')\n  cur.fetchall()\nc.commit()",
        "pymysql.connections.Connection: read, pymysql.connections.Connection.cursor: pure, "
        "dbapi.Cursor.execute: read, "
        "dbapi.Cursor.fetchall: read, pymysql.connections.Connection.commit: idempotent",
    ),
    "mysql.connector": (
        "import mysql.connector",
        "c = mysql.connector.connect(host=h)\ncur = c.cursor()\ncur.execute('INSERT INTO t VALUES (1)')",
        "mysql.connector.connect: read, mysql.connector.abstracts.MySQLConnectionAbstract.cursor: pure, "
        "dbapi.Cursor.execute: write",
    ),
    "oracledb": (
        "import oracledb",
        "with oracledb.connect(dsn=d) as c, c.cursor() as cur:\n  cur.execute('SELECT 1 FROM dual')",
        "oracledb.connect: read, oracledb.Connection.cursor: pure, dbapi.Cursor.execute: read",
    ),
    "pyodbc": (
        "import pyodbc",
        "c = pyodbc.connect(s).cursor()\nc.execute('SELECT a FROM t').fetchall()",
        "pyodbc.connect: read, pyodbc.Connection.cursor: pure, dbapi.Cursor.execute: read, None: unknown",
    ),
    "text with values in it": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  c.execute('SELECT a FROM %s WHERE b = %d' % (t, n))\n"
        "  c.execute('SELECT a FROM t {}'.format(x))",
        "sqlite3.Cursor.execute: read, builtins.str.format: pure, sqlite3.Cursor.execute: unknown",
    ),
    "text in pieces": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  q = f'SELECT a FROM {t}'\n  if n:\n    q += ' WHERE b = ?'\n  c.execute(q)",
        "sqlite3.Cursor.execute: read",
    ),
    "text in pieces, one of which writes": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  q = 'SELECT a FROM t'\n  if n:\n    q = q + ' ; DROP TABLE t'\n  c.execute(q)",
        "sqlite3.Cursor.execute: write",
    ),
    "text in pieces, one of which nobody knows": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  q = 'SELECT a FROM t'\n  if n:\n    q += n\n  c.execute(q)\n"
        "  q2 = 'SELECT a FROM t'\n  q2 += q2\n  c.execute(q2)",
        "sqlite3.Cursor.execute: unknown, sqlite3.Cursor.execute: unknown",
    ),
    "text in pieces that make a word": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  q = 'SELECT a FROM t; DR'\n  if n:\n    q += 'X'\n  q += 'OP TABLE t'\n"
        "  c.execute(q)",
        "sqlite3.Cursor.execute: unknown",
    ),
    "text that grows out of itself": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  for x in n:\n    q = 'SELECT a' + q\n  c.execute(q)",
        "sqlite3.Cursor.execute: unknown",
    ),
    "text with more than values in it": (
        "import sqlite3",
        "def f(c: sqlite3.Cursor):\n  c.execute('SELECT %s' % x)\n  c.execute('DELETE FROM {}'.format(x))",
        "sqlite3.Cursor.execute: unknown, builtins.str.format: pure, sqlite3.Cursor.execute: write",
    ),
}

DOCUMENTS = {
    "pymongo": (
        "from pymongo import MongoClient",
        "c = MongoClient(u)\nc.shop.users.find_one({'a': 1})\nc['shop']['users'].count_documents({})\n"
        "c.shop['users'].insert_one(d)",
        "pymongo.collection.Collection.find_one: read, pymongo.collection.Collection.count_documents: read, "
        "pymongo.collection.Collection.insert_one: write",
    ),
    "pymongo's cursor": (
        "import pymongo",
        "def f(db: pymongo.database.Database):\n  list(db.users.find({}).sort('a', 1).limit(5))",
        "pymongo.collection.Collection.find: read, pymongo.cursor.Cursor.sort: pure, "
        "pymongo.cursor.Cursor.limit: pure, "
        "builtins.list: pure",
    ),
    "pymongo's aggregation": (
        "from pymongo.collection import Collection",
        "def f(c: Collection, p):\n  c.aggregate([{'$match': {'a': 1}}, {'$group': {'_id': '$b'}}])\n"
        "  c.aggregate([{'$match': {}}, {'$out': 'x'}])\n  c.aggregate(p)",
        "pymongo.collection.Collection.aggregate: read, pymongo.collection.Collection.aggregate: unknown, "
        "pymongo.collection.Collection.aggregate: unknown",
    ),
    "pymongo's aggregation that grows": (
        "from pymongo.collection import Collection",
        "def f(c: Collection, p):\n  stages = [{'$match': {}}]\n  stages.append(p)\n  c.aggregate(stages)",
        "pymongo.collection.Collection.aggregate: unknown",
    ),
    "pymongo's aggregation by a name": (
        "from pymongo.collection import Collection",
        "def f(c: Collection):\n  stages = [{'$match': {}}]\n  c.aggregate(stages)",
        "pymongo.collection.Collection.aggregate: read",
    ),
    "pymongo's aggregation by two names": (
        "from pymongo.collection import Collection",
        "def f(c: Collection, p):\n  stages = [{'$match': {}}]\n  s = stages\n  s.append(p)\n  c.aggregate(stages)",
        "pymongo.collection.Collection.aggregate: unknown",
    ),
    "pymongo's commands": (
        "from pymongo import MongoClient",
        "MongoClient().admin.command('ping')\nMongoClient().admin.command('shutdown')",
        "pymongo.database.Database.command: read, pymongo.MongoClient: pure, "
        "pymongo.database.Database.command: unknown",
    ),
    "a method that a collection hasn't": (
        "from pymongo import MongoClient",
        "MongoClient().shop.users.count_all({})",
        "pymongo.collection.Collection.__call__: unknown",
    ),
    "pymongo, awaited": (
        "from pymongo import AsyncMongoClient",
        "c = AsyncMongoClient()\nawait c.shop.users.find_one({})\nawait c.shop.users.find({}).to_list()",
        "pymongo.asynchronous.collection.AsyncCollection.find_one: read, "
        "pymongo.asynchronous.collection.AsyncCollection.find: read, "
        "pymongo.asynchronous.cursor.AsyncCursor.to_list: read",
    ),
    "motor": (
        "from motor.motor_asyncio import AsyncIOMotorClient",
        "db = AsyncIOMotorClient(u)['shop']\nawait db.users.find_one({})\nawait db.users.update_one({}, {})",
        "motor.motor_asyncio.AsyncIOMotorCollection.find_one: read, "
        "motor.motor_asyncio.AsyncIOMotorCollection.update_one: write",
    ),
    "elasticsearch": (
        "from elasticsearch import Elasticsearch",
        "es = Elasticsearch(u)\nes.search(index='a')\nes.indices.exists(index='a')\nes.index(index='a', document=d)",
        "elasticsearch.Elasticsearch.search: read, elasticsearch.Elasticsearch.indices.exists: read, "
        "elasticsearch.Elasticsearch.index: write",
    ),
    "elasticsearch, awaited": (
        "from elasticsearch import AsyncElasticsearch",
        "es = AsyncElasticsearch(u)\nawait es.get(index='a', id='1')",
        "elasticsearch.AsyncElasticsearch.get: read",
    ),
    "cassandra": (
        "from cassandra.cluster import Cluster",
        "s = Cluster([h]).connect('k')\ns.execute('SELECT a FROM t')\ns.execute('INSERT INTO t (a) VALUES (1)')",
        "cassandra.cluster.Session.execute: read, cassandra.cluster.Session.execute: write",
    ),
    "clickhouse": (
        "import clickhouse_connect",
        "c = clickhouse_connect.get_client(host=h)\nc.query('SELECT a FROM t')\nc.command('DROP TABLE t')",
        "clickhouse_connect.driver.client.Client.query: read, clickhouse_connect.driver.client.Client.command: write",
    ),
    "neo4j": (
        "from neo4j import GraphDatabase",
        "with GraphDatabase.driver(u).session() as s:\n  s.run('MATCH (n) RETURN n')",
        "neo4j.Session.run: unknown",
    ),
    "qdrant": (
        "from qdrant_client import AsyncQdrantClient",
        "c = AsyncQdrantClient(u)\nawait c.query_points('a')\nawait c.upsert('a', p)",
        "qdrant_client.AsyncQdrantClient.query_points: read, qdrant_client.AsyncQdrantClient.upsert: write",
    ),
    "opensearch": (
        "from opensearchpy import OpenSearch",
        "OpenSearch(u).count()",
        "opensearchpy.OpenSearch.count: read",
    ),
}

CACHES = {
    "pymemcache": (
        "from pymemcache.client.base import Client",
        "c = Client(h)\nc.get(k)\nc.set(k, v)\nc.incr(k, 1)",
        "pymemcache.client.base.Client.get: read, pymemcache.client.base.Client.set: idempotent, "
        "pymemcache.client.base.Client.incr: write",
    ),
    "diskcache": ("import diskcache", "diskcache.Cache(p).get(k)", "diskcache.Cache.get: read"),
    "diskcache that repairs itself": (
        "import diskcache",
        "diskcache.Cache(p).check(fix=True)",
        "diskcache.Cache.check: write",
    ),
    "diskcache whose counters begin anew": (
        "import diskcache",
        "diskcache.Cache(p).stats(reset=True)",
        "diskcache.Cache.stats: write",
    ),
    "django's cache": (
        "from django.core.cache import cache",
        "cache.get(k)\ncache.set(k, v, 60)\ncache.add(k, v)",
        "django.core.cache.cache.get: read, django.core.cache.cache.set: idempotent, "
        "django.core.cache.cache.add: write",
    ),
    "django's connection": (
        "from django.db import connection",
        "with connection.cursor() as c:\n  c.execute('SELECT 1')",
        "django.db.connection.cursor: read, django.db.backends.utils.CursorWrapper.execute: read",
    ),
    "a queryset": (
        "from django.db.models import QuerySet, Q",
        "def f(q: QuerySet):\n  q.filter(Q(a=1)).order_by('b').first()\n  q.update(a=2)",
        "django.db.models.query.QuerySet.order_by: read, django.db.models.query.QuerySet.first: read, "
        "django.db.models.query.QuerySet.update: write",
    ),
}

QUEUES = {
    "kafka": (
        "from kafka import KafkaProducer",
        "p = KafkaProducer()\np.send('t', b'x')\np.flush()",
        "kafka.KafkaProducer.send: write, kafka.KafkaProducer.flush: write",
    ),
    "confluent": ("import confluent_kafka as ck", "ck.Consumer({}).poll(1.0)", "confluent_kafka.Consumer.poll: write"),
    "aiokafka": (
        "from aiokafka import AIOKafkaProducer",
        "p = AIOKafkaProducer()\nawait p.start()\nawait p.send_and_wait('t', b'x')",
        "aiokafka.AIOKafkaProducer.start: idempotent, aiokafka.AIOKafkaProducer.send_and_wait: write",
    ),
    "pika": (
        "import pika",
        "c = pika.BlockingConnection(pika.ConnectionParameters(h)).channel()\nc.queue_declare(queue='q')\n"
        "c.basic_publish('', 'q', b)",
        "pika.adapters.blocking_connection.BlockingChannel.queue_declare: idempotent, "
        "pika.adapters.blocking_connection.BlockingChannel.basic_publish: write",
    ),
    "aio_pika": (
        "import aio_pika",
        "c = await aio_pika.connect_robust(u)\nch = await c.channel()\n"
        "await ch.default_exchange.publish(m, routing_key='q')",
        "aio_pika.connect_robust: read, aio_pika.abc.AbstractConnection.channel: read, "
        "aio_pika.abc.AbstractExchange.publish: write",
    ),
    "nats": (
        "import nats",
        "nc = await nats.connect(u)\nawait nc.publish('s', b)\nawait nc.request('s', b)",
        "nats.connect: read, nats.aio.client.Client.publish: write, nats.aio.client.Client.request: write",
    ),
    "celery": (
        "from celery.result import AsyncResult\nfrom celery import Task, group",
        "def f(t: Task):\n  r = t.delay(1)\n  r.get(timeout=5)\n  AsyncResult(i).ready()\n  group(a).apply_async()",
        "celery.app.task.Task.delay: write, celery.result.AsyncResult.get: write, celery.result.AsyncResult: pure, "
        "celery.result.AsyncResult.ready: read, celery.canvas.group: pure, celery.canvas.group.apply_async: write",
    ),
    "rq": ("from rq import Queue", "Queue('q').enqueue(f, 1)", "rq.Queue.enqueue: write"),
    "paho": (
        "import paho.mqtt.client as mqtt",
        "mqtt.Client().publish('t', b)",
        "paho.mqtt.client.Client.publish: write",
    ),
}

LIBRARIES: dict[str, dict[str, Sample]] = {
    "sqlalchemy": SQLALCHEMY,
    "redis": REDIS,
    "drivers": DRIVERS,
    "documents": DOCUMENTS,
    "caches": CACHES,
    "queues": QUEUES,
}
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
