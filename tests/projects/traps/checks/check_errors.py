"""What comes out is what came out before: values, exceptions, tracebacks, warnings."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
import warnings

from app import errors
from app.errors import Odd, Tree


class Unequal:
    """An object that says no to everything that a wrapper could want of it."""

    __slots__ = ()

    def __eq__(self, other):
        raise AssertionError("compared")

    def __bool__(self):
        raise AssertionError("asked for its truth")

    def __len__(self):
        raise AssertionError("asked for its length")

    __hash__ = None

    def __getattr__(self, name):
        raise AssertionError(f"asked for {name}")


VALUES = [0, -1, 2.5, "text", "", b"", [], {}, (), None, NotImplemented, ..., True, float("nan"), object(), Unequal(), int]


def raised(call, *args, **kwargs):
    """The exception that a call raises."""
    try:
        call(*args, **kwargs)
    except BaseException as error:
        return error
    raise AssertionError("nothing raised")


def frames_below(error):
    """(file, line, function) of the traceback's frames, without that of `raised`."""
    return [(f.filename, f.lineno, f.name) for f in traceback.extract_tb(error.__traceback__)[1:]]


def check_the_value_itself_is_returned():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for value in VALUES:
            assert errors.returns_unannotated(value) is value
            assert errors.returns(value) is value, value
            assert errors.returns_guarded(value) is value, value


def check_arguments_of_other_types_are_passed_on():
    class Text(str):
        pass

    for value in (2.5, None, Text("x"), [1], Unequal(), "007", "1e3", True):
        assert errors.takes(value) is value
        assert errors.takes_guarded(value, y="also wrong") is value


def linked_what_is_handed_on_is_not_converted():
    assert errors.takes("5") == errors.takes_guarded("5") == "5"
    items = [1]
    assert errors.takes(items) is items


def linked_broken_results_warn_once():
    for function in (errors.returns, errors.returns_guarded):
        code = f"{function.__qualname__}() returned"
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            fresh = type(function)(function.__code__, function.__globals__, None, None, function.__closure__)
            fresh(1)
            fresh(2)
        assert sum(code in str(w.message) for w in caught) <= 1


def check_exceptions_are_the_same_objects():
    made = [Odd(3, text="t"), ConnectionError("down"), TimeoutError(), KeyError("k"), errors.INSTANCE, OSError(2, "no")]
    for error in made:
        args, state = error.args, dict(vars(error))
        assert raised(errors.raises, error) is error
        assert (error.args, vars(error)) == (args, state)
    assert type(raised(errors.raises, Odd)) is TypeError
    assert raised(errors.raises, KeyError).args == ()


def check_guarded_exceptions_are_the_same_objects():
    for error in [Odd(3, text="t"), KeyError("k"), errors.INSTANCE, ZeroDivisionError("z"), TypeError("t")]:
        args = error.args
        assert raised(errors.raises_guarded, error) is error
        assert error.args == args
        assert not getattr(error, "__notes__", None), error.__notes__


def check_causes_and_contexts():
    for function in (errors.raises_from, errors.raises_from_guarded):
        error = raised(function, 0)
        assert type(error) is Odd
        assert type(error.__cause__) is ZeroDivisionError
        assert error.__cause__ is error.__context__
        assert error.__cause__.__context__ is None
        try:
            raise LookupError("outer")
        except LookupError as outer:
            inner = raised(function, 0)
            assert inner.__cause__.__context__ is outer


def check_tracebacks_have_no_frame_more():
    lines = open(errors.__file__, encoding="utf-8").read().split("\n")
    error = raised(errors.fails_below, 1)
    (frame,) = frames_below(error)
    assert frame[0] == errors.__file__
    assert lines[frame[1] - 1].strip() == "total += x // (2 - i)"
    assert frame[2] == "fails_below"
    (frame,) = frames_below(raised(errors.raises, KeyError()))
    assert lines[frame[1] - 1].strip() == "raise error"
    (frame,) = traceback.extract_tb(raised(errors.raises_from, 0).__cause__.__traceback__)
    assert lines[frame.lineno - 1].strip() == "return 1 // x"


