"""POET407: what the metadata says of the answer is so; contracts and numbers are those that the user asked for."""

from __future__ import annotations

import ast
import builtins
from collections import Counter
from collections.abc import Mapping
from math import isfinite
from typing import Final

from poetc.effects import never_text
from poetc.ir import Policy
from poetc.verify.answer import Answer, Form
from poetc.verify.budget import FLAGS, check_flags, check_mechanism, check_transient, mechanism_of
from poetc.verify.contracts import imported, is_contract, is_implied, is_import, shown
from poetc.verify.frames import counts_frames
from poetc.verify.gates import hint_subject, hinted_subject
from poetc.verify.hosts import HOST_ARGUMENTS
from poetc.verify.nodes import clean, mangled, own_scope, parameters, said
from poetc.verify.patterns import (
    DOMAIN_ARGUMENTS,
    DOMAIN_LIBRARIES,
    PROTECTING,
    is_literal,
    literal_value,
)
from poetc.verify.protection import check_protection

CODE = "POET407"

PHASES: Final = frozenset({"perceive", "operate", "enforce"})
MOST_ATTEMPTS: Final = 10
"""of one call, where the user said nothing"""

NUMBERS: Final = {
    "Retry": ("attempts", "first", "most", "budget", "transient", "breaker", "host", "refusal"),
    "Guard": ("attempts", "budget", "breaker", "first", "most", "total", "alarm", "idempotent"),
    "Breaker": ("limit", "open_for"),
}
"""names of the positional arguments, behind the original where there is one"""
LONGEST: Final = {"first": 60.0, "most": 300.0, "budget": 600.0, "total": 600.0}
"""seconds that a call may be made to wait by numbers of which nobody asked: never until the caller has given up"""
TEXTS: Final = ("engine_version", "operate_reason", "fallback_reason", "llm_model")

WORDS: Final = {
    "engine": frozenset({"rules", "llm"}),
    "effects": frozenset({"pure", "reads", "idempotent", "writes", "unknown"}),
    "timeout_mechanism": frozenset(
        {None, "asyncio", "cooperative", "cooperative-and-alarm", "alarm", "alarm-or-thread"}
    ),
}
"""entries of the metadata that are one of a few words"""


def check(answer: Answer, form: Form, found: Counter[str]) -> None:
    """Raise VerifyError (POET407) for a claim that isn't so; `found` counts the rewrites that were undone."""
    check_words(answer)
    check_operate(answer, form, found)
    check_decorator(answer)
    check_dependencies(answer)
    check_mechanism(answer, form)
    check_protection(answer, form)
    for name, call in form.bound.items():
        for made in (node for node in ast.walk(call) if isinstance(node, ast.Call)):
            check_made(answer, form, name, made)
    if answer.draft.train_code is not None:
        raise answer.error(CODE, "it comes with code for training, for which there is no form that could be checked")


def check_words(answer: Answer) -> None:
    """Entries that are words or names."""
    metadata, unit = answer.draft.metadata, answer.unit
    for key, words in WORDS.items():
        value = metadata.get(key, "unknown" if key == "effects" else None)
        if not isinstance(value, str | None) or value not in words:
            raise answer.error(CODE, f"it says {key} is {clean(repr(value))[:80]}")
    if metadata.get("timeout_mechanism") and unit.policy.timeout is None:
        raise answer.error(CODE, "it says it keeps a budget, and none was asked for")
    numbers = metadata.get("parameters", {})
    if not isinstance(numbers, Mapping) or not all(
        isinstance(n, int | float) and isfinite(n) for n in numbers.values()
    ):
        raise answer.error(CODE, "its parameters are no numbers")
    effects = metadata.get("effects", "unknown")
    if unit.effects and effects != unit.effects:
        raise answer.error(CODE, f"it says the function's effects are {effects!r}, but they are {unit.effects!r}")
    for key in TEXTS:
        text = metadata.get(key)
        if not isinstance(text, str | None) or not (text or "").isprintable():
            raise answer.error(CODE, f"its {key} is no text on a line")
    if metadata.get("language", "python") != "python":
        raise answer.error(CODE, f"it says it is {clean(repr(metadata['language']))[:80]}, not Python")
    name = metadata.get("original_function_name")
    if name not in (unit.site.node.name, unit.site.qualname):
        raise answer.error(CODE, f"it says it is for {clean(repr(name))[:80]}")
    phases = metadata.get("phases_included")
    allowed = PHASES | {"train"} if unit.policy.optimize_for else PHASES
    if not isinstance(phases, list | tuple) or not PHASES <= set(map(str, phases)) <= allowed:
        raise answer.error(CODE, f"it says its phases are {clean(repr(phases))[:80]}")


