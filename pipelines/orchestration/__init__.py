"""How a build runs: Dagster's instance and definitions, launching from the command line, and its progress.

Belongs here: each interface of Dagster that is leant on. Does not belong here: assets (``pipelines.defs``) and work.
"""
