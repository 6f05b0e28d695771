"""What generated code calls. What is in use of its modules is copied to `_poet/_runtime/`; standard library only.

`link/runtime_bundles.py` says which of them share a file there, and has to be told of a new one.

Rules for a module here: standard-library imports and imports of other runtime modules at its top, nothing else that
runs at import but definitions; every top-level name is unique among the runtime's modules.
"""
