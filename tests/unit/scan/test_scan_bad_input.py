"""Bad input gets a code, a place that can be clicked, and a hint; nothing of it becomes a site."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from poetc.config import Options
from poetc.errors import SourceError
from poetc.ir import CODES, Diagnostic, Severity
from poetc.scan import FileEntry, find_sites, read_source
from poetc.scan.read import LARGEST

Find = Callable[..., Any]
IMPORT = "from poetc import poet\n"

# code, severity, line:column, unit, text below the import (which is line 1)
MARKS = {
    "nested, imported there": (
        "POET207",
        "error",
        (4, 6),
        "app.f.<locals>.g",
        "def f():\n    from poetc import poet as p\n    @p()\n    def g(): ...",
    ),
    "nested, imported further out": (
        "POET207",
        "error",
        (5, 8),
        "app.f.<locals>.C.g",
        "def f():\n    from poetc import poet\n    class C:\n      @poet\n      def g(self): ...",
    ),
    "nested twice": (
        "POET206",
        "warning",
        (7, 6),
        "app.f.<locals>.g",
        "def f():\n  if a:\n    @poet\n    def g(): ...\n  else:\n    @poet\n    def g(): ...",
    ),
    "lambda": ("POET208", "error", (2, 5), "", "f = poet()(lambda x: x)"),
    "bare lambda": ("POET208", "error", (2, 5), "", "f = poet(lambda x: x)"),
    "call": ("POET208", "error", (3, 5), "", "def f(): ...\ng = poet(retries=1)(f)"),
    "bare call": ("POET208", "error", (3, 1), "", "def f(): ...\npoet(f)"),
    "kept": ("POET208", "error", (2, 8), "", "mine = poet(retries=1)"),
    "called in a function": ("POET208", "error", (3, 12), "", "def f(g):\n    return poet()(g)"),
    "called in a default": ("POET208", "error", (2, 9), "", "def f(g=poet()(len)): ..."),
    "called in a condition": ("POET208", "error", (2, 4), "", "if poet()(f): ..."),
    "after wide characters": ("POET208", "error", (2, 11), "", "é = '日本', poet(f)"),
    "class": ("POET208", "error", (2, 2), "app.C", "@poet()\nclass C: ..."),
    "inner class": ("POET208", "error", (3, 4), "app.C.D", "class C:\n  @poet()\n  class D: ..."),
    "redefined": ("POET206", "warning", (4, 2), "app.f", "@poet()\ndef f(): ...\n@poet()\ndef f(): ..."),
    "redefined by branches": (
        "POET206",
        "warning",
        (6, 4),
        "app.f",
        "if a:\n  @poet()\n  def f(): ...\nelse:\n  @poet()\n  def f(): ...",
    ),
    "redefined class": (
        "POET206",
        "warning",
        (6, 4),
        "app.C.f",
        "class C:\n  @poet()\n  def f(self): ...\nclass C:\n  @poet()\n  def f(self): ...",
    ),
    "decorator between": ("POET209", "warning", (3, 2), "app.f", "@poet()\n@functools.cache\ndef f(): ..."),
    "called decorator between": ("POET209", "warning", (3, 2), "app.f", "@poet()\n@a.b(1)\ndef f(): ..."),
    "deprecated between": ("POET209", "warning", (3, 2), "app.f", "@poet()\n@deprecated('x')\ndef f(): ..."),
    "nameless decorator between": ("POET209", "warning", (3, 2), "app.f", "@poet()\n@x[0]\ndef f(): ..."),
    "somebody's setter between": ("POET209", "warning", (3, 2), "app.f", "@poet()\n@app.setter\ndef f(): ..."),
    "cached property between": (
        "POET209",
        "warning",
        (4, 4),
        "app.C.f",
        "class C:\n  @poet()\n  @cached_property\n  def f(self): ...",
    ),
    "twice": ("POET203", "error", (3, 2), "app.f", "@poet()\n@poet(retries=1)\ndef f(): ..."),
    "twice, apart": ("POET203", "error", (4, 2), "app.f", "@poet()\n@property\n@poet\ndef f(): ..."),
    "sign on its own line": ("POET210", "warning", (3, 5), "app.f", "@(\n    poet()\n)\ndef f(): ..."),
}


@pytest.mark.parametrize(("code", "severity", "place", "unit", "text"), MARKS.values(), ids=MARKS.keys())
def test_marks_that_are_no_sites(
    find: Find, code: str, severity: str, place: tuple[int, int], unit: str, text: str
) -> None:
    """Each says what is wrong, exactly where, about which function, and what to do."""
    source = IMPORT + text
    sites, said = find(source)
    assert sites == []
    (diagnostic,) = said
    assert (diagnostic.code, diagnostic.severity) == (code, severity)
    assert (diagnostic.path, diagnostic.line, diagnostic.column) == ("app.py", *place)
    assert diagnostic.excerpt == source.split("\n")[place[0] - 1]
    assert diagnostic.hint
    assert diagnostic.unit == unit


def test_redefinition_names_both_lines(find: Find) -> None:
    """Who has the same name is part of the message."""
    _, (said,) = find(IMPORT + "@poet()\ndef f(): ...\n\n@poet()\ndef f(): ...")
    assert "lines 3 and 6" in said.message


def test_one_bad_mark_does_not_cost_the_others(find: Find) -> None:
    """The rest of the file is found as if the bad one were not there."""
    text = "@poet()\ndef a(): ...\n@poet()\n@x\ndef b(): ...\nf = poet()(lambda: 1)\n"
    text += "@poet()\ndef c():\n  from poetc import poet as p\n  @p()\n  def d(): ...\n"
    sites, said = find(IMPORT + text)
    assert [s.qualname for s in sites] == ["a", "c"]
    assert [(d.line, d.code) for d in said] == [(5, "POET209"), (7, "POET208"), (11, "POET207")]


DEEP = {
    "brackets": "x = " + "(" * 10_000 + ")" * 10_000,
    "minus": "x = " + "-" * 10_000 + "1",
    "not": "x = " + "not " * 10_000 + "1",
    "sums": "x = 1" + " + 1" * 10_000,
    "attributes": "x = a" + ".b" * 10_000,
    "calls": "x = f" + "()" * 10_000,
    "lambdas": "x = " + "lambda: " * 10_000 + "1",
    "ternaries": "x = " + "a if b else " * 10_000 + "c",
}


@pytest.mark.parametrize("line", DEEP.values(), ids=DEEP.keys())
def test_ten_thousand_deep(find: Find, line: str) -> None:
    """Nesting that no parser takes is a diagnostic on its line, not a crash."""
    sites, (said,) = find(f"{IMPORT}@poet()\ndef f(): ...\nif a:\n  {line}\ny = 1\n")
    assert sites == []
    assert (said.code, said.line) == ("POET105", 5)
    assert said.column >= 1
    assert said.hint


def test_ten_thousand_indents(find: Find) -> None:
    """Indentation has its own limit in the parser."""
    text = "".join(" " * i + "if a:\n" for i in range(1000)) + " " * 1000 + "pass\n"
    _, (said,) = find(IMPORT + text)
    assert (said.code, said.line) == ("POET105", 102)


def test_ten_thousand_elifs(find: Find) -> None:
    """A chain has a tree as deep as it is long."""
    _, (said,) = find(IMPORT + "if a: pass\n" + "elif a: pass\n" * 10_000)
    assert said.code == "POET105"
    assert said.line > 2


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("def f(:\n", 2, 7),
        ("x = 1 +\n", 2, 8),
        ("é = '日本' $\n", 2, 10),
        ("if a:\nx\n", 3, 1),
        ("x = 'open\n", 2, 5),
        ("print 'hello'\n", 2, 1),
        ("x = 1\n  y = 2\n", 3, 3),
    ],
)
def test_syntax_errors(find: Find, text: str, line: int, column: int) -> None:
    """The parser's own words, with its place in characters."""
    sites, (said,) = find(IMPORT + text)
    assert sites == []
    assert (said.code, said.path, said.line) == ("POET101", "app.py", line)
    assert abs(said.column - column) <= 2  # interpreters differ by where they put unexpected indents
    assert said.message
    assert said.excerpt == (IMPORT + text).split("\n")[line - 1]


