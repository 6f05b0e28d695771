"""What a build did to an import statement, as link tables keep it, and how such an edit is made."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from poetc.errors import LinkError
from poetc.link.import_links import LinkedImport, linked_imports
from poetc.link.import_source import (
    ImportSource,
    ImportStatement,
    import_statements,
    parse_source,
    refusal,
    unlinkable,
)

Origins = dict[tuple[type[ast.AST], str], str]
"""(kind of import, name that a link binds) → the dotted path that it bound before"""


@dataclass(frozen=True, slots=True)
class ImportEdit:
    """The text of one import statement before and after linking, newlines as \\n."""

    original: str
    linked: str


@dataclass(frozen=True, slots=True)
class KnownEdit:
    """An edit, read: the statements of its linked text, the links among them, and their origins."""

    edit: ImportEdit
    source: ImportSource
    statements: tuple[ImportStatement, ...]
    links: tuple[LinkedImport, ...]
    origins: Origins

    @property
    def names(self) -> frozenset[str]:
        """The names that its links bind."""
        return frozenset(name for linked in self.links for name in linked.bound)


def read_edit(edit: ImportEdit) -> KnownEdit | None:
    """Read an edit; None for one that linking can't have written: people edit link tables."""
    try:
        before = parse_source(edit.original.encode("utf-8"))
        after = parse_source(edit.linked.encode("utf-8"))
    except (LinkError, UnicodeError):
        return None
    original, statements = import_statements(before), import_statements(after)
    links = linked_imports(after, statements, trusted=True)
    if not (links and len(original) == 1 and _is_all(before, original) and _is_all(after, statements)):
        return None
    bound = {name: path for path, name in original[0].bindings}
    if bound.keys() != {name for statement in statements for _, name in statement.bindings}:
        return None
    kind = type(original[0].node)
    origins: Origins = {(kind, name): bound[name] for linked in links for name in linked.bound}
    return KnownEdit(edit, after, tuple(statements), tuple(links), origins)


def read_edits(edits: Sequence[ImportEdit]) -> list[KnownEdit]:
    """Those edits that linking can have written."""
    return [known for edit in edits if (known := read_edit(edit))]


def rewritten(source: ImportSource, statement: ImportStatement, paths: Mapping[int, str]) -> str:
    """A statement's text with the numbered aliases imported from other dotted paths.

    Raises LinkError: POET210 for a spelling that libcst doesn't give back byte for byte, POET507
    where something else would be imported than is meant.
    """
    if all(statement.bindings[index][0] == path for index, path in paths.items()):
        return statement.text
    from poetc.link import codemod

    try:
        return codemod.retarget(statement.text, paths)
    except codemod.NotKept as error:
        raise _not_kept(source, statement) from error
    except codemod.NotMeant as error:
        why = "the edited import would not be the one that was meant"
        raise unlinkable(source.path, why, line=statement.node.lineno) from error


def comments(source: ImportSource, statements: Sequence[ImportStatement]) -> list[str]:
    """The comments inside statements; raises LinkError (POET210) as `rewritten` does."""
    found: list[str] = []
    for statement in statements:
        if "#" in statement.text:
            from poetc.link import codemod

            try:
                found += codemod.comments(statement.text)
            except codemod.NotKept as error:
                raise _not_kept(source, statement) from error
    return found


def _not_kept(source: ImportSource, statement: ImportStatement) -> LinkError:
    plain = ast.unparse(statement.node)
    message = f"`{plain}` is spelled in a way that can't be given back byte for byte"
    return refusal(source, statement.node, message, f"write `{plain}` on a line of its own")


def _is_all(source: ImportSource, statements: Sequence[ImportStatement]) -> bool:
    """Whether a text is these statements and nothing else."""
    within = statements[0].start == 0 and statements[-1].end == len(source.text)
    return within and [each.node for each in statements] == source.tree.body
