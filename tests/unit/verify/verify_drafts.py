"""Drafts for the tests of verify: a source with one decorated function, an answer, its metadata."""

from __future__ import annotations

import ast
import hashlib
import textwrap
from dataclasses import replace
from pathlib import Path
from typing import Any

from poetc.ir import Draft, Policy, Role, SourceFile, Span, Unit
from poetc.source.functions import kind_of
from poetc.source.module import Module
from poetc.source.site import ModuleContext, PythonSite, PythonUnit


def site_of(text: str, name: str = "") -> PythonSite:
    """The function called `name` (else the first decorated one) of a module `app.text` with this text."""
    text = text if text.startswith(("@", "from", "import", "class", "def")) else textwrap.dedent(text).lstrip("\n")
    tree = ast.parse(text)
    source = SourceFile(
        Path("/project/app/text.py"),
        "app/text.py",
        "app.text",
        Path("/project"),
        "app",
        text.encode(),
        text,
        "utf-8",
        "\n",
    )
    definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    waiting: list[tuple[ast.stmt, tuple[Any, ...]]] = [(node, ()) for node in tree.body]
    for node, around in waiting:
        if isinstance(node, definition) and not (node.decorator_list and not isinstance(node, ast.ClassDef)):
            waiting.extend((each, (*around, node)) for each in node.body)
        elif (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.decorator_list and name in ("", node.name)
        ):
            break
    else:
        raise AssertionError("no decorated function")
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    classes = tuple(each.name for each in around if isinstance(each, ast.ClassDef))
    path = "".join(f"{each.name}{'.' if isinstance(each, ast.ClassDef) else '.<locals>.'}" for each in around)
    first = min(decorator.lineno for decorator in node.decorator_list)
    return PythonSite(
        source=source,
        qualname=path + node.name,
        node=node,
        module=Module(source, tree),
        decorator=node.decorator_list[0],
        role=Role.METHOD if classes else Role.FUNCTION,
        kind=kind_of(node),
        classes=classes,
        span=Span(first, node.col_offset, node.end_lineno or 0, node.end_col_offset or 0),
        around=around,
    )


def unit_of(
    text: str, policy: Policy | None = None, context: ModuleContext | None = None, name: str = ""
) -> PythonUnit:
    """A unit of that function."""
    site = site_of(text, name)
    digest = hashlib.sha256(site.text.encode()).hexdigest()
    free = site.module.free.get((site.span.line, site.node.name), ())
    context = replace(context or ModuleContext(), free=free)
    return PythonUnit(site, policy or Policy(), digest, digest, context=context)


def metadata_for(unit: Unit, **changes: Any) -> dict[str, Any]:
    """Metadata of an honest answer without rewrites."""
    return {
        "engine": "rules",
        "engine_version": "1",
        "original_function_name": unit.site.node.name,
        "decorator_params": {},
        "phases_included": ["perceive", "operate", "enforce"],
        "operate": "relocated",
        "rewrites": [],
        "effects": "unknown",
        "dependencies": [],
        **changes,
    }


def draft_of(unit: Unit, code: str, **changes: Any) -> Draft:
    """A draft with `code`, and metadata changed by `changes`."""
    train = changes.pop("train_code", None)
    return Draft(unit, code, metadata_for(unit, **changes), train)
