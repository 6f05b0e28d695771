# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""When the other side says to come back: `Retry-After`."""

from .lookups import looked_up


RETRY_AFTER_MOST = 3600.0
"""seconds; a server that asks for more is not waited for"""


def retry_after(thing):
    """Seconds that a response, or an error's, asks for in `Retry-After` (RFC 9110 section 10.2.3), or None."""
    for holder in (thing, looked_up(thing, "response")):
        headers = looked_up(holder, "headers")
        asked = header(headers, "Retry-After")
        if asked:
            return retry_after_seconds(asked, header(headers, "Date"))
    return None


def header(headers, name):
    """A header of some client's response; "" if there is none, or if its headers are none."""
    try:
        return str(headers.get(name) or headers.get(name.lower()) or "").strip()
    except Exception:  # headers of any client: whatever they are, they must not break the retry
        return ""


def retry_after_seconds(text, date = ""):
    """`Retry-After` as seconds from now, either form: delay-seconds or an HTTP date.

    A date is compared with the `Date` of the same response, if there is one: the two clocks need not agree.
    """
    if text.isascii() and text.isdigit():
        return min(float(text), RETRY_AFTER_MOST)
    until = http_date(text)
    if until is None:
        return None
    from datetime import UTC, datetime

    now = http_date(date) or datetime.now(UTC)
    return min(max(0.0, (until - now).total_seconds()), RETRY_AFTER_MOST)


def http_date(text):
    """An HTTP date with its zone, or None."""
    from datetime import UTC
    from email.utils import parsedate_to_datetime

    try:
        when = parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
