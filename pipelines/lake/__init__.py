"""The landing store: every delivered byte, what was accepted of it, and why the rest was not.

Belongs here: landing files, reading them, judging rows by the contract, the commit log, the accounting.
Does not belong here: Dagster, metrics, and what a sender means by its fields (``pipelines.sources``).
"""
