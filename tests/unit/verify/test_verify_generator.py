"""The rules engine's own answers pass, for functions that nobody wrote for it."""

from __future__ import annotations

import ast
import bisect
import contextlib
import copy
import json.decoder
import textwrap
from pathlib import Path
from types import ModuleType

import pytest
from verify_answers import Case, code_of_text, verify

from poetc.ir import Policy
from poetc.source.site import ModuleContext

POLICIES = [
    Policy(),
    Policy(timeout=3.0),
    Policy(retries=2),
    Policy(timeout=3.0, retries=1),
    Policy(perceive="strict", enforce="off"),
]


def decorated(module: ModuleType, arguments: str) -> str:
    """A module's source with `@poet(...)` on every function that a decorator of ours can stand on."""
    text = Path(module.__file__ or "").read_text(encoding="utf-8")
    lines = text.split("\n")
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    for node in sorted(found, key=lambda node: -node.lineno):
        if node.col_offset in (0, 4):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            lines.insert(first - 1, " " * node.col_offset + f"@poet({arguments})")
    return "\n".join(lines)


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: f"{policy.timeout}-{policy.retries}-{policy.perceive}")
@pytest.mark.parametrize(
    "module", [bisect, contextlib, copy, json.decoder, textwrap], ids=lambda module: module.__name__
)
def test_answers_for_the_standard_library_pass(module: ModuleType, policy: Policy) -> None:
    """Every function of a module of the standard library, under every policy."""
    asked = ", ".join(
        f"{key}={getattr(policy, key)!r}" for key in ("timeout", "retries") if getattr(policy, key) is not None
    )
    text = decorated(module, asked)
    tree = ast.parse(text)
    imports = tuple(ast.unparse(node) for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom))
    future = any("__future__" in statement for statement in imports)
    bound = tuple({node.name for node in tree.body if isinstance(node, ast.FunctionDef)} & set(dir(__builtins__)))
    owners = [tree, *(node for node in tree.body if isinstance(node, ast.ClassDef))]
    names = {n.name for owner in owners for n in owner.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)}
    for name in sorted(names):
        case = Case(text, policy, ModuleContext(imports, bound, False, future), name)
        verify(case.draft)
        assert code_of_text(case) == ""


SOURCES = {
    "http": (
        "import requests\n\n@poet(timeout=5)\ndef receipt(order: int, *, currency: str = 'EUR') -> dict:\n"
        "    warnings.warn('x', stacklevel=2)\n"
        "    response = requests.get(f'x/{order}', params={'currency': currency})\n"
        "    return response.json()\n",
        Policy(timeout=5.0),
    ),
    "everything": (
        "@poet(timeout=3, retries=1)\ndef f(a, b: int, /, c: str = 'x', *d, e: float = 1.5, **g) -> int:\n"
        "    return locals()\n",
        Policy(timeout=3.0, retries=1),
    ),
    "async": ("@poet(timeout=2)\nasync def f(x: int) -> int:\n    return await g(x)\n", Policy(timeout=2.0)),
    "async generator": ("@poet()\nasync def f(x: int):\n    yield x\n", Policy()),
    "generator": ("@poet(retries=1)\ndef f(x: int):\n    r = yield x\n    return r\n", Policy(retries=1)),
    "one line": ("@poet()\ndef f(x: int) -> str: return g(x)\n", Policy()),
    "tabs": ("@poet()\ndef f(type: int, x: float = 1) -> str:\n\treturn g(type)\n", Policy()),
    "stub": (
        "@poet(domain='ml_monitoring')\ndef detect_drift(current_data, reference_data) -> dict:\n"
        "    return {'drift_detected': False, 'score': 0.0, 'extra': [1]}\n",
        Policy(domain="ml_monitoring"),
    ),
    "domain": (
        "@poet(domain='ml_monitoring')\ndef detect_drift(current_data, reference_data) -> dict:\n"
        "    return {'drift_detected': f(current_data), 'score': 0.0}\n",
        Policy(domain="ml_monitoring"),
    ),
    "recursion": ("@poet(retries=1)\ndef fall(n: int) -> int:\n    return fall(n - 1)\n", Policy(retries=1)),
    "builtin's name": (
        "class A:\n    @poet(retries=1)\n    def list(self, n: list) -> list:\n        return n\n",
        Policy(retries=1),
    ),
    "names of the generator": (
        "@poet(retries=1)\ndef f(perceive: int, result) -> int:\n"
        "    original = operate = _out = error = wait = 1\n    return _out\n",
        Policy(retries=1),
    ),
}


@pytest.mark.parametrize(("source", "policy"), SOURCES.values(), ids=SOURCES)
def test_answers_of_every_form_pass(source: str, policy: Policy) -> None:
    """One function for each form that the engine writes."""
    imports = tuple(line for line in source.split("\n") if line.startswith("import"))
    case = Case(source, policy, ModuleContext(imports=imports))
    verify(case.draft)
    assert code_of_text(case) == ""
