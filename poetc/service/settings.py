"""What a service is allowed to do: keys, hosts, sizes and times, read once at its start."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from poetc.errors import ConfigError
from poetc.ir import Diagnostic
from poetc.wire import LIMITS

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PREFIX = "POET_SERVICE_"
_KEY_ENTRY = re.compile(r"(?P<kid>[\w.-]{1,64}):(?P<hash>[0-9a-f]{64})")
_HINTS = {
    "keys": "write each accepted key as <name>:<sha256 of the key in hexadecimal>, separated by spaces",
    "idle": "unset it for the default of 900 seconds",
}


@dataclass(frozen=True, slots=True)
class KeyHash:
    """An accepted API key: its name for people, and the sha256 of the key; the key itself is nowhere."""

    kid: str
    sha256: str = field(repr=False)


def _words(text: str) -> list[str]:
    return text.replace(",", " ").split()


def _names(value: object) -> object:
    return _words(value.lower()) if isinstance(value, str) else value


def _key_hashes(value: object) -> object:
    """Entries of the form name:sha256; what isn't one is never shown: somebody may have put the key itself there."""
    if not isinstance(value, str):
        return value
    matches = [_KEY_ENTRY.fullmatch(entry) for entry in _words(value)]
    if not all(matches):
        raise ValueError("has an entry that isn't of the form name:sha256")
    return tuple(KeyHash(match["kid"], match["hash"]) for match in matches if match)


Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class ServiceSettings(BaseSettings):
    """Sizes are in bytes, times in seconds. Each can be set in the environment: `queue` is POET_SERVICE_QUEUE."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, hide_input_in_errors=True)

    engine: str = "poetc.service.generation"
    """dotted name of the module that offers transpile, engines, template_identities and GenerateError"""
    workers: int = Field(default_factory=lambda: min(os.cpu_count() or 1, 8), ge=1)
    """generations that run at once, each in its own process"""
    queue: int = Field(default=200, ge=0)
    """requests that may wait for a worker; a further one is told to come again"""
    queue_seconds: Seconds = 30.0
    start_seconds: Seconds = 15.0
    """how long a worker may take until it is ready"""
    generation_seconds: Seconds = 30.0
    body_seconds: Seconds = 30.0
    """how long a request's body may take to arrive"""
    request_bytes: int = LIMITS.request_bytes
    worker_bytes: int = 1 << 30
    """address space of one worker"""
    keys: Annotated[tuple[KeyHash, ...], NoDecode, BeforeValidator(_key_hashes)] = ()
    """with none, and no token, everybody is let in"""
    token: str = Field(default="", repr=False)
    """of the self-started local service: the secret in its state file"""
    hosts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_names)] = ()
    """names the Host header may carry, without port; none: any"""
    remembered: int = Field(default=1000, ge=1)
    """functions of which `GET /poet/functions` knows"""
    idle: Seconds = 900.0
    """after which an unused local service ends"""


def hash_key(key: str) -> str:
    """sha256 of a key in hexadecimal, the form in which the service knows it.

    Keys are random and long, so a fast hash is enough: there is nothing to guess.
    """
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def read_settings(**chosen: Any) -> ServiceSettings:
    """Settings from the environment, those that are `chosen` (and not None) over it; raises ConfigError POET220."""
    try:
        return ServiceSettings(**{name: value for name, value in chosen.items() if value is not None})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        name = str(first["loc"][0])
        said = first["msg"]
        said = said.removeprefix("Value error,") if first["type"] == "value_error" else f": {said}"
        message = f"{PREFIX}{name.upper()}{said}"
        raise ConfigError(Diagnostic("POET220", message, hint=_HINTS.get(name, "unset it for the default"))) from None
