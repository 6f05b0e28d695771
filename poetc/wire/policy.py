"""`ir.Policy` as it enters: pydantic checks it by what its own annotations say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import TypeAdapter

from poetc.ir.policy import Policy

_POLICIES: Final = TypeAdapter(Policy)


def policy_of(settings: Mapping[str, Any]) -> Policy:
    """The policy that has these settings; raises `pydantic.ValidationError` for one that can't be."""
    return _POLICIES.validate_python(settings)
