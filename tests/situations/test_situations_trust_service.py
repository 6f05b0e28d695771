"""A service that tampers, and committed output that was: the client makes the same answer itself, and compares."""

from __future__ import annotations

import ast
import json
import os
import py_compile
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from built_projects import PYPROJECT, ROOT, poet, python, run, said, write
from generated import Generated, current, linked, linked_code, runtime, table
from tampers import (
    Edit,
    argument,
    checks_moved,
    comment,
    edited,
    expression,
    in_module,
    nothing_but,
    spliced,
    tamper_linked,
    text,
    without_test,
)

import poetc
from poetc.linked_file import digest
from poetc.service.generation import engines, template_identities, transpile
from poetc.wire import Health, TranspileRequest

Told = dict[str, Any]
Tamper = Callable[[Told], None]


def honest(told: Told) -> None:
    """Says what the generator says."""


@contextmanager
def service(tamper: Tamper) -> Iterator[str]:
    """The address of a service that generates as the real one does, and then tampers."""
    one_at_a_time = threading.Lock()
    health = Health(status="ok", version=poetc.__version__, engines=engines(), templates=template_identities())

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None: ...

        def do_GET(self) -> None:
            self.reply(health.model_dump_json().encode())

        def do_POST(self) -> None:
            asked = self.rfile.read(int(self.headers["Content-Length"]))
            with one_at_a_time:
                told = transpile(TranspileRequest.model_validate_json(asked)).model_dump(mode="json")
            tamper(told)
            self.reply(json.dumps(told).encode())

        def reply(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def edit(*edits: Edit, **metadata: Any) -> Tamper:
    """Edits the code, and replaces fields of the metadata."""

    def tamper(told: Told) -> None:
        told["poet_implementation"]["code"] = edited(told["poet_implementation"]["code"], *edits)
        told["metadata"].update(metadata)
        made = told["enhancement"]["provenance"]
        made.update({name: value for name, value in metadata.items() if name in made})

    return tamper


def built(root: Path, tamper: Tamper, toml: str = "", source: str = "") -> subprocess.CompletedProcess[str]:
    write(root, {"app/__init__.py": "", "app/m.py": source, "pyproject.toml": PYPROJECT + toml})
    with service(tamper) as url:
        command: list[str | Path] = [sys.executable, "-P", "-m", "poetc", "build"]
        return run(command, cwd=root, env={"PYTHONPATH": str(ROOT), "AITOMATIC_API_URL": url})


NAME = "app.m.f"
PLAIN = "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"
CHAT = """from poetc import poet


@poet()
async def chat(n: int):
    got = yield n
    while got:
        got = yield got
"""
CHARGE = """import requests
from poetc import poet


@poet()
def charge(base: str, order: int) -> dict:
    requests.post(f"{base}/charges", json={"order": order}).raise_for_status()
    answer = requests.get(f"{base}/receipts/{order}")
    answer.raise_for_status()
    return answer.json()
"""
RATE = 'from poetc import poet\n\n\n@poet(enforce="strict")\ndef rate(amount: int) -> float:\n    return "free"\n'
WITHDRAW = """from poetc import poet


@poet(perceive="strict", enforce="strict", timeout=5)
def withdraw(account: str, amount: int) -> bool:
    return "not a bool"
"""
PURGE = """from poetc import poet


@poet()
def purge(table: str, dry_run: bool = True) -> str:
    return table
"""
STRICT = 'from poetc import poet\n\n\n@poet(perceive="strict")\ndef f(x: int = None) -> int:\n    return x or 0\n'
STEP = """import requests
from poetc import poet


@poet(retries=2)
def charge(base: str) -> int:
    return requests.post(base).status_code
"""
SLOW = """import sqlite3
import time
from poetc import poet


@poet(timeout=1)
def slow(order: int) -> int:
    sqlite3.connect(":memory:").execute("SELECT 1")
    time.sleep(3)
    return order
"""
LOOP = """import requests
from poetc import poet


@poet()
def pay_all(orders: list, url: str) -> int:
    requests.get(url)
    for order in orders:
        print(order)
    return len(orders)
"""


def instead(source: str, *edits: Edit, **config: Any) -> Tamper:
    """What the generator itself makes of the same function under other settings, and then edited."""
    imports, _, function = source.partition("from poetc import poet")
    context = {"imports": imports.splitlines(), "module_path": "app.m", "link_package": "app._poet"}
    asked = {"function_code": function.strip() + "\n", "context": context, "config": config}

    def tamper(told: Told) -> None:
        other = transpile(TranspileRequest.model_validate(asked)).model_dump(mode="json")
        edit(*edits)(other)
        assert other["poet_implementation"]["code"] != told["poet_implementation"]["code"]
        told["poet_implementation"], told["enhancement"] = other["poet_implementation"], other["enhancement"]
        told["metadata"].update(
            {name: other["metadata"][name] for name in ("rewrites", "operate", "timeout_mechanism")}
        )

    return tamper


def budget_spent_on_checks(code: str) -> str:
    """The budget is kept while arguments are tested, and not around the body."""
    code = checks_moved(lambda found: budget_of(found).body[0])(code)
    *_, call = budget_of(Generated(code)).body
    lines, body = code.split("\n"), code.split("\n")[call.lineno - 1 : call.end_lineno]
    outside = " " * budget_of(Generated(code)).col_offset
    lines[call.lineno - 1 : call.end_lineno] = [outside + line[call.col_offset :] for line in body]
    return "\n".join(lines)


def budget_of(found: Generated) -> ast.With:
    """The statement in which the budget is kept."""
    return next(node for node in ast.walk(found.public) if isinstance(node, ast.With))


def asend(told: Told) -> None:
    """An async generator behind `async for`: what is sent in never arrives."""
    code = told["poet_implementation"]["code"]
    told["poet_implementation"]["code"] = (
        code[: code.index("def bind")]
        + "def bind(original):\n  async def operate(n):\n\n"
        + "    got = yield n\n    while got:\n        got = yield got\n\n"
        + "  operate = rt.relocate(operate, original)\n\n  async def chat(n):\n    async for item in operate(n):\n"
        + "      yield item\n\n  return rt.copy_metadata(chat, original)\n"
    )


def nothing_left(told: Told) -> None:
    """`return original`: budget and strict checks are gone."""
    edit(nothing_but("return original"), operate="wrapped", rewrites=[], timeout_mechanism=None)(told)


def loop_cut(told: Told) -> None:
    """A loop of writes that ends in the middle."""
    edit(text("for order in orders:", "for order in deadline.over(orders):"))(told)
    cut = {"line": 4, "kind": "deadline", "before": "orders", "after": "deadline.over(orders)"}
    told["metadata"]["rewrites"].append(cut)


NAMED = (
    "async-gen-asend",
    "budget-not-kept",
    "double-charge",
    "enforce-bypass",
    "hour-breaker",
    "hour-breaker, one attempt",
    "late-check",
    "late-check, nothing left",
    "loop-cut",
    "post-after-500",
    "safety-flag",
    "strict-refuses-right",
)
WIDER = (
    argument("Perceive", "dry_run", '"bool | int"'),
    expression("type(dry_run) is bool", "isinstance(dry_run, (bool, int))"),
)
ANY_RESULT = argument("relocate", "perceive", None)
WAITS = [
    argument("Retry", name, value) for name, value in (("first", "86400.0"), ("most", "86400.0"), ("budget", "86400.0"))
]
HOUR = [argument("HostBreakers", "limit", "1"), argument("HostBreakers", "open_for", "3600.0")]
TAMPERS: dict[str, tuple[str, str, Tamper]] = {
    "budget-not-kept": (SLOW, "", edit(budget_spent_on_checks)),
    "double-charge": (
        CHARGE,
        "retries = 2\n",
        instead(CHARGE.replace("@poet()", "@poet(retries=2)"), argument("Guard", "idempotent", None), retries=2),
    ),
    "post-after-500": (STEP, "", edit(argument("Guard", "idempotent", None))),
    "late-check": (WITHDRAW, "", edit(checks_moved(lambda found: found.public.body[-1]))),
    "late-check, nothing left": (WITHDRAW, "", nothing_left),
    "enforce-bypass": (RATE, "", edit(ANY_RESULT)),
    "loop-cut": (LOOP, "timeout = 1\n", loop_cut),
    "async-gen-asend": (CHAT, "", asend),
    "strict-refuses-right": (STRICT, "", edit(argument("Perceive", "x", '"int"'), without_test("x is None"))),
    "safety-flag": (PURGE, "", edit(*WIDER)),
    "hour-breaker": (
        CHARGE,
        "",
        edit(*HOUR, argument("Retry", "attempts", "10"), *WAITS),
    ),
    "hour-breaker, one attempt": (
        CHARGE,
        "",
        edit(*HOUR, argument("Retry", "attempts", "1")),
    ),
    "waits of a day": (CHARGE, "", edit(argument("Retry", "attempts", "10"), *WAITS)),
    "another docstring": (PLAIN, "", edit(comment(" Honest!"))),
    "a comment": (PLAIN, "", edit(lambda code: f"# {code}")),
    "code of Train": (PLAIN, "", lambda told: told["poet_implementation"].update(train_code="import os\n")),
    "an enhancement more": (PLAIN, "", lambda told: told["metadata"]["enhancements"].append("perceive: all is well")),
    "a parameter": (PLAIN, "", edit(parameters={"x": 1.0})),
    "decorator parameters": (PLAIN, "", edit(decorator_params={"retries": 9})),
    "a fallback": (PLAIN, "", lambda told: told["metadata"].update(fallback_used=True, fallback_reason="as you like")),
    "a model": (PLAIN, "", lambda told: told["metadata"].update(llm_model="gpt")),
    "a dependency": (PLAIN, "", edit(dependencies=["evil"])),
}  # fmt: skip


@pytest.mark.parametrize("case", TAMPERS)
def test_what_the_own_engine_answers_otherwise_is_rejected(tmp_path: Path, case: str) -> None:
    """The same version and template give the same bytes: whatever else comes is rejected, and nothing is stored."""
    source, toml, tamper = TAMPERS[case]
    done = built(tmp_path, tamper, toml, source)
    assert done.returncode != 0 and "POET4" in done.stdout, done.stdout
    assert not (tmp_path / ".dana/poet/functions").exists() and not (tmp_path / "app/_poet").exists()
    assert (tmp_path / "app/m.py").read_text() == source


@pytest.mark.parametrize("claim", [{"llm_model": "gpt"}, {"fallback_used": True, "fallback_reason": "as you like"}])
def test_what_the_rules_engine_never_says_of_itself_is_rejected(tmp_path: Path, claim: dict[str, object]) -> None:
    """It asks no model and falls back on nothing: plan and metadata agree, and no engine of this version says so."""
    done = built(tmp_path, edit(**claim), "", PLAIN)
    assert done.returncode != 0 and "POET4" in done.stdout, done.stdout


@pytest.mark.parametrize("source", [PLAIN, CHAT, CHARGE, RATE, WITHDRAW, PURGE, STRICT, STEP, SLOW, LOOP])
def test_an_honest_service_agrees(tmp_path: Path, source: str) -> None:
    """What comes over HTTP is, to the byte, what the client would have made."""
    done = built(tmp_path, honest, "timeout = 1\nretries = 2\n" if source in (CHARGE, LOOP) else "", source)
    assert done.returncode == 0 and "POET409" not in done.stdout, done.stdout


def claiming(told: Told, **made: Any) -> None:
    """Says in plan and metadata that somebody else made the answer."""
    told["enhancement"]["provenance"].update(made)
    told["metadata"].update(made)


def test_a_service_of_another_version_is_said_to_be_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its plans are held to the client's own as ever; that they may differ is a note, not an error."""
    monkeypatch.setattr(sys.modules[__name__], "engines", lambda: {"rules": "99"})
    done = built(tmp_path, lambda told: claiming(told, engine_version="99"), "", PLAIN)
    assert done.returncode == 0 and "note POET409" in done.stdout and "engine rules" in done.stdout, done.stdout


@pytest.mark.parametrize("case", NAMED)
def test_what_claims_another_version_is_held_to_the_clients_own_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    """Whatever version it says it is: the client makes plan and text itself."""
    source, toml, tamper = TAMPERS[case]
    monkeypatch.setattr(sys.modules[__name__], "engines", lambda: {"rules": "9"})

    def other(told: Told) -> None:
        tamper(told)
        claiming(told, engine_version="9")

    done = built(tmp_path, other, toml, source)
    assert done.returncode != 0 and "rejected" in done.stdout, done.stdout
    assert not (tmp_path / "app" / "_poet").exists()


@pytest.mark.parametrize("digest", ["0" * 64, "honest"])
def test_what_claims_another_template_is_held_to_the_clients_own_plan(tmp_path: Path, digest: str) -> None:
    """Nor does another template make an unchecked result good; and which one the service has, it has said before."""
    template = {"name": "base", "version": "v1", "digest": digest}

    def other(told: Told) -> None:
        if digest == "honest":
            edit(ANY_RESULT)(told)
        else:
            claiming(told, template=template)

    done = built(tmp_path, other, "", RATE)
    assert done.returncode != 0 and "rejected" in done.stdout, done.stdout


@pytest.mark.parametrize(
    "numbers",
    [
        HOUR[:1],
        HOUR[1:],
        WAITS[:2],
        [argument("Retry", "attempts", "10"), *WAITS[2:]],
    ],
)
def test_numbers_that_nobody_asked_for_have_bounds(tmp_path: Path, numbers: list[Edit]) -> None:
    """An engine that the client doesn't have may choose breakers and waits, but none that stop the caller for hours."""
    done = built(tmp_path, edit(*numbers), source=CHARGE)
    assert "rejected" in done.stdout + done.stderr
    assert not (tmp_path / "app" / "_poet").exists()


def reseal(root: Path, code: str) -> None:
    """Committed output as a pull request might have it: code and hash edited together."""
    tamper_linked(root, NAME, lambda _: code)
    metadata = json.loads(metadata_file(root).read_text())
    metadata["files"]["enhanced.py"] = digest(code)
    metadata_file(root).write_text(json.dumps(metadata, indent=2) + "\n")


def metadata_file(root: Path) -> Path:
    """What is stored of the version in use."""
    return current(root, NAME).folder / "metadata.json"


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    """A project with its committed output, as another clone of it has it: without caches."""
    root = write(tmp_path / "committed", {"app/__init__.py": "", "app/m.py": PLAIN})
    said(poet(root, "build"))
    for path in (root / ".dana/poet/cache").rglob("*"):
        if path.is_file():
            path.unlink()
    return root


EDITS: dict[str, Edit] = {
    "code at import": in_module("__import__('os').getcwd()"),
    "another result": lambda code: spliced(code, returned(Generated(code)), "x + 1"),
    "no check of arguments": ANY_RESULT,
    "a comment": lambda code: f"# {code}",
    "nothing": lambda code: "def bind(original):\n  return original\n",
}


def returned(found: Generated) -> ast.expr:
    """The user's expression whose value is given back, in the function with the user's lines."""
    first = next(n for n in ast.walk(found.body) if isinstance(n, ast.Assign | ast.Return) and n.value is not None)
    return first.value or ast.Constant(None)


@pytest.mark.parametrize("how", EDITS)
def test_check_verifies_what_is_committed(committed: Path, how: str) -> None:
    """Code, copy and hash agree with one another, and not with what a build gives: stale, and a build puts it right."""
    code = linked_code(committed, NAME)
    reseal(committed, edited(code, EDITS[how]))
    checked = poet(committed, "build", "--check")
    assert checked.returncode == 1 and "POET603" in checked.stdout, checked.stdout
    assert "stale" in poet(committed, "status").stdout
    said(poet(committed, "build"))
    assert linked_code(committed, NAME) == code
    assert said(poet(committed, "build", "--check"))
    assert said(python("3.11", "-c", "import app.m; print(app.m.f(5))", cwd=committed, src=".")).strip() == "5"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("effects", "writes"),
        ("operate", "wrapped"),
        ("enhancements", ["budget of 1 s"]),
        ("rewrites", []),
        ("dependencies", ["evil"]),
        ("engine_version", "99"),
        ("engine", "llm"),
        ("parameters", {"x": 1.0}),
    ],
)
def test_check_verifies_the_metadata_too(committed: Path, field: str, value: object) -> None:
    """What `status` and `explain` tell is what was built."""
    path = metadata_file(committed)
    metadata = json.loads(path.read_text())
    assert metadata.get(field) != value
    path.write_text(json.dumps(metadata | {field: value}))
    assert poet(committed, "build", "--check").returncode == 1


