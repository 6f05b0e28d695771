"""Run by bench_import.py in a fresh interpreter: imports modules, and prints what the last one took.

`import_run.py MODULE ...`: prints its milliseconds, and by how many KiB resident and proportional memory grew.
"""

from __future__ import annotations

import resource
import sys
from time import perf_counter


def memory() -> tuple[int, int]:
    """Resident and proportional memory of this process, KiB; the peak and 0 where the system doesn't tell."""
    try:
        with open("/proc/self/smaps_rollup") as file:  # noqa: PTH123 - pathlib costs an import
            lines = dict(line.split(":", 1) for line in file.readlines()[1:])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, 0
    return int(lines["Rss"].split()[0]), int(lines["Pss"].split()[0])


def main() -> None:
    """Import and print."""
    *before, last = sys.argv[1:]
    for name in before:
        __import__(name)
    rss, pss = memory()
    began = perf_counter()
    __import__(last)
    took = perf_counter() - began
    new_rss, new_pss = memory()
    found = sum(callable(each) for name, module in list(sys.modules.items()) for each in own_functions(name, module))
    print(took * 1000, new_rss - rss, new_pss - pss, found)


def own_functions(name: str, module: object) -> list[object]:
    """What the parts of `shop` define."""
    if not name.startswith("shop.part_"):
        return []
    return [each for each in vars(module).values() if getattr(each, "__module__", None) == name]


main()
