"""What was opened fails when it is read: the smallest block that only reads is done again as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import both

SOURCE = """\
import logging
import pathlib
import tempfile
import urllib.request

import aiohttp
import boto3
import httpx
import requests
from poetc import poet

kept = []
log = logging.getLogger("shop")


@poet()
def page(url: str) -> bytes:
    with httpx.stream("GET", url) as reply:
        return reply.read()


@poet()
async def apage(url):
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as reply:
            log.info("got %s", reply.status)
            return (await reply.read())


@poet()
async def alines(url: str) -> list:
    async with httpx.AsyncClient() as client, client.stream("GET", url) as reply:
        found = []
        async for part in reply.aiter_bytes():
            found.append(part)
    return [b"".join(found)]


@poet()
def chunks(url: str) -> bytes:
    with requests.get(url, stream=True) as reply:
        reply.raise_for_status()
        parts = []
        for part in reply.iter_content(16):
            parts.append(part)
        text = '''of two
lines'''
    return b"".join(parts) + text.encode()


@poet()
def run(url):
    size = 16
    reply = requests.get(url, stream=True)
    found = b"".join(reply.iter_content(size))

    kept.append(len(found))
    return found


@poet()
def content(url):
    reply = requests.get(url, stream=True)
    if reply.ok:
        return reply.content
    return None


@poet()
def opened(url: str):
    with urllib.request.urlopen(url) as reply:
        return reply.read()


@poet()
def chained(url: str):
    return urllib.request.urlopen(url).read()


@poet()
def saved(url, path=tempfile.mktemp()):
    with open(path, "wb") as file:
        with requests.get(url, stream=True) as reply:
            for part in reply.iter_content(16):
                file.write(part)
    return pathlib.Path(path).read_bytes()


