"""How many distinct functions of poetc run to build the README's function: in the client, and in the service."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

from measuring import print_origin, print_table, stop_service

ROOT = Path(__file__).resolve().parents[2]
PYPROJECT = "[tool.poet]\n"
WATCH = """\
import os, sys
_place, _seen = os.environ.get("POET_BENCH_FUNCTIONS"), set()
def _watch(frame, event, argument):
    code = frame.f_code
    if event == "call" and code not in _seen:
        _seen.add(code)
        if "poetc" in code.co_filename and code.co_flags & 1:  # bodies of modules and classes aren't optimised
            os.write(_handle, f"{os.getpid()}\\t{code.co_filename}\\t{code.co_qualname}\\n".encode())
if _place:
    import threading
    _handle = os.open(_place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    threading.setprofile(_watch)
    sys.setprofile(_watch)
"""
"""a `sitecustomize` that every interpreter of the build imports first: client, service and workers"""
ANONYMOUS = re.compile(r"<(lambda|genexpr|listcomp|dictcomp|setcomp)>$")


def readme_function() -> str:
    """The first block of Python in README.md with a decorated function."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    return next(block for block in blocks if "@poet" in block)


def functions_of_a_build(work: Path) -> dict[str, set[tuple[str, str]]]:
    """For each of "client" and "service": (file below poetc/, name) of every function that ran."""
    project, place, seen = work / "project", work / "site", work / "seen"
    for folder in (project / "app", place):
        folder.mkdir(parents=True)
    (project / "pyproject.toml").write_text(PYPROJECT, "utf-8")
    (project / "app" / "__init__.py").touch()
    (project / "app" / "shop.py").write_text(readme_function(), "utf-8")
    (place / "sitecustomize.py").write_text(WATCH, "utf-8")
    paths = os.pathsep.join(part for part in (str(place), os.environ.get("PYTHONPATH", "")) if part)
    environment = {**os.environ, "PYTHONPATH": paths, "POET_BENCH_FUNCTIONS": str(seen)}
    command = [sys.executable, "-m", "poetc", "build", "--format", "json"]
    with subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE) as client:
        assert client.stdout is not None
        told = client.stdout.read()
    if client.returncode or not list(project.glob(".dana/poet/functions/*")):
        sys.exit(f"poet build exited {client.returncode}\n{told.decode()[-3000:]}")
    found: dict[str, set[tuple[str, str]]] = {"client": set(), "service": set()}
    marker = f"{os.sep}poetc{os.sep}"
    for line in seen.read_text("utf-8").splitlines():
        pid, file, name = line.split("\t")
        if marker in file and not ANONYMOUS.search(name):
            found["client" if int(pid) == client.pid else "service"].add((file.rpartition(marker)[2], name))
    return found


def room_of(file: str) -> str:
    """The room of a file, "store" of "store/lock.py"."""
    return file.partition(os.sep)[0] if os.sep in file else "poetc"


def main() -> None:
    """Measure and print."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["POET_STATE_DIR"] = str(Path(folder) / "state")
        try:
            found = functions_of_a_build(Path(folder))
        finally:
            stop_service()
    everywhere = found["client"] | found["service"]
    counts = {who: Counter(room_of(file) for file, _ in ran) for who, ran in (*found.items(), ("either", everywhere))}
    rows = []
    for room in (*sorted(counts["either"], key=lambda room: -counts["either"][room]), "all"):
        files = {file for file, _ in everywhere if room in (room_of(file), "all")}
        numbers = [counts[who][room] if room != "all" else counts[who].total() for who in counts]
        rows.append([room, *map(str, numbers), str(len(files))])
    print_table("Distinct functions of poetc that run to build the README's function", ["room", *counts, "files"], rows)
    print_origin()


if __name__ == "__main__":
    main()
