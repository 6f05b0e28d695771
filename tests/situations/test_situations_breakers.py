"""One dead host, link checkers, test suites that fail on purpose: what a breaker must not do to them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from both_ways import both
from built_projects import PYPROJECT, build, poet, run, said, write
from generated import generated

CRAWLER = """\
import urllib.request
import httpx
import requests
from poetc import poet


@poet(retries=0)
def with_httpx(url: str) -> str:
    return httpx.get(url).text


@poet(retries=0)
def with_requests(url: str) -> int:
    return requests.head(url, timeout=1, allow_redirects=True).status_code


@poet(retries=0)
def with_urllib(url: str) -> int:
    with urllib.request.urlopen(url) as answer:
        return answer.status


def checked(check, urls: list) -> list:
    found = []
    for url in urls:
        try:
            found.append(check(url))
        except (requests.RequestException, httpx.TransportError, urllib.error.URLError):
            found.append("down")
    return found
"""

HOSTS = """\
import http.server, socket, threading, shop

class Good(http.server.BaseHTTPRequestHandler):
    def log_message(self, *x): pass
    def do_GET(self):
        self.send_response(int(self.path[1:] or 200)); self.send_header("content-length", "0"); self.end_headers()
    do_HEAD = do_GET

def served():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Good)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/"

def dead():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{s.getsockname()[1]}/"
"""


def test_one_dead_host_among_many(tmp_path: Path) -> None:
    """A crawler calls one dead host again and again, and several others: every good one answers, plain and built; the
    dead one is then refused, as an error that the caller knows."""
    script = f"""{HOSTS}
gone, good = dead(), served()
urls = [gone] * 7 + [dead() for _ in range(6)] + [good] * 3
answer = [shop.checked(check, urls) for check in (shop.with_httpx, shop.with_requests, shop.with_urllib)]
"""
    plain, built = both(tmp_path, CRAWLER, script)
    assert plain == built == [["down"] * 13 + [text] * 3 for text in ("", 200, 200)]
    refused = f"""{HOSTS}
gone, kinds = dead(), []
for check in (shop.with_httpx, shop.with_requests, shop.with_urllib) * 6:
    try:
        check(gone)
    except Exception as error:
        kinds.append(type(error).__name__)
answer = kinds[-3:]
"""
    assert both(tmp_path / "refused", CRAWLER, refused)[1] == ["CircuitOpenError"] * 3


def test_statuses_are_answers(tmp_path: Path) -> None:
    """A link checker that wants the status gets it, however often it is 503; what raises on it stops asking."""
    source = (
        CRAWLER
        + """

@poet(retries=0)
def raising(url: str) -> int:
    answer = requests.get(url)
    answer.raise_for_status()
    return answer.status_code
"""
    )
    script = f"""{HOSTS}
good = served()
answer = shop.checked(shop.with_requests, [good + "503"] * 9 + [good])
answer += shop.checked(shop.raising, [good + "503"] * 6)
answer.append(shop.checked(shop.raising, [good])[0])
"""
    plain, built = both(tmp_path, source, script)
    assert plain == [503] * 9 + [200] + ["down"] * 6 + [200]
    assert built == [503] * 9 + [200] + ["down"] * 6 + ["down"], "the last one is refused: five answers said so"


TESTS = """\
import pytest
import requests
import shop
from unittest import mock

@pytest.mark.parametrize("number", range(7))
def test_down(number):
    with mock.patch("requests.get", side_effect=requests.ConnectionError("down")) as get:
        for _ in range(4):
            with pytest.raises(requests.ConnectionError, match="down"):
                shop.body("http://api/x")
        assert get.call_count == 4

def test_opens_within_one_test():
    with mock.patch("requests.get", side_effect=requests.ConnectionError("down")) as get:
        for _ in range(6):
            with pytest.raises(requests.ConnectionError):
                shop.body("http://api/x")
        assert get.call_count == 5

@pytest.fixture
def isolated():
    from _poet._runtime import breakers
    breakers()["shop.body"].isolate("api")

def test_isolated_by_a_fixture(isolated):
    with pytest.raises(requests.ConnectionError, match="isolated"):
        shop.body("http://api/x")

def test_up():
    with mock.patch("requests.get", return_value=mock.Mock(content=b"yes", status_code=200)):
        assert shop.body("http://api/x") == b"yes"
        assert shop.limited("http://api/x") == b"yes"

def test_up_again():
    with mock.patch("requests.get", return_value=mock.Mock(content=b"yes", status_code=200)):
        assert shop.limited("http://api/x") == b"yes"
"""

TESTED = """\
import requests
from poetc import poet


@poet()
def body(url: str):
    return requests.get(url).content


@poet()
def limited(url: str):
    return requests.get(url).content
