"""Calls whose text, or whose chain, says what they do."""

import asyncpg
import psycopg
import psycopg2
import psycopg2.sql
import redis
import urllib.request
from poetc import poet
from psycopg import sql
from psycopg_pool import ConnectionPool
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.orm import Session
from pymongo import MongoClient

NEWEST = "SELECT max(at) FROM readings"


@poet()
def a_select(dsn: str):
    with psycopg.connect(dsn) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone()


@poet()
def a_select_of_a_constant(cursor: psycopg.Cursor):
    return cursor.execute(NEWEST).fetchone()


@poet()
def a_select_in_pieces(cursor: psycopg.Cursor, table: str, newest: bool):
    query = f"SELECT * FROM {table}"
    if newest:
        query += " ORDER BY at DESC"
    return cursor.execute(query).fetchall()


@poet()
def a_composed_select(cursor: psycopg.Cursor, table: str):
    query = sql.SQL("SELECT * FROM {}").format(sql.Identifier(table))
    return cursor.execute(query).fetchall()


@poet()
def a_composed_index(cursor: psycopg.Cursor, table: str):
    query = sql.SQL("CREATE INDEX IF NOT EXISTS {name} ON {t} (at)").format(name=sql.Identifier("at"), t=table)
    return cursor.execute(query)


@poet()
def a_composed_select_of_psycopg2(table: str):
    cursor = psycopg2.connect("").cursor()
    cursor.execute(psycopg2.sql.SQL("SELECT max(at) FROM {t}").format(t=psycopg2.sql.Identifier(table)))
    return cursor.fetchone()


@poet()
def an_insert(connection: psycopg.Connection):
    return connection.execute("INSERT INTO readings VALUES (1)")


@poet()
def a_notification(connection: psycopg.Connection):
    return connection.execute("SELECT pg_notify('readings', 'new')")


@poet()
def of_a_pool(pool: ConnectionPool):
    with pool.connection() as connection:
        return connection.execute("SELECT 1").fetchone()


@poet()
def with_psycopg2(dsn: str):
    connection = psycopg2.connect(dsn)
    cursor = connection.cursor()
    cursor.execute("SELECT 1")
    return cursor.fetchone()


@poet()
async def with_asyncpg(pool: asyncpg.Pool):
    async with pool.acquire() as connection:
        return await connection.fetch("SELECT 1")


@poet()
def a_built_select(session: Session, newest: bool):
    statement = select(1)
    if newest:
        statement = statement.where(text("at > 0"))
    return session.execute(statement).all()


@poet()
def a_built_delete(session: Session, table):
    return session.execute(delete(table).where(table.at < 0))


@poet()
def a_built_insert(session: Session, table):
    return session.execute(insert(table).values(at=1))


@poet()
def a_query(session: Session, table):
    return session.query(table).filter_by(at=1).first()


@poet()
def by_primary_key(session: Session, table):
    return session.get(table, 1)


@poet()
def only_queued(cache: redis.Redis):
    with cache.pipeline() as pipe:
        pipe.get("a")
        return pipe.execute()


@poet()
def a_request(url: str):
    request = urllib.request.Request(url, headers={"A": "b"})
    with urllib.request.urlopen(request, timeout=3) as reply:
        return reply.read()


@poet()
def a_request_with_data(url: str):
    request = urllib.request.Request(url, data=b"new", method="POST")
    return urllib.request.urlopen(request)


@poet()
def a_document(client: MongoClient):
    return client["weather"]["readings"].find_one({"at": 1})
