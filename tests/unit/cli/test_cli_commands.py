"""Commands that ask or undo: status, diff, unlink, clean, init, doctor, serve."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner, Result

from poetc import __version__
from poetc.cli.app import app


def poet(*arguments: str, **extra: str) -> Result:
    return CliRunner().invoke(app, [*arguments], env={"NO_COLOR": "1", **extra})


pytestmark = pytest.mark.usefixtures("standin")


def test_status_is_a_table() -> None:
    """One line for each function, aligned, and what to do if one is stale."""
    assert poet("status").stdout == (
        "function  version  operate  achieved  state\n"
        "app.f     v2       wrapped  -         fresh\n"
        "app.g     -        -        -         stale: never built\n"
        "2 functions, 1 stale: run `poet build`\n"
    )


def test_status_of_one_function_tells_everything() -> None:
    """All that is known of a function, found by the end of its name."""
    assert poet("status", "f").stdout == (
        "app.f v2\n"
        "  place     app.py:3\n"
        "  state     fresh\n"
        "  versions  v1: first build\n"
        "            v2: source changed\n"
        "  operate   wrapped: uses super()\n"
        "  phases    perceive, enforce\n"
        "  rewrites  line 4 retry: get(u) => retry(get)(u)\n"
        "  enhanced  retry\n"
        "  engine    rules 1\n"
        "  template  base v1\n"
    )


def test_status_as_json(standin: ModuleType) -> None:
    """--json gives the functions as the pipeline has them."""
    document = json.loads(poet("status", "--json").stdout)
    assert document == {"schema_version": 1, "version": __version__, "functions": standin.list_functions(None, None)}


def test_status_of_an_unknown_function() -> None:
    """A wrong name is said on standard error with what there is, and standard output stays empty."""
    result = poet("status", "nope", "--json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "error POET108 no function `nope`\n  hint: Known: app.f, app.g.\n"


def test_a_project_without_functions(standin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty table is said in words."""
    monkeypatch.setattr(standin, "list_functions", lambda project, name: [])
    assert poet("status").stdout == "no function carries @poet\n"


def test_diff_into_a_pipe_is_exact() -> None:
    """Not a byte of a piped difference is changed, so that `patch` can take it; a difference is exit code 1."""
    result = poet("diff", "f", "v1", "v2")
    assert (result.exit_code, result.stdout) == (1, "--- v1\n+++ v2\n@@ -1 +1 @@\n-\told\n+\tnew \x1b[0m\n")
    assert poet("diff", "f", "v1", "v1").exit_code == 0
    assert poet("diff", "f").stdout.startswith("--- None\n+++ None\n")


def test_diff_in_colour_obeys_no_escape_sequence() -> None:
    """On a terminal, code under comparison can't reach the terminal's controls."""
    shown = poet("diff", "f", "v1", "v2", NO_COLOR="", FORCE_COLOR="1").stdout
    assert "\x1b[31m-" in shown
    assert "\\x1b[0m" in shown


def test_diff_with_one_version_is_a_mistake() -> None:
    """One version can't be compared with nothing."""
    assert poet("diff", "f", "v1").exit_code == 2


def test_unlink_and_clean_say_how_much_they_did() -> None:
    """Numbers of files, told apart by command and by --all."""
    assert poet("unlink").stdout.startswith("1 file restored or removed in ")
    assert poet("clean").stdout.startswith("2 files removed in ")
    assert poet("clean", "--all").stdout.startswith("3 files removed in ")
    assert json.loads(poet("unlink", "--format", "json").stdout)["totals"]["written"] == ["app.py"]


def test_init_says_what_it_wrote_and_can_be_repeated(tmp_path: Path) -> None:
    """The second time there is nothing to do, and that is no error."""
    first, second = poet("init"), poet("init")
    assert (first.exit_code, first.stdout) == (0, "wrote pyproject.toml\n")
    assert (second.exit_code, second.stdout) == (0, "already set up; nothing changed\n")
    assert poet("init", str(tmp_path / "absent")).exit_code == 2


def test_doctor_lists_checks_with_hints() -> None:
    """A failed check comes with its hint and exit code 1; all sound is 0."""
    result = poet("doctor")
    assert (result.exit_code, result.stdout) == (
        1,
        "ok   configuration: pyproject.toml\nFAIL service: nothing answers\n"
        "     hint: Is it running?\n1 problem found\n",
    )
    assert poet("doctor", SCENARIO="sound").stdout.endswith("all 1 check passed\n")
    assert poet("doctor", SCENARIO="sound").exit_code == 0


def test_serve_status_and_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Both tell whether a background service runs, in words and by exit code."""
    from poetc.client import local

    running = SimpleNamespace(url="http://127.0.0.1:8080", pid=7, started=0.0, current=False, log=Path("x.log"))
    monkeypatch.setattr(local, "local_status", lambda: running)
    monkeypatch.setattr(local, "stop_local", lambda: True)
    status = poet("serve", "status")
    assert status.exit_code == 0
    assert status.stdout.startswith("running at http://127.0.0.1:8080, pid 7, since 19")
    assert "the next build replaces it\nlog: x.log\n" in status.stdout
    assert (poet("serve", "stop").exit_code, poet("serve", "stop").stdout) == (0, "stopped\n")
    monkeypatch.setattr(local, "local_status", lambda: None)
    monkeypatch.setattr(local, "stop_local", lambda: False)
    for action in ("status", "stop"):
        result = poet("serve", action)
        assert (result.exit_code, result.stdout) == (1, "no background service is running\n")
    assert poet("serve", "restart").exit_code == 2


def test_the_project_is_closed_after_every_command(standin: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """No command leaves its connection to the service open, failing or not."""
    closed: list[str] = []
    opened = standin.open_project

    def open_watched(paths: object, *, root: object, env: object) -> SimpleNamespace:
        project = opened(paths, root=root, env=env)
        project.close = lambda: closed.append("closed")
        return project

    monkeypatch.setattr(standin, "open_project", open_watched)
    for number, arguments in enumerate(
        (["build"], ["unlink"], ["status"], ["status", "nope"], ["diff", "f"], ["doctor"]), 1
    ):
        poet(*arguments)
        assert len(closed) == number, arguments
    poet("build", SCENARIO="crash")
    assert len(closed) == 7
