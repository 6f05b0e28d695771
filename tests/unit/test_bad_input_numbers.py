"""Numbers with which nothing can be done, at each way in: decorators, tables, the environment, the runtime."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from poet_runs import IMPORT, build, good_is_built, make, poet, run_python, stored, tree

from poetc.config import load_options
from poetc.errors import ConfigError
from poetc.runtime.breaker import Breaker
from poetc.runtime.breaker_hosts import HostBreakers
from poetc.runtime.breaker_window import WindowBreaker, WindowHostBreakers
from poetc.runtime.bulkhead import Bulkhead
from poetc.runtime.guard import Guard
from poetc.runtime.hedge import Hedge
from poetc.runtime.ratelimit import RateLimit
from poetc.runtime.retry_forms import AnyRetry as Retry
from poetc.runtime.testing import testing

NAN, ENDLESS = float("nan"), float("inf")
DECORATORS = [
    "timeout=-1",
    "timeout=0",
    "timeout=-0.0",
    "timeout=1e999",
    "timeout=-1e999",
    "timeout=1e300",
    "timeout=86400.1",
    "timeout=False",
    'timeout="1"',
    "timeout=1j",
    "retries=-1",
    "retries=1.5",
    "retries=1e3",
    "retries=True",
    "retries=101",
    f"retries={'9' * 4_000}",
    "timeout=-5",
]


def test_decorators(tmp_path: Path) -> None:
    """Each is refused at its place; nothing of those functions is written, and the good one beside them is built."""
    functions = "".join(
        f"\n\n@poet({wrong})\ndef f{number}(x: int) -> int:\n    return x\n" for number, wrong in enumerate(DECORATORS)
    )
    root = make(tmp_path, {"app/bad.py": IMPORT.rstrip() + "\n" + functions})
    before = tree(root)
    ran = build(root)
    assert ran.code == 1
    assert [said["code"] for said in ran.said] == ["POET203"] * len(DECORATORS)
    assert [said["line"] for said in ran.said] == [4 + 5 * number for number in range(len(DECORATORS))]
    assert all(said["hint"] for said in ran.said)
    assert good_is_built(root)
    assert stored(root) == {"app.good.slug"}
    assert {name for name, content in tree(root).items() if before.get(name, content) != content} == {"app/good.py"}


@pytest.mark.parametrize("value", ["nan", "-nan", "inf", "-inf", "-1", "0", "-0.0", "1e999", "86400.1", "true", '"1"'])
@pytest.mark.parametrize("table", ["[tool.poet]", '[tool.poet.functions."app.*"]'])
def test_tables(table: str, value: str, tmp_path: Path) -> None:
    """The same in `[tool.poet]` and in the table of a function, named with its line."""
    (tmp_path / "pyproject.toml").write_text(f"{table}\ntimeout = {value}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_options(tmp_path, {})
    told = caught.value.diagnostic
    assert (told.code, told.path, told.line) == ("POET220", "pyproject.toml", 2)
    assert "above 0" in told.message


@pytest.mark.parametrize(
    "value", ["nan", "inf", "-1", "0", "1e999", "9" * 5_000, "-" + "9" * 5_000, "1_0_", "²", "0x10"]
)
@pytest.mark.parametrize("name", ["POET_TIMEOUT", "POET_RETRIES"])
def test_environment(name: str, value: str, tmp_path: Path) -> None:
    """The same in the environment and in `.env`, named by the variable; a command says so and ends with 2."""
    if (name, value) == ("POET_RETRIES", "0"):
        pytest.skip("no retries is a possible wish")
    with pytest.raises(ConfigError) as caught:
        load_options(tmp_path, {name: value})
    assert name in caught.value.diagnostic.message
    (tmp_path / ".env").write_text(f"{name}={value}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_options(tmp_path, {})
    assert (caught.value.diagnostic.path, caught.value.diagnostic.line) == (".env", 1)


def test_a_command_with_an_impossible_wish(tmp_path: Path) -> None:
    """Exit code 2, a diagnostic, and nothing written."""
    root = make(tmp_path, {})
    before = tree(root)
    ran = poet(root, "build", POET_TIMEOUT="nan")
    assert (ran.code, tree(root)) == (2, before)
    assert "POET_TIMEOUT" in ran.out + ran.err


def test_catalogue_entries_that_name_nothing(tmp_path: Path) -> None:
    """Each gets a warning; what names something counts, everything is built, and what is built runs."""
    calls = {"nowhere.fetch": "read", "app.client.gone": "read", "json.lods": "pure"}
    settings = "[tool.poet.calls]\n" + "".join(f'"{name}" = {{effect = "{e}"}}\n' for name, e in calls.items())
    settings += '"app.client.fetch" = {effect = "read", transient = ["app.client.Gone", "nowhere.Gone"]}\n'
    client = "def fetch(x):\n    raise ConnectionError(x)\n"
    user = IMPORT + "from app import client\n\n\n@poet()\ndef f(x: int) -> int:\n    return client.fetch(x)\n"
    root = make(tmp_path, {"pyproject.toml": settings, "app/client.py": client, "app/user.py": user})
    ran = build(root)
    assert ran.code == 0
    assert {said["severity"] for said in ran.said} == {"warning"}
    for name in calls:
        assert any(f"`{name}`" in said["message"] for said in ran.said), name
    assert stored(root) == {"app.good.slug", "app.user.f"}
    program = (
        "from app.user import f\nfrom app._poet._runtime import testing\nwith testing(2):\n    try:\n        f(1)\n"
    )
    program += "    except ConnectionError as error:\n        print(error.__notes__[0])\n"
    assert "2 attempts" in run_python(root, program)


def target() -> None:
    """What stands for the user's function."""


