"""How long it takes under `poet watch` from saving a file to the link table that leads to the new version."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, perf_counter, sleep

from measuring import needed_tool, own_service, print_origin, print_table, seconds_of, spread_row
from trees import write_tree

SOURCE = '''\
"""The module that is edited."""

from __future__ import annotations

from poetc import poet


@poet()
def slug(text: str, limit: int = 20) -> str:
    """A short name for a text; edit number 0."""
    return "-".join(text.lower().split())[:limit]
'''


def save(path: Path, text: str) -> None:
    """Replace a file as editors do, in one step."""
    beside = path.with_suffix(".saving")
    beside.write_text(text, "utf-8")
    beside.replace(path)


def wait_for_change(table: Path, before: bytes, limit: float = 30.0) -> float:
    """The moment (perf_counter seconds) at which the table's content is no longer `before`."""
    end = monotonic() + limit
    while monotonic() < end:
        try:
            if table.read_bytes() != before:
                return perf_counter()
        except FileNotFoundError:
            pass
        sleep(0.001)
    sys.exit(f"{table.name} did not change in {limit:g} s")


def latencies(root: Path, repeats: int) -> list[float]:
    """Seconds from each save to the changed table, under one running watcher; two edits to warm up come first."""
    source, table = root / "app" / "edited.py", root / "app" / "_poet" / "edited" / "__init__.py"
    found = []
    for edit in range(1, repeats + 3):
        before = table.read_bytes()
        text = source.read_text("utf-8").replace(f"number {edit - 1}.", f"number {edit}.")
        text = (
            text.replace(".split())", f".split()[{edit}:])")
            if edit == 1
            else text.replace(f"[{edit - 1}:]", f"[{edit}:]")
        )
        start = perf_counter()
        save(source, text)
        found.append(wait_for_change(table, before) - start)
        sleep(0.5)
    return found[2:]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=20)
    parser.add_argument("--small", action="store_true", help="watch a project of one file rather than 900")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        root = Path(folder) / "project"
        if args.small:
            (root / "app").mkdir(parents=True)
            (root / "app" / "__init__.py").touch()
            (root / "pyproject.toml").write_text("[tool.poet]\n", "utf-8")
        else:
            write_tree(root)
        (root / "app" / "edited.py").write_text(SOURCE, "utf-8")
        seconds_of([needed_tool("poet"), "build"], root)
        log = (Path(folder) / "watch.log").open("wb")
        watcher = subprocess.Popen([needed_tool("poet"), "watch"], cwd=root, stdout=log, stderr=log)
        try:
            sleep(4)  # until it watches
            found = latencies(root, args.repeats)
        except SystemExit:
            print((Path(folder) / "watch.log").read_text("utf-8"), file=sys.stderr)
            raise
        finally:
            os.kill(watcher.pid, signal.SIGINT)
            watcher.wait(20)
    p95 = sorted(found)[min(len(found) - 1, round(0.95 * len(found)))]
    files = 1 if args.small else 900
    heads = ["ms", "median", "q1", "q3", "min", "max", "p95"]
    rows = [["saved → linked", *spread_row(found, 1000), f"{p95 * 1000:,.1f}"]]
    print_table(f"Change to linked: {files} files watched, {args.repeats} edits", heads, rows)
    print_origin()


if __name__ == "__main__":
    main()
