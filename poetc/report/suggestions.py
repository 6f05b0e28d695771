"""What `poet suggest` proposes → TOML that can be pasted into pyproject.toml, and a patch.

Everything else is a comment, so that each part can be handed on: `poet suggest --only annotations | git apply`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TextIO

from poetc.ir.drafts import AnnotationDraft, Drafts, EntryDraft
from poetc.report.diff import render_diff
from poetc.report.printable import printable
from poetc.report.summary import counted

MOST_PLACES = 3
"""places of one draft that are named"""
TO_CONFIRM = (
    'Each entry is as careful as can be: a "write" is never repeated. If a second call changes nothing, say "read", or',
    '"idempotent" for a write that may be made twice, and in `transient` the errors after which it is worth repeating:',
    'effect = "read", transient = ["acme.Busy", "builtins.TimeoutError"].',
)


def render_suggestions(drafts: Drafts, stream: TextIO, *, calls: bool = True, annotations: bool = True) -> None:
    """Write the entries, and then the annotations."""
    lines = [*(_entries(drafts) if calls else ()), *(_annotations(drafts.annotations) if annotations else ())]
    stream.writelines(f"{printable(line, stream.encoding)}\n" for line in lines)
    if annotations:
        render_diff(drafts.diff, stream)


def _entries(drafts: Drafts) -> Iterator[str]:
    if not drafts.entries:
        return
    where = "# into the table that pyproject.toml has already: " if drafts.has_table else ""
    yield f"{where}[tool.poet.calls]"
    yield from (f"# {line}" for line in TO_CONFIRM)
    for entry in drafts.entries:
        yield ""
        yield f"# {counted(len(entry.places), 'call')}: {_places(entry.places)}"
        yield from (f"#   {line}" for line in entry.evidence)
        yield entry_line(entry)
    yield ""


def entry_line(entry: EntryDraft) -> str:
    """`"acme.fetch" = { effect = "write", timeout = "timeout" }`."""
    settings = ", ".join(f'{key} = "{value}"' for key, value in entry.settings)
    return f'"{entry.name}" = {{ {settings} }}'


def _annotations(drafts: Sequence[AnnotationDraft]) -> Iterator[str]:
    for draft in drafts:
        text = f"# {draft.function}: annotate `{draft.name}: {draft.cls or 'CLASS'}`"
        text += ", if that is its class" if draft.cls else ""
        yield f"{text}; {draft.evidence} ({counted(len(draft.places), 'call')}: {_places(draft.places)})"


def _places(places: Sequence[str]) -> str:
    more = f" and {len(places) - MOST_PLACES} more" if len(places) > MOST_PLACES else ""
    return ", ".join(places[:MOST_PLACES]) + more
