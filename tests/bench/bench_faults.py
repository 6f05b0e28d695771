"""Fault injection against real servers on loopback: a plain function, stamina + pybreaker, and poet, in one run.

For each scenario and contender: how many calls gave the right answer within their deadline, how many side effects
happened twice, and by how much the slowest call overran its deadline. PostgreSQL and Redis rows need their servers
(Debian: `apt-get install postgresql redis-server`); they are left out, and said to be, where those are missing.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "faults"))

from contenders import write_contenders
from measuring import own_service, print_origin, print_table
from scenarios import SCENARIOS, missing


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="a part of the scenarios' names")
    parser.add_argument("--errors", action="store_true", help="also say what the failed calls raised")
    arguments = parser.parse_args()
    logging.getLogger("stamina").setLevel(logging.ERROR)
    rows: list[list[str]] = []
    said: list[str] = []
    with tempfile.TemporaryDirectory() as folder, own_service(Path(folder)):
        tree = Path(folder) / "calls"
        tree.mkdir()
        contenders = write_contenders(tree)
        for name, (run, scenario, orders) in SCENARIOS.items():
            if arguments.only not in name:
                continue
            if name in missing():
                print(f"left out, its server isn't installed: {name}", file=sys.stderr)
                continue
            for contender, calls in contenders.items():
                row = run(importlib.reload(calls), scenario, orders)  # no breaker remembers another scenario
                rows.append([name if contender == "plain" else "", contender, *row.cells()])
                said += [f"{name}, {contender}: {row.errors}"] if row.errors else []
    heading = ["scenario", "contender", "right and in time", "side effects twice", "slowest, s", "over deadline"]
    print_table("Fault injection on loopback", heading, rows)
    if arguments.errors:
        print("\n".join(said))
    print_origin()


if __name__ == "__main__":
    main()
