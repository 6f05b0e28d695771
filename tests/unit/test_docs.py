"""README.md and the pages of docs/ say what is so: their tables are the program's, their examples run, their links lead
somewhere."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
import typer

from poetc.cli.app import app
from poetc.config import load_options
from poetc.config.calls import _CHECKS
from poetc.config.values import ASKED, CHECKS
from poetc.ir import CODES
from poetc.service.settings import PREFIX, ServiceSettings
from tests.built_projects import poet, run, said, write

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
SAMPLE = re.compile(r"<!-- sample: (\S+) -->\n```python\n(.*?)```", re.DOTALL)
SHOWN = {name: text for path in PAGES for name, text in SAMPLE.findall(path.read_text("utf-8"))}
"""file of a project -> its text, or a part of it, as the pages show it"""
SOURCES = {path: path.read_text("utf-8") for path in sorted((ROOT / "poetc").rglob("*.py"))}
CODE = re.compile(r"POET\d{3}(?!\d)")
VARIABLE = re.compile(r"\b(?:POET|AITOMATIC)_[A-Z_]*[A-Z]\b")


def page(name: str) -> str:
    """The text of a page of docs/."""
    return (ROOT / "docs" / f"{name}.md").read_text("utf-8")


def section(text: str, heading: str) -> str:
    """What stands below a heading, up to the next."""
    _, found, rest = text.partition(f"\n{heading}\n")
    assert found, heading
    return re.split(r"\n#+ ", rest, maxsplit=1)[0]


def first_cells(text: str) -> list[str]:
    """Every name in backticks of the first column of the tables in a text."""
    cells = re.findall(r"^\| (`.*?) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def test_every_code_is_explained() -> None:
    """Who meets a code finds it in docs/diagnostics.md, with its own summary and something to do."""
    rows = re.findall(r"^\| (POET\d{3}) \| (.+?) \| (.+?) \|$", page("diagnostics"), re.MULTILINE)
    assert {code: meaning for code, meaning, _ in rows} == CODES
    assert [code for code, _, _ in rows] == sorted(CODES)


def test_every_code_in_the_source_is_known() -> None:
    """No file of ours names a code that isn't in the table, and none of the table is without a use."""
    used = {path: set(CODE.findall(text)) for path, text in SOURCES.items()}
    assert {code for codes in used.values() for code in codes} == set(CODES)
    table = next(path for path, text in SOURCES.items() if "\nCODES" in text and "POET101" in text)
    assert {code for path, codes in used.items() if path != table for code in codes} == set(CODES)


def test_every_code_on_a_page_exists() -> None:
    """A page that names a code names one of today's."""
    named = {code for path in PAGES for code in CODE.findall(path.read_text("utf-8")) if path.name != "CHANGELOG.md"}
    assert named <= set(CODES)


def test_every_command_is_listed() -> None:
    """The table of commands is that of the program."""
    listed = re.findall(r"^\| `poet (\w+)", page("commands"), re.MULTILINE)
    assert listed == [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]


def test_every_option_of_build_is_listed() -> None:
    """The table of the options of `poet build` has each of them, and no other."""
    command = typer.main.get_command(app)
    build = command.commands["build"]  # type: ignore[attr-defined]
    options = {name for option in build.params for name in option.opts if name.startswith("--")} - {"--help"}
    table = section(page("commands"), "## Options of `poet build`")
    assert {cell.split()[0] for cell in first_cells(table)} == options


def test_every_argument_is_listed() -> None:
    """The table of decorator arguments is that of the configuration."""
    assert set(first_cells(section(page("configuration"), "## The decorator"))) == set(ASKED)


def test_every_setting_of_a_call_is_listed() -> None:
    """The table of what can be said of a call is that of the configuration."""
    assert set(first_cells(section(page("configuration"), "## Calls"))) == set(_CHECKS)


def test_every_variable_is_listed() -> None:
    """The table of environment variables has those that the program reads, and no other."""
    table = section(page("configuration"), "## Environment variables")
    service = {f"{PREFIX}{name.upper()}" for name in ServiceSettings.model_fields}
    settings = {f"POET_{name.upper()}" for name in CHECKS}
    read = {name for text in SOURCES.values() for name in VARIABLE.findall(text)}
    listed = set(VARIABLE.findall(table))
    assert listed - settings - service == read - settings - service
    assert settings & listed
    assert set(VARIABLE.findall(section(page("configuration"), "## Settings of the service"))) == service


def test_every_known_library_is_listed() -> None:
    """docs/effects.md names, of each file of the catalogue, the file or something that it knows."""
    named = tuple(re.findall(r"`([\w.]+)`", section(page("effects"), "## The catalogue")))
    for path in sorted((ROOT / "poetc" / "effects" / "catalogue").glob("*.toml")):
        if not path.stem.startswith(("builtins", "sqlite3", "others", "stdlib_")):
            roots = tomllib.loads(path.read_text("utf-8"))["roots"]
            known = path.stem in named or any(f"{root}.".startswith(f"{n}.") for root in roots for n in named)
            assert known, f"{path.name} is named nowhere"


def test_configuration_shown_is_accepted(tmp_path: Path) -> None:
    """The sample of [tool.poet] can be pasted as it stands."""
    (sample,) = blocks(page("configuration"), "toml")
    (tmp_path / "pyproject.toml").write_text(sample, "utf-8")
    options = load_options(tmp_path, {"POET_RETRIES": "3"})
    assert (options.paths, options.retries, options.perceive) == (("src",), 3, "strict")
    assert options.asked_of("app.drift.detect")["timeout"] == 10


