"""HTTP clients as their users set them up, from public trackers: hooks, transports, sessions, retries of their own."""

from __future__ import annotations

from typing import Any

import pytest
from both_ways import both
from tracked import MISSING

SOURCE = """\
import httpx
import requests
import urllib3
from poetc import poet


@poet()
def charge(client: httpx.Client, url: str) -> int:
    return client.post(url).status_code


@poet()
async def charge_async(client: httpx.AsyncClient, url: str) -> int:
    return (await client.post(url)).status_code


@poet()
def charge_requests(session: requests.Session, url: str) -> int:
    return session.post(url).status_code


@poet()
def read(client: httpx.Client, url: str) -> int:
    return client.get(url).status_code


@poet()
def read_requests(session: requests.Session, url: str) -> int:
    return session.get(url).status_code


@poet()
def read_pool(pool: urllib3.PoolManager, url: str, **options) -> int:
    return pool.request("GET", url, **options).status


@poet()
def read_urllib3(url: str) -> int:
    return urllib3.request("GET", url).status


@poet()
async def blocking(url: str) -> int:
    return requests.get(url).status_code
"""

CLIENTS = """\
import asyncio, time
import httpx, requests, shop, urllib3
from requests.adapters import HTTPAdapter
from scripted_server import Scripted, reset
from tracked import Cases, awaited, counted, dead
from urllib3.util.retry import Retry

answer = case = Cases()


class Elsewhere(HTTPAdapter):  # an adapter that connects to a host where nobody listens
    def get_connection_with_tls_context(self, *given, **options):
        return self.poolmanager.connection_from_url(dead())


@case
def hook_of_httpx():
    def audit(response):
        httpx.post(dead())
    with httpx.Client(event_hooks={"response": [audit]}) as client:
        return counted(lambda url: shop.charge(client, url), (200, b""))


@case
def hook_of_async_httpx():
    async def audit(response):
        async with httpx.AsyncClient() as other:
            await other.post(dead())
    async def go(url):
        async with httpx.AsyncClient(event_hooks={"response": [audit]}) as client:
            return await shop.charge_async(client, url)
    return counted(lambda url: asyncio.run(go(url)), (200, b""))


@case
def authentication_of_httpx():
    class Confirmed(httpx.Auth):
        def auth_flow(self, request):
            response = yield request
            if response.status_code == 202:
                yield httpx.Request("POST", dead())
    with httpx.Client(auth=Confirmed()) as client:
        return counted(lambda url: shop.charge(client, url), (202, b""))


@case
def transport_with_a_second_host():
    class Failover(httpx.BaseTransport):
        inner = httpx.HTTPTransport()
        def handle_request(self, request):
            try:
                return self.inner.handle_request(request)
            except httpx.TransportError:
                return self.inner.handle_request(httpx.Request("POST", dead()))
    with httpx.Client(transport=Failover()) as client:
        return counted(lambda url: shop.charge(client, url), reset)


@case
def session_with_a_second_host():
    class Failover(requests.Session):
        def request(self, method, url, **options):
            try:
                return super().request(method, url, **options)
            except requests.ConnectionError:
                self.mount("http://", Elsewhere())
                return super().request(method, url, **options)
    return counted(lambda url: shop.charge_requests(Failover(), url), reset)


@case
def hook_of_requests():
    def again(response, **options):
        other = requests.Session()
        other.mount("http://", Elsewhere())
        return other.post(response.url)
    session = requests.Session()
    session.hooks["response"].append(again)
    return counted(lambda url: shop.charge_requests(session, url), (202, b""))


def back_in_a_moment(call):
    import threading
    address = dead()
    port = int(address.split(":")[2].split("/")[0])
    found = []
    def serve():
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                found.append("POST")
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()
            def log_message(self, *given):
                pass
        server = http.server.HTTPServer(("127.0.0.1", port), Handler)
        server.timeout = 3
        server.handle_request()
        server.server_close()
    timer = threading.Timer(0.3, serve)
    timer.start()
    try:
        return call(address), len(found)
    except Exception as error:
        return type(error).__name__, len(found)
    finally:
        timer.cancel()


@case
def refused_at_first_by_httpx():
    with httpx.Client(follow_redirects=True) as client:
        return back_in_a_moment(lambda url: shop.charge(client, url))


@case
def refused_at_first_by_requests():
    return back_in_a_moment(lambda url: shop.charge_requests(requests.Session(), url))


def session_with(retries):
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=retries))
    return session


@case
def adapter_without_total():
    session = session_with(Retry(total=None, connect=2, read=2))
    return counted(lambda url: shop.read_requests(session, url), reset)


@case
def adapter_with_zero():
    return counted(lambda url: shop.read_requests(session_with(Retry(total=0, read=5)), url), reset)


for name, options in {
    "pool_as_it_is": {},
    "pool_with_retry": {"retries": Retry(4)},
    "pool_told_not_to": {"retries": False},
    "pool_with_zero": {"retries": 0},
}.items():
    def work(options=options):
        return counted(lambda url: shop.read_pool(urllib3.PoolManager(**options), url), reset)
    work.__name__ = name
    case(work)


@case
def pool_told_by_the_call():
    return counted(lambda url: shop.read_pool(urllib3.PoolManager(), url, retries=1), reset)


@case
def pool_that_knows_the_status():
    pool = urllib3.PoolManager(retries=Retry(2, status_forcelist=[503], raise_on_status=False))
    return counted(lambda url: shop.read_pool(pool, url), (503, b""))


@case
def pool_that_knows_no_status():
    return counted(lambda url: shop.read_pool(urllib3.PoolManager(), url), (503, b""), (200, b""))


@case
def urllib3_by_itself():
    return counted(lambda url: shop.read_urllib3(url), reset)


for name, script in {"retries_transport_status": (503, b""), "retries_transport_reset": reset}.items():
    def work(script=script):
        import httpx_retries
        transport = httpx_retries.RetryTransport(retry=httpx_retries.Retry(total=2, backoff_factor=0.01))
        return counted(lambda url: shop.read(httpx.Client(transport=transport), url), script)
    work.__name__ = name
    case(work)


def client_that_connects_again():
    import httpcore
    tried = []
    class Backend(httpcore.NetworkBackend):
        def connect_tcp(self, *given, **options):
            tried.append(1)
            raise httpcore.ConnectTimeout("no")
        def sleep(self, seconds):
            pass
    transport = httpx.HTTPTransport(retries=2)
    transport._pool._network_backend = Backend()
    return httpx.Client(transport=transport), tried


@case
def httpx_that_connects_again():
    client, tried = client_that_connects_again()
    try:
        shop.read(client, "http://127.0.0.1:1/")
    except httpx.ConnectTimeout:
        return len(tried)


@case
def httpx_that_connects_again_reads_once():
    client = httpx.Client(transport=httpx.HTTPTransport(retries=2))
    return counted(lambda url: shop.read(client, url), (503, b""), (200, b""))


class Stubborn(requests.Session):
    def request(self, *given, **options):
        for left in (2, 1, 0):
            try:
                response = super().request(*given, **options)
            except requests.ConnectionError:
                if not left:
                    raise
                continue
            if response.status_code != 503:
                break
        return response


class Talkative(requests.Session):
    def request(self, *given, **options):
        for line in (1, 2):
            str(line)
        return super().request(*given, **options)


class StubbornTransport(httpx.HTTPTransport):
    def handle_request(self, request):
        left = 2
        while True:
            try:
                return super().handle_request(request)
            except httpx.TransportError:
                if not left:
                    raise
                left -= 1


@case
def loop_of_a_session():
    return counted(lambda url: shop.read_requests(Stubborn(), url), reset)


@case
def loop_of_a_session_by_status():
    return counted(lambda url: shop.read_requests(Stubborn(), url), (503, b""))


@case
def loop_of_a_session_around_nothing():
    return counted(lambda url: shop.read_requests(Talkative(), url), (503, b""), (200, b""))


@case
def loop_of_a_transport():
    return counted(lambda url: shop.read(httpx.Client(transport=StubbornTransport()), url), reset)


@case
def loop_that_is_held_up():
    async def go():
        ticks = []
        async def tick():
            while True:
                ticks.append(time.monotonic())
                await asyncio.sleep(0.01)
        ticking = asyncio.create_task(tick())
        await asyncio.sleep(0.05)
        found = await awaited(shop.blocking(dead()))
        await asyncio.sleep(0.05)
        ticking.cancel()
        return found, max(b - a for a, b in zip(ticks, ticks[1:])) > 1
    return asyncio.run(go())


@case
def status_and_then_nobody():
    return counted(lambda url: shop.read(httpx.Client(), url), (503, b""), reset)
"""

