"""A service that speaks the protocol and cheats: every answer is refused, nothing is written, what was good stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fake_services import Fake, Reply, honest, serving, tampering
from generated import Generated, linked, linked_functions, runtime, table
from poet_runs import IMPORT, Ran, build, good_is_built, linked_modules, make, poet, run_python, stored, tree
from tampers import (
    Edit,
    at_end_of_bind,
    behind_import,
    comment,
    decorated,
    edited,
    importing,
    in_bind,
    returning,
    signature,
    text,
)

from poetc.store.layout import functions_folder, version_folder

Told = dict[str, Any]
VICTIM = '''\
import requests
from poetc import poet

LIMIT = 10


@poet()
def fee(amount: int, rate: float = 0.25) -> float:
    """What it costs."""
    if amount > LIMIT:
        return round(amount * rate, 2)
    return 1.5


@poet(timeout=5)
def rates(currency: str) -> dict:
    answer = requests.get("https://rates.example/latest", params={"in": currency})
    return answer.json()
'''


def code(*edits: Edit) -> Callable[[Told], None]:
    """Changes the code."""

    def tamper(told: Told) -> None:
        told["poet_implementation"]["code"] = edited(told["poet_implementation"]["code"], *edits)

    return tamper


def claim(**changes: Any) -> Callable[[Told], None]:
    """Changes metadata."""
    return lambda told: told["metadata"].update(changes)


def both(*tampers: Callable[[Told], None]) -> Callable[[Told], None]:
    def tamper(told: Told) -> None:
        for each in tampers:
            each(told)

    return tamper


def rewritten(before: str, after: str) -> Callable[[Told], None]:
    """Changes the code and lists the change as a rewrite of a known kind."""

    def tamper(told: Told) -> None:
        code(text(before, after))(told)
        row = {"line": 4, "kind": "enforce", "before": before, "after": after}
        told["metadata"]["rewrites"].append(row)

    return tamper


QUIET = "import warnings; warnings.simplefilter('ignore'); "
"""the link warns of functions that aren't built"""
BODY = "    if amount > LIMIT:\n"
STEAL = "__import__('os').system('echo stolen > stolen')"


def unclosed(code: str) -> str:
    """The header of `bind` lacks a bracket."""
    lines, at = code.split("\n"), Generated(code).bind.lineno - 1
    return "\n".join([*lines[:at], lines[at].replace("):", ":"), *lines[at + 1 :]])


CODE = {
    "a statement in the module": code(behind_import(STEAL)),
    "a statement in bind": code(in_bind(STEAL)),
    "a statement in the body": code(text(BODY, f"    {STEAL}\n{BODY}")),
    "a statement behind the end": code(at_end_of_bind(STEAL)),
    "a default that runs": code(signature(f"amount, rate={STEAL}")),
    "a decorator": code(decorated("print")),
    "a constant": code(text("1.5", "1.6")),
    "an operator": code(text("amount > LIMIT", "amount >= LIMIT")),
    "a name": code(text("amount * rate", "amount * LIMIT")),
    "a swapped branch": code(text(BODY, "    if not amount > LIMIT:\n")),
    "a statement less": code(text(BODY, "    if True:\n")),
    "a default": code(signature("amount, rate=0.5")),
    "a parameter more": code(signature("amount, rate=0.25, extra=None")),
    "a parameter renamed": code(signature("amounts, rate=0.25")),
    "a parameter order": code(signature("rate, amount=0.25")),
    "a keyword only": code(signature("amount, *, rate=0.25")),
    "an async function": code(signature("amount, rate=0.25", header="async def")),
    "another import": code(importing("from app import _runtime as rt")),
    "one import more": code(behind_import("import os")),
    "an import in the body": code(text(BODY, f"    import os\n{BODY}")),
    "another return": code(returning("rt.relocate(original, operate)")),
    "nothing returned": code(returning(None)),
    "not Python": code(unclosed),
    "empty": lambda told: told["poet_implementation"].update(code=""),
    "a null byte": lambda told: told["poet_implementation"].update(code="\0"),
    "deep nesting": lambda told: told["poet_implementation"].update(code="(" * 100_000),
    "a lone surrogate": code(behind_import("'\udcff'")),
    "a form feed line": code(text(BODY, f"\x0c    {STEAL}\n{BODY}")),
    "hidden in a comment": code(comment(f"\r{STEAL}")),
    "below a comment": code(comment(f"\n{STEAL}")),
    "a hidden listed rewrite": rewritten("amount > LIMIT", f"amount > LIMIT or {STEAL}"),
    "a rewrite of a constant": rewritten("1.5", "1.6"),
}

