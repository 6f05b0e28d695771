"""Every construct of `typing` with good, bad and repairable values, on code that was generated, verified and linked."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from contract_vocabulary import PRELUDE, VOCABULARY, Construct
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from linked_modules import built, forget

VARIANTS = {
    "text, shallow, repair": ("from __future__ import annotations\n", "shallow", "repair"),
    "objects, deep, repair": ("", "deep", "repair"),
    "objects, shallow, strict": ("", "shallow", "strict"),
    "text, deep, strict": ("from __future__ import annotations\n", "deep", "strict"),
}
FUNCTION = """

@poet()
def f{number}(value: {annotation}, instead=()) -> {annotation}:
    PROBE(value)
    return instead[0] if instead else value
"""
PROBE = """

FAILING = []


def PROBE(value):
    if FAILING:
        raise LookupError("asked to fail")
"""


class Variant:
    """A built module with a function for each construct; `depth` and `mode` are its settings."""

    def __init__(self, module: Any, depth: str, mode: str) -> None:
        self.module, self.depth, self.mode = module, depth, mode
        self.number = {construct: number for number, construct in enumerate(VOCABULARY)}

    def function(self, construct: Construct) -> Any:
        return getattr(self.module, f"f{self.number[construct]}")

    def values(self, text: str) -> list[Any]:
        return list(eval(f"[{text}]", vars(self.module)))

    def good(self, construct: Construct) -> list[Any]:
        text = (
            construct.good
            if self.depth == "deep" or not construct.deep_bad
            else f"{construct.good}, {construct.deep_bad}"
        )
        return self.values(text)

    def bad(self, construct: Construct) -> list[Any]:
        return self.values(construct.bad) + (self.values(construct.deep_bad) if self.depth == "deep" else [])


@pytest.fixture(scope="module", params=VARIANTS.values(), ids=VARIANTS.keys())
def variant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Variant]:
    """The whole vocabulary, built once for each variant."""
    future, depth, mode = request.param
    functions = "".join(FUNCTION.format(number=n, annotation=c.annotation) for n, c in enumerate(VOCABULARY))
    package = f"vocabulary_{'text' if future else 'objects'}_{depth}_{mode}"
    root: Path = tmp_path_factory.mktemp(package)
    lines = f'depth = "{depth}"\nmode = "{mode}"\n'
    yield Variant(built(root, package, future + PRELUDE + PROBE + functions, lines), depth, mode)
    forget(package)


@pytest.fixture
def failing(variant: Variant) -> Iterator[None]:
    """Every function raises LookupError."""
    variant.module.FAILING.append(True)
    yield
    variant.module.FAILING.clear()


@pytest.mark.parametrize("construct", VOCABULARY, ids=lambda construct: construct.annotation)
class TestVocabulary:
    """Warnings are errors here, as everywhere in these tests."""

    def test_good_values_go_through_as_they_are(self, variant: Variant, construct: Construct) -> None:
        """A value that satisfies the annotation is the very object that the body gets, and that comes back."""
        function = variant.function(construct)
        for value in (*variant.good(construct), *variant.good(construct)):
            assert function(value) is value
            assert function(value, (value,)) is value

    def test_good_values_leave_errors_alone(self, variant: Variant, construct: Construct, failing: None) -> None:
        """An error of the body isn't blamed on arguments that are as they should be."""
        for value in variant.good(construct):
            with pytest.raises(LookupError) as caught:
                variant.function(construct)(value)
            assert not hasattr(caught.value, "__notes__")

    def test_bad_arguments_go_on_and_are_named_when_it_fails(self, variant: Variant, construct: Construct) -> None:
        """In repair the body gets the very object, and an error of the body names it; strict raises PerceiveError."""
        function = variant.function(construct)
        for value in variant.bad(construct):
            if variant.mode == "strict":
                with pytest.raises((TypeError, ValueError), match="argument 'value' is ") as refused:
                    function(value)
                assert type(refused.value).__name__ == "PerceiveError"
                continue
            good = variant.good(construct)[0]
            assert function(value, (good,)) is good
            variant.module.FAILING.append(True)
            with pytest.raises(LookupError) as caught:
                function(value)
            variant.module.FAILING.clear()
            (note,) = caught.value.__notes__
            assert f"argument 'value' is {type(value).__name__}, its annotation says" in note

    def test_bad_results_are_complained_of(self, variant: Variant, construct: Construct) -> None:
        """In repair the result is passed on and one warning says it; strict raises EnforceError."""
        function = variant.function(construct)
        good, bad = variant.good(construct)[0], variant.bad(construct)
        if variant.mode == "strict":
            for value in bad:
                with pytest.raises(ValueError, match=r"\(\) returned ") as refused:
                    function(good, (value,))
                assert type(refused.value).__name__ == "EnforceError"
            return
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            for value in bad:
                assert function(good, (value,)) is value
        assert [each.category.__name__ for each in said] == ["PoetContractWarning"] * bool(bad)

    def test_what_is_handed_on_is_not_converted(self, variant: Variant, construct: Construct) -> None:
        """What is only written in another way stays as it is where the body hands it on; strict refuses it."""
        for value, _ in variant.values(construct.repaired):
            if variant.mode == "strict":
                with pytest.raises(TypeError, match="argument 'value' is "):
                    variant.function(construct)(value, (value,))
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)
                assert variant.function(construct)(value) is value


NOT_DRAWN = ("IO", "Hostile", "Json", "Named", "Unsaid", "np", "npt", "pd", "object", "Any", "Order | Any", "Page")
GENERATED = [
    construct
    for construct in VOCABULARY
    if not construct.annotation.startswith((*NOT_DRAWN, "SupportsInt"))
    and not any(word in construct.annotation for word in ("Annotated[Iterator", "MultipleOf", "Path", "Field"))
]
"""annotations for which Hypothesis draws values that satisfy them"""


@pytest.mark.parametrize("variant", [VARIANTS["text, deep, strict"]], ids=["text, deep, strict"], indirect=True)
@pytest.mark.parametrize("construct", GENERATED, ids=lambda construct: construct.annotation)
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_hypothesis_draws_goes_through(variant: Variant, construct: Construct, data: st.DataObject) -> None:
    """Promise 1: for values drawn from the annotation the result is the same object, and nothing is said."""
    function = variant.function(construct)
    annotation = get_type_hints(function.__wrapped__, vars(variant.module), include_extras=True)["value"]
    value = data.draw(st.from_type(annotation))
    assert function(value) is value
