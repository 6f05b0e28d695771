"""The text of metadata.json: short enough to be read in a review. What holds where nobody said anything isn't written.

A reader fills it in again, so the rest of poetc sees every field. A default that is changed some day is a new
`schema_version`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from poetc.ir.policy import Policy

DEFAULTS: Final[Mapping[str, Any]] = {
    "language": "python",
    "llm_model": None,
    "decorator_params": {},
    "operate_reason": None,
    "rewrites": [],
    "timeout_mechanism": None,
    "enhancements": [],
    "dependencies": [],
    "fallback_used": False,
    "fallback_reason": None,
    "parameters": {},
    "plan": None,
    "parent_version": None,
}
"""field → what it is if it isn't there; the settings of `policy` have their own defaults"""
WIDTH: Final = 110


def encode_metadata(metadata: Mapping[str, Any]) -> bytes:
    """The bytes of metadata.json: the model's field order, no time, a newline at the end."""
    policy = asdict(Policy())
    said = {name: value for name, value in metadata.items() if name not in DEFAULTS or value != DEFAULTS[name]}
    said["policy"] = {name: value for name, value in said["policy"].items() if value != policy.get(name, said)}
    return (_written(said, "") + "\n").encode("utf-8")


def completed(metadata: Any) -> Any:
    """What was read, with the fields and settings that aren't written."""
    if not isinstance(metadata, dict):
        return metadata
    policy = metadata.get("policy")
    found = {**DEFAULTS, **metadata}
    if isinstance(policy, dict):
        found["policy"] = {**asdict(Policy()), **policy}
    return found


def _written(value: Any, indent: str) -> str:
    """JSON on one line where it fits, the outermost object never."""
    line = json.dumps(value, ensure_ascii=False, allow_nan=False)
    if (indent and len(indent) + len(line) <= WIDTH) or not value or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        rows = [f"{json.dumps(name, ensure_ascii=False)}: {_written(each, inner)}" for name, each in value.items()]
    else:
        rows = [_written(each, inner) for each in value]
    first, last = "{}" if isinstance(value, dict) else "[]"
    return f",\n{inner}".join([f"{first}\n{inner}{rows[0]}", *rows[1:]]) + f"\n{indent}{last}"
