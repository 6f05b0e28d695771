"""A domain extends the call catalogue by a file that the client reads itself; what a service adds is not trusted."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fake_services import Fake, Reply, honest, serving, tampering
from generated import generated, metadata
from poet_runs import make, poet

import poetc.generate
from poetc import snapshot
from poetc.generate.templates import TemplateStore
from poetc.ir import Diagnostic, Ending, Outcome
from poetc.pipeline.build import build_project
from poetc.pipeline.explanation import explain_function
from poetc.pipeline.project import open_project
from poetc.pipeline.staleness import check_project
from poetc.store import index
from tests.in_process import InProcess

HERE = Path(__file__).resolve()
TEMPLATES = HERE.parents[2] / "templates"
CALLS = """\
"mylib.Client" = {effect = "pure", returns = "mylib.Client"}
"mylib.Client.fetch" = {effect = "read", timeout = "timeout", transient = ["mylib.Busy"]}
"mylib.save" = {effect = "idempotent", when = [{argument = "append", test = "given", effect = "write"}]}
"""
APP = """\
import mylib
from app.store import load
from poetc import poet

CLIENT = mylib.Client()


@poet(domain="billing", timeout=5)
def receipt(order: int) -> dict:
    return CLIENT.fetch(order)


@poet(domain="billing")
def through(order: int) -> dict:
    return load(order)


@poet(domain="billing")
def appended(order: int) -> None:
    mylib.save(order, append=True)


@poet(timeout=5)
def plain(order: int) -> dict:
    return CLIENT.fetch(order)


@poet(domain="billing")
def apart(order: int) -> int:
    return order + 1
"""
FILES = {
    "app/mine.py": APP,
    "app/store.py": "import mylib\n\n\ndef load(order):\n    return mylib.Client().fetch(order)\n",
    "mylib.py": "class Busy(Exception):\n    pass\n\n\nclass Client:\n    def fetch(self, order, timeout=None):\n"
    "        return eval('{}')\n\n\ndef save(order, append=False):\n    pass\n",
}
EFFECTS = {"receipt": "reads", "through": "reads", "appended": "writes", "plain": "unknown", "apart": "pure"}


def templates(folder: Path, calls: str | None = CALLS) -> Path:
    """The installation's templates, and a domain `billing` with these calls."""
    shutil.copytree(TEMPLATES, folder)
    shutil.copytree(TEMPLATES / "ml_monitoring", folder / "billing")
    place = folder / "billing" / "v1"
    metadata = json.loads((place / "metadata.json").read_text("utf-8"))
    (place / "metadata.json").write_text(json.dumps(metadata | {"name": "billing"}), "utf-8")
    (place / "calls.toml").unlink(missing_ok=True)
    if calls is not None:
        (place / "calls.toml").write_text(calls, "utf-8")
    return folder


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of templates with that domain, in use; files count as rested at once."""
    folder = templates(tmp_path / "templates")
    monkeypatch.setenv("POET_TEMPLATES", str(folder))
    monkeypatch.setattr(poetc.generate, "_STORE", None)
    monkeypatch.setattr(index, "RESTED", -(10**12))
    monkeypatch.setattr(snapshot, "RESTED_NS", -(10**12))
    return folder / "billing" / "v1" / "calls.toml"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    files: dict[str, Any] = {**FILES, "pyproject.toml": '[tool.poet]\nexclude = ["mylib.py"]\n'}
    return make(tmp_path / "project", files)


def built(root: Path, url: str = "local") -> tuple[dict[str, Ending], list[Diagnostic]]:
    """One build: function of app.mine → ending, and everything that was said."""
    project = open_project([root], root=root, env={"AITOMATIC_API_URL": url})
    if url == "local":
        project._transpiler = InProcess()  # type: ignore[assignment]
    found = [*build_project(project)]
    if url != "local":
        project.close()
    outcomes = [item for item in found if isinstance(item, Outcome)]
    said = [item for item in found if isinstance(item, Diagnostic)]
    endings = {o.name.rpartition(".")[2]: o.ending for o in outcomes if o.name.startswith("app.mine.")}
    return endings, said + [d for o in outcomes for d in o.diagnostics]


def checked(root: Path) -> dict[str, Ending]:
    project = open_project([root], root=root, env={})
    found = [item for item in check_project(project) if isinstance(item, Outcome)]
    return {o.name.rpartition(".")[2]: o.ending for o in found if o.name.startswith("app.mine.")}


def effects(root: Path) -> dict[str, str]:
    """Function → effect that was stored."""
    return {name: metadata(root, f"app.mine.{name}")["effects"] for name in EFFECTS}


@pytest.mark.usefixtures("installed")
def test_a_domains_calls_count_for_its_functions_only(root: Path) -> None:
    """They are repeated where they stand, get the time limit, and count through the project's functions."""
    endings, said = built(root)
    assert set(endings.values()) == {Ending.BUILT}, said
    assert effects(root) == EFFECTS
    receipt = generated(root, "app.mine.receipt")
    assert [(c.function, c.limit, c.has_budget) for c in receipt.repeated] == [("CLIENT.fetch", ("timeout",), True)]
    assert receipt.only("Retry")["transient"] == ("mylib.Busy",)
    assert "Retry" not in generated(root, "app.mine.plain").used
    assert set(built(root)[0].values()) == {Ending.FRESH}


