"""What it costs to define a function inside of a function: plain, with a no-op decorator, and built.

A definition is measured with the call of the function around it. Every figure is the best of some rounds; the first
definition, which reads the source file and the built module, is made before.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODULE = """\
import functools
import time
from poetc import poet

def noop(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(*args, **kwargs)
    return inner
"""
MAKER = """
def make_{name}(start):
{decorator}
    def step(by: int) -> int:
        return start + by
    return step
"""
CONTENDERS = {
    "plain": "    # nothing",
    "no-op decorator": "    @noop",
    "poet": "    @poet()",
    "poet, nothing checked": '    @poet(perceive="off", enforce="off")',
    "poet, retries": "    @poet(retries=2)",
}
RUN = """\
import sys, timeit
sys.path.insert(0, sys.argv[1])
import module
for name in sys.argv[2:]:
    make = getattr(module, "make_" + name.translate(str.maketrans(" -,", "___")))
    make(1)(1)
    print(min(timeit.repeat(lambda: make(1), number=2000, repeat=7)) / 2000 * 1e6)
"""


def identifier(name: str) -> str:
    """A name as part of an identifier."""
    return name.translate(str.maketrans(" -,", "___"))


def main() -> None:
    """Build, run, print microseconds."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    with tempfile.TemporaryDirectory() as folder:
        makers = [MAKER.format(name=identifier(n), decorator=d) for n, d in CONTENDERS.items()]
        (Path(folder) / "module.py").write_text(MODULE + "".join(makers), encoding="utf-8")
        (Path(folder) / "pyproject.toml").write_text("[tool.poet]\n", encoding="utf-8")
        subprocess.run(
            [sys.executable, "-m", "poetc", "build", "-q", folder], cwd=ROOT, check=True, capture_output=True
        )
        command = [sys.executable, "-c", RUN, folder, *CONTENDERS]
        output = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout
    for name, took in zip(CONTENDERS, output.split(), strict=True):
        print(f"{name:<24} {float(took):8.2f} us a definition")


if __name__ == "__main__":
    main()
