"""What each spelling of the import becomes, and that the original comes back."""

from __future__ import annotations

import pytest

from poetc.link.imports import ImportEdit, relink
from poetc.link.restore import unlink

LINK = "app._poet.drift"
DECORATORS = ("poetc.poet", "opendxa.dana.poet.poet", "dana.frameworks.poet.poet", "mine.enhance")

SPELLINGS = {
    "plain": (
        "from poetc import poet\n",
        "from app._poet.drift import poet\n",
    ),
    "no final newline": ("from poetc import poet", "from app._poet.drift import poet"),
    "as": ("from poetc import poet as p\n", "from app._poet.drift import poet as p\n"),
    "needless as": ("from poetc import poet as poet\n", "from app._poet.drift import poet as poet\n"),
    "twice": ("from poetc import poet, poet as p\n", "from app._poet.drift import poet, poet as p\n"),
    "odd blanks": ("from\tpoetc   import\f poet \t \n", "from\tapp._poet.drift   import\f poet \t \n"),
    "form feed": (
        "\fimport os\n\ffrom poetc import poet\n\f\n",
        "\fimport os\n\ffrom app._poet.drift import poet\n\f\n",
    ),
    "pragma": ("from poetc import poet  # noqa: F401\n", "from app._poet.drift import poet  # noqa: F401\n"),
    "type comment": ("from poetc import poet # type: ignore\n", "from app._poet.drift import poet # type: ignore\n"),
    "bracketed": ("from poetc import (poet)\n", "from app._poet.drift import (poet)\n"),
    "bracketed lines": (
        "from poetc import (  # a\n    # b\n    poet,  # c\n\n)  # d\n",
        "from app._poet.drift import (  # a\n    # b\n    poet,  # c\n\n)  # d\n",
    ),
    "continued": ("from poetc \\\n    import \\\n  poet\n", "from app._poet.drift \\\n    import \\\n  poet\n"),
    "others behind": (
        "from poetc import poet, __version__\n",
        "from app._poet.drift import poet; from poetc import __version__\n",
    ),
    "others before": (
        "from poetc import __version__, poet\n",
        "from app._poet.drift import poet; from poetc import __version__\n",
    ),
    "others around": (
        "from poetc import a, poet as p, b as c, poet, d # e\n",
        "from app._poet.drift import poet as p, poet; from poetc import a, b as c, d # e\n",
    ),
    "two at the end": (
        "from poetc import a, poet, poet as p\n",
        "from app._poet.drift import poet, poet as p; from poetc import a\n",
    ),
    "two at the end of brackets": (
        "from poetc import (a, poet, poet as p )\n",
        "from app._poet.drift import poet, poet as p; from poetc import (a)\n",
    ),
    "others in brackets": (
        "from poetc import (  # a\n    poet,  # b\n    __version__,  # c\n)\n",
        "from app._poet.drift import poet; from poetc import (  # a\n    # b\n    __version__,  # c\n)\n",
    ),
    "its line in brackets": (
        "from poetc import (\n    poet,\n    __version__\n)\n",
        "from app._poet.drift import poet; from poetc import (\n\n    __version__\n)\n",
    ),
    "last in brackets": (
        "from poetc import (__version__,\n    poet)\n",
        "from app._poet.drift import poet; from poetc import (__version__\n)\n",
    ),
    "commas in front": (
        "from poetc import (a # b\n  , poet # c\n  , d\n  )\n",
        "from app._poet.drift import poet; from poetc import (a # b\n  , # c\n  d\n  )\n",
    ),
    "comma below a comment": (
        "from poetc import (poet # a\n  as # b\n  p # c\n  , # d\n  e)\n",
        "from app._poet.drift import poet as p; from poetc import (# a\n  # b\n  # c\n  # d\n  e)\n",
    ),
    "alias over continuations": (
        "from poetc import a, poet \\\n  as \\\n  p\n",
        "from app._poet.drift import poet as p; \\\n  \\\nfrom poetc import a\n",
    ),
    "others continued": (
        "from poetc import poet, \\\n    __version__\n",
        "from app._poet.drift import poet; from poetc import \\\n    __version__\n",
    ),
    "last continued at the end of the file": (
        "from poetc import __version__, \\\n    poet",
        "from app._poet.drift import poet; \\\nfrom poetc import __version__",
    ),
    "try one-liner": (
        "try: from poetc import poet, x\nexcept ImportError: pass\n",
        "try: from app._poet.drift import poet; from poetc import x\nexcept ImportError: pass\n",
    ),
    "if one-liner": (
        "if 1: from poetc import poet; x = 1\nelse: from poetc import poet as poet\n",
        "if 1: from app._poet.drift import poet; x = 1\nelse: from app._poet.drift import poet as poet\n",
    ),
    "semicolons": (
        "import os; from poetc import poet; x = 1;\n",
        "import os; from app._poet.drift import poet; x = 1;\n",
    ),
    "semicolons and others": (
        "import os; from poetc import poet, y; x = 1\n",
        "import os; from app._poet.drift import poet; from poetc import y; x = 1\n",
    ),
    "behind non-ASCII": (
        "x = 'é€𝄞'; from poetc import poet; y = 'ü'\n",
        "x = 'é€𝄞'; from app._poet.drift import poet; y = 'ü'\n",
    ),
    "both branches": (
        "try:\n\tfrom poetc import poet\nexcept ImportError:\n\tfrom opendxa.dana.poet import poet\n",
        "try:\n\tfrom app._poet.drift import poet\nexcept ImportError:\n\tfrom app._poet.drift import poet\n",
    ),
    "every kind of suite": (
        "with a:\n from poetc import poet\nfor _ in a:\n from poetc import poet\nwhile a:\n from poetc import poet\n"
        "match a:\n case 1:\n  from poetc import poet\nclass A:\n from poetc import poet\n",
        "with a:\n from app._poet.drift import poet\nfor _ in a:\n from app._poet.drift import poet\nwhile a:\n"
        " from app._poet.drift import poet\nmatch a:\n case 1:\n  from app._poet.drift import poet\nclass A:\n"
        " from app._poet.drift import poet\n",
    ),
    "functions keep theirs": (
        "from poetc import poet\ndef f():\n    from poetc import poet\nasync def g(): from poetc import poet\n",
        "from app._poet.drift import poet\ndef f():\n    from poetc import poet\n"
        "async def g(): from poetc import poet\n",
    ),
    "type checkers keep theirs": (
        "if TYPE_CHECKING:\n    from poetc import poet\nelse:\n    from poetc import poet\n",
        "if TYPE_CHECKING:\n    from poetc import poet\nelse:\n    from app._poet.drift import poet\n",
    ),
    "type checkers keep theirs, turned round": (
        "if not typing.TYPE_CHECKING:\n    from poetc import poet\nelse:\n    from poetc import poet\n",
        "if not typing.TYPE_CHECKING:\n    from app._poet.drift import poet\nelse:\n    from poetc import poet\n",
    ),
    "text that only looks like it": (
        '"""\nfrom poetc import poet\n"""\nx = "from poetc import poet"  # from poetc import poet\n'
        "from poetc import poet\n",
        '"""\nfrom poetc import poet\n"""\nx = "from poetc import poet"  # from poetc import poet\n'
        "from app._poet.drift import poet\n",
    ),
    "relative": (
        "from .poetc import poet as a\nfrom . import poetc as b\nfrom poetc import poet\n",
        "from .poetc import poet as a\nfrom . import poetc as b\nfrom app._poet.drift import poet\n",
    ),
    "other decorator": ("from opendxa.dana.poet import poet\n", "from app._poet.drift import poet\n"),
    "spread path": (
        "from opendxa . dana \\\n .poet import poet\n",
        "from app._poet.drift \\\n import poet\n",
    ),
    "names that Python normalises": (
        "from poetc import ℌ, poet as ｐoet, b\n",
        "from app._poet.drift import poet; from poetc import ℌ, b\n",
    ),
    "own name": ("from mine import enhance\n", "from app._poet.drift import poet as enhance\n"),
    "own name as poet": ("from mine import enhance as poet\n", "from app._poet.drift import poet\n"),
    "own name as poet, spread": (
        "from mine import (enhance # a\n as poet)\n",
        "from app._poet.drift import (poet # a\n as poet)\n",
    ),
    "own name as another": (
        "from mine import enhance as e, other\n",
        "from app._poet.drift import poet as e; from mine import other\n",
    ),
    "module": (
        "import poetc\n@poetc.poet()\ndef f(): ...\n",
        "import app._poet.drift as poetc\n@poetc.poet()\ndef f(): ...\n",
    ),
    "module as": (
        "import poetc as pc\n@pc.poet\ndef f(): ...\n",
        "import app._poet.drift as pc\n@pc.poet\ndef f(): ...\n",
    ),
    "module among others": (
        "import os, poetc, sys  # a\np = poetc.poet\n",
        "import os, app._poet.drift as poetc, sys  # a\np = poetc.poet\n",
    ),
    "module twice": (
        "import poetc, poetc as pc\npoetc.poet, pc.poet\n",
        "import app._poet.drift as poetc, app._poet.drift as pc\npoetc.poet, pc.poet\n",
    ),
    "dotted module as": (
        "import opendxa.dana \\\n  .poet as op\n@op.poet()\ndef f(): ...\n",
        "import app._poet.drift \\\n as op\n@op.poet()\ndef f(): ...\n",
    ),
    "module with a fallback": (
        "try:\n    import poetc\nexcept ImportError:\n    poetc = None\n@poetc.poet()\ndef f(): ...\n",
        "try:\n    import app._poet.drift as poetc\nexcept ImportError:\n    poetc = None\n"
        "@poetc.poet()\ndef f(): ...\n",
    ),
    "module whose name others have too": (
        "import poetc as p\n@p.poet()\ndef f(p): return p.x\ndef g():\n    p = 1\n    return p.x\n"
        "[p.x for p in y]\nlambda p: p.x\n",
        "import app._poet.drift as p\n@p.poet()\ndef f(p): return p.x\ndef g():\n    p = 1\n    return p.x\n"
        "[p.x for p in y]\nlambda p: p.x\n",
    ),
    "module that decorates nothing": (
        "import poetc\nfrom poetc import poet\nprint(poetc.__version__)\n",
        "import poetc\nfrom app._poet.drift import poet\nprint(poetc.__version__)\n",
    ),
    "submodule that decorates nothing": (
        "import poetc.wire\nfrom poetc import poet\nprint(poetc.wire)\n",
        "import poetc.wire\nfrom app._poet.drift import poet\nprint(poetc.wire)\n",
    ),
}


