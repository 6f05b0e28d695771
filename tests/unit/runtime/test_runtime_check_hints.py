"""Annotations read at run time: when, how often, in which names' scope, and what becomes of what can't be read."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from typing import Any
from unittest.mock import MagicMock, Mock

import pytest

from poetc.runtime.check import Perceive
from poetc.runtime.errors import PerceiveError
from poetc.runtime.hint import TRIES, Hint


def module_of(text: str, name: str = "hinted") -> types.ModuleType:
    """A module run from text."""
    module = types.ModuleType(name)
    exec(compile(text, f"{name}.py", "exec", dont_inherit=True), vars(module))
    return module


def hint_of(text: str, function: str = "f", depth: str = "shallow", **imports: str) -> Hint:
    """The hint of parameter `x` of a function of a module with that text."""
    module = module_of(text)
    found: Any = module
    for part in function.split("."):
        found = vars(found)[part]
    return Hint(found, "x", str(found.__annotations__.get("x")), depth, **imports)


FUTURE = "from __future__ import annotations\n"


def test_the_class_of_a_good_value_is_compared_in_place_from_then_on() -> None:
    """`kind` is what the inline test looks at: nothing before the first call, the last good class afterwards."""
    hint = hint_of("class A: pass\nclass B(A): pass\ndef f(x: A): pass\n")
    space = hint.original.__globals__
    assert hint.kind is None
    assert hint.admits(space["A"]())
    assert hint.kind is space["A"]
    assert not hint.admits(1)
    assert hint.kind is space["A"]
    assert hint.admits(space["B"]())
    assert hint.kind is space["B"]


def test_read_once() -> None:
    """The annotation's text is evaluated at the first call and never again."""
    hint = hint_of(FUTURE + "class A: pass\ndef f(x: A): pass\n")
    assert not hint.admits(1)
    hint.original.__globals__["A"] = int
    assert not hint.admits(1)


def test_a_class_defined_further_down_is_waited_for() -> None:
    """A call before the name is there passes; later ones are checked."""
    hint = hint_of(FUTURE + "def f(x: Later): pass\n")
    assert hint.admits(1)
    hint.original.__globals__["Later"] = str
    assert not hint.admits(1)
    assert hint.admits("x")


def test_a_name_that_never_comes_is_given_up() -> None:
    """After a few calls of a complete module everything passes, without looking any more."""
    hint = hint_of(FUTURE + "def f(x: Never): pass\n")
    assert all(hint.admits(value) for value in range(TRIES))
    hint.original.__globals__["Never"] = str
    assert hint.admits(1)
    assert hint.kind is int


def test_calls_while_the_module_is_imported_do_not_count() -> None:
    """A module that calls its own function while it runs doesn't use the tries up."""
    hint = hint_of(FUTURE + "def f(x: Later): pass\n")
    space = hint.original.__globals__
    space["__spec__"] = types.SimpleNamespace(_initializing=True)
    assert all(hint.admits(value) for value in range(TRIES * 3))
    space.update(Later=str, __spec__=None)
    assert not hint.admits(1)


def test_names_for_type_checkers_only_are_found_where_their_module_is_loaded() -> None:
    """`if TYPE_CHECKING: from models import Order` is looked up among the loaded modules; nothing is imported."""
    text = FUTURE + "def f(x: Order | None): pass\n"
    hint = hint_of(text, Order="models_for_types.Order")
    assert hint.admits(1)
    assert "models_for_types" not in sys.modules
    sys.modules["models_for_types"] = module_of("class Order: pass\n")
    try:
        assert not hint.admits(1)
        assert hint.admits(sys.modules["models_for_types"].Order())
    finally:
        del sys.modules["models_for_types"]
    blocked = hint_of(text, Order="models_for_types.Order")
    sys.modules["models_for_types"] = None  # type: ignore[assignment]
    try:
        assert blocked.admits(1)
    finally:
        del sys.modules["models_for_types"]


