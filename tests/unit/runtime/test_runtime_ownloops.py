"""Which classes of the user's own repeat what fails, told by their compiled code and settings."""

from __future__ import annotations

from unittest.mock import MagicMock

import pytest
from urllib3.util.retry import Retry as OwnRetry

from poetc.runtime.repeats import is_repeating
from poetc.runtime.retry_forms import AnyRetry as Retry
from tests.built_projects import ROOT, VERSIONS, python, said

SOURCE = """\
from poetc.runtime.known import KNOWN
from poetc.runtime.repeats import loops_around_call

KNOWN.sends = ("request", "send", "put", "get", "post")


class Mine:
    def request(self, *given):
        for _ in range(3):
            try:
                answer = self.inner.request(*given)
            except OSError:
                continue
            if answer != 503:
                break
        return answer

    async def send(self, *given):
        while True:
            try:
                return await super().send(*given)
            except OSError:
                pass

    def put(self, url):
        for _ in range(3):
            try:
                return self.inner.put(url)
            except OSError as error:
                last = error
        raise last

    def get(self, url):
        headers = {name: value for name, value in ()}
        for name in headers:
            print(name)
        return super().get(url)

    def post(self, url):
        with open(url):
            return super().post(url)


print({name: loops_around_call(vars(Mine)[name].__code__) for name in ("request", "send", "put", "get", "post")})
"""


class Foreign:
    """What another library calls its retries."""

    def __init__(self) -> None:
        self.total = 3


@pytest.mark.parametrize("version", VERSIONS)
def test_loops_around_the_call(version: str) -> None:
    """A loop counts if the call stands in it, whichever Python compiled it."""
    found = said(python(version, "-c", SOURCE, cwd=ROOT, src=ROOT))
    assert found.strip() == str({"request": True, "send": True, "put": True, "get": False, "post": False})


@pytest.mark.parametrize(
    ("setting", "repeats"),
    [
        (None, False),
        (0, False),
        (2, True),
        (True, False),
        (OwnRetry(0, read=5), False),
        (OwnRetry(False), False),
        (OwnRetry(2), True),
        (OwnRetry(total=None, connect=1), True),
        (OwnRetry(total=None, connect=0, read=0, status=0, other=0), False),
        (OwnRetry(total=None), True),
        (MagicMock(), False),
        (Foreign(), True),
        ("3", False),
    ],
)
def test_settings_that_repeat(setting: object, repeats: bool) -> None:
    """Numbers and urllib3's Retry; without any limit it repeats for ever."""
    assert is_repeating(setting) is repeats


def test_hurried_waits_are_short() -> None:
    """No longer than the first one, and none where the server asks for longer, or for patience."""
    retry = Retry(test_hurried_waits_are_short, attempts=9, first=0.1)
    assert all((retry.pause_after(7, None, 45.0, True, True) or 0.0) < 0.1 for _ in range(50))
    assert retry.pause_after(1, 1.0, 45.0, False, True) is None
    assert retry.pause_after(9, None, 45.0, True, True) is None
    assert retry.pause_after(9, None, 45.0, True, False) is not None
