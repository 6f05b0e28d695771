"""`rt.Retry`: what is repeated, how often, how long it waits, what the last error says."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runtime_clock import Clock, stopped_clock

from poetc.runtime import retry_state as state_module
from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.retry_forms import AnyRetry as Retry
from poetc.runtime.testing import testing


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Time that only waiting moves."""
    return stopped_clock(monkeypatch)


class Response:
    """A response with a status and headers."""

    __module__ = "requests.models"

    def __init__(self, status: int, **headers: str) -> None:
        self.status_code = status
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Script:
    """A call whose attempts go as written: exceptions are raised, others returned; it keeps what it was given."""

    def __init__(self, *steps: Any, cost: float = 0.0, clock: Clock | None = None) -> None:
        self.steps = [*steps]
        self.given: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        self.cost = cost
        self.clock = clock

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.given.append((args, kwargs))
        if self.clock is not None:
            self.clock.now += self.cost
        step = self.steps.pop(0)
        if isinstance(step, BaseException):
            raise step
        return step

    async def awaited(self, *args: Any, **kwargs: Any) -> Any:
        return self(*args, **kwargs)


def original() -> None:
    """What the retry belongs to."""


def run(form: str, retry: Retry, script: Script, *args: Any, **kwargs: Any) -> Any:
    """Call a script through one of the forms; all have to do the same."""
    if form == "call":
        return retry(script)(*args, **kwargs)
    if form == "awaited":
        return asyncio.run(wait_for(retry, script, args, kwargs))
    if form == "entered":
        with retry.entered(managed(script))(*args, **kwargs) as value:
            return value
    if form == "iterated":
        for value in retry.iterated(yielding(script))(*args, **kwargs):
            return value
    if form == "entered_async":
        return asyncio.run(enter(retry, script, args, kwargs))
    assert form == "iterated_async"
    return asyncio.run(iterate(retry, script, args, kwargs))


def managed(script: Script) -> Callable[..., Any]:
    """A function that makes a manager whose entering goes by the script."""

    class Manager:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self.given = args, kwargs

        def __enter__(self) -> Any:
            return script(*self.given[0], **self.given[1])

        def __exit__(self, *raised: object) -> None:
            return None

        async def __aenter__(self) -> Any:
            return script(*self.given[0], **self.given[1])

        async def __aexit__(self, *raised: object) -> None:
            return None

    return Manager


def yielding(script: Script) -> Callable[..., Any]:
    """A generator function whose first item goes by the script."""

    def items(*args: Any, **kwargs: Any) -> Any:
        yield script(*args, **kwargs)

    return items


async def wait_for(retry: Retry, script: Script, args: Any, kwargs: Any) -> Any:
    return await retry.awaited(script.awaited)(*args, **kwargs)


async def enter(retry: Retry, script: Script, args: Any, kwargs: Any) -> Any:
    async with retry.entered_async(managed(script))(*args, **kwargs) as value:
        return value


async def iterate(retry: Retry, script: Script, args: Any, kwargs: Any) -> Any:
    async def items(*args: Any, **kwargs: Any) -> Any:
        yield script(*args, **kwargs)

    async for value in retry.iterated_async(items)(*args, **kwargs):
        return value


FORMS = ["call", "awaited", "entered", "entered_async", "iterated", "iterated_async"]


@pytest.mark.parametrize("form", FORMS)
def test_repeats_until_it_works(form: str, clock: Clock) -> None:
    """Every form repeats a transient failure with the same arguments and gives what the last attempt gave."""
    script = Script(ConnectionError(), TimeoutError(), "done")
    assert run(form, Retry(original), script, 1, two=2) == "done"
    assert script.given == [((1,), {"two": 2})] * 3
    assert len(clock.waits) == 2


@pytest.mark.parametrize("form", FORMS)
def test_last_error_passes_through_with_notes(form: str, clock: Clock) -> None:
    """After the last attempt its own error is raised, and says how often, how long, and where it was tried."""
    errors = [ConnectionError(1), ConnectionError(2), ConnectionError(3)]
    with pytest.raises(ConnectionError) as caught:
        run(form, Retry(original), Script(*errors))
    assert caught.value is errors[2]
    assert caught.value.args == (3,)
    assert caught.value.__cause__ is None
    (note,) = caught.value.__notes__
    assert "3 attempts in " in note
    assert "test_runtime_retry.py:" in note
    assert not hasattr(errors[0], "__notes__")


