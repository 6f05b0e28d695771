"""Responses of HTTP clients: which say to try again, and how they are thrown away for another attempt.

Only what a client's own package has made is one. Whatever else a call gives is the program's: that it has a `status`,
or a `close`, says nothing, and to ask it may run code.
"""

from __future__ import annotations

from poetc.runtime.kinds import own_dict
from poetc.runtime.known import KNOWN
from poetc.runtime.lookups import looked_up, root_of
from poetc.runtime.transient import TRANSIENT_STATUSES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLAIN_TYPES = frozenset({type(None), bool, bytes, dict, float, int, list, str, tuple})
"""what most calls give that give no response"""


MOST_RESPONSES = 256

RESPONSES: dict[type, bool] = {}
"""class -> whether it is a response's"""


def is_response(kind: type) -> bool:
    """Whether one of the clients' packages has made a class, or one above it."""
    known = RESPONSES.get(kind)
    if known is None:
        known = any(root_of(cls) in KNOWN.answers for cls in kind.__mro__)
        if len(RESPONSES) >= MOST_RESPONSES:
            RESPONSES.clear()
        RESPONSES[kind] = known
    return known


def has_transient_status(result: Any) -> bool:
    """Whether a response says to try again: its status is one of `TRANSIENT_STATUSES`."""
    kind = type(result)
    if kind in PLAIN_TYPES or not is_response(kind):
        return False
    status = looked_up(result, "status_code")
    if status is None:
        status = looked_up(result, "status")
    return type(status) is int and status in TRANSIENT_STATUSES


def is_read(result: Any) -> bool:
    """Whether a response has its whole body, as those of requests, httpx and urllib3 have unless they are streamed."""
    own = own_dict(result)
    return type(own.get("_content")) is bytes or type(own.get("_body")) is bytes