RIGHT: dict[str, tuple[Any, Any]] = {
    # what arrived isn't sent again, whatever failed after it
    "hook_of_httpx": (["ConnectError", 1], ["ConnectError", 1]),
    "hook_of_async_httpx": (["ConnectError", 1], ["ConnectError", 1]),
    "authentication_of_httpx": (["ConnectError", 1], ["ConnectError", 1]),
    "transport_with_a_second_host": (["ConnectError", 1], ["ConnectError", 1]),
    "session_with_a_second_host": (["ConnectionError", 1], ["ConnectionError", 1]),
    "hook_of_requests": (["ConnectionError", 1], ["ConnectionError", 1]),
    # what was refused is
    "refused_at_first_by_httpx": (["ConnectError", 0], [200, 1]),
    "refused_at_first_by_requests": (["ConnectionError", 0], [200, 1]),
    # a client that repeats by itself isn't repeated
    "adapter_without_total": (["ConnectionError", 3], ["ConnectionError", 3]),
    "adapter_with_zero": (["ConnectionError", 1], ["ConnectionError", 3]),
    "pool_as_it_is": (["MaxRetryError", 4], ["MaxRetryError", 4]),
    "pool_with_retry": (["MaxRetryError", 5], ["MaxRetryError", 5]),
    "pool_told_not_to": (["ProtocolError", 1], ["ProtocolError", 3]),
    "pool_with_zero": (["MaxRetryError", 1], ["MaxRetryError", 3]),
    "pool_told_by_the_call": (["MaxRetryError", 2], ["MaxRetryError", 2]),
    "pool_that_knows_the_status": ([503, 3], [503, 3]),
    "pool_that_knows_no_status": ([503, 1], [200, 2]),
    "urllib3_by_itself": (["MaxRetryError", 4], ["MaxRetryError", 4]),
    "retries_transport_status": ([503, 3], [503, 3]),
    "retries_transport_reset": (["ReadError", 3], ["ReadError", 3]),
    "httpx_that_connects_again": (3, 3),
    "httpx_that_connects_again_reads_once": ([503, 1], [200, 2]),
    "loop_of_a_session": (["ConnectionError", 3], ["ConnectionError", 3]),
    "loop_of_a_session_by_status": ([503, 3], [503, 3]),
    "loop_of_a_session_around_nothing": ([503, 1], [200, 2]),
    "loop_of_a_transport": (["ReadError", 3], ["ReadError", 3]),
    # no wait holds up an event loop for long
    "loop_that_is_held_up": (["ConnectionError", False], ["ConnectionError", False]),
    # the answer that there was is the answer
    "status_and_then_nobody": ([503, 1], [503, 3]),
}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    """All cases, as written and as built."""
    return both(tmp_path_factory.mktemp("http"), SOURCE, CLIENTS)


def test_clients(found: tuple[Any, Any]) -> None:
    """What a caller gets, and how many requests arrived, plain and built, where the library is installed."""
    plain, built = found
    answers = {name: (plain[name], built[name]) for name in RIGHT if plain[name] != MISSING}
    assert answers == {name: RIGHT[name] for name in answers}
