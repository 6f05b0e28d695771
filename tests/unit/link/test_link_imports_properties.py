"""Linking and unlinking random modules: nothing is lost, nothing else is touched."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from poetc.errors import LinkError
from poetc.link.imports import ImportEdit, relink
from poetc.link.restore import unlink

DECORATORS = ("poetc.poet", "opendxa.dana.poet.poet", "mine.enhance")
LINKS = ("app._poet.drift", "_poet.script", "a.b._poet._init")

STATEMENTS = [
    "from poetc import poet",
    "from poetc import poet as p",
    "from poetc import (poet)",
    "from poetc import (  # why {odd}\n    poet,  # {odd}\n)",
    "from poetc import \\\n poet",
    "from poetc import poet, __version__",
    "from poetc import __version__, poet as q, poet",
    "from poetc import (a,\n   # {odd}\n   poet\n , b)",
    "from poetc import (a, # x\n   poet, poet as p)",
    "from poetc import a, \\\n   poet",
    "from mine import enhance, other as o",
    "from mine import enhance as e",
    "from opendxa . dana \\\n  . poet import poet, x",
    "from poetc import (poet # {odd}\n  as # {odd}\n  p # {odd}\n  ,# {odd}\n  e,)",
    "from poetc import a, poet \\\n  as \\\n  p",
    "from poetc import(poet\f,\\\n\n\n#x\n__version__)",
    "import os, poetc",
    "import poetc as pc, sys",
    "import opendxa.dana.poet as op",
]
AROUND = [
    "{import}",
    "{import}  # noqa: F401 {odd}",
    "x = '{odd}'; {import}; y = '{odd}'",
    "if x:\n\t{import}\nelse:\n\tpass",
    "try: {import}\nexcept ImportError: pass",
    "try:\n  {import}\nexcept ImportError:\n  {import}",
    "class A:\n    {import}",
    "if TYPE_CHECKING:\n    {import}",
]
FILL = [
    "",
    "# {odd}",
    "\f",
    "   \t ",
    "import re",
    "from .poetc import poet as relative",
    "def f(poetc, pc):\n    from poetc import poet\n    return poetc.x, pc.y",
    '"""from poetc import poet\n{odd}"""',
    "@poetc.poet()\ndef g(): return pc.poet",
    "x = [op for op in range(3)] \\\n  + [1]",
]
ENCODINGS = {
    "utf-8": "é€𝄞\u2028\x1c",
    "utf-8-sig": "é€𝄞\x85",
    "latin-1": "éü\x85",
    "cp1252": "é€",
    "shift_jis": "表ソ",
    "gb18030": "丂𝄞",
}


@dataclass(frozen=True)
class Module:
    """A module's bytes, and the lines of text they were made from."""

    data: bytes
    encoding: str


@st.composite
def modules(draw: st.DrawFn) -> Module:
    """Modules made of snippets, with newlines of every kind, in many encodings."""
    encoding = draw(st.sampled_from(list(ENCODINGS)))
    imports = draw(st.lists(st.tuples(st.sampled_from(AROUND), st.sampled_from(STATEMENTS)), min_size=1, max_size=3))
    parts = [around.replace("{import}", statement) for around, statement in imports]
    parts += draw(st.lists(st.sampled_from(FILL), max_size=5))
    parts = draw(st.permutations(parts))
    text = "\n".join(["" if encoding.startswith("utf-8") else f"# coding: {encoding}", *parts])
    text = text.replace("{odd}", ENCODINGS[encoding]) + draw(st.sampled_from(["", "\n", "\n\n"]))
    newlines = draw(st.sampled_from([["\n"], ["\r\n"], ["\r"], ["\n", "\r\n"], ["\n", "\r\n", "\r"]]))
    pieces = text.split("\n")
    ends = draw(st.lists(st.sampled_from(newlines), min_size=len(pieces) - 1, max_size=len(pieces) - 1))
    return Module("".join(a + b for a, b in zip(pieces, [*ends, ""], strict=True)).encode(encoding), encoding)


def linked_or_none(data: bytes, link: str, known: tuple[ImportEdit, ...] = ()):
    """The relinked file, or None where linking refused it for a spelling."""
    try:
        return relink(data, link, DECORATORS, known=known)
    except LinkError as error:
        assert error.diagnostic.code == "POET210"
        return None


@given(modules(), st.sampled_from(LINKS), st.sampled_from(LINKS))
@settings(max_examples=400, deadline=None)
def test_round_trip(module: Module, link: str, later: str) -> None:
    """Linking twice is linking once; unlinking gives the bytes back, even after a move."""
    first = linked_or_none(module.data, link)
    if first is None:
        return
    assert relink(first.data, link, DECORATORS).data == first.data
    assert relink(first.data, link, DECORATORS, known=first.edits) == first
    assert unlink(first.data, first.edits) == module.data
    moved = relink(first.data, later, DECORATORS, known=first.edits)
    assert moved == relink(module.data, later, DECORATORS)
    assert unlink(moved.data, moved.edits) == module.data


@given(modules(), st.sampled_from(LINKS))
@settings(max_examples=200, deadline=None)
def test_only_import_statements_change(module: Module, link: str) -> None:
    """Outside the spans of import statements every byte is kept, and every line keeps its number."""
    linked = linked_or_none(module.data, link)
    if linked is None:
        return
    assert ends_of_lines(module.data) == ends_of_lines(linked.data)
    old, new = text_of(module.data, module), text_of(linked.data, module)
    edits, done = list(linked.edits), 0
    for first, last in import_spans(old):
        assert new.startswith(old[done:first])
        new, done = new[first - done :], last
        changed = bool(edits) and new.startswith(edits[0].linked) and edits[0].original == old[first:last]
        new = new.removeprefix(edits.pop(0).linked if changed else old[first:last])
    assert (new, edits) == (old[done:], [])
    assert names_of(old) == names_of(text_of(linked.data, module))


