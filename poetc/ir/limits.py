"""What a setting's value may be, said once in its annotation: `config` reads it to complain to people, pydantic where
bytes enter. pydantic is not imported here: it asks `__get_pydantic_core_schema__` of what stands in an `Annotated`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


class Limit:
    """A bound on values; `schema` has it in pydantic's words."""

    def schema(self) -> dict[str, Any]:
        raise NotImplementedError

    def __get_pydantic_core_schema__(self, source: Any, handler: Callable[[Any], Any]) -> Any:
        return {**handler(source), **self.schema()}


@dataclass(frozen=True, slots=True)
class Number(Limit):
    """Above or from a number, up to another; finite."""

    most: float
    above: float | None = None
    least: float | None = None
    what: str = "a number"

    def schema(self) -> dict[str, Any]:
        lowest = {"gt": self.above} if self.least is None else {"ge": self.least}
        return {**lowest, "le": self.most, "allow_inf_nan": False}


@dataclass(frozen=True, slots=True)
class Whole(Limit):
    """A whole number between two others, which are allowed."""

    least: int
    most: int

    def schema(self) -> dict[str, Any]:
        return {"ge": self.least, "le": self.most}


@dataclass(frozen=True, slots=True)
class Length(Limit):
    """At most so many characters, or items."""

    most: int

    def schema(self) -> dict[str, Any]:
        return {"max_length": self.most}


@dataclass(frozen=True, slots=True)
class Pattern(Limit):
    """A text of a form, at most so long."""

    form: str
    most: int

    def schema(self) -> dict[str, Any]:
        return {"pattern": self.form, "max_length": self.most}