def test_warnings_of_the_users_code_are_the_users(find: Find) -> None:
    """Bad escapes and the like are neither printed nor, under -W error, taken for syntax errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = list(warnings.filters)
        sites, said = find(IMPORT + "@poet()\ndef f():\n    return '\\d' is 1\n")
        assert warnings.filters == before
    assert len(sites) == 1
    assert said == []


def refused(path: Path, options: Options) -> Diagnostic:
    with pytest.raises(SourceError) as caught:
        read_source(path, options)
    assert caught.value.diagnostic.path == path.name
    assert caught.value.diagnostic.code in CODES
    assert caught.value.diagnostic.hint
    return caught.value.diagnostic


@pytest.mark.parametrize(
    ("data", "code", "line", "column"),
    [
        (b"from poetc import poet\nx = 1\0\n", "POET104", 2, 6),
        (b"\xef\xbb\xbfpoet\0\n", "POET104", 1, 5),
        (b"# poet\r\n\xc3\xa9\xff\r\n", "POET103", 2, 2),
        (b"# poet\rx\r\xff", "POET103", 3, 1),
        (b"\xef\xbb\xbf# poet \xff\n", "POET103", 1, 8),
        (b"# poet\n# coding: nonsense\n", "POET103", 2, 1),
        (b"# -*- coding: nonsense -*-\n# poet\n", "POET103", 1, 1),
        (b"\xef\xbb\xbf# coding: latin-1\n# poet\n", "POET103", 1, 1),
        (b"# coding: rot13\n# poet\n", "POET103", 1, 1),
        (b"# coding: idna\n# poet\n", "POET103", 1, 1),
        (b"# coding: utf-7\n# poet +2AA-\n", "POET103", 1, 1),
        (b"# coding: ascii\n# poet \xe9\n", "POET103", 2, 8),
        (b"poet = '\xff\xfe'", "POET103", 1, 9),
    ],
)
def test_bytes_that_are_no_source(root: Path, options: Options, data: bytes, code: str, line: int, column: int) -> None:
    """The byte that is wrong is named by its line and column."""
    path = root / "bad.py"
    path.write_bytes(data)
    said = refused(path, options)
    assert (said.code, said.line, said.column) == (code, line, column)


@pytest.mark.parametrize("data", [b"x\0", b"\xff\xfe", b"# coding: nonsense\n", b"def f(:"])
def test_bad_files_that_do_not_mention_the_marker_are_none_of_our_business(
    root: Path, options: Options, data: bytes
) -> None:
    """Nobody asked for anything in them."""
    (root / "other.py").write_bytes(data)
    assert read_source(root / "other.py", options) is None


def test_twenty_megabytes(root: Path, options: Options) -> None:
    """A huge file is refused if it mentions the marker, also across the edge of two reads, and else ignored."""
    path = root / "huge.py"
    path.write_bytes(b"#" * 20_000_000)
    assert read_source(path, options) is None
    path.write_bytes(b"#" * 999_998 + b"poet" + b"#" * 19_000_000)
    assert refused(path, options).code == "POET106"
    path.write_bytes(b"#" * LARGEST)
    assert read_source(path, options) is None
    path.write_bytes(b"#" * (LARGEST - 4) + b"poet")
    assert read_source(path, options) is not None


def test_an_unreadable_file(root: Path, options: Options) -> None:
    """Whether it mentions the marker can't be known, so it is said."""
    path = root / "secret.py"
    path.write_text(IMPORT)
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()  # root reads everything: a file that is gone can't be read either
    assert refused(path, options).code == "POET102"


