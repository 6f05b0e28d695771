"""Imports that can't be linked, files that can't be read: an error says where and what to do; nothing crashes."""

from __future__ import annotations

import pytest

from poetc.errors import LinkError
from poetc.link.imports import ImportEdit, relink
from poetc.link.restore import unlink

LINK = "app._poet.drift"
DECORATORS = ("poetc.poet", "opendxa.dana.poet.poet", "mine.enhance")


@pytest.mark.parametrize(
    ("text", "line", "column", "hint"),
    [
        ("x = 1\nfrom poetc import *\n", 2, 1, "from poetc import poet"),
        ("import poetc\n@poetc.poet()\ndef f(): return 'é', poetc.__version__\n", 3, 22, "from poetc import poet"),
        ("import poetc\n@poetc.poet\ndef f(): return getattr(poetc, 'x')\n", 3, 25, "from poetc import poet"),
        ("import poetc as p\np.poet\ndef f():\n    global p\n    p = p.x\n", 5, 9, "from poetc import poet"),
        ("import poetc\npoetc.poet\n[poetc.x for poetc in poetc.y]\n", 3, 23, "from poetc import poet"),
        ("import os\nif os: import poetc.wire\n@poetc.poet()\ndef f(): ...\n", 2, 8, "from poetc import poet"),
        ("import poetc, poetc.wire\n@poetc.poet()\ndef f(): ...\n", 1, 1, "from poetc import poet"),
        (
            "import opendxa.dana.poet\n@opendxa.dana.poet.poet()\ndef f(): ...\n",
            1,
            1,
            "from opendxa.dana.poet import poet",
        ),
        ("import opendxa\n@opendxa.dana.poet.poet()\ndef f(): ...\n", 1, 1, "from opendxa.dana.poet import poet"),
        ("from opendxa import dana as d\n@d.poet.poet()\ndef f(): ...\n", 1, 1, "from opendxa.dana.poet import poet"),
        ("import mine\n@mine.enhance()\ndef f(): ...\n", 2, 2, "from mine import enhance"),
        ("import app._poet.drift as poetc\n@poetc.poet()\ndef f(): poetc.x\n", 3, 10, "from poetc import poet"),
        ("if TYPE_CHECKING:\n    from poetc import poet\n", 2, 5, "from poetc import poet"),
        ("def f():\n    from poetc import poet\n", 0, 0, "from poetc import poet"),
        ("", 0, 0, "from poetc import poet"),
        ("x = 1\rfrom poetc \\\n import a, \\\r poet\n", 2, 1, "from poetc import a, poet"),
    ],
)
def test_spelling_that_can_not_be_linked(text: str, line: int, column: int, hint: str) -> None:
    """POET210 points at what stands in the way and says what to write."""
    with pytest.raises(LinkError) as caught:
        relink(text.encode(), LINK, DECORATORS, path="app/drift.py")
    said = caught.value.diagnostic
    assert (said.code, said.path, said.line, said.column) == ("POET210", "app/drift.py", line, column)
    assert hint in said.hint
    assert said.excerpt == (text.splitlines()[line - 1] if line else "")


@pytest.mark.parametrize(
    "data",
    [
        b"from poetc import poet\ndef f(:\n",
        b"from poetc import poet\n\0",
        b"from poetc import poet\nx = '\xff'\n",
        b"# coding: no-such-thing\nfrom poetc import poet\n",
        b"# coding: rot13\nfrom poetc import poet\n",
        b"\xef\xbb\xbf# coding: latin-1\nfrom poetc import poet\n",
        "from poetc import poet\n".encode("utf-16"),
        b"from poetc import poet\nx = " + b"(" * 10_000 + b")" * 10_000,
        b"from poetc import poet\nx = " + b"-" * 100_000 + b"1",
        b"from poetc import poet \\",
        b"from poetc import (poet",
    ],
    ids=[
        "syntax", "null", "not utf-8", "unknown encoding", "no text encoding", "bom against cookie", "utf-16",
        "nested brackets", "nested operators", "unfinished line", "unfinished bracket",
    ],
)  # fmt: skip
def test_file_that_can_not_be_parsed(data: bytes) -> None:
    """POET507, whether it is to be linked or unlinked."""
    with pytest.raises(LinkError) as caught:
        relink(data, LINK, DECORATORS, path="app/drift.py")
    assert caught.value.diagnostic.code == "POET507"
    assert caught.value.diagnostic.path == "app/drift.py"
    with pytest.raises(LinkError) as caught:
        unlink(data.replace(b"poetc", b"_poet.x") if b"poetc" in data else data + b"_poet", (), path="app/drift.py")
    assert caught.value.diagnostic.code == "POET507"


