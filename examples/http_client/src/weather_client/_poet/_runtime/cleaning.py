# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Whether code is cleaning up: in `finally`, in `except`, in what leaves a `with`. It may then go on for a while."""

import sys


LEAVING = frozenset({"__exit__", "__aexit__", "__del__"})
"""names of functions that the language calls when something is left"""

CLEANUP_LINES = {}
"""file, first line and name of a function -> first and last lines of its `finally` and `except` blocks"""

RUNTIME_HOME = __name__.rpartition(".")[0]
"""where the runtime's modules lie"""

IS_BUILT = "_poet." in __name__
"""whether this is the copy beside built functions"""

OUTPUT_HOME = __name__[: __name__.rfind("_poet.") + len("_poet.")] if IS_BUILT else RUNTIME_HOME + "."
"""what begins the names of all modules that a build wrote"""


def is_cleaning(deadline, frame, error = None):
    """Whether the code of that frame, which the deadline holds for, cleans up after what ended in it.

    That is so while it handles an exception (one that was raised inside of the call; `error` is the runtime's own to
    handle), and where a block of a `finally` or `except`, or an `__exit__`, is under way at any level of the call.
    """
    handled = sys.exception()
    if handled is not None and handled is not deadline.handled and handled is not error:
        return True
    return is_within_cleanup(deadline, frame)


def is_within_cleanup(deadline, frame):
    """Whether the frame, or one around it inside of the deadline's call, stands in code that cleans up."""
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if not name.startswith(OUTPUT_HOME):
            if frame.f_code.co_name in LEAVING or cleans_up(frame):
                return True
        elif is_beginning(name) and any(value is deadline for value in frame.f_locals.values()):
            return False
        frame = frame.f_back
    return False


def is_beginning(module):
    """Whether the built functions of that module begin calls; the runtime's own only serve them."""
    return IS_BUILT and not f"{module}.".startswith(f"{OUTPUT_HOME}_runtime.")


def cleans_up(frame):
    """Whether the line that a frame is at stands in a `finally` or `except` block, as far as the source is there."""
    code, line = frame.f_code, frame.f_lineno
    if not code.co_exceptiontable or code.co_name.startswith("<") or line == code.co_firstlineno:
        return False  # as is also what stands around a body, all of which is at the first line
    key = code.co_filename, code.co_firstlineno, code.co_name
    blocks = CLEANUP_LINES.get(key)
    if blocks is None:
        if len(CLEANUP_LINES) > 1_000:
            CLEANUP_LINES.clear()
        blocks = CLEANUP_LINES[key] = cleanup_lines(code, frame.f_globals)
    return any(first <= (line or 0) <= last for first, last in blocks)


def cleanup_lines(code, home):
    """First and last lines of the blocks of a function that clean up; none where its source can't be read."""
    try:
        import ast
        import linecache

        first, last = code.co_firstlineno, max(end or 0 for _, end, _, _ in code.co_positions())
        lines = linecache.getlines(code.co_filename, home)[first - 1 : last]
        indented = lines[0][:1].isspace()
        tree = ast.parse("".join(["if 1:\n"] * indented + lines))
    except Exception:  # no source, another language, or the interpreter is shutting down
        return ()
    blocks = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Try | ast.TryStar):
            blocks += [node.finalbody, *(handler.body for handler in node.handlers)]
    shift = first - 1 - indented
    return tuple((block[0].lineno + shift, (block[-1].end_lineno or 0) + shift) for block in blocks if block)
