"""Two linked packages in one process: their errors are the same classes, and one `testing` holds for both."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.built_projects import build, python, said, write

PAY = """
import socket

from poetc import poet


@poet(retries=0)
def pay(order: int) -> int:
    with socket.create_connection(("127.0.0.1", 1)):
        return order
"""
SETTINGS = """
[tool.poet.functions."pay.core.pay"]
breaker = {failures = 1, per = "function"}
"""
SHOP = """
from poetc import poet

from pay.core import pay


@poet(perceive="strict")
def buy(order: int) -> int:
    return pay(order)


@poet(retries=3)
def ship(calls: list) -> None:
    calls.append(1)
    raise ConnectionError("down")
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two packages, each with its own link package."""
    files = {"pay/__init__.py": "", "pay/core.py": PAY, "shop/__init__.py": "", "shop/core.py": SHOP}
    root = write(tmp_path_factory.mktemp("shared"), {"pyproject.toml": SETTINGS, **files})
    build(root)
    assert (root / "pay" / "_poet").is_dir()
    assert (root / "shop" / "_poet").is_dir()
    return root


@pytest.mark.parametrize("first", ["pay", "shop"])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_errors_of_one_package_are_caught_by_the_others_class(project: Path, first: str, version: str) -> None:
    """Whichever package is imported first, and whatever raises."""
    program = f"""
import {first}.core, pickle
from pay.core import pay
from shop.core import buy
from pay._poet import _runtime as one
from shop._poet import _runtime as other
assert one.CircuitOpenError is other.CircuitOpenError and one.PerceiveError is other.PerceiveError
assert one.testing is other.testing
try:
    pay(1)
except ConnectionError:
    pass
try:
    buy(1)
except other.CircuitOpenError as error:
    print(type(pickle.loads(pickle.dumps(error))) is one.CircuitOpenError)
try:
    buy("many")
except one.PerceiveError:
    print("refused")
"""
    assert said(python(version, "-c", program, cwd=project, src=project)) == "True\nrefused\n"


def test_testing_holds_for_every_package(project: Path) -> None:
    """That of one package, entered, limits what another one tries."""
    program = """
from pay._poet._runtime import testing
from shop.core import ship
calls = []
with testing(attempts=2):
    try:
        ship(calls)
    except ConnectionError:
        print(len(calls))
"""
    assert said(python("3.11", "-c", program, cwd=project, src=project)) == "2\n"