@poet()
def stored(url):
    s3 = boto3.client("s3", endpoint_url=url, region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")
    found = s3.get_object(Bucket="shop", Key="receipt")
    return found["Body"].read()


@poet()
def outer_list(url):
    parts = []
    with httpx.stream("GET", url) as reply:
        for part in reply.iter_bytes():
            parts.append(part)
    return b"".join(parts)


@poet()
def counted(url):
    total = 0
    with httpx.stream("GET", url) as reply:
        for part in reply.iter_bytes():
            total += len(part)
    return total


@poet()
def told(url):
    with httpx.stream("GET", url) as reply:
        for part in reply.iter_bytes():
            kept.append(len(part))


@poet()
def given_out(url):
    with httpx.stream("GET", url) as reply:
        for part in reply.iter_bytes():
            yield part


class Rows:
    def __init__(self):
        self.rows = iter("ab")


lines = iter("ab")


@poet()
def helped(url):
    parts = []

    def keep(part):
        parts.append(part)

    with httpx.stream("GET", url) as reply:
        for part in reply.iter_bytes():
            keep(part)
    return parts


@poet()
def used_up(url, rows=Rows()):
    with httpx.stream("GET", url) as reply:
        named = list(rows.rows)
        return [named, reply.read()]


@poet()
def used_up_for_all(url):
    with httpx.stream("GET", url) as reply:
        named = ",".join(lines)
        return [named, reply.read()]


@poet()
def posted(url):
    with httpx.stream("POST", url) as reply:
        return reply.read()


@poet()
def left(urls):
    for url in [urls, urls]:
        with httpx.stream("GET", url) as reply:
            if reply.read():
                break
    return url


@poet(retries=0)
def once(url):
    with httpx.stream("GET", url) as reply:
        return reply.read()
"""

SCRIPT = """\
import asyncio
import inspect
import shop
from cut import Cut

answer = {}
for name in CASES:
    function = getattr(shop, name)
    with Cut(FAILS) as server:
        del shop.kept[:]
        try:
            found = function(server.url)
            if inspect.iscoroutine(found):
                found = asyncio.run(found)
            if inspect.isgenerator(found):
                found = list(found)
            found = len(found) if hasattr(found, "__len__") else type(found).__name__
        except Exception as error:
            found = type(error).__name__
        answer[name] = [found, server.asked, [*shop.kept]]
"""

CUT = '''\
"""A server whose first answers are cut off in the middle of their bodies."""

import threading
from scripted_server import Scripted


class Cut(Scripted):
    def __init__(self, fails, body=b"x" * 100):
        lock, self.asked = threading.Lock(), 0

        def handle(request, _):
            with lock:
                self.asked += 1
                given = body[:40] if self.asked <= fails else body
            request.send_response(200)
            request.send_header("Content-Length", str(len(body)))
            request.send_header("Connection", "close")
            request.end_headers()
            request.wfile.write(given)
            request.close_connection = True

        super().__init__(handle)
'''
CASES = {
    "page": 100,
    "apage": 100,
    "alines": 1,
    "chunks": 112,
    "run": 100,
    "content": 100,
    "outer_list": 100,
    "opened": 100,
    "chained": 100,
    "saved": 100,
    "stored": 100,
    "counted": "int",
}
"""function → the length of what it gives"""
CLIENTS_OWN = (
    "RemoteProtocolError",
    "ChunkedEncodingError",
    "ClientPayloadError",
    "IncompleteRead",
    "ResponseStreamingError",
)
"""errors of the clients for bodies that end too early"""
NOT_REPEATED = ("told", "given_out", "helped", "used_up", "used_up_for_all", "posted", "left", "once")


for module in ("aiohttp", "boto3", "httpx", "requests"):
    pytest.importorskip(module)


def answers(tmp_path: Any, names: Any, fails: int, source: str = SOURCE) -> tuple[Any, Any]:
    """What the functions give, plain and built, where so many answers are cut off."""
    script = f"CASES, FAILS = {tuple(names)!r}, {fails}\n{SCRIPT}"
    return both(tmp_path, source, script, {"cut.py": CUT}, POET_TESTING="3")


def test_a_body_that_is_cut_off_is_read_again_from_its_beginning(tmp_path):
    """One answer is cut off: plain code fails, built code asks again, and does nothing twice that would be seen."""
    plain, built = answers(tmp_path, CASES, fails=1)
    for name, length in CASES.items():
        assert plain[name][0] in CLIENTS_OWN, name
        assert plain[name][1] == 1, name
        assert built[name][:2] == [length, 2], name
    assert built["run"][2] == [100], "what stands behind the block is done once"


def test_attempts_end_and_the_last_error_is_the_clients_own(tmp_path):
    """Every answer is cut off: three attempts, and the same class of error as in plain code."""
    plain, built = answers(tmp_path, CASES, fails=99)
    for name in CASES:
        assert built[name][0] == plain[name][0], name
        assert built[name][1] == 3, name


def test_what_would_be_done_twice_is_not_repeated(tmp_path):
    """A block that hands out, keeps, writes, or is left by a jump to a loop around it runs once, as in plain code."""
    plain, built = answers(tmp_path, NOT_REPEATED, fails=1)
    assert built == plain


def test_without_faults_a_block_does_what_it_did(tmp_path):
    """No answer is cut off: the same results, one request each."""
    names = [*CASES, *NOT_REPEATED]
    plain, built = answers(tmp_path, names, fails=0)
    assert built == plain


WORSE = '''\
"""A server that is busy, or ends bodies too early, by a row of letters: b, c; what is behind the row is whole."""

from scripted_server import Scripted


class Cut(Scripted):
    def __init__(self, row, body=b"x" * 100):
        self.asked = 0

        def handle(request, _):
            what = row[self.asked : self.asked + 1]
            self.asked += 1
            request.send_response(503 if what == "b" else 200)
            request.send_header("Content-Length", str(len(body)))
            request.send_header("Connection", "close")
            request.end_headers()
            request.wfile.write(body[:40] if what == "c" else body)
            request.close_connection = True

        super().__init__(handle)
'''
ROWS = {
    "bbbbbbbbbb": ("HTTPError", 3),
    "bbcbbbbbbb": ("HTTPError", 5),
    "bcbcbbbbbb": ("HTTPError", 5),
    "bbcbcccccc": ("ChunkedEncodingError", 6),
    "bbcbc": (112, 6),
    "cc": (112, 3),
}
"""what the server does → what comes of it, and after how many requests"""


@pytest.mark.parametrize("row", ROWS)
def test_attempts_of_a_block_and_of_its_calls_do_not_multiply(tmp_path: Any, row: str) -> None:
    """What a call has tried in vain is final, and in each further run of the block it has one attempt less."""
    script = f"CASES, FAILS = ('chunks',), {row!r}\n{SCRIPT}"
    _, built = both(tmp_path, SOURCE, script, {"cut.py": WORSE}, POET_TESTING="3")
    assert tuple(built["chunks"][:2]) == ROWS[row]
