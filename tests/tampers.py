"""Edits of generated code, as somebody with ill intent would make them.

Each finds its place by what stands there, not by how it is written, and fails if it changes nothing: a tampered answer
that is no longer tampered with would show nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

from generated import Generated, linked, linked_code

Edit = Callable[[str], str]


def edited(code: str, *edits: Edit) -> str:
    """Generated code after some edits, each of which changes it."""
    for edit in edits:
        after = edit(code)
        assert after != code, f"nothing was tampered with in\n{code}"
        code = after
    return code


def text(old: str, new: str, *, count: int = 1) -> Edit:
    """Another text in the place of one that must be there: for what the user wrote, which stands there as it was."""

    def edit(code: str) -> str:
        assert old in code, f"{old!r} is not in\n{code}"
        return code.replace(old, new, count)

    return edit


def everywhere(old: str, new: str) -> Edit:
    """Another text in the place of one wherever it stands, which it must."""
    return text(old, new, count=-1)


def only_once(old: str, new: str) -> Edit:
    """Another text in the place of one that stands there exactly once."""

    def edit(code: str) -> str:
        assert code.count(old) == 1, f"{old!r} stands {code.count(old)} times in\n{code}"
        return code.replace(old, new)

    return edit


def tamper_linked(root: Path, name: str, *edits: Edit) -> None:
    """Edit the linked code of a function, as no build would: what all functions of the file begin with, and its own."""
    file, code = linked(root, name), linked_code(root, name)
    text = file.read_text("utf-8")
    for before, after in zip(parted(code), parted(edited(code, *edits)), strict=True):
        assert text.count(before) == 1, f"{before}\nstands {text.count(before)} times in {file}"
        text = text.replace(before, after)
    file.write_text(text, "utf-8")


def parted(code: str) -> tuple[str, str]:
    """The import of the runtime, and all that stands below it; without the import, all is one part."""
    imports = [n for n in ast.parse(code).body if isinstance(n, ast.ImportFrom) and n.names[0].asname == "rt"]
    end = position(code, imports[0].end_lineno, imports[0].end_col_offset) if imports else 0
    return code[position(code, imports[0].lineno, 0) : end] if imports else "", code[end:].strip("\n")


def argument(thing: str, parameter: str, value: str | None) -> Edit:
    """The first `rt.THING(...)` that is made gets another argument (source text); None: that one is left out."""

    def edit(code: str) -> str:
        found = Generated(code)
        assert found.made(thing), f"no {thing} is made in\n{code}"
        made = found.made(thing)[0]
        written = {**made.given, **made.rest}
        if parameter in written:
            if value is None:
                return without(code, made.call, written[parameter])
            return spliced(code, written[parameter], value)
        assert value is not None, f"{thing} is not given {parameter} in\n{code}"
        end = position(code, made.call.end_lineno, made.call.end_col_offset) - 1
        return f"{code[:end]}, {parameter}={value}{code[end:]}"

    return edit


def without(code: str, call: ast.Call, value: ast.expr) -> str:
    """Code without one argument of a call: by name, or the last one by place."""
    assert value not in call.args[:-1], "those behind it would take its place"
    start, end = span(code, next((each for each in call.keywords if each.value is value), value))
    return code[: len(code[:start].rstrip(" \n,"))] + code[end:]


def another_class(thing: str, other: str) -> Edit:
    """The first `rt.THING(...)` is one of another class."""

    def edit(code: str) -> str:
        return spliced(code, Generated(code).made(thing)[0].call.func, f"rt.{other}")

    return edit


def in_module(statement: str) -> Edit:
    """A statement of the module, above `bind`."""

    def edit(code: str) -> str:
        found = Generated(code)
        first = next(node for node in found.tree.body if found.bind in ast.walk(node))
        return above(code, first, statement)

    return edit


def at_end(statement: str) -> Edit:
    """A statement of the module, behind everything."""
    return lambda code: f"{code}\n\n{statement}\n"


def before_import(statement: str) -> Edit:
    """A statement before the import of the runtime."""
    return lambda code: above(code, runtime_import(code), statement)


def behind_import(statement: str) -> Edit:
    """A statement behind the import of the runtime."""

    def edit(code: str) -> str:
        node = runtime_import(code)
        return spliced(code, node, f"{ast.get_source_segment(code, node)}\n{statement}")

    return edit


def importing(statement: str) -> Edit:
    """Another import in the place of that of the runtime."""
    return lambda code: spliced(code, runtime_import(code), statement)


def runtime_import(code: str) -> ast.stmt:
    """The statement that imports the runtime."""
    imports = [n for n in Generated(code).tree.body if isinstance(n, ast.ImportFrom | ast.Import)]
    return next(node for node in imports if any(each.asname == "rt" for each in node.names))


def in_bind(statement: str) -> Edit:
    """A statement of `bind`, above the first object that it makes."""

    def edit(code: str) -> str:
        found = Generated(code)
        first = next(n for n in found.bind.body if isinstance(n, ast.Assign))
        return above(code, first, statement)

    return edit


def at_end_of_bind(statement: str) -> Edit:
    """A statement of `bind`, above what it returns."""
    return lambda code: above(code, Generated(code).result, statement)


def in_body(statement: str) -> Edit:
    """A statement in front of the user's lines, in the function that holds them, on the line of the first of them."""

    def edit(code: str) -> str:
        first = next(n for n in Generated(code).body.body if not is_perceive(n))
        start, _ = span(code, first)
        return f"{code[:start]}{statement}; {code[start:]}"

    return edit


