"""Draw verdicts "read" and "idempotent" of the analysis on public code, for a person to hold against the libraries.

    python tests/bench/recognition_verdicts.py SITE_PACKAGES --seed 9 > drawn.tsv

From each package, functions are drawn at random of the files that import a client library (by the rules of
`recognition_draw.py`), analysed, and of all calls that come out as read or idempotent some are drawn: at most so many
of one name, most of client libraries. `recognition_verdicts.tsv` keeps those that were checked, with what was found.
"""

from __future__ import annotations

import argparse
import ast
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench_recognition import Row, copied, named, of_functions
from recognition_draw import imported, libraries_of, packages

from poetc.ir.effect import Effect

TOLD = (Effect.READ, Effect.IDEMPOTENT)


class Told(NamedTuple):
    """One verdict."""

    package: str
    file: str
    line: int
    function: str
    call: str
    name: str
    effect: str


def functions(files: list[tuple[str, Path]], package: str) -> Iterator[Row]:
    """The functions of a package's files that import a client library."""
    for name, path in files:
        try:
            tree = ast.parse(path.read_bytes())
        except (SyntaxError, ValueError, OSError, RecursionError):
            continue
        if libraries_of(imported(tree)):
            yield from (Row(package, name, node.lineno, function, "", "", "") for function, node in named(tree.body))


def verdicts(site: Path, seed: int, of_package: int) -> Iterator[Told]:
    """All calls that are told to read or to be idempotent, in functions that are drawn of every package."""
    for package, files in packages(site):
        rows = list(functions(files, package))
        drawn = random.Random(f"{seed} {package}").sample(rows, min(of_package, len(rows)))
        if not drawn:
            continue
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            copied(package, site, root)
            for row, effects, shift, _ in of_functions(root, drawn, []):
                for call in effects.calls if effects is not None else ():
                    if call.effect in TOLD:
                        text, line = ast.unparse(call.node)[:160].replace("\n", " "), call.node.lineno - shift
                        name = call.name or "(the package's own)"
                        yield Told(package, row.file, line, row.function, text, name, call.effect.value)


def draw(found: list[Told], seed: int, number: int, of_name: int) -> list[Told]:
    """So many verdicts at random, of which at most so many of one name, and a fifth of the standard library."""
    random.Random(seed).shuffle(found)
    counts: Counter[str] = Counter()
    kept: list[Told] = []
    for each in found:
        kind = "stdlib" if each.name.partition(".")[0] in sys.stdlib_module_names else "client"
        if counts[each.name] < of_name and counts[kind] < (number // 5 if kind == "stdlib" else number):
            counts.update((each.name, kind))
            kept.append(each)
    return sorted(kept[:number])


def main() -> None:
    """Draw, and print as tab-separated values."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--seed", type=int, default=9)
    parser.add_argument("--of-package", type=int, default=40, help="functions of one package that are analysed")
    parser.add_argument("--of-name", type=int, default=3, help="verdicts of one name that are drawn")
    parser.add_argument("--number", type=int, default=100)
    asked = parser.parse_args()
    found = list(verdicts(asked.site, asked.seed, asked.of_package))
    for row in draw(found, asked.seed, asked.number, asked.of_name):
        print("\t".join(map(str, row)))
    print(f"of {len(found)} verdicts, {len({each.package for each in found})} packages", file=sys.stderr)


if __name__ == "__main__":
    main()
