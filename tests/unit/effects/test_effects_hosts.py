"""The ways from a call to its host, held against the installed libraries; each refusal is of a class that is there."""

from __future__ import annotations

import asyncio
import importlib
import re
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from poetc.effects import CatalogueError, load_catalogue
from poetc.runtime.errors import CircuitOpenError
from poetc.runtime.hosts import host_called
from poetc.runtime.refused import refused_as

CATALOGUE = load_catalogue()
URL = "http://user:secret@api.example:8080/x"


def host(name: str, function: Any, *args: Any, **kwargs: Any) -> str:
    """Where the catalogue says that a call goes."""
    return host_called(CATALOGUE[name].host, function, args, kwargs)


def of_requests(requests: Any) -> list[str]:
    session = requests.Session()
    prepared = requests.Request("GET", URL).prepare()
    return [
        host("requests.get", requests.get, URL),
        host("requests.put", requests.put, data="http://other.example", url=URL),
        host("requests.request", requests.request, "GET", URL),
        host("requests.Session.get", session.get, URL),
        host("requests.Session.request", session.request, "GET", URL),
        host("requests.Session.send", session.send, prepared),
    ]


def of_httpx(httpx: Any) -> list[str]:
    client, aio = httpx.Client(base_url=URL), httpx.AsyncClient(base_url=URL)
    return [
        host("httpx.get", httpx.get, httpx.URL(URL)),
        host("httpx.Client.get", client.get, "relative"),
        host("httpx.Client.stream", client.stream, "GET", "/relative"),
        host("httpx.Client.request", httpx.Client().request, "GET", URL),
        host("httpx.Client.send", client.send, client.build_request("GET", "/x")),
        host("httpx.AsyncClient.get", aio.get, "/relative"),
        host("httpx.AsyncClient.post", aio.post, URL),
    ]


def of_aiohttp(aiohttp: Any) -> list[str]:
    yarl = importlib.import_module("yarl")

    async def found() -> list[str]:
        async with aiohttp.ClientSession("http://api.example:8080") as session:
            return [
                host("aiohttp.ClientSession.get", session.get, "/relative"),
                host("aiohttp.ClientSession.get", session.get, URL),
                host("aiohttp.ClientSession.get", session.get, yarl.URL(URL)),
                host("aiohttp.ClientSession.request", session.request, "GET", URL),
            ]

    return asyncio.run(found())


def of_redis(redis: Any) -> list[str]:
    aio = importlib.import_module("redis.asyncio")
    made = [
        redis.Redis("api.example", 8080),
        redis.Redis.from_url(URL.replace("http", "redis")),
        redis.Redis("api.example", 8080).pipeline(),
    ]
    return [
        *(host("redis.Redis.get", each.get, "k") for each in made),
        host("redis.asyncio.Redis.get", aio.Redis(host="api.example", port=8080).get, "http://key.example"),
    ]


def of_sqlalchemy(sqlalchemy: Any) -> list[str]:
    engine = sqlalchemy.create_mock_engine("postgresql://", executor=None)
    assert engine is not None
    url = sqlalchemy.make_url("postgresql://user:secret@api.example:8080/db")

    class Engine(sqlalchemy.Engine):
        def __init__(self) -> None:
            self.url = url

    return [host(name, Engine().connect) for name in ("sqlalchemy.Engine.connect", "sqlalchemy.Engine.begin")]


def of_boto3(boto3: Any) -> list[str]:
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "x"}
    client = boto3.client("s3", endpoint_url="http://api.example:8080", **keys)
    return [host("botocore.client.BaseClient.get_object", client.get_object, Bucket="b", Key="k")]


def of_urllib3(urllib3: Any) -> list[str]:
    pool = urllib3.HTTPConnectionPool("api.example", 8080)
    return [
        host("urllib3.PoolManager.request", urllib3.PoolManager().request, "GET", URL),
        host("urllib3.HTTPConnectionPool.request", pool.request, "GET", "/x"),
        host("urllib3.request", urllib3.request, "GET", URL),
    ]


def of_openai(openai: Any) -> list[str]:
    client = openai.OpenAI(api_key="k", base_url="http://api.example:8080/v1")
    return [host("openai.OpenAI.models.list", client.models.list)]


def of_psycopg(psycopg: Any) -> list[str]:
    return [
        host("psycopg.connect", psycopg.connect, URL.replace("http", "postgresql")),
        host("psycopg.connect", psycopg.connect, host="api.example", port=8080),
    ]


def of_the_standard_library(smtplib: Any) -> list[str]:
    request = urllib.request.Request("http://api.example:8080/x")
    return [
        host("urllib.request.urlopen", urllib.request.urlopen, URL),
        host("urllib.request.urlopen", urllib.request.urlopen, request, timeout=3),
        host("urllib.request.urlretrieve", urllib.request.urlretrieve, URL),
        host("socket.create_connection", print, ("api.example", 8080)),
        host("smtplib.SMTP", smtplib.SMTP, "api.example", 8080),
    ]


LIBRARIES: dict[str, Callable[[Any], list[str]]] = {
    "requests": of_requests,
    "httpx": of_httpx,
    "aiohttp": of_aiohttp,
    "redis": of_redis,
    "sqlalchemy": of_sqlalchemy,
    "boto3": of_boto3,
    "urllib3": of_urllib3,
    "openai": of_openai,
    "psycopg": of_psycopg,
    "smtplib": of_the_standard_library,
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_ways_lead_to_the_host(library: str) -> None:
    """By arguments and by what the client was made for, with its port, without its password."""
    assert set(LIBRARIES[library](pytest.importorskip(library))) == {"api.example:8080"}


REFUSALS = sorted({entry.refusal for entry in CATALOGUE.values() if entry.refusal})


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refusal_is_of_a_class_that_is_there(refusal: str) -> None:
    """It is a class of exceptions, and an object that is also a `CircuitOpenError` can be made."""
    module = pytest.importorskip(refusal.rpartition(".")[0])
    kind = getattr(module, refusal.rpartition(".")[2])
    error = refused_as("circuit open", refusal)
    assert isinstance(error, CircuitOpenError)
    assert isinstance(error, kind)
    assert (str(error), error.args) == ("circuit open", ("circuit open",))


def test_who_can_be_repeated_and_has_hosts_can_be_refused() -> None:
    """A built-in entry with ways to a host knows the class of its refusal, where its library has one."""
    without = {entry.name for entry in CATALOGUE.values() if entry.host and not entry.refusal}
    assert without == {"socket.create_connection", "psycopg2.connect"}, "OSErrors, and classes laid out in C"


@pytest.mark.parametrize(
    "way", ["url", "@0", "url@x", "self.", "url@0.a-b", "self.__import__('os')", "a@0:b@1:c@2", "url@0\n", ""]
)
def test_ways_that_are_none(way: str) -> None:
    """Entries of users and domains stand in generated code: only what is a way gets there."""
    with pytest.raises(CatalogueError, match=re.escape("`host` must")):
        load_catalogue({"mine.fetch": {"effect": "read", "host": [way]}})
