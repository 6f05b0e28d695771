"""A budget never takes the place of a shorter limit that the user's own code sets; their own objects aren't closed."""

from __future__ import annotations

from pathlib import Path

from both_ways import both

SOURCE = """\
import functools

import requests
import urllib3
import vendor
from poetc import poet
from requests.adapters import HTTPAdapter


class Adapter(HTTPAdapter):
    def __init__(self, timeout):
        self.timeout = timeout
        super().__init__()

    def send(self, request, **kwargs):
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = self.timeout
        return super().send(request, **kwargs)


class Hidden(HTTPAdapter):
    def send(self, request, stream=False, timeout=None, **kwargs):
        return super().send(request, stream, 0.3 if timeout is None else timeout, **kwargs)


class Session(requests.Session):
    def request(self, method, url, **kwargs):
        kwargs.setdefault("timeout", 0.3)
        return super().request(method, url, **kwargs)


class Positional(requests.Session):
    def request(self, method, url, *args, timeout=0.3, **kwargs):
        return super().request(method, url, *args, timeout=timeout, **kwargs)


@poet(timeout=10)
def fetch(session: requests.Session, url: str) -> str:
    return session.get(url).text


@poet(timeout=10)
def pooled(pool: urllib3.PoolManager, url: str) -> str:
    return pool.request("GET", url, retries=False).data.decode()


@poet(timeout=10)
def wrapped(url: str) -> str:
    return vendor.fetch(url)


@poet(timeout=10)
def plain(url: str) -> str:
    return requests.get(url).text


@poet()
def incident(n: int) -> str:
    found = vendor.load(n)
    return f"{found.status} {found.is_closed}"
"""

VENDOR = """\
import requests

LOADED = []


class Incident:
    status = 503
    is_closed = False

    def close(self):
        self.is_closed = True


def load(n):
    LOADED.append(n)
    return Incident()


def fetch(url, **kwargs):
    kwargs.setdefault("timeout", 0.3)
    return requests.get(url, **kwargs).text
"""

CALLS = """breaker = false

[tool.poet.calls]
"vendor.load" = {effect = "read", transient = ["builtins.ConnectionError"]}
"vendor.fetch" = {effect = "read", timeout = "timeout", transient = ["builtins.ConnectionError"]}
"""

SCRIPT = """\
import functools
from time import monotonic
import requests, urllib3, shop, vendor
from scripted_server import Scripted, late, tried

def mounted(adapter):
    session = requests.Session()
    session.mount("http://", adapter)
    return session

def patched():
    session = requests.Session()
    session.request = functools.partial(session.request, timeout=0.3)
    return session

def took(work):
    with Scripted(late(3)) as server:
        began = monotonic()
        return tried(lambda: work(server.url)), monotonic() - began < 2.5

PARTED = urllib3.PoolManager(timeout=urllib3.Timeout(connect=5, read=0.3))
answer = {
    "adapter": took(lambda url: shop.fetch(mounted(shop.Adapter(0.3)), url)),
    "hidden": took(lambda url: shop.fetch(mounted(shop.Hidden()), url)),
    "subclass": took(lambda url: shop.fetch(shop.Session(), url)),
    "positional": took(lambda url: shop.fetch(shop.Positional(), url)),
    "partial": took(lambda url: shop.fetch(patched(), url)),
    "pool": took(lambda url: shop.pooled(urllib3.PoolManager(timeout=0.3), url)),
    "pool of parts": took(lambda url: shop.pooled(PARTED, url)),
    "wrapper": took(lambda url: shop.wrapped(url)),
}
original = requests.Session.request
requests.Session.request = functools.partialmethod(original, timeout=0.3)
answer["patched class"] = took(lambda url: shop.plain(url))
requests.Session.request = original
answer["incident"] = shop.incident(1), len(vendor.LOADED)
"""


def test_shorter_limits_hold(tmp_path: Path) -> None:
    """Adapters, subclasses, partials, patches, pools and wrappers with defaults of their own end when they did."""
    files = {"vendor.py": VENDOR}
    plain, built = both(tmp_path, SOURCE, SCRIPT, files, pyproject=CALLS, POET_TESTING="1")
    for name, (result, in_time) in plain.items():
        if name != "incident":
            assert (result, in_time) == tuple(built[name]), name
            assert in_time, name
    assert built["incident"] == plain["incident"] == ["503 False", 1]