def test_a_class_inside_of_the_functions_own_class() -> None:
    """Methods' annotations see their class's names where the module has no such name; else nothing is checked."""
    text = FUTURE + "class C:\n  class Inner: pass\n  def list(self): pass\n  def f(self, x: Inner): pass\n"
    hint = hint_of(text + "  def g(self, x: list): pass\n", "C.f")
    assert not hint.admits(1)
    assert hint.admits(hint.original.__globals__["C"].Inner())
    either = hint_of(text + "  def g(self, x: list): pass\n", "C.g")
    assert all(either.admits(value) for value in (1, [], "x"))


def test_self_is_the_functions_own_class() -> None:
    """`Self` asks for an instance of the class, whatever subclass."""
    text = "from typing import Self\nclass C:\n  def f(self, x: Self): pass\nclass D(C): pass\n"
    hint = hint_of(text, "C.f")
    space = hint.original.__globals__
    assert hint.admits(space["C"]())
    assert hint.admits(space["D"]())
    assert not hint.admits(1)


LAZY = """
import types
def answer(name):
    LOADED.append(name)
    return int
LOADED = []
lazy = types.ModuleType("lazy")
lazy.__getattr__ = answer
class Deferred(types.ModuleType):
    def __getattribute__(self, name):
        LOADED.append(name)
        return object.__getattribute__(self, name)
deferred = Deferred("deferred")
deferred.there = str
lazy.there = str
"""


@pytest.mark.parametrize(
    "annotation", ["lazy.missing", "deferred.there", "'lazy.missing'", "lazy.there | lazy.missing"]
)
def test_nothing_is_loaded_to_read_an_annotation(annotation: str) -> None:
    """A module that loads parts of itself when they are asked for isn't asked."""
    hint = hint_of(FUTURE + LAZY + f"def f(x: {annotation}): pass\n")
    hint.original.__globals__["LOADED"].clear()
    assert all(hint.admits(value) for value in (1, "x", None, [], {}, 1.5))
    assert hint.original.__globals__["LOADED"] == []


def test_proxies_are_not_asked() -> None:
    """An object that is neither class nor module may do anything when an attribute of it is read."""
    text = "ASKED = []\nclass Lazy:\n  def __getattr__(self, name): ASKED.append(name); return int\nlazy = Lazy()\n"
    hint = hint_of(FUTURE + text + "def f(x: lazy.thing): pass\n")
    assert all(hint.admits(value) for value in ("x", 1, []))
    assert hint.original.__globals__["ASKED"] == []


def test_what_is_there_of_a_module_that_loads_lazily_is_used() -> None:
    """Only missing attributes would be loaded."""
    hint = hint_of(FUTURE + LAZY + "def f(x: lazy.there): pass\n")
    assert not hint.admits(1)
    assert hint.original.__globals__["LOADED"] == []


@pytest.mark.parametrize(
    "annotation",
    [
        "1 / 0",
        "print",
        "Missing | None",
        "'not an annotation('",
        "STAND_IN",
        "'STAND_IN'",
        "list['STAND_IN'] | 'STAND_IN'",
        "NotImplemented",
        "...",
        "[int, str]",
        "broken",
        "broken[int]",
        "mocked",
        "mocked.Order",
        "Deep",
    ],
)
def test_what_cannot_be_read_says_nothing(annotation: str) -> None:
    """Errors, mocks, stand-ins for what isn't installed and nonsense: every value passes, and nothing is raised."""
    hint = hint_of(FUTURE + f"STAND_IN = None\ndef f(x: {annotation}): pass\n")
    broken: Any = type("Broken", (), {"__class_getitem__": lambda *_: 1 / 0, "__getattr__": lambda *_: 1 / 0})()
    deep: Any = int
    for _ in range(sys.getrecursionlimit()):
        deep = types.GenericAlias(list, (deep,)) if deep is int else deep
    hint.original.__globals__.update(broken=broken, mocked=MagicMock(), Deep="Deep")
    assert all(hint.admits(value) for value in [1, "x", None, [], object()] * 3)


def test_an_alias_made_of_itself_ends() -> None:
    """A forward reference to the alias that it stands in isn't followed for ever."""
    text = "from typing import Optional, Union\nLoop = Union[int, 'Loop']\ndef f(x: Loop): pass\n"
    hint = hint_of(text)
    hint.text = "Loop"
    assert hint.admits(1)
    assert hint.admits("x")