CLAIMS = {
    "operate": claim(operate="wrapped"),
    "a rewrite that isn't": lambda told: told["metadata"]["rewrites"].append(
        {"line": 4, "kind": "enforce", "before": "x", "after": "y"}
    ),
    "a rewrite unlisted": lambda told: told["metadata"]["rewrites"].clear(),
    "another function": claim(original_function_name="app.other.f"),
    "a path for a name": claim(original_function_name="../../../../tmp/stolen"),
    "another language": lambda told: told["poet_implementation"].update(language="dana"),
    "another deadline": claim(timeout_mechanism="alarm-or-thread"),
    "a phase that isn't": claim(phases_included=["perceive", "operate", "enforce", "train"]),
    "no such phase": claim(phases_included=["operate", "exfiltrate"]),
    "no metadata": lambda told: told.pop("metadata"),
    "train code": lambda told: told["poet_implementation"].update(train_code=STEAL),
    "a dependency": claim(dependencies=["evil-package"]),
    "other parameters": claim(decorator_params={"retries": 99}),
    "impossible numbers": claim(parameters={"x": 1e999}),
    "a huge template name": claim(template={"name": "../" * 100, "version": "v1", "digest": "0" * 64}),
}


TAMPERED = {f"m{number}": (what, tamper) for number, (what, tamper) in enumerate((CODE | CLAIMS).items())}
"""module → what the service does to its function `fee`; its function `rates` is answered honestly"""


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Ran, Ran]]:
    """A project with a module for every way to cheat, after one build, what that said, and what a second one said."""
    root = make(tmp_path_factory.mktemp("attacked"), {f"app/{module}.py": VICTIM for module in TAMPERED})

    def answer(fake: Fake, asked: bytes) -> Reply:
        context, told = json.loads(asked)["context"], honest(asked)
        if context["qualname"] == "fee":
            TAMPERED[context["module_path"].removeprefix("app.")][1](told)
        return Reply(json.dumps(told).encode())

    with serving(answer) as fake:
        yield root, build(root, AITOMATIC_API_URL=fake.url), build(root, AITOMATIC_API_URL=fake.url)


@pytest.mark.parametrize("module", TAMPERED, ids=[what for what, _ in TAMPERED.values()])
def test_a_tampered_answer_is_refused(attacked: tuple[Path, Ran, Ran], module: str) -> None:
    """POET4xx or 305 at the function; nothing of it is stored, linked or cached; the other of its module is built."""
    root, *runs = attacked
    for ran in runs:
        (said,) = [one for one in ran.said if one["path"] == f"app/{module}.py"]
        assert said["code"].startswith(("POET4", "POET305")), said
        assert (said["severity"], said["unit"], said["column"]) == ("error", f"app.{module}.fee", 1)
        assert said["line"] in (7, 8)
        assert said["hint"]
        refused = "rejected" if said["code"].startswith("POET4") else "failed"
        assert ran.endings[f"app.{module}.fee"] == refused, "not only the first time"
    assert runs[0].endings[f"app.{module}.rates"] == "built"
    assert runs[1].endings[f"app.{module}.rates"] == "fresh"
    assert f"app.{module}.fee" not in stored(root)
    assert f"app.{module}.rates" in stored(root)
    assert linked_functions(root, f"app/{module}.py") == {"rates"} and linked(root, f"app.{module}.rates").is_file()
    links = set((root / "app" / "_poet").rglob("*.py")) - set(runtime(root, f"app/{module}.py"))
    assert links and not [path for path in links if "amount" in path.read_text("utf-8")]
    assert not (root / ".dana" / "poet" / "cache" / f"app.{module}.fee").exists()
    source = (root / "app" / f"{module}.py").read_text()
    assert source == VICTIM.replace("from poetc", f"from app._poet.{module}")


