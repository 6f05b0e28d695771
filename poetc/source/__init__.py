"""Facts of Python source, each found out in one place: what a tree holds, binds, imports, annotates; nothing is run.

Whoever reads a function asks here: scanning, extraction, effects, engines, emission, verification.
"""
