"""What generated code calls. Its modules are copied, joined into one `_poet/_runtime.py`; standard library only.

Rules for a module here: standard-library imports and imports of other runtime modules at its top, nothing else that
runs at import but definitions; every top-level name is unique among the runtime's modules.
"""
