"""`@poet(...)` → its arguments: literals, or constants of the module, since nothing of the project is run."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final

from poetc.config.values import ASKED, PROTECTIONS, objection, shown, similar, spread
from poetc.diagnose import diagnose
from poetc.extract.unit_error import UnitError
from poetc.ir import Diagnostic, Severity
from poetc.source.bindings import bindings
from poetc.source.module import outer_names
from poetc.source.site import PythonSite

Arguments = Mapping[str, Any]
"""argument → checked value; what is absent or None was not said"""

DEPRECATED: Final = "enable_training"
_LITERAL = "Write the value itself, or the name of a constant that the module assigns once."


def read_arguments(site: PythonSite) -> tuple[Arguments, tuple[Diagnostic, ...]]:
    """Read the decorator's arguments; the diagnostics are warnings.

    Raises UnitError with all complaints: POET201 unknown, POET202 no literal, POET203 wrong value, POET212 positional.
    """
    call = site.decorator
    if not isinstance(call, ast.Call):
        return {}, ()
    reader = _Reader(site)
    if isinstance(call.func, ast.Call):
        reader.say("POET202", "the decorator is called twice", call, "Call it once, `@poet(...)`.")
    for argument in call.args:
        reader.positional(argument)
    for keyword in call.keywords:
        reader.keyword(keyword)
    if any(d.severity is Severity.ERROR for d in reader.said):
        raise UnitError(reader.said)
    return spread(reader.found), tuple(reader.said)


class _Reader:
    """One decorator's arguments, and what is said about them."""

    def __init__(self, site: PythonSite) -> None:
        self.site = site
        self.found: dict[str, Any] = {}
        self.said: list[Diagnostic] = []

    def positional(self, argument: ast.expr) -> None:
        """Complain of an argument without a name."""
        text = isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        hint = f"Write `domain={ast.unparse(argument)}`." if text else f"Name it: {', '.join(ASKED)}."
        self.say("POET212", "the decorator takes named arguments only", argument, hint)

    def keyword(self, keyword: ast.keyword) -> None:
        """Read one `name=value`."""
        name = keyword.arg
        if name is None:
            self.say("POET202", "`**` hides what is asked for", keyword, "Write the arguments out.")
        elif name not in (*ASKED, DEPRECATED):
            hint = similar(name, ASKED)
            if name in PROTECTIONS:
                hint = f'`{name}` is set in pyproject.toml, below `[tool.poet.functions."{self.site.name}"]`.'
            self.say("POET201", f"unknown argument `{name}`", keyword, hint)
        else:
            known, value = self.value(keyword.value)
            if not known:
                self.say("POET202", f"`{name}` is not a literal", keyword.value, _LITERAL)
            elif name == DEPRECATED:
                self.training(keyword, value)
            elif value is not None and (wrong := objection(name, value)):
                self.say("POET203", f"`{name}` {wrong}", keyword.value, f"Correct it, or leave `{name}` out.")
            elif value is not None:
                self.found[name] = value

    def training(self, keyword: ast.keyword, value: object) -> None:
        """`enable_training=True` means `optimize_for="performance"`, unless an objective is named."""
        if value is not None and not isinstance(value, bool):
            wrong = f"`{DEPRECATED}` must be True or False, not {shown(value)}"
            self.say("POET203", wrong, keyword.value, 'Leave it out; `optimize_for="performance"` says the same.')
            return
        if value:
            self.found = {"optimize_for": "performance"} | self.found
        instead = 'Write `optimize_for="performance"`.' if value else "Leave it out."
        self.say("POET211", f"`{DEPRECATED}` is deprecated", keyword, instead, severity=Severity.WARNING)

    def value(self, node: ast.expr) -> tuple[bool, Any]:
        """(whether the value can be known, the value)."""
        if isinstance(node, ast.Name) and not self.hidden(node.id):
            node = self.site.module.assigned_once.get(node.id, node)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
            number = node.operand.value if isinstance(node.operand, ast.Constant) else None
            if isinstance(number, int | float) and not isinstance(number, bool):
                return True, -number if isinstance(node.op, ast.USub) else number
        return isinstance(node, ast.Constant), node.value if isinstance(node, ast.Constant) else None

    def hidden(self, name: str) -> bool:
        """Whether what the function stands in binds the name: its class, or functions around."""
        innermost = [node for node in self.site.around[-1:] if isinstance(node, ast.ClassDef)]
        return name in outer_names(self.site.node, self.site.around) or any(name in bindings(n.body) for n in innermost)

    def say(
        self,
        code: str,
        message: str,
        node: ast.expr | ast.keyword,
        hint: str = "",
        *,
        severity: Severity = Severity.ERROR,
    ) -> None:
        self.said.append(
            diagnose(code, message, self.site.source, node, hint=hint, unit=self.site.name, severity=severity)
        )
