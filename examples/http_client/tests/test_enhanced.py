"""What holds only once `poet build` has run: each of these fails on the plain functions."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from conftest import FlakyServer
from weather_client import AsyncWeather, Reading, Weather, current, forecast, stations
from weather_client.readings import report


def test_overloaded_service_is_asked_again(server: FlakyServer) -> None:
    """A 503 and a 429 pass by: the third answer is given."""
    server.faults.extend([503, 429])
    assert current("oslo", server.base) == Reading("oslo", 21.5)
    assert server.requests["GET /stations/oslo/current"] == 3


def test_cut_connection_is_tried_again(server: FlakyServer) -> None:
    """A connection reset under the first request costs a second one."""
    server.faults.append("reset")
    assert current("oslo", server.base) == Reading("oslo", 21.5)
    assert server.requests["GET /stations/oslo/current"] == 2


def test_slow_answer_is_asked_for_again(server: FlakyServer) -> None:
    """An answer that takes longer than the call's own `timeout=` is asked for once more."""
    server.faults.append("slow")
    assert len(forecast("oslo", base=server.base)) == 3
    assert server.requests["GET /stations/oslo/forecast"] == 2


def test_only_the_failed_page_is_fetched_again(server: FlakyServer) -> None:
    """The retry is at the request: a generator goes on where it was, and gives no name twice."""
    names = stations(server.base)
    assert next(names) == "oslo"
    server.faults.append(502)
    assert list(names) == ["lima", "cairo"]
    assert server.requests["GET /stations"] == 3


def test_method_with_retries(server: FlakyServer) -> None:
    """`retries=3` repeats the whole method where the call can't be known to be idempotent."""
    server.faults.extend([503, "reset", 503])
    with Weather(server.base) as weather:
        assert weather.current("oslo") == Reading("oslo", 21.5)
    assert server.requests["GET /stations/oslo/current"] == 4


def test_method_gives_up_with_its_own_error(server: FlakyServer) -> None:
    """When all attempts fail, the last error comes through as it is, and attempts at the call are not multiplied."""
    server.faults.extend([503] * 20)
    with Weather(server.base) as weather, pytest.raises(httpx.HTTPStatusError, match="503"):
        weather.current("oslo")
    assert server.requests["GET /stations/oslo/current"] == 4


def test_async_method_with_retries_and_budget(server: FlakyServer) -> None:
    """A coroutine is repeated after a slow answer and an error of the service, inside its budget."""
    server.faults.extend(["slow", 503])
    assert asyncio.run(AsyncWeather(server.base).current("oslo")) == Reading("oslo", 21.5)
    assert server.requests["GET /stations/oslo/current"] == 3


def test_async_method_keeps_its_budget(server: FlakyServer) -> None:
    """A service that doesn't answer costs the budget and no more, whatever the HTTP client's own limit."""
    server.faults.append("slow")
    with pytest.raises(TimeoutError, match="budget"):
        asyncio.run(AsyncWeather(server.base).quick("oslo"))


def test_async_generator_awaits_what_is_repeated(server: FlakyServer) -> None:
    """The generator goes on as if nothing had been: only the coroutine that it awaits was repeated."""
    server.faults.extend([200, 503])

    async def alerts() -> list[str]:
        return [alert async for alert in AsyncWeather(server.base).alerts("oslo", "lima")]

    assert asyncio.run(alerts()) == ["wind", "rain"] * 2
    assert server.requests["GET /stations/lima/alerts"] == 2


def test_strict_argument_stops_before_anything_is_sent(server: FlakyServer) -> None:
    """`perceive = "strict"` in pyproject.toml: what is no number and can't be made one is not sent."""
    with pytest.raises(TypeError, match="'celsius' is str"):
        report("oslo", "mild", server.base)  # type: ignore[arg-type]
    assert not server.requests


def test_argument_is_repaired(server: FlakyServer) -> None:
    """A number that comes as text, as from a query string, is taken for the number that it must be, which is said."""
    with pytest.warns(UserWarning, match="argument 'days' was str"):
        assert len(forecast("oslo", days="2", base=server.base)) == 2  # type: ignore[arg-type]