@pytest.mark.parametrize(
    "odd",
    [
        {"rewrites": "x"},
        {"rewrites": [{"line": "x"}]},
        {"rewrites": [1]},
        {"last_line": None},
        {"first_line": "x"},
        {"enhancements": 7},
        {"engine": "llm", "effects": 7},
        {"engine": "llm", "rewrites": [{"line": 1, "kind": 3, "before": None, "after": []}]},
        {"template": {}},
        {"template": {"name": [], "version": {}, "digest": 1}},
        {"policy": {"retries": []}},
        {"phases_included": None},
        {"surprise": 1},
    ],
    ids=str,
)
def test_odd_metadata_breaks_no_command(committed: Path, odd: dict[str, object]) -> None:
    """Of whatever types: said by `--check`, shown by `status`, put right by a build; never a defect."""
    path = metadata_file(committed)
    path.write_text(json.dumps(json.loads(path.read_text()) | odd))
    for command in (["build", "--check"], ["status", "f"], ["explain", "f"], ["build"], ["build", "--check"]):
        done = poet(committed, *command)
        assert "POET90" not in done.stdout + done.stderr and "Traceback" not in done.stderr, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout


def test_an_untouched_checkout_is_fresh(committed: Path) -> None:
    """No false alarm, with and without what earlier runs have proven."""
    assert said(poet(committed, "build", "--check"))
    assert "fresh" in said(poet(committed, "build"))
    assert said(poet(committed, "build", "--check"))


