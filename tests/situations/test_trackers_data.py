"""Databases, queues and caches as people report them: each program runs as it was written and as it is built."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from both_ways import both

SITUATIONS = Path(__file__).parents[1] / "projects" / "situations" / "trackers_data"
SERVERS = Path(__file__).parents[1] / "faults" / "database_servers.py"
SPENT = "BudgetSpentError"


def sides(folder: Path, name: str, *beside: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the script of that situation found: (plain, built)."""
    home = SITUATIONS / name
    others = [path for path in home.glob("*.py") if path.name not in ("shop.py", "script.py")]
    files = {path.name: path.read_text() for path in (*others, *beside)}
    return both(folder, (home / "shop.py").read_text(), (home / "script.py").read_text(), files)


def differing(plain: dict[str, Any], built: dict[str, Any]) -> dict[str, Any]:
    """What the built program found and the plain one didn't."""
    return {key: built.get(key) for key in {**plain, **built} if plain.get(key) != built.get(key)}


def test_alarms_ring_in_their_own_greenlet(tmp_path: Path) -> None:
    """A budget below SQLAlchemy's `run_sync` interrupts neither the event loop nor other greenlets; what is in its own
    greenlet at the end still is."""
    pytest.importorskip("aiosqlite")
    plain, built = sides(tmp_path, "run_sync")
    assert plain["tick"] == "ticked"
    assert plain["found"] == []
    found = differing(plain, built)
    assert set(found.pop("fetch")) <= {"ReadTimeout", SPENT}
    assert found == {"spinning": SPENT}


def test_half_a_transaction_isnt_done_twice(tmp_path: Path) -> None:
    """`retries=` on a connection that is inside a transaction: the error stands, each row is there once."""
    plain, built = sides(tmp_path, "sqlite")
    assert built["put"] == plain["put"] == ["OperationalError: database is locked", 1]
    assert built["transfer"] == plain["transfer"] == ["OperationalError: database is locked", True]
    assert [built[name] for name in ("add", "add2", "scoped")] == [[None, 1]] * 3
    assert built["plain"] == plain["plain"]


def test_waits_that_were_cut_short_are_no_answers(tmp_path: Path) -> None:
    """A queue isn't empty and a thread hasn't ended because a budget has."""
    plain, built = sides(tmp_path, "waits")
    assert plain["join"] == [1]
    assert set(built.values()) <= {SPENT, "TimeoutExpired", "TimeoutError"}
    assert {built[name] for name in built if name.split()[0] in ("take", "put", "join", "event", "waitall")} == {SPENT}
    assert built["take_or_none"] == built["take_or_none in a thread"] == SPENT


def test_postgresql(tmp_path: Path) -> None:
    """Transactions are made again as a whole or not at all; notifications that didn't come aren't none; cursors, COPY,
    pools and locks are as they were."""
    for package in ("psycopg", "psycopg2", "psycopg_pool"):
        pytest.importorskip(package)
    if not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")):
        pytest.skip("no PostgreSQL on this machine")
    plain, built = sides(tmp_path, "postgres", SERVERS)
    assert plain["half"] == ["ConnectionError", 1]
    expected = {"note": [SPENT, SPENT], "waits": [SPENT, 0, "IDLE"], "limited": "PoolTimeout", "transfer": [101, 101]}
    assert differing(plain, built) == expected


def test_models_of_sqlalchemy(tmp_path: Path) -> None:
    """Hybrids, validators, column types and defaults, lambda statements; arguments that are expired or detached cause
    no query; and nothing is warned of."""
    pytest.importorskip("sqlalchemy")
    plain, built = sides(tmp_path, "models")
    assert plain["warnings"] == []
    assert plain["found"] == [[100], [101], [100]]
    assert differing(plain, built) == {"notify2": ["ok", 0], "detached": ["ok", 1]}


