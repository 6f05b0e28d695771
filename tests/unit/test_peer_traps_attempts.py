"""What users of retry libraries report, tried on built functions: see PEER_TRAPS.md for who reported what."""

from __future__ import annotations

import asyncio
import functools
import gc
import inspect
import threading
import weakref
from collections.abc import Iterator
from typing import Any

import pytest
from peer_shop import Shop, call, caught, the_shop

FORMS = ["site", "whole", "asite", "awhole"]


@pytest.fixture
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The project with an empty script; at most three attempts, no waits."""
    shop = the_shop(tmp_path_factory)
    shop.plays()
    with shop.runtime.testing(3):
        yield shop


@pytest.fixture
def app(shop: Shop) -> Any:
    """The functions of this file's tests."""
    return shop.module("attempts")


async def failing(function: Any) -> str:
    """The name of what a call raises; caught inside the event loop, which would keep the error alive."""
    try:
        result = function("k")
        await result if inspect.iscoroutine(result) else result
    except Exception as error:
        return type(error).__name__
    return "nothing"


@pytest.mark.parametrize("form", FORMS)
def test_last_error_comes_as_it_is(form: str, shop: Shop, app: Any) -> None:
    """No error of the library's own around it, no context of earlier attempts; its notes count the attempts."""
    errors = [shop.wire.Busy(n) for n in range(3)]
    shop.plays(*errors)
    error = caught(getattr(app, form), "k")
    assert error is errors[-1]
    assert (error.__cause__, error.__context__) == (None, None)
    assert len(shop.wire.CALLS) == 3
    assert sum("3 attempts" in note for note in error.__notes__) == 1


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError])
def test_what_ends_a_program_or_task_is_never_repeated(
    kind: type[BaseException], form: str, shop: Shop, app: Any
) -> None:
    """Ctrl-C, exit and cancelling pass at once, as the same object, whatever it says of retries."""
    error = kind("now")
    shop.plays(shop.wire.Busy(), error)
    with pytest.raises(kind) as raised:
        call(getattr(app, form), "k")
    if kind is not asyncio.CancelledError:  # a task makes a new one for its waiter
        assert raised.value is error
    assert len(shop.wire.CALLS) == 2


def test_generators_are_retried_before_the_first_item(shop: Shop, app: Any) -> None:
    """A decorated generator function is not silently left alone: what fails at its start is started again."""
    shop.plays([shop.wire.Busy], [shop.wire.Busy], [1, 2])
    assert list(app.stream("k")) == [1, 2]
    assert len(shop.wire.CALLS) == 3


def test_items_are_never_delivered_twice(shop: Shop, app: Any) -> None:
    """After an item nothing is started again: no [1, 2, 1, 2, 3]."""
    shop.plays([1, 2, shop.wire.Busy], [1, 2, 3])
    got = []
    with pytest.raises(shop.wire.Busy):
        got.extend(app.stream("k"))
    shop.plays([1, 2, shop.wire.Busy], [1, 2, 3])
    with pytest.raises(shop.wire.Busy):
        app.summed("k")
    assert len(shop.wire.CALLS) == 1


def test_async_generators_keep_what_they_gave(shop: Shop, app: Any) -> None:
    """A call between two items is repeated by itself; the generator is not."""
    shop.plays("a", shop.wire.Busy, shop.wire.Busy, "b")

    async def collected() -> list[str]:
        return [item async for item in app.astream("k")]

    assert asyncio.run(collected()) == ["a", "b"]
    assert shop.wire.LOG == ["k"]


def test_attempts_of_nested_functions_do_not_multiply(shop: Shop, app: Any) -> None:
    """Three functions inside one another with three attempts each make three calls, not twenty-seven."""
    shop.plays(*[shop.wire.Busy] * 50)
    assert isinstance(caught(app.outer, "k"), shop.wire.Busy)
    assert len(shop.wire.CALLS) == 3


@pytest.mark.parametrize("function", ["posts", "aposts"])
def test_used_up_arguments_end_the_attempts(function: str, shop: Shop, app: Any) -> None:
    """A generator among the arguments is used up by the first attempt: another would do the rest and call it all."""
    shop.plays("ok", shop.wire.Busy)
    error = caught(getattr(app, function), iter("abc"))
    assert isinstance(error, shop.wire.Busy)
    assert [args[0] for args in shop.wire.CALLS] == ["a", "b"]


