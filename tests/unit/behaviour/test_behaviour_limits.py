"""What runs in the sandbox can't harm this machine, and can't hide the others of its module."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from behaviour_projects import QUICK, built, compared, tamper

from poetc.ir.comparison import Verdict

SOURCE = """from __future__ import annotations

import ctypes
import os
import pathlib
import shutil
import socket
import subprocess
import time

from poetc import poet

OUTSIDE = pathlib.Path({outside!r})
PORT = {port}


@poet()
def first(x: int) -> int:
    return x + 1


@poet()
def spins(x: int) -> int:
    while True:
        x = x


@poet()
def stubborn(x: int) -> int:
    while True:
        try:
            time.sleep(0.01)
        except BaseException:
            pass


@poet()
def sleeps(x: int) -> int:
    time.sleep(3600)
    return x


@poet()
def sometimes_spins(x: int) -> int:
    while x > 1000:
        pass
    return x


@poet()
def eats_memory(x: int) -> int:
    return len(bytearray(2**31)) + x


@poet()
def writes_much(x: int) -> int:
    with open("big", "wb") as file:
        for _ in range(64):
            file.write(bytes(2**16))
            file.flush()
    return x


@poet()
def writes_little(x: int) -> int:
    pathlib.Path("small").write_text(str(x))
    return x


@poet()
def writes_outside(x: int) -> int:
    OUTSIDE.joinpath("made").write_text("x")
    return x


@poet()
def removes_outside(x: int) -> int:
    shutil.rmtree(OUTSIDE)
    return x


@poet()
def removes_by_c(x: int) -> int:
    return ctypes.CDLL(None).unlink(str(OUTSIDE / "kept").encode())


@poet()
def calls_home(x: int) -> int:
    socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
    return x


@poet()
def hides_that_it_calls_home(x: int) -> int:
    try:
        socket.create_connection(("127.0.0.1", PORT), timeout=1).close()
    except OSError:
        pass
    return x


@poet()
def forks(x: int) -> int:
    while True:
        os.fork()


@poet()
def spawns(x: int) -> int:
    return subprocess.run(["true"]).returncode


@poet()
def kills(x: int) -> int:
    os.kill(os.getppid(), 9)
    return x


@poet()
def crashes(x: int) -> int:
    ctypes.string_at(0)
    return x


@poet()
def leaves(x: int) -> int:
    os._exit(3)


@poet()
def reads_secrets_of_others(x: int) -> int:
    return len(pathlib.Path(f"/proc/{{os.getppid()}}/environ").read_bytes())


@poet()
def reads_input(x: int) -> str:
    return os.read(0, 10).decode()


@poet()
def last(x: int) -> int:
    return x + 2
"""

SAID = {
    "first": (Verdict.SAME, ""),
    "spins": (Verdict.NOT_COMPARABLE, "took too long"),
    "stubborn": (Verdict.NOT_COMPARABLE, "was ended after"),
    "sleeps": (Verdict.NOT_COMPARABLE, "took too long"),
    "sometimes_spins": (Verdict.SAME, ""),
    "eats_memory": (Verdict.NOT_COMPARABLE, "met a limit of the sandbox"),
    "writes_much": (Verdict.NOT_COMPARABLE, "met a limit of the sandbox"),
    "writes_little": (Verdict.SAME, ""),
    "writes_outside": (Verdict.NOT_COMPARABLE, "open"),
    "removes_outside": (Verdict.NOT_COMPARABLE, "shutil.rmtree"),
    "calls_home": (Verdict.NOT_COMPARABLE, "socket."),
    "hides_that_it_calls_home": (Verdict.NOT_COMPARABLE, "socket."),
    "forks": (Verdict.NOT_COMPARABLE, "os.fork"),
    "spawns": (Verdict.NOT_COMPARABLE, "subprocess.Popen"),
    "kills": (Verdict.NOT_COMPARABLE, "os.kill"),
    "crashes": (Verdict.NOT_COMPARABLE, "crashed: SIGSEGV at File"),
    "leaves": (Verdict.NOT_COMPARABLE, "ended by itself with exit code 3"),
    "reads_secrets_of_others": (Verdict.NOT_COMPARABLE, "/environ"),
    "reads_input": (Verdict.SAME, ""),
    "last": (Verdict.SAME, ""),
}
"""function -> how its comparison ends, and what its reason names"""


@pytest.mark.skipif(sys.platform != "linux", reason="limits as Linux has them")
def test_nothing_gets_out(tmp_path: Path) -> None:
    """Loops, memory, files, network, processes, signals, crashes: each ends its own comparison only, and says why."""
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "kept").write_text("kept", encoding="utf-8")
    root = tmp_path / "project"
    root.mkdir()
    limits = replace(QUICK, seconds=3, call=0.2, examples=30, allow_effects=True, grace=1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        source = SOURCE.format(outside=str(outside), port=server.getsockname()[1])
        found = compared(built(root, {"app.py": source}), limits=limits)
        with pytest.raises(BlockingIOError):
            server.accept()
    wrong = {
        name: (found[name].verdict, found[name].reason)
        for name, (likeness, reason) in SAID.items()
        if found[name].verdict is not likeness or reason not in found[name].reason
    }
    assert not wrong
    assert (outside / "kept").read_text("utf-8") == "kept"
    assert [p.name for p in outside.iterdir()] == ["kept"]
    assert not list(root.rglob("*.pyc"))


def test_limits_that_hold_are_listed(tmp_path: Path) -> None:
    """The report has every limit, with its size or that it doesn't hold."""
    project = built(tmp_path, {"app.py": "from poetc import poet\n\n\n@poet()\ndef f(x: int) -> int:\n    return x\n"})
    limits = dict(compared(project, limits=replace(QUICK, memory=300 << 20, file_size=4096, open_files=50))["f"].limits)
    assert set(limits) == {
        "wall",
        "cpu",
        "memory",
        "file size",
        "open files",
        "core dump",
        "processes",
        "network",
        "writes",
        "new processes",
    }
    if sys.platform == "linux":
        assert (limits["memory"], limits["file size"], limits["open files"]) == ("300 MiB", "4 KiB", "50")
        assert "audit hook" in limits["network"]
        assert (limits["processes"] == "not limited") == (os.getuid() == 0 or "namespace" not in limits["network"])


ENVIRONMENT = """from poetc import poet
import os


@poet()
def sees(name: str) -> bool:
    return bool({"SECRET_TOKEN", "HOME", "AWS_PROFILE"} & os.environ.keys())


@poet()
def names(x: bool) -> list[str]:
    return sorted(os.environ)
"""


def test_secrets_of_the_environment_are_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of our environment, the sandbox has what finds programs, and nothing else."""
    for name in ("SECRET_TOKEN", "HOME", "AWS_PROFILE"):
        monkeypatch.setenv(name, "hunter2")
    project = built(tmp_path, {"app.py": ENVIRONMENT})
    tamper(tmp_path, "sees", 'bool({"SECRET_TOKEN", "HOME", "AWS_PROFILE"} & os.environ.keys())', "False")
    tamper(tmp_path, "names", "sorted(os.environ)", "['nothing']")
    found = compared(project)
    assert found["sees"].verdict is Verdict.SAME, found["sees"].counterexample
    shown = found["names"].counterexample
    assert shown is not None
    assert "PATH" in shown.differences[0]
    assert "SECRET" not in shown.differences[0]
