# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Responses of HTTP clients: which say to try again, and how they are thrown away for another attempt.

Only what a client's own package has made is one. Whatever else a call gives is the program's: that it has a `status`,
or a `close`, says nothing, and to ask it may run code.
"""

from .kinds import own_dict
from .known import KNOWN
from .lookups import looked_up, root_of
from .transient import TRANSIENT_STATUSES


PLAIN_TYPES = frozenset({type(None), bool, bytes, dict, float, int, list, str, tuple})
"""what most calls give that give no response"""


MOST_RESPONSES = 256

RESPONSES = {}
"""class -> whether it is a response's"""


def is_response(kind):
    """Whether one of the clients' packages has made a class, or one above it."""
    known = RESPONSES.get(kind)
    if known is None:
        known = any(root_of(cls) in KNOWN.answers for cls in kind.__mro__)
        if len(RESPONSES) >= MOST_RESPONSES:
            RESPONSES.clear()
        RESPONSES[kind] = known
    return known


def has_transient_status(result):
    """Whether a response says to try again: its status is one of `TRANSIENT_STATUSES`."""
    kind = type(result)
    if kind in PLAIN_TYPES or not is_response(kind):
        return False
    status = looked_up(result, "status_code")
    if status is None:
        status = looked_up(result, "status")
    return type(status) is int and status in TRANSIENT_STATUSES


def is_read(result):
    """Whether a response has its whole body, as those of requests, httpx and urllib3 have unless they are streamed."""
    own = own_dict(result)
    return type(own.get("_content")) is bytes or type(own.get("_body")) is bytes
