"""`python -m poetc` is `poet`."""

from __future__ import annotations

import sys

from poetc.cli import main

if __name__ == "__main__":
    sys.exit(main())
