"""What readers see: versioned snapshots, the pointers to them, and the descriptions that travel with them.

Belongs here: writing, finding and opening snapshots. Does not belong here: what is in them (``dbt_project``).
"""