def check_operate(answer: Answer, form: Form, found: Counter[str]) -> None:
    """transformed | relocated | wrapped | supplied, as the code shows it."""
    if form.is_wrapped:
        kind = "wrapped"
    elif form.is_supplied:
        kind = "supplied"
    else:
        kind = "transformed" if found["retry"] or found["timeout"] or found["deadline"] else "relocated"
    said_kind = answer.draft.metadata.get("operate")
    if said_kind != kind:
        raise answer.error(CODE, f"it says the body is {clean(repr(said_kind))[:80]}, but it is {kind}")


def check_decorator(answer: Answer) -> None:
    """The decorator's arguments, as the answer read them, are those that the client resolved."""
    given, policy = answer.draft.metadata.get("decorator_params", {}), answer.unit.policy
    if not isinstance(given, Mapping):
        raise answer.error(CODE, "its decorator arguments can't be read")
    for name in Policy.__dataclass_fields__:
        value = given.get(name)
        if value is not None and value != getattr(policy, name):
            raise answer.error(CODE, f"it says {name} is {clean(repr(value))[:80]}, not {getattr(policy, name)!r}")


def check_dependencies(answer: Answer) -> None:
    """It needs no library that neither the domain nor the function needs."""
    unit = answer.unit
    needed = answer.draft.metadata.get("dependencies", [])
    allowed = DOMAIN_LIBRARIES.get(unit.policy.domain or "", frozenset()) | set(unit.dependencies)
    if needed:
        allowed |= {dotted.partition(".")[0] for dotted in imported(unit.surroundings.imports).values()}
    if not isinstance(needed, list | tuple) or not set(map(str, needed)) <= allowed:
        raise answer.error(CODE, f"it needs {clean(repr(needed))[:80]}")


def check_made(answer: Answer, form: Form, name: str, call: ast.Call) -> None:
    """One object that `bind` makes of the runtime."""
    thing = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    if thing == "Perceive":
        check_perceive(answer, form, name, call)
    elif thing == "Enforce":
        check_enforce(answer, form, name, call)
    elif thing == "Hint":
        check_hint(answer, call)
    elif thing == "Shape":
        check_shape(answer, call)
    elif thing in PROTECTING:
        pass  # `check_protection` looks at all of them together
    elif thing in NUMBERS:
        check_numbers(answer, form, thing, call)
    else:
        check_domain(answer, thing, call)


def check_mode(answer: Answer, name: str, given: list[ast.expr], mode: str) -> None:
    """ "strict" is there if and only if the user asked for it, and nothing is checked that the user switched off."""
    values = [literal_value(node) if is_literal(node) else None for node in given]
    if mode == "off" or values not in ([[]] if mode == "repair" else []) + [[mode]]:
        raise answer.error(CODE, f"`{name}` works in another mode than {mode!r}", given[0] if given else None)


def annotations_of(answer: Answer) -> dict[str, ast.expr | None]:
    """The annotations of the parameters, `*args` and `**kwargs` excepted, by the names that Python gives them."""
    arguments, classes = answer.function.args, answer.unit.site.classes
    special = (arguments.vararg, arguments.kwarg)
    return {mangled(a.arg, classes): a.annotation for a in parameters(arguments) if a not in special}


