"""`poet`, with the stand-in pipeline beside this file."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from poetc.cli import main

spec = importlib.util.spec_from_file_location("poetc.pipeline", Path(__file__).with_name("pipeline.py"))
pipeline = importlib.util.module_from_spec(spec)
spec.loader.exec_module(pipeline)
sys.modules.update(dict.fromkeys(pipeline.MODULES, pipeline))

code = main()
if os.environ.get("SHOW_MODULES"):
    sys.stderr.write(" ".join(sorted(sys.modules)))
sys.exit(code)
