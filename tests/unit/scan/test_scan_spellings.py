"""Every way to write the marker is known, and nothing else is taken for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from poetc.scan import find_sites

Find = Callable[..., Any]

OURS = {
    "plain": "from poetc import poet\n@poet()\ndef f(): ...",
    "arguments": "from poetc import poet\n@poet(\n    retries=1,\n)\ndef f(): ...",
    "bare": "from poetc import poet\n@poet\ndef f(): ...",
    "renamed": "from poetc import poet as p\n@p()\ndef f(): ...",
    "renamed bare": "from poetc import poet as p\n@p\ndef f(): ...",
    "beside others": "from poetc import __version__, poet, feedback as fb\n@poet()\ndef f(): ...",
    "module": "import poetc\n@poetc.poet()\ndef f(): ...",
    "module bare": "import poetc\n@poetc.poet\ndef f(): ...",
    "module renamed": "import poetc as x\n@x.poet()\ndef f(): ...",
    "modules in one line": "import os, poetc, sys\n@poetc.poet()\ndef f(): ...",
    "star": "from poetc import *\n@poet()\ndef f(): ...",
    "in parentheses": "from poetc import (\n    poet,\n)\n@poet()\ndef f(): ...",
    "in try": "try:\n    from poetc import poet\nexcept ImportError:\n"
    "    def poet(**k): return lambda f: f\n@poet()\ndef f(): ...",
    "in except": "try:\n    import nothing\nexcept ImportError:\n    from poetc import poet\n@poet()\ndef f(): ...",
    "fallback assigned": "try:\n  from poetc import poet\nexcept ImportError:\n  poet = None\n@poet()\ndef f(): ...",
    "in if": "import sys\nif sys.version_info > (3, 0):\n    from poetc import poet\n"
    "else:\n    poet = None\n@poet()\ndef f(): ...",
    "type checking": "if TYPE_CHECKING:\n    from poetc import poet\nelse:\n"
    "    from poetc import poet\n@poet()\ndef f(): ...",
    "assigned": "import poetc\np = poetc.poet\n@p()\ndef f(): ...",
    "linked": "from app._poet.drift import poet\n@poet()\ndef f(): ...",
    "linked, renamed": "from app._poet.drift import poet as p\n@p()\ndef f(): ...",
    "linked script": "from _poet.app import poet\n@poet()\ndef f(): ...",
    "linked, relative": "from ._poet.drift import poet\n@poet()\ndef f(): ...",
    "linked module": "import app._poet.drift as poetc\n@poetc.poet()\ndef f(): ...",
    "linked module in full": "import app._poet.drift\n@app._poet.drift.poet()\ndef f(): ...",
    "linked star": "from app._poet.drift import *\n@poet()\ndef f(): ...",
    "run-time POET": "from opendxa.dana.poet import poet\n@poet()\ndef f(): ...",
    "run-time POET's module": "from opendxa.dana import poet\n@poet.poet()\ndef f(): ...",
    "Dana": "import dana.frameworks.poet as dp\n@dp.poet(domain='x')\ndef f(): ...",
    "imported in the class": "class C:\n    from poetc import poet\n    @poet()\n    def f(self): ...",
    "shadowed later": "from poetc import poet\n@poet()\ndef f(): ...\npoet = None",
    "among other decorators": "from poetc import poet\nimport a\n@a.b(1)\n@poet()\ndef f(): ...",
}

NOT_OURS = {
    "never imported": "@poet()\ndef f(): ...",
    "own function": "def poet(): return lambda f: f\n@poet()\ndef f(): ...",
    "from elsewhere": "from other import poet\n@poet()\ndef f(): ...",
    "of another module": "import poetry as poetc\n@poetc.poet()\ndef f(): ...",
    "rebound": "from poetc import poet\npoet = print\n@poet\ndef f(): ...",
    "rebound by import": "from poetc import poet\nfrom other import poet\n@poet\ndef f(): ...",
    "rebound by def": "from poetc import poet\ndef poet(f): return f\n@poet\ndef f(): ...",
    "rebound by class": "from poetc import poet\nclass poet: ...\n@poet\ndef f(): ...",
    "rebound by with": "from poetc import poet\nwith a as (poet, b): ...\n@poet\ndef f(): ...",
    "rebound in the class": "from poetc import poet\nclass C:\n    poet = staticmethod\n    @poet\n    def f(): ...",
    "another attribute": "import poetc\n@poetc.poet.other()\ndef f(): ...",
    "another name": "from poetc import poet, feedback\n@feedback\ndef f(): ...",
    "deleted": "from poetc import poet\ndel poet\n@poet\ndef f(): ...",
    "feedback": "from poetc import poet\ndef f(x): poet.feedback(x, True)",
    "a parameter": "from poetc import poet\ndef f(poet):\n    @poet()\n    def g(): ...\n    return poet(g)",
    "a local variable": "from poetc import poet\ndef f():\n    for poet in poets:\n        poet('ode')\n",
    "in a string": 'from poetc import poet\ns = """\n@poet()\ndef f(): ...\n"""',
}


@pytest.mark.parametrize("text", OURS.values(), ids=OURS.keys())
def test_each_spelling_is_known(find: Find, text: str) -> None:
    """One site, nothing to say."""
    sites, said = find(text)
    assert [s.node.name for s in sites] == ["f"]
    assert said == []


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS.keys())
def test_others_of_that_name_are_not_ours(find: Find, text: str) -> None:
    """No site, and not a word about it."""
    assert find(text + "\n# poet") == ([], [])


def test_a_relative_import_of_a_configured_decorator(read: Any) -> None:
    """`decorators` are absolute; the project's own modules import them relatively."""
    text = "from ..marks import enhance as poet\n@poet\ndef f(): ...\n"
    read("# poet", "acme/inner/__init__.py")
    assert find_sites(read(text, "acme/inner/mod.py"), ("acme.marks.enhance",)) == ([], [])
    read("# poet", "acme/__init__.py")
    assert [s.name for s in find_sites(read(text, "acme/inner/mod.py"), ("acme.marks.enhance",))[0]] == [
        "acme.inner.mod.f"
    ]
