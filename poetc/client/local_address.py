"""The service on this machine: found through its state file, started when there is none, replaced when it dies."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence

import httpcore

from poetc.client.address import Address
from poetc.client.install_id import install_id
from poetc.client.launch import launch
from poetc.client.lock import service_lock
from poetc.client.proof import require_proof
from poetc.client.running import RunningService, greet, read_running
from poetc.client.shutdown import shut_down
from poetc.client.state_file import find_state_files
from poetc.errors import ServiceDown
from poetc.ir import Diagnostic

_GREET_SECONDS = 5.0


class LocalAddress:
    """The address of the local service; shared by threads, and through a lock file by processes."""

    def __init__(self, *, start_seconds: float, command: Sequence[str] = ()) -> None:
        self._start_seconds = start_seconds
        self._command = command
        self._one_at_a_time = threading.Lock()
        self._address: Address | None = None

    def current(self) -> Address:
        """The address of a service that runs this code; raises ServiceDown POET306."""
        with self._one_at_a_time:
            if self._address is None:
                service = self._ensure()
                self._address = Address(service.url, service.token)
            return self._address

    def admit(self, stream: httpcore.NetworkStream, port: int) -> None:
        """Let a new connection be used if the service is at its other end; raises httpcore.ConnectError."""
        address = self._address
        if address is None:
            raise httpcore.ConnectError("the local service was given up meanwhile")
        require_proof(stream, port, address.key)

    def replaceable(self, failed: Address) -> bool:
        """Forget `failed`, unless another thread has already found its successor."""
        with self._one_at_a_time:
            if self._address == failed:
                self._address = None
        return True

    def _ensure(self) -> RunningService:
        files, stamp = find_state_files(os.environ), install_id()
        service = read_running(files.state)
        if service is not None and service.stamp == stamp and greet(service, _GREET_SECONDS):
            return service
        # Whoever comes second waits here, and then finds what the first one started.
        with service_lock(files.lock, 2 * self._start_seconds):
            found = read_running(files.state)
            if found is not None and found != service and found.stamp == stamp and greet(found, _GREET_SECONDS):
                return found
            if found is not None:
                shut_down(found, files.state)
            launch(files, stamp, self._start_seconds, self._command)
            started = read_running(files.state)
        if started is None:
            raise ServiceDown(
                Diagnostic(
                    code="POET306",
                    message="the local service was started, and was gone at once",
                    hint=f"its log is {files.log}",
                )
            )
        return started
