# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""The mark on an error or a response that a call has already done what it could.

A mark belongs to one call, not to the object: an exception that is kept and raised again (a constant of a module, a
connection's first error, a mock's `side_effect`) comes from a later call with the mark of an earlier one.
"""

import sys

from .clock import monotonic
from .known import KNOWN
from .lookups import looked_up
from .notes import is_ours


CARRIERS = frozenset({"asyncio", "concurrent", "multiprocessing"})
"""packages of the standard library that raise in one thread or task what was raised in another"""


def mark_final(thing):
    """Say that an error, or a response, is the last word of an enhanced call; classes may refuse attributes.

    The mark is the moment, and how far the error had come: numbers, which can be pickled with it.
    """
    try:
        mark = monotonic(), id(looked_up(thing, "__traceback__"))
        object.__setattr__(thing, "poet_final", mark)
    except Exception:  # then an enhanced call further out may try once more
        return


def is_final(error, since = None):
    """Whether an enhanced call further in has already tried as often as it may: attempts must not multiply.

    What that call raised may have been wrapped (`raise Mine from error`), or gathered in a group. Marks from before
    `since` (monotonic seconds) are of earlier calls; where nobody knows when this one began, the traceback tells.
    """
    inner = error
    for _ in range(20):
        if inner is None:
            return False
        if is_marked(inner, since) or is_marked(looked_up(inner, "response"), since):
            return True
        if isinstance(inner, BaseExceptionGroup) and any(is_final(each, since) for each in inner.exceptions):
            return True
        inner = inner.__cause__
    return False


def is_marked(thing, since):
    """Whether `thing` has a mark of the call that is under way; one of an earlier call is taken off, with its notes."""
    mark = looked_up(thing, "poet_final") if thing is not None else None
    if type(mark) is not tuple or len(mark) != 2:
        return False
    if mark[0] < since if since is not None else was_raised_again(thing, mark):
        forget(thing)
        return False
    return True


def was_raised_again(thing, mark):
    """Whether an error left the call that marked it, and was raised anew.

    Its traceback is then put together of several: somewhere an entry's frame wasn't called by the one before it, or is
    one that still runs, which this error can't have passed through. What carries errors from one thread or task to
    another puts them together, too.
    """
    entry = looked_up(thing, "__traceback__")
    if entry is None:
        return False
    running, frame = set(), sys._getframe(1)
    while frame is not None:
        running.add(id(frame))
        frame = frame.f_back  # type: ignore[assignment]
    before, entry = entry.tb_frame, entry.tb_next
    while entry is not None and id(entry) != mark[1]:
        frame = entry.tb_frame
        is_apart = frame is not before and (id(frame) in running or frame.f_back not in (None, before))
        if is_apart and str(before.f_globals.get("__name__")).partition(".")[0] not in CARRIERS.union(KNOWN.carriers):
            return True
        before, entry = frame, entry.tb_next
    return False


def forget(thing):
    """Take off the mark and the notes of an earlier call."""
    try:
        del thing.poet_final
        thing.__notes__[:] = [note for note in thing.__notes__ if not is_ours(note)]
    except Exception:  # a response has no notes, and what is the user's own may refuse anything
        return
