"""The package imports its own modules: a link that imported them back would be circular."""

from app.circle_a import ping
from app.late import scaled

__all__ = ["ping", "scaled"]
