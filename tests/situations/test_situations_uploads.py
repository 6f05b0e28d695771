"""What an attempt reads up is sent whole by the next one, or there is no next one: never empty, never half."""

from __future__ import annotations

import pytest
from both_ways import both

SOURCE = """\
import tempfile
import urllib.request
from dataclasses import dataclass

import aiohttp
import httpx
import requests
from poetc import poet


@poet()
def by_requests(url: str, upload) -> int:
    answer = requests.put(url, data=upload)
    answer.raise_for_status()
    return answer.status_code


@poet()
def by_session(session: requests.Session, url: str, upload) -> int:
    answer = session.request("PUT", url, files=[("file", ("a.bin", upload, "a/b"))])
    answer.raise_for_status()
    return answer.status_code


@poet()
def by_httpx(url: str, upload) -> int:
    answer = httpx.put(url, content=upload)
    answer.raise_for_status()
    return answer.status_code


@poet()
def by_httpx_form(url: str, upload) -> int:
    answer = httpx.put(url, files={"file": ("a.bin", upload)})
    answer.raise_for_status()
    return answer.status_code


@poet()
def made_here(url: str, payload: bytes) -> int:
    with tempfile.NamedTemporaryFile() as file:
        file.write(payload)
        file.seek(100)
        answer = requests.put(url, data=file)
        answer.raise_for_status()
        return answer.status_code


@poet(retries=2)
def whole(url: str, upload) -> int:
    with urllib.request.urlopen(urllib.request.Request(url, data=upload.read(), method="PUT")) as answer:
        return answer.status


@poet()
async def by_aiohttp(url: str, payload: bytes) -> int:
    form = aiohttp.FormData()
    form.add_field("file", payload, filename="a.bin")
    async with aiohttp.ClientSession() as session:
        async with session.put(url, data=form) as answer:
            answer.raise_for_status()
            return answer.status
"""

SCRIPT = """\
import asyncio, gzip, io, os, sys, tempfile, zipfile
import requests, shop
from scripted_server import Scripted, reset, tried

N = 50_000
PAYLOAD = os.urandom(N)
def named():
    file = tempfile.NamedTemporaryFile()
    file.write(PAYLOAD); file.seek(0)
    return file
def spooled():
    file = tempfile.SpooledTemporaryFile(10)
    file.write(PAYLOAD); file.seek(0)
    return file
def gzipped():
    return gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(PAYLOAD)))
def zipped():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", PAYLOAD)
    return zipfile.ZipFile(buffer).open("a")
class Passing:
    def __init__(self, file): self.file = file
    def __getattr__(self, name): return getattr(self.file, name)
    def __iter__(self): return iter(self.file)
class Own:
    def __init__(self): self.read = io.BytesIO(PAYLOAD).read
class Once:
    def __init__(self): self.file = io.BytesIO(PAYLOAD)
    def __iter__(self):
        while part := self.file.read(10_000):
            yield part
class Slotted:
    __slots__ = ("inner",)
    def __init__(self): self.inner = io.BytesIO(PAYLOAD)
    def __getattr__(self, name): return getattr(self.inner, name)
def stream():
    yield from (PAYLOAD[at:at + 10_000] for at in range(0, N, 10_000))
def pipe():
    there, here = os.pipe()
    os.write(here, PAYLOAD[:100]); os.close(here)
    return open(there, "rb")
MADE = {"named": named, "spooled": spooled, "gzip": gzipped, "zip": zipped, "passing": lambda: Passing(named()),
    "own": Own, "once": Once, "slotted": Slotted, "generator": stream,
    "pipe": pipe, "bytes": lambda: io.BytesIO(PAYLOAD)}
from tqdm import tqdm
MADE["tqdm"] = lambda: tqdm.wrapattr(named(), "read", total=N, disable=True).__enter__()
from werkzeug.datastructures import FileStorage
MADE["werkzeug"] = lambda: FileStorage(io.BytesIO(PAYLOAD), "a.bin")
from requests_toolbelt import MultipartEncoder
MADE["multipart"] = lambda: MultipartEncoder({"file": ("a.bin", io.BytesIO(PAYLOAD))})
FILES = set(MADE) - {"own", "once", "generator", "pipe", "multipart"}
answer = {}
for first in ((503, b""), reset):
    def sent(name, how, work):
        with Scripted(first, (200, b"")) as server:
            key = f"{how} {name} {'reset' if first is reset else 503}"
            answer[key] = tried(lambda: work(server.url)), [length for _, length in server.got]
    for name, make in MADE.items():
        sent(name, "requests", lambda url: shop.by_requests(url, make()))
        if name in FILES:
            sent(name, "whole", lambda url: shop.whole(url, make()))
            sent(name, "session", lambda url: shop.by_session(requests.Session(), url, make()))
        if name in FILES or name in ("once", "generator", "pipe"):
            sent(name, "httpx", lambda url: shop.by_httpx(url, make()))
        if name in ("named", "bytes", "werkzeug"):
            sent(name, "httpx form", lambda url: shop.by_httpx_form(url, make()))
    sent("here", "requests", lambda url: shop.made_here(url, PAYLOAD))
    sent("form", "aiohttp", lambda url: asyncio.run(shop.by_aiohttp(url, PAYLOAD)))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, list], dict[str, list]]:
    """All uploads of all kinds by all clients, each to a server that fails first."""
    for library in ("tqdm", "werkzeug", "requests_toolbelt"):
        pytest.importorskip(library)
    return both(tmp_path_factory.mktemp("uploads"), SOURCE, SCRIPT, pyproject="breaker = false\n", POET_TESTING="3")


def test_no_upload_is_reported_that_was_not_whole(answers: tuple[dict[str, list], dict[str, list]]) -> None:
    """What is reported as sent was sent again in the length in which it was sent first."""
    plain, built = answers
    assert len(built) > 50
    for name, (result, lengths) in built.items():
        assert len(set(lengths)) <= 1, (name, result, lengths)
        if len(lengths) < 2:
            assert result == plain[name][0], name


def test_files_are_put_back_to_where_they_stood(answers: tuple[dict[str, list], dict[str, list]]) -> None:
    """Whatever can go back is sent a second time, by whichever client, in whichever wrapper."""
    for name, (result, lengths) in answers[1].items():
        how, kind = name.split()[0], name.split()[-2]
        if how in ("requests", "session") and kind in ("named", "spooled", "gzip", "zip", "passing", "bytes", "here"):
            assert (result, len(lengths)) == (200, 2), name
    for kind in ("tqdm", "werkzeug"):
        assert answers[1][f"requests {kind} 503"][0] == 200


def test_what_cannot_go_back_is_sent_once(answers: tuple[dict[str, list], dict[str, list]]) -> None:
    """Generators, pipes, objects that read up something of their own."""
    for kind in ("own", "once", "generator", "pipe"):
        for first in ("503", "reset"):
            result, lengths = answers[1][f"requests {kind} {first}"]
            assert len(lengths) == 1, (kind, first, result)
            assert result == answers[0][f"requests {kind} {first}"][0]