@pytest.mark.parametrize("form", FORMS)
def test_other_errors_pass_at_once_and_untouched(form: str, clock: Clock) -> None:
    """An error that doesn't pass by itself is raised by the first attempt, with nothing added to it."""
    error = ValueError("no")
    with pytest.raises(ValueError, match="no"):
        run(form, Retry(original), Script(error, "never"))
    assert vars(error) == {}
    assert clock.waits == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError, BaseException])
def test_base_exceptions_are_never_repeated(form: str, error: type[BaseException], clock: Clock) -> None:
    """What means "stop" stops, at once and as it is."""
    script = Script(error(7), "never")
    with pytest.raises(BaseException) as caught:
        run(form, Retry(original), script)
    assert type(caught.value) in (error, RuntimeError) if "iterated" in form else type(caught.value) is error
    assert len(script.given) == 1


@pytest.mark.parametrize("form", ["call", "awaited", "entered", "entered_async"])
def test_responses_that_say_come_back_are_repeated_and_the_last_is_returned(form: str, clock: Clock) -> None:
    """503 and 429 count as failures; what is thrown away is closed; the last response comes back as it is."""
    first, second, third = Response(503), Response(429), Response(503)
    assert run(form, Retry(original), Script(first, second, third)) is third
    if form in ("call", "awaited"):
        assert (first.closed, second.closed, third.closed) == (True, True, False)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 404, 409, 501, 505])
def test_other_statuses_come_back_at_once(status: int, clock: Clock) -> None:
    """A response that another attempt wouldn't change is returned."""
    response = Response(status)
    assert run("call", Retry(original), Script(response)) is response


@pytest.mark.parametrize("asked", ["2", "Thu, 01 Jan 2026 00:00:02 GMT"])
def test_retry_after_is_waited_for(asked: str, clock: Clock) -> None:
    """Both forms of Retry-After are kept to; a date is compared with the server's own clock."""
    response = Response(503, Retry_After=asked, Date="Thu, 01 Jan 2026 00:00:00 GMT")
    run("call", Retry(original), Script(response, Response(200)))
    assert 2.0 <= clock.waits[0] <= 2.1


def test_retry_after_beyond_the_budget_isnt_waited_for(clock: Clock) -> None:
    """Who is told to come back too late returns what he has."""
    response = Response(503, Retry_After="100")
    assert run("call", Retry(original, budget=45.0), Script(response)) is response
    assert clock.waits == []


def test_deadline_bounds_attempts_and_waits(clock: Clock) -> None:
    """Neither waits nor attempts go on behind the end of the call's budget."""
    script = Script(*(ConnectionError(n) for n in range(9)), cost=0.4, clock=clock)
    deadline = Deadline(1.0)
    with pytest.raises(ConnectionError):
        Retry(original, 9)(script, deadline)()
    assert len(script.given) <= 3
    assert clock.now <= deadline.end + 0.4


def test_nothing_is_repeated_once_the_budget_is_spent(clock: Clock) -> None:
    """The budget's own error is final, also for a retry further out."""
    deadline = Deadline(1.0)
    clock.now += 2
    script = Script("never")

    def takes_time(timeout: float) -> Any:
        return script()

    with pytest.raises(BudgetSpentError, match="1 s is spent"):
        Retry(original)(takes_time, deadline, "timeout")()
    assert script.given == []


def test_attempts_dont_multiply(clock: Clock) -> None:
    """What an enhanced call further in has tried as often as it may isn't tried again further out, not even wrapped."""
    inner_script = Script(*(ConnectionError(n) for n in range(20)))
    inner = Retry(original)(inner_script)

    @dataclass(frozen=True)
    class Mine(ConnectionError):
        text: str = "mine"

    def wrapping() -> None:
        try:
            inner()
        except ConnectionError as error:
            raise Mine from error

    def grouping() -> None:
        try:
            inner()
        except ConnectionError as error:
            raise ExceptionGroup("some", [error, TimeoutError()]) from None

    for function, kind in ((inner, ConnectionError), (wrapping, Mine), (grouping, ExceptionGroup)):
        before = len(inner_script.given)
        with pytest.raises(kind):
            Retry(original)(function)()
        assert len(inner_script.given) - before == 3


def test_second_call_after_a_final_error_has_attempts_of_its_own(clock: Clock) -> None:
    """A fallback in an `except` block is another call, although its error has the first one as its context."""
    first, second = Script(*(ConnectionError() for _ in range(3))), Script(ConnectionError(), "fallback")
    retry = Retry(original)
    try:
        retry(first)()
    except ConnectionError:
        assert retry(second)() == "fallback"


