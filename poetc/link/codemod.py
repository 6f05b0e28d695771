"""One import statement → the same one from other modules, its comments and layout kept by libcst.

    from poetc import (poet,  # why    → from app._poet.drift import (poet,  # why
    from poetc import poet, x          → from app._poet.drift import poet; from poetc import x

No line is added or lost. Importing libcst takes longer than a build with nothing to do, so this
file is imported where an import is really rewritten, and nowhere else; importing its matchers takes
twice as long again, so there are none here.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence

import libcst as cst

from poetc.link.import_source import NEWLINE
from poetc.source.imports import ImportNode, bindings_of

_CONTINUATION = re.compile(r"\\(?:\r\n|\r|\n)")
_BLANK = " \t\f"
_Bindings = Sequence[tuple[str, str]]
"""(dotted path, name that it is bound to) of each alias"""


class NotKept(Exception):
    """libcst doesn't give the statement back byte for byte."""


class NotMeant(Exception):
    """The new statement would not import what it is to import."""


def retarget(text: str, paths: Mapping[int, str]) -> str:
    """Import the numbered aliases from other dotted paths, under the names that they bind now.

    Where some of a `from` import stays at its module, the others get statements of their own in
    front of it. Raises `NotKept`, or `NotMeant` for a path that can't be imported.
    """
    module = _parsed(text)
    node = cst.ensure_type(module.body[0], cst.SimpleStatementLine).body[0]
    before = bindings_of(_imports(text)[0])
    after = [(paths.get(index, path), name) for index, (path, name) in enumerate(before)]
    try:
        if isinstance(node, cst.ImportFrom):
            new = _from(module, node, before, after)
        else:
            renamed = _renamed(cst.ensure_type(node, cst.Import).names, before, after)
            new = module.code_for_node(node.with_changes(names=renamed))
    except (cst.ParserSyntaxError, cst.CSTValidationError) as error:
        raise NotMeant(str(error)) from error
    if sorted(pair for each in _imports(new) for pair in bindings_of(each)) != sorted(after):
        raise NotMeant(new)
    if NEWLINE.findall(new) != NEWLINE.findall(text):
        raise NotKept(text)
    return new


def comments(text: str) -> list[str]:
    """The comments inside a statement."""
    visitor = _Comments()
    _parsed(text).visit(visitor)
    return visitor.found


def _parsed(text: str) -> cst.Module:
    try:
        module = cst.parse_module(text)
    except cst.ParserSyntaxError as error:
        raise NotKept(text) from error
    if module.code != text:
        raise NotKept(text)
    return module


def _imports(text: str) -> list[ImportNode]:
    """The imports that text is, if it is nothing else, and anything may stand behind it."""
    try:
        *found, behind = ast.parse(f"{text};_").body
    except (SyntaxError, ValueError) as error:
        raise NotMeant(text) from error
    imports = [node for node in found if isinstance(node, ImportNode)]
    if text != text.strip() or imports != found or not isinstance(behind, ast.Expr):
        raise NotMeant(text)
    return imports


def _from(module: cst.Module, node: cst.ImportFrom, before: _Bindings, after: _Bindings) -> str:
    """A `from` import of `after`; it stays at its module if any of that does."""
    home = before[0][0].rpartition(".")[0]
    homes = [path.rpartition(".")[0] for path, _ in after]
    stays = home if home in homes else homes[0]
    leaving: dict[str, list[str]] = {}
    for each, (leaf, name) in zip(homes, _leaves(after), strict=True):
        if each != stays:
            leaving.setdefault(each, []).append(leaf if leaf == name else f"{leaf} as {name}")
    lead = "".join(f"from {each} import {', '.join(names)}; " for each, names in leaving.items())
    assert not isinstance(node.names, cst.ImportStar)
    node = node.with_changes(names=_renamed(node.names, _leaves(before), _leaves(after)))
    if stays != home:
        node = _at(module, node, stays)
    if leaving:
        behind, node = _without(module, node, [i for i, each in enumerate(homes) if each != stays])
        lead += behind
    return lead + module.code_for_node(node)


def _at(module: cst.Module, node: cst.ImportFrom, home: str) -> cst.ImportFrom:
    """A `from` import at another module; continuations inside the old one's path come behind it."""
    dotted = home.lstrip(".")
    parts = [*node.relative, *([node.module] if node.module else [])]
    marks = _continuations("".join(map(module.code_for_node, parts)))
    return node.with_changes(
        whitespace_after_from=cst.SimpleWhitespace(node.whitespace_after_from.value or " "),
        relative=[cst.Dot()] * (len(home) - len(dotted)),
        module=cst.parse_expression(dotted) if dotted else None,
        whitespace_before_import=cst.SimpleWhitespace(marks + (node.whitespace_before_import.value or " ")),
    )


def _leaves(pairs: _Bindings) -> _Bindings:
    return [(path.rpartition(".")[2], name) for path, name in pairs]


