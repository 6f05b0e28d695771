"""What a function does to the world: known calls as data, names resolved without running anything, effects by line.

A library for whoever reads functions; it imports nothing of ours.
"""

from poetc.effects.analyse import Effects, LineEffect, analyse, hand_over, keep_effects, kept_effects
from poetc.effects.blocks import Block, opens
from poetc.effects.catalogue import Catalogue, load_catalogue
from poetc.effects.entry import CatalogueError, Entry, Rule
from poetc.effects.frames import FrameUses, frame_uses
from poetc.effects.names import Names
from poetc.effects.never_text import never_text
from poetc.effects.resolve import ResolvedCall, resolve_calls

__all__ = [
    "Block",
    "Catalogue",
    "CatalogueError",
    "Effects",
    "Entry",
    "FrameUses",
    "LineEffect",
    "Names",
    "ResolvedCall",
    "Rule",
    "analyse",
    "frame_uses",
    "hand_over",
    "keep_effects",
    "kept_effects",
    "load_catalogue",
    "never_text",
    "opens",
    "resolve_calls",
]
