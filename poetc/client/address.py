"""Where requests go, and with which credentials."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import SplitResult, urlsplit

import httpx

from poetc.errors import ConfigError
from poetc.ir import Diagnostic


@dataclass(frozen=True, slots=True)
class Address:
    """One service, as it can be reached now."""

    url: str
    """without a slash at its end"""
    key: str = field(default="", repr=False)
    """sent as a bearer token; "" for none"""


class Addresses(Protocol):
    """A source of addresses."""

    def current(self) -> Address:
        """The address to use; may start a service. Raises ServiceError."""

    def replaceable(self, failed: Address) -> bool:
        """Told that `failed` didn't answer: whether `current` will look for another."""


class FixedAddress:
    """The service that the configuration names."""

    def __init__(self, url: str, key: str | None) -> None:
        self._address = Address(checked_url(url), checked_key(key or ""))
        if self._address.key and not is_private(self._address.url):
            hint = "use its https address, or a tunnel to this machine"
            raise _refused("AITOMATIC_API_KEY isn't sent over plain http, where anybody on the way can read it", hint)

    def current(self) -> Address:
        return self._address

    def replaceable(self, failed: Address) -> bool:
        return False


def checked_url(url: str) -> str:
    """`http(s)://host[:port][/path]` without a slash at its end; raises ConfigError POET220 for anything else."""
    text = url.strip()
    problem = _problem(text)
    if problem:
        raise _refused(f"AITOMATIC_API_URL {problem}", "write `local`, or an address such as https://poet.example.com")
    return text.rstrip("/")


def is_private(url: str) -> bool:
    """Whether nobody on the way can read along: https, or an address of this very machine."""
    parts = urlsplit(url)
    try:
        return parts.scheme == "https" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return parts.hostname == "localhost"


def checked_key(key: str) -> str:
    """The key as it can stand in a header; raises ConfigError POET220, without showing it."""
    text = key.strip()
    if text and not (text.isascii() and text.isprintable() and " " not in text):
        raise _refused(
            "AITOMATIC_API_KEY has characters that no key can have", "copy the key again, without blanks or quotes"
        )
    return text


def _problem(text: str) -> str:
    """Never quotes the address: it may carry a password."""
    try:
        parts = urlsplit(text)
        port_is_wrong = parts.port == 0
        httpx.URL(text)
    except (ValueError, httpx.InvalidURL):
        return "is not a valid address"
    if parts.scheme not in ("http", "https"):
        return "is neither `local` nor an http or https address"
    return _problem_of_parts(parts) or ("has an impossible port" if port_is_wrong else "")


def _problem_of_parts(parts: SplitResult) -> str:
    if not parts.hostname or any(c.isspace() for c in parts.netloc):
        return "names no host"
    if "@" in parts.netloc:
        return "must not carry a user name or password; the key goes into AITOMATIC_API_KEY"
    if parts.query or parts.fragment:
        return "must not have a query or a fragment"
    return ""


def _refused(message: str, hint: str) -> ConfigError:
    return ConfigError(Diagnostic(code="POET220", message=message, hint=hint))
