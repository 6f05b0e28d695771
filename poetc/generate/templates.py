"""The template store: `<domain>/current` names a version, `<domain>/v<N>/` holds its four files.

Only json and hashlib: the client asks for identities on every run, so nothing heavy may be imported here.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from poetc.generate.template_checks import TemplateError, check_metadata, check_phases, check_prompt

__all__ = ["Template", "TemplateError", "TemplateStore", "UnknownDomain", "default_folder"]

FILES: Final = ("metadata.json", "phases.json", "template.txt", "train_addon.txt")
DECIDING: Final = "phases.json"
"""what the rules engine goes by"""
CALLS: Final = "calls.toml"
"""beside them, if the domain extends the call catalogue; the client reads it, so it isn't part of the digest"""
DOMAIN: Final = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)
VERSION: Final = re.compile(r"v[1-9][0-9]{0,5}", re.ASCII)
MOST_BYTES: Final = 256 * 1024
"""of one file"""


class UnknownDomain(TemplateError):
    """No template has that name."""


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """One version of one domain's template, checked."""

    name: str
    version: str
    digest: str
    """sha256 over what decides an answer, in hex"""
    prompt: str
    train_addon: str
    phases: Mapping[str, Any]
    metadata: Mapping[str, Any]

    @property
    def objectives(self) -> tuple[str, ...]:
        """What `optimize_for` may ask for."""
        return tuple(self.phases["objectives"])


class TemplateStore:
    """Templates of a folder. Loaded ones are kept for as long as their files' stat stays the same."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._loaded: dict[tuple[str, str], tuple[tuple[Any, ...], Template]] = {}

    def load(self, domain: str, version: str | None = None) -> Template:
        """The current template of a domain, or the version named; raises `TemplateError`, `UnknownDomain`."""
        place = self._version_folder(domain, version)
        stamp = self._stamp(place)
        known = self._loaded.get((domain, place.name))
        if known is not None and known[0] == stamp:
            return known[1]
        template = template_from(domain, place, {name: self._read(place / name) for name in FILES})
        self._loaded[domain, place.name] = stamp, template
        return template

    def names(self) -> tuple[str, ...]:
        """Domains with a template, sorted; nothing is read or checked."""
        if not self.folder.is_dir():
            raise TemplateError(self.folder, "no such folder of templates")
        return tuple(sorted(e.name for e in os.scandir(self.folder) if DOMAIN.fullmatch(e.name) and e.is_dir()))

    def versions(self, domain: str) -> tuple[str, ...]:
        """Versions of a domain, oldest first."""
        found = [e.name for e in os.scandir(self._domain_folder(domain)) if VERSION.fullmatch(e.name) and e.is_dir()]
        return tuple(sorted(found, key=lambda name: int(name[1:])))

    def domains(self) -> dict[str, Template]:
        """Every domain's current template; raises `TemplateError` if any is invalid."""
        return {name: self.load(name) for name in self.names()}

    def calls(self, domain: str) -> str:
        """What the domain's current version adds to the call catalogue, "" if it adds nothing; raises as `load`."""
        file = self._version_folder(domain, None) / CALLS
        return text_of(file, self._read(file)) if os.path.lexists(file) else ""

    def _domain_folder(self, domain: str) -> Path:
        """The folder of a domain; a name that could lead elsewhere never touches the disk."""
        if not DOMAIN.fullmatch(domain):
            raise UnknownDomain(self.folder, f"{domain!r} can't be the name of a domain")
        place = self.folder / domain
        if not place.is_dir():
            raise UnknownDomain(place, f"there is no domain {domain!r}")
        return place

    def _version_folder(self, domain: str, version: str | None) -> Path:
        place = self._domain_folder(domain)
        named = self._read(place / "current").decode("utf-8", "replace").strip() if version is None else version
        if not VERSION.fullmatch(named):
            where = place / "current" if version is None else place
            raise TemplateError(where, f"{named[:80]!r} is no version (v1, v2, ...)")
        if not (place / named).is_dir():
            raise TemplateError(place / named, "there is no such version")
        return place / named

    def _stamp(self, place: Path) -> tuple[Any, ...]:
        """What changes when one of the four files is written or replaced."""
        stamp = []
        for name in FILES:
            try:
                found = (place / name).stat()
            except OSError as error:
                raise TemplateError(place / name, f"cannot be read: {error.strerror}") from None
            stamp.append((found.st_mtime_ns, found.st_size, found.st_ino))
        return tuple(stamp)

    def _read(self, file: Path) -> bytes:
        """The bytes of a regular file that really lies in the store."""
        try:
            if not file.resolve(strict=True).is_relative_to(self.folder):
                raise TemplateError(file, "leads out of the folder of templates")
            if not file.is_file():
                raise TemplateError(file, "is no regular file")
            with file.open("rb") as stream:
                data = stream.read(MOST_BYTES + 1)
        except (OSError, RuntimeError) as error:  # RuntimeError: a loop of links, up to Python 3.12
            raise TemplateError(file, f"cannot be read: {getattr(error, 'strerror', None) or error}") from None
        if len(data) > MOST_BYTES:
            raise TemplateError(file, f"is larger than {MOST_BYTES} bytes")
        return data


