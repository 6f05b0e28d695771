"""What is proposed for calls of which nothing is known, for a person to confirm."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """A line of [tool.poet.calls]."""

    name: str
    """dotted, of the call"""
    settings: tuple[tuple[str, str], ...]
    """key → value, as careful as can be"""
    evidence: tuple[str, ...]
    """what is known, a line each"""
    places: tuple[str, ...]
    """where it is called: "app/pay.py:12" """


@dataclass(frozen=True, slots=True)
class AnnotationDraft:
    """A class for a name whose calls are unknown."""

    name: str
    """ "session", "self.http" """
    function: str
    """qualified name of the function that has it"""
    cls: str
    """the class that it probably is of, as the file writes it; "" where nothing speaks for one"""
    evidence: str
    """why"""
    places: tuple[str, ...]
    """where calls on it are unknown"""


@dataclass(frozen=True, slots=True)
class Drafts:
    """All that is proposed, the most frequent first."""

    entries: tuple[EntryDraft, ...] = ()
    annotations: tuple[AnnotationDraft, ...] = ()
    """those that nobody but the reader can decide"""
    diff: str = ""
    """the annotations that all call sites in the project agree on, as a patch"""
    has_table: bool = False
    """whether pyproject.toml has a [tool.poet.calls] already"""
