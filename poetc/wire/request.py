"""What the client asks: `POST /poet/transpile`."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from poetc.ir.policy import Policy


class _Limits(NamedTuple):
    function_bytes: int = 1_000_000
    request_bytes: int = 4_000_000
    response_bytes: int = 10_000_000
    metadata_bytes: int = 3_000_000
    listed: int = 10_000
    things: int = 1_000
    calls: int = 1_000
    batch: int = 1_000
    """requests of one batch"""


LIMITS: Final = _Limits()
"""sizes in bytes (F: storage at most 10 MB a function), `listed` in items of one list"""


class TranspileContext(BaseModel):
    """What the function's module tells; all optional, so that the function alone can be sent."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    imports: list[str] = Field(default_factory=list, max_length=LIMITS.listed)
    """import statements of the module that bind names the function uses"""
    module_path: str | None = Field(default=None, max_length=1000)
    """dotted module name, "app.drift" """
    dependencies: list[str] = Field(default_factory=list, max_length=LIMITS.listed)
    sandbox_context: Any = None
    definitions: dict[str, str] = Field(default_factory=dict)
    """module-level names the function uses -> what they are, in one word or as source"""
    qualname: str | None = Field(default=None, max_length=1000)
    """Python's qualified name inside the module, "Monitor.check", "create_app.<locals>.index"; property accessors
    "Monitor.rate.setter" """
    classes: list[str] = Field(default_factory=list, max_length=100)
    """names of the classes around the function, outermost first, wherever functions stand between"""
    source_file: str | None = Field(default=None, max_length=4000)
    """posix path from the project's root, for the docstring; never opened"""
    first_line: int = Field(default=1, ge=1)
    """line of the first line of `function_code` in that file"""
    link_package: str = Field(default="_poet", max_length=1000, pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)*$")
    """dotted name of the package that carries `_runtime`, "app._poet" """
    shadowed: list[str] = Field(default_factory=list, max_length=LIMITS.listed)
    """names of builtins that the module, or a function around this one, rebinds"""
    free: list[str] | None = Field(default=None, max_length=LIMITS.listed)
    """names that the function's code takes from cells: variables of functions around it, type parameters, `__class__`;
    None: not known"""
    outer: list[str] = Field(default_factory=list, max_length=LIMITS.listed)
    """names it mentions, also in annotations, that functions or type parameters around it may bind"""
    star_import: bool = False
    future_annotations: bool = False
    things: dict[str, str] = Field(default_factory=dict, max_length=LIMITS.things)
    """dotted names of the project's things that the function may reach -> what they are: "app.clients.session" ->
    "requests.Session", "app.clients.make()" -> "httpx.Client", "app.store.Store.get" -> "=requests.Session.get" """
    constants: dict[str, str] = Field(default_factory=dict, max_length=LIMITS.things)
    """names of the module that the function passes to calls, bound once, to a literal string -> that string"""
    defaults: dict[str, str] = Field(default_factory=dict, max_length=LIMITS.things)
    """names of the module that stand as parameters' defaults, bound once, to a literal -> the name of its type"""
    project_effects: dict[str, str] = Field(default_factory=dict, max_length=LIMITS.listed)
    """called expression of this function, as `ast.unparse` writes it, or its dotted name -> effect of the
    project's function that it means: pure | read | idempotent | write | unknown"""
    calls: dict[str, dict[str, Any]] = Field(default_factory=dict, max_length=LIMITS.calls)
    """entries of the user's call catalogue, and of the domain's, that the function may reach, in the catalogue's own
    form: dotted name -> {effect, timeout, unit, transient, retry_after, form}"""


class TranspileRequest(BaseModel):
    """One function, whole, with its decorator and its own indentation."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    function_code: str = Field(min_length=1, max_length=LIMITS.function_bytes)
    language: Literal["python", "dana"] = "python"
    context: TranspileContext = Field(default_factory=TranspileContext)
    config: Policy = Field(default_factory=Policy)
    """what is asked for; what is None is taken from the decorator in `function_code`, then from the domain"""
