"""A client of a weather service, written as if networks never failed."""

from weather_client.aio import AsyncWeather
from weather_client.client import Weather
from weather_client.readings import Reading, current, forecast, stations

__all__ = ["AsyncWeather", "Reading", "Weather", "current", "forecast", "stations"]
