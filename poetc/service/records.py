"""What the service remembers of the functions it transpiled, behind the interface that other stores can implement."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Protocol

_VERSIONS = 10


@dataclass(slots=True)
class FunctionRecord:
    """One function, as asked for by one key."""

    name: str
    count: int = 0
    """requests, whatever their end"""
    last_status: str = ""
    """"ok", or the error's code"""
    versions: dict[str, dict[str, Any]] = field(default_factory=dict)
    """distinct answers by digest, the latest last"""

    @property
    def phases(self) -> list[str]:
        """The phases of the latest answer."""
        return list(next(reversed(self.versions.values()))["phases"]) if self.versions else []


class FunctionRecords(Protocol):
    """Where records are kept; `tenant` is the name of the key that asked."""

    async def note(self, tenant: str, name: str, status: str, summary: dict[str, Any]) -> None:
        """Count one answer ("ok" with its summary) or refusal (its code, {})."""

    async def find(self, tenant: str, name: str) -> FunctionRecord | None:
        """The record of one function."""

    async def all(self, tenant: str) -> list[FunctionRecord]:
        """Every record of a tenant, by name."""


class MemoryRecords:
    """Records of this process's life; of more than `limit` functions the longest unused are forgotten."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._records: OrderedDict[tuple[str, str], FunctionRecord] = OrderedDict()

    async def note(self, tenant: str, name: str, status: str, summary: dict[str, Any]) -> None:
        record = self._records.setdefault((tenant, name), FunctionRecord(name))
        self._records.move_to_end((tenant, name))
        record.count += 1
        record.last_status = status
        if summary:
            record.versions.pop(summary["digest"], None)
            record.versions[summary["digest"]] = summary
            while len(record.versions) > _VERSIONS:
                del record.versions[next(iter(record.versions))]
        while len(self._records) > self._limit:
            self._records.popitem(last=False)

    async def find(self, tenant: str, name: str) -> FunctionRecord | None:
        return self._records.get((tenant, name))

    async def all(self, tenant: str) -> list[FunctionRecord]:
        mine = (record for (owner, _), record in self._records.items() if owner == tenant)
        return sorted(mine, key=lambda record: record.name)
