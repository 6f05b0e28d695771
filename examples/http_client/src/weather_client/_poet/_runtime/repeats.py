# fmt: off
# isort: skip_file
# flake8: noqa
# ruff: noqa
# mypy: ignore-errors
# pylint: skip-file
# copied by `poet build`
"""When a call that failed can't, or needn't, be made again as it was."""

from types import FunctionType

from .consumed import Place, holdings_of, is_spent, is_used_up
from .kinds import own_dict, parts_of
from .known import KNOWN
from .lookups import looked_up, reached, root_of
from .transient import has_name, sql_state


BY_ITSELF = "the client repeats by itself"


USED_ONCE = "an argument can be used once only"


def obstacle(
    function,
    args,
    kwargs,
    error,
    places = (),
):
    """Why `function(*args, **kwargs)` can't be made again after `error` (None: after a response), or "".

    An argument that the first attempt used up would be sent empty by a second one, unless it can be put back to where
    it stood (`places`); the attempts of a client that repeats by itself would multiply; a connection may be closed, and
    a transaction has to be done from its beginning.
    """
    owner = looked_up(function, "__self__")
    if (owner is not None and repeats_by_itself(owner, error)) or is_call_repeated(function, kwargs, error):
        return BY_ITSELF
    if owner is not None and error is not None and is_stuck(owner, error):
        return STUCK
    return USED_ONCE if is_spent(args, kwargs, places) else ""


def repeats_by_itself(owner, error = None):
    """Whether a client object is set up to repeat what fails: itself, or one of the parts that it sends by."""
    for holder in (owner, *parts_of(owner)):
        paths = [*KNOWN.repeats, *(r["path"] for r in KNOWN.repeats_after if error and has_name(error, r["errors"]))]
        if any(is_repeating(reached(holder, path)) for path in paths) or repeats_in_code(type(holder)):
            return True
    rules = (rule for rule in KNOWN.repeats_unless if reached(owner, rule["has"]) is not None)
    return any(reached(owner, rule["path"]) != rule["value"] for rule in rules)


COUNTS = ("connect", "read", "status", "other")
"""what a `Retry` limits one by one where it has no total"""


def is_repeating(setting):
    """Whether that is a number of further attempts, or a `Retry` that makes some."""
    if type(setting) is int:
        return setting > 0
    if "total" not in own_dict(setting):
        return False
    total = looked_up(setting, "total")
    counts = [looked_up(setting, name) for name in COUNTS] if total is None else [total]
    return all(each is None for each in counts) or any(type(each) is int and each > 0 for each in counts)


def is_call_repeated(function, kwargs, error):
    """Whether a function repeats by itself: failures unless told not to, statuses only if told which."""
    for rule in KNOWN.repeats_call:
        if root_of(function) != rule["root"]:
            continue
        owner = looked_up(function, "__self__")
        own = (reached(owner, path) for path in rule["paths"])
        setting = kwargs.get(rule["argument"], next((each for each in own if each is not None), None))
        if error is None:
            return bool(looked_up(setting, rule["statuses"])) and is_repeating(setting)
        return has_name(error, rule["errors"]) and (setting is None or is_repeating(setting))
    return False


def is_stuck(owner, error):
    """Whether a database connection, or the cursor's, is closed, or inside a transaction that `error` ended."""
    if sql_state(error).startswith("40"):
        return True  # the transaction is rolled back: it has to be done again from its beginning
    if is_of_database(owner) and is_rolled_back(owner, error):
        return True
    for holder in (owner, looked_up(owner, "connection")):
        if any(is_set(looked_up(holder, name)) for name in ("closed", "broken", "invalidated")):
            return True
        status = looked_up(looked_up(holder, "info"), "transaction_status")
        if isinstance(status, int) and status >= 3:  # libpq's PQTRANS_INERROR, PQTRANS_UNKNOWN
            return True
    return False


STUCK = "its connection or transaction can't go on"


def is_consequence(error):
    """Whether a further attempt failed only because what the first one left behind can't be used: that says less."""
    return has_name(error, KNOWN.consequences)


HALF_DONE = "what it has begun with a connection would be done twice in one transaction"


def whole_obstacle(args, kwargs, error):
    """Why a user's function can't be run again as a whole with the same arguments, or ""."""
    values = (*args, *kwargs.values())
    if is_used_up(values):
        return USED_ONCE
    held = [each for value in values[:20] if not is_of_database(value) for each in holdings_of(value)[:50]]
    databases = [each for each in (*values, *held) if is_of_database(each)]
    if any(is_stuck(each, error) for each in databases):
        return STUCK
    return HALF_DONE if any(is_half_done(each) for each in databases) else ""


def is_half_done(owner):
    """Whether a connection of sqlite3 or PostgreSQL, or the cursor's, is in the middle of a transaction."""
    for holder in (owner, looked_up(owner, "connection")):
        if (
            looked_up(holder, "in_transaction") is True
            or looked_up(looked_up(holder, "info"), "transaction_status") == 2
        ):
            return True  # libpq's PQTRANS_INTRANS
    return False


def is_of_database(value):
    """Whether a database's package has made the class of a value, or one above it."""
    return any(root_of(cls) in KNOWN.databases for cls in type(value).__mro__)


def is_rolled_back(session, error):
    """Whether a session of a database has to be rolled back by whoever began with it."""
    if looked_up(session, "is_active") is False:
        return True
    ask = looked_up(session, "in_transaction")
    if not callable(ask) or not is_of_database(error):
        return False
    try:
        return ask() is True
    except Exception:  # a class of another version
        return False


def is_set(flag):
    """Whether that is a flag, and set; methods of that name are none."""
    return type(flag) in (bool, int) and bool(flag)


LOOPING = {}
"""what was found of a method"""

MOST_LOOPING = 256

METHOD_LOADS = frozenset({"LOAD_ATTR", "LOAD_METHOD", "LOAD_SUPER_ATTR"})
"""instructions by which a method is looked up, in Python 3.11 to 3.13"""


def repeats_in_code(cls):
    """Whether a class below a client's has such a method that calls one of them in a loop."""
    own = []
    for each in cls.__mro__:
        if root_of(each) in KNOWN.subclassed:
            return any(loops_around_call(function.__code__) for function in own)
        own += [each.__dict__[name] for name in KNOWN.sends if type(each.__dict__.get(name)) is FunctionType]
    return False


def loops_around_call(code):
    """Whether the compiled code jumps back over a call of a method that sends."""
    if code not in LOOPING:
        from dis import get_instructions  # takes its time, and few programs come here

        if len(LOOPING) > MOST_LOOPING:
            LOOPING.clear()
        steps = list(get_instructions(code))
        calls = [step.offset for step in steps if step.opname in METHOD_LOADS and step.argval in KNOWN.sends]
        backs = [(step.argval, step.offset) for step in steps if step.opname.startswith("JUMP_BACKWARD")]
        LOOPING[code] = any(start <= call < end for start, end in backs for call in calls)
    return LOOPING[code]
