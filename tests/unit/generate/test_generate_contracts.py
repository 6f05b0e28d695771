"""Which annotations are checked in place, which are read at run time, and for which nothing is emitted."""

from __future__ import annotations

import ast

import pytest

from poetc.generate.rules.checks import parameter_contracts, result_contract
from poetc.ir import Policy
from poetc.source.function import FunctionSource, parse_function
from poetc.wire import TranspileContext, TranspileRequest
from poetc.wire.enhancement import Contract

IMPORTS = [
    "import os.path",
    "import numpy as np",
    "from annotated_types import Gt",
    "from app.models import Order",
    "from pathlib import Path",
    "from typing import Annotated, Any, IO, List, Literal, NoReturn, Optional, Union",
]


def source_of(header: str, body: str = "return x", *, future: bool = False, **context: object) -> FunctionSource:
    """A function of a module with those imports."""
    text = (
        f"@poet()\ndef f({header}):\n    {body}\n" if "->" not in header else f"@poet()\ndef f{header}:\n    {body}\n"
    )
    given = TranspileContext(imports=IMPORTS, future_annotations=future, **context)  # type: ignore[arg-type]
    return parse_function(TranspileRequest(function_code=text, context=given))


def by_name(contracts: tuple[Contract, ...]) -> dict[str, Contract]:
    """Contracts by the parameter they are for."""
    return {contract.subject: contract for contract in contracts}


def contract_of_x(header: str, body: str = "return x", **options: object) -> str | None:
    """What `x` is checked for: its contract's text, with "read: " before it if the annotation is read at run time."""
    config = Policy(**{k: options.pop(k) for k in ("depth", "perceive") if k in options})  # type: ignore[arg-type]
    contract = by_name(parameter_contracts(source_of(header, body, **options), config)).get("x")  # type: ignore[arg-type]
    return None if contract is None else ("read: " if contract.hint else "") + contract.text


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("int", "int"),
        ("Optional[int]", "int | None"),
        ("Union[int, List[str]]", "int | list"),
        ("list[Order]", "list"),
        ("Annotated[int, 'the size']", "int"),
        ("Annotated[int, Query(gt=0)]", "int"),
        ("'int | None'", "int | None"),
        ("Order", "read: Order"),
        ("'Order'", "read: Order"),
        ("Order | int", "read: Order | int"),
        ("Literal['a']", "read: Literal['a']"),
        ("Annotated[int, Gt(0)]", "read: Annotated[int, Gt(0)]"),
        ("np.ndarray", "read: np.ndarray"),
        ("Any", None),
        ("object", None),
        ("Order | Any", None),
        ("'Order | Any'", None),
        ("Optional[object]", None),
        ("IO[str]", None),
        ("NoReturn", None),
        ("None", None),
        ("...", None),
        ("1 + 1", None),
        ("make()", None),
        ("'not an annotation('", None),
    ],
)
@pytest.mark.parametrize("future", [False, True])
def test_annotations(annotation: str, expected: str | None, future: bool) -> None:
    """One annotation each, evaluated or text."""
    assert contract_of_x(f"x: {annotation}", future=future) == expected


@pytest.mark.parametrize("annotation", ["list[make()]", "Annotated[Order, make()]", "Union[Order, make()]"])
def test_what_would_run_something_is_not_evaluated(annotation: str) -> None:
    """Calls of the user's in an annotation that Python itself doesn't evaluate stay unevaluated."""
    contract = contract_of_x(f"x: {annotation}", future=True)
    assert contract is None or not contract.startswith("read")


@pytest.mark.parametrize(
    ("default", "expected"),
    [("1", "int"), ("None", "int | None"), ("UNSET", "read: int"), ("'a'", "read: int"), ("True", "int")],
)
def test_defaults(default: str, expected: str) -> None:
    """None widens; a default that isn't known to fit is compared with the object itself, at run time."""
    assert contract_of_x(f"x: int = {default}") == expected


