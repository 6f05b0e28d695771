"""Original and enhanced function → whether they behave the same, found out by running both.

`trials` drives: one sandboxed process for each function, started by `sandbox`, in which `inside` runs. What is here
knows neither the project nor the store; `pipeline.verification` says what to compare.
"""