def check_hint(answer: Answer, call: ast.Call) -> None:
    """It reads the annotation that it says, shows it as it is written, and is told the user's own imports."""
    unit, subject = answer.unit, hint_subject(call)
    annotation = answer.function.returns if subject == "return" else annotations_of(answer).get(str(subject))
    deep = ["deep"] if unit.policy.depth == "deep" else []
    given = [node.value if isinstance(node, ast.Constant) else None for node in call.args[1:]]
    if annotation is None or given != [subject, shown(annotation), *deep]:
        raise answer.error(CODE, f"`{said(call)}` isn't made for an annotation of the function", call)
    for keyword in call.keywords:
        if not is_import(keyword.arg or "", getattr(keyword.value, "value", None), unit):
            raise answer.error(CODE, f"`{said(keyword)}` is no import of the user's", call)


def check_shape(answer: Answer, call: ast.Call) -> None:
    """Its keys are those of every dict that the user's returns write out, and the user has asked for strictness."""
    function, policy = answer.function, answer.unit.policy
    returned = [node.value for node in own_scope(function.body) if isinstance(node, ast.Return)]
    written = [value for value in returned if isinstance(value, ast.Dict) and value.keys and is_written_out(value)]
    keys = [node.value if isinstance(node, ast.Constant) else None for node in call.args[1:]]
    same = all({each.value for each in value.keys if isinstance(each, ast.Constant)} == set(keys) for value in written)
    if not (written and same and policy.enforce == "strict" and function.returns is None) or call.keywords:
        raise answer.error(CODE, f"`{said(call)}` isn't what the function's returns have in common", call)


def is_written_out(value: ast.Dict) -> bool:
    """Whether all keys of a dict display are constant texts."""
    return all(isinstance(key, ast.Constant) and isinstance(key.value, str) for key in value.keys)


def check_perceive(answer: Answer, form: Form, name: str, call: ast.Call) -> None:
    """Each contract refuses nothing that the parameter's annotation admits."""
    unit = answer.unit
    is_plain = len(call.args) > 2 and is_literal(call.args[1]) and literal_value(call.args[1]) == "repair"
    check_mode(answer, name, call.args[1:1] if is_plain else call.args[1:2], unit.policy.perceive)
    check_converted(answer, call)
    annotations = annotations_of(answer)
    for keyword in call.keywords:
        if keyword.arg is not None and hinted_subject(keyword.value, form) == keyword.arg:
            continue
        contract = str(getattr(keyword.value, "value", ""))
        if keyword.arg not in annotations or not is_implied(contract, annotations[keyword.arg], unit):
            raise answer.error(
                CODE, f"the contract `{said(keyword)}` doesn't follow from the annotation", keyword.value
            )


def check_converted(answer: Answer, call: ast.Call) -> None:
    """Text is converted only for checked parameters with which the user's body can do nothing if they are text."""
    surroundings = answer.unit.surroundings
    hidden = frozenset(dir(builtins) if surroundings.star_import else surroundings.bound)
    allowed = never_text(answer.function, hidden) & {keyword.arg for keyword in call.keywords}
    given = [node.value if isinstance(node, ast.Constant) else None for node in call.args[2:]]
    if len(set(given)) != len(given) or not allowed.issuperset(given):
        raise answer.error(CODE, f"`{said(call)}` converts what the body may want as it is", call)


def check_enforce(answer: Answer, form: Form, name: str, call: ast.Call) -> None:
    """The contract refuses nothing that the return annotation admits."""
    second = call.args[1] if len(call.args) > 1 else None
    if isinstance(second, ast.Name) and form.thing(second.id) == "Shape":
        if len(call.args) == 2 and not call.keywords:
            return
        raise answer.error(CODE, f"`{said(call)}` is stricter than what nobody has promised", call)
    check_mode(answer, name, call.args[2:], answer.unit.policy.enforce)
    given = call.args[1] if len(call.args) == 2 + (answer.unit.policy.enforce == "strict") else None
    if hinted_subject(given, form) == "return" and not call.keywords:
        return
    contract = getattr(call.args[1], "value", None) if len(call.args) > 1 else None
    if (
        call.keywords
        or not is_contract(contract)
        or not is_implied(str(contract), answer.function.returns, answer.unit)
    ):
        raise answer.error(CODE, f"the contract in `{said(call)}` doesn't follow from the annotation", call)