def test_the_rest_of_an_attacked_project_is_whole(attacked: tuple[Path, Ran, Ran]) -> None:
    """Exit code 1, no code of the service ran, every module imports and runs the original; an honest service heals."""
    root, first, second = attacked
    assert (first.code, second.code) == (1, 1)
    assert good_is_built(root)
    assert linked_modules(root) == {"good", *TAMPERED}
    program = f"""{QUIET}
from importlib import import_module
for module in {sorted(TAMPERED)}:
    fee = import_module("app." + module).fee
    assert (fee(3), fee(20)) == (1.5, 5.0)
"""
    run_python(root, program)
    healed = build(root)
    assert (healed.code, healed.said) == (0, [])
    run_python(root, program.replace(QUIET, "").replace("fee(3)", "fee.__wrapped__(3)"))
    assert not list(root.rglob("stolen"))


def test_code_for_another_function(tmp_path: Path) -> None:
    """An honest answer, but to another question: of another body, another name, or another function of the project."""
    root = make(tmp_path, {"app/pay.py": VICTIM})
    for old, new in (("return 1.5", "return 2.5"), ("def fee(", "def fees("), ("amount > LIMIT", "amount > 10")):

        def answer(fake: Fake, asked: bytes, old: str = old, new: str = new) -> Reply:
            other = json.loads(asked)
            other["function_code"] = other["function_code"].replace(old, new)
            return Reply(json.dumps(honest(json.dumps(other).encode())).encode())

        with serving(answer) as fake:
            ran = build(root, AITOMATIC_API_URL=fake.url)
        assert (ran.code, ran.endings["app.pay.fee"]) == (1, "rejected")
        assert stored(root) == {"app.good.slug", "app.pay.rates"}


def test_an_answer_of_fifty_megabytes(tmp_path: Path) -> None:
    """It is refused when it becomes too large, be it honest otherwise, announced or not, and isn't kept."""
    root = make(tmp_path, {})
    before = tree(root)

    def answer(fake: Fake, asked: bytes) -> Reply:
        told = honest(asked)
        told["poet_implementation"]["code"] += "#" * 50_000_000
        return Reply(json.dumps(told).encode())

    with serving(answer) as fake:
        ran = build(root, AITOMATIC_API_URL=fake.url)
    assert (ran.code, [one["code"] for one in ran.said]) == (2, ["POET305"])
    assert "larger than" in ran.said[0]["message"]
    assert {name for name in tree(root) if name not in before} == {".dana/poet/.gitignore"}
    assert sum(path.stat().st_size for path in root.rglob("*") if path.is_file()) < 100_000


def test_what_was_good_stays_in_use(tmp_path: Path) -> None:
    """A settings' change asks anew, the answer is tampered: the last version of this very source goes on running."""
    root = make(tmp_path, {"app/pay.py": VICTIM})
    assert build(root).code == 0
    with (root / "pyproject.toml").open("a") as file:
        file.write('\n[tool.poet.functions."app.pay.fee"]\nenforce = "strict"\n')
    before = tree(root)
    with serving(tampering(CODE["a statement in the body"])) as fake:
        ran = build(root, AITOMATIC_API_URL=fake.url)
    assert (ran.code, ran.endings["app.pay.fee"]) == (1, "rejected")
    assert next(row for row in ran.document["outcomes"] if row["name"] == "app.pay.fee")["version"] == 1
    assert tree(root) == before
    assert run_python(root, f"{QUIET}from app.pay import fee; print(fee(3), fee.__wrapped__(3))") == "1.5 1.5\n"