USED = {"iterator": iter([1]), "generator": (n for n in [1]), "pipe": io.FileIO(os.pipe()[0])}
PLACES = {"bare": lambda x: x, "in a dict": lambda x: {"file": x}, "deep in a list": lambda x: [("a", (x,))]}


@pytest.mark.parametrize("spent", USED.values(), ids=USED)
@pytest.mark.parametrize("wrap", PLACES.values(), ids=PLACES)
def test_arguments_that_are_used_up_arent_sent_again(spent: Any, wrap: Callable[[Any], Any], clock: Clock) -> None:
    """A second attempt would send an empty body; so there is none, and the note says why."""
    with pytest.raises(ConnectionError) as caught:
        run("call", Retry(original), Script(ConnectionError(), "never"), data=wrap(spent))
    assert "an argument can be used once only" in caught.value.__notes__[0]
    assert not hasattr(caught.value, "poet_final"), "the whole function may be repeated: it makes another argument"


@pytest.mark.parametrize("wrap", PLACES.values(), ids=PLACES)
def test_files_go_back_to_where_they_stood(wrap: Callable[[Any], Any], clock: Clock) -> None:
    """Every attempt reads the same of a file, from where it stood and not from its beginning."""
    file, read = io.BytesIO(b"head body"), []
    file.seek(5)

    def send(data: Any) -> None:
        read.append(file.read())
        raise ConnectionError

    with pytest.raises(ConnectionError):
        Retry(original)(send)(wrap(file))
    assert read == [b"body"] * 3


def test_what_answers_for_itself_is_not_woken_before_it_is_used(clock: Clock) -> None:
    """Before the first attempt nothing is asked that could do something then."""

    class Lazy:
        def __getattr__(self, name: str) -> Any:
            raise AssertionError("woken")

    assert run("call", Retry(original), Script("done"), Lazy(), data=[Lazy()]) == "done"


def test_one_error_that_is_raised_again_belongs_to_each_call() -> None:
    """It is tried as often by each, says so of the last one only, and still ends the attempts further out."""
    busy = ConnectionError("busy")
    retry = Retry(original)
    for _ in range(5):
        script = Script(*[busy] * 9)
        with testing(attempts=3), pytest.raises(ConnectionError) as caught:
            retry(retry(script))()
        assert caught.value is busy
        assert len(script.given) == 3
        assert len(busy.__notes__) == 1


def test_lists_and_texts_are_sent_again(clock: Clock) -> None:
    """What can be read twice is."""
    script = Script(ConnectionError(), "done")
    assert run("call", Retry(original), script, [1, "a", None], {"k": {"x": b"y"}}, range(3)) == "done"


class Client:
    """A client object with a call that fails; attributes by keyword."""

    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)
        self.calls = 0

    def get(self) -> None:
        self.calls += 1
        raise ConnectionError


class Namespace:
    def __init__(self, **attributes: Any) -> None:
        self.__dict__.update(attributes)


OWN_RETRIES = {
    "openai": Client(max_retries=2),
    "openai's resource": Client(_client=Namespace(max_retries=2)),
    "requests": Client(adapters={"https://": Namespace(max_retries=Namespace(total=3))}),
    "boto3": Client(meta=Namespace(service_model=1, config=Namespace(retries=None))),
    "redis": Client(connection_pool=Namespace(connection_kwargs={"retry": Namespace(_retries=3)})),
}


@pytest.mark.parametrize("client", OWN_RETRIES.values(), ids=OWN_RETRIES)
def test_client_that_repeats_by_itself_is_left_to_it(client: Client, clock: Clock) -> None:
    """Attempts of the client's and ours don't multiply; the error is the last word for calls further out as well."""
    with pytest.raises(ConnectionError) as caught:
        Retry(original)(Retry(original)(client.get))()
    assert client.calls == 1
    assert "the client repeats by itself" in caught.value.__notes__[0]


NO_RETRIES = {
    "openai": Client(max_retries=0),
    "requests": Client(adapters={"https://": Namespace(max_retries=Namespace(total=0))}),
    "boto3": Client(meta=Namespace(service_model=1, config=Namespace(retries={"total_max_attempts": 1}))),
    "redis": Client(connection_pool=Namespace(connection_kwargs={"retry": None})),
    "odd": Client(adapters=7, meta=7, connection_pool=7),
}


@pytest.mark.parametrize("client", NO_RETRIES.values(), ids=NO_RETRIES)
def test_client_that_doesnt_repeat_is_repeated(client: Client, clock: Clock) -> None:
    """A client whose retries are switched off gets ours."""
    with pytest.raises(ConnectionError):
        Retry(original)(client.get)()
    assert client.calls == 3


