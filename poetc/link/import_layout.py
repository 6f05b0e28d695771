"""The text of one import statement → the same statement with another path in it, its layout kept.

    repointed:  from poetc import (poet,  # why        → from app._poet.drift import (poet,  # why
    extracted:  from poetc import poet, x              → from app._poet.drift import poet; from poetc import x

Spans of tokens are replaced; comments, brackets, continuations and blanks between them stay; no line is added or lost.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_TOKEN = re.compile(
    r"""(?P<blank> [ \t\f]+ | \\?(?:\r\n|\r|\n) )
      | (?P<comment> \#[^\r\n]* )
      | (?P<word> [.,()*] | [^\s\#\\.,()*]+ )""",
    re.VERBOSE,
)
_CONTINUATION = re.compile(r"\\(?:\r\n|\r|\n)")
_TRAILING_CONTINUATIONS = re.compile(r"[ \t\f]*((?:\\(?:\r\n|\r|\n)[ \t\f]*)+)\Z")


class _Token(NamedTuple):
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Alias:
    """`path as name,`: where the path, the whole, and the comma behind it stand (`comma == end` without one)."""

    path: str
    name: str
    start: int
    path_end: int
    end: int
    comma: int


@dataclass(frozen=True, slots=True)
class _Layout:
    module_start: int
    """where the path behind `from` stands; empty for a plain import"""
    module_end: int
    aliases: tuple[_Alias, ...]
    bracketed: bool


def repoint(text: str, module: str, names: Mapping[int, str]) -> str:
    """`from old import ...` → `from module import ...`; the aliases numbered in `names` import those names instead."""
    layout = _layout(text)
    edits = [(layout.module_start, layout.module_end, _path(text, layout.module_start, layout.module_end, module))]
    for index, name in names.items():
        edits += _renamed(text, layout.aliases[index], name)
    return _splice(text, edits)


def repoint_modules(text: str, modules: Mapping[int, str]) -> str:
    """`import old as x, ...` → `import new as x, ...` for the numbered aliases; the names they bind stay."""
    layout = _layout(text)
    return _splice(
        text, [edit for index, path in modules.items() for edit in _renamed(text, layout.aliases[index], path)]
    )


def extract(text: str, moved: Mapping[int, tuple[str, str]]) -> str:
    """Import the numbered aliases as (module, name) in statements of their own before the rest, on the same line."""
    layout = _layout(text)
    by_module: dict[str, list[str]] = {}
    for index, (module, name) in sorted(moved.items()):
        by_module.setdefault(module, []).append(_rendered(name, layout.aliases[index].name))
    rest = _without(text, layout, moved.keys())
    behind = None if layout.bracketed else _TRAILING_CONTINUATIONS.search(rest)
    if behind:  # a continuation with nothing behind it breaks at the end of a file: let it precede the rest
        rest = behind[1] + rest[: behind.start()]
    return "".join(f"from {module} import {', '.join(names)}; " for module, names in by_module.items()) + rest


def comments(text: str) -> list[str]:
    """The comments inside a statement."""
    return [match["comment"] for match in _TOKEN.finditer(text) if match["comment"]]


def _layout(text: str) -> _Layout:
    tokens = [_Token(match["word"], *match.span()) for match in _TOKEN.finditer(text) if match["word"]]
    if tokens[0].text == "import":
        return _Layout(0, 0, _aliases(tokens[1:]), False)
    behind = next(index for index, token in enumerate(tokens) if token.text == "import" and index)
    bracketed = tokens[behind + 1].text == "("
    names = tokens[behind + 2 : -1] if bracketed else tokens[behind + 1 :]
    return _Layout(tokens[1].start, tokens[behind - 1].end, _aliases(names), bracketed)


def _aliases(tokens: list[_Token]) -> tuple[_Alias, ...]:
    found: list[_Alias] = []
    part: list[_Token] = []
    for token in tokens:
        if token.text != ",":
            part.append(token)
            continue
        found.append(_alias(part, token.end))
        part = []
    return (*found, _alias(part, part[-1].end)) if part else tuple(found)


def _alias(tokens: list[_Token], comma: int) -> _Alias:
    words = [token.text for token in tokens]
    path = tokens[: words.index("as")] if "as" in words else tokens
    dotted = "".join(token.text for token in path)
    name = words[-1] if "as" in words else dotted
    return _Alias(dotted, name, tokens[0].start, path[-1].end, tokens[-1].end, comma)


def _renamed(text: str, alias: _Alias, path: str) -> list[tuple[int, int, str]]:
    """Import `path` under the alias's old name; `as` comes and goes as needed, unless something stands beside it."""
    if alias.path == path:
        return []
    new = _path(text, alias.start, alias.path_end, path)
    if alias.path_end == alias.end and alias.name != path:
        return [(alias.start, alias.end, f"{new} as {alias.name}")]
    alone = not set(text[alias.path_end : alias.end]) & set("#\\\r\n")
    return [(alias.start, alias.end if alone and alias.name == path else alias.path_end, new)]


def _rendered(path: str, name: str) -> str:
    return path if path == name else f"{path} as {name}"


def _path(text: str, start: int, end: int, new: str) -> str:
    """`new`, followed by the line continuations that stood inside the replaced text."""
    return new + "".join(f" {mark}" for mark in _CONTINUATION.findall(text[start:end]))


def _without(text: str, layout: _Layout, gone: Collection[int]) -> str:
    """The statement without some of its aliases."""
    kept = [index for index in range(len(layout.aliases)) if index not in gone]
    runs = (run for index in gone for run in _runs(text, layout.aliases[index].start, layout.aliases[index].comma))
    spans = [_tidy(text, start, end) for start, end in runs]
    last = layout.aliases[-1]
    if kept[-1] != len(layout.aliases) - 1 and last.comma == last.end:
        comma = layout.aliases[kept[-1]].comma
        end = comma + len(text[comma:]) - len(text[comma:].lstrip(" \t"))
        spans.append((comma - 1, comma if text[end] in "#\r\n\\" else end))
    return _splice(text, [(start, end, _left_between(text, start, end)) for start, end in _merged(spans)])


def _left_between(text: str, start: int, end: int) -> str:
    """A blank where \\r and \\n would meet and be one newline."""
    return " " if text[start - 1] == "\r" and text[end : end + 1] == "\n" else ""


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _runs(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The words of a stretch, those that nothing but blanks part together: an alias may have its comma lines below."""
    run: tuple[int, int] | None = None
    for match in _TOKEN.finditer(text, start, end):
        if match["word"]:
            run = (run[0] if run else match.start(), match.end())
        elif run and match[0].strip(" \t\f"):
            yield run
            run = None
    if run:
        yield run


def _tidy(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen a span that is to go by the blanks behind it, and at a line's end by those before it."""
    while text[end : end + 1] in {" ", "\t"}:
        end += 1
    if text[end : end + 1] in {"", "\r", "\n", ")"}:
        while text[start - 1] in {" ", "\t"}:
            start -= 1
    return start, end


def _splice(text: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text
