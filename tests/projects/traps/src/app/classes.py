"""Methods of every kind, in classes of every kind."""

from __future__ import annotations

import enum
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple, Protocol

from poetc import poet


class Base:
    kind = "base"

    def __init__(self, value: int = 1) -> None:
        self.value = value
        self.log: list[str] = []

    @poet()  # relocated
    def method(self, x: int) -> int:
        return self.value + x

    @poet()  # relocated
    @staticmethod
    def static_above(x: int) -> int:
        return x + 1

    @staticmethod
    @poet()  # relocated
    def static_below(x: int) -> int:
        return x + 2

    @poet()  # relocated
    @classmethod
    def class_above(cls, x: int) -> tuple:
        return cls, cls.kind, x

    @classmethod
    @poet()  # relocated
    def class_below(cls, x: int) -> tuple:
        return cls, cls.kind, x

    @poet()  # relocated
    @property
    def above(self) -> int:
        """Above."""
        return self.value * 10

    @above.setter
    @poet()  # relocated
    def above(self, new: int) -> None:
        self.value = new
        self.log.append("above set")

    @above.deleter
    @poet()  # relocated
    def above(self) -> None:
        self.log.append("above deleted")

    @property
    @poet()  # relocated
    def below(self) -> int:
        """Below."""
        return self.value * 100

    @poet()  # relocated
    @below.setter
    def below(self, new: int) -> None:
        self.value = new + 1
        self.log.append("below set")

    @poet()  # relocated
    @below.deleter
    def below(self) -> None:
        self.log.append("below deleted")

    @property
    def only_setter_is_enhanced(self) -> int:
        return self.value

    @only_setter_is_enhanced.setter
    @poet()  # relocated
    def only_setter_is_enhanced(self, new: int) -> None:
        self.value = new * 2

    explicit = property(doc="Explicit.")

    @poet()  # relocated
    @explicit.getter
    def explicit(self) -> int:
        """Not this."""
        return self.value

    @cached_property
    @poet()  # relocated
    def cached(self) -> int:
        self.log.append("computed")
        return self.value

    @poet()  # relocated
    def __call__(self, x: int) -> int:
        return x

    @poet()  # relocated
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Base) or NotImplemented

    __hash__ = None  # type: ignore[assignment]

    @poet()  # relocated
    def __enter__(self) -> str:
        return "entered"

    @poet()  # relocated
    def __exit__(self, kind, value, trace) -> bool:
        return kind is KeyError

    @poet()  # relocated
    def _protected(self, x: int) -> int:
        return x

    @poet()  # relocated
    def __mangled(self, x: int) -> int:
        return x * 5

    def calls_mangled(self, x: int) -> int:
        return self.__mangled(x)

    @poet()  # relocated
    def knows_class_attribute(self) -> str:
        return self.kind + type(self).kind + Base.kind

    class Inner:
        @poet()  # relocated
        def deep(self, x: int) -> str:
            return f"{type(self).__qualname__} {x}"


class Child(Base):
    kind = "child"

    @poet()  # relocated
    def method(self, x: int) -> int:
        return super().method(x) + 1000

    @poet()  # relocated
    def own_class(self) -> str:
        return __class__.__name__

    @poet()  # relocated
    def private_state(self, x: int) -> int:
        self.__secret = x
        return self.__secret

    @poet()  # relocated
    def explicit_super(self, x: int) -> int:
        return Base.method(self, x) + 1

    @classmethod
    @poet()  # relocated
    def made(cls, x: int) -> tuple:
        return super().class_above(x)


class GrandChild(Child):
    def method(self, x: int) -> int:
        return super().method(x) + 1_000_000


class Plain(Base):
    kind = "plain"


class Slotted:
    __slots__ = ("__weakref__", "x")

    def __init__(self, x: int) -> None:
        self.x = x

    @poet()  # relocated
    def doubled(self) -> int:
        return self.x * 2


@dataclass
class Point:
    x: int
    y: int = 0
    tags: list[str] = field(default_factory=list)

    @poet()  # relocated
    def moved(self, dx: int) -> Point:
        return Point(self.x + dx, self.y)

    @property
    @poet()  # relocated
    def norm(self) -> float:
        return (self.x**2 + self.y**2) ** 0.5


@dataclass(frozen=True, slots=True, order=True)
class Frozen:
    x: int

    @poet()  # relocated
    def moved(self, dx: int) -> Frozen:
        return Frozen(self.x + dx)

    @poet()  # relocated
    def text(self) -> str:
        return __class__.__name__ + repr(self)


class Row(NamedTuple):
    a: int
    b: int

    @poet()  # relocated
    def total(self) -> int:
        return self.a + self.b


class Colour(enum.Enum):
    RED = 1
    GREEN = 2

    @poet()  # relocated
    def shade(self, n: int) -> str:
        return f"{self.name}{n}"

    @classmethod
    @poet()  # relocated
    def first(cls) -> Colour:
        return next(iter(cls))

    @property
    @poet()  # relocated
    def low(self) -> str:
        return self.name.lower()

    @poet()  # relocated
    @classmethod
    def _missing_(cls, value: object) -> object:
        return cls.RED if value == "red" else None


class Shape(ABC):
    @abstractmethod
    @poet()  # relocated
    def area(self) -> float: ...

    @poet()  # relocated
    @abstractmethod
    def name(self) -> str:
        return "shape"

    @property
    @abstractmethod
    @poet()  # relocated
    def sides(self) -> int: ...


class Square(Shape):
    def __init__(self, a: float) -> None:
        self.a = a

    @poet()  # relocated
    def area(self) -> float:
        return self.a**2

    def name(self) -> str:
        return "square of " + super().name()

    @property
    def sides(self) -> int:
        return 4


class HasArea(Protocol):
    def area(self) -> float: ...


class Meta(type):
    @poet()  # relocated
    def describe(cls, x: int) -> str:
        return f"{cls.__name__}{x}"


class Described(metaclass=Meta):
    @poet()  # relocated
    def __class_getitem__(cls, item: int) -> tuple:
        return cls, item

    @poet()  # relocated
    def __init_subclass__(cls, flag: int = 0, **kwargs: object) -> None:
        cls.flag = flag


class Flagged(Described, flag=7): ...


class Made:
    @poet()  # relocated
    def __new__(cls, x: int) -> Made:
        made = super().__new__(cls)
        made.x = x
        return made

    @poet()  # relocated
    def __init__(self, x: int) -> None:
        self.y = x


class _Secret:
    """Its name begins with an underscore, which mangling takes off."""

    @poet()  # relocated
    def get(self, x: int) -> int:
        self.__x = x
        return self.__dict__["_Secret__x"]


class Borrower:
    method = Base._protected
