"""A weather station that asks others: functions by how their client comes to them."""

from station.links import patient as exported
from station.links import web

__all__ = ["exported", "web"]
