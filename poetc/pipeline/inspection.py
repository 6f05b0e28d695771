"""`poet status` and `poet diff`."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from poetc.errors import ConfigError, PoetError
from poetc.ir import Diagnostic
from poetc.ir.achieved import achieved_in
from poetc.pipeline.build_cache import BuildCache
from poetc.pipeline.links import Linking
from poetc.pipeline.project import Project
from poetc.pipeline.staleness import Reason, leftovers, linked_as_it_is, reason
from poetc.pipeline.survey import FileState, FunctionState, ProjectState, survey
from poetc.store.versions import list_versions, read_version


def list_functions(project: Project, name: str | None) -> list[dict[str, Any]]:
    """Everything known of one function (a qualified name or an unambiguous end of one) or, with None, of all.

    Raises ConfigError if no function or more than one is meant.
    """
    state = surveyed(project)
    linking = linked_as_it_is(project, state)
    rows = [
        row(project, file, function, reason(file, function, linking, project.root))
        for file in state.files
        for function in file.functions
    ]
    if name is None:
        return [*sorted(rows, key=lambda r: (r["path"], r["line"])), *gone_rows(project, state, linking)]
    wanted = chosen(name, [r["name"] for r in rows])
    return [r for r in rows if r["name"] == wanted]


def surveyed(project: Project) -> ProjectState:
    """The whole project, every file read."""
    identity = project.identity() if project.is_local else None
    return survey(project, (), identity, BuildCache(project, identity, in_place=False))


def chosen(name: str, names: Sequence[str]) -> str:
    """The one function that a qualified name, or an end of one, means; raises ConfigError POET108."""
    found = [n for n in names if n == name] or [n for n in names if n.endswith("." + name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise ConfigError(
            Diagnostic("POET108", f"{name!r} means {len(found)} functions", hint=", ".join(sorted(found)))
        )
    near = difflib.get_close_matches(name, [*names, *(n.split(".")[-1] for n in names)], n=3)
    hint = f"did you mean {', '.join(near)}?" if near else "`poet status` lists the decorated functions"
    raise ConfigError(Diagnostic("POET108", f"no decorated function is called {name!r}", hint=hint))


def gone_rows(project: Project, state: ProjectState, linking: Linking) -> Iterator[dict[str, Any]]:
    """What a build would remove since its source is gone: stored functions, and links."""
    for said in leftovers(project, state, linking):
        empty = dict.fromkeys(
            ("version", "operate", "operate_reason", "effects", "achieved", "timeout_mechanism", "engine", "template")
        )
        lists: dict[str, Any] = {key: [] for key in ("versions", "phases", "rewrites", "enhancements", "checks")}
        why = "its source is gone"
        yield {
            "name": said.unit or said.path,
            "path": said.path,
            "line": 0,
            **empty,
            **lists,
            "fresh": False,
            "why": why,
        }


def row(project: Project, file: FileState, function: FunctionState, why: Reason | None) -> dict[str, Any]:
    """One function, ready for JSON."""
    stored = function.stored
    metadata: dict[str, Any] = dict(stored.metadata) if stored else {}
    problem = function.diagnostics[0].message if function.unit is None and function.diagnostics else ""
    numbers = list_versions(project.root, function.name)
    kept = [(number, version_row(project, function.name, number)) for number in numbers]
    template = metadata.get("template") or {}
    return {
        "name": function.name,
        "path": file.source.relative,
        "line": function.line,
        "version": stored.version if stored else None,
        "versions": [{"version": number, **about} for number, about in kept],
        "operate": metadata.get("operate"),
        "operate_reason": metadata.get("operate_reason"),
        "achieved": achieved_in(metadata).placed(function.line).as_json() if stored else None,
        "phases": metadata.get("phases_included", []),
        "effects": metadata.get("effects"),
        "rewrites": [{**r, "line": function.line + r["line"] - 1} for r in metadata.get("rewrites", [])],
        "enhancements": metadata.get("enhancements", []),
        "timeout_mechanism": metadata.get("timeout_mechanism"),
        "engine": metadata.get("engine"),
        "template": f"{template['name']} {template['version']}" if template else None,
        "checks": metadata.get("checks", []),
        "fresh": function.unit is not None and why is None,
        "why": problem or (why.text if why else ""),
    }


def version_row(project: Project, name: str, number: int) -> dict[str, Any]:
    """Why a version came to be; says so if it is damaged."""
    try:
        version = read_version(project.root, name, number)
    except PoetError as error:
        return {"why": error.diagnostic.message}
    return {"why": version.metadata["why"] if version else "missing"}


def diff_versions(project: Project, name: str, old: str | None, new: str | None) -> str:
    """A unified diff between two versions or, without versions, between the current one and what a build would write.

    Raises ConfigError for an unknown function or version, ServiceError and VerifyError from the build that is tried.
    """
    state = surveyed(project)
    functions = {f.name: f for file in state.files for f in file.functions}
    wanted = functions[chosen(name, list(functions))]
    if old is not None and new is not None:
        return unified(code_of(project, wanted, old), code_of(project, wanted, new), old, new)
    before = wanted.stored.code if wanted.stored else ""
    label = f"v{wanted.stored.version}" if wanted.stored else "nothing"
    if wanted.unit is None:
        raise ConfigError(wanted.diagnostics[0])
    if not wanted.stale:
        return ""
    from poetc.client.request import to_draft, to_request
    from poetc.pipeline.agreement import verified

    draft = to_draft(wanted.unit, project.transpiler().transpile(to_request(wanted.unit)))
    after = verified(draft).draft.code
    return unified(before, after, label, "build")


def code_of(project: Project, function: FunctionState, version: str) -> str:
    """The generated code of one version, "v2" or "2"; raises ConfigError POET108 if there is none."""
    number = version.removeprefix("v")
    name = function.name
    if function.stored is not None and number == str(function.stored.version):
        return function.stored.code
    found = read_version(project.root, name, int(number), function.linked) if number.isdigit() else None
    if found is None:
        kept = ", ".join(f"v{n}" for n in list_versions(project.root, name)) or "none"
        raise ConfigError(Diagnostic("POET108", f"{name} has no version {version}", hint=f"versions: {kept}"))
    return found.read_code()


def unified(before: str, after: str, old: str, new: str) -> str:
    """The unified diff of two texts, "" if they are the same."""
    lines = difflib.unified_diff(
        before.splitlines(True), after.splitlines(True), f"enhanced.py {old}", f"enhanced.py {new}"
    )
    return "".join(lines)
