"""What runs inside the sandboxed process, beside the user's code: the only modules that import Hypothesis.

`main` is the way in: confine this process, find the two functions, draw inputs, run both, compare, tell the parent.
"""