"""


def test_a_test_starts_anew(tmp_path: Path) -> None:
    """With POET_TESTING each test of a suite finds closed breakers and full buckets, those of its own fixtures set."""
    limit = '[tool.poet.functions."shop.limited"]\nrate_limit = "1/h"\n'
    files = {"shop.py": TESTED, "test_shop.py": TESTS, "pyproject.toml": PYPROJECT + limit}
    build(write(tmp_path, files))
    env = {"PYTHONPATH": str(tmp_path), "POET_TESTING": "1"}
    done = run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_shop.py"], cwd=tmp_path, env=env)
    assert "11 passed" in said(done)


def test_testing_starts_anew(tmp_path: Path) -> None:
    """Entering and leaving `testing()` forgets what failed before; a block inside another one doesn't."""
    build(write(tmp_path, {"shop.py": TESTED, "pyproject.toml": PYPROJECT}))
    script = """
import requests, shop
from unittest import mock
from _poet._runtime import breakers, testing
def fail(times):
    with mock.patch("requests.get", side_effect=requests.ConnectionError("down")):
        for _ in range(times):
            try: shop.body("http://api/x")
            except requests.ConnectionError: pass
state = lambda: breakers()["shop.body"].state
with testing(1):
    fail(5); print(state())
    with testing(1): print(state())
    print(state())
print(state())
with testing(1): fail(4)
with testing(1): fail(4); print(state())
"""
    assert (
        said(run([sys.executable, "-c", script], cwd=tmp_path, env={"PYTHONPATH": str(tmp_path)})).split()
        == ["open"] * 3 + ["closed"] * 2
    )


LOOKS = """\
from poetc import poet


class Record:
    def __init__(self) -> None:
        self.data = {"name": "x"}

    @poet()
    def __getattribute__(self, name: str):
        if name in ("data", "__class__"):
            return object.__getattribute__(self, name)
        return self.data[name]


@poet()
def kept(value, use=id):
    return use(value)
"""


def test_arguments_are_left_alone(tmp_path: Path) -> None:
    """Looking for hosts asks no argument for its class: proxies stay unevaluated, and need no context."""
    script = """
import shop
class Lazy:
    loads = 0
    @property
    def __class__(self):
        Lazy.loads += 1
        return str
class Unbound:
    @property
    def __class__(self):
        raise RuntimeError("working outside of request context")
answer = [shop.Record().name, bool(shop.kept(Lazy())), Lazy.loads, bool(shop.kept(Unbound()))]
"""
    for number, setting in enumerate(("", 'breaker = {failures = 5, per = "host"}\n')):
        plain, built = both(tmp_path / str(number), LOOKS, script, pyproject=setting)
        assert plain == built == ["x", True, 0, True]


def test_a_breaker_for_hosts_that_finds_none_is_told_of(tmp_path: Path) -> None:
    """At the setting, with its line; and no other breaker in its place."""
    setting = '[tool.poet.functions."shop.kept"]\nbreaker = {per = "host"}\n'
    write(tmp_path, {"shop.py": LOOKS, "pyproject.toml": f"{PYPROJECT}{setting}"})
    done = poet(tmp_path, "build")
    line = 1 + f"{PYPROJECT}{setting}".split("\n").index('breaker = {per = "host"}')
    assert f"pyproject.toml:{line}:1 warning POET216" in done.stdout + done.stderr
    assert "no call in it is repeated whose host can be told" in done.stdout + done.stderr
    assert not [made for made in generated(tmp_path, "shop.kept").objects if "Breaker" in made.thing]


CLIENTS = """\
import httpx, redis, sqlalchemy, urllib3
from poetc import poet


@poet(retries=0)
def of_base(client: httpx.Client) -> int:
    return client.get("/x").status_code


@poet(retries=0)
def of_redis(client: redis.Redis) -> object:
    return client.get("k")


@poet(retries=0)
async def of_async(client: httpx.AsyncClient, url: str) -> int:
    return (await client.get(url)).status_code
"""


def test_hosts_of_clients(tmp_path: Path) -> None:
    """What a client was made for tells the host of its calls: one dead server behind one client, another goes on."""
    pytest.importorskip("redis")
    pytest.importorskip("sqlalchemy")
    script = f"""{HOSTS}
import asyncio, httpx, redis
good, gone = served(), dead()
def tried(call):
    try: return call()
    except Exception as error:
        kinds = {{"CircuitOpenError", "ConnectError", "RedisError", "HTTPError"}}
        return sorted(kinds & {{c.__name__ for c in type(error).__mro__}})
down, up = httpx.Client(base_url=gone), httpx.Client(base_url=good)
port = int(gone.rstrip("/").rpartition(":")[2])
cache = redis.Redis(port=port, retry=redis.retry.Retry(redis.backoff.NoBackoff(), 0))
async def each():
    async with httpx.AsyncClient() as client:
        found = []
        for url in [gone] * 6 + [good + "200"]:
            try: found.append(await shop.of_async(client, url))
            except httpx.ConnectError as error: found.append(type(error).__name__)
        return found[-2:]
answer = [
    [tried(lambda: shop.of_base(down)) for _ in range(6)][-1], tried(lambda: shop.of_base(up)),
    [tried(lambda: shop.of_redis(cache)) for _ in range(6)][-1], asyncio.run(each()),
]
"""
    plain, built = both(tmp_path, CLIENTS, script)
    assert plain == [["ConnectError", "HTTPError"], plain[1], ["RedisError"], ["ConnectError", 200]]
    assert built == [
        ["CircuitOpenError", "ConnectError", "HTTPError"],
        plain[1],
        ["CircuitOpenError", "RedisError"],
        ["CircuitOpenError", 200],
    ]
