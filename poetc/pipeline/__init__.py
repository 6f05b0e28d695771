"""The driver: the only room that names all stages, in order. It yields outcomes and prints nothing.

A command imports only what it needs, so nothing is imported here: `poet build` runs `pipeline.build`, `--check` runs
`pipeline.staleness`, and so on.
"""
