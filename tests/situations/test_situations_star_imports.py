"""A marker that reaches a module in other ways than by its own import: the function's own module decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from poetc.ir import Ending
from tests.built_projects import VERSIONS, build, poet, python, said, write

HALF = "from poetc import poet\n\n\n@poet()\ndef half(x: int) -> int:\n    return x // 2\n"
CORE = "from poetc import poet\nfrom .util import *\n\n\n@poet()\ndef twice(x: int) -> int:\n    return half(x) * 4\n"
SHOW = "print(core.twice(4), *[hasattr(f, '__wrapped__') for f in (core.twice, util.half)])"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_star_import_behind_the_marker_replaces_no_table(version: str, tmp_path: Path) -> None:
    """`poet` is then another module's, which passes the function on to the table of the function's own module."""
    root = write(tmp_path, {"app/__init__.py": "", "app/core.py": CORE, "app/util.py": HALF})
    before = said(
        python(version, "-c", f"from app import core, util; {SHOW}", cwd=root, src=f".:{Path(__file__).parents[2]}")
    )
    build(root)
    after = said(python(version, "-W", "error", "-c", f"from app import core, util; {SHOW}", cwd=root, src="."))
    assert (before, after) == ("8 False False\n", "8 True True\n")
    assert poet(root, "build", "--check").returncode == 0


def test_a_chain_of_star_imports_and_one_from_another_package(tmp_path: Path) -> None:
    """Through `__init__`, through a module between, and from a package with a runtime of its own."""
    core = CORE.replace("from .util", "from .between")
    files = {
        "app/__init__.py": "from .core import *\n",
        "app/core.py": core,
        "app/between.py": "from other.util import *\nfrom .nothing import *\n",
        "app/nothing.py": "",
        "other/__init__.py": "",
        "other/util.py": HALF,
    }
    root = write(tmp_path, files)
    build(root)
    program = f"from app import core; from other import util; {SHOW}"
    assert said(python("3.11", "-W", "error", "-c", program, cwd=root, src=".")) == "8 True True\n"


@pytest.mark.parametrize("start", [("-m", "app.core"), ("app/core.py",)])
def test_a_program_that_is_started_keeps_its_table(start: tuple[str, ...], tmp_path: Path) -> None:
    """`__main__` is the module that was started, however that was done."""
    core = CORE.replace("from .util", "from app.util") + "\n\nprint(twice(4), hasattr(twice, '__wrapped__'))\n"
    root = write(tmp_path, {"app/__init__.py": "", "app/core.py": core, "app/util.py": HALF})
    build(root)
    assert said(python("3.12", "-W", "error", *start, cwd=root, src=".")) == "8 True\n"


def test_a_function_of_the_same_name_in_both_modules(tmp_path: Path) -> None:
    """Each is found in its own table, though both have the name that was asked for."""
    core = "from poetc import poet\nfrom .util import *\n\n\n@poet()\ndef half(x: int) -> int:\n    return -x\n"
    root = write(tmp_path, {"app/__init__.py": "", "app/core.py": core, "app/util.py": HALF})
    build(root)
    program = "from app import core, util; print(core.half(4), util.half(4), core.half.__wrapped__.__module__)"
    assert said(python("3.13", "-W", "error", "-c", program, cwd=root, src=".")) == "-4 2 app.core\n"


def test_a_function_of_a_module_that_was_never_built_is_said(tmp_path: Path) -> None:
    """Another module's table knows nothing of it, not even what has the same name, whatever `stale` says."""
    root = write(
        tmp_path,
        {
            "app/__init__.py": "",
            "app/util.py": HALF,
            "pyproject.toml": '[project]\nname = "a"\nversion = "1"\n[tool.poet]\nstale = "enhanced"\n',
        },
    )
    build(root)
    (root / "app/late.py").write_text("from .util import poet\n\n@poet()\ndef half(x):\n    return 'late'\n")
    done = python("3.11", "-c", "from app import late; print(late.half(4))", cwd=root, src=".")
    assert said(done) == "late\n" and "app.late.half is not in the last `poet build`" in done.stderr


def test_a_module_under_another_name_keeps_its_table(tmp_path: Path) -> None:
    """Plugins and tests load files by path, under names that nobody knew at build time."""
    root = write(tmp_path, {"app/__init__.py": "", "app/util.py": HALF})
    assert build(root)["app.util.half"].ending is Ending.BUILT
    program = (
        "import importlib.util as u; s = u.spec_from_file_location('weird', 'app/util.py'); m = u.module_from_spec(s)\n"
        "s.loader.exec_module(m); print(m.half(4), hasattr(m.half, '__wrapped__'))"
    )
    assert said(python("3.11", "-W", "error", "-c", program, cwd=root, src=".")) == "2 True\n"
