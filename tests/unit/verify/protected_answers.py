"""Real answers for functions that have everything around them: what the rules engine writes, with the client's unit."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from poetc.client.request import to_draft, to_request
from poetc.config import load_options
from poetc.extract import extract_unit
from poetc.ir import Draft
from poetc.scan import find_sites, read_source
from poetc.service.generation import transpile

SETTINGS = """\
[tool.poet]
events = {sample = 0.5}

[tool.poet.functions."shop.receipt"]
breaker = {per = "function", failures = 3, open_for = 10, probes = 2, growth = 2, jitter = 0.25, exclude = ["KeyError"]}
rate_limit = {rate = "100/s", burst = 20, wait = 0.5}
bulkhead = {limit = 4, wait = 1}
fallback = "shop.cached"

[tool.poet.functions."shop.quote"]
breaker = {per = "function", rate = 0.5, slow = 2, slow_rate = 0.75, window = 60, calls = 10}
rate_limit = "10/s"
bulkhead = 2
hedge = 0.25
fallback = {value = {price = 0, tags = ["none"]}}

[tool.poet.functions."shop.page"]
breaker = {per = "host", failures = 2}

[tool.poet.functions."shop.stored"]
breaker = {per = "function"}
events = false
fallback = "None"
"""

SOURCE = """\
import httpx
from poetc import poet


def cached(order, *, currency):
    return {}


def other(order, *, currency):
    return {}


@poet(timeout=5, retries=2)
def receipt(order: int, *, currency: str = "EUR") -> dict:
    response = httpx.get(f"http://localhost/{order}", params={"currency": currency})
    return response.json()


@poet(timeout=3)
async def quote(client: httpx.AsyncClient, order: int) -> dict:
    response = await client.get(f"/quotes/{order}")
    return response.json()


@poet()
def page(url: str, secret: str) -> str:
    return httpx.get(url, headers={"key": secret}).text


@poet()
def stored(order: int) -> str | None:
    return httpx.get(f"http://localhost/{order}").text
"""


@cache
def protected() -> dict[str, Draft]:
    """Function -> the answer for it."""
    with TemporaryDirectory() as folder:
        root = Path(folder).resolve()
        (root / "pyproject.toml").write_text(SETTINGS, encoding="utf-8")
        (root / "shop.py").write_text(SOURCE, encoding="utf-8")
        options = load_options(root, {})
        source = read_source(root / "shop.py", options)
        assert source is not None
        units = [extract_unit(site, options, {})[0] for site in find_sites(source, options.decorators)[0]]
        return {unit.site.node.name: to_draft(unit, transpile(to_request(unit))) for unit in units}
