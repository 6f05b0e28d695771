"""numpy, pandas and pydantic are recognised where the user has loaded them, and never imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from linked_modules import built, forget

MODULE = """\
from __future__ import annotations

from typing import TYPE_CHECKING

from poetc import poet

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from pydantic import BaseModel


@poet(perceive="strict")
def total(values: np.ndarray, table: pd.DataFrame | None = None, model: BaseModel | None = None):
    return values
"""
LIBRARIES = ("numpy", "pandas", "pydantic", "polars", "annotated_types", "typing_extensions")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built module whose libraries are imported for type checkers only."""
    root = tmp_path_factory.mktemp("libraries")
    built(root, "libraries", MODULE)
    forget("libraries")
    return root


def run(project: Path, script: str, *options: str) -> None:
    """A script in a process of its own must end well, with warnings as errors."""
    command = [sys.executable, "-P", *options, "-W", "error", "-c", script]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False, env={"PYTHONPATH": "."})
    assert done.returncode == 0, done.stderr


def test_without_the_libraries(project: Path) -> None:
    """Nothing is installed: whatever is given goes through, and nothing is tried."""
    script = f"""
import sys
from libraries.app import total
for value in (1, [1.0], None, object()) * 3:
    assert total(value, value, value) is value
assert not set({LIBRARIES!r}) & set(sys.modules), sys.modules.keys()
"""
    run(project, script, "-S")


def test_with_imports_blocked(project: Path) -> None:
    """A test suite that puts None in the place of a library isn't disturbed."""
    script = f"""
import sys
sys.modules.update(dict.fromkeys({LIBRARIES!r}))
from libraries.app import total
for value in (1, [1.0], None, object()) * 3:
    assert total(value, value, value) is value
"""
    run(project, script, "-S")


def test_with_the_libraries(project: Path) -> None:
    """Loaded by the user, they are checked: the same built code, in another process."""
    script = """
import numpy as np, pandas as pd, pydantic
from libraries.app import total
array, table = np.zeros(2), pd.DataFrame({"a": [1]})
class Own(pydantic.BaseModel): pass
assert total(array, table, Own()) is array
for bad in ([0.0], array.tolist()), (array, {}), (array, table, 1):
    try:
        total(*bad)
    except TypeError as error:
        assert "its annotation says" in str(error), error
    else:
        raise AssertionError(bad)
"""
    run(project, script)


def test_loaded_later(project: Path) -> None:
    """The first calls may come before the library is loaded; nothing heavy is loaded for the checks' sake."""
    script = """
import sys
before = set(sys.modules)
from libraries.app import total
assert total(1) == 1
assert not {"ast", "dataclasses", "inspect", "datetime", "decimal", "pathlib"} & (set(sys.modules) - before)
import numpy as np
try:
    total([1.0])
except TypeError:
    pass
else:
    raise AssertionError("numpy is here now")
"""
    run(project, script)