def template_from(domain: str, place: Path, files: Mapping[str, bytes]) -> Template:
    """The checked template made of its four files; raises `TemplateError`."""
    texts = {name: text_of(place / name, data) for name, data in files.items()}
    metadata = object_of(place / "metadata.json", texts["metadata.json"])
    phases = object_of(place / "phases.json", texts["phases.json"])
    check_metadata(place / "metadata.json", metadata, domain, place.name)
    check_phases(place / "phases.json", phases, is_base=domain == "base")
    check_prompt(place / "template.txt", texts["template.txt"], train=False)
    check_prompt(place / "train_addon.txt", texts["train_addon.txt"], train=True)
    return Template(
        name=domain,
        version=place.name,
        digest=digest_of(place / DECIDING, files[DECIDING]),
        prompt=texts["template.txt"],
        train_addon=texts["train_addon.txt"],
        phases=MappingProxyType(phases),
        metadata=MappingProxyType(metadata),
    )


def digest_of(file: Path, data: bytes) -> str:
    """sha256 of the settings in phases.json; how they are laid out makes no difference, nor do prompts, of
    which rules ask nothing. Raises `TemplateError`."""
    settings = object_of(file, text_of(file, data))
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()


def text_of(file: Path, data: bytes) -> str:
    """UTF-8 text with line ends normalised."""
    try:
        return data.decode("utf-8").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise TemplateError(file, f"is not UTF-8 at byte {error.start}") from None


def object_of(file: Path, text: str) -> dict[str, Any]:
    """A JSON object; a key twice, NaN and Infinity are refused."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            raise ValueError("a key stands twice in one object")
        return found

    def refused(constant: str) -> Any:
        raise ValueError(f"{constant} is no JSON number")

    try:
        found = json.loads(text, object_pairs_hook=once, parse_constant=refused)
    except (ValueError, RecursionError) as error:
        raise TemplateError(file, f"is no valid JSON: {error}") from None
    if not isinstance(found, dict):
        raise TemplateError(file, "is no JSON object")
    return found


def candidates() -> Iterator[Path]:
    """Where templates lie: in the wheel inside the package, in a checkout beside it."""
    package = Path(__file__).resolve().parents[1]
    yield package / "_templates"
    yield package.parent / "templates"


def default_folder() -> Path:
    """The folder of templates: POET_TEMPLATES, else the installation's own; raises `TemplateError`."""
    named = os.environ.get("POET_TEMPLATES")
    if named:
        folder = Path(named).expanduser()
        if not folder.is_dir():
            raise TemplateError(folder, "POET_TEMPLATES names no folder")
        return folder
    for folder in candidates():
        if (folder / "base" / "current").is_file():
            return folder
    raise TemplateError(next(candidates()), "this installation has no templates; set POET_TEMPLATES")
