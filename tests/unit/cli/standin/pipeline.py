"""A pipeline that plays the scenario named by $SCENARIO: for trying the command line in a process of its own."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

from poetc.config import load_options
from poetc.errors import ConfigError
from poetc.ir import Diagnostic, Ending, Outcome, Severity, Totals

FILES = ("build", "inspection", "project", "setup", "staleness", "undo")
MODULES = ("poetc.pipeline", *(f"poetc.pipeline.{name}" for name in FILES))
"""what this one module stands in for"""

HOSTILE = "bad \x1b[31m[red]value[/red]\n::error::forged"


def open_project(paths, *, root, env):
    """A project at the current folder."""
    if os.environ.get("SCENARIO") == "misconfigured":
        raise ConfigError(Diagnostic("POET220", "`retries` must be a number", path="pyproject.toml", line=3, column=1))
    options = load_options(Path(root or Path.cwd()), env)
    return SimpleNamespace(root=options.root, options=options, is_local=False, close=lambda: None)


def build_project(project, paths, *, link, out, jobs, engine, on_plan=print, on_answer=print):
    """Play the scenario of a build."""
    scenario = os.environ.get("SCENARIO", "fresh")
    yield from live(project, paths) if scenario == "live" else SCENARIOS[scenario](on_plan, on_answer)


def check_project(project, paths):
    """Everything is stale."""
    yield Outcome("app.f", "app.py", 1, Ending.STALE)
    yield Totals(files=1)


def unlink_project(project, paths):
    """One file restored."""
    yield Totals(files=1, written=("app.py",))


def clean_project(project, *, everything):
    """As many files removed as a test can tell from the others."""
    yield Totals(written=("a", "b", "c") if everything else ("a", "b"))


def list_functions(project, name):
    """One fresh function, one stale."""
    known = [
        {
            "name": "app.f",
            "path": "app.py",
            "line": 3,
            "version": 2,
            "versions": [{"version": 1, "why": "first build"}, {"version": 2, "why": "source changed"}],
            "operate": "wrapped",
            "operate_reason": "uses super()",
            "phases": ["perceive", "enforce"],
            "rewrites": [{"line": 4, "kind": "retry", "before": "get(u)", "after": "retry(get)(u)"}],
            "enhancements": ["retry"],
            "timeout_mechanism": None,
            "engine": "rules 1",
            "template": "base v1",
            "fresh": True,
            "why": "",
        },
        {
            "name": "app.g",
            "path": "app.py",
            "line": 9,
            "version": 0,
            "operate": "",
            "fresh": False,
            "why": "never built",
        },
    ]
    if name is None:
        return known
    if name == "DEFECT":
        raise ZeroDivisionError("division by zero")
    found = [one for one in known if one["name"].endswith(name)]
    if len(found) != 1:
        raise ConfigError(Diagnostic("POET108", f"no function `{name}`", hint="Known: app.f, app.g."))
    return found


def diff_versions(project, name, old, new):
    """A difference, unless both versions are the same."""
    return "" if old and old == new else f"--- {old}\n+++ {new}\n@@ -1 +1 @@\n-\told\n+\tnew \x1b[0m\n"


def init_project(root):
    """Nothing to do the second time."""
    marker = Path(root, "pyproject.toml")
    if marker.exists():
        return []
    marker.write_text("")
    return [f"wrote {marker.name}"]


def check_setup(project):
    """Sound or not, as the scenario has it."""
    sound = {"name": "configuration", "ok": True, "detail": "pyproject.toml", "hint": ""}
    broken = {"name": "service", "ok": False, "detail": "nothing answers", "hint": "Is it running?"}
    return [sound] if os.environ.get("SCENARIO") == "sound" else [sound, broken]


BUILT = {}


def live(project, paths):
    """Builds each file that mentions @poet and changed; marks it as linked, which the watcher then sees."""
    from poetc.scan.files import FileEntry, walk

    files = [Path(one.path) for one in walk(project.options, paths) if isinstance(one, FileEntry)]
    written = []
    for file in files:
        text = file.read_text()
        if "SYNTAX" in text:
            yield Diagnostic("POET101", "invalid syntax", path=file.name, line=1)
        if "DEFECT" in text:
            raise ZeroDivisionError
        if "@poet" not in text:
            continue
        if "# linked" not in text:
            file.write_text(text + "# linked\n")
            written.append(file.name)
        text = file.read_text()
        version, before = BUILT.get(file, (0, None))
        new = before != text
        BUILT[file] = version + new, text
        yield Outcome(f"{file.stem}.f", file.name, 1, Ending.BUILT if new else Ending.FRESH, version=version + new)
    yield Totals(files=len(files), written=tuple(written))


def fresh(on_plan, on_answer):
    """Nothing to do."""
    on_plan(0)
    yield from (Outcome(f"app.f{number}", "app.py", number, Ending.FRESH) for number in range(1, 86))
    yield Totals(files=900)


def findings(on_plan, on_answer):
    """One built, one rejected with a hostile message, one syntax error."""
    on_plan(2)
    wrong = Diagnostic("POET402", HOSTILE, path="app.py", line=2, column=5, end_column=8, excerpt="\tdef féé(): pass")
    yield Outcome("app.b", "app.py", 2, Ending.REJECTED, diagnostics=(wrong,))
    yield Outcome("app.a", "app.py", 1, Ending.BUILT, version=1, operate="relocated")
    yield Diagnostic("POET211", "`enable_training` is deprecated", Severity.WARNING, path="app.py", line=9)
    yield Totals(files=2, written=("app.py",), seconds={"scan": 0.01})


def crash(on_plan, on_answer):
    """A defect of our own in the middle."""
    yield Outcome("app.a", "app.py", 1, Ending.BUILT, version=1)
    raise ZeroDivisionError("division of [bold]zero[/bold]")


def slow(on_plan, on_answer):
    """Long enough for the bar; what a build undoes when it is interrupted is said on standard error."""
    on_plan(3)
    try:
        if os.environ.get("ANNOUNCE"):
            signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have had it ignored
            sys.stderr.write("pausing\n")
            sys.stderr.flush()
        for number in range(1, 4):
            time.sleep(float(os.environ.get("PACE", "0.4")))
            on_answer()
            yield Outcome(f"app.f{number}", "app.py", number, Ending.BUILT, version=1)
        yield Totals(files=1)
    finally:
        sys.stderr.write("undone\n")
        sys.stderr.flush()


def interrupted(on_plan, on_answer):
    """Ctrl-C after the first function."""
    try:
        yield Outcome("app.a", "app.py", 1, Ending.BUILT, version=1)
        raise KeyboardInterrupt
    finally:
        sys.stderr.write("undone\n")


def many(on_plan, on_answer):
    """More text than a pipe holds."""
    for number in range(1, 3000):
        yield Outcome(f"app.f{number}", "app.py", number, Ending.REJECTED, reason="x" * 50)
    yield Totals(files=1)


def long(on_plan, on_answer):
    """A source line wider than the terminal."""
    yield Diagnostic("POET101", "m", path="a.py", line=1, column=201, excerpt="x" * 200 + "HERE" + "y" * 200)
    yield Totals(files=1)


SCENARIOS = {each.__name__: each for each in (fresh, long, findings, crash, slow, interrupted, many)}
