"""drift-monitor REFERENCE.csv CURRENT.csv: exit code 1 if the data have drifted."""

from __future__ import annotations

import sys
from pathlib import Path

from drift_monitor.detect import detect_drift
from drift_monitor.table import read_columns


def main() -> int:
    """Compare two files and say what was found."""
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    reference, current = (read_columns(Path(name)) for name in sys.argv[1:])
    found = detect_drift(current, reference)
    for name, column in found.get("columns", {}).items():
        mark = "DRIFT" if column["drifted"] else "ok"
        print(f"{mark:<6} {name:<20} p = {column['p_value']:.4f}   distance {column['score']:.3f}   {column['test']}")
    return 1 if found["drift_detected"] else 0


if __name__ == "__main__":
    sys.exit(main())