def test_transactions_and_streams_of_sqlalchemy(tmp_path: Path) -> None:
    """What a budget interrupts is rolled back and its connection returned; rows of a stream come once each."""
    pytest.importorskip("sqlalchemy")
    plain, built = sides(tmp_path, "transactions")
    assert plain["session0.8"] == [1, 4, 0]
    assert [built[name] for name in ("begin0.8", "session0.8", "begin thread")] == [[SPENT, 2, 0]] * 3
    assert built["scope"] == [None, 3, "KeyError", 3, 0]
    assert (built["stream"], built["paced"], built["parts"]) == ([1, 2, 3], [1, 2, 3], [[1], [2], [3]])
    assert (built["batches"], built["out"], built["warnings"]) == ([[1, 2], [3]], 0, [])


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
def test_redis(tmp_path: Path) -> None:
    """Locks are given back, queues lose nothing to calls that were given up, pipelines and scripts run once."""
    pytest.importorskip("redis")
    plain, built = sides(tmp_path, "redis_server")
    assert plain["long"] == ["done", 0]
    limited = {f"{name} limited": SPENT for name in ("pop", "pop0", "listen", "xread", "acquire")}
    spent = {"long": [SPENT, 0], "long in a thread": [SPENT, 0]}
    assert differing(plain, built) == {**limited, **spent, "left": 1}


def test_mail(tmp_path: Path) -> None:
    """Connecting is tried again; a message whose answer was lost isn't sent again unless `retries=` says so."""
    plain, built = sides(tmp_path, "mail")
    assert built["send lost"] == plain["send lost"] == ["SMTPServerDisconnected", 1, 1]
    again = {
        f"{name} {mode}": ["sent", 3, 1] for name in ("send", "send_again", "send_limited") for mode in ("busy", "drop")
    }
    asked = {"send_again lost": ["SMTPServerDisconnected", 3, 3]}
    assert differing(plain, built) == {**again, **asked, "send_limited slow": [SPENT, 1, 1]}


def test_django(tmp_path: Path) -> None:
    """Managers, signals, migrations and lazy texts; deferred fields stay so, query sets aren't run; Django's decorator
    between marker and function makes no untrue warning."""
    pytest.importorskip("django")
    plain, built = sides(tmp_path, "django_app")
    assert plain["deferred"] == ["ConnectionError", 0]
    told = ["PoetContractWarning: ids() returned NoteQuerySet, its annotation says list"]
    found = differing(plain, built)
    assert found.pop("warnings") == told
    assert found.pop("inside")[0] == 1
    assert found.pop("outside") == ["ConnectionError", 0, 0, ["committed", "committed"]]
    assert found == {"deferred": ["ok", 0], "queryset": ["ok", 0], "slow": [SPENT, 0, False]}


def test_celery(tmp_path: Path) -> None:
    """Tasks that ask for another run, are retried by Celery, or take pydantic's models; signatures are checked."""
    pytest.importorskip("celery")
    plain, built = sides(tmp_path, "celery_tasks")
    assert plain["toomany"] == ["TypeError", []]
    assert differing(plain, built) == {}


def test_caches_and_schedulers(tmp_path: Path) -> None:
    """Decorators of huey, dramatiq, dogpile, diskcache, cachetools and peewee above the marker, jobs by name."""
    for package in ("huey", "dramatiq", "dogpile.cache", "diskcache", "cachetools", "peewee", "apscheduler", "rq"):
        pytest.importorskip(package)
    pytest.importorskip("fakeredis")
    plain, built = sides(tmp_path, "jobs")
    assert plain["hfetch"] == ["TaskException", 3]
    assert differing(plain, built) == {}


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="no redis-server on this machine")
@pytest.mark.xfail(
    strict=True, reason="off the main thread nothing ends the waits between redis-py's own further attempts"
)
def test_redis_clients_that_connect_again(tmp_path: Path) -> None:
    """A thread in BLPOP, with redis-py's default of three further attempts, is late by seconds: 8 to 10 of 0.5."""
    pytest.importorskip("redis")
    _, built = sides(tmp_path, "redis_reconnects")
    assert built["found"] == [SPENT]