def test_used_up_arguments_end_the_attempts_of_a_generator(shop: Shop, app: Any) -> None:
    """The same before a generator's first item."""
    shop.plays(shop.wire.Busy, "ok", "ok")
    with pytest.raises(shop.wire.Busy):
        list(app.streams_posts(iter("abc")))


def test_lists_are_passed_again(shop: Shop, app: Any) -> None:
    """What can be gone through twice is."""
    shop.plays("ok", shop.wire.Busy, "ok", "ok")
    assert app.posts(list("abc")) == ["a", "b", "c"]


@pytest.mark.parametrize("form", ["asite", "awhole"])
def test_coroutines_are_known_through_partials(form: str, shop: Shop, app: Any) -> None:
    """A partial over an enhanced coroutine function is one for inspect and asyncio, and is retried when awaited."""
    function = functools.partial(getattr(app, form), "k")
    assert inspect.iscoroutinefunction(function)
    shop.plays(shop.wire.Busy, "fine")
    assert call(function) == "fine"


def test_function_that_hands_out_a_coroutine(shop: Shop, app: Any) -> None:
    """It gives the very coroutine, never awaited or dropped on the way; what that does is tried again by itself."""
    shop.plays(shop.wire.Busy, "fine")
    coroutine = app.gives_a_coroutine("k")
    assert inspect.iscoroutine(coroutine)
    assert asyncio.run(coroutine) == "fine"


def test_counts_are_the_calls_own(shop: Shop, app: Any) -> None:
    """Threads that fail at the same time, and a function that calls itself, never count each other's attempts."""
    barrier = threading.Barrier(4)
    notes: list[list[str]] = []

    def wait_for_others() -> str:
        barrier.wait(10)
        raise shop.wire.Busy

    def work() -> None:
        notes.append(caught(app.site, "k").__notes__)

    shop.plays(*[wait_for_others] * 12)
    threads = [threading.Thread(target=work) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join(30) for thread in threads]
    assert [sum("3 attempts" in note for note in each) for each in notes] == [1] * 4


def test_recursion_has_attempts_of_its_own(shop: Shop, app: Any) -> None:
    """A function that calls itself: each level's failure that passes is made good at its own level."""
    shop.plays(shop.wire.Busy, "a", "b", "c")
    assert app.countdown(2) == "abc"


@pytest.mark.parametrize("opened", ["opened", "aopened"])
def test_context_managers_are_entered_and_left_once(opened: str, shop: Shop, app: Any) -> None:
    """With `contextmanager` on top: entering is tried again, the body's own error never starts anything anew."""
    shop.plays(shop.wire.Busy, "handle")

    async def entered() -> None:
        async with app.aopened("k") as handle:
            assert handle == "handle"
            raise shop.wire.Busy("of the body")

    def entered_now() -> None:
        with app.opened("k") as handle:
            assert handle == "handle"
            raise shop.wire.Busy("of the body")

    with pytest.raises(shop.wire.Busy, match="of the body"):
        asyncio.run(entered()) if opened == "aopened" else entered_now()
    assert shop.wire.LOG == ["open", "close"]


@pytest.mark.parametrize("form", ["heavy_site", "heavy_whole", "heavy_async"])
def test_failed_attempts_are_let_go(form: str, shop: Shop, app: Any) -> None:
    """What failed attempts held is free once the call has ended, without the garbage collector's help."""
    held: list[weakref.ref[Any]] = []

    def fail() -> None:
        held.append(weakref.ref(shop.wire.CALLS.pop()[0]))
        raise shop.wire.Busy

    gc.collect()
    gc.disable()
    try:
        shop.plays(fail, fail, "fine")
        assert call(getattr(app, form), "k") == "fine"
        shop.wire.CALLS.clear()
        assert [ref() for ref in held] == [None] * len(held)
        shop.plays(fail, fail, fail)
        assert call(failing, getattr(app, form)) == "Busy"
        shop.wire.CALLS.clear()
        assert len(held) == 5
        assert [ref() for ref in held] == [None] * len(held)
    finally:
        gc.enable()


def test_notes_and_breakers_tell_no_arguments(shop: Shop, app: Any) -> None:
    """What was passed - a password, a token - stands in no note."""
    for form in FORMS:
        shop.plays(*[shop.wire.Busy] * 3)
        error = caught(getattr(app, form), "hunter2")
        assert not any("hunter2" in note for note in error.__notes__)
