"""ml_monitoring: data quality before, a drift test in place of a stub, the contract of a result behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from poetc.domains.data_parameters import data_pair, data_parameters
from poetc.domains.part import DomainError, DomainPart, FunctionFacts
from poetc.wire.enhancement import Step

DETECTS = ("drift", "shift")
"""what a function without a word about its result has to have in its name for the test to be supplied"""
LEVELS = ("alpha", "significance", "significance_level")
WEIGHTS = ("importance", "importances", "feature_importance", "feature_importances", "importance_weights")
"""parameters of a stub that are handed to the supplied test"""
RESULT_ANNOTATIONS = frozenset({"dict", "Dict", "Mapping", "MutableMapping", "Any", "object"})


@dataclass(frozen=True, slots=True)
class Settings:
    """The domain's phases.json, as read."""

    min_rows: int
    max_missing: float
    alpha: float
    min_effect: float
    required: tuple[str, ...]
    result: Mapping[str, str]
    """key of the supplied result -> name of its type"""


class Monitoring:
    """The domain: drift and data quality of the data that models see."""

    name = "ml_monitoring"

    def plan(self, facts: FunctionFacts, settings: Mapping[str, Any]) -> DomainPart:
        """What ml_monitoring adds to a function: nothing to generators and where no data and no result are in sight."""
        read = settings_from(settings, facts.objective)
        if "generator" in facts.kind:
            return DomainPart()
        pair = data_pair(facts.parameters)
        refusal = why_not_supplied(facts, pair, read)
        parts = [
            perceive_part(facts, pair, read, supplied=refusal is None),
            supplied_part(facts, pair, read) if pair is not None and refusal is None else DomainPart(),
            enforce_part(facts, read, supplied=refusal is None),
        ]
        if facts.is_stub and refusal is not None:
            parts.append(DomainPart(summary=(("operate", f"the stub stays as it is: {refusal}"),)))
        return joined(parts)


def settings_from(phases: Mapping[str, Any], objective: str | None) -> Settings:
    """The settings under an objective; raises `DomainError`."""
    try:
        perceive, operate, enforce = phases["perceive"], phases["operate"], phases["enforce"]
        operate = {**operate, **operate.get("by_objective", {}).get(objective, {})}
        settings = Settings(
            min_rows=int(perceive["min_rows"]),
            max_missing=float(perceive["max_missing"]),
            alpha=float(operate["alpha"]),
            min_effect=float(operate["min_effect"]),
            required=tuple(str(key) for key in enforce["required"]),
            result={str(key): str(kind) for key, kind in enforce["result"].items()},
        )
    except KeyError as error:
        raise DomainError(f"ml_monitoring: phases.json lacks {error}") from None
    except (TypeError, ValueError, AttributeError) as error:
        raise DomainError(f"ml_monitoring: phases.json: {error}") from None
    check(settings)
    return settings


def check(settings: Settings) -> None:
    """Raises `DomainError` for settings out of their range."""
    if settings.min_rows < 1 or not 0 <= settings.max_missing <= 1:
        raise DomainError("ml_monitoring: phases.json: min_rows must be at least 1, max_missing in [0, 1]")
    if not 0 < settings.alpha < 1 or not 0 <= settings.min_effect < 1:
        raise DomainError("ml_monitoring: phases.json: alpha must lie in (0, 1), min_effect in [0, 1)")
    if not set(settings.required) <= set(settings.result) or "drift_detected" not in settings.required:
        raise DomainError("ml_monitoring: phases.json: required keys must be keys of result, drift_detected among them")


def why_not_supplied(facts: FunctionFacts, pair: tuple[str, str] | None, settings: Settings) -> str | None:
    """Why the domain's test can't stand in for the body; None: it can."""
    if not facts.is_stub:
        return "it has a body of its own"
    if pair is None:
        return "no parameters that are evidently the current and the reference data"
    if facts.constants:
        return why_other_result(facts.constants, settings.result)
    if not facts.is_empty:
        return "its result is no dict with 'drift_detected'"
    if facts.returns is not None and bare(facts.returns) not in RESULT_ANNOTATIONS:
        return f"its result is {facts.returns}, not a dict"
    return None if any(word in facts.name.lower() for word in DETECTS) else "it doesn't say that it detects drift"


def bare(annotation: str) -> str:
    """The class's own name: "typing.Dict[str, Any]" -> "Dict"."""
    return annotation.strip("'\" ").split("[")[0].split(".")[-1].strip()


def why_other_result(constants: Mapping[str, Any], result: Mapping[str, str]) -> str | None:
    """Why a dict of constants can't be replaced by the test's result, or None."""
    if "drift_detected" not in constants:
        return "its result has no 'drift_detected'"
    for key, constant in constants.items():
        kind = type(constant).__name__
        if key in result and constant is not None and kind != result[key] and (kind, result[key]) != ("int", "float"):
            return f"its {key!r} is {kind}, the test's is {result[key]}"
    return None if is_plain(dict(constants)) else "its constants are more than numbers, text, lists, tuples and dicts"


