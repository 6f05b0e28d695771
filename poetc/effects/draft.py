"""A draft of a library's file in the catalogue, for a person to check: `python -m poetc.effects.draft NAME`.

Names, forms, time limits, classes that are returned, and twins are facts of the library's types. What a call does
isn't: each effect is "unknown" until a person has looked, with what the name and the docstring say beside it.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from poetc.effects.drafted import Found, Module, find_library, methods_of, yields
from poetc.source.nodes import FunctionNode, dotted_name, flat, parameters

_WORD: Final = re.compile(r"[A-Za-z]+")
_READS: Final = frozenset(
    _WORD.findall("""
        count describe exists fetch find get has head is iter list load lookup ping query read retrieve scan
        search show
    """)
)
_WRITES: Final = frozenset(
    _WORD.findall("""
        add append approve cancel clear close commit create decr delete destroy drop edit enqueue execute incr insert
        invoke merge move patch pop post publish purge push put remove rename replace reset run save send set start stop
        submit update upload upsert write
    """)
)
"""first words of names, and of docstrings"""
LIMIT: Final = re.compile(
    r"(request_|read_|connect_|blocking_)?timeout(_s|_sec|_secs|_seconds|_ms|_millis|_milliseconds)?"
)
_PASSING: Final = re.compile(
    r"Timeout|TimedOut|Connect|Unavailable|Busy|Temporar|Transient|RateLimit|TooMany|Throttl|Disconnect|Retry"
)
_ERRORS: Final = re.compile(r"(Error|Exception|Timeout|Busy|Unavailable)$")
_BUILTIN: Final = frozenset({"str", "bytes", "int", "float", "bool", "list", "dict", "tuple", "set"})
_WAITED: Final = frozenset({"Awaitable", "Coroutine", "Optional", "Union", "Type"})
_TO_CHECK: Final = (
    "A draft. Nothing here is true until somebody has looked: say what each call does, with the page or the line",
    "that says so, and delete what nobody calls. A wrong `read` repeats what must not be repeated: what you aren't",
    "sure of, leave out.",
)


@dataclass(frozen=True, slots=True)
class Call:
    """What is found of a function or method."""

    of: str
    form: str
    limit: str
    at: int | None
    returns: str
    proposed: str
    """"read" or "write", "" where nothing speaks for one"""
    name: str
    evidence: str


def draft(root: str) -> str | None:
    """The text of a file of the catalogue; None if there is no library of that name."""
    found = find_library(root)
    if found is None:
        return None
    calls = [_call(found, name, node, module) for name, (node, module) in sorted(found.functions.items())]
    twins = _twins(found)
    errors = sorted(name for name in found.classes if _ERRORS.search(name))
    classes = [name for name in sorted(found.classes) if name not in errors]
    shown = []
    for cls in classes:
        node, module = found.classes[cls]
        own = [_call(found, f"{cls}.{m.name}", m, module, cls) for m in _all_methods(found, node, module)]
        beside = found.classes.get(twins.get(cls, ""))
        said = {method.name for method in _all_methods(found, *beside)} if beside else set[str]()
        calls += [call for call in own if call.name not in said]
        shown += [cls] if own else []
    return "".join(
        f"{line}\n" for line in [*_head(root, errors), *_made(shown), *_listed(calls), *_tables(found, shown, twins)]
    )


def _all_methods(found: Found, node: ast.ClassDef, module: Module) -> list[FunctionNode]:
    """A class's methods, with those of private classes that it is made of: nobody else has them."""
    methods = {method.name: method for method in methods_of(node)}
    waiting, seen = found.bases(f"{module.name}.{node.name}"), set[str]()
    while waiting:
        home = waiting.pop()
        if home not in seen and home not in found.home:
            seen.add(home)
            methods = {method.name: method for method in methods_of(found.known[home][0])} | methods
            waiting += found.bases(home)
    return list(methods.values())


def _call(found: Found, dotted: str, node: FunctionNode, module: Module, of: str = "") -> Call:
    taken = [argument.arg for argument in [*node.args.posonlyargs, *node.args.args]]
    taken = taken[1:] if of and taken[:1] in (["self"], ["cls"]) else taken
    limits = [p.arg for p in parameters(node.args) if LIMIT.fullmatch(p.arg)]
    limit = limits[0] if limits else ""
    proposed, evidence = proposal(node, module.path)
    return Call(
        of or dotted.rpartition(".")[0],
        form_of(node),
        limit,
        taken.index(limit) if limit in taken else None,
        _returned(found, node.returns, module),
        proposed,
        node.name,
        evidence,
    )


def form_of(node: FunctionNode) -> str:
    """How the value of a call is meant to be used, in the words of `Entry.form`."""
    marks = {dotted_name(mark).rpartition(".")[2] for mark in node.decorator_list}
    if "asynccontextmanager" in marks or "contextmanager" in marks:
        return "async context" if "asynccontextmanager" in marks else "context"
    said = {dotted_name(part).rpartition(".")[2] for part in flat(node.returns)} if node.returns else set()
    if yields(node) or said & {"AsyncIterator", "AsyncGenerator", "AsyncIterable"}:
        is_async = isinstance(node, ast.AsyncFunctionDef) or bool(
            said & {"AsyncIterator", "AsyncGenerator", "AsyncIterable"}
        )
        return "async iterate" if is_async else "iterate"
    return "await" if isinstance(node, ast.AsyncFunctionDef) or said & {"Awaitable", "Coroutine"} else "call"


