"""The rules of direction: who may import whom, and what an import may cost."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sysconfig.get_path("scripts"), "lint-imports")
HEAVY = frozenset(
    {
        "pydantic",
        "pydantic_settings",
        "httpx",
        "libcst",
        "rich",
        "typer",
        "click",
        "fastapi",
        "starlette",
        "uvicorn",
        "watchfiles",
        "hypothesis",
    }
)
NO_OP_ROOMS = (
    "poetc.config",
    "poetc.scan",
    "poetc.extract",
    "poetc.store",
    "poetc.link",
    "poetc.ir",
    "poetc.errors",
    "poetc.effects",
)

PLANTED = {
    "ir-is-the-bottom": ("ir/planted.py", "import poetc.errors"),
    "runtime-stands-alone": ("runtime/planted.py", "import poetc.ir"),
    "effects-stands-alone": ("effects/planted.py", "import poetc.errors"),
    "source-is-asked-by-all": ("source/planted.py", "import poetc.scan"),
    "wire-sees-nothing-of-ours": ("wire/planted.py", "import poetc.errors"),
    "stages-apart": ("scan/planted.py", "import poetc.extract"),
    "only-pipeline-joins": ("store/planted.py", "import poetc.pipeline"),
    "pipeline-prints-nothing": ("pipeline/planted.py", "import poetc.report"),
    "generate-knows-no-project": ("generate/planted.py", "import poetc.config"),
    "service-knows-no-project": ("service/planted.py", "import poetc.store"),
    "hypothesis-inside": ("behaviour/planted.py", "import hypothesis"),
    "typer-in-cli": ("extract/planted.py", "import typer"),
    "rich-in-report": ("cli/planted.py", "import rich"),
    "httpx-in-client": ("verify/planted.py", "import httpx"),
    "fastapi-in-service": ("client/planted.py", "import uvicorn"),
    "libcst-in-codemod": ("link/planted.py", "import libcst"),
    "watchfiles-in-watch": ("cli/planted.py", "import watchfiles"),
    "pydantic-where-bytes-enter": ("link/planted.py", "import pydantic"),
}
"""contract -> the one line, in the file named, that breaks it"""


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the checkout at `root`, whichever poetc is installed."""
    command = [str(LINT_IMPORTS), "--no-cache", "--config", str(root / "pyproject.toml")]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(root)})


def modules_after(statement: str, *flags: str) -> set[str]:
    """Names in sys.modules that `statement` adds, in an interpreter of its own."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules); {statement}"
    code += "; print(*set(sys.modules) - before)"
    done = subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_contracts_are_kept() -> None:
    """Every contract of pyproject.toml holds."""
    done = lint_imports(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_contract_can_break(tmp_path: Path) -> None:
    """A contract that nothing breaks guards nothing: one planted import breaks each, and by its own name."""
    shutil.copytree(ROOT / "poetc", tmp_path / "poetc", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for path, line in PLANTED.values():
        with (tmp_path / "poetc" / path).open("a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    assert {contract["id"] for contract in contracts} == set(PLANTED)
    printed = lint_imports(tmp_path).stdout
    kept = [contract["name"] for contract in contracts if f"{contract['name']} BROKEN" not in printed]
    assert not kept, printed


def test_marker_needs_the_standard_library_only() -> None:
    """`import poetc` works without site-packages and loads nothing but itself."""
    assert modules_after("import poetc", "-I", "-S") <= {"poetc", "__future__"}


def test_runtime_needs_the_standard_library_only() -> None:
    """The runtime is copied into other people's packages: it may name nothing but the standard library.

    Sinks of events name the libraries that they send to, where they are asked for and nowhere else.
    """
    sinks = {"prometheus_client", "opentelemetry"}
    for path in (ROOT / "poetc" / "runtime").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            roots = {name: name.split(".")[0] for name in names}
            foreign = {name for name, root in roots.items() if root not in sys.stdlib_module_names}
            if path.name == "sinks.py" and getattr(node, "col_offset", 0):
                foreign = {name for name in foreign if roots[name] not in sinks}
            assert not {name for name in foreign if not name.startswith("poetc.runtime")}, f"{path.name}: {foreign}"


@pytest.mark.parametrize("room", NO_OP_ROOMS)
def test_no_op_path_loads_nothing_heavy(room: str) -> None:
    """A build with nothing to do pays for none of the libraries that a real one needs."""
    assert not {name.split(".")[0] for name in modules_after(f"import {room}")} & HEAVY


def test_no_op_path_as_a_whole_loads_nothing_heavy() -> None:
    """Nor does the driver, which names all stages, before a function has to be sent."""
    assert not {name.split(".")[0] for name in modules_after("import poetc.pipeline")} & HEAVY