def is_plain(value: Any) -> bool:
    """Whether `repr(value)` is a literal that `bind` may hold."""
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain(each) for key, each in value.items())
    return value is None or (isinstance(value, (bool, int, float, str)) and repr(value) not in {"inf", "-inf", "nan"})


def perceive_part(
    facts: FunctionFacts, pair: tuple[str, str] | None, settings: Settings, *, supplied: bool
) -> DomainPart:
    """The data-quality check of the data parameters: they go on as they are."""
    names = list(pair) if pair is not None else data_parameters(facts.parameters)
    if not names or facts.perceive == "off":
        return DomainPart()
    groups = [names] if pair is not None else [[name] for name in names]
    steps = []
    for group in groups:
        arguments = [
            ("current", quoted(group[0])),
            *([("reference", quoted(group[1]))] if len(group) == 2 else []),
            ("min_rows", repr(settings.min_rows)),
            ("max_missing", repr(settings.max_missing)),
            *([("mode", '"strict"')] if facts.perceive == "strict" else []),
            *([("supplied", "True")] if supplied else []),
        ]
        given = tuple(group)
        made = Step(phase="perceive", thing="DriftInput", name="quality", arguments=tuple(arguments))
        steps.append(made.model_copy(update={"takes": given, "gives": given}))
    said = f"{' and '.join(names)}: at least {settings.min_rows} rows, at most {settings.max_missing:.0%} missing"
    return DomainPart(
        steps=tuple(steps),
        enhancements=tuple(f"perceive: data quality of {name}" for name in names),
        summary=(("perceive", said),),
    )


def supplied_part(facts: FunctionFacts, pair: tuple[str, str], settings: Settings) -> DomainPart:
    """The domain's drift test in place of the stub's body."""
    extra = {key: value for key, value in facts.constants.items() if key not in settings.result}
    arguments = [
        ("current", quoted(pair[0])),
        ("reference", quoted(pair[1])),
        ("alpha", repr(settings.alpha)),
        ("min_effect", repr(settings.min_effect)),
        *([("extra", repr(extra))] if extra else []),
    ]
    named = [("alpha", name) for name in parameters_among(facts, LEVELS)[:1]]
    named += [("importance", name) for name in parameters_among(facts, WEIGHTS)[:1]]
    step = Step(
        phase="operate",
        thing="drift_test",
        name="drift",
        arguments=tuple(arguments),
        takes=pair,
        named=tuple(named),
        gives=("result",),
    )
    said = (
        "two-sample tests by column type (Kolmogorov-Smirnov; chi-square or permutation), corrected "
        f"over columns and windows (Holm): false alarms in at most {settings.alpha:.0%} of calls"
    )
    return DomainPart(
        steps=(step,),
        enhancements=(
            "operate: two-sample tests by column type (Kolmogorov-Smirnov, chi-square, permutation), with PSI and KL",
            "operate: the latest half and quarter by themselves, where the data are dated",
            f"operate: at most {settings.alpha:.0%} false alarms over all columns (Holm)",
            *(f"operate: alpha shared out by {name}" for name in parameters_among(facts, WEIGHTS)[:1]),
            *([f"operate: differences below {settings.min_effect:g} are no alarm"] if settings.min_effect else []),
        ),
        summary=(("operate", said),),
    )


def enforce_part(facts: FunctionFacts, settings: Settings, *, supplied: bool) -> DomainPart:
    """The result's contract, where the function evidently returns drift results."""
    promised = frozenset(settings.required) if supplied else facts.returned_keys or frozenset()
    if facts.enforce == "off" or "drift_detected" not in promised or (facts.is_stub and not supplied):
        return DomainPart()
    required = [key for key in settings.required if key in promised]
    arguments = [("", quoted(", ".join(required)))]
    arguments += [("mode", '"strict"')] if facts.enforce == "strict" else []
    step = Step(
        phase="enforce",
        thing="DriftResult",
        name="verdict",
        arguments=tuple(arguments),
        takes=("result",),
        gives=("result",),
    )
    said = f"a mapping with {', '.join(required)}; score finite, p_value a probability"
    return DomainPart(
        steps=(step,),
        enhancements=(f"enforce: a drift result with {', '.join(required)}",),
        summary=(("enforce", said),),
    )


def parameters_among(facts: FunctionFacts, names: tuple[str, ...]) -> list[str]:
    """The parameters called one of `names`."""
    return [parameter.name for parameter in facts.parameters if parameter.name in names]


def quoted(text: str) -> str:
    """A string literal in double quotes; `text` is made of identifiers, commas and spaces."""
    return f'"{text}"'


def joined(parts: list[DomainPart]) -> DomainPart:
    """One part of several."""
    return DomainPart(
        steps=tuple(step for part in parts for step in part.steps),
        enhancements=tuple(line for part in parts for line in part.enhancements),
        summary=tuple(row for part in parts for row in part.summary),
    )