@pytest.mark.parametrize(("before", "after"), SPELLINGS.values(), ids=SPELLINGS)
def test_spelling_is_linked_and_restored(before: str, after: str) -> None:
    """Each spelling becomes its link, once and for all, and is restored byte for byte."""
    linked = relink(before.encode(), LINK, DECORATORS)
    assert linked.data.decode() == after
    again = relink(linked.data, LINK, DECORATORS, known=linked.edits)
    assert again == linked
    assert relink(linked.data, LINK, DECORATORS).data == linked.data
    assert unlink(linked.data, linked.edits) == before.encode()


@pytest.mark.parametrize(("before", "after"), SPELLINGS.values(), ids=SPELLINGS)
@pytest.mark.parametrize("newline", ["\r\n", "\r"])
def test_newlines_are_kept(before: str, after: str, newline: str) -> None:
    """CRLF and CR files keep their newlines, while the edits are written with \\n."""
    data = before.replace("\n", newline).encode()
    linked = relink(data, LINK, DECORATORS)
    assert linked.data == after.replace("\n", newline).encode()
    assert linked.edits == relink(before.encode(), LINK, DECORATORS).edits
    assert unlink(linked.data, linked.edits) == data


@pytest.mark.parametrize(("before", "after"), SPELLINGS.values(), ids=SPELLINGS)
def test_edits_are_literals(before: str, after: str) -> None:
    """An edit written to a link table and read back is the same edit, so a fresh clone can be unlinked."""
    linked = relink(before.encode(), LINK, DECORATORS)
    read = [ImportEdit(*eval(repr((edit.original, edit.linked)), {})) for edit in linked.edits]
    assert unlink(after.encode(), read) == before.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbffrom poetc import poet\r\nx = 1",
        b"\xef\xbb\xbf# coding: utf-8\nimport os; from poetc import poet, a\n",
        "# coding: latin-1\nx = 'é'; from poetc import poet; y = 'ü'\n".encode("latin-1"),
        "#!/usr/bin/python\r# -*- coding: cp1252 -*-\rfrom poetc import (poet, # €\r x)\r".encode("cp1252"),
        "# vim: set fileencoding=shift_jis :\nx = '表ソ'; from poetc import poet, b # 能\n".encode("shift_jis"),
        "# coding: gb18030\nx = '𝄞丂'; from poetc import poet # 丂\n".encode("gb18030"),
        "# coding: koi8-r\r\nx = 'ж'; \\\r\nfrom poetc import poet\n\rx = 'ж'".encode("koi8-r"),
        b"\r\n\n\r# a \x0c b\r\n\x0cfrom poetc import poet\x0c\r\n\t\n \r",
    ],
    ids=["bom", "bom and cookie", "latin-1", "cp1252, cr", "shift_jis", "gb18030", "koi8-r", "mixed newlines"],
)
def test_encodings_are_kept(data: bytes) -> None:
    """The byte-order mark, the cookie's encoding and mixed newlines survive, on both sides of the import."""
    linked = relink(data, LINK, DECORATORS)
    at = data.index(b"poet", data.index(b"from poetc"))
    assert linked.data.startswith(data[: data.index(b"from poetc")] + b"from app._poet.drift import poet")
    assert linked.data.endswith(data[max(data.rindex(b"poet"), at) + 4 :].lstrip(b", "))
    assert unlink(linked.data, linked.edits) == data


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from app._poet.old import poet\n", "from app._poet.drift import poet\n"),
        ("from _poet.drift import poet as p\n", "from app._poet.drift import poet as p\n"),
        ("from a.b._poet.c.d import (poet, # x\n)\n", "from app._poet.drift import (poet, # x\n)\n"),
        ("from app._poet.old import poet, feedback\n", "from app._poet.drift import poet, feedback\n"),
        ("import os, app._poet.old as p\np.poet\n", "import os, app._poet.drift as p\np.poet\n"),
        ("import app._poet.old as poetc\n", "import app._poet.drift as poetc\n"),
        (
            "from app._poet.old import poet; from poetc import __version__\n",
            "from app._poet.drift import poet; from poetc import __version__\n",
        ),
        (
            "try:\n    from app._poet.old import poet\nexcept ImportError:\n    from poetc import poet\n",
            "try:\n    from app._poet.drift import poet\nexcept ImportError:\n    from app._poet.drift import poet\n",
        ),
    ],
)
def test_moved_file_is_relinked(before: str, after: str) -> None:
    """A link to another module's table, left by a rename, is pointed at this module's."""
    linked = relink(before.encode(), LINK, DECORATORS)
    assert linked.data.decode() == after
    assert relink(linked.data, LINK, DECORATORS, known=linked.edits) == linked


