"""A counterexample → a script that shows it: both functions, run on the same new arguments."""

from __future__ import annotations

from poetc.behaviour.inside.expression import Writer
from poetc.behaviour.inside.inputs import Call
from poetc.behaviour.inside.pair import Pair

RESULTS = {
    "sync": "{call}",
    "generator": "list({call})",
    "coroutine": "asyncio.run({call})",
    "async generator": "asyncio.run(collected({call}))",
}
COLLECTED = "async def collected(items):\n    return [item async for item in items]\n"


def shown_call(call: Call, pair: Pair) -> str:
    """ "Monitor(limit=3).check([1])", bounded."""
    writer = Writer()
    inner = writer.arguments(call.arguments)
    name = pair.original.__name__
    if pair.owner is None:
        return short_text(f"{name}({inner})")
    made = f"({writer.arguments(call.made_with)})" if call.made_with is not None else ""
    place = f"{pair.owner.__qualname__}{made}.{name}"
    if pair.role == "property":
        return short_text(place)
    if pair.role == "setter":
        return short_text(f"{place} = {inner}")
    return short_text(f"del {place}" if pair.role == "deleter" else f"{place}({inner})")


def snippet(call: Call, pair: Pair, kind: str, base: str, *, arguments_differ: bool) -> tuple[str, bool]:
    """The script, and whether it runs."""
    writer = Writer()
    writer.exact = pair.reached is not None
    top = (pair.reached or pair.original.__qualname__).partition(".")[0].partition("[")[0]
    writer.imports.add(f"from {pair.module.__name__} import {top}")
    lines = [f"arguments = ({', '.join(parts)},)" if (parts := positional(writer, call, pair)) else "arguments = ()"]
    keywords = writer.code(call.arguments.keywords) if call.arguments.keywords else ""
    lines.append(f"keywords = {keywords}" if keywords else "")
    passed = "*arguments, **keywords" if keywords else "*arguments"
    result = RESULTS[kind].format(call=f"function({passed})")
    lines += ["try:", f'    print("returned", repr({result}))', "except BaseException as error:"]
    lines.append('    print("raised", repr(error))')
    lines.append(f'print("arguments are now", arguments{", keywords" if keywords else ""})' if arguments_differ else "")
    body = "".join(f"    {line}\n" for line in lines if line)
    reached = pair.reached or pair.original.__qualname__
    head = ["import sys", *(["import asyncio"] if "asyncio" in result else [])]
    plain = sorted(one for one in writer.imports if one.startswith("import "))
    others = sorted(one for one in writer.imports if not one.startswith("import "))
    text = "\n".join([*sorted([*head, *plain]), "", f"sys.path.insert(0, {base!r})", *others, "", ""])
    text += COLLECTED + "\n" if "collected" in result else ""
    text += f"enhanced = {reached}\nfor function in (enhanced.__wrapped__, enhanced):\n{body}"
    return text, writer.exact


def positional(writer: Writer, call: Call, pair: Pair) -> list[str]:
    """What is passed by position, the instance or class first."""
    first = []
    if pair.owner is not None and pair.role != "staticmethod":
        owner = writer.named(pair.owner)
        first = [owner if call.made_with is None else f"{owner}({writer.arguments(call.made_with)})"]
    return [*first, *(writer.code(value) for value in call.arguments.positional)]


def short_text(text: str, most: int = 500) -> str:
    """Text, bounded."""
    return text if len(text) <= most else f"{text[:most]}..."
