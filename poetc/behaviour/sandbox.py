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

MOST_LINE = 1 << 20
"""bytes of one line that are listened to"""
MOST_LAST_WORDS = 4000
LIBRARIES_ON_ONE_CORE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""or numerical libraries reserve more memory than the process may have, the more the more cores there are"""
PASSED_ON = ("PATH", "LANG", "PYTHONPATH", "SYSTEMROOT")

SCRIPT = '''"""Written by `poet verify`: compares {name} with what `poet build` made of it, confined."""

import sys

sys.path.append({home!r})

from poetc.behaviour.inside.main import compare

compare(
{job}
)
'''


@dataclass(slots=True)
class Told:
    """What a confined process has said, and how it ended."""

    limits: tuple[tuple[str, str], ...] = ()
    running: str = ""
    verdict: dict[str, Any] | None = None
    ended: str = ""
    """why there is no verdict: "was ended after 45 s", "crashed: Segmentation fault" """
    last_words: bytes = field(default=b"", repr=False)


def run_confined(name: str, job: dict[str, Any], folder: Path, wall: float, stop: threading.Event) -> Told:
    """Write the script, run it for `wall` seconds at most, give what it said. Raises OSError if it can't be started."""
    script = folder / f"compare_{''.join(c if c.isalnum() else '_' for c in name)[-80:]}.py"
    home = str(Path(poetc.__file__).parents[1])
    text = SCRIPT.format(name=name, home=home, job=pprint.pformat(job, indent=4, width=110, sort_dicts=False))
    script.write_text(text, encoding="utf-8")
    return run([sys.executable, "-B", "-P", "-X", "faulthandler", str(script)], folder, wall, stop)


def run(command: list[str], folder: Path, wall: float, stop: threading.Event) -> Told:
    """Run a command in a session of its own, without input, with nothing of our environment but what finds programs."""
    environment = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment | LIBRARIES_ON_ONE_CORE | {"PYTHONHASHSEED": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    told = Told()
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
    if told.verdict is None:
        told.ended = f"was ended after {wall:g} s" if not in_time else how_it_ended(process.returncode, told.last_words)
    return told


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
                if name == "limits" and is_pairs(value):
                    told.limits = tuple((str(what), str(how)) for what, how in value)
                elif name == "running":
                    told.running = str(value)[:MOST_LAST_WORDS]
                elif name == "verdict" and isinstance(value, dict):
                    told.verdict = value


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
    """Keep the end of what is written to standard error."""
    with stream:
        while part := stream.read1(1 << 16):  # type: ignore[attr-defined]
            told.last_words = (told.last_words + part)[-MOST_LAST_WORDS:]


def how_it_ended(code: int, last_words: bytes) -> str:
    """Why a process ended by itself, in words."""
    if code < 0:
        name = signal.Signals(-code).name if -code in signal.valid_signals() else str(-code)
        if name == "SIGXCPU":
            return "used up its CPU time"
        return f"crashed: {name}{place(last_words)}"
    words = last_words.decode("utf-8", "replace").strip().splitlines()
    return f"ended by itself with exit code {code}{f' ({words[-1]})' if words and code else ''}"


def place(last_words: bytes) -> str:
    """Where Python was when it crashed, as `faulthandler` says it."""
    lines = last_words.decode("utf-8", "replace").splitlines()
    frames = [line.strip() for line in lines if line.strip().startswith('File "')]
    return f" at {frames[0]}" if frames else ""
