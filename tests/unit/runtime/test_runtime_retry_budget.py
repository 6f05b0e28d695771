"""What a repeated call gets of a budget, attempt by attempt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from poetc.runtime import pause as pausing
from poetc.runtime.alarm import AlarmedDeadline
from poetc.runtime.deadline import Deadline
from poetc.runtime.errors import BudgetSpentError
from poetc.runtime.retry_forms import AnyRetry as Retry


def original() -> None:
    """What a retry belongs to."""


@pytest.fixture(autouse=True)
def no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between attempts nothing is waited."""
    monkeypatch.setattr(pausing, "sleep", lambda seconds: None)


@pytest.fixture(params=[Deadline, AlarmedDeadline])
def deadline(request: pytest.FixtureRequest) -> Deadline:
    """A budget of an hour, kept in either way."""
    return request.param(3600.0)  # type: ignore[no-any-return]


def failing(times: int, error: Callable[[], Exception] = ConnectionError) -> tuple[Any, list[Any]]:
    """A call that fails so often, and the limits that it was given."""
    given: list[Any] = []

    def fetch(key: str, *, timeout: float | None = None, **more: Any) -> tuple[str, dict[str, Any]]:
        given.append(timeout)
        if len(given) <= times:
            raise error()
        return key, more

    return fetch, given


def test_each_attempt_gets_what_is_left(deadline: Deadline) -> None:
    """The first attempt and those after it: a limit, none longer than that before it; the rest as it came."""
    fetch, given = failing(2)
    with deadline:
        assert Retry(original)(fetch, deadline, "timeout")("a", verify=False) == ("a", {"verify": False})
    assert len(given) == 3
    assert 3600.0 >= given[0] >= given[1] >= given[2] > 3500.0


def test_the_users_own_limit_stays(deadline: Deadline) -> None:
    """A limit that the call has is passed at every attempt, though it is longer than the budget."""
    fetch, given = failing(2)
    with deadline:
        Retry(original)(fetch, deadline, "timeout")("a", timeout=9000.0)
    assert given == [9000.0] * 3


def test_one_retry_for_several_functions(deadline: Deadline) -> None:
    """Functions of different kinds in turns: each gets a limit by its own rules, whichever came before it."""
    plain, given = failing(0)
    other, given_other = failing(0)
    seen: list[Any] = []

    def shorter(timeout: float = 2.0) -> None:
        seen.append(timeout)

    def none_taken() -> None:
        seen.append("none")

    retry = Retry(original)
    with deadline:
        for _ in range(3):
            retry(plain, deadline, "timeout")("a")
            retry(other, deadline, "timeout")("a")
            retry(shorter, deadline, "timeout")()
            retry(none_taken, deadline, "timeout")()
            retry(plain, deadline, "limit")("a")
    assert seen == [2.0, "none"] * 3
    assert all(value > 3500.0 for value in given[::2] + given_other)
    assert given[1::2] == [None] * 3  # by the name `limit` it goes into **more


def test_notes_count_all_attempts(deadline: Deadline) -> None:
    """What finally fails says how often it was tried, the first attempt included, and that once."""
    fetch, given = failing(9)
    with deadline, pytest.raises(ConnectionError) as caught:
        Retry(original, attempts=4)(fetch, deadline, "timeout")("a")
    assert len(given) == 4
    assert [note for note in caught.value.__notes__ if "4 attempts" in note]
    assert len(caught.value.__notes__) == 1
    assert caught.value.__context__ is None


def test_errors_that_last_pass_at_once(deadline: Deadline) -> None:
    """They come through as they are, without a note."""
    fetch, given = failing(9, lambda: KeyError("k"))
    with deadline, pytest.raises(KeyError) as caught:
        Retry(original)(fetch, deadline, "timeout")("a")
    assert len(given) == 1
    assert not getattr(caught.value, "__notes__", [])


class Answer:
    """A response with a status."""

    __module__ = "requests.models"

    def __init__(self, status: int) -> None:
        self.status_code = status
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_answers_that_say_to_try_again(deadline: Deadline) -> None:
    """A 503 is thrown away and asked for again, with what is left; the last one is given back."""
    answers = [Answer(503), Answer(503), Answer(200)]
    given: list[float] = []

    def fetch(timeout: float | None = None) -> Answer:
        assert timeout is not None
        given.append(timeout)
        return answers[len(given) - 1]

    with deadline:
        assert Retry(original)(fetch, deadline, "timeout")() is answers[2]
        assert [answer.closed for answer in answers] == [True, True, False]
        assert given == sorted(given, reverse=True)
        given.clear()
        answers[2] = Answer(503)
        assert Retry(original)(fetch, deadline, "timeout")() is answers[2]


def test_nothing_is_called_without_a_budget(deadline: Deadline) -> None:
    """When the budget is spent, no attempt is made any more, whether or not the call has a limit."""
    fetch, given = failing(0)
    with deadline:
        deadline.end = 0.0
        for more in ({}, {"timeout": 5.0}):
            with pytest.raises(BudgetSpentError):
                Retry(original)(fetch, deadline, "timeout")("a", **more)
    assert given == []


def test_a_call_that_comes_after_the_budgets_end(deadline: Deadline) -> None:
    """What is made inside but called when the enhanced call is over isn't bound by its budget any more."""
    fetch, given = failing(1)
    with deadline:
        late = Retry(original)(fetch, deadline, "timeout")
    deadline.end = 0.0
    assert late("a") == ("a", {})
    assert given == [None, None]


def test_the_smaller_budget_around_it_holds() -> None:
    """A call further in gets no more than what is left of the enhanced call around it."""
    fetch, given = failing(1)
    with Deadline(50.0):
        inner = Deadline(3600.0)
        with inner:
            Retry(original)(fetch, inner, "timeout")("a")
    assert 50.0 >= given[0] >= given[1] > 0.0


def test_defaults_that_are_changed(deadline: Deadline) -> None:
    """A function whose default is another one by now is given no more than that."""
    seen: list[Any] = []

    def fetch(timeout: float | None = None) -> None:
        seen.append(timeout)

    retry = Retry(original)
    with deadline:
        retry(fetch, deadline, "timeout")()
        fetch.__defaults__ = (2.0,)
        Retry(original)(fetch, deadline, "timeout")()
    assert seen[0] > 3500.0
    assert seen[1] == 2.0
