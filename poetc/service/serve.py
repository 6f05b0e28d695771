"""The service in the foreground, `poet serve`."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from poetc.errors import ServiceDown
from poetc.ir import Diagnostic
from poetc.service.problem import Problem
from poetc.service.server import bind, end_on_sigterm, log_to_stderr, run_server
from poetc.service.settings import LOOPBACK, ServiceSettings, read_settings

if TYPE_CHECKING:
    import uvicorn

    from poetc.service.activity import Activity

_DRAIN_SECONDS = 20
_log = logging.getLogger(__name__)


def serve(
    host: str = "127.0.0.1",
    port: int = 8080,
    *,
    settings: ServiceSettings | None = None,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGINT or SIGTERM; `on_ready` gets the URL once requests are accepted; port 0 is any free one.

    Settings come from the environment when not given. Raises ServiceDown POET306 when it can't listen or has no
    engine, ConfigError POET220 when the environment makes no sense.
    """
    chosen = _restrict(settings or read_settings(), host)
    log_to_stderr()
    end_on_sigterm()
    bound = bind(host, port)
    url = f"http://[{host}]:{bound.getsockname()[1]}" if ":" in host else f"http://{host}:{bound.getsockname()[1]}"

    async def announce(_server: uvicorn.Server, _activity: Activity) -> None:
        on_ready(url)

    try:
        asyncio.run(run_server(chosen, bound, announce, _DRAIN_SECONDS))
    except KeyboardInterrupt:
        return
    except Problem as problem:
        raise ServiceDown(Diagnostic(code="POET306", message=problem.message, hint="the lines above say why")) from None
    finally:
        bound.close()


def _restrict(settings: ServiceSettings, host: str) -> ServiceSettings:
    """On loopback only loopback names are answered; elsewhere a service without keys says so."""
    if host in LOOPBACK:
        return settings if settings.hosts else settings.model_copy(update={"hosts": LOOPBACK})
    if not settings.keys:
        _log.warning("POET_SERVICE_KEYS is not set: everybody who reaches this service may use it")
    return settings
