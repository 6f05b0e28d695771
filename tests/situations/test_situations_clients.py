"""Clients that are made in another file than the one that calls them: their calls are seen where they are used."""

from __future__ import annotations

from pathlib import Path

from both_ways import both

CLIENTS = '''\
"""Where this project makes its clients, as real ones do: by globals, factories, subclasses and wrappers."""
import functools
from contextlib import contextmanager

import httpx
import requests

session = requests.Session()
_client = None


class Tagged(requests.Session):
    """What it doesn't override is the library's."""

    def get(self, url, **more):
        return super().get(url, headers={"X-Tag": "1"}, **more)

    def options(self, url, **more):
        return self.post(url, **more)


class Wiring:
    def __init__(self, http=None):
        self.http = http or httpx.Client()


wiring = Wiring()


def shared():
    global _client
    if _client is None:
        _client = httpx.Client()
    return _client


@functools.cache
def kept():
    return requests.Session()


@contextmanager
def opened():
    with requests.Session() as made:
        yield made
'''
SOURCE = """\
from poetc import poet

import clients
from clients import Tagged, session, wiring


@poet()
def imported(url):
    return session.get(url).text


@poet()
def through_module(url):
    return clients.session.get(url).text


@poet()
def lazily(url):
    return clients.shared().get(url).text


@poet()
def cached(url):
    return clients.kept().get(url).text


@poet()
def context(url):
    with clients.opened() as made:
        return made.get(url).text


@poet()
def chain(url):
    return wiring.http.get(url).text


@poet()
def inherited(tagged: Tagged, url: str):
    return tagged.head(url).text


@poet()
def written(tagged: Tagged, url: str):
    return tagged.options(url).text


@poet()
def posted(url):
    return session.post(url).text
"""
SCRIPT = """\
import clients, shop
from scripted_server import Scripted, reset, tried

answer = {}
for name in ("imported", "through_module", "lazily", "cached", "context", "chain", "inherited", "written", "posted"):
    given = (clients.Tagged(),) if name in ("inherited", "written") else ()
    with Scripted(reset, (200, b"")) as server:
        answer[name] = tried(lambda: getattr(shop, name)(*given, server.url)), len(server.got)
"""


def test_reads_through_the_projects_clients_are_repeated(tmp_path: Path) -> None:
    """Wherever the client comes from, its reads pass a connection that is cut, and its writes are made once."""
    plain, built = both(tmp_path, SOURCE, SCRIPT, {"clients.py": CLIENTS})
    for name, (result, requests) in plain.items():
        assert requests == 1, name
        assert result not in ("", None), name
        assert built[name] == (plain[name] if name in ("written", "posted") else ["", 2]), name