def _renamed(aliases: Sequence[cst.ImportAlias], before: _Bindings, after: _Bindings) -> list[cst.ImportAlias]:
    """Import `after`; `as` comes and goes, unless something stands beside it."""
    return [
        alias if old == new else _renamed_one(alias, *new)
        for alias, old, new in zip(aliases, before, after, strict=True)
    ]


def _renamed_one(alias: cst.ImportAlias, path: str, name: str) -> cst.ImportAlias:
    module, asname = cst.Module([]), alias.asname
    marks = _continuations(module.code_for_node(alias.name))
    if asname is None:
        asname = cst.AsName(cst.Name(name)) if name != path else None
    elif name == path and not marks and not "".join(_around_as(module, alias)).strip(_BLANK):
        asname = None
    elif marks:
        before = marks + module.code_for_node(asname.whitespace_before_as)
        asname = asname.with_changes(whitespace_before_as=cst.SimpleWhitespace(before))
    return alias.with_changes(name=cst.parse_expression(path), asname=asname)


def _without(module: cst.Module, node: cst.ImportFrom, gone: Collection[int]) -> tuple[str, cst.ImportFrom]:
    """Continuations to stand in front, and the statement without some of its aliases.

    What stood around them, comments and newlines, stays where it was. A continuation with nothing
    behind it breaks at the end of a file; so it comes first.
    """
    assert not isinstance(node.names, cst.ImportStar)
    opening = node.lpar.whitespace_after if node.lpar else node.whitespace_after_import
    gaps = [[module.code_for_node(opening)]]
    kept: list[cst.ImportAlias] = []
    for index, alias in enumerate(node.names):
        before, after = _around_comma(module, alias)
        if index == len(node.names) - 1 and node.rpar:
            after += module.code_for_node(node.rpar.whitespace_before)
        if index in gone:
            gaps[-1] += [*_around_as(module, alias), before, after]
        else:
            kept.append(alias)
            gaps.append([after])
    last = len(node.names) - 1
    if last in gone and not isinstance(node.names[last].comma, cst.Comma):
        gaps[-1][0] = _around_comma(module, kept[-1])[0] + gaps[-1][0]
        kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
    first, *between, behind = map(_joined, gaps)
    behind = behind.rstrip(_BLANK) if last in gone else behind
    for index, gap in enumerate([*between, behind]):
        if isinstance(comma := kept[index].comma, cst.Comma):
            comma = comma.with_changes(whitespace_after=_whitespace(module, gap))
            kept[index] = kept[index].with_changes(comma=comma)
    opening = _whitespace(module, first)
    if not (node.lpar and node.rpar):
        node = node.with_changes(names=kept, whitespace_after_import=opening)
        return behind.lstrip(_BLANK), node
    closing = "" if isinstance(kept[-1].comma, cst.Comma) else behind
    lpar = node.lpar.with_changes(whitespace_after=opening)
    rpar = node.rpar.with_changes(whitespace_before=_whitespace(module, closing))
    return "", node.with_changes(names=kept, lpar=lpar, rpar=rpar)


def _joined(pieces: Sequence[str]) -> str:
    """Whitespace that stands together now: each newline and comment of it, one blank where any."""
    text = pieces[0]
    for piece in (piece.lstrip(_BLANK) for piece in pieces[1:]):
        if piece[:1] in {"\r", "\n"}:
            text = text.rstrip(_BLANK)
            text += " " if text.endswith("\r") and piece[0] == "\n" else ""
        text += piece
    return text


def _whitespace(module: cst.Module, text: str) -> cst.BaseParenthesizableWhitespace:
    """Whitespace of that text. A newline that is as the file's first has no value of its own: hence the first here."""
    parsed = cst.parse_module(f"{module.default_newline}({text}_)")
    line = cst.ensure_type(parsed.body[0], cst.SimpleStatementLine)
    name = cst.ensure_type(cst.ensure_type(line.body[0], cst.Expr).value, cst.Name)
    return name.lpar[0].whitespace_after


def _around_comma(module: cst.Module, alias: cst.ImportAlias) -> tuple[str, str]:
    comma = alias.comma
    if not isinstance(comma, cst.Comma):
        return "", ""
    both = comma.whitespace_before, comma.whitespace_after
    return module.code_for_node(both[0]), module.code_for_node(both[1])


def _around_as(module: cst.Module, alias: cst.ImportAlias) -> tuple[str, ...]:
    asname = alias.asname
    around = (asname.whitespace_before_as, asname.whitespace_after_as) if asname else ()
    return tuple(map(module.code_for_node, around))


def _continuations(text: str) -> str:
    return "".join(f" {mark}" for mark in _CONTINUATION.findall(text))


class _Comments(cst.CSTVisitor):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def visit_Comment(self, node: cst.Comment) -> None:
        self.found.append(node.value)