def test_a_change_of_the_file_makes_stale_what_it_concerns(installed: Path, root: Path) -> None:
    """Also for a build that reads only what has changed; others stay fresh."""
    built(root)
    for _ in range(2):
        assert set(built(root)[0].values()) == {Ending.FRESH}
    installed.write_text(CALLS.replace('effect = "read"', 'effect = "write"'), "utf-8")
    stale = {name for name, ending in checked(root).items() if ending is Ending.STALE}
    assert {"receipt", "through"} <= stale
    assert "plain" not in stale
    assert "apart" not in stale
    endings, _ = built(root)
    assert {name for name, ending in endings.items() if ending is Ending.BUILT} == stale
    assert effects(root)["receipt"] == effects(root)["through"] == "writes"
    installed.unlink()
    assert checked(root)["receipt"] is Ending.STALE
    built(root)
    assert effects(root)["receipt"] == "unknown"


@pytest.mark.usefixtures("installed")
def test_the_users_entry_wins(root: Path) -> None:
    """What [tool.poet.calls] says of the same call; settings that it leaves out stay."""
    entry = '[tool.poet.calls]\n"mylib.Client.fetch" = {effect = "write"}\n"mylib.save" = {effect = "idempotent"}\n'
    (root / "pyproject.toml").write_text(f'[tool.poet]\nexclude = ["mylib.py"]\n{entry}', "utf-8")
    built(root)
    found = effects(root)
    assert (found["receipt"], found["appended"]) == ("writes", "idempotent")


@pytest.mark.usefixtures("installed")
def test_explain_knows_them(root: Path) -> None:
    """By the domain of the function that is asked for."""
    built(root)
    project = open_project([root], root=root, env={})
    assert explain_function(project, "app.mine.receipt")["effects"] == "reads"
    assert explain_function(project, "app.mine.plain")["effects"] == "unknown"