@pytest.fixture
def sample(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Path]]:
    """Builds the samples of all pages below a [tool.poet] table, and gives the project's folder."""
    state = tmp_path / "state"
    state.mkdir(mode=0o700)
    monkeypatch.setenv("POET_STATE_DIR", str(state))

    def built(settings: str) -> Path:
        sources = {name: shown for name, shown in SHOWN.items() if "_poet" not in name}
        root = write(tmp_path / "project", {"pyproject.toml": settings, "app/__init__.py": "", **sources})
        said(poet(root, "build"))
        return root

    yield built
    poet(tmp_path, "serve", "stop")


def test_samples_are_what_a_build_writes(sample: Callable[[str], Path], request: pytest.FixtureRequest) -> None:
    """Before and after, as pages show them, are the input and the output of a real build."""
    root = sample("[tool.poet]\n")
    texts = {name: (root / name).read_text("utf-8") for name in SHOWN}
    if request.config.getoption("--update-cases"):
        update_samples(texts)
        return
    for name, shown in SHOWN.items():
        if "_poet" in name:
            assert shown in texts[name], f"{name}: `pytest {__file__} --update-cases` shows what is written now"
        else:
            module = name.removeprefix("app/").removesuffix(".py")
            assert texts[name] == shown.replace("from poetc import", f"from app._poet.{module} import")


def update_samples(texts: Mapping[str, str]) -> None:
    """Write what a build gives into the pages: of a linked file, the function with its row."""
    for path in PAGES:
        text = path.read_text("utf-8")
        for name, shown in SHOWN.items():
            if "_poet" in name and (found := re.search(r"^# app\..*?(?=\n\n\n# the import)", texts[name], re.S | re.M)):
                before, after = f"<!-- sample: {name} -->\n```python\n{shown}", f"{found[0]}\n"
                text = text.replace(before, before.removesuffix(shown) + after)
        path.write_text(text, "utf-8")


def test_programs_shown_run_beside_the_sample(sample: Callable[[str], Path]) -> None:
    """What docs/ shows of the linked runtime can be pasted into a program."""
    root = sample("[tool.poet]\nevents = true\n")
    for name in ("events", "testing"):
        (program,) = blocks(page(name), "python")
        assert run([sys.executable, "-W", "error", "-c", program], cwd=root).returncode == 0, program


@pytest.mark.parametrize("mark", ["main", "tests"])
def test_command_for_ci_is_valid_shell(mark: str) -> None:
    """.ci/run takes these commands from README.md: one of each, and bash can read it."""
    (command,) = re.findall(rf"<!-- ci: {mark} -->\s*```sh\n(.*?)```\s*<!-- /ci -->", README, re.DOTALL)
    assert subprocess.run(["bash", "-n", "-c", command], check=False).returncode == 0


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_code_on_a_page_can_be_read(path: Path) -> None:
    """Python parses, TOML loads, shell is valid, and each script and extra that a command names is there."""
    text = path.read_text("utf-8")
    for block in blocks(text, "python"):
        ast.parse(block)
    for block in blocks(text, "toml"):
        tomllib.loads(block)
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for block in blocks(text, "sh"):
        assert subprocess.run(["bash", "-n", "-c", block], check=False).returncode == 0, block
        named = [word for word in block.split() if word.startswith(("tests/", "examples/")) and "*" not in word]
        assert all((ROOT / word).exists() for word in named), block
        assert set(re.findall(r"(?:\.|poetc)\[(\w+)\]", block)) <= set(extras)


def anchors(text: str) -> set[str]:
    """The anchors of a page's headings, as Markdown viewers make them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every link to a file, or to a heading of a page, has its target."""
    for target in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        name, _, anchor = target.partition("#")
        if ":" in name:
            continue
        file = (path.parent / name).resolve() if name else path
        assert file.exists(), target
        assert not anchor or anchor in anchors(file.read_text("utf-8")), target


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_files_named_on_a_page_exist(path: Path) -> None:
    """A page that names a file of ours, from the root or from poetc/, names one of today's."""
    text = re.sub(r"^```.*?^```$|New file `.+?`", "", path.read_text("utf-8"), flags=re.DOTALL | re.MULTILINE)
    named = set(re.findall(r"`((?:[\w.-]+/)+[\w.-]+\.(?:py|toml|txt))(?:::\w+)?`", text))
    ours = {file for file in named if not file.startswith(("app/", "src/", "v1/", "_poet/", "trial/", "library/"))}
    missing = [file for file in ours if not any((ROOT / base / file).exists() for base in ("", "poetc"))]
    assert path.name == "CHANGELOG.md" or not missing


def test_every_threat_has_a_test() -> None:
    """The tests that SECURITY.md names are there."""
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    rows = re.findall(r"^\| .+ \| .+ \| `(tests/\S+\.py)::(\w+)` \|$", text, re.MULTILINE)
    assert len(rows) == len(section(text, "## Threats").strip().splitlines()) - 2
    for path, name in rows:
        assert f"\ndef {name}(" in (ROOT / path).read_text("utf-8"), (path, name)


def test_every_page_is_in_the_index() -> None:
    """A page that nothing leads to isn't read."""
    index = set(re.findall(r"\]\(([\w.-]+\.md)\)", page("README")))
    assert index == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_first_pages_are_short(name: str) -> None:
    """They are read in one sitting; what is longer belongs into docs/."""
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= 250


def test_every_room_and_every_top_level_entry_has_its_word() -> None:
    """ARCHITECTURE.md names each room of poetc/, and says why each entry at the top is there."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    rooms = {path.parent.name for path in (ROOT / "poetc").glob("*/__init__.py")}
    assert not [room for room in rooms if f"`{room}/`" not in text]
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    entries = {line.partition("/")[0] + "/" * ("/" in line) for line in listed.splitlines()}
    reasons = section(text, "## Top-level entries")
    assert not [entry for entry in entries - {".gitignore", ".gitattributes"} if f"`{entry}`" not in reasons]
