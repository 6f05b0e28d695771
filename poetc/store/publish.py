"""Changes → disk, all or none, whatever happens in between.

    stage     every new content and plan.json go to `.dana/poet/journal.tmp-<pid>`, and are synced
    commit    that folder is renamed to `.dana/poet/journal`: before, the build never was; from here on, it will be
    apply     each content is renamed over its target, in the plan's order: user's files late, removals last
    retire    the journal is renamed away and removed

Whoever finds a journal applies the rest of it, if it is this user's own (`trust.py`); else it is refused and removed.
A step is told from its hashes to be done or not, so that can be interrupted as well. A file that somebody edited after
the interruption is kept as it is, and named.

Durability: contents and plan are synced before the commit, and the commit itself. The renames that apply are not synced
one by one: file systems with a journal keep the order of renames, so the removal of ours never outlives them.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from poetc.errors import StoreError
from poetc.ir import Diagnostic, FileChange, Severity
from poetc.store.containment import Folders
from poetc.store.failure import shown, translated
from poetc.store.layout import journal_folder, staging_folder, store_folder
from poetc.store.lock import WAIT, project_lock
from poetc.store.plan import Distrusted, State, Step, fingerprint, read_plan, state_of
from poetc.store.staging import (
    Staged,
    discard,
    is_real_folder,
    is_so,
    plan_changes,
    prune_empty,
    stage,
    sync_folder,
    write_durably,
)

_CONTINUE = "put that right, then run any poet command: it completes the build"


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a command found of an interrupted build; false if there was none."""

    found: bool = False
    diagnostics: tuple[Diagnostic, ...] = ()
    """POET505, a note that it was completed, and a warning for each file that was kept instead"""

    def __bool__(self) -> bool:
        return self.found


def publish(
    root: Path, changes: Iterable[FileChange], *, based_on: Mapping[Path, str | None] | None = None, wait: float = WAIT
) -> tuple[str, ...]:
    """Apply all changes, or none; files that are already so are not touched.

    `based_on` gives the sha256 of files as they were read when the changes were made (absolute path → hex, None for no
    file): if one has changed since, nothing is written (POET507). Waits `wait` seconds for the lock. Returns the posix
    paths, from the root, that were written or removed.

    Raises ValueError for two contents of one file, and StoreError: POET501 not writable or outside the project, POET502
    disk full, POET505 an interrupted build comes first, POET506 locked, POET507.
    """
    root = root.resolve()
    changes = tuple(changes)
    with translated(root, root):
        if all(is_so(root, change) for change in changes):  # then no lock is needed, and a read-only project will do
            return ()
    with project_lock(root, wait):
        _refuse_if_interrupted(root)
        with translated(root, store_folder(root)):
            staged = plan_changes(root, changes)
            _refuse_if_edited(root, based_on or {})
            if not staged:
                return ()
            _commit(root, staged)
        _refuse_if_kept(_complete(root, _own_steps))
    return tuple(each.step.path for each in staged)


def put(root: Path, changes: Iterable[FileChange]) -> None:
    """Write files that are no build output, each whole or not at all, one after the other; raises StoreError."""
    root = root.resolve()
    with project_lock(root), translated(root, root):
        for each in plan_changes(root, changes):
            if each.data is not None:
                _write_beside(each.target, each.data, like=each.target)


def interrupted(root: Path) -> bool:
    """Whether a build waits to be completed; reads only."""
    return is_real_folder(journal_folder(root))


def waiting(root: Path) -> Diagnostic | None:
    """What is to be said of a build that waits to be completed, or of a journal that isn't believed; reads only."""
    if not interrupted(root):
        return None
    root = root.resolve()
    try:
        _trusted_steps(root)
    except (Distrusted, OSError) as error:
        found, hint = f"isn't believed: {error}", "run `poet build` or `poet clean`, which remove it and apply nothing"
        where = shown(root, journal_folder(root))
        return Diagnostic("POET508", f"the journal of an interrupted build {found}", path=where, hint=hint)
    hint = "run `poet build`, which completes it"
    return Diagnostic("POET505", "a build was interrupted while it was writing", hint=hint)


def recover(root: Path, *, wait: float = WAIT) -> Recovery:
    """Complete an interrupted build, and remove what a killed one had begun to stage; cheap if there is neither.

    Raises StoreError: POET501 or POET502 if it still can't be completed, POET506.
    """
    root = root.resolve()
    if not _traces(root):
        return Recovery()
    with project_lock(root, wait):
        for name in _traces(root):
            if name != "journal" or not interrupted(root):  # no living process stages without the lock, and we have it
                discard(store_folder(root) / name)
        return _complete(root, _trusted_steps)


def _traces(root: Path) -> list[str]:
    try:
        names = os.listdir(store_folder(root))  # noqa: PTH208 - names are wanted, not paths
    except OSError:
        return []
    return sorted(name for name in names if name == "journal" or name.startswith("journal.tmp-"))


