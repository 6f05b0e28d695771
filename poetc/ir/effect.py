"""What a call, or a function, does to the world."""

from __future__ import annotations

from enum import StrEnum


class Effect(StrEnum):
    """From harmless to worst. "idempotent": a write that may be made twice (PUT, redis SET)."""

    PURE = "pure"
    READ = "read"
    IDEMPOTENT = "idempotent"
    WRITE = "write"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Its place in the order; higher is worse."""
        return _RANK[self]

    @property
    def of_function(self) -> str:
        """The word for a function whose worst call has it: "reads", "writes"."""
        return _OF_FUNCTION.get(self, self.value)


_RANK = {effect: rank for rank, effect in enumerate(Effect)}
_OF_FUNCTION = {Effect.READ: "reads", Effect.WRITE: "writes"}
_BY_WORD = {word: effect for effect in Effect for word in (effect.value, effect.of_function)}

OF_FUNCTIONS = tuple(effect.of_function for effect in Effect)
"""the words for functions, from harmless to worst"""


def worst(*effects: str) -> Effect:
    """The worst of some effects; "pure" if there are none, "unknown" for a word that is none."""
    return max(map(effect_named, effects), key=_RANK.__getitem__, default=Effect.PURE)


def effect_named(word: str) -> Effect:
    """The effect of a word for calls or for functions, "reads" like "read"; "unknown" for a word that is none."""
    return _BY_WORD.get(word, Effect.UNKNOWN)