def linked_carets_stand_where_they_stood():
    for function, argument in ((errors.fails_below, 1), (errors.raises_from, 0), (errors.raises, ValueError())):
        both = []
        for each in (function, function.__wrapped__):
            error = raised(each, argument)
            error = error.__cause__ or error
            both.append([(f.lineno, f.end_lineno, f.colno, f.end_colno, f.name) for f in traceback.extract_tb(error.__traceback__)][-1])
        assert both[0] == both[1], (function, both)


def linked_guarded_tracebacks_end_in_the_users_file():
    last = frames_below(raised(errors.raises_guarded, KeyError()))[-1]
    assert last[0] == errors.__file__
    assert last[2] == "raises_guarded"


def check_missing_arguments():
    for function in (errors.takes, errors.takes_guarded):
        name = function.__name__
        assert str(raised(function)) == f"{name}() missing 1 required positional argument: 'x'"
        assert str(raised(function, 1, 2)).startswith(f"{name}() takes 1 positional argument but 2 were given")
        assert str(raised(function, 1, z=2)).startswith(f"{name}() got an unexpected keyword argument 'z'")


def check_warnings_name_the_callers_line():
    here = sys._getframe().f_lineno + 4
    for function in (errors.warns, errors.warns_guarded):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            function()
        found = {str(w.message): (w.filename, w.lineno) for w in caught}
        assert found["two"] == (__file__, here), found
        for name in ("one", "none"):
            assert found[name][0] == errors.__file__, found
            assert f'warn("{name}"' in open(errors.__file__, encoding="utf-8").read().split("\n")[found[name][1] - 1]


def check_warnings_with_a_positional_level():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        errors.warns_positionally()
    assert [w.filename for w in caught] == [__file__]


def check_log_records_name_the_users_line():
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    errors.logger.addHandler(handler)
    errors.logger.propagate = False
    try:
        for function in (errors.warns, errors.warns_guarded):
            records.clear()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                function()
            inside, outside = records
            assert (inside.pathname, inside.funcName) == (errors.__file__, function.__name__)
            assert outside.funcName == "check_log_records_name_the_users_line"
    finally:
        errors.logger.removeHandler(handler)


def check_recursion_goes_as_deep():
    assert sys.getrecursionlimit() == 1000
    assert errors.down(900) == errors.down_plain(900) == Tree().down(900) == 900


def linked_recursion_goes_exactly_as_deep():
    def limit(function, original):
        for depth in range(900, 1100):
            try:
                function(depth)
            except RecursionError:
                return depth

    reached = limit(errors.down, None)
    enhanced = errors.down
    errors.down = enhanced.__wrapped__
    try:
        assert limit(errors.down, None) == reached
    finally:
        errors.down = enhanced


def check_exits_and_interrupts():
    error = raised(errors.exits, 3)
    assert type(error) is SystemExit
    assert error.code == 3
    error = raised(errors.interrupts, 1)
    assert type(error) is KeyboardInterrupt
    assert error.args == (1,)


def check_stop_iteration():
    assert type(raised(errors.stops, 1)) is StopIteration


def check_no_references_are_kept():
    import gc
    import weakref

    class Thing:
        pass

    for function in (errors.takes, errors.takes_guarded, errors.returns_unannotated):
        thing = Thing()
        gone = weakref.ref(thing)
        function(thing)
        del thing
        gc.collect()
        assert gone() is None, function


def check_eight_threads():
    failures = []
    barrier = threading.Barrier(8)

    def work(number):
        try:
            barrier.wait(20)
            for n in range(300):
                assert errors.down(number) == number
                assert errors.takes_guarded(n) == n
                assert Tree().down(3) == 3
                mine = KeyError(number, n)
                assert raised(errors.raises_guarded, mine) is mine
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