def test_text_in_an_alias_from_elsewhere_is_not_this_modules() -> None:
    """A forward reference that isn't written in the annotation may mean another module's class of that name."""
    other = module_of("from typing import Optional\nclass Order: pass\nAlias = Optional['Order']\n", "elsewhere")
    hint = hint_of("class Order: pass\ndef f(x): pass\n")
    hint.original.__annotations__["x"], hint.text = other.Alias, "Alias"
    assert hint.admits(other.Order())
    assert hint.admits(1)


@pytest.mark.parametrize("default", ["UNSET", "None", "'text'"])
def test_the_default_is_good_whatever_it_is(default: str) -> None:
    """A sentinel that the annotation doesn't admit is admitted, but not what else is of its class."""
    hint = hint_of(f"class A: pass\nUNSET = object()\ndef f(y, x: A = {default}, *, z=1): pass\n")
    (value,) = hint.original.__defaults__
    assert hint.admits(value)
    assert not hint.admits(1)
    assert not hint.admits(object())


def test_a_keyword_only_default() -> None:
    """The same for `*, x: A = UNSET`."""
    hint = hint_of("class A: pass\nUNSET = object()\ndef f(*, x: A = UNSET): pass\n")
    assert hint.admits(hint.original.__kwdefaults__["x"])
    assert not hint.admits(object())


class Raising(type):
    """A metaclass that raises whatever is asked."""

    def __instancecheck__(cls, value: object) -> bool:
        raise RuntimeError("not to be asked")

    def __eq__(cls, other: object) -> bool:
        raise RuntimeError("not to be compared")

    def __hash__(cls) -> int:
        raise RuntimeError("not to be hashed")


class Hostile(metaclass=Raising):
    """Its instances raise too."""

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    def __hash__(self) -> int:
        raise RuntimeError("not to be hashed")

    def __len__(self) -> int:
        raise RuntimeError("not to be counted")

    def __gt__(self, other: object) -> bool:
        raise RuntimeError("not to be compared")

    def __repr__(self) -> str:
        raise RuntimeError("not to be shown")


@pytest.mark.parametrize("depth", ["shallow", "deep"])
@pytest.mark.parametrize(
    "annotation",
    ["A", "A | None", "Literal['a']", "P", "Annotated[Any, Gt(0)]", "Row", "Sequence[A]", "Callable[..., A]", "type[A]",
     "list[A]", "Hostile", "dict[str, Hostile]", "Color", "Path"],
)  # fmt: skip
def test_hostile_values_break_nothing(annotation: str, depth: str) -> None:
    """Whatever a value or its class raises, the answer is a bool, and a complaint can be made without showing it."""
    text = (
        "import enum\nfrom pathlib import Path\nfrom typing import *\nfrom annotated_types import Gt\n"
        "class A: pass\nclass Row(TypedDict):\n  a: int\nclass Color(enum.Enum):\n  RED = 1\n"
        "@runtime_checkable\nclass P(Protocol):\n  def go(self): ...\ndef f(x): pass\n"
    )
    hint = hint_of(text, depth=depth)
    space = hint.original.__globals__ | {"Hostile": Hostile}
    hint.original.__annotations__["x"] = eval(annotation, space)
    perceive = Perceive(hint.original, x=hint)
    for value in (Hostile(), Hostile, [Hostile()], {"a": Hostile()}, {}):
        assert type(hint.admits(value)) is bool
        assert type(perceive.complaint("x", value)) is str
        assert hint.repaired(value) is value


def test_what_ends_the_program_is_not_held_up() -> None:
    """KeyboardInterrupt in the middle of a check passes."""
    hint = hint_of("class M(type):\n  def __subclasscheck__(c, v): raise KeyboardInterrupt\n"
                   "class A(metaclass=M): pass\ndef f(x: A): pass\n")  # fmt: skip
    with pytest.raises(KeyboardInterrupt):
        hint.admits(1)


