"""Dagster pipelines and the plain-Python rooms they call.

Belongs here: what runs when, and how data gets in and out (senders, lake, simulator, publishing, command line).
Does not belong here: metrics (``dbt_project``), churn science (``models``), pages (``app``).
"""