def check_numbers(answer: Answer, form: Form, thing: str, call: ast.Call) -> None:
    """Attempts and budgets are those of the policy; waits are numbers of seconds."""
    policy = answer.unit.policy
    given = given_by_name(answer, thing, call)
    if thing == "Retry":  # `Undo` holds them against the calls
        given = {key: node for key, node in given.items() if key not in HOST_ARGUMENTS}
    breaker = given.pop("breaker", None)
    inline = next((name for name in form.bound if form.thing(name) == "Breaker"), "")
    named = breaker.id if isinstance(breaker, ast.Name) else ""
    is_none = breaker is None or (isinstance(breaker, ast.Constant) and breaker.value is None)
    if thing == "Guard" and not (named == inline if inline else is_none):
        raise answer.error(CODE, f"`{said(call)}` doesn't tell the breaker of failures, or something else", call)
    if "transient" in given:
        check_transient(answer, call, given.pop("transient"))
    check_flags(answer, call, given)
    given = {key: node for key, node in given.items() if key not in FLAGS}
    if not all(is_literal(node) for node in given.values()):
        raise answer.error(CODE, f"`{said(call)}` has something else than numbers", call)
    numbers = {key: literal_value(node) for key, node in given.items()}
    attempts = numbers.pop("attempts", 1 if thing == "Guard" else 3)
    most = 1 + policy.retries if policy.retries is not None else {"Retry": MOST_ATTEMPTS}.get(thing, 1)
    fewest = most if policy.retries is not None else 1
    if type(attempts) is not int or not (fewest <= attempts <= most or (thing == "Guard" and attempts == 1)):
        raise answer.error(CODE, f"`{said(call)}` makes other attempts than the {most} that were asked for", call)
    if thing == "Guard" and attempts > 1 and counts_frames(answer, form):
        raise answer.error(CODE, "it repeats a body whose numbers of frames are right for a first attempt only", call)
    if thing == "Guard":
        check_budget(answer, form, call, numbers.pop("budget", None))
    for key, number in numbers.items():
        fits = type(number) in (int, float) and 0 <= number <= LONGEST[key]  # type: ignore[operator]
        if not fits or (number == 0 and key in ("budget", "total")):
            raise answer.error(CODE, f"`{said(call)}` has the odd {key} {number!r}", call)


def check_budget(answer: Answer, form: Form, call: ast.Call, budget: object) -> None:
    """The guard's budget is the policy's, where one is kept; else there is none, or just that."""
    wanted = answer.unit.policy.timeout
    is_kept = mechanism_of(form) is not None
    if (budget is not None or is_kept) and not (type(budget) is type(wanted) and budget == wanted):
        raise answer.error(CODE, f"`{said(call)}` has another budget than {wanted}", call)


def given_by_name(answer: Answer, thing: str, call: ast.Call) -> dict[str, ast.expr]:
    """The arguments behind the original, by name."""
    names, positional = NUMBERS[thing], call.args[1:]
    given = dict(zip(names, positional, strict=False))
    named = {keyword.arg or "": keyword.value for keyword in call.keywords}
    if len(positional) > len(names) or not set(named) <= set(names) - set(given):
        raise answer.error(CODE, f"`{said(call)}` has other arguments than {thing} takes", call)
    return given | named


def check_domain(answer: Answer, thing: str, call: ast.Call) -> None:
    """An object of a domain's runtime takes these arguments; it is strict only if the user asked for that."""
    policy, allowed = answer.unit.policy, DOMAIN_ARGUMENTS.get(thing, frozenset())
    for keyword in call.keywords:
        if keyword.arg not in allowed or isinstance(keyword.value, ast.Call | ast.Name):
            raise answer.error(CODE, f"`{said(call)}` has other arguments than {thing} takes", call)
        mode = policy.enforce if thing == "DriftResult" else policy.perceive
        if keyword.arg == "mode" and getattr(keyword.value, "value", None) != mode:
            raise answer.error(CODE, f"`{said(call)}` works in another mode than {mode!r}", call)
    if not all(is_literal(argument) for argument in call.args[1:]):
        raise answer.error(CODE, f"`{said(call)}` has other arguments than {thing} takes", call)
