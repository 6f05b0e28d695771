"""The environment and `.env` → settings; the environment wins."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from poetc.config.options import LOCAL
from poetc.config.refusal import refuse, text_of
from poetc.config.values import CHECKS, objection, spread


def from_environment(folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What `folder/.env` and `env` set. Raises ConfigError (POET220); the key's value is never shown."""
    said: dict[str, Any] = {}
    for name, value in env.items():
        if name.startswith(("POET_", "AITOMATIC_")):
            said.update(_variable(name, value.strip(), "", 0))
    return _from_dotenv(folder, env) | spread(said)


def _from_dotenv(folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    text = text_of(folder / ".env")
    if not text:
        return {}
    from poetc.config.dotenv import parse_dotenv

    written, broken = parse_dotenv(text)
    for line in broken:
        refuse("a quote is not closed", ".env", line)
    found: dict[str, Any] = {}
    for name, (value, line) in written.items():
        if name not in env:
            found.update(_variable(name, value.strip(), ".env", line))
    return spread(found)


def _variable(name: str, value: str, file: str, line: int) -> dict[str, Any]:
    """One variable → what it sets. An empty one, and one of the service's, sets nothing."""
    key = name.removeprefix("POET_").lower()
    if not value:
        return {}
    if name == "AITOMATIC_API_KEY":
        if not (value.isascii() and value.isprintable()) or " " in value:
            refuse(f"{name} holds a character that no key has", file, line)
        return {"api_key": value}
    if name == "AITOMATIC_API_URL":
        if value != LOCAL and not _is_url(value):
            hint = 'Use "local" or a URL like https://poet.example.com; a key belongs in AITOMATIC_API_KEY.'
            refuse(f"{name} is not the address of a service", file, line, hint=hint)
        return {"api_url": value.rstrip("/")}
    if name == "AITOMATIC_API_TIMEOUT":
        seconds = _number(value)
        if wrong := objection("timeout", seconds):
            refuse(f"{name} {wrong}", file, line)
        return {"api_timeout": seconds}
    if not name.startswith("POET_") or key not in CHECKS:
        return {}
    typed = _number(value) if key in ("retries", "timeout", "jobs") else value
    if wrong := objection(key, typed):
        refuse(f"{name} {wrong}", file, line)
    return {key: typed}


def _number(value: str) -> object:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _is_url(value: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
        there = bool(parts.hostname) and parts.port != 0 and value.isprintable() and " " not in value
    except ValueError:
        return False
    # a password in the address would end up in messages and logs
    return there and parts.scheme in ("http", "https") and "@" not in parts.netloc
