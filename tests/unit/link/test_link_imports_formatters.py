"""Real formatters run over linked files; the original import still comes back."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from poetc.link.imports import Relinked, relink
from poetc.link.restore import unlink

LINK = "application.subsystem._poet.monitoring.drift_detection"
DECORATORS = ("poetc.poet", "opendxa.dana.poet.poet", "mine.enhance")
TOOLS = {
    "black": [["black", "-q", "."]],
    "black short": [["black", "-q", "--line-length", "40", "."]],
    "isort": [["isort", "-q", "."]],
    "isort black single": [["isort", "-q", "--profile", "black", "--force-single-line-imports", "."]],
    "isort float": [["isort", "-q", "--float-to-top", "--combine-as", "."]],
    "ruff": [
        ["ruff", "check", "-q", "--isolated", "--fix", "--select", "I,E,F,W,UP", "."],
        ["ruff", "format", "-q", "."],
    ],
    "ruff short": [
        ["ruff", "check", "-q", "--isolated", "--fix", "--select", "I", "--line-length", "40", "."],
        ["ruff", "format", "-q", "--isolated", "--line-length", "40", "."],
    ],
}
BODY = "\n@{use}(retries=2)\ndef f(x):\n    return x  +  os.getpid( )+ len(sys.argv)+other\n"

CASES = {
    "plain": ("import sys\nfrom poetc import poet\nimport os\nfrom json import dumps as other\n", "poet"),
    "as": ("import sys, os\nfrom poetc import poet as p\nother = 1\n", "p"),
    "comment": ("import sys\nimport os\nfrom poetc import poet  # noqa: F401\nother = 1\n", "poet"),
    "brackets": ("import sys\nimport os\nfrom poetc import (\n    poet\n)\nother = 1\n", "poet"),
    "others": ("import sys\nimport os\nfrom poetc import poet, __version__ as other\n", "poet"),
    "others in brackets": (
        "import sys\nimport os\nfrom poetc import (\n    poet,  # the marker\n    __version__ as other,\n)\n",
        "poet",
    ),
    "others in a block": (
        "import sys\nimport os\nif os.name:\n    from poetc import poet, __version__ as other\n",
        "poet",
    ),
    "module": ("import sys, poetc, os\nother=1\n", "poetc.poet"),
    "module as": ("import poetc as aaa\nimport sys\nimport os\nother=1\n", "aaa.poet"),
    "own name": ("import sys\nimport os\nfrom mine import enhance\nother = 1\n", "enhance"),
    "fallback": (
        "import sys, os\ntry:\n    from poetc import poet\nexcept ImportError:\n    from mine import enhance as poet\n"
        "other = 1\n",
        "poet",
    ),
}
CASES = {name: (text + BODY.replace("{use}", use), use) for name, (text, use) in CASES.items()}


def run(tool: str, folder: Path) -> None:
    """Run a tool over a folder, or skip, saying so, where it is not installed."""
    for name, *arguments in TOOLS[tool]:
        beside = Path(sys.executable).parent / name
        found = str(beside) if beside.exists() else shutil.which(name)
        if found is None:
            warnings.warn(
                f"{name} is not installed: unlinking after it is NOT tested", pytest.PytestWarning, stacklevel=2
            )
            pytest.skip(f"{name} is not installed")
        subprocess.run([found, *arguments], cwd=folder, check=False, timeout=120, capture_output=True)


def imports_of(data: bytes) -> list[tuple[str, str]]:
    """(dotted path, bound name) of everything a file imports, sorted."""
    found = []
    for node in ast.walk(ast.parse(data)):
        if isinstance(node, ast.Import):
            found += [(alias.name, alias.asname or alias.name) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found += [(f"{node.module}.{alias.name}", alias.asname or alias.name) for alias in node.names]
    return sorted(found)


@pytest.mark.parametrize("tool", TOOLS)
def test_original_import_comes_back_after_a_formatter(tool: str, tmp_path: Path) -> None:
    """After the tool has had its way with the linked files, unlinking restores what was imported, and nothing else."""
    linked: dict[Path, tuple[str, Relinked]] = {}
    for name, (text, _) in CASES.items():
        path = tmp_path / f"{name.replace(' ', '_')}.py"
        linked[path] = (text, relink(text.encode(), LINK, DECORATORS))
        path.write_bytes(linked[path][1].data)
    run(tool, tmp_path)
    touched = 0
    for path, (text, before) in linked.items():
        formatted = path.read_bytes()
        touched += formatted != before.data
        restored = unlink(formatted, before.edits)
        assert imports_of(restored) == imports_of(text.encode()), path.name
        assert relink(formatted, LINK, DECORATORS, known=before.edits).data == formatted, path.name
        whole = [edit.original for edit in before.edits if "sys" not in edit.original]
        if "single" not in tool:
            assert all(original.encode() in restored for original in whole), (path.name, restored)
    assert touched, "the tool changed nothing: the test tests nothing"


@pytest.mark.parametrize(
    ("linked", "restored"),
    [
        (
            "from app._poet.drift import (\n    poet,\n)\n",
            "from poetc import poet, x\n",
        ),
        (
            "from app._poet.drift import (\n    poet,  # noqa\n)\nfrom poetc import x\n",
            "from poetc import poet, x  # noqa\n",
        ),
        (
            "from app._poet.drift import poet\n\nimport os\nfrom poetc import x\n",
            "\nimport os\nfrom poetc import poet, x\n",
        ),
        (
            "from poetc import x\nimport os\nfrom app._poet.drift import poet",
            "from poetc import poet, x\nimport os\n",
        ),
        (
            "from app._poet.drift import poet  # c\nimport os\nfrom poetc import x\n",
            "from poetc import poet  # c\nimport os\nfrom poetc import x\n",
        ),
        (
            "from app._poet.drift import poet\nfrom poetc import x, y\n",
            "from poetc import poet\nfrom poetc import x, y\n",
        ),
        (
            "if a:\n    from app._poet.drift import poet\nfrom poetc import x\n",
            "if a:\n    from poetc import poet\nfrom poetc import x\n",
        ),
        (
            "from app._poet.drift import ( # k\n poet); import os\nfrom poetc import x\n",
            "from poetc import ( # k\n poet); import os\nfrom poetc import x\n",
        ),
        ("import os\n", "import os\n"),
    ],
)
def test_import_that_was_split(linked: str, restored: str) -> None:
    """The two halves of `from poetc import poet, x` are joined again where they can be, and lose no comment."""
    edits = relink(b"from poetc import poet, x\n", "app._poet.drift", DECORATORS).edits
    if linked.startswith("from app._poet.drift import (\n    poet,\n)"):
        linked += "from poetc import x\n"
    assert unlink(linked.encode(), edits).decode() == restored


def test_links_merged_from_two_modules_are_parted() -> None:
    """Two imports that a formatter merged, because both led to the link, go back to a module each."""
    edits = relink(b"from poetc import poet as a\nfrom mine import enhance as b\n", "app._poet.drift", DECORATORS).edits
    merged = b"from app._poet.drift import poet as a, poet as b  # c\n"
    assert unlink(merged, edits) == b"from mine import enhance as b; from poetc import poet as a  # c\n"


def test_wrapped_import_takes_the_newlines_of_its_file() -> None:
    """An import of several lines that a formatter joined gets its lines back, ended as the file's lines are."""
    edits = relink(b"from poetc import (\n    poet,\n)\n", "app._poet.drift", DECORATORS).edits
    joined = b"x = 1\r\nfrom app._poet.drift import poet\r\n"
    assert unlink(joined, edits) == b"x = 1\r\nfrom poetc import (\r\n    poet,\r\n)\r\n"


def test_file_without_a_link_comes_back_as_it_is() -> None:
    """Unlinking what was never linked changes nothing, even if it mentions `_poet`."""
    for data in (b"from poetc import poet\r\n", b"import app._poet\nimport app._poet.x as y\n", b"x = '_poet'\n", b""):
        assert unlink(data) == data