def test_moved_file_keeps_its_original_import() -> None:
    """The edits of a file that was renamed still restore what stood there before it was first linked."""
    data = b"from mine import (enhance,\r\n    other)\r\n"
    first = relink(data, "app._poet.old", DECORATORS)
    moved = relink(first.data, LINK, DECORATORS, known=first.edits)
    assert moved.data == b"from app._poet.drift import poet as enhance; from mine import (\r\n    other)\r\n"
    assert unlink(moved.data, moved.edits) == data


def test_new_branch_beside_a_link_is_linked_too() -> None:
    """An import the user adds to a linked file is linked, and both come back."""
    first = relink(b"from mine import enhance\n", LINK, DECORATORS)
    both = relink(first.data + b"from poetc import poet as p, x\n", LINK, DECORATORS, known=first.edits)
    assert both.data == (
        b"from app._poet.drift import poet as enhance\nfrom app._poet.drift import poet as p; from poetc import x\n"
    )
    assert unlink(both.data, both.edits) == b"from mine import enhance\nfrom poetc import poet as p, x\n"


def test_edit_of_an_import_that_is_gone_is_dropped() -> None:
    """An edit whose link the user has removed does not live on in the table."""
    first = relink(b"from poetc import poet as p\n", LINK, DECORATORS)
    second = relink(b"from poetc import poet\n", LINK, DECORATORS, known=first.edits)
    assert second.edits == (ImportEdit("from poetc import poet", f"from {LINK} import poet"),)


