"""The clients that the other modules share."""

import contextlib
import functools
import os
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Final, Optional, TypeAlias, Union

import boto3
import httpx
import psycopg
import redis
import redis.asyncio
import requests
from fastapi import Depends
from openai import AsyncOpenAI, OpenAI
from sqlalchemy import create_engine
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session, scoped_session, sessionmaker

web = requests.Session()
fixed: Final = httpx.Client()
told: httpx.Client = httpx.Client(timeout=3)
store = boto3.client("s3")
cache = redis.Redis.from_url(os.environ.get("CACHE", "redis://localhost"))
engine = create_engine("sqlite://")
Opened = sessionmaker(bind=engine)
PerThread = scoped_session(Opened)
opened_later = async_sessionmaker(create_async_engine("sqlite+aiosqlite://"))
late: Optional[requests.Session] = None

Web: TypeAlias = requests.Session
AnyCache = Union[redis.Redis, "redis.RedisCluster"]
Database = Annotated[Session, Depends(Opened)]


class Patient(requests.Session):
    """A session with longer patience; it overrides nothing that sends."""

    def __init__(self, seconds: float = 30) -> None:
        super().__init__()
        self.seconds = seconds


class Signed(requests.Session):
    """A session whose requests are all signed."""

    def request(self, method, url, **others):
        """Sign, then send."""
        others.setdefault("headers", {})["X-Signed"] = "yes"
        return super().request(method, url, **others)


class Counting(requests.Session):
    """A session whose `get` is something else."""

    def get(self, url, **others):
        """Tell the counter first."""
        requests.post("http://counter.example", json={"url": url})
        return super().get(url, **others)


class Telling(httpx.Client):
    """A client that tells of all that it sends."""

    def send(self, request, **others):
        """Tell, then send."""
        httpx.post("http://counter.example", json={"url": str(request.url)})
        return super().send(request, **others)


patient = Patient()


def plain():
    """A session, without annotation."""
    return requests.Session()


def named() -> httpx.Client:
    """A client, annotated."""
    return httpx.Client()


@functools.lru_cache(maxsize=1)
def kept():
    """A client, made once."""
    return httpx.Client()


def in_branches(fast: bool):
    """A client, made in branches."""
    if fast:
        return httpx.Client(timeout=1)
    client = httpx.Client(timeout=60)
    return client


def shared() -> redis.Redis:
    """The module's own cache."""
    return cache


def through_another():
    """What another factory makes."""
    return plain()


def lazy():
    """The module's session, made at the first call."""
    global late
    if late is None:
        late = requests.Session()
    return late


def bucket_client():
    """A client of a service of AWS."""
    return boto3.session.Session(region_name="eu-west-1").client("s3")


@contextlib.contextmanager
def borrowed():
    """A session for a while, without annotation."""
    session = requests.Session()
    try:
        yield session
    finally:
        session.close()


@contextlib.contextmanager
def transaction() -> Iterator[Session]:
    """A session of the database, committed at the end."""
    with Opened() as session:
        yield session
        session.commit()


@contextlib.asynccontextmanager
async def connected() -> AsyncIterator[AsyncSession]:
    """An asynchronous session of the database."""
    async with opened_later() as session:
        yield session


@contextlib.contextmanager
def cursor():
    """A cursor of a new connection."""
    with psycopg.connect("dbname=weather") as connection:
        with connection.cursor() as opened:
            yield opened


def dependency() -> Iterator[Session]:
    """A session, as frameworks inject it."""
    with Opened() as session:
        yield session


def model(later: bool = False) -> Union[OpenAI, AsyncOpenAI]:
    """A client of a model."""
    return AsyncOpenAI() if later else OpenAI()


class Settings:
    """What the station is told at its start."""

    web: requests.Session
    later: httpx.AsyncClient
    spare: requests.Session | None = None

    def __init__(self) -> None:
        self.web = requests.Session()
        self.later = httpx.AsyncClient()
        self.store = boto3.client("s3")
        self.inner = Inner()


class Inner:
    """What settings hold."""

    def __init__(self) -> None:
        self.http = httpx.Client()


class Readers:
    """Gives sessions to read with, as what a `with` takes."""

    def read(self) -> contextlib.AbstractContextManager[Session]:
        """A session, closed at the end of its `with`."""
        return Opened()
