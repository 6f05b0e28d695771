"""Which obvious client calls of public packages the analysis knows: a labelled sample, measured.

    python tests/bench/bench_recognition.py SITE_PACKAGES [--missed FILE] [--library L]

`recognition_sample.tsv` says for each row: package==version, file, line of the call, function, library (or "wrapper": a
class of the package around one), what is called, and the effect that was found by reading it: pure (it makes an object,
or queues a command), read, idempotent, write, runs (a method, statement or stub that is chosen where it runs), or
untyped (nothing in the package says whose method it is). It was drawn by `recognition_draw.py`. SITE_PACKAGES is where
those packages are installed; their dependencies need not be.

Each package is copied to a project of its own, the functions get the decorator, and the analysis runs as in a build.
"""

from __future__ import annotations

import argparse
import ast
import shutil
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

from measuring import print_origin, print_table

from poetc.effects.analyse import Effects, kept_effects
from poetc.effects.resolve import ResolvedCall
from poetc.errors import PoetError
from poetc.extract import extract_unit
from poetc.ir.effect import Effect
from poetc.pipeline.project import open_project
from poetc.pipeline.survey import ProjectIndex
from poetc.scan.read import read_source
from poetc.scan.sites import find_sites

SAMPLE = Path(__file__).with_name("recognition_sample.tsv")
PYPROJECT = '[project]\nname = "sample"\nversion = "1"\n\n[tool.poet]\n'
KNOWN = ("known", "stricter")
MISSED = ("client only", "nothing")
VERDICTS = (*KNOWN, *MISSED, "wrong", "open", "claimed", "not built")
OPEN = ("runs", "untyped")
"""labels of calls of which only running would tell what they do, or to which class of object"""


class Row(NamedTuple):
    """One line of the sample."""

    package: str
    file: str
    line: int
    function: str
    library: str
    call: str
    effect: str


class Verdict(NamedTuple):
    """What the analysis says of a row."""

    row: Row
    said: str
    effect: str
    why: str