def _refuse_if_interrupted(root: Path) -> None:
    if interrupted(root):
        where, hint = shown(root, journal_folder(root)), "run the command again: it completes that build first"
        raise StoreError(Diagnostic("POET505", "an interrupted build has to be completed first", path=where, hint=hint))


def _refuse_if_edited(root: Path, based_on: Mapping[Path, str | None]) -> None:
    for path, digest in based_on.items():
        if fingerprint(Path(os.path.realpath(path))) != digest:
            where = shown(root, path.resolve())
            raise _edited(where, f"{where} was edited during the build; nothing was written")


def _refuse_if_kept(outcome: Recovery) -> None:
    """Somebody wrote a target in the milliseconds since it was staged: theirs stays, and the build says so."""
    kept = [said.path for said in outcome.diagnostics if said.severity is Severity.WARNING]
    if kept:
        raise _edited(kept[-1], f"{kept[-1] or 'the store'} was edited during the build, and was kept as it is")


def _edited(where: str, message: str) -> StoreError:
    return StoreError(Diagnostic("POET507", message, path=where, hint="run `poet build` again"))


def _commit(root: Path, staged: Iterable[Staged]) -> None:
    folder = staging_folder(root, os.getpid())
    stage(folder, staged)
    try:
        folder.rename(journal_folder(root))
    except BaseException:
        discard(folder)
        raise


Steps = Callable[[Path], "list[tuple[Step, State]]"]


def _own_steps(root: Path) -> list[tuple[Step, State]]:
    """Those that this very call has just committed."""
    journal, known = journal_folder(root), Folders()
    return [(step, state_of(step, root, journal, known)) for step in read_plan(journal)]


def _trusted_steps(root: Path) -> list[tuple[Step, State]]:
    """Those of a journal that was found."""
    from poetc.store.trust import trusted_steps

    return trusted_steps(root)


def _complete(root: Path, steps: Steps) -> Recovery:
    """Apply the journal; one Ctrl-C is held back until that is done, since it takes milliseconds."""
    with translated(root, journal_folder(root), _CONTINUE):
        try:
            return _apply(root, steps)
        except KeyboardInterrupt:
            _apply(root, steps)
            raise


def _apply(root: Path, steps: Steps) -> Recovery:
    journal = journal_folder(root)
    if not interrupted(root):
        return Recovery()
    sync_folder(store_folder(root))  # the commit is on the medium before its first effect
    try:
        states = steps(root)
    except Distrusted as error:
        _retire(root)
        return Recovery(True, (_refused(root, f"refused and removed: {error}; nothing of it was applied"),))
    lost = [step for step, state in states if state is State.LOST]
    if not lost:  # otherwise some of it was undone by hand: half a build is worse than none
        known = Folders()
        for step, state in states:
            if state is State.PENDING:
                _apply_step(journal, step, step.target(root, known))
        removed = [step for step, state in states if step.after is None and state is not State.EDITED]
        for folder in dict.fromkeys(step.target(root).parent for step in removed):
            prune_empty(root, folder)
    _retire(root)
    kept = [step for step, state in states if state is State.EDITED] + lost
    return Recovery(True, (_completed(bool(lost)), *(_kept(step) for step in kept)))


def _apply_step(journal: Path, step: Step, target: Path) -> None:
    if step.after is None:
        target.unlink()
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        (journal / step.blob).replace(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _carry_over(journal / step.blob, target)


def _carry_over(blob: Path, target: Path) -> None:
    """Replace a file on another file system than the store's; always under one name, so it can't pile up."""
    _write_beside(target, blob.read_bytes(), like=blob)


def _write_beside(target: Path, data: bytes, like: Path) -> None:
    beside = target.with_name(f".{target.name}.poet-new")
    write_durably(beside, data, like=like)
    beside.replace(target)


def _retire(root: Path) -> None:
    """Rename first: a journal that is half removed must not be found."""
    folder = staging_folder(root, os.getpid())
    discard(folder)
    journal_folder(root).rename(folder)
    discard(folder)


def _completed(abandoned: bool) -> Diagnostic:
    done = "was given up, since part of it had been undone" if abandoned else "was completed"
    hint = "run `poet build`" if abandoned else ""
    severity = Severity.WARNING if abandoned else Severity.NOTE
    return Diagnostic("POET505", f"an interrupted build {done}", severity, hint=hint)


def _kept(step: Step) -> Diagnostic:
    message = f"{step.path} was changed after the interrupted build, and was kept as it is"
    return Diagnostic("POET505", message, Severity.WARNING, path=step.path, hint="run `poet build`")


def _refused(root: Path, how: str) -> Diagnostic:
    where = shown(root, journal_folder(root))
    hint = "run `poet build`, which completes whatever is half-built; `git log .dana` tells who brought the journal"
    return Diagnostic("POET508", f"the journal of an interrupted build was {how}", Severity.WARNING, where, hint=hint)