@pytest.mark.parametrize(
    "state",
    [{"closed": True}, {"closed": 2}, {"broken": True}, {"info": Namespace(transaction_status=3)}],
    ids=["closed", "closed by a number", "broken", "transaction failed"],
)
def test_dead_connection_isnt_used_again(state: dict[str, Any], clock: Clock) -> None:
    """A statement on a connection that can't go on would hide the first error behind another."""
    client, cursor = Client(**state), Client(connection=Namespace(**state))
    for each in (client, cursor):
        with pytest.raises(ConnectionError):
            Retry(original)(each.get)()
        assert each.calls == 1


def test_rolled_back_transaction_isnt_continued(clock: Clock) -> None:
    """After a serialization failure all of the transaction has to be done again, not its last statement."""

    class Failure(Exception):
        sqlstate = "40001"

    class Connection(Client):
        def get(self) -> None:
            self.calls += 1
            raise Failure

    connection = Connection()
    with pytest.raises(Failure):
        Retry(original)(connection.get)()
    assert connection.calls == 1


class Slotted(ConnectionError):
    __slots__ = ()


class Frozen(ConnectionError):
    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(name)


class Unprintable(ConnectionError):
    def __str__(self) -> str:
        raise RuntimeError("no text")

    __repr__ = __str__


class Odd(ConnectionError):
    @property
    def response(self) -> object:
        raise RuntimeError("no response")

    status_code = code = status = headers = response


class Picky(ConnectionError):
    def __init__(self, one: int, *, two: int) -> None:
        super().__init__(one)


HARD = {
    "slots": Slotted(),
    "refuses attributes": Frozen(),
    "no text": Unprintable(),
    "properties raise": Odd(),
    "arguments of its own": Picky(1, two=2),
}


@pytest.mark.parametrize("error", HARD.values(), ids=HARD)
def test_exceptions_of_any_make_are_repeated_marked_and_raised_as_they_are(error: Exception, clock: Clock) -> None:
    """An exception class may forbid what it likes: it is repeated, passes through, and attempts don't multiply."""
    script = Script(*[error] * 9)
    with pytest.raises(ConnectionError) as caught:
        Retry(original)(Retry(original)(script))()
    assert caught.value is error
    assert len(script.given) == 3


def test_group_is_transient_if_all_of_it_is(clock: Clock) -> None:
    """A group is repeated if each member would be, at any depth."""
    good = ExceptionGroup("all", [ConnectionError(), ExceptionGroup("inner", [TimeoutError()])])
    bad = ExceptionGroup("not all", [ConnectionError(), ValueError()])
    assert run("call", Retry(original), Script(good, "done")) == "done"
    with pytest.raises(ExceptionGroup, match="not all"):
        run("call", Retry(original), Script(bad, "never"))


def test_entrys_own_errors_are_repeated(clock: Clock) -> None:
    """Dotted names of the catalogue are looked up, re-exports included; names of what isn't imported do no harm."""
    names = ("test_runtime_retry.Mine", "no.such.Error", "hypothesis.errors.InvalidArgument", "json.dumps", "x")
    from hypothesis.errors import InvalidArgument

    assert run("call", Retry(original, transient=names), Script(InvalidArgument("x"), "done")) == "done"
    with pytest.raises(KeyError):
        run("call", Retry(original, transient=names), Script(KeyError(), "never"))


def test_testing_mode_neither_waits_nor_tries_longer(clock: Clock) -> None:
    """Inside `testing(n)` there are at most n attempts and no waits; outside everything is as before."""
    with testing():
        script = Script(ConnectionError(), "never")
        with pytest.raises(ConnectionError):
            run("call", Retry(original), script)
        with testing(attempts=2):
            assert run("awaited", Retry(original), Script(ConnectionError(), "done")) == "done"
        assert len(script.given) == 1
    assert sum(clock.waits) == 0
    assert run("call", Retry(original), Script(ConnectionError(), ConnectionError(), "done")) == "done"
    assert len([wait for wait in clock.waits if wait]) == 2


