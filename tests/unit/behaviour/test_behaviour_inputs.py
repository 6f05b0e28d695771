"""What is drawn satisfies the annotation, and reaches the cases that matter."""

from __future__ import annotations

import subprocess
import sys
import textwrap

CHECK = textwrap.dedent(
    """
    import collections.abc, enum, inspect, math, typing
    from dataclasses import dataclass
    from poetc.behaviour.inside.inputs import filled, slots
    from poetc.behaviour.inside.trial import draw
    from poetc.behaviour.inside.values import Unmakeable, constants_of, of_hint, register

    def limits(x):
        return x > 4321 or x == "needle"

    register(limits.__code__)

    def drawn(hint):
        found = []
        draw(of_hint(hint), found.append, 300, 0)
        return found

    ints = drawn(int)
    assert {type(x) for x in ints} == {int, bool}
    assert {4320, 4321, 4322} <= set(ints)
    floats = drawn(float)
    assert {type(x) for x in floats} == {int, bool, float}
    assert any(x != x for x in floats) and math.inf in floats
    assert any(x == 0 and math.copysign(1, x) < 0 for x in floats if type(x) is float)
    assert all(type(x) is bool for x in drawn(bool))
    texts = drawn(str)
    assert all(type(x) is str for x in texts) and "needle" in texts
    assert all(type(x) is list and all(isinstance(i, int) for i in x) for x in drawn(list[int]))
    assert all(x is None or type(x) is str for x in drawn(str | None))
    assert {type(x) for x in drawn(collections.abc.Sequence[int])} == {list, tuple}
    assert all(type(x) is list for x in drawn(collections.abc.MutableSequence[int]))
    assert all(type(x) is dict for x in drawn(collections.abc.Mapping[str, int]))
    assert all(hasattr(x, "__next__") for x in drawn(collections.abc.Iterator[int]))
    function = drawn(collections.abc.Callable[[int], str])[0]
    assert function(1) == function("2", k=3) and type(function(1)) is str
    assert len({type(x) for x in drawn(typing.Any)}) >= 6

    class NoHints:
        def __init__(self, x):
            pass

    for hint in (NoHints, typing.NoReturn):
        try:
            of_hint(hint).validate()
        except Unmakeable:
            continue
        raise AssertionError(hint)

    def shape(a: int, b: str = "", /, c: int = 0, *rest: int, d: int, e: int = 1, **more: int):
        return a, b, c, rest, d, e, more

    signature = inspect.signature(shape)
    parameters = [(p, p.annotation) for p in signature.parameters.values()]
    seen = set()

    def call(arguments):
        a, b, c, rest, d, e, more = shape(*arguments.positional, **arguments.keywords)
        assert all(isinstance(x, int) for x in (a, c, d, e, *rest, *more.values())), arguments
        assert type(b) is str
        seen.update(name for name, given in (("b", b), ("c", c), ("rest", rest), ("more", more)) if given)
        seen.update("c by name" for _ in range("c" in arguments.keywords))
        seen.update(f"{name} in more" for name in more)

    draw(filled(slots(parameters)), call, 300, 0)
    assert {"b", "c", "rest", "more", "c by name", "a in more"} <= seen, seen
    """
)


def test_inputs_satisfy_their_annotations() -> None:
    """Types are those of the annotation, PEP 484's numbers included, constants are reached, every way to pass is used.

    In a process of its own: what is registered with Hypothesis is so for good.
    """
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
