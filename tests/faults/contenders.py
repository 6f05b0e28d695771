"""The same functions three times: plain, under stamina and pybreaker, and built by poet."""

from __future__ import annotations

import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

DEADLINE = 1.0
"""seconds that a call may take where a scenario has a deadline"""
PATIENT = 15.0

BODY = '''
import asyncio
import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import redis
import requests
import sqlalchemy
from redis.backoff import NoBackoff
from redis.retry import Retry

{imports}

ONCE = Retry(NoBackoff(), 0)
"""redis-py repeats by itself, writes too; here it is the contenders that are compared"""

@{patient}
def pay(base: str, order: int) -> dict:
    """Charge once, then ask for the receipt, which may take some tries."""
    requests.post(f"{{base}}/charge/{{order}}", timeout=5).raise_for_status()
    response = requests.get(f"{{base}}/receipt/{{order}}")
    response.raise_for_status()
    return response.json()


@{patient}
def as_tasks(base: str, order: int) -> dict:
    """Charge once and ask for the receipt at the same time, as tasks."""
    async def both() -> list:
        async with httpx.AsyncClient() as client:
            charging = client.post(f"{{base}}/charge/{{order}}")
            return await asyncio.gather(charging, client.get(f"{{base}}/receipt/{{order}}"))

    for response in asyncio.run(both()):
        response.raise_for_status()
    return response.json()


@{patient}
def in_threads(base: str, order: int) -> dict:
    """The same in threads."""
    with ThreadPoolExecutor() as pool:
        charged = pool.submit(requests.post, f"{{base}}/charge/{{order}}", timeout=5)
        read = pool.submit(requests.get, f"{{base}}/receipt/{{order}}")
    charged.result().raise_for_status()
    read.result().raise_for_status()
    return read.result().json()


@{hurried}
def receipt(base: str, order: int) -> dict:
    """The receipt, within the deadline or not at all."""
    response = requests.get(f"{{base}}/receipt/{{order}}")
    response.raise_for_status()
    return response.json()


@{patient}
def balance(path: str) -> int:
    """A read of a database file that somebody else may be writing."""
    with sqlite3.connect(path, timeout=0) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


@{patient}
def patient_balance(path: str) -> int:
    """The same, with the time limit that sqlite3 has of its own."""
    with sqlite3.connect(path) as connection:
        return connection.execute("SELECT count(*) FROM orders").fetchone()[0]


@{patient}
def book(dsn: str, order: int) -> int:
    """Write once, then read, each in a connection of its own."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO orders VALUES (%s)", (order,))
    with psycopg.connect(dsn, autocommit=True) as reading:
        return reading.execute("SELECT count(*) FROM orders WHERE id = %s", (order,)).fetchone()[0]


@{patient}
def streamed(base: str, order: int) -> dict:
    """Charge once, then read a receipt piece by piece."""
    requests.post(f"{{base}}/charge/{{order}}", timeout=5).raise_for_status()
    with requests.get(f"{{base}}/receipt/{{order}}", stream=True, timeout=5) as response:
        response.raise_for_status()
        return json.loads(b"".join(response.iter_content(4)))


@{patient}
def pooled(engine: sqlalchemy.Engine, dsn: str, order: int) -> int:
    """Write once, then read by a connection out of a pool."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("INSERT INTO orders VALUES (%s)", (order,))
    with engine.connect() as reading:
        found = reading.execute(sqlalchemy.text("SELECT count(*) FROM orders WHERE id = :id"), {{"id": order}})
        return found.scalar_one()


@{patient}
def count(port: int, order: int) -> int:
    """Count once, then read."""
    client = redis.Redis("127.0.0.1", port, retry=ONCE)
    client.incr(f"order:{{order}}")
    return int(client.get(f"order:{{order}}"))
'''

STACK = """
import pybreaker
import stamina


def _passes(error):
    if isinstance(error, requests.HTTPError):
        return error.response.status_code in (408, 425, 429, 500, 502, 503, 504)
    return isinstance(error, (requests.RequestException, sqlite3.OperationalError, psycopg.OperationalError,
                              redis.RedisError, OSError, httpx.TransportError, sqlalchemy.exc.OperationalError))


def stacked(seconds):
    def decorate(function):
        guarded = pybreaker.CircuitBreaker(fail_max=5, reset_timeout=30)(function)
        return stamina.retry(on=_passes, attempts=3, timeout=seconds, wait_initial=0.1, wait_max=5.0)(guarded)
    return decorate
"""


def write_contenders(folder: Path, *names: str) -> dict[str, ModuleType]:
    """The modules of these contenders, or of all three, imported; poet's is really built."""
    texts = {
        "plain_calls": ("", "staticmethod", "staticmethod"),
        "stacked_calls": (STACK, f"stacked({PATIENT})", f"stacked({DEADLINE})"),
        "poet_calls": ("from poetc import poet", f"poet(timeout={PATIENT})", f"poet(timeout={DEADLINE})"),
    }
    texts = {name: text for name, text in texts.items() if not names or name.removesuffix("_calls") in names}
    for name, (imports, patient, hurried) in texts.items():
        text = BODY.format(imports=imports, patient=patient, hurried=hurried)
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
    command = [sys.executable, "-m", "poetc", "build"]
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    sys.path.insert(0, str(folder))
    return {name.removesuffix("_calls"): importlib.import_module(name) for name in texts}
