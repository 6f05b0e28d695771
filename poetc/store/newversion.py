"""Verified → Stored: which version it is, and what its metadata says.

A version is a generated text for one key. The same text for the same key is the same version, wherever it stands in
the history: a source that is changed and changed back is at v1 again, and an edited or lost file of v1 is healed. Its
metadata is written anew from what is known now (another line, a later generator), its history stays. Anything else gets
the next number. What isn't what was stored any more, since a merge left conflict markers in it or a file is missing,
is no version: it is removed, and its number is free, so that a repaired history is what it was.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any, Final

from poetc.errors import StoreError
from poetc.ir import Diagnostic, Stored, Unit, Verified
from poetc.linked_file import NOTHING, Linked, digest
from poetc.store.folders import Folders
from poetc.store.layout import current_file, version_folder, version_number
from poetc.store.versions import StoredVersion, readable_versions, unsound_versions

_FROM_ANSWER: Final = (
    "engine",
    "engine_version",
    "template",
    "llm_model",
    "decorator_params",
    "phases_included",
    "operate",
    "operate_reason",
    "rewrites",
    "effects",
    "achieved",
    "timeout_mechanism",
    "enhancements",
    "dependencies",
    "fallback_used",
    "fallback_reason",
    "parameters",
)
_FREE: Final = ("decorator_params", "policy", "parameters")
"""fields whose keys come in no order of ours"""


def new_version(
    folders: Folders, verified: Verified, why: str | None = None, *, linked: Linked = NOTHING, known_as: int = 0
) -> Stored:
    """The version of a verified draft; nothing is written. `why` is told from the version in use if it is not given.

    `linked`: the linked file of its module; `known_as`: the number by which that has it, be its history elsewhere.

    Raises StoreError: POET213 for a name that can't be stored, POET407 for metadata that can't be recorded.
    """
    unit, files = verified.unit, verified.draft.files
    folder = folders.of(unit.name)
    lost = unsound_versions(folders.root, unit.name, folder, linked)
    known = readable_versions(folders.root, unit.name, folder, linked)
    hashes = {name: digest(text) for name, text in sorted(files.items())}
    same = [v for v in known if v.metadata["key"] == unit.key and v.metadata["files"] == hashes]
    if same:
        number, history = same[-1].version, {field: same[-1].metadata.get(field) for field in ("parent_version", "why")}
    else:
        sound = tuple(version for version in known if version.version not in lost)
        parent = _in_use(folders, unit, sound)
        number = max((known_as, *(version.version for version in sound))) + 1
        reason = why or _why(parent, verified)
        history = {"parent_version": parent.version if parent else None, "why": reason}
    metadata = version_metadata(verified, {"version": number, "files": hashes, **history})
    return Stored(unit, number, version_folder(folder, number), files, metadata)


def _in_use(folders: Folders, unit: Unit, known: tuple[StoredVersion, ...]) -> StoredVersion | None:
    """The current version; if that can't be told, the newest that can be read."""
    try:
        number = version_number(current_file(folders.of(unit.name)).read_text("utf-8").strip())
    except (OSError, ValueError):
        number = None
    return next((v for v in known if v.version == number), known[-1] if known else None)


def _why(parent: StoredVersion | None, verified: Verified) -> str:
    if parent is None:
        return "first build"
    before, unit, draft = parent.metadata, verified.unit, verified.draft.metadata
    if before["source_hash"] != unit.source_hash:
        return "source changed"
    if before["policy"] != json.loads(json.dumps(asdict(unit.policy))):
        return "configuration changed"
    if before["key"] != unit.key:
        return "module changed"
    if any(before.get(field) != draft.get(field) for field in ("engine", "engine_version", "template", "llm_model")):
        return "generator changed"
    return "generated anew"


def version_metadata(verified: Verified, version: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a verified draft; `version`: the fields that the store knows. Raises StoreError (POET407)."""
    from poetc.wire import ResponseMetadata, VersionMetadata

    unit = verified.unit
    try:
        answer = ResponseMetadata.model_validate(dict(verified.draft.metadata)).model_dump()
        model = VersionMetadata.model_validate(
            {field: answer[field] for field in _FROM_ANSWER}
            | {
                "name": unit.name,
                "source_file": unit.site.source.relative,
                "first_line": unit.site.span.line,
                "last_line": unit.site.span.end_line,
                "source_hash": unit.source_hash,
                "key": unit.key,
                "policy": asdict(unit.policy),
                "checks": list(verified.checks),
                "plan": verified.draft.plan if answer["engine"] != "rules" else None,
            }
            | version
        )
        metadata = model.model_dump(mode="json")
        for field in _FREE:
            metadata[field] = json.loads(json.dumps(metadata[field], sort_keys=True, allow_nan=False))
        json.dumps(metadata, ensure_ascii=False, allow_nan=False).encode(
            "utf-8"
        )  # as it will be stored, but for blanks
    except ValueError as error:  # pydantic's ValidationError and UnicodeEncodeError are ValueErrors
        raise _unrecordable(unit, error) from error
    return metadata


def _unrecordable(unit: Unit, error: ValueError) -> StoreError:
    reason = " ".join(str(error).split())[:300]
    message = f"the answer for {unit.name} cannot be recorded: {reason}"
    place = unit.site
    hint = "nothing was written; check which service answers (`poet doctor`)"
    path, line, column = place.source.relative, place.span.line, place.span.column + 1
    return StoreError(Diagnostic("POET407", message, path=path, line=line, column=column, hint=hint, unit=unit.name))
