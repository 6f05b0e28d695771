"""Names that the generator adds: never one that the user's function mentions."""

from __future__ import annotations

from poetc.source.bindings import bound_anywhere, identifiers
from poetc.source.function import FunctionSource
from poetc.source.nodes import body_nodes, flat
from poetc.source.place import READ_BY_BIND


class Names:
    """Hands out names for one function; every name is asked for by what it stands for and stays the same."""

    def __init__(self, source: FunctionSource) -> None:
        self.mentioned = identifiers([*body_nodes(source.node), *flat(source.node.args)]) | set(source.context.shadowed)
        self.hidden = bound_anywhere(source.node).keys() | {source.node.name} | set(source.context.shadowed)
        self.function = source.node.name
        self.star = source.context.star_import
        self.aliases: dict[str, str] = {}

    def public(self) -> str:
        """The function's own name for the public function, so that a body that calls it by name isn't captured."""
        name = self.function
        while name in self.mentioned or name in READ_BY_BIND:
            name += "_"
        return name

    def own(self, wanted: str) -> str:
        """`wanted`, with underscores behind it until nothing in the function has that name, nor has the function."""
        if wanted.rstrip("_") == self.function.rstrip("_"):
            wanted = f"poet_{wanted}"
        while wanted in self.mentioned:
            wanted += "_"
        return wanted

    def builtin(self, name: str) -> str:
        """The builtin `name`, or an alias of it where the function or its module means something else by that name."""
        if name not in self.hidden and not self.star:
            return name
        if name not in self.aliases:
            self.aliases[name] = self.own(name.lower() + "_")
        return self.aliases[name]