def _returned(found: Found, node: ast.expr | None, module: Module) -> str:
    """The public class that an annotation names; "" for none, or more than one."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _returned(found, ast.parse(text, mode="eval").body, module)
            except SyntaxError:
                return ""
        case ast.BinOp(op=ast.BitOr()):
            said = {_returned(found, part, module) for part in (node.left, node.right) if not _is_none(part)}
            return said.pop() if len(said) == 1 else ""
        case ast.Subscript():
            if dotted_name(node.value).rpartition(".")[2] not in _WAITED:
                return _returned(found, node.value, module)
            inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            said = {_returned(found, part, module) for part in inside if not _is_none(part)} - {""}
            return said.pop() if len(said) == 1 else ""
        case ast.Name(id=name) if name in _BUILTIN:
            return f"builtins.{name}"
    return found.home.get(found.resolved(node, module), "") if isinstance(node, ast.Name | ast.Attribute) else ""


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def proposal(node: FunctionNode, path: Path) -> tuple[str, str]:
    """(what the call may do, on what evidence). One word that writes is enough; what reads is named so itself."""
    says = " ".join((ast.get_docstring(node) or "").strip().partition("\n")[0].split())[:80]
    words = [word for before, word in pairwise(["and", *node.name.lower().split("_")]) if before in ("and", "or")]
    words += [word.lower().removesuffix("s") for word in _WORD.findall(says)[:1]]
    proposed = "write" if _WRITES.intersection(words) else "read" if words[:1] and words[0] in _READS else ""
    place = f"{'/'.join(path.parts[-2:])}:{node.lineno}"
    return proposed, f"{place} {says!r}" if says else place


def _twins(found: Found) -> dict[str, str]:
    """Asynchronous class → the class whose methods it has, most of them awaited."""
    named: dict[str, list[str]] = {}
    for cls in sorted(found.classes):
        named.setdefault(cls.rpartition(".")[2], []).append(cls)
    twins = {}
    for cls, (node, _) in sorted(found.classes.items()):
        own = {method.name: method for method in methods_of(node)}
        awaited = {name for name, method in own.items() if isinstance(method, ast.AsyncFunctionDef)}
        last = cls.rpartition(".")[2]
        beside = [*named.get(last.replace("Async", "", 1), ()), *named.get(last.removeprefix("AIO"), ())]
        for other in beside if awaited else ():
            methods = _all_methods(found, *found.classes[other])
            plain = {m.name for m in methods if not isinstance(m, ast.AsyncFunctionDef)}
            if other != cls and len(plain) == len(methods) and 2 * len(awaited & plain) > len(awaited):
                twins[cls] = other
                break
    return twins


def _head(root: str, errors: list[str]) -> Iterator[str]:
    yield f'roots = ["{root}"]'
    yield from (f"# {line}" for line in _TO_CHECK)
    passing = [name for name in errors if _PASSING.search(name.rpartition(".")[2])]
    if errors:
        yield ""
        yield "# errors; for `transient` of calls that may be made twice, if the documentation agrees:"
        yield from (f"#   {name}{'  (passes by itself, by its name)' if name in passing else ''}" for name in errors)


def _made(classes: list[str]) -> Iterator[str]:
    if classes:
        yield from ("", "# if making one does nothing outside of the process", "[[classes]]", "names = [")
        yield from (f'  "{name}",' for name in classes)
        yield "]"


def _listed(calls: list[Call]) -> Iterator[str]:
    """One group for calls that are alike."""
    groups: dict[tuple[str, str, str, int, str, str], list[Call]] = {}
    for call in calls:
        at = -1 if call.at is None else call.at
        groups.setdefault((call.of, call.form, call.limit, at, call.returns, call.proposed), []).append(call)
    for (of, form, limit, at, returns, proposed), alike in sorted(groups.items()):
        yield ""
        yield from (f"#   {call.name}: {call.evidence}" for call in alike)
        names = ", ".join(f'"{call.name}"' for call in alike)
        yield from ("[[calls]]", f'of = ["{of}"]', f"names = [{names}]")
        yield 'effect = "unknown"' + (f"  # proposed, by its name: {proposed}" if proposed else "")
        yield from [f'form = "{form}"'] if form != "call" else []
        yield from [f'returns = "{returns}"'] if returns else []
        if limit:
            yield f'timeout = "{limit}"'
            yield from [f"timeout_at = {at}"] if at >= 0 else []
            yield from ["unit = 0.001"] if "mil" in limit or limit.endswith("_ms") else []


def _tables(found: Found, classes: list[str], twins: dict[str, str]) -> Iterator[str]:
    bases = {}
    for cls in classes:
        node, module = found.classes[cls]
        above = [found.home[base] for base in found.bases(f"{module.name}.{node.name}") if base in found.home]
        if above and cls not in twins:
            bases[cls] = above[0]
    aliases = {home: public for home, public in found.home.items() if home != public and public in classes}
    for name, table in (("bases", bases), ("twins", twins), ("aliases", aliases)):
        if table:
            yield from ("", f"[{name}]", *(f'"{key}" = "{value}"' for key, value in sorted(table.items())))


def main(arguments: list[str]) -> int:
    """Print the draft for one library."""
    text = draft(arguments[0]) if len(arguments) == 1 else None
    if text is None:
        sys.stderr.write(
            "usage: python -m poetc.effects.draft NAME, the name by which an installed library is imported\n"
        )
        return 2
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
