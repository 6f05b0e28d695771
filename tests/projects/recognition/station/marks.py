"""Decorators of the project: some give back what they are given, others don't."""

TABLE = {}


def stable(thing):
    """Says that a thing will stay."""
    return thing


def entered(thing):
    TABLE[thing.__name__] = thing
    return thing


def named(name):
    def enter(thing):
        TABLE[name] = thing
        return thing

    return enter


def patched(thing):
    thing.read = None
    return thing


def handed_on(thing):
    entered(thing)
    return thing


def another(thing):
    return TABLE["another"]


def itself(thing):
    return thing


@itself
def itself(thing):
    return thing
