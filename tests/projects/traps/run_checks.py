"""Run every check over a tree, in this interpreter: `run_checks.py SRC CHECKS linked|plain` prints {check: traceback or ""}."""

from __future__ import annotations

import importlib
import json
import sys
import traceback
from pathlib import Path


def run(checks: str, prefixes: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for path in sorted(Path(checks).glob("check_*.py")):
        module = importlib.import_module(path.stem)
        for name, check in list(vars(module).items()):
            if name.startswith(prefixes) and callable(check):
                try:
                    check()
                except BaseException:
                    found[f"{path.stem}.{name}"] = traceback.format_exc()
                else:
                    found[f"{path.stem}.{name}"] = ""
    return found


if __name__ == "__main__":
    src, checks, state, *more = sys.argv[1:]
    sys.path[:0] = [src, checks, *more]
    print(json.dumps(run(checks, ("check_", "linked_") if state == "linked" else ("check_",))))