def test_a_pipe_in_a_files_place_does_not_hang(root: Path, options: Options) -> None:
    """Between listing and reading, a file can become anything."""
    os.mkfifo(root / "pipe.py")
    assert read_source(root / "pipe.py", options) is None


def test_a_folder_in_a_files_place(root: Path, options: Options) -> None:
    """A folder is no file."""
    (root / "folder.py").mkdir()
    assert refused(root / "folder.py", options).code == "POET102"


def test_a_file_outside_of_the_project(root: Path, options: Options, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What lies elsewhere is not built."""
    path = tmp_path_factory.mktemp("elsewhere") / "x.py"
    path.write_text(IMPORT)
    with pytest.raises(SourceError) as caught:
        read_source(path, options)
    assert caught.value.diagnostic.code == "POET108"


def test_names_that_are_no_text(root: Path, options: Options) -> None:
    """A file name of arbitrary bytes is read, and shown escaped."""
    path = os.fsdecode(os.fsencode(root) + b"/\xff-poet.py")
    try:
        Path(path).write_text(IMPORT + "@poet()\ndef f(): ...\n")
    except OSError:
        pytest.skip("this file system takes text only")
    source = read_source(FileEntry(path, "", Path(path).stat()), options)
    assert source is not None
    assert source.relative == "\\xff-poet.py"
    (site,), _ = find_sites(source, options.decorators)
    assert site.name.isascii()
    assert all(part.isidentifier() for part in site.name.split("."))


def test_severities_are_known() -> None:
    """Warnings leave the exit code of a build alone or at 1, errors don't; the words are the ones of `Severity`."""
    assert {row[1] for row in MARKS.values()} <= set(Severity)
