"""What is sent, and where to."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from conftest import DEF, request
from plans import small_plan

from poetc.client.request import to_draft, to_request
from poetc.client.transpiler import Transpiler
from poetc.errors import ConfigError, ServiceRefused
from poetc.ir import Kind, Policy, Role, SourceFile, Span, Unit
from poetc.source.module import Module
from poetc.source.site import ModuleContext, PythonSite, PythonUnit
from poetc.wire import PoetImplementation, ResponseMetadata, TemplateRef, TranspileResponse

TEXT = "import os\n\nclass Monitor:\n    @poet(domain='base')\n    def check(self, x):\n        return os.fspath(x)\n"


def unit_of(text: str = TEXT, line: int = 4, end: int = 6, qualname: str = "Monitor.check", **policy) -> Unit:
    source = SourceFile(
        path=Path("src/app/drift.py"),
        relative="src/app/drift.py",
        module="app.drift",
        base=Path("src"),
        package="app",
        data=text.encode("utf-8", "surrogatepass"),
        text=text,
        encoding="utf-8",
        newline="\n",
    )
    tree = ast.parse(TEXT)
    node = tree.body[1].body[0]
    site = PythonSite(
        source=source,
        qualname=qualname,
        node=node,
        module=Module(source, tree),
        decorator=node.decorator_list[0],
        role=Role.METHOD,
        kind=Kind.SYNC,
        classes=("Monitor",),
        span=Span(line, 0, end, 0),
    )
    around = ModuleContext(
        imports=("import os",),
        bound=("type",),
        star_import=True,
        future_annotations=True,
        things=(("app.drift.Monitor.http", "httpx.Client"),),
        constants=(("QUERY", "select 1"),),
        project_effects=(("helper", "read"),),
        calls=(("mylib.fetch", (("effect", "read"), ("transient", ("mylib.Busy",)), ("unit", 0.001))),),
    )
    return PythonUnit(site, Policy(**policy), "h", "k", dependencies=("requests",), context=around)


def test_everything_the_service_needs_is_in_the_request():
    """Function text, place in the project, surroundings and policy; nothing of the rest of the file."""
    policy = {"domain": "base", "retries": 3, "timeout": 2.5, "perceive": "strict", "enforce": "off", "depth": "deep"}
    policy |= {"own_thread": True}
    sent = to_request(unit_of(**policy)).model_dump()
    assert sent["function_code"] == "    @poet(domain='base')\n    def check(self, x):\n        return os.fspath(x)\n"
    assert {name: value for name, value in sent["config"].items() if value is not None} == {"engine": "auto"} | policy
    assert {name: value for name, value in sent["context"].items() if value} == {
        "imports": ["import os"],
        "module_path": "app.drift",
        "dependencies": ["requests"],
        "qualname": "Monitor.check",
        "classes": ["Monitor"],
        "source_file": "src/app/drift.py",
        "first_line": 4,
        "link_package": "app._poet",
        "shadowed": ["type"],
        "star_import": True,
        "future_annotations": True,
        "things": {"app.drift.Monitor.http": "httpx.Client"},
        "constants": {"QUERY": "select 1"},
        "project_effects": {"helper": "read"},
        "calls": {"mylib.fetch": {"effect": "read", "transient": ["mylib.Busy"], "unit": 0.001}},
    }


@pytest.mark.parametrize(
    "unit",
    [unit_of("x" * 1_000_001, 1, 1), unit_of(qualname="q" * 1001), unit_of(timeout=1e9), unit_of("'\ud800'\n", 1, 1)],
    ids=["large", "long name", "timeout", "surrogate"],
)
def test_what_the_contract_cannot_carry_is_said_at_its_place(unit):
    """Too large, too long, or not text: a diagnostic with file and line before anything is sent."""
    with pytest.raises(ServiceRefused) as refused:
        to_request(unit)
    told = refused.value.diagnostic
    assert (told.code, told.path, told.line) == ("POET307", "src/app/drift.py", unit.site.span.line)


def test_a_draft_has_the_answer_as_json_types():
    """What the verifier gets is plain data."""
    metadata = ResponseMetadata(
        engine="rules",
        engine_version="1",
        original_function_name="check",
        phases_included=["perceive"],
        operate="wrapped",
        template=TemplateRef(name="base", version="v1", digest="d"),
    )
    implementation = PoetImplementation(code="c")
    unit = unit_of()
    draft = to_draft(
        unit, TranspileResponse(poet_implementation=implementation, enhancement=small_plan(), metadata=metadata)
    )
    assert (draft.unit, draft.code, [*draft.files]) == (unit, "c", ["enhanced.py"])
    assert draft.metadata["template"] == {"name": "base", "version": "v1", "digest": "d"}


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:8080",
        "ftp://x",
        "http://",
        "http://u:s3cret@x",
        "http://x?key=s3cret",
        "http://x#s3cret",
        "http://x:99999",
        "http://x:0",
        "http://a b",
        "http://[::1",
        "file:///etc/passwd",
    ],
)
def test_an_address_that_cannot_be_one_is_a_configuration_error(url):
    """Said before anything is sent, without repeating what may be a password."""
    with pytest.raises(ConfigError) as refused:
        Transpiler(url)
    told = refused.value.diagnostic
    assert told.code == "POET220" and "AITOMATIC_API_URL" in told.message and "s3cret" not in repr(told)


@pytest.mark.parametrize("key", ["two words", "line\nbreak", "schlüssel", "tab\tx", "\x00"])
def test_a_key_that_cannot_be_one_is_a_configuration_error(key):
    """It can't be smuggled into other headers, and isn't shown."""
    with pytest.raises(ConfigError) as refused:
        Transpiler("http://127.0.0.1:1", api_key=key)
    assert refused.value.diagnostic.code == "POET220" and key not in refused.value.diagnostic.message


def test_the_helper_request_is_what_to_request_would_make():
    """The other tests of this room ask with a request of the same form."""
    assert request().function_code == DEF and request().context.first_line == 12