def is_perceive(node: ast.stmt) -> bool:
    """Whether a statement is the one that tests arguments in a body."""
    return isinstance(node, ast.If) and "perceive" in ast.unparse(node.test)


def bind_header(header: str) -> Edit:
    """`bind` with another header, "def bind(original)" """

    def edit(code: str) -> str:
        lines, at = code.split("\n"), Generated(code).bind.lineno - 1
        return "\n".join([*lines[:at], f"{header}:", *lines[at + 1 :]])

    return edit


def object_made(thing: str, instead: str) -> Edit:
    """Another expression in the place of the first `rt.THING(...)`."""

    def edit(code: str) -> str:
        return spliced(code, Generated(code).made(thing)[0].call, instead)

    return edit


def further_argument(thing: str, written: str) -> Edit:
    """The first `rt.THING(...)` is given something more, as it is written."""

    def edit(code: str) -> str:
        call = Generated(code).made(thing)[0].call
        end = position(code, call.end_lineno, call.end_col_offset) - 1
        return f"{code[:end]}, {written}{code[end:]}"

    return edit


def bound_as(thing: str, target: str) -> Edit:
    """The first `rt.THING(...)` is bound to other targets."""

    def edit(code: str) -> str:
        found = Generated(code)
        call = found.made(thing)[0].call
        node = next(n for n in found.bind.body if isinstance(n, ast.Assign) and n.value is call)
        return spliced(code, node.targets[0], target)

    return edit


def without_statement(find: Callable[[Generated], ast.stmt]) -> Edit:
    """One statement less."""

    def edit(code: str) -> str:
        node = find(Generated(code))
        lines = code.split("\n")
        return "\n".join([*lines[: node.lineno - 1], *lines[node.end_lineno or node.lineno :]])

    return edit


def returning(value: str | None) -> Edit:
    """`bind` gives back something else; None: the same, but nothing is done with it."""

    def edit(code: str) -> str:
        result = Generated(code).result
        assert result.value is not None
        before = ast.get_source_segment(code, result.value) or ""
        return spliced(code, result, before if value is None else f"return {value}")

    return edit


def nothing_but(statement: str) -> Edit:
    """`bind` does nothing but this."""

    def edit(code: str) -> str:
        bind = Generated(code).bind
        lines = code.split("\n")
        first, last = bind.body[0], bind.body[-1]
        kept = lines[: bind.lineno - 1], lines[bind.lineno - 1 : first.lineno - 1]
        header = [*kept[0], kept[1][0]]
        return "\n".join([*header, " " * first.col_offset + statement, *lines[last.end_lineno or 0 :]])

    return edit


def comment(added: str) -> Edit:
    """Text behind the first line of the comment above `bind`."""

    def edit(code: str) -> str:
        at = code.index("\n", code.index("\n# ", position(code, runtime_import(code).lineno, 0)) + 1)
        return code[:at] + added + code[at:]

    return edit


def decorated(decorator: str) -> Edit:
    """A decorator above the function with the user's lines."""
    return lambda code: above(code, Generated(code).body, f"@{decorator}")


