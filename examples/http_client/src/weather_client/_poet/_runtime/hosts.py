# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""Which host a call goes to, read from the call itself: nothing of the arguments or of the client is run for it.

A way to the host is a path from the call: "url@0" is the argument `url`, by name or else by position, "self" what the
method is bound to; attributes, keys and positions follow behind points. It ends at a URL. With a colon it ends at a
host's name, and its port stands behind that: "host@0:port@1", "self.url.host:port" (beside it), "host@0:" (not told).
"""

from types import GetSetDescriptorType, MemberDescriptorType, MethodType


LONGEST_HOST = 255
"""characters; what is longer is no host's name, and isn't kept"""

DEFAULT_PORTS = {"http": 80, "https": 443}

PLACES = [MemberDescriptorType, GetSetDescriptorType]
"""attributes of a class that are places in its objects, read by C code: slots, `__dict__`; see `places`"""

CLASSES_ABOVE = type.__dict__["__mro__"].__get__
ATTRIBUTES_OF = type.__dict__["__dict__"].__get__
"""of a class, whatever its metaclass makes of these names"""


def host_called(
    ways, function, args, kwargs
):
    """The host that `function(*args, **kwargs)` goes to, with its port if that is told; "" if it can't be told."""
    for way in ways:
        path, colon, port = way.partition(":")
        found = followed(path, function, args, kwargs)
        if colon:
            beside = port if "@" in port else f"{path.rpartition('.')[0]}.{port}"
            host = host_named(found, followed(beside, function, args, kwargs) if port else None)
        else:
            host = host_of(found) if type(found) is str and "://" in found else ""
        if host:
            return host
    return ""


def followed(path, function, args, kwargs):
    """What a path leads to; None if it leads nowhere."""
    start, *steps = path.split(".")
    if start == "self":
        found = function.__self__ if type(function) is MethodType else None
    else:
        name, _, at = start.partition("@")
        found = kwargs[name] if name in kwargs else args[int(at)] if at and int(at) < len(args) else None
    for step in steps:
        found = held(found, step)
    return found


def held(holder, name):
    """What `holder` holds under a name; None if that can't be read without running code of its class."""
    kind = type(holder)
    if kind is dict:
        return holder.get(name)
    if kind is tuple or kind is list:
        return holder[int(name)] if name.isdecimal() and int(name) < len(holder) else None
    found = first_of(kind, name)
    if type(found) in places():
        return stored(found, holder)
    if has(found, "__set__"):
        return None
    values = stored(first_of(kind, "__dict__"), holder)
    own = values.get(name) if type(values) is dict else None
    return found if own is None and not has(found, "__get__") else own


def first_of(kind, name):
    """What a class, or the first one above it that has such an attribute, has under a name; None if none has."""
    return next(
        (attributes[name] for attributes in map(ATTRIBUTES_OF, CLASSES_ABOVE(kind)) if name in attributes), None
    )


def has(value, method):
    """Whether the class of a value has a method."""
    return first_of(type(value), method) is not None


def places():
    """`PLACES`, with fields of a namedtuple."""
    if len(PLACES) == 2:
        from collections import namedtuple

        PLACES.append(type(namedtuple("Field", "name").__dict__["name"]))
    return PLACES


def stored(place, holder):
    """What stands in a place of an object; None if nothing does."""
    try:
        return place.__get__(holder) if type(place) in places() else None
    except AttributeError:
        return None


def host_named(host, port):
    """ "db.example:5432" of a host's name (or "user@host:port", or a socket's path) and its port, if there is one."""
    if type(host) is bytes and host.isascii():
        host = host.decode()
    if type(host) is not str or not host.isprintable() or not 0 < len(host) <= LONGEST_HOST:
        return ""
    host = host.rpartition("@")[2].lower()
    return f"{host}:{port}" if type(port) is int or (type(port) is str and port.isdecimal()) else host


def host_of(url):
    """ "api.example.com:8080" of a URL, without user, password and the port that its scheme implies; "" if it has no
    host."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host.isprintable() or len(host) > LONGEST_HOST:  # it stands in messages and logs
        return ""
    return f"{host}:{port}" if host and port not in (None, DEFAULT_PORTS.get(parts.scheme)) else host
