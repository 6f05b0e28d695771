from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypedDict, overload

from poetc import poet

if TYPE_CHECKING:
    from decimal import Decimal

    from nowhere import Missing


@poet()
def filled(rows: list[int], table: dict[str, list[int]]) -> list[int]:
    rows.append(1)
    table.setdefault("k", []).append(1)
    return rows


@poet(depth="deep")
def filled_deep(rows: list[int], table: dict[str, list[int]]) -> list[int]:
    rows.append(1)
    table.setdefault("k", []).append(1)
    return rows


@poet(depth="deep", perceive="strict")
def all_ints(rows: list[int]) -> int:
    return len(rows)


@poet(perceive="strict")
def a_list(rows: list[int]) -> int:
    return len(rows)


@poet(perceive="strict", enforce="strict")
def for_checkers_only(amount: Decimal, other: Missing | None = None) -> Missing | Decimal:
    return amount


class Node:
    def __init__(self, name: str) -> None:
        self.name = name

    @classmethod
    @poet(perceive="strict", enforce="strict")
    def of(cls, name: str) -> Node:
        return cls(name)

    @poet(perceive="strict", enforce="strict")
    def beside(self, other: Node, kind: type[Node], later: Later | None = None) -> Node:
        return kind(self.name + other.name)


class Later:
    pass


@poet(enforce="strict")
def counted(stop: int) -> Generator[int, None, str]:
    yield from range(stop)
    return "end"


@poet(enforce="strict")
def counted_iterator(stop: int) -> Iterator[int]:
    yield from range(stop)


@poet(enforce="strict", depth="deep")
def expression(stop: int) -> Iterable[int]:
    return (n for n in range(stop))


@poet(enforce="strict", depth="deep")
def nested(stop: int) -> Iterator[Iterator[int]]:
    for n in range(stop):
        yield iter(range(n))


@poet(enforce="strict")
async def ticks(stop: int) -> AsyncIterator[int]:
    for n in range(stop):
        yield n


@poet(depth="deep", perceive="strict")
def consumed(rows: Iterable[int]) -> list[int]:
    return list(rows)


@poet(perceive="strict")
def number(value: float) -> Any:
    return value


@poet()
def loose(flag: bool, count: int, either: int | str, maybe: str | None = None) -> tuple:
    return flag, count, either, maybe


@poet(perceive="strict")
def odd_default(count: int = None) -> Any:  # type: ignore[assignment]
    return count


@poet(perceive="strict")
def starred(*values: int, **named: str) -> tuple:
    return values, named


@poet()
def any_name(self: int, cls: int, original: int, perceive: int, rt: int, guard: int, args: int, kwargs: int) -> list:
    return [self, cls, original, perceive, rt, guard, args, kwargs]


class Point(NamedTuple):
    x: int
    y: int

    @poet(perceive="strict")
    def moved(self, by: int) -> Point:
        return self._replace(x=self.x + by)


@dataclass(frozen=True, slots=True)
class Money:
    amount: int

    @poet(perceive="strict", enforce="strict")
    def plus(self, other: Money) -> Money:
        return Money(self.amount + other.amount)

    @poet()
    def __post_init__(self) -> None:
        object.__setattr__(self, "amount", int(self.amount))


class Speaks(Protocol):
    def say(self, text: str) -> str: ...


class Parrot:
    @poet(perceive="strict")
    def say(self, text: str) -> str:
        return text


@poet(perceive="strict")
def heard(bird: Speaks, texts: Sequence[str]) -> list[str]:
    return [bird.say(text) for text in texts]


class Options(TypedDict, total=False):
    depth: int


@poet(perceive="strict")
def with_options(options: Options, then: Callable[[int], int] | None = None) -> int:
    return (then or abs)(options.get("depth", 0))


@overload
def doubled(value: int) -> int: ...
@overload
def doubled(value: str) -> str: ...
@poet(perceive="strict")
def doubled(value: int | str) -> int | str:
    return value * 2


class Base:
    def name(self) -> str:
        return "base"


class Derived(Base):
    @poet()
    def name(self) -> str:
        return "derived of " + super().name()

    @poet()
    def own_class(self) -> type:
        return __class__  # type: ignore[name-defined]


Again = Derived