def signature(parameters: str, *, header: str = "") -> Edit:
    """The function with the user's lines takes other parameters, or is of another kind, "async def" for "def"."""

    def edit(code: str) -> str:
        body = Generated(code).body
        start = position(code, body.lineno, body.col_offset)
        given = ast.unparse(ast.arguments(**{n: getattr(body.args, n) for n in ast.arguments._fields}))
        end = code.index("):", start)
        opened = code.index("(", start)
        assert ast.dump(ast.parse(f"lambda {code[opened + 1 : end]}: 0")) == ast.dump(ast.parse(f"lambda {given}: 0"))
        kind = header or ("async def" if isinstance(body, ast.AsyncFunctionDef) else "def")
        return f"{code[:start]}{kind} {body.name}({parameters}{code[end:]}"

    return edit


def expression(old: str, new: str) -> Edit:
    """Another expression in the place of one, the first in `bind` that reads like it but for blanks and quotes."""
    wanted = ast.dump(ast.parse(old, mode="eval").body)

    def edit(code: str) -> str:
        nodes = (n for n in ast.walk(Generated(code).bind) if isinstance(n, ast.expr) and ast.dump(n) == wanted)
        found = min(nodes, key=lambda n: (n.lineno, n.col_offset), default=None)
        assert found is not None, f"`{old}` is not in\n{code}"
        return spliced(code, found, new)

    return edit


def without_test(test: str) -> Edit:
    """One of several alternatives is no longer asked for."""

    def edit(code: str) -> str:
        choices = (n for n in ast.walk(Generated(code).bind) if isinstance(n, ast.BoolOp))
        choice = next(n for n in choices if test in map(ast.unparse, n.values))
        kept = [ast.get_source_segment(code, n) or "" for n in choice.values if ast.unparse(n) != test]
        return spliced(code, choice, (" or " if isinstance(choice.op, ast.Or) else " and ").join(kept))

    return edit


def checks_moved(target: Callable[[Generated], ast.stmt]) -> Edit:
    """The tests of arguments in the function that callers get stand above another statement of it."""

    def edit(code: str) -> str:
        found = Generated(code)
        names = {each.name for each in found.made("Perceive")}
        checks = [n for n in found.public.body if isinstance(n, ast.If) and names & set(map(name_of, ast.walk(n)))]
        assert checks, f"no argument is tested in\n{code}"
        lines = code.split("\n")
        moved = [line for n in checks for line in lines[n.lineno - 1 : n.end_lineno]]
        place = target(found)
        indent = " " * (place.col_offset - checks[0].col_offset)
        for number, line in reversed(list(enumerate(lines, 1))):
            if number == place.lineno:
                lines[number - 1 : number] = [*(indent + each for each in moved), line]
            elif any(n.lineno <= number <= (n.end_lineno or 0) for n in checks):
                del lines[number - 1]
        return "\n".join(lines)

    return edit


def name_of(node: ast.AST) -> str:
    """The name that a node reads; "" if it is none."""
    return node.id if isinstance(node, ast.Name) else ""


def unchecked_result(code: str) -> str:
    """Every way out gives back what the body made, whatever it is: `X if TEST else enforce(X)` is `X`."""
    names = {each.name for each in Generated(code).made("Enforce")}
    while True:
        tests = (n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.IfExp) and isinstance(n.orelse, ast.Call))
        found = next((n for n in tests if ast.unparse(n.orelse.func) in names), None)  # type: ignore[attr-defined]
        if found is None:
            return code
        code = spliced(code, found, ast.get_source_segment(code, found.body) or "")


def above(code: str, node: ast.stmt, statement: str) -> str:
    """Code with a statement above another one, indented as it is."""
    lines = code.split("\n")
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    at = min([node.lineno, *decorators]) - 1
    indent = lines[at][: len(lines[at]) - len(lines[at].lstrip())]
    return "\n".join([*lines[:at], indent + statement, *lines[at:]])


def spliced(code: str, node: ast.expr | ast.stmt, instead: str) -> str:
    """Code with another text in the place of one node."""
    start, end = span(code, node)
    return code[:start] + instead + code[end:]


def span(code: str, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
    """Where a node's text begins and ends."""
    return (
        position(code, node.lineno, node.col_offset),
        position(code, node.end_lineno, node.end_col_offset),
    )


def position(code: str, line: int | None, column: int | None) -> int:
    """The index in the text of a line (from 1) and a column in bytes."""
    lines = code.split("\n")
    number = (line or 1) - 1
    before = lines[number].encode()[: column or 0].decode()
    return sum(len(each) + 1 for each in lines[:number]) + len(before)
