"""The environment and `.env` → settings; the environment wins. Address and key are taken from the same of the two."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from poetc.config.options import LOCAL
from poetc.config.refusal import refuse, text_of
from poetc.config.values import CHECKS, objection, spread
from poetc.ir import Diagnostic

KEY: Final = "AITOMATIC_API_KEY"
URL: Final = "AITOMATIC_API_URL"

FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def from_environment(folder: Path, env: Mapping[str, str]) -> dict[str, Any]:
    """What `folder/.env` and `env` set. Raises ConfigError (POET220); the key's value is never shown."""
    said: dict[str, Any] = {}
    for name, value in env.items():
        if name.startswith(("POET_", "AITOMATIC_")):
            said.update(_variable(name, value.strip(), "", 0))
    written = _from_dotenv(folder, env)
    return written | spread(said) | _service(said, written, env)


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
        if name not in env or name == KEY:
            found.update(_variable(name, value.strip(), ".env", line))
    return spread(found)


def _service(said: Mapping[str, Any], written: Mapping[str, Any], env: Mapping[str, str]) -> dict[str, Any]:
    """Address and key of one source: a repository's `.env` must not send the user's key elsewhere, nor the user's code
    to an account that isn't the user's."""
    ours, theirs = (said, written) if "api_url" in said else (written, said)
    url, key = ours.get("api_url", LOCAL), ours.get("api_key", "")
    if url == LOCAL and "api_url" not in ours:
        return {"api_key": said.get("api_key") or written.get("api_key", "")}
    if key or url == LOCAL or not theirs.get("api_key"):
        return {"api_key": key}
    names, keeps = ("the environment", ".env") if ours is said else (".env", "the environment")
    message = f"{URL} is set by {names} and {KEY} by {keeps}: a key isn't sent to an address of another source"
    hint = (
        f"set both in {keeps}, or both in {names}"
        if ours is said
        else f"set {URL} in the environment, too, if you trust it"
    )
    return {"api_key": "", "api_refusal": Diagnostic("POET222", message, path=".env", hint=hint)}


def _variable(name: str, value: str, file: str, line: int) -> dict[str, Any]:
    """One variable → what it sets. An empty one, and one of the service's, sets nothing."""
    key = name.removeprefix("POET_").lower()
    if not value:
        return {}
    if name == KEY:
        if not (value.isascii() and value.isprintable()) or " " in value:
            refuse(f"{name} holds a character that no key has", file, line)
        return {"api_key": value}
    if name == URL:
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
    typed = _number(value) if key in ("retries", "timeout", "jobs", "history_versions") else value
    if key == "own_thread":
        typed = FLAGS.get(value.lower(), value)
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