def test_testing_mode_by_environment(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """POET_TESTING does the same for a process; nonsense in it changes nothing."""
    for text, attempts in (("1", 1), ("2", 2), ("", 3), ("0", 3), ("-1", 3), ("many", 3), ("²", 3)):
        monkeypatch.setenv("POET_TESTING", text)
        script = Script(*(ConnectionError() for _ in range(9)))
        with pytest.raises(ConnectionError):
            run("call", Retry(original), script)
        assert len(script.given) == attempts, text


@pytest.mark.parametrize("attempts", [0, -1, 1.5, True, "3", None, float("nan")])
def test_testing_refuses_odd_attempts(attempts: Any) -> None:
    """A test that asks for no attempts at all is a mistake."""
    with pytest.raises(ValueError, match="attempts must be a whole number of at least 1"):
        testing(attempts)


ODD_NUMBERS = [
    {"attempts": 0},
    {"attempts": -1},
    {"attempts": 2.0},
    {"attempts": True},
    {"attempts": "3"},
    {"first": -0.1},
    {"first": float("nan")},
    {"most": float("inf")},
    {"most": "5"},
    {"budget": 0},
    {"budget": -1.0},
    {"budget": None},
    {"budget": float("nan")},
]


@pytest.mark.parametrize("numbers", ODD_NUMBERS, ids=str)
def test_impossible_numbers_are_refused_early(numbers: dict[str, Any]) -> None:
    """What can't be counted or waited for is refused when the module is imported, by name."""
    with pytest.raises(ValueError, match=next(iter(numbers))):
        Retry(original, **numbers)


STEPS = st.lists(st.sampled_from([ConnectionError, TimeoutError, ValueError, 503, 429, 200]), min_size=1, max_size=8)


@settings(max_examples=150, deadline=None)
@given(
    steps=STEPS,
    attempts=st.integers(1, 6),
    budget=st.floats(0.05, 5.0),
    cost=st.floats(0.0, 1.0),
    form=st.sampled_from(FORMS),
)
def test_any_script_of_failures(steps: list[Any], attempts: int, budget: float, cost: float, form: str) -> None:
    """Attempts and waits stay within what was allowed, and the outcome is that of the last attempt."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        clock = stopped_clock(monkeypatch)
        scripted = [Response(step) if isinstance(step, int) else step() for step in steps] + [Response(200)]
        script = Script(*scripted, cost=cost, clock=clock)
        statuses = form in ("call", "awaited", "entered", "entered_async")
        try:
            outcome = run(form, Retry(original, attempts, 0.1, 1.0, budget), script)
        except Exception as error:
            outcome = error
        made = len(script.given)
        assert outcome is scripted[made - 1]
        assert made <= attempts
        assert sum(clock.waits) <= budget
        assert len(clock.waits) == made - 1
        for step in steps[: made - 1]:
            assert step in (ConnectionError, TimeoutError) or (statuses and step in (503, 429))


@settings(max_examples=60, deadline=None)
@given(tried=st.integers(1, 50), first=st.floats(0.0, 10.0), most=st.floats(0.0, 10.0), left=st.floats(-1.0, 100.0))
def test_wait_is_full_jitter_within_what_is_left(tried: int, first: float, most: float, left: float) -> None:
    """A wait is a share of first * 2 ** (tried - 1), at most `most`, and always shorter than what is left."""
    wait = Retry(original, 51, first, most).pause_after(tried, None, left)
    if left <= 0:
        assert wait is None
    if wait is not None:
        assert 0 <= wait <= min(most, first * 2.0 ** (tried - 1))
        assert wait < left


def test_wait_varies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Full jitter: the same moment gives different waits, over the whole range."""
    waits = [Retry(original, 9, 1.0, 5.0).pause_after(3, None, 100.0) for _ in range(200)]
    assert min(waits) < 1.0 < 3.0 < max(waits) <= 4.0


def test_clock_that_stands_still_or_steps_back(clock: Clock) -> None:
    """A clock that goes wrong neither raises nor makes more attempts."""
    script = Script(*(ConnectionError() for _ in range(9)), cost=-500.0, clock=clock)
    with pytest.raises(ConnectionError):
        Retry(original)(script)()
    assert len(script.given) == 3


def test_deep_recursion_is_the_callers_error(clock: Clock) -> None:
    """RecursionError passes through a retry as any other error, and isn't repeated."""
    retry, calls = Retry(original), []

    def deeper(n: int) -> int:
        calls.append(n)
        return retry(deeper)(n + 1)

    with pytest.raises(RecursionError):
        deeper(0)
    assert len(calls) == len(set(calls))


def test_failing_notes_never_hide_the_error(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the place of a call can't be found, the error passes all the same."""

    class Nameless:
        def __call__(self) -> None:
            raise ConnectionError

        def __getattr__(self, name: str) -> object:
            raise RuntimeError(name)

    with pytest.raises(ConnectionError) as caught:
        Retry(original, 2)(Nameless())()
    assert "Nameless" in caught.value.__notes__[0]
    assert state_module.called_name(Nameless()).endswith("Nameless")
