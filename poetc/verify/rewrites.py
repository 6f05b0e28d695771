"""The rewrites that the metadata lists, each to be found once: POET403 for one too few, POET407 for one too many."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from poetc.errors import VerifyError
from poetc.verify.answer import Answer
from poetc.verify.nodes import clean, said

KINDS: Final = frozenset({"enforce", "retry", "timeout", "deadline", "frame"})


class Listed:
    """What is still to be found, by line (from the function's first line, 1) and kind."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.first = answer.unit.site.span.line
        self.source = answer.unit.site.source.text.split("\n")
        self.found: Counter[str] = Counter()
        self.untrue: ast.AST | None = None
        """a rewrite that was found, but is listed with another text"""
        self.open: dict[tuple[int, str], list[tuple[str, str]]] = {}
        rewrites = answer.draft.metadata.get("rewrites", [])
        if not isinstance(rewrites, list | tuple):
            raise self.wrong("its list of rewrites is none")
        for each in rewrites:
            line, kind, before, after = self.read(each)
            self.open.setdefault((line, kind), []).append((before, after))

    def wrong(self, what: str) -> VerifyError:
        return self.answer.error("POET407", what)

    def read(self, entry: Any) -> tuple[int, str, str, str]:
        """One entry, its types checked."""
        if isinstance(entry, Mapping):
            line, kind, before, after = (entry.get(key) for key in ("line", "kind", "before", "after"))
            if type(line) is int and isinstance(kind, str) and isinstance(before, str) and isinstance(after, str):
                if kind in KINDS:
                    return line, kind, before, after
                raise self.wrong(f"it lists a rewrite of the unknown kind {clean(kind)[:40]!r}")
        raise self.wrong("an entry of its list of rewrites can't be read")

    def take(self, kinds: tuple[str, ...], one: ast.AST, before: str, shown: ast.AST, after: str) -> None:
        """Cross a rewrite of `one` off the list; raises VerifyError if it isn't listed."""
        line = getattr(one, "lineno", 0) - self.first + 1
        for kind in kinds:
            entries = self.open.get((line, kind), [])
            if entries:
                text = (squeezed(before), squeezed(after))
                same = [entry for entry in entries if (squeezed(entry[0]), squeezed(entry[1])) == text]
                self.untrue = self.untrue or (None if same else shown)
                entries.remove((same or entries)[0])
                self.found[kind] += 1
                return
        raise self.answer.error(
            "POET403", f"in place of `{said(one)}` it has `{said(shown)}`, and lists no such rewrite", shown
        )

    def check_all_found(self) -> None:
        """Raises VerifyError (POET407) for a listed rewrite that isn't there, or is another one."""
        if self.untrue is not None:
            raise self.answer.error(
                "POET407", f"the rewrite `{said(self.untrue)}` is not the one that it lists", self.untrue
            )
        for (line, kind), entries in self.open.items():
            if entries:
                raise self.wrong(f"it lists a rewrite ({kind}, line {line} of the function) that isn't there")

    def source_text(self, node: ast.AST) -> str:
        return segment(self.source, node)

    def answer_text(self, node: ast.AST, last: ast.AST | None = None) -> str:
        return segment(self.answer.lines, node, last)


def segment(lines: list[str], node: ast.AST, last: ast.AST | None = None) -> str:
    """The text from the beginning of `node` to the end of `last` (or of `node`)."""
    first, column = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
    end, end_column = getattr(last or node, "end_lineno", first), getattr(last or node, "end_col_offset", column)
    taken = [line.encode("utf-8", "surrogatepass") for line in lines[first - 1 : end]]
    if not taken:
        return ""
    taken[-1] = taken[-1][:end_column]
    taken[0] = taken[0][column:]
    return b"\n".join(taken).decode("utf-8", "replace")


def squeezed(text: str) -> str:
    """`text` without white space: the indentation of continued lines may differ."""
    return "".join(text.split())
