"""A project that is open: its options, and the connection to the service, kept for as long as it is open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from poetc.config import LOCAL, Options, find_root, load_options
from poetc.errors import ConfigError
from poetc.pipeline.identity import Identity, local_identity, remote_identity

if TYPE_CHECKING:
    from poetc.client.transpiler import Transpiler


@dataclass(slots=True)
class Project:
    """Options of one project; the transpiler is made when the first request needs it."""

    options: Options
    _transpiler: Transpiler | None = field(default=None, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def root(self) -> Path:
        return self.options.root

    @property
    def is_local(self) -> bool:
        """Whether the service is one of this machine, made of this very installation."""
        return self.options.api_url == LOCAL

    def transpiler(self) -> Transpiler:
        """The connection to the service; raises ConfigError for an address that can't be used."""
        if self.options.api_refusal is not None:
            raise ConfigError(self.options.api_refusal)
        with self._lock:  # the first requests come at once, from several threads
            if self._transpiler is None:
                from poetc.client.transpiler import Transpiler

                options = self.options
                self._transpiler = Transpiler(
                    options.api_url, api_key=options.api_key or None, read_seconds=options.api_timeout
                )
            return self._transpiler

    def identity(self) -> Identity:
        """Who would answer: a local service is this installation, another is asked (raises ServiceError)."""
        return local_identity(self.options.engines) if self.is_local else remote_identity(self.transpiler().health())

    def asking(self, engine: str) -> None:
        """Have that engine asked wherever no function says another; "auto": as the configuration says."""
        if engine != "auto":
            self.options = replace(self.options, engine=engine)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._transpiler is not None:
            self._transpiler.close()
            self._transpiler = None


def open_project(paths: Sequence[Path], *, root: Path | None, env: Mapping[str, str]) -> Project:
    """The project around the first path, or around the current folder; raises ConfigError."""
    if root is None:
        start = (Path(paths[0]) if paths else Path.cwd()).absolute()
        root = find_root(start if start.is_dir() else start.parent)
    return Project(load_options(root, env))
