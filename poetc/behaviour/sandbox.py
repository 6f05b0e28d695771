"""One confined process: started from a script on disk, listened to, and ended with all that it started."""

from __future__ import annotations

import contextlib
import json
import os
import pprint
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import IO, Any

import poetc
from poetc.behaviour.ending import how_it_ended

MOST_LINE = 1 << 20
"""bytes of one line that are listened to"""
MOST_SHOWN = 1000
MOST_LAST_WORDS = 16_000
LIBRARIES_ON_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""or numerical libraries reserve more memory than the process may have, the more the more cores there are"""
REPEATABLE = {"PYTHONHASHSEED": "0", "HYPOTHESIS_NO_PLUGINS": "1", "PYTHONDONTWRITEBYTECODE": "1"}
"""hashes, and no writing of bytecode by what is imported at the first call: it would count as that call's doing"""
PASSED_ON = ("PATH", "LANG", "PYTHONPATH", "SYSTEMROOT")

SCRIPT = '''"""Written by `poet verify`: compares {names} with what `poet build` made of it, confined."""

import sys

sys.path.append({home!r})

from poetc.behaviour.inside.main import compare

compare(
{job}
)
'''


@dataclass(slots=True)
class About:
    """What was said about one subject."""

    running: str = ""
    verdict: dict[str, Any] | None = None
    second: dict[str, Any] | None = None
    ended: str = ""
    """why there is no verdict: "crashed: SIGSEGV at ..." """
    last_words: bytes = field(default=b"", repr=False)


@dataclass(slots=True)
class Told:
    """What a confined process has said, and how it ended."""

    subjects: list[About]
    root: str
    limits: tuple[tuple[str, str], ...] = ()
    alone: bool = False
    """its subjects can't share a process"""
    current: int = 0


def run_confined(job: dict[str, Any], folder: Path, wall: float, stop: threading.Event) -> Told:
    """Write the script, run it for `wall` seconds at most, give what it said. Raises OSError if it can't be started."""
    names = [subject["name"] for subject in job["subjects"]]
    script = folder / f"compare_{''.join(c if c.isalnum() else '_' for c in names[0])[-80:]}.py"
    home = str(Path(poetc.__file__).parents[1])
    text = SCRIPT.format(
        names=", ".join(names), home=home, job=pprint.pformat(job, indent=4, width=110, sort_dicts=False)
    )
    script.write_text(text, encoding="utf-8")
    told = Told([About() for _ in names], job["subjects"][0]["root"])
    run([sys.executable, "-B", "-P", "-X", "faulthandler", str(script)], folder, wall, stop, told)
    return told


def run(command: list[str], folder: Path, wall: float, stop: threading.Event, told: Told) -> None:
    """Run a command in a session of its own, without input, with nothing of our environment but what finds programs."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment | LIBRARIES_ON_ONE_CORE | REPEATABLE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None and process.stderr is not None
    listeners = [
        threading.Thread(target=listen, args=(process.stdout, told), daemon=True),
        threading.Thread(target=keep_last_words, args=(process.stderr, told), daemon=True),
    ]
    for listener in listeners:
        listener.start()
    try:
        in_time = wait(process, wall, stop)
    finally:
        end(process)
    for listener in listeners:
        listener.join(5)
    ended = how_it_ended(process.returncode) if in_time else f"was ended after {wall:g} s"
    for about in told.subjects:
        if about.verdict is None or about.second is None:
            about.ended = f"{about.ended or ended}{place(about.last_words, told.root)}"


def wait(process: subprocess.Popen[bytes], wall: float, stop: threading.Event) -> bool:
    """Wait for the end; False if the time is up before, or nobody wants to know any more."""
    until = monotonic() + wall
    while not stop.is_set() and (left := until - monotonic()) > 0:
        try:
            process.wait(min(left, 0.5))
        except subprocess.TimeoutExpired:
            continue
        return True
    return False


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process and all of its session; what has left the session is out of reach."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError, PermissionError):  # all of it may have ended
            os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def listen(stream: IO[bytes], told: Told) -> None:
    """Take in the lines of JSON that a confined process says; what is anything else is passed over."""
    with stream:
        while line := stream.readline(MOST_LINE):
            for name, value in read_line(line):
                take(name, value, told)


def take(name: str, value: Any, told: Told) -> None:
    """One thing that was said."""
    about = told.subjects[told.current]
    if name == "limits" and is_pairs(value):
        told.limits = tuple((str(what), str(how)) for what, how in value)
    elif name == "alone":
        told.alone = value is True
    elif name == "subject" and isinstance(value, int) and 0 <= value < len(told.subjects):
        told.current = value
    elif name == "running":
        about.running = str(value)[:MOST_SHOWN]
    elif name == "ended":
        about.ended = str(value)[:MOST_SHOWN]
    elif name == "verdict" and isinstance(value, dict):
        about.verdict = value
    elif name == "second" and isinstance(value, dict):
        about.second = value


def read_line(line: bytes) -> Iterator[tuple[str, Any]]:
    """The names and values of one line."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        yield from value.items()


def is_pairs(value: Any) -> bool:
    """Whether a value is a list of pairs."""
    return isinstance(value, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in value)


def keep_last_words(stream: IO[bytes], told: Told) -> None:
    """Keep the end of what is written to standard error while a subject runs."""
    with stream:
        while part := stream.read1(1 << 16):  # type: ignore[attr-defined]
            about = told.subjects[told.current]
            about.last_words = (about.last_words + part)[-MOST_LAST_WORDS:]


def place(last_words: bytes, root: str) -> str:
    """Where in the project Python was when it crashed, as `faulthandler` says it, or the last line of a traceback."""
    lines = [line.strip() for line in last_words.decode("utf-8", "replace").strip().splitlines()]
    if not any(line.startswith("Fatal Python error") for line in lines):
        return f" ({lines[-1]})" if lines else ""
    start = next((number for number, line in enumerate(lines) if line.startswith("Current thread")), 0)
    return next((f" at {line}" for line in lines[start:] if line.startswith(f'File "{root}')), "")