def rows_of(path: Path) -> list[Row]:
    """The labelled sample."""
    lines = [line.split("\t") for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return [Row(cells[0], cells[1], int(cells[2]), *cells[3:7]) for cells in lines]


def copied(package: str, site: Path, root: Path) -> None:
    """The Python files of an installed distribution, as a project."""
    name, _, version = package.partition("==")
    for distribution in distributions(path=[str(site)], name=name):
        if distribution.version != version:
            sys.exit(f"{package} is in the sample, but {distribution.version} is installed")
        for file in distribution.files or ():
            if file.suffix == ".py" and ".." not in file.parts:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(str(distribution.locate_file(file)), root / file)
        (root / "pyproject.toml").write_text(PYPROJECT, "utf-8")
        return
    sys.exit(f"{package} is in the sample, but isn't installed")


def decorate(path: Path, rows: Iterable[Row]) -> dict[str, int]:
    """Decorate the rows' functions; function → how far down its lines went."""
    source = path.read_text("utf-8")
    tree, lines = ast.parse(source), source.split("\n")
    wanted = {row.function: row.line for row in rows}
    found = {
        name: node
        for name, node in named(tree.body)
        if name in wanted and node.lineno <= wanted[name] <= (node.end_lineno or 0)
    }
    shift = {}
    for down, (name, node) in enumerate(sorted(found.items(), key=lambda item: item[1].lineno)):
        at = node.lineno - 1 + down
        lines.insert(at, lines[at][: len(lines[at]) - len(lines[at].lstrip())] + "@poet()")
        shift[name] = down + 2
    first = first_line(tree)
    lines.insert(first, "from poetc import poet")
    path.write_text("\n".join(lines), "utf-8")
    return shift


def first_line(tree: ast.Module) -> int:
    """Lines before the first place where an import may stand."""
    at = 0
    for index, statement in enumerate(tree.body):
        is_doc = index == 0 and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if is_doc or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__"):
            at = statement.end_lineno or 0
    return at


def named(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Functions and methods by qualified name."""
    for statement in body:
        if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + statement.name, statement
        elif isinstance(statement, ast.ClassDef):
            yield from named(statement.body, f"{prefix}{statement.name}.")
        elif isinstance(statement, ast.If | ast.Try):
            yield from named(
                [child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)], prefix
            )


def of_functions(root: Path, rows: list[Row], spent: list[float]) -> Iterator[tuple[Row, Effects | None, int, str]]:
    """For each row of one package: its function's effects, how far down its lines went, and why there are none."""
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_file[row.file].append(row)
    shifts = {file: decorate(root / file, of_file) for file, of_file in by_file.items()}
    project = open_project((), root=root, env={})
    try:
        index = ProjectIndex(project)
        for file, of_file in by_file.items():
            read = read_source(root / file, project.options)
            sites = {} if read is None else {s.qualname: s for s in find_sites(read, project.options.decorators)[0]}
            for row in of_file:
                site = sites.get(row.function)
                started = time.perf_counter()
                effects = None
                why = "it is no function that is built"
                try:
                    if site is not None:
                        extract_unit(site, project.options, None, index.effects)
                        effects = kept_effects(site.node)
                except PoetError as error:
                    why = str(error)
                spent.append(time.perf_counter() - started)
                yield row, effects, shifts[file].get(row.function, 0), why
    finally:
        project.close()


def verdict(row: Row, effects: Effects | None, shift: int, why: str) -> Verdict:
    """What the analysis says of the row's call."""
    if effects is None:
        return Verdict(row, "not built", "", why)
    for call in effects.calls:
        if call.node.lineno == row.line + shift and ast.unparse(call.node.func) == row.call:
            return Verdict(row, said_of(row, call), call.effect.value, call.why)
    return Verdict(row, "not built", "", f"no such call among {len(effects.calls)}")


def said_of(row: Row, call: ResolvedCall) -> str:
    """The verdict's word."""
    if row.effect in OPEN:
        return "open" if call.effect.rank >= Effect.WRITE.rank else "claimed"
    if call.effect is Effect.UNKNOWN:
        return "client only" if call.entry or (call.name and "typing" not in call.name) else "nothing"
    if call.effect == row.effect:
        return "known"
    return "wrong" if call.effect.rank < Effect(row.effect).rank else "stricter"


def measured(rows: list[Row], site: Path, spent: list[float]) -> Iterator[Verdict]:
    """All verdicts, package by package."""
    by_package: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        by_package[row.package].append(row)
    for package, of_package in by_package.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder).resolve()
            copied(package, site, root)
            yield from (verdict(*found) for found in of_functions(root, of_package, spent))


def table(verdicts: list[Verdict]) -> None:
    """Print verdicts by library."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for found in verdicts:
        counts[found.row.library][found.said] += 1
        counts["all"][found.said] += 1
    rows = []
    for library in (*sorted(counts.keys() - {"all"}), "all"):
        known, total = (sum(counts[library][said] for said in those) for those in (KNOWN, (*KNOWN, *MISSED, "wrong")))
        share = f"{known / total:.0%}" if total else "-"
        rows.append([library, str(total), share, *(str(counts[library][said]) for said in VERDICTS)])
    print_table("Obvious client calls of public packages", ["library", "can be known", "is", *VERDICTS], rows)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("site", type=Path)
    parser.add_argument("--sample", type=Path, default=SAMPLE)
    parser.add_argument("--missed", type=Path, help="file to write all verdicts but the known ones to")
    parser.add_argument("--library", help="that one alone")
    asked = parser.parse_args()
    rows = [row for row in rows_of(asked.sample) if asked.library in (None, row.library)]
    spent: list[float] = []
    verdicts = list(measured(rows, asked.site, spent))
    table(verdicts)
    spent.sort()
    print(f"\nanalysis of a function: median {spent[len(spent) // 2] * 1e3:.1f} ms, all {sum(spent):.1f} s")
    if asked.missed:
        lines = ["\t".join([v.said, *map(str, v.row), v.effect, v.why]) for v in verdicts if v.said != "known"]
        asked.missed.write_text("\n".join(sorted(lines)) + "\n", "utf-8")
    print_origin()


if __name__ == "__main__":
    main()
