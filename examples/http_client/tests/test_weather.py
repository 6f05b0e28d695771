"""What holds before and after the build."""

from __future__ import annotations

import asyncio
import inspect

import httpx
import pytest
from conftest import FlakyServer
from weather_client import AsyncWeather, Reading, Weather, current, forecast, readings, stations


def test_functions_answer(server: FlakyServer) -> None:
    """A healthy service is asked once for each thing wanted."""
    assert current("oslo", server.base) == Reading("oslo", 21.5)
    assert [day.celsius for day in forecast("oslo", days=2, base=server.base)] == [0.0, 1.0]
    assert list(stations(server.base)) == ["oslo", "lima", "cairo"]
    assert readings.report("oslo", 3.5, server.base) == 17
    assert server.requests.total() == 5


def test_client_answers(server: FlakyServer) -> None:
    """Methods, static and class methods and properties do what they say."""
    with Weather(server.base) as weather:
        assert weather.current("Oslo ") == Reading("oslo", 21.5)
        assert weather.warmest("oslo", "lima") == Reading("oslo", 21.5)
        assert weather.warmest() is None
        assert weather.is_open
    assert not weather.is_open
    assert Weather.path_of("Lima", what="alerts") == "/stations/lima/alerts"


def test_class_method_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable decides, and its name can be chosen."""
    monkeypatch.setenv("ELSEWHERE", "http://localhost:1")
    assert Weather.from_environment("ELSEWHERE").base == "http://localhost:1"


def test_async_client_answers(server: FlakyServer) -> None:
    """Coroutines and async generators give what the service has."""

    async def talk() -> tuple[Reading, list[str]]:
        weather = AsyncWeather(server.base)
        return await weather.current("oslo"), [alert async for alert in weather.alerts("oslo")]

    assert asyncio.run(talk()) == (Reading("oslo", 21.5), ["wind", "rain"])


def test_own_errors_are_raised(server: FlakyServer) -> None:
    """What isn't a passing fault is raised as ever, at once."""
    with pytest.raises(ValueError, match="1 to 7, not 9"):
        forecast("oslo", days=9, base=server.base)
    server.faults.append(404)
    with pytest.raises(httpx.HTTPStatusError, match="404"):
        current("oslo", server.base)
    assert server.requests.total() == 1


def test_post_is_sent_once(server: FlakyServer) -> None:
    """What may have had its effect is not repeated."""
    server.faults.append(503)
    with pytest.raises(httpx.HTTPStatusError, match="503"):
        readings.report("oslo", 3.5, server.base)
    assert server.requests.total() == 1


def test_signatures_are_seen() -> None:
    """Callers, editors and type checkers see what was written."""
    assert str(inspect.signature(current)) == "(station: 'str', base: 'str' = 'http://localhost:8800') -> 'Reading'"
    assert inspect.iscoroutinefunction(AsyncWeather.current)
    assert inspect.isasyncgenfunction(AsyncWeather.alerts)
