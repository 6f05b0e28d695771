"""What is built with one Python runs with all: f-strings are what changed most between them."""

from __future__ import annotations

from pathlib import Path

from generated import generated

from tests.built_projects import VERSIONS, build, poet, python, said, write

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
