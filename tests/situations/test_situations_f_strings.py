"""What is built with one Python runs with all: f-strings are what changed most between them."""

from __future__ import annotations

import ast
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest
from generated import generated

from poetc.errors import VerifyError
from poetc.verify import parses
from poetc.verify.fstrings import first_of_3_12
from tests.built_projects import VERSIONS, build, poet, python, said, write
from tests.unit.verify.verify_drafts import draft_of, unit_of

SOURCE = '''\
import sys
import urllib.request
from urllib.request import urlopen

from poetc import poet


@poet(timeout=5)
def page(url: str) -> str:
    return f"<{urlopen(url, data=None).read().decode()}>"


@poet(timeout=5, retries=1)
def shown(path: str) -> str:
    with urlopen(path) as answer:
        text = answer.read().decode()
    return f'{urllib.request.urlopen(path).status=} {text!r:>{len(text) + 4}}'


@poet(retries=2)
def nested(url: str) -> str:
    return f"""{f'{urlopen(url).status} "quoted"'}
{urlopen(url).read().decode().removeprefix("x")}"""
'''
SHOW = """
import http.server, threading, app.m as m
class H(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"xyz")
    def log_message(self, *a): pass
server = http.server.HTTPServer(("127.0.0.1", 0), H)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}/"
for f in (m.page, m.shown, m.nested):
    assert f(url).encode() == f.__wrapped__(url).encode(), f(url)
    print(f(url))
"""


def test_calls_in_f_strings_run_on_every_python_whichever_built_them(tmp_path: Path) -> None:
    """The same text as without a build; the tests themselves run on each Python, which is then the one that builds."""
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": SOURCE})
    build(root)
    for runner in VERSIONS:
        lines = said(python(runner, "-W", "error", "-c", SHOW, cwd=root)).splitlines()
        assert lines == ["<xyz>", "urllib.request.urlopen(path).status=200   'xyz'", '200 "quoted"', "yz"]


def test_a_call_in_an_f_string_is_said_to_be_left_alone(tmp_path: Path) -> None:
    """Its line is the user's own, the other call is repeated, and `explain` says why the first isn't."""
    root = write(tmp_path, {"src/app/__init__.py": "", "src/app/m.py": SOURCE})
    build(root)
    built = generated(root, "app.m.shown")
    assert [(call.function, call.has_budget) for call in built.repeated] == [("urlopen", True)]
    assert "{urllib.request.urlopen(path).status=}" in built.code
    explained = poet(root, "explain", "app.m.page").stdout
    assert "a call in an f-string (line 3): nothing can be put around it there; give its value a name" in explained


OLD = [
    """f"{a['x']}" """,
    "f'{a}'",
    'f"""{a["x"]} {\n  b}"""',
    'f"{a!r:>{w}}"',
    """f"{f'{x}'}" """,
    'rf"\\d{a}"',
    'f"\\n{a}"',
    "f'''{f\"{x}\"}'''",
    "f'{x:%H:%M}{{}}'",
    "{'a': f'{b}'}",
]
NEW = [
    'f"{a["x"]}"',
    "f'{a+\n b}'",
    'f"""{a # c\n}"""',
    "f\"{'\\n'.join(a)}\"",
    'f"{f"{x}"}"',
    "f'''{f\"\"\"{'''x'''}\"\"\"}'''",
]


@pytest.mark.parametrize("text", [*OLD, *NEW])
def test_which_f_strings_are_new(text: str) -> None:
    """By what 3.11 itself says of each; 3.12 and later read all of them."""
    if sys.version_info < (3, 12):
        with pytest.raises(SyntaxError) if text in NEW else nullcontext():
            ast.parse(text)
        assert first_of_3_12(text) == 0
    else:
        ast.parse(text)
        assert bool(first_of_3_12(text)) == (text in NEW)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="3.11 rejects such an answer because it can't read it")
def test_an_answer_with_an_f_string_that_only_new_pythons_read_is_refused() -> None:
    """Unless the user's own function has one."""
    source = "@poet()\ndef f(a):\n    return f'{a[0]}'\n"
    code = "def bind(original):\n  return f'{original['x']}'\n"
    with pytest.raises(VerifyError, match=r"3\.11"):
        parses.parsed(draft_of(unit_of(source), code))
    parses.parsed(draft_of(unit_of(source.replace("a[0]", "a['x']")), code))
