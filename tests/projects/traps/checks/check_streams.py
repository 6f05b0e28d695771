"""Coroutines, generators and async generators behave as the language says, to every step."""

from __future__ import annotations

import asyncio
import inspect
import types

from app import streams


def raised(call, *args):
    """The exception that a call raises."""
    try:
        call(*args)
    except BaseException as error:
        return error
    raise AssertionError("nothing raised")


def check_coroutines():
    for function in (streams.doubled, streams.doubled_guarded):
        assert inspect.iscoroutinefunction(function)
        coroutine = function(2)
        assert inspect.iscoroutine(coroutine)
        assert coroutine.__name__ == function.__name__
        assert asyncio.run(coroutine) == 4


def check_cancellation():
    async def cancel(function):
        task = asyncio.create_task(function(1))
        await asyncio.sleep(0.01)
        task.cancel()
        try:
            await task
        except asyncio.CancelledError:
            return "cancelled"

    streams.log.clear()
    assert asyncio.run(cancel(streams.cancelled)) == "cancelled"
    assert streams.log == ["cancelled"]
    streams.log.clear()
    assert asyncio.run(cancel(streams.cancelled_guarded)) == "cancelled"
    assert streams.log == ["started"], "a cancelled call was tried again"


def check_many_coroutines_at_once():
    async def all_of_them():
        return await asyncio.gather(*(streams.doubled_guarded(n) for n in range(50)))

    assert asyncio.run(all_of_them()) == [2 * n for n in range(50)]


def check_generators():
    for function in (streams.talk, streams.talk_guarded):
        streams.log.clear()
        talk = function(4)
        assert isinstance(talk, types.GeneratorType)
        assert talk.__name__ == function.__name__
        assert streams.log == [], "it ran before the first item was asked for"
        assert next(talk) == (0, None)
        assert talk.send("hello") == (1, "hello")
        assert talk.throw(ValueError("v")) == (2, "caught v")
        assert talk.send("bye") == (3, "bye")
        end = raised(next, talk)
        assert type(end) is StopIteration
        assert end.value == "returned None"
        assert streams.log == ["talk begins", "talk ends"]


def check_closed_generators():
    for function in (streams.talk, streams.talk_guarded):
        streams.log.clear()
        talk = function(3)
        next(talk)
        assert talk.close() is None
        assert streams.log == ["talk begins", "talk ends"]
        assert type(raised(next, talk)) is StopIteration
        unstarted = function(3)
        unstarted.close()
        assert type(raised(next, unstarted)) is StopIteration


def check_errors_of_generators_that_are_closed():
    for function in (streams.fails_when_closed, streams.fails_when_closed_guarded):
        items = function(3)
        next(items)
        error = raised(items.close)
        assert type(error) is KeyError
        assert error.args == ("when closed",)


def check_errors_thrown_into_generators():
    for function in (streams.talk, streams.talk_guarded):
        talk = function(3)
        next(talk)
        mine = KeyError("k")
        assert raised(talk.throw, mine) is mine
        talk = function(3)
        assert type(raised(talk.send, "too early")) is TypeError


def check_generators_are_never_started_again_after_an_item():
    streams.log.clear()
    numbers = streams.fails_after_first(5)
    assert next(numbers) == 5
    error = raised(next, numbers)
    assert type(error) is ConnectionError
    assert error.args == ("after the first item",)
    assert streams.log == ["begun"]


def linked_generators_are_started_again_before_the_first_item():
    streams.log.clear()
    from unittest import mock

    with mock.patch("app._poet._runtime.calls.sleep"):
        assert list(streams.fails_before_first(7)) == [7]
    assert streams.log == ["begun"] * 3


def check_yield_from():
    assert list(streams.delegating(2)) == [(0, None), (1, None), "returned None"]
    generator = streams.delegating(2)
    next(generator)
    assert generator.gi_yieldfrom is not None
    generator.close()


def check_laziness():
    streams.log.clear()
    for argument in (1, "not an int"):
        generator = streams.lazy(argument)
        assert streams.log == []
        assert list(generator) == [argument]
        assert streams.log.pop() == "ran"


def check_async_generators():
    async def drive():
        streams.log.clear()
        talk = streams.talk_async(4)
        assert isinstance(talk, types.AsyncGeneratorType)
        assert streams.log == []
        assert await talk.__anext__() == (0, None)
        assert await talk.asend("hello") == (1, "hello")
        assert await talk.athrow(ValueError("v")) == (2, "caught v")
        assert [item async for item in talk] == [(3, None)]
        assert streams.log == ["async talk begins", "async talk ends"]
        streams.log.clear()
        talk = streams.talk_async(4)
        await anext(talk)
        await talk.aclose()
        assert streams.log == ["async talk begins", "async talk ends"]
        mine = KeyError("k")
        talk = streams.talk_async(4)
        await anext(talk)
        try:
            await talk.athrow(mine)
        except KeyError as error:
            assert error is mine

    asyncio.run(drive())


def check_async_generators_are_never_started_again():
    async def drive():
        streams.log.clear()
        items = streams.talk_async_retried(1)
        assert await anext(items) == 1
        try:
            await anext(items)
        except ConnectionError as error:
            assert error.args == ("after the first item",)
        else:
            raise AssertionError("nothing raised")
        assert streams.log == ["async talk begins"]

    asyncio.run(drive())


def check_streams_that_use_private_names():
    stream = streams.Stream()
    assert list(stream.private(3)) == [0, 3, 6]
    assert asyncio.run(stream.private_coroutine(2)) == 6
    assert inspect.isasyncgenfunction(streams.Stream.private_async)

    async def drive():
        items = stream.private_async(3)
        assert await anext(items) == 0
        assert await items.asend("sent") == "sent"
        return [item async for item in items]

    assert asyncio.run(drive()) == [3, 6]
