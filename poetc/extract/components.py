"""A graph → its strongly connected components, callees before callers (Tarjan), without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)


def components(start: Node, edges: Callable[[Node], Sequence[Node]]) -> Iterator[tuple[Node, ...]]:
    """The components that can be reached from `start`; each comes after all that it leads to."""
    number = {start: 0}
    lowest = {start: 0}
    open_ones = [start]
    still_open = {start}
    waiting = [(start, iter(edges(start)))]
    while waiting:
        node, rest = waiting[-1]
        following = next(rest, None)
        if following is None:
            waiting.pop()
            if waiting:
                lowest[waiting[-1][0]] = min(lowest[waiting[-1][0]], lowest[node])
            if lowest[node] == number[node]:
                at = open_ones.index(node)
                found = tuple(open_ones[at:])
                del open_ones[at:]
                still_open -= set(found)
                yield found
        elif following not in number:
            number[following] = lowest[following] = len(number)
            open_ones.append(following)
            still_open.add(following)
            waiting.append((following, iter(edges(following))))
        elif following in still_open:
            lowest[node] = min(lowest[node], number[following])
