"""What a service is allowed to do: keys, hosts, sizes and times, read once at its start."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from poetc.errors import ConfigError
from poetc.ir import Diagnostic
from poetc.wire import LIMITS

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEY_ENTRY = re.compile(r"(?P<kid>[\w.-]{1,64}):(?P<hash>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class KeyHash:
    """An accepted API key: its name for people, and the sha256 of the key; the key itself is nowhere."""

    kid: str
    sha256: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ServiceSettings:
    """Sizes are in bytes, times in seconds."""

    engine: str = "poetc.service.generation"
    """dotted name of the module that offers transpile, engines, template_identities and GenerateError"""
    workers: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8))
    """generations that run at once, each in its own process"""
    queue: int = 200
    """requests that may wait for a worker; a further one is told to come again"""
    queue_seconds: float = 30.0
    start_seconds: float = 15.0
    """how long a worker may take until it is ready"""
    generation_seconds: float = 30.0
    body_seconds: float = 30.0
    """how long a request's body may take to arrive"""
    request_bytes: int = LIMITS.request_bytes
    worker_bytes: int = 1 << 30
    """address space of one worker"""
    keys: tuple[KeyHash, ...] = ()
    """with none, and no token, everybody is let in"""
    token: str = field(default="", repr=False)
    """of the self-started local service: the secret in its state file"""
    allowed_hosts: tuple[str, ...] = ()
    """names the Host header may carry, without port; none: any"""
    remembered: int = 1000
    """functions of which `GET /poet/functions` knows"""


def hash_key(key: str) -> str:
    """sha256 of a key in hexadecimal, the form in which the service knows it.

    Keys are random and long, so a fast hash is enough: there is nothing to guess.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def read_settings(environment: Mapping[str, str]) -> ServiceSettings:
    """Settings from POET_SERVICE_KEYS ("kid:sha256 ...") and POET_SERVICE_HOSTS ("name ..."); raises ConfigError."""
    return ServiceSettings(
        keys=tuple(_key_hash(entry) for entry in _words(environment.get("POET_SERVICE_KEYS", ""))),
        allowed_hosts=tuple(host.lower() for host in _words(environment.get("POET_SERVICE_HOSTS", ""))),
    )


def read_idle(environment: Mapping[str, str]) -> float:
    """Seconds after which an unused local service ends, from POET_SERVICE_IDLE (default 900); raises ConfigError."""
    text = environment.get("POET_SERVICE_IDLE", "900")
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ConfigError(
            Diagnostic(
                code="POET220",
                message=f"POET_SERVICE_IDLE is {text!r}, but it must be a number of seconds above 0",
                hint="unset it for the default of 900 seconds",
            )
        )
    return seconds


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _key_hash(entry: str) -> KeyHash:
    match = _KEY_ENTRY.fullmatch(entry)
    if match is None:
        # The entry isn't shown: somebody may have put the key itself there.
        raise ConfigError(
            Diagnostic(
                code="POET220",
                message="POET_SERVICE_KEYS has an entry that isn't of the form name:sha256",
                hint="write each accepted key as <name>:<sha256 of the key in hexadecimal>, separated by spaces",
            )
        )
    return KeyHash(match["kid"], match["hash"])
