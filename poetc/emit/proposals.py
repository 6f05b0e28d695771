"""What an engine brings of its own, as lines: functions and conditions in `bind`, and their calls."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from poetc.emit.emission import Emission
from poetc.emit.signature import flat_names


def proposal_lines(emission: Emission, step: str) -> list[str]:
    """What `bind` makes of them: functions, then `rt.Proposal` objects; `step` is one level of indentation."""
    plan, renamed = emission.plan, function_names(emission)
    lines: list[str] = []
    for source in plan.functions:
        lines += [*function_lines(source, renamed, renamed[function_name(source)], step), ""]
    if plan.body is not None:
        lines += [*function_lines(plan.body, renamed, emission.names.own("body"), step), ""]
    made = []
    for at, check in enumerate(plan.checks):
        condition, name = numbered(emission, "condition", at), numbered(emission, "check", at)
        expression = ast.unparse(Renamed(renamed).visit(ast.parse(check.expression, mode="eval")))
        lines += [f"def {condition}({', '.join(variables(emission, at))}):", f"{step}return {expression}", ""]
        mode = emission.plan.perceive if check.phase == "perceive" else emission.plan.enforce
        strict = ', "strict"' if mode == "strict" else ""
        said = ascii(check.message)
        made.append(
            f'{name} = rt.Proposal({emission.names.own("original")}, {condition}, {said}, "{check.phase}"{strict})'
        )
    return [*lines, *made]


def check_calls(emission: Emission, phase: str) -> list[str]:
    """`check(discount)` for each condition of a phase."""
    result = emission.names.own("result")
    lines = []
    for at, check in enumerate(emission.plan.checks):
        if check.phase == phase:
            given = [result if name == "result" else name for name in variables(emission, at)]
            lines.append(f"{numbered(emission, 'check', at)}({', '.join(given)})")
    return lines


def body_call(emission: Emission) -> str:
    """The call of the body that stands in for a stub's."""
    return f"{emission.names.own('body')}({', '.join(flat_names(emission.source))})"


def variables(emission: Emission, at: int) -> list[str]:
    """The parameters, and `result`, that a condition is about."""
    check = emission.plan.checks[at]
    names = {node.id for node in ast.walk(ast.parse(check.expression, mode="eval")) if isinstance(node, ast.Name)}
    given = flat_names(emission.source)
    behind = ["result"] if check.phase == "enforce" and "result" not in given else []
    return [name for name in (*given, *behind) if name in names]


def numbered(emission: Emission, wanted: str, at: int) -> str:
    """`check`, `check_1` and so on."""
    return emission.names.own(f"{wanted}_{at}" if at else wanted)


def function_names(emission: Emission) -> dict[str, str]:
    """Name of each function of the plan -> its name in `bind`, which the user's body doesn't mention."""
    return {name: emission.names.own(name) for name in map(function_name, emission.plan.functions)}


def function_name(source: str) -> str:
    """What the function of a source is called."""
    return str(getattr(ast.parse(source).body[0], "name", ""))


def function_lines(source: str, renamed: Mapping[str, str], name: str, step: str) -> list[str]:
    """A function's source as `bind` has it, as Python itself would write it."""
    tree = Renamed(renamed).visit(ast.parse(source))
    tree.body[0].name = name
    lines = ast.unparse(tree).split("\n")
    return [step * ((len(line) - len(line.lstrip(" "))) // 4) + line.lstrip(" ") for line in lines]


class Renamed(ast.NodeTransformer):
    """Gives the functions of a plan their names in `bind`, and makes `x = x + y` of `x += y`, which changes no list."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """The name that a function has here."""
        return ast.copy_location(ast.Name(self.names.get(node.id, node.id), node.ctx), node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.Assign:
        """An assignment of the sum, so that what the caller has stays as it is."""
        self.generic_visit(node)
        read = ast.Name(getattr(node.target, "id", ""), ast.Load())
        return ast.copy_location(ast.Assign([node.target], ast.BinOp(read, node.op, node.value)), node)
