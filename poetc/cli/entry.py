"""Arguments → exit code: the common ones straight to their command, all others through typer.

typer's import alone costs about as much as a whole build with nothing to do, so `poet build` with well-formed options
is parsed by `quick`; whatever `quick` doesn't take (help, mistakes, every other command) is typer's.
"""

from __future__ import annotations

from collections.abc import Sequence

from poetc import __version__
from poetc.cli.guard import guarded
from poetc.cli.streams import deliver, prepare


def run(arguments: Sequence[str]) -> int:
    """Run one command line, without the program's name; nothing escapes but the exit code."""
    prepare()
    return guarded(lambda: _dispatch(arguments))


def _dispatch(arguments: Sequence[str]) -> int:
    if [*arguments] == ["--version"]:
        return deliver(lambda stream: print(f"poet {__version__}", file=stream))
    if arguments and arguments[0] == "build":
        from poetc.cli.quick import parse_build

        options = parse_build(arguments[1:])
        if options is not None:
            from poetc.cli.drive import build_project

            return build_project(options)
    return _through_typer(arguments)


def _through_typer(arguments: Sequence[str]) -> int:
    from poetc.cli.app import app

    try:
        app(args=[*arguments], prog_name="poet")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1 if end.code else 0
    return 0