COUNTS = (0, -1, 1.0, True, NAN, ENDLESS, "1", None)
SECONDS = (0.0, -1.0, NAN, ENDLESS, -ENDLESS, True, "1", 1j)
WAITS = (-1.0, NAN, ENDLESS, True, "1")
SHARES = (-0.1, 1.1, NAN, ENDLESS, True, "1")
FACTORS = (0.0, 0.9, 11.0, NAN, ENDLESS, "1")
RUNTIME: list[tuple[Callable[..., Any], str, tuple[Any, ...]]] = [
    (Retry, "attempts", COUNTS),
    (Retry, "first", WAITS),
    (Retry, "most", WAITS),
    (Retry, "budget", SECONDS),
    (Guard, "attempts", COUNTS),
    (Guard, "budget", SECONDS),
    (Breaker, "limit", COUNTS),
    (Breaker, "open_for", SECONDS),
    (Breaker, "probes", COUNTS),
    (Breaker, "successes", COUNTS[:-1]),
    (Breaker, "growth", FACTORS),
    (Breaker, "jitter", SHARES),
    (WindowBreaker, "rate", SHARES),
    (WindowBreaker, "slow", SECONDS),
    (WindowBreaker, "slow_rate", SHARES),
    (WindowBreaker, "window", SECONDS),
    (WindowBreaker, "calls", COUNTS),
    (HostBreakers, "growth", FACTORS),
    (WindowHostBreakers, "rate", SHARES),
    (Bulkhead, "limit", COUNTS),
    (Bulkhead, "wait", WAITS),
    (RateLimit, "calls", COUNTS),
    (RateLimit, "seconds", SECONDS),
    (RateLimit, "burst", COUNTS[:-1]),
    (RateLimit, "wait", WAITS),
    (Hedge, "after", SECONDS),
    (testing, "attempts", COUNTS),
]
NEEDED: dict[Callable[..., Any], dict[str, Any]] = {
    Bulkhead: {"limit": 1},
    RateLimit: {"calls": 1},
    Hedge: {"after": 1.0},
}


@pytest.mark.parametrize(
    ("thing", "name", "numbers"), RUNTIME, ids=lambda part: getattr(part, "__name__", str(part)[:20])
)
def test_runtime(thing: Callable[..., Any], name: str, numbers: tuple[Any, ...]) -> None:
    """What `bind` is made with is refused at import, by the name of the number: never waited for or counted."""
    given = () if thing is testing else (target,)
    thing(*given, **NEEDED.get(thing, {}))
    for number in numbers:
        with pytest.raises(ValueError, match=name):
            thing(*given, **{**NEEDED.get(thing, {}), name: number})