def test_syntax_error_says_where() -> None:
    """The line and the column of a syntax error reach the diagnostic."""
    with pytest.raises(LinkError) as caught:
        relink(b"from poetc import poet\nx = = 1\n", LINK, DECORATORS)
    assert (caught.value.diagnostic.line, caught.value.diagnostic.column) == (2, 5)


def test_module_name_that_the_encoding_lacks() -> None:
    """A Latin-1 file can't name a module in Greek, and is told so."""
    with pytest.raises(LinkError) as caught:
        relink(b"# coding: latin-1\nfrom poetc import poet\n", "app._poet.\u03bb", DECORATORS)
    assert caught.value.diagnostic.code == "POET507"
    assert "UTF-8" in caught.value.diagnostic.hint


@pytest.mark.parametrize("escape", ["utf-7", "unicode_escape", "raw_unicode_escape", "iso2022_jp", "hz"])
def test_stateful_encodings_are_exact_or_refused(escape: str) -> None:
    """Where bytes and text are not aligned, either every other byte is kept or the file is refused."""
    data = f"# coding: {escape}\n".encode() + b"x = '+AGE-\\u0061'\nfrom poetc import poet, y # +AGE- \\u0061\n"
    try:
        linked = relink(data, LINK, DECORATORS)
    except LinkError as error:
        assert error.diagnostic.code == "POET507"
    else:
        assert linked.data == data.replace(
            b"from poetc import poet, y", f"from {LINK} import poet; from poetc import y".encode()
        )
        assert unlink(linked.data, linked.edits) == data


def test_link_module_that_would_break_the_file() -> None:
    """Whatever the path is: an edit after which the file says something else is refused."""
    for path in ("app.drift import x; from y", "a-b", "app\nimport os", "app._poet.x import poet, os; from z", ""):
        with pytest.raises(LinkError) as caught:
            relink(b"from poetc import poet\n", path, DECORATORS)
        assert caught.value.diagnostic.code == "POET507"


def test_invalid_escape_in_the_source_is_no_warning() -> None:
    """A warning about the user's own string is not raised by linking (warnings are errors in these tests)."""
    assert relink(b"from poetc import poet\nx = '\\d'\n", LINK, DECORATORS).edits


def test_deep_trees_are_walked() -> None:
    """A file that Python can parse is linked, however deep it nests."""
    chain = "if x: pass\n" + "elif x: pass\n" * 300
    sums = "y = poetc.poet" + "+ 1" * 500
    linked = relink(f"import poetc\n{chain}{sums}\n".encode(), LINK, DECORATORS)
    assert linked.data.startswith(b"import app._poet.drift as poetc\n")


@pytest.mark.parametrize(
    "edit",
    [
        ImportEdit("import os; os.remove('x')", "from app._poet.drift import poet"),
        ImportEdit("os.remove('x')", "from app._poet.drift import poet"),
        ImportEdit("from evil import anything", "from app._poet.drift import poet"),
        ImportEdit("from evil import poet\n", "from app._poet.drift import poet"),
        ImportEdit("from poetc import (poet", "from app._poet.drift import poet"),
        ImportEdit("\0", "\0"),
        ImportEdit("\ud800", "from app._poet.drift import poet"),
        ImportEdit("", ""),
        ImportEdit("import os", "import sys"),
    ],
)
def test_edit_that_linking_never_wrote_is_ignored(edit: ImportEdit) -> None:
    """A damaged or hostile link table restores the usual import, and puts no code into the user's file."""
    data = b"import sys\nfrom app._poet.drift import poet\n"
    assert unlink(data, [edit]) == b"import sys\nfrom poetc import poet\n"
    assert relink(data, LINK, DECORATORS, known=[edit]).edits == (
        ImportEdit("from poetc import poet", "from app._poet.drift import poet"),
    )


def test_numbers_that_python_does_not_write_out_are_kept() -> None:
    """What stands around an import may be a number too long for its decimal digits."""
    data = b"from poetc import poet\nx = 0x" + b"f" * 5000 + b"\n"
    linked = relink(data, LINK, DECORATORS)
    assert unlink(linked.data, linked.edits) == data


def test_line_that_continues_over_an_import() -> None:
    """A link whose line can't go without drawing the next one into the statement before it stays where it is."""
    edits = relink(b"from poetc import poet, x\n", LINK, DECORATORS).edits
    data = b"y = 1; \\\nfrom app._poet.drift import poet\nif y: pass\nfrom poetc import x\n"
    with pytest.raises(LinkError) as caught:
        unlink(data, edits)
    assert caught.value.diagnostic.code == "POET507"
