"""Real services on loopback: in a thread of the test process, with real worker processes."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from poetc.service.server import bind, run_server
from poetc.service.settings import ServiceSettings

HERE = Path(__file__).parent


@dataclass
class Running:
    port: int
    http: httpx.Client

    def transpile(self, code: str, **more) -> httpx.Response:
        return self.http.post("/poet/transpile", json={"function_code": code, **more})


@contextmanager
def running(settings: ServiceSettings) -> Iterator[Running]:
    bound = bind("127.0.0.1", 0)
    port = bound.getsockname()[1]
    ready, servers = threading.Event(), []

    async def on_ready(server, _activity):
        servers.append(server)
        ready.set()

    thread = threading.Thread(target=lambda: asyncio.run(run_server(settings, bound, on_ready, 1)))
    thread.start()
    try:
        assert ready.wait(20)
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=20, trust_env=False) as http:
            yield Running(port, http)
    finally:
        for server in servers:
            server.should_exit = True
        thread.join(20)
        bound.close()
        assert not thread.is_alive()


@pytest.fixture(scope="session", autouse=True)
def engine_path():
    """Workers find the fake engine on PYTHONPATH."""
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(HERE)
    yield
    if before is None:
        del os.environ["PYTHONPATH"]
    else:
        os.environ["PYTHONPATH"] = before


@pytest.fixture(scope="session")
def run():
    """Settings → a running service, as a context manager; its engine is the fake one."""

    def start(**settings):
        return running(ServiceSettings(**{"engine": "poetc_fake_engine", "workers": 1, **settings}))

    return start


@pytest.fixture(scope="module")
def service(run):
    """One open service with default limits for a whole module."""
    with run() as it:
        yield it