@pytest.mark.parametrize(
    ("body", "annotation"),
    [
        ("return isinstance(x, str)", "Order"),
        ("return Order(x)", "Order"),
        ("return Path(x)", "Path"),
        ("return Order.of(x)", "Order | None"),
        ("return callable(x)", "Order"),
        ("return str(x)", "Path"),
    ],
)
def test_authors_who_deal_with_types_are_left_alone(body: str, annotation: str) -> None:
    """Unless they asked for strictness."""
    assert contract_of_x(f"x: {annotation}", body) is None
    assert contract_of_x(f"x: {annotation}", body, perceive="strict") == f"read: {annotation}"
    assert contract_of_x(f"x: {annotation}", "return self.str(x)") == f"read: {annotation}"


def test_depth() -> None:
    """Brackets matter only in depth, and there only if something can be told about what is in them."""
    assert contract_of_x("x: list[int]") == "list"
    assert contract_of_x("x: list[int]", depth="deep") == "read: list[int]"
    assert contract_of_x("x: list[Any]", depth="deep") == "list"
    assert contract_of_x("x: Optional[int]", depth="deep") == "int | None"


def test_hidden_builtins_are_read() -> None:
    """Where a module means something else by `list`, or may, it is asked at run time."""
    assert contract_of_x("x: list", shadowed=["list"]) == "read: list"
    assert contract_of_x("x: list", star_import=True) == "read: list"
    assert contract_of_x("x: object", shadowed=["object"]) == "read: object"


def test_imports_are_told_only_where_annotations_are_text() -> None:
    """Names that may be there for type checkers only; `typing` needs no telling."""
    header = "x: Order | None, y: os.path.X, z: Literal['a', Order]"
    found = by_name(parameter_contracts(source_of(header, future=True), Policy()))
    assert found["x"].imports == (("Order", "app.models.Order"),)
    assert found["y"].imports == (("os", "os"),)
    assert by_name(parameter_contracts(source_of(header), Policy()))["x"].imports == ()


@pytest.mark.parametrize(
    ("header", "body", "checked"),
    [
        ("(x) -> Order", "return Order(x)", 0),
        ("(x) -> Order", "return x", 1),
        ("(x) -> Order | None", "return None", 0),
        ("(x) -> Order", "return None", 1),
        ("(x) -> Literal['a', 1]", "return 'a'", 0),
        ("(x) -> Literal['a', 1]", "return True", 1),
        ("(x) -> Any", "return x", 0),
    ],
)
def test_returns_that_are_evidently_good_are_not_asked(header: str, body: str, checked: int) -> None:
    """A value of the class, or of the Literal, that is written out."""
    from poetc.generate.rules.checks import returns_to_check

    source = source_of(header, body)
    assert len(returns_to_check(source, result_contract(source, Policy()))) == checked


def test_long_annotations_are_cut() -> None:
    """What is shown stays short, on one line."""
    values = ", ".join(repr("v" * 20 + str(n)) for n in range(40))
    shown = contract_of_x(f"x: Literal[{values}]")
    assert shown is not None
    assert len(shown) == len("read: ") + 200
    assert shown.endswith("...")


def test_deeply_nested_annotations_end() -> None:
    """Neither Python's recursion limit nor time is exhausted."""
    nested = "list[" * 60 + "Order" + "]" * 60
    assert ast.parse(nested)
    assert contract_of_x(f"x: {nested}", depth="deep") is not None


def test_a_constant_of_the_module_as_default_is_the_literal_it_is() -> None:
    """The type of its value decides, as if it stood there; an unknown name has the annotation read at run time."""
    known = {"defaults": {"BASE": "str", "NONE": "NoneType"}}
    assert contract_of_x("x: str = BASE", **known) == "str"
    assert contract_of_x("x: str = NONE", **known) == "str | None"
    assert contract_of_x("x: int = BASE", **known) == "read: int"
    assert contract_of_x("x: str = OTHER", **known) == "read: str"
