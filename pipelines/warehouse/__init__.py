"""The DuckDB file in which a build works: what is shown in it, what a build continues from, how dbt is run on it.

Belongs here: the file, a build, and reading and writing its tables. Does not belong here: metrics (``dbt_project``),
what readers see (``pipelines.publishing``), and Dagster's instance (``pipelines.orchestration``).
"""