def test_properties_do_not_run() -> None:
    """Whether a value has a protocol's members is seen without reading them."""
    text = (
        "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n  size: int\n"
        "class Has:\n  @property\n  def size(self): raise RuntimeError('a query')\ndef f(x: P): pass\n"
    )
    hint = hint_of(text)
    assert hint.admits(hint.original.__globals__["Has"]())
    assert not hint.admits(1)


def test_iterators_are_not_used_up() -> None:
    """Neither in depth nor by a constraint."""
    text = (
        "from collections.abc import Iterable, Iterator\nfrom typing import Annotated\n"
        "from annotated_types import Len, Predicate\n"
        "def f(x: Annotated[Iterable[str], Predicate(list), Len(5)]): pass\n"
    )
    hint = hint_of(text, depth="deep")
    items = iter([1, 2])
    assert hint.admits(items)
    assert list(items) == [1, 2]


def test_subclasses_of_containers_are_not_iterated() -> None:
    """Iterating may do anything in a class of the user's."""
    text = "class Query(list):\n  def __iter__(self): raise RuntimeError('a query')\ndef f(x: list[str]): pass\n"
    hint = hint_of(text, depth="deep")
    assert hint.admits(hint.original.__globals__["Query"]([1]))
    assert not hint.admits([1])


def test_values_that_hold_themselves() -> None:
    """Each container is looked into once, however it is reached."""
    text = "from typing import Any, Union\nJson = Union[dict[str, 'Json'], list['Json'], int]\ndef f(x: 'Json'): pass\n"
    hint = hint_of(text, depth="deep")
    loop: list[Any] = [1]
    loop += [loop, loop, {"again": loop}]
    assert hint.admits(loop)
    loop[3]["bad"] = 1.5
    assert not hint_of(text, depth="deep").admits([loop[3]])


def test_very_deep_values() -> None:
    """Deeper than Python recurses: not checked, not broken."""
    text = "from typing import Union\nNest = Union[list['Nest'], int]\ndef f(x: 'Nest'): pass\n"
    value: Any = "bad"
    for _ in range(100_000):
        value = [value]
    assert hint_of(text, depth="deep").admits(value)
    while type(value) is list:  # freed step by step
        (value,) = value


def test_mocks_pass() -> None:
    """Tests of the user's that call with mocks keep working, in strict mode too, and without a note."""
    hint = hint_of("class A: pass\ndef f(x: A): return x.anything()\n")
    perceive = Perceive(hint.original, "strict", x=hint)
    for value in (Mock(), MagicMock(), Mock(spec=int)):
        assert perceive.value("x", value) is value
    with pytest.raises(PerceiveError):
        perceive.value("x", object())


def test_threads_that_call_first_at_once() -> None:
    """Reading an annotation in several threads gives each the right answer."""
    hint = hint_of("class A: pass\ndef f(x: A | list[int]): pass\n", depth="deep")
    good, answers, start = hint.original.__globals__["A"](), [], threading.Barrier(8)

    def call() -> None:
        start.wait()
        answers.extend([hint.admits(good), hint.admits("x"), hint.admits([1]), hint.admits(["x"])])

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True, False, True, False] * 8


def test_values_are_not_kept() -> None:
    """Nothing that was asked about stays alive."""
    hint = hint_of("class A: pass\ndef f(x: list[A]): pass\n", depth="deep")
    value = hint.original.__globals__["A"]()
    seen = weakref.ref(value)
    assert hint.admits([value])
    assert not hint.admits(value)
    del value
    gc.collect()
    assert seen() is None


@pytest.mark.skipif(sys.version_info < (3, 12), reason="`type X = ...` is Python 3.12's")
def test_aliases_of_pep_695() -> None:
    """`type X = ...` is what it stands for, generic or recursive."""
    text = "type Number = int | float\ntype Tree = list[Tree] | int\ntype Pair[T] = tuple[T, T]\n"
    hint = hint_of(text + "def f(x: Number | Pair[int]): pass\n")
    assert hint.admits(1)
    assert hint.admits((1, 2))
    assert not hint.admits("x")
    tree = hint_of(text + "def f(x: Tree): pass\n", depth="deep")
    assert tree.admits([1, [2]])
    assert not tree.admits([1, ["x"]])
