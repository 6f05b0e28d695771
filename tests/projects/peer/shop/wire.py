"""A client whose answers are given beforehand."""


class Busy(ConnectionError):
    pass


SCRIPT = []
CALLS = []
LOG = []


def fetch(*args):
    CALLS.append(args)
    return play(SCRIPT.pop(0) if SCRIPT else "ok")


async def afetch(*args):
    return fetch(*args)


def post(*args):
    return fetch(*args)


async def apost(*args):
    return fetch(*args)


def rows(*args):
    CALLS.append(args)
    for step in SCRIPT.pop(0):
        yield play(step)


def play(step):
    if isinstance(step, BaseException) or isinstance(step, type) and issubclass(step, BaseException):
        raise step
    return step() if callable(step) else step
