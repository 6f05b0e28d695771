"""Import hooks of type checkers on a package that is built: what is linked has no annotation that can't be resolved."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from poetc.link.runtime_copy import part_of, that_run
from poetc.link.runtime_files import definitions, runtime_texts
from tests.built_projects import ROOT, build, run, said, write

HOOKS = {
    "typeguard": "from typeguard import install_import_hook\ninstall_import_hook('app')\n",
    "beartype": "from beartype.claw import beartype_package\nbeartype_package('app')\n",
}
MODULE = "from poetc import poet\n\n\n@poet(retries=1, timeout=5)\ndef f(x: int) -> int:\n    return x + 1\n"


@pytest.mark.parametrize("checker", HOOKS)
def test_a_hook_on_a_built_package(checker: str, tmp_path: Path) -> None:
    """The package is imported and runs, as it does before the build."""
    pytest.importorskip(checker)
    import sys

    root = write(tmp_path, {"app/__init__.py": "", "app/m.py": MODULE})
    code = HOOKS[checker] + "import sys\nsys.path.insert(0, '.')\nfrom app.m import f\nprint(f(1))\n"
    command = [sys.executable, "-c", code]
    assert said(run(command, cwd=root, env={"PYTHONPATH": str(ROOT)})) == "2\n"
    build(root)
    assert said(run(command, cwd=root)) == "2\n"


def test_the_runtime_that_is_copied_has_no_annotations() -> None:
    """None of them is left for anybody to resolve, but under `if TYPE_CHECKING`, which nobody does at run time."""
    run_nodes = [n for text in runtime_texts(definitions()).values() for n in that_run(list(ast.walk(ast.parse(text))))]
    functions = [node for node in run_nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert len(functions) > 300
    assert not any(isinstance(node, ast.AnnAssign) for node in run_nodes)
    assert all(node.returns is None for node in functions)
    assert not any(node.annotation for node in run_nodes if isinstance(node, ast.arg))


def test_annotations_are_cut_out_alone() -> None:
    """Defaults, values, comments and texts with other letters stay; a declaration leaves `pass`."""
    text = (
        "def f(a: int = 1, *b: 'str', c: dict[\n    str, int] = D, **d: X) -> list[\n    int]:  # ü\n"
        "    x: int = 'ü'; y: str\n    self.z: int\n    return x\n"
    )
    wanted = "def f(a=1, *b, c=D, **d):  # ü\n    x = 'ü'; pass\n    pass\n    return x"
    assert [piece.text for piece in part_of(text, ast.parse(text), frozenset()).pieces] == [wanted]
