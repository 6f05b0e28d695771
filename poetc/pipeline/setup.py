"""`poet init` and `poet doctor`."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from poetc import __version__
from poetc.errors import ConfigError, PoetError, StoreError
from poetc.ir import Diagnostic, FileChange, Outcome, Severity
from poetc.pipeline.project import Project
from poetc.pipeline.staleness import check_project
from poetc.pipeline.unshipped import CODE as UNSHIPPED
from poetc.store.publish import put, waiting

IGNORED = (".dana/poet/cache/", ".dana/poet/executions/", ".dana/poet/feedback/")
ATTRIBUTES = (
    "_poet/** -text linguist-generated",
    "**/_poet/** -text linguist-generated",
    "**/_poet_*/** -text linguist-generated",
    ".dana/poet/functions/** -text linguist-generated",
)
"""build output is compared by its bytes: git must not give it other line ends, and may fold it away in reviews"""
TABLE = """
[tool.poet]
# What holds for every function; an argument of @poet(...) wins. All settings: docs/configuration.md of poetc.
# timeout = 5.0
# exclude = ["tests"]
"""


def init_project(root: Path) -> list[str]:
    """Add [tool.poet] to pyproject.toml, what isn't committed to .gitignore, and what git must leave as it is to
    .gitattributes; returns what was done. Idempotent."""
    root = root.absolute()
    changes: list[FileChange] = []
    done: list[str] = []
    pyproject = root / "pyproject.toml"
    text = read(pyproject)
    if not has_table(pyproject, text):
        changes.append(FileChange(pyproject, joined(text, TABLE.lstrip("\n")).encode()))
        done.append(f"{'added [tool.poet] to' if text else 'wrote'} pyproject.toml")
    for name, lines in ((".gitignore", IGNORED), (".gitattributes", ATTRIBUTES)):
        text = read(root / name)
        missing = [line for line in lines if line not in text.splitlines()]
        if missing:
            changes.append(FileChange(root / name, joined(text, "\n".join(missing) + "\n").encode()))
            done.append(f"added {len(missing)} lines to {name}")
    put(root, changes)
    return done


def read(path: Path) -> str:
    """A text file's content, "" if there is none; raises StoreError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, ValueError) as error:
        raise StoreError(Diagnostic("POET501", f"cannot read {path.name}: {error}", path=path.name)) from error


def has_table(path: Path, text: str) -> bool:
    """Whether pyproject.toml has [tool.poet]; raises ConfigError if it isn't TOML."""
    try:
        return "poet" in tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(Diagnostic("POET220", f"{path.name} is not TOML: {error}", path=path.name)) from error


def joined(text: str, addition: str) -> str:
    """The text with something behind it, an empty line between; newlines as the text has them."""
    newline = "\r\n" if "\r\n" in text else "\n"
    gap = "" if not text else newline if text.endswith("\n") else newline * 2
    return text + gap + addition.replace("\n", newline)


def check_setup(project: Project) -> list[dict[str, Any]]:
    """Checks of everything a build depends on: {name, ok, detail, hint}."""
    return [row for step in (python_row, template_row, service_row, store_row, build_rows) for row in step(project)]


def result(name: str, ok: bool, detail: str, hint: str = "") -> dict[str, Any]:
    """One check."""
    return {"name": name, "ok": ok, "detail": detail, "hint": "" if ok else hint}


def python_row(project: Project) -> Iterator[dict[str, Any]]:
    """The interpreter, and the project that was found."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield result(
        "python", sys.version_info >= (3, 11), f"Python {version}, poetc {__version__}", "use Python 3.11 or later"
    )
    yield result("project", True, str(project.root))


def template_row(project: Project) -> Iterator[dict[str, Any]]:
    """The templates of this installation."""
    from poetc.pipeline.identity import local_identity

    try:
        found = local_identity().templates
    except Exception as error:  # whatever is wrong with them is the finding
        yield result("templates", False, str(error), "reinstall poetc, or correct POET_TEMPLATES")
        return
    yield result("templates", True, ", ".join(f"{name} {version}" for name, (version, _) in sorted(found.items())))


def service_row(project: Project) -> Iterator[dict[str, Any]]:
    """Whether the service answers; a local one is started."""
    where = "on this machine" if project.is_local else project.options.api_url
    try:
        health = project.transpiler().health()
    except PoetError as error:
        yield result("service", False, error.diagnostic.message, error.diagnostic.hint)
        return
    engines = ", ".join(f"{name} {version}" for name, version in sorted(health.engines.items()))
    yield result("service", health.status == "ok", f"{where}: {health.status}, poetc {health.version}, {engines}")
    if not project.is_local:
        key = "sent" if project.options.api_key else "none set"
        yield result("api key", True, key)


def store_row(project: Project) -> Iterator[dict[str, Any]]:
    """Whether a build waits to be completed."""
    said = waiting(project.root)
    yield result("store", said is None, said.message if said else "no interrupted build", said.hint if said else "")


def build_rows(project: Project) -> Iterator[dict[str, Any]]:
    """What `poet build --check` says, in a line, and its errors."""
    items = list(check_project(project))
    outcomes = [i for i in items if isinstance(i, Outcome)]
    stale = [o for o in outcomes if o.ending.value in ("stale", "failed")]
    errors = [i for i in items if isinstance(i, Diagnostic) and i.severity is Severity.ERROR]
    detail = f"{len(outcomes)} decorated functions, {len(stale)} not fresh, {len(errors)} further errors"
    yield result("build", not stale and not errors, detail, "run `poet build`")
    for said in (i for i in items if isinstance(i, Diagnostic) and i.code == UNSHIPPED):
        place = f"{said.path}:{said.line}:{said.column}" if said.line else said.path
        yield result("wheel", False, f"{place} {said.code} {said.message}", said.hint)
