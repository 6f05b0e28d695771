"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update-cases` rewrites the `out` sections of tests/cases."""
    parser.addoption("--update-cases", action="store_true", help="rewrite the out sections of tests/cases")


@pytest.fixture(scope="session", autouse=True)
def one_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """All builds of a session share one local service, not the user's, which ends with the session."""
    before = os.environ.get("POET_STATE_DIR")
    folder = tmp_path_factory.mktemp("service", numbered=True)
    folder.chmod(0o700)
    os.environ["POET_STATE_DIR"] = str(folder)
    yield folder
    from poetc.client.local import stop_local

    stop_local()
    if before is None:
        del os.environ["POET_STATE_DIR"]
    else:
        os.environ["POET_STATE_DIR"] = before


class Sequential(Executor):
    """Does at once what it is given."""

    def submit(self, work: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Run `work`; the future is done."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


@pytest.fixture(scope="session", autouse=True)
def generation_in_turns() -> Iterator[None]:
    """Tests that generate in this very process do so on one thread.

    A build's threads only talk to the service. Where a test puts the generator in its place, they would parse beside
    the verifier, and on Python 3.11 `ast.parse` in two threads at once can break the interpreter's parser for good
    (`SystemError: AST constructor recursion depth mismatch`, CPython gh-106905).
    """
    from poetc.pipeline import answers

    kept = answers.ThreadPoolExecutor
    answers.ThreadPoolExecutor = lambda **options: Sequential()  # type: ignore[assignment, misc]
    yield
    answers.ThreadPoolExecutor = kept  # type: ignore[misc]
