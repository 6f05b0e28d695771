"""What a build with nothing to do costs, beside a script of the standard library, black and ruff on the same tree."""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring import in_turns, needed_tool, own_service, print_origin, print_table, seconds_of, spread_row
from trees import DECORATED, FILES, write_tree

WALK_READ_HASH = """\
import hashlib, os

hits = {}
for folder, folders, files in os.walk("."):
    folders[:] = [name for name in folders if name != "_poet" and not name.startswith(".")]
    for name in files:
        if name.endswith(".py"):
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                data = file.read()
            if b"poet" in data:
                hits[path] = hashlib.sha256(data).hexdigest()
print(len(hits))
"""
"""the least that any tool must do to know that nothing changed: walk, read, look for the word, hash the hits"""

WITHOUT_OUTPUT = r"/(_poet|\.dana)/"


def prepare(work: Path) -> tuple[Path, Path, Path]:
    """Three built trees: to leave alone, of which the cache is thrown away before each run, with standing warnings."""
    kept, bare, warned = work / "kept", work / "bare", work / "warned"
    for tree in (kept, warned):
        write_tree(tree, warned=tree is warned)
        seconds_of([needed_tool("black"), "-q", "."], tree)
        seconds_of([needed_tool("poet"), "build"], tree)
    for _ in range(2):  # what was written less than two seconds ago is not taken to be unchanged by its times alone
        time.sleep(2.5)
        for tree in (kept, warned):
            seconds_of([needed_tool("poet"), "build"], tree)
    shutil.copytree(kept, bare)
    walk = work / "walk_read_hash.py"
    walk.write_text(WALK_READ_HASH, "utf-8")
    found = subprocess.run([sys.executable, walk], cwd=kept, capture_output=True, text=True, check=True).stdout.strip()
    if found != str(DECORATED):
        sys.exit(f"the script found {found} files, wanted {DECORATED}")
    return kept, bare, warned


def contenders(work: Path, kept: Path, bare: Path, warned: Path) -> dict[str, Callable[[], float]]:
    """What is timed, by name."""
    poet = needed_tool("poet")
    black = [needed_tool("black"), "-q", "--check", "--extend-exclude", WITHOUT_OUTPUT, "."]
    ruff = [needed_tool("ruff"), "check", "-q", "--isolated", "--extend-exclude", "_poet,.dana", "."]

    def check_without_cache() -> float:
        shutil.rmtree(bare / ".dana" / "poet" / "cache", ignore_errors=True)
        return seconds_of([poet, "build", "--check"], bare)

    return {
        "python -c pass": lambda: seconds_of([sys.executable, "-c", "pass"], kept),
        "walk, read, hash": lambda: seconds_of([sys.executable, str(work / "walk_read_hash.py")], kept),
        "poet build": lambda: seconds_of([poet, "build"], kept),
        "poet build, standing warnings": lambda: seconds_of([poet, "build"], warned),
        "poet build --check": lambda: seconds_of([poet, "build", "--check"], kept),
        "poet build --check, no cache": check_without_cache,
        "black --check (cached)": lambda: seconds_of(black, kept),
        "ruff check (cached)": lambda: seconds_of(ruff, kept, (0, 1)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=20, help="rounds, each with one run of every contender")
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        work = Path(folder)
        found = in_turns(contenders(work, *prepare(work)), runs, warm_up=2)
    walk, black = (statistics.median(found[name]) for name in ("walk, read, hash", "black --check (cached)"))
    rows = []
    for name, seconds in found.items():
        median = statistics.median(seconds)
        rows.append([name, *spread_row(seconds, 1000), f"{median / walk:.2f}", f"{median / black:.2f}"])
    heads = ["ms", "median", "q1", "q3", "min", "max", "/ script", "/ black"]
    print_table(
        f"Nothing to do: {FILES} files, {DECORATED} decorated functions, {runs} runs of each in turns", heads, rows
    )
    print_origin()


if __name__ == "__main__":
    main()