def test_decorator_whose_path_looks_like_a_link_is_no_link() -> None:
    """A configured decorator may itself live below a package called _poet."""
    linked = relink(b"from corp._poet.api import poet\n", LINK, ["corp._poet.api.poet"])
    assert linked.edits == (ImportEdit("from corp._poet.api import poet", f"from {LINK} import poet"),)
    assert unlink(linked.data, linked.edits) == b"from corp._poet.api import poet\n"


@pytest.mark.parametrize(
    "before", ["from.marks import poet\n", "from . \\\n.marks import(poet)\n", "from..import poet\n"]
)
def test_relative_import(before: str) -> None:
    """A marker that a package passes on may be imported by its relative name."""
    linked = relink(before.encode(), LINK, [".marks.poet", "..marks.poet", "...poet"])
    assert linked.data.decode() in {
        f"from {LINK} import poet\n",
        f"from {LINK} \\\n import(poet)\n",
    }
    assert unlink(linked.data, linked.edits) == before.encode()
    assert unlink(linked.data, linked.edits[:0], decorator=".marks.poet").startswith(b"from .marks ")


def test_module_names_outside_ascii() -> None:
    """A module may be called what Python lets it be called."""
    linked = relink(b"from poetc import poet\n", "app._poet.gr\u00f6\u00dfe", DECORATORS)
    assert linked.data == "from app._poet.größe import poet\n".encode()
    assert unlink(linked.data, linked.edits) == b"from poetc import poet\n"
