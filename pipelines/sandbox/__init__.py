"""The sandbox simulator: a made-up streaming business that behaves like a real one, written as feeds.

Belongs here: everything needed to make the feeds of the contract from a seed. Plain Python: no Dagster.
Does not belong here: reading feeds (``pipelines.lake``), the command line (``pipelines.cli``).
"""

from pipelines.sandbox.simulation import SandboxSummary, simulate

__all__ = ["SandboxSummary", "simulate"]