BAD = {
    "no TOML": ('"mylib.fetch" = {', "is no TOML"),
    "no effect": ('"mylib.fetch" = {timeout = "timeout"}', "`mylib.fetch` has no `effect`"),
    "no table": ('"mylib.fetch" = 1', "must be a table"),
    "no such effect": ('"mylib.fetch" = {effect = "harmless"}', "`effect` must be one of"),
    "no dotted name": ('fetch = {effect = "read"}', "must be a dotted name"),
    "no such setting": ('"mylib.fetch" = {effect = "read", quick = 1}', "unknown key `quick`"),
    "no such condition": (
        '"mylib.fetch" = {effect = "read", when = [{argument = "a", test = "odd", effect = "read"}]}',
        "`test` must be one of",
    ),
    "too many": ("\n".join(f'"mylib.f{n}" = {{effect = "read"}}' for n in range(501)), "at most 500"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_file_that_makes_no_sense_is_said(installed: Path, root: Path, what: str) -> None:
    """Where the functions of that domain are built; all others are."""
    text, complaint = BAD[what]
    installed.write_text(text, "utf-8")
    endings, said = built(root)
    assert endings == dict.fromkeys(EFFECTS, Ending.FAILED) | {"plain": Ending.BUILT}
    told = [d for d in said if d.code == "POET220"]
    assert told
    assert all(complaint in d.message and d.path.endswith("calls.toml") for d in told), told


@pytest.fixture
def theirs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The templates of a service elsewhere, with a domain that this installation doesn't have."""
    folder = templates(tmp_path / "theirs")
    monkeypatch.delenv("POET_TEMPLATES", raising=False)
    monkeypatch.setattr(poetc.generate, "_STORE", TemplateStore(folder))
    return folder / "billing" / "v1" / "calls.toml"


def cheating(fake: Fake, asked: bytes) -> Reply:
    """The generator's answers, made with calls that only the service knows."""
    told = json.loads(asked)
    told["context"]["calls"] = {
        "mylib.Client": {"effect": "pure", "returns": "mylib.Client"},
        "mylib.Client.fetch": {"effect": "read", "timeout": "timeout", "transient": ["mylib.Busy"]},
    }
    told["context"]["attributes"] = {"CLIENT": "mylib.Client"}
    return Reply(json.dumps(honest(json.dumps(told).encode())).encode())


@pytest.mark.usefixtures("theirs")
def test_what_only_the_service_knows_is_not_trusted(root: Path) -> None:
    """An answer that counts on it is rejected, and a warning says which domain it is about."""
    with serving(cheating) as fake:
        endings, said = built(root, fake.url)
    assert endings["receipt"] is Ending.REJECTED
    assert endings["plain"] is Ending.REJECTED
    warned = {d.unit.rpartition(".")[2] for d in said if d.code == "POET204"}
    assert warned == {"receipt", "through", "appended", "apart"}
    assert all("isn't trusted" in d.message and "[tool.poet.calls]" in d.hint for d in said if d.code == "POET204")


@pytest.mark.usefixtures("theirs")
def test_an_honest_service_counts_what_it_is_told(root: Path) -> None:
    """Its own file changes nothing: what this installation doesn't know stays unknown, and is built so."""
    with serving(tampering(lambda told: None)) as fake:
        endings, _ = built(root, fake.url)
    assert set(endings.values()) == {Ending.BUILT}
    assert effects(root) == EFFECTS | dict.fromkeys(("receipt", "through", "appended"), "unknown")


def test_a_service_that_adds_nothing_is_no_reason_to_warn(theirs: Path, root: Path) -> None:
    """A domain that only the service has, without calls of its own."""
    theirs.unlink()
    with serving(tampering(lambda told: None)) as fake:
        _, said = built(root, fake.url)
    assert not [d for d in said if d.code == "POET204"]


def test_the_same_file_on_both_sides_is_no_reason_to_warn(
    theirs: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Installed here as well, the calls count, whoever generates."""
    monkeypatch.setenv("POET_TEMPLATES", str(theirs.parents[2]))
    with serving(tampering(lambda told: None)) as fake:
        _, said = built(root, fake.url)
    assert not [d for d in said if d.code == "POET204"]
    assert effects(root) == EFFECTS


def test_the_command_says_the_same(tmp_path: Path, root: Path) -> None:
    """`--check` and `explain` in processes of their own."""
    folder = templates(tmp_path / "own")
    ran = poet(root, "explain", "app.mine.receipt", POET_TEMPLATES=str(folder))
    assert ran.code == 0, ran.err
    assert "reads: a second call asks again" in ran.out
    assert "mylib.Client.fetch" in ran.out
    assert poet(root, "build", "--check", POET_TEMPLATES=str(folder)).code == 1
