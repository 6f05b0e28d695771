"""What a domain adds, as lines: the objects that `bind` makes for its steps, and their calls in the public function."""

from __future__ import annotations

from poetc.emit.emission import Emission
from poetc.wire.enhancement import Step


def setup_lines(emission: Emission) -> list[str]:
    """`name = rt.Thing(original, ...)` for each step."""
    lines: list[str] = []
    for name, step in named_steps(emission):
        given = [f"{key}={value}" if key else value for key, value in step.arguments]
        lines += emission.made(name, step.thing, *given)
    return lines


def step_calls(emission: Emission, phase: str) -> list[str]:
    """`a, b = name(a, b, key=c)` for each step of a phase."""
    lines = []
    for name, step in named_steps(emission):
        if step.phase != phase:
            continue
        given = [place(emission, each) for each in step.takes]
        given += [f"{key}={place(emission, each)}" for key, each in step.named]
        gives = ", ".join(place(emission, each) for each in step.gives)
        lines.append(f"{gives} = {name}({', '.join(given)})")
    return lines


def place(emission: Emission, name: str) -> str:
    """The variable for a parameter, or for the result."""
    return emission.names.own("result") if name == "result" and name not in parameters(emission) else name


def parameters(emission: Emission) -> set[str]:
    """Names of the function's parameters."""
    arguments = emission.source.node.args
    return {a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)}


def named_steps(emission: Emission) -> list[tuple[str, Step]]:
    """The steps with a name of its own for each."""
    found: dict[str, Step] = {}
    for step in emission.plan.steps:
        name = emission.names.own(step.name)
        while name in found:
            name += "_"
        found[name] = step
    return list(found.items())
