"""What functions within a function get for parameters without annotation: what is passed wherever they are called."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from poetc.effects.meant import called_by
from poetc.effects.scope import Binding
from poetc.effects.values import NOTHING, UNKNOWN, Value, merge_values
from poetc.source.nodes import FUNCTIONS, FunctionNode, default_of_each

if TYPE_CHECKING:
    from poetc.effects.inference import Inference

Inner = FunctionNode | ast.Lambda


class Passed:
    """The calls of the functions within a function, where all of them are seen."""

    def __init__(self, inference: Inference) -> None:
        self.inference = inference
        self.places = inference.places

    def to(self, binding: Binding) -> Value:
        """What a parameter gets; unknown where its function may be called by somebody else."""
        function, around = self.inference.walk.inside[binding.scope]
        default, found = default_of_each(function.args).get(binding.name), NOTHING
        if default is not None:
            found = self.inference.value(default, around)
        uses = self.uses(function) if not around.is_class else []
        for use in uses:
            found = merge_values(found, self.given(use, function, binding.name, default is not None))
        return found if uses else UNKNOWN

    def uses(self, function: Inner) -> list[ast.AST]:
        """Where a function is named, or stands itself."""
        if isinstance(function, FUNCTIONS):
            return [] if function.decorator_list else self.places.loads.get(function.name, [])
        match self.places.parent(function):
            case ast.Assign(targets=[ast.Name(id=name)]):
                return self.places.loads.get(name, [])
        return [function]

    def given(self, use: ast.AST, function: Inner, name: str, has_default: bool) -> Value:
        """What a parameter gets where its function is called; unknown where it isn't."""
        call = self.places.parent(use)
        if not isinstance(call, ast.Call):
            return UNKNOWN
        scope = self.places.scope(call)
        if call.func is not use:
            callee = self.inference.value(call.func, scope)
            if callee.kind == "nothing":
                return NOTHING
            entry = self.inference.entry(callee)
            made = called_by(self.inference, call, entry, scope) if entry is not None else None
            if made is None or made.func is not use:
                return UNKNOWN
            call = made
        argument = argument_of(call, function, name)
        if argument is None:
            return NOTHING if has_default and not is_open(call) else UNKNOWN
        return self.inference.value(argument, scope)


def argument_of(call: ast.Call, function: Inner, name: str) -> ast.expr | None:
    """The argument of a call that a parameter gets."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    positional = [each.arg for each in (*function.args.posonlyargs, *function.args.args)]
    at = positional.index(name) if name in positional else len(call.args)
    before = call.args[: at + 1]
    return None if at >= len(before) or any(isinstance(each, ast.Starred) for each in before) else before[at]


def is_open(call: ast.Call) -> bool:
    """Whether a call has arguments that aren't written out."""
    return any(isinstance(each, ast.Starred) for each in call.args) or any(k.arg is None for k in call.keywords)