def test_the_runtime_that_is_committed_is_poetcs_own(committed: Path) -> None:
    """Edited, it is named; no cache of the checkout's says otherwise."""
    file = runtime_file(committed)
    file.write_text(file.read_text() + "\nprint('mine')\n")
    checked = poet(committed, "build", "--check")
    assert checked.returncode == 1 and file.relative_to(committed).as_posix() in checked.stdout


def runtime_file(root: Path) -> Path:
    return runtime(root, "app/m.py")[-1]


SHADOWS: dict[str, Callable[[Path], Path]] = {
    "a package": lambda root: runtime_file(root).with_suffix("") / "__init__.py",
    "a package for a version": lambda root: linked(root, NAME).with_suffix("") / "__init__.py",
    "a compiled package": lambda root: runtime_file(root).with_suffix("") / "__init__.pyc",
    "an extension": lambda root: runtime_file(root).with_suffix(".abi3.so"),
    "an extension for a table": lambda root: table(root, "app/m.py").with_suffix(".cpython-311-x86_64-linux-gnu.so"),
}


@pytest.mark.parametrize("shadow", SHADOWS)
def test_what_would_be_imported_in_place_of_build_output_is_named(committed: Path, shadow: str) -> None:
    """Every file that a build wrote is as it was, and Python would import another."""
    path = SHADOWS[shadow](committed)
    path.parent.mkdir(exist_ok=True)
    path.touch()
    checked = poet(committed, "build", "--check")
    assert checked.returncode == 1 and "POET603" in checked.stdout and "in place of" in checked.stdout


