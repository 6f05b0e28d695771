"""Other decorators on top, and the function taken before its module was complete."""

from __future__ import annotations

import asyncio
import functools
import inspect

from app import stacks
from app.stacks import Version, Viewer


def check_lru_cache():
    stacks.calls.clear()
    stacks.cached.cache_clear()
    assert [stacks.cached(2), stacks.cached(2), stacks.cached(3)] == [4, 4, 6]
    assert stacks.calls == [2, 3]
    assert stacks.cached.cache_info().hits == 1
    assert stacks.cached.__wrapped__(5) == 10
    viewer = Viewer()
    assert viewer.cached(1) == viewer.cached(1) == 1
    assert stacks.calls.count(("cached", 1)) == 1


def check_context_managers():
    for manager in (stacks.opened, stacks.opened_guarded):
        stacks.calls.clear()
        with manager("a") as name:
            assert name == "a"
            stacks.calls.append("inside")
        assert stacks.calls == ["open a", "inside", "close a"]
        try:
            with manager("b"):
                raise KeyError("mine")
        except KeyError as error:
            assert error.args == ("mine",)
        assert stacks.calls[-1] == "close b"
        try:
            with manager("c"):
                raise StopIteration("odd")
        except StopIteration as error:
            assert error.args == ("odd",)

        @manager("d")
        def used_as_a_decorator():
            return stacks.calls[-1]

        assert used_as_a_decorator() == "open d"

    async def drive():
        async with stacks.opened_async("e") as name:
            return name

    assert asyncio.run(drive()) == "e"
    assert stacks.calls[-2:] == ["open e", "close e"]


def check_custom_decorators():
    assert stacks.said("a") == "A!"
    assert stacks.said_twice("a") == "A?"
    assert stacks.said.__doc__ == "Said."
    assert stacks.said.__name__ == "said"
    assert str(inspect.signature(stacks.said)) == "(text: 'str') -> 'str'"


def check_decorator_below_is_not_lost():
    assert stacks.not_directly_above("a") == "A..."


def check_single_dispatch():
    assert stacks.shown("a") == "something a"
    assert stacks.shown(3) == "int 3"
    assert stacks.shown([1]) == "list of 1"
    assert stacks.shown.dispatch(bool) is stacks.shown_int
    viewer = Viewer()
    assert viewer.view(1.5) == "any 1.5"
    assert viewer.view(2) == "int 2"


def check_used_before_and_after():
    assert stacks.AT_IMPORT == 42
    assert stacks.REFERENCE is stacks.twice
    assert stacks.PARTIAL() == 8
    assert stacks.TABLE["twice"](1) == 2


def check_wraps_on_top():
    @functools.wraps(stacks.twice)
    def around(*args, **kwargs):
        return stacks.twice(*args, **kwargs) + 1

    assert around(1) == 3
    assert around.__wrapped__ is stacks.twice
    assert inspect.signature(around) == inspect.signature(stacks.twice)
    assert inspect.unwrap(around).__name__ == "twice"


def check_total_ordering():
    assert Version(1) < Version(2) <= Version(2)
    assert Version(3) >= Version(2) != Version(1)


def check_functional_tools():
    assert list(map(stacks.twice, [1, 2])) == [2, 4]
    assert sorted([3, 1], key=stacks.twice) == [1, 3]
    assert functools.reduce(lambda a, f: f(a), [stacks.twice] * 3, 1) == 8
    assert {stacks.twice: 1}[stacks.twice] == 1
    method = functools.partialmethod(stacks.twice)
    assert method is not None
