"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

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
