"""Attempts don't multiply: what a queue, a decorator or a loop repeats already is tried once each time."""

from __future__ import annotations

from pathlib import Path

import pytest
from both_ways import both

SOURCE = """\
import requests
import stamina
import tenacity
from poetc import poet

PASSING = tenacity.retry_if_exception_type(Exception)


@poet()
def helper(url: str) -> str:
    answer = requests.get(url)
    answer.raise_for_status()
    return answer.text


@tenacity.retry(stop=tenacity.stop_after_attempt(3), reraise=True)
def by_decorator(url: str) -> str:
    return helper(url)


@tenacity.retry(stop=tenacity.stop_after_attempt(3), reraise=True)
@poet()
def itself(url: str) -> str:
    return requests.get(url).text


def by_block(url: str) -> str:
    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(3), reraise=True):
        with attempt:
            return helper(url)


@stamina.retry(on=requests.RequestException, attempts=3, wait_initial=0, wait_max=0, wait_jitter=0)
def by_stamina(url: str) -> str:
    return helper(url)


def after_block(url: str) -> str:
    for attempt in tenacity.Retrying(stop=tenacity.stop_after_attempt(3)):
        with attempt:
            pass
    return helper(url)


@poet()
def looped(url: str) -> str:
    for attempt in range(3):
        try:
            return requests.get(url).text
        except requests.RequestException:
            pass
    raise RuntimeError("gave up")


@poet()
def alone(url: str) -> str:
    return helper(url)
"""

SCRIPT = """\
import shop
from scripted_server import Scripted, reset, tried
answer = {}
for name in ("by_decorator", "itself", "by_block", "by_stamina", "after_block", "looped", "alone"):
    with Scripted(reset) as server:
        answer[name] = tried(lambda: getattr(shop, name)(server.url)), len(server.got)
"""

TASKS = """\
import requests
from celery import Celery
from poetc import poet

celery = Celery("shop")
celery.conf.task_always_eager = True


@poet()
def helper(url: str) -> str:
    return requests.get(url).text


@celery.task(autoretry_for=(requests.ConnectionError,), max_retries=2, default_retry_delay=0)
@poet()
def auto(url: str) -> str:
    return requests.get(url).text


@celery.task(autoretry_for=(requests.ConnectionError,), max_retries=2, default_retry_delay=0)
def around(url: str) -> str:
    return helper(url)


@celery.task(bind=True, max_retries=2, default_retry_delay=0)
@poet()
def bound(self, url: str) -> str:
    try:
        return requests.get(url).text
    except requests.ConnectionError as error:
        raise self.retry(exc=error, countdown=0)


@celery.task(bind=True, max_retries=2, default_retry_delay=0)
def calling(self, url: str) -> str:
    try:
        return helper(url)
    except requests.ConnectionError as error:
        raise self.retry(exc=error, countdown=0)


@celery.task
@poet()
def plain(url: str) -> str:
    return requests.get(url).text
"""

RUN_TASKS = """\
import shop
from scripted_server import Scripted, reset, tried
answer = {}
for name in ("auto", "around", "bound", "calling", "plain"):
    with Scripted(reset) as server:
        answer[name] = tried(lambda: getattr(shop, name).apply((server.url,)).get()), len(server.got)
"""


def test_attempts_do_not_multiply(tmp_path: Path) -> None:
    """Under tenacity and stamina, as decorators and as blocks, and in a loop of the user's own: as often as it says."""
    pytest.importorskip("stamina")
    plain, built = both(tmp_path, SOURCE, SCRIPT, pyproject="breaker = false\n", POET_TESTING="3")
    for name in ("by_decorator", "itself", "by_block", "by_stamina", "looped"):
        assert built[name] == plain[name], name
        assert built[name][1] == 3, name
    assert built["after_block"][1] == built["alone"][1] == 3


def test_attempts_of_tasks_do_not_multiply(tmp_path: Path) -> None:
    """A task that celery runs three times makes three requests, itself or by a function that it calls."""
    pytest.importorskip("celery")
    plain, built = both(tmp_path, TASKS, RUN_TASKS, pyproject="breaker = false\n", POET_TESTING="3")
    for name in ("auto", "around", "bound", "calling"):
        assert built[name] == plain[name], name
        assert built[name][1] == 3, name
    assert (plain["plain"][1], built["plain"][1]) == (1, 3)
