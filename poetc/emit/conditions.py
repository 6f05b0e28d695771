"""Contracts as the tests that stand in generated code."""

from __future__ import annotations

from poetc.emit.names import Names
from poetc.source.annotations import classes_of
from poetc.wire.enhancement import Contract


def exact_test(value: str, contract: Contract, names: Names) -> str:
    """The cheap test that passes for nearly every good value: `type(x) is int or x is None`."""
    if contract.hint:
        return hint_test(value, contract, names)
    return " or ".join(
        f"{value} is None" if part == "None" else f"{names.builtin('type')}({value}) is {names.builtin(part)}"
        for part in contract.text.split(" | ")
    )


def full_test(value: str, contract: Contract, names: Names) -> str:
    """The test that passes for every good value: the cheap one, then that of its class for subclasses.

    `isinstance` would ask a value of another class what it says of itself, and run its code for that.
    """
    if contract.hint:
        return f"({hint_test(value, contract, names)})"
    classes = [class_text(part, names) for part in contract.text.split(" | ") if part != "None"]
    if not classes:
        return f"({value} is None)"
    inner = classes[0] if len(classes) == 1 else "(" + ", ".join(c.strip("()") for c in classes) + ")"
    subclass = f"{names.builtin('issubclass')}({names.builtin('type')}({value}), {inner})"
    return f"({exact_test(value, contract, names)} or {subclass})"


def hint_test(value: str, contract: Contract, names: Names) -> str:
    """The class that did last time, or the values of a Literal, in place; the annotation is asked about all others."""
    hint, none = names.own(contract.hint), f"{value} is None or " if contract.optional else ""
    kind = f"{names.builtin('type')}({value}) is"
    if contract.values:
        one_type = f"{kind} {names.builtin(type(contract.values[0]).__name__)}"
        literals = ", ".join(map(ascii, contract.values))
        return f"{none}{one_type} and {value} in {{{literals}}} or {hint}.admits({value})"
    return f"{none}{kind} {hint}.kind or {hint}.admits({value})"


def class_text(part: str, names: Names) -> str:
    """The class or tuple of classes of one part of a contract, each by its builtin or alias."""
    classes = [names.builtin(each) for each in classes_of(part)]
    return classes[0] if len(classes) == 1 else f"({', '.join(classes)})"