@given(modules(), st.sampled_from(LINKS))
@settings(max_examples=200, deadline=None)
def test_lost_edits_still_unlink(module: Module, link: str) -> None:
    """Without its edits a file comes back free of links, binds the same names, and links to the same bytes."""
    linked = linked_or_none(module.data, link)
    if linked is None:
        return
    restored = unlink(linked.data)
    assert b"_poet" not in restored
    assert names_of(text_of(restored, module)) == names_of(text_of(module.data, module))
    assert relink(restored, link, DECORATORS).data == linked.data


@given(modules(), st.sampled_from(LINKS), st.data())
@settings(max_examples=200, deadline=None)
def test_edits_elsewhere_survive_unlinking(module: Module, link: str, data: st.DataObject) -> None:
    """What the user wrote between the link and the unlink stays."""
    linked = linked_or_none(module.data, link)
    if linked is None:
        return
    added = data.draw(
        st.sampled_from(["\nimport json\n", "\r\nz = 1  # from poetc import poet\r\n", "\ndef h(): ...\r"])
    )
    grown = linked.data + added.encode(module.encoding.removesuffix("-sig"))
    assert unlink(grown, linked.edits) == module.data + added.encode(module.encoding.removesuffix("-sig"))


BLANKS = ["", " ", "\t", " \f ", "\\\n", " \\\r\n\t", "\f\\\r"]
WITHIN_BRACKETS = [*BLANKS, "\n", "\r\n  ", "\r", "\n\f\n", "# c\n", "  # é\f\r\n\n", "#\u2028\r", "\r\r\n"]
HOMES = {
    "poetc": ("poet", "a", "b"),
    "mine": ("enhance", "other"),
    "opendxa.dana.poet": ("poet", "x"),
    ".relative": ("poet", "y"),
    "..": ("poet", "z"),
}


@st.composite
def spellings(draw: st.DrawFn) -> bytes:
    """One `from` import with anything that Python allows between its words, and something around it."""
    home = draw(st.sampled_from(list(HOMES)))
    names = draw(st.lists(st.sampled_from(HOMES[home]), min_size=1, max_size=4))
    bracketed = draw(st.booleans())
    between = WITHIN_BRACKETS if bracketed else BLANKS

    def gap(choices: list[str], *, needed: bool = False) -> str:
        return draw(st.sampled_from(choices)) or (" " if needed else "")

    aliases = []
    for name in names:
        bound = draw(st.sampled_from(["", "p", name]))
        aliases.append(name + (gap(between, needed=True) + "as" + gap(between, needed=True) + bound if bound else ""))
    listed = aliases[0]
    for alias in aliases[1:]:
        listed += gap(between) + "," + gap(between) + alias
    if bracketed:
        listed = f"({gap(between)}{listed}{gap(between)}{draw(st.sampled_from(['', ',', ', # z' + chr(10)]))})"
    path = "".join(part if part != "." else gap(BLANKS) + "." + gap(BLANKS) for part in re.split(r"(\.)", home))
    statement = (
        f"from{gap(BLANKS, needed=True)}{path}{gap(BLANKS, needed=True)}import{gap(BLANKS, needed=True)}{listed}"
    )
    around = draw(st.sampled_from(["{}", "x = 'é'; {}", "if 1: {}; y = 2", "if 1:\n\t{}\r\n", "\f{} # c", "{} \\\n\n"]))
    return around.format(statement).encode()


@given(spellings(), st.sampled_from(LINKS))
@settings(max_examples=500, deadline=None)
def test_any_layout_comes_back(data: bytes, link: str) -> None:
    """However an import is laid out: linked and unlinked again, or refused, and never anything else."""
    decorators = (*DECORATORS, ".relative.poet", "...poet")
    try:
        linked = relink(data, link, decorators)
    except LinkError as error:
        assert error.diagnostic.code == "POET210"
        return
    assert ends_of_lines(linked.data) == ends_of_lines(data)
    assert relink(linked.data, link, decorators, known=linked.edits) == linked
    assert unlink(linked.data, linked.edits) == data
    assert b"_poet" not in unlink(linked.data)


@given(st.binary(max_size=60), st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_noise_is_never_a_crash(noise: bytes, text: str) -> None:
    """Whatever the bytes are: a linked file, or a LinkError."""
    for data in (
        noise,
        b"from poetc import poet\n" + noise,
        text.encode("utf-8", "replace") + b"\nfrom poetc import poet",
    ):
        try:
            linked = relink(data, LINKS[0], DECORATORS)
        except LinkError:
            continue
        assert unlink(linked.data, linked.edits) == data


def ends_of_lines(data: bytes) -> list[bytes]:
    """The newlines of a file, in order."""
    return re.findall(rb"\r\n|\r|\n", data)


def text_of(data: bytes, module: Module) -> str:
    """The file's text, its newlines as \\n."""
    return data.decode(module.encoding).replace("\r\n", "\n").replace("\r", "\n")


def import_spans(text: str) -> list[tuple[int, int]]:
    """Where the import statements of a text stand, in characters."""
    lines = text.encode().split(b"\n")
    starts = [sum(len(line) + 1 for line in lines[:number]) for number in range(len(lines))]
    spans = [
        (starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 0) - 1] + (node.end_col_offset or 0))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    data = text.encode()
    return sorted((len(data[:start].decode()), len(data[:end].decode())) for start, end in spans)


def names_of(text: str) -> list[str]:
    """The names that imports bind, sorted."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import | ast.ImportFrom))
    return sorted(alias.asname or alias.name.partition(".")[0] for node in nodes for alias in node.names)
