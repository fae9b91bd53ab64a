"""The dashboards of ChurnIQ: pages that select from a published snapshot and lay it out.

Belongs here: pages, queries, charts, formatting. Does not belong here: business rules (``dbt_project``, ``models``).
"""
