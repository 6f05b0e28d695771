"""Paths → the Python files below them, in a fixed order.

This runs on every build, also when there is nothing to do, so it asks the system no more than a directory listing and
one stat a file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import NamedTuple

from poetc.config import Options
from poetc.config.nested import is_own_project
from poetc.ir import Diagnostic, Severity
from poetc.marker import is_link_folder, is_link_package
from poetc.scan.exclude import FOLDERS, excluder


class FileEntry(NamedTuple):
    """A file as the directory listing has it."""

    path: str
    """absolute, without symbolic links"""
    relative: str
    """posix, from the project's root"""
    status: os.stat_result
    """taken before the file is read"""


def walk(
    options: Options,
    paths: Iterable[str | os.PathLike[str]] = (),
    *,
    folders: dict[str, os.stat_result] | None = None,
    packages: list[str] | None = None,
) -> Iterator[FileEntry | Diagnostic]:
    """The .py files at and below `paths` (none: `options.paths`), each once, sorted by name within each folder.

    Relative paths count from the current folder, those of `options.paths` from the root. A file that is named is given
    even if it is excluded. What can't be walked comes as a diagnostic: POET102 unreadable, POET107 a link that loops or
    leaves the project, POET108 no such path, POET219 a project of its own. Links inside the project are followed last,
    and only to files that were not found under their own name. `folders` is filled with the folders that were listed,
    and the files that decided about them, and their stat before that; `packages` with those that builds wrote.
    """
    starts = [Path(path) for path in paths] or [options.root / path for path in options.paths]
    walker = _Walk(os.path.realpath(options.root), options.exclude, folders if folders is not None else {})
    walker.packages = packages if packages is not None else []
    for start in starts:
        yield from walker.start(start)
    yield from walker.follow_links()


