"""`python -m poetc.service`: in the foreground, or with --local as a client starts it."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Arguments → exit code: 0 ended in order, 2 could not be started."""
    options = _parse()
    if options.detach and hasattr(os, "fork") and os.fork():
        # The starting client waits for this process; the service itself is nobody's child.
        os._exit(0)
    from poetc.errors import PoetError
    from poetc.service.problem import Problem

    try:
        _run(options)
    except PoetError as error:
        print(f"{error.diagnostic.code}: {error}", file=sys.stderr)
        return 2
    except Problem as problem:
        print(problem.message, file=sys.stderr)
        return 2
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m poetc.service", description="The code-generation service of poetc."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--engine", default=None, help="module that offers transpile")
    parser.add_argument("--workers", type=int, default=None, help="generations that run at once")
    parser.add_argument("--generation-seconds", type=float, default=None, help="time for one generation")
    parser.add_argument("--local", action="store_true", help="serve the clients of this user on this machine")
    parser.add_argument("--state", type=Path, help="with --local: the file that tells clients where it is")
    parser.add_argument("--stamp", default="", help="with --local: handed back in the state file")
    parser.add_argument(
        "--idle", type=float, default=None, help="with --local: seconds without a request until it ends"
    )
    parser.add_argument("--detach", action="store_true", help="with --local: leave the starting process")
    options = parser.parse_args()
    if options.local and options.state is None:
        parser.error("--local needs --state")
    return options


def _run(options: argparse.Namespace) -> None:
    from poetc.service.settings import read_settings

    settings = read_settings(
        engine=options.engine,
        workers=options.workers,
        generation_seconds=options.generation_seconds,
        idle=options.idle,
    )
    if options.local:
        from poetc.service.local import LocalOptions, run_local

        run_local(LocalOptions(options.state, options.stamp, settings.idle, options.port), settings)
    else:
        from poetc.service.serve import serve

        serve(
            options.host, options.port, settings=settings, on_ready=lambda url: print(f"listening on {url}", flush=True)
        )


if __name__ == "__main__":
    sys.exit(main())
