"""Everything the app asks of a snapshot: all its SQL, with values bound.

Belongs here: selections from the public tables, and sums of them small enough to draw. Does not belong here:
definitions of numbers (``dbt_project``), layout (``app.app_pages``).
"""