class _Walk:
    """One walk: what was seen so far, and which links are still to be followed."""

    def __init__(self, root: str, exclude: tuple[str, ...], listed: dict[str, os.stat_result]) -> None:
        self.listed = listed
        self.packages: list[str] = []
        self.root = root
        self.left_out = excluder(exclude)
        self.seen: set[str] = set()
        self.links: list[tuple[str, bool]] = []

    def start(self, path: str | Path) -> Iterator[FileEntry | Diagnostic]:
        """Walk what somebody named."""
        real = os.path.realpath(path)
        if not self.contains(real):
            yield self.complain("POET108", real, f"lies outside of the project {self.root}", _ELSEWHERE)
            return
        try:
            status = Path(real).stat()
        except OSError as error:
            absent = isinstance(error, FileNotFoundError | NotADirectoryError)
            code = "POET108" if absent else "POET102"
            yield self.complain(code, real, "does not exist" if absent else f"can't be read: {error.strerror}")
            return
        if S_ISDIR(status.st_mode):
            yield from self.folder(real)
        elif not S_ISREG(status.st_mode):
            yield self.complain("POET102", real, "is neither a file nor a folder")
        elif not real.endswith(".py"):
            yield self.complain("POET108", real, "is not a Python file", "Name .py files, or folders.")
        elif real not in self.seen:
            self.seen.add(real)
            yield FileEntry(real, self.relative(real), status)

    def folder(self, folder: str) -> Iterator[FileEntry | Diagnostic]:
        """Walk one folder, depth first; an explicit stack, since nesting has no limit."""
        stack = [folder]
        while stack:
            here = stack.pop()
            if here in self.seen:
                continue
            self.seen.add(here)
            try:
                self.listed[here] = os.stat(here)  # noqa: PTH116 - one for every folder of the project
                with os.scandir(here) as listing:
                    entries = sorted(listing, key=_by_name)
            except OSError as error:
                yield self.complain("POET102", here, f"can't be read: {error.strerror}", "Its files are not scanned.")
                continue
            if here != folder and any(entry.name in ("pyvenv.cfg", ".poet-out") for entry in entries):
                continue  # a virtual environment, or what `poet build --out` wrote, whatever its name
            if here != folder and self.is_own_project(here, entries):
                hint = f"Run `poet build {self.relative(here)}`, which heeds them."
                said = "has settings of its own ([tool.poet] in its pyproject.toml), so it isn't built from here"
                yield self.complain("POET219", here, said, hint, Severity.NOTE)
                continue
            yield from self.files(entries)
            stack.extend(reversed(self.folders(entries)))

    def is_own_project(self, folder: str, entries: list[os.DirEntry[str]]) -> bool:
        """Whether a folder is a project of its own; what tells is listed with the folders."""
        for entry in entries:
            if entry.name == "pyproject.toml":
                self.listed[entry.path] = entry.stat()
                return is_own_project(Path(folder))
        return False

    def files(self, entries: list[os.DirEntry[str]]) -> Iterator[FileEntry | Diagnostic]:
        """The Python files of a listing."""
        for entry in entries:
            if not entry.name.endswith(".py"):
                continue
            relative = self.relative(entry.path)
            if self.left_out(entry.name, relative):
                continue
            if entry.is_symlink():
                self.links.append((entry.path, False))
            elif entry.is_file(follow_symlinks=False) and entry.path not in self.seen:
                self.seen.add(entry.path)
                try:
                    status = entry.stat(follow_symlinks=False)
                except OSError as error:
                    yield self.complain("POET102", entry.path, f"can't be read: {error.strerror}")
                else:
                    yield FileEntry(entry.path, relative, status)

    def folders(self, entries: list[os.DirEntry[str]]) -> list[str]:
        """The folders of a listing that are to be walked; links to folders are kept for later."""
        found: list[str] = []
        for entry in entries:
            if entry.is_file(follow_symlinks=False) or entry.name.startswith(".") or entry.name in FOLDERS:
                continue
            if entry.is_symlink():
                if _leads_to_folder(entry) and not self.left_out(entry.name, self.relative(entry.path)):
                    self.links.append((entry.path, True))
            elif entry.is_dir() and not self.left_out(entry.name, self.relative(entry.path)):
                (self.packages if _is_ours(entry) else found).append(entry.path)
        return found

    def follow_links(self) -> Iterator[FileEntry | Diagnostic]:
        """Walk what links lead to, by its real name, unless it was walked; links found on the way are followed too."""
        while self.links:
            link, is_folder = self.links.pop(0)
            real = os.path.realpath(link)
            if not self.contains(real):
                hint = "Only files inside the project are built."
                yield self.complain("POET107", link, "leads out of the project", hint, Severity.NOTE)
            elif not Path(real).exists():
                yield self.complain("POET107", link, "leads nowhere, or to itself", _UNLINK, Severity.WARNING)
            elif is_folder and (link + os.sep).startswith(real + os.sep):
                yield self.complain("POET107", link, "leads to a folder around itself", _UNLINK, Severity.WARNING)
            elif is_folder:
                yield from self.folder(real)
            elif real.endswith(".py"):
                yield from self.start(real)

    def contains(self, real: str) -> bool:
        return real == self.root or real.startswith(self.root.rstrip(os.sep) + os.sep)

    def relative(self, path: str) -> str:
        inner = path[len(self.root) :].lstrip(os.sep)
        return inner if inner.isascii() and os.sep == "/" else posix(inner)

    def complain(
        self, code: str, path: str, what: str, hint: str = "", severity: Severity = Severity.ERROR
    ) -> Diagnostic:
        shown = self.relative(path) or "." if self.contains(path) else path
        return Diagnostic(code, f"{shown} {what}", severity, shown, hint=hint)


_ELSEWHERE = "Run poet in the project that it belongs to."
_UNLINK = "Remove the link, or add it to `exclude`."


def posix(path: str) -> str:
    """A path as text for people and for JSON: "/" between names, bytes that are no text escaped."""
    path = path if os.sep == "/" else path.replace(os.sep, "/")
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _leads_to_folder(link: os.DirEntry[str]) -> bool:
    try:
        return link.is_dir()
    except OSError:  # a link to itself: said when links are followed
        return True


def _by_name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _is_ours(entry: os.DirEntry[str]) -> bool:
    """Whether a folder is a link package that a build wrote: generated code carries no `@poet`."""
    folder = Path(entry.path)
    return is_link_folder(entry.name) and is_link_package(folder)