def test_of_a_changed_source_the_original_runs(tmp_path: Path) -> None:
    """Its answer is tampered: no version of other lines runs, nor of the service's; the history stays, and heals."""
    root = make(tmp_path, {"app/pay.py": VICTIM})
    assert build(root).code == 0
    source = root / "app" / "pay.py"
    source.write_text(source.read_text().replace("return 1.5", "return 2.5"))
    link = {table(root, "app/pay.py"), linked(root, "app.pay.fee")}
    before = tree(root)
    with serving(tampering(CODE["a statement in the body"])) as fake:
        ran = build(root, AITOMATIC_API_URL=fake.url)
        assert (ran.code, ran.endings["app.pay.fee"], ran.endings["app.pay.rates"]) == (1, "rejected", "fresh")
        text = poet(root, "build", AITOMATIC_API_URL=fake.url)
    assert text.code == 1 and "nothing was written" in text.out
    after = tree(root)
    kept = version_folder(functions_folder(root) / "app.pay.fee", 1) / "enhanced.py"  # linked no more
    assert {path for path in before.keys() | after if before.get(path) != after.get(path)} == {
        path.relative_to(root).as_posix() for path in (*link, kept)
    }, "what says what of `fee` runs, and nothing else of its history"
    assert run_python(root, "from app.pay import fee; print(fee(3))") == "2.5\n"
    source.write_text(source.read_text().replace("return 2.5", "return 1.5"))
    assert run_python(root, f"{QUIET}from app.pay import fee; print(fee(3))") == "1.5\n"
    assert build(root).code == 0 and build(root, "--check").code == 0
    assert tree(root).keys() == before.keys()
    assert run_python(root, "from app.pay import fee; print(fee(3), fee.__wrapped__(3))") == "1.5 1.5\n"


def test_a_tampered_cache_is_believed_no_more_than_the_service(tmp_path: Path) -> None:
    """An answer that somebody put into the cache, seal and all, is refused, and asked for anew."""
    from poetc.store.cache import load_answer, save_answer

    root = make(tmp_path, {"app/pay.py": VICTIM})
    assert build(root).code == 0
    honest_tree = tree(root)
    for folder in (root / ".dana" / "poet" / "cache").iterdir():
        for path in folder.glob("*.json") if folder.is_dir() else ():
            told = load_answer(root, folder.name, path.stem)
            assert told is not None
            told["poet_implementation"]["code"] += f"\n{STEAL}\n"
            assert save_answer(root, folder.name, path.stem, told)
    assert poet(root, "unlink").code == 0
    for path in sorted((root / ".dana" / "poet" / "functions").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    ran = build(root)
    assert (ran.code, ran.said) == (0, [])
    assert tree(root) == honest_tree
    assert not (root / "stolen").exists()


def test_text_of_the_service_commands_no_terminal(tmp_path: Path) -> None:
    """Escape sequences, new lines and workflow commands in its answers arrive as plain text of one line."""
    root = make(tmp_path, {"app/more.py": IMPORT + "@poet()\ndef f(x):\n    return x\n"})
    evil = "\x1b]0;owned\x07\x1b[2J\r\n::error::owned\n\x9b31m\u202egnp.exe\u2028x"

    def refuse(fake: Fake, asked: bytes) -> Reply:
        body = {"error": evil, "code": f"C{evil}", "details": {"hint": evil}}
        return Reply(json.dumps(body).encode(), 422)

    for answer in (refuse, tampering(claim(operate=evil)), tampering(code(behind_import(f"'{evil}'")))):
        with serving(answer) as fake:
            for form in ("text", "github"):
                out = poet(root, "build", "--format", form, AITOMATIC_API_URL=fake.url).out
                assert "POET" in out
                assert not set("\x1b\x07\x9b\u202e\u2028\r").intersection(out)
                assert not [line for line in out.splitlines() if line.startswith("::error::owned")]