def test_bytecode_that_asks_for_no_source_is_named(committed: Path) -> None:
    """Committed with the flag that it is never compared; what Python itself writes is no finding."""
    file = str(runtime_file(committed))
    py_compile.compile(file, doraise=True)
    assert poet(committed, "build", "--check").returncode == 0
    py_compile.compile(file, doraise=True, invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    checked = poet(committed, "build", "--check")
    assert checked.returncode == 1 and "__pycache__" in checked.stdout


def test_proofs_and_snapshots_of_a_checkout_prove_nothing(
    committed: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """All caches of one user, over output that was edited, in the hands of another."""
    said(poet(committed, "build"))
    reseal(committed, edited(linked_code(committed, NAME), EDITS["another result"]))
    state = tmp_path_factory.mktemp("state")
    state.chmod(0o700)
    command: list[str | Path] = [sys.executable, "-P", "-m", "poetc", "build", "--check"]
    checked = run(command, cwd=committed, env={"PYTHONPATH": str(ROOT), "POET_STATE_DIR": str(state)})
    assert checked.returncode == 1 and "POET603" in checked.stdout


@pytest.mark.skipif(os.name == "nt", reason="POSIX links")
@pytest.mark.parametrize("which", ["the link package", "its folder", "the linked code", "the runtime", "the package"])
def test_out_writes_nothing_through_a_link(committed: Path, tmp_path: Path, which: str) -> None:
    """A link in the repository that leads elsewhere is refused in the copy as it is in the project."""
    root, outside = tmp_path / "project", tmp_path / "outside"
    link = {
        "the link package": "app/_poet",
        "its folder": table(committed, "app/m.py").parent.relative_to(committed).as_posix(),
        "the linked code": linked(committed, NAME).relative_to(committed).as_posix(),
        "the runtime": runtime_file(committed).relative_to(committed).as_posix(),
        "the package": "app",
    }[which]
    write(root, {"app/__init__.py": "", "app/m.py": PLAIN})
    write(outside, {"__init__.py": '"""written by `poet build`"""\n', "m.py": PLAIN, "m/__init__.py": "theirs"})
    before = {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()}
    if link == "app":
        (root / "app/m.py").unlink(), (root / "app/__init__.py").unlink(), (root / "app").rmdir()
    elif link != "app/_poet":
        write(root, {"app/_poet/__init__.py": '"""written by `poet build`"""\n'})
        (root / link).parent.mkdir(parents=True, exist_ok=True)
    target = outside / "m.py" if link.endswith(".py") else outside
    (root / link).symlink_to(os.path.relpath(target, (root / link).parent))
    done = poet(root, "build", "--out", str(tmp_path / "copy"))
    assert {p: p.read_bytes() for p in outside.rglob("*") if p.is_file()} == before
    if which in ("the link package", "its folder"):  # files are replaced, and the package holds no source
        assert done.returncode == 2 and "POET501" in done.stdout, done.stdout
        assert not (tmp_path / "copy").exists()
