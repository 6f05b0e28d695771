"""What the service says of a function's effects is what the client found out by itself, or the answer is rejected."""

from __future__ import annotations

import ast
import importlib.util
from dataclasses import replace
from pathlib import Path

import pytest
from verify_answers import code_of, planned, setting

from poetc.client.request import to_draft, to_request
from poetc.config import Options
from poetc.errors import VerifyError
from poetc.extract import extract_unit
from poetc.extract.effects import ProjectEffects
from poetc.ir import Unit
from poetc.pipeline.agreement import verified
from poetc.pipeline.modules import Modules
from poetc.scan import find_sites, read_source
from poetc.service.generation import transpile
from poetc.wire import TranspileRequest

MODULES = ["shutil", "tempfile", "urllib.request", "configparser", "socketserver", "smtplib", "asyncio.streams"]


def units(root: Path, text: str, calls: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()) -> list[Unit]:
    """The units of a module with that text."""
    (root / "app.py").write_text(text, encoding="utf-8")
    options = Options(root=root.resolve(), calls=calls)
    source = read_source(options.root / "app.py", options)
    assert source is not None
    project = ProjectEffects(options, Modules(options))
    return [extract_unit(site, options, {}, project)[0] for site in find_sites(source, options.decorators)[0]]


def answered(unit: Unit) -> str:
    """The effects that the service tells, asked over JSON."""
    request = TranspileRequest.model_validate_json(to_request(unit).model_dump_json())
    return transpile(request).metadata.effects


def decorated(text: str) -> str:
    """A module's text with `@poet()` above every function of its top level and of its classes."""
    lines = text.split("\n")
    body = ast.parse(text).body
    inner = [node for c in body if isinstance(c, ast.ClassDef) for node in c.body]
    plain = ast.FunctionDef | ast.AsyncFunctionDef
    functions = [n for n in [*body, *inner] if isinstance(n, plain) and not n.decorator_list]
    for node in sorted(functions, key=lambda n: -n.lineno):
        lines.insert(node.lineno - 1, " " * node.col_offset + "@poet()")
    at = next(n.lineno for n in body if isinstance(n, ast.Import | ast.ImportFrom) and n.col_offset == 0) - 1
    return "\n".join([*lines[:at], "from poetc import poet", *lines[at:]])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("module", MODULES)
def test_client_and_service_agree(tmp_path: Path, module: str) -> None:
    """Over every function of modules that nobody wrote for this: files, sockets, processes, databases."""
    spec = importlib.util.find_spec(module)
    assert spec is not None and spec.origin
    found = units(tmp_path, decorated(Path(spec.origin).read_text(encoding="utf-8")))
    assert len(found) > 10
    assert [(u.name, answered(u)) for u in found] == [(u.name, u.effects) for u in found]


def test_they_agree_on_what_only_the_client_can_see(tmp_path: Path) -> None:
    """Attributes of the class, functions of the project, the user's entries, constants: all that decides is sent."""
    text = """import httpx, mylib, sqlite3
from poetc import poet
QUERY = "SELECT 1"
client = httpx.Client()
class C:
    def __init__(self):
        self.db = sqlite3.connect("x")
    @poet()
    def f(self): return self.db.execute(QUERY).fetchall()
    @poet()
    def g(self): return client.get("x"), mylib.fetch(1), self.f(), helper(1)
    @poet()
    def h(self): return mylib.store(1)
def helper(x): return x
"""
    calls = (("mylib.fetch", (("effect", "read"),)), ("mylib.store", (("effect", "idempotent"),)))
    found = units(tmp_path, text, calls)
    assert [u.effects for u in found] == ["reads", "reads", "idempotent"]
    assert [answered(u) for u in found] == ["reads", "reads", "idempotent"]


@pytest.mark.parametrize("claimed", ["pure", "reads", "idempotent", "unknown"])
def test_another_claim_is_rejected(tmp_path: Path, claimed: str) -> None:
    """Milder or vaguer: the metadata have to be right."""
    unit = units(tmp_path, "import httpx\nfrom poetc import poet\n@poet()\ndef f(x):\n    return httpx.post(x)\n")[0]
    response = transpile(to_request(unit))
    assert verified(to_draft(unit, response)).draft.metadata["effects"] == "writes"
    lying = replace(
        to_draft(unit, response), metadata={**response.metadata.model_dump(mode="json"), "effects": claimed}
    )
    with pytest.raises(VerifyError) as caught:
        verified(lying)
    assert caught.value.diagnostic.code == "POET407"
    assert "effects" in caught.value.diagnostic.message
    assert code_of(planned(to_draft(unit, response), setting(effects=claimed))) == "POET408"
