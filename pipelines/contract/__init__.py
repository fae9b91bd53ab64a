"""What may come in: the canonical feeds, their columns and codes, their documentation and expectations.

Belongs here: facts about feeds, as data. Does not belong here: reading files and judging rows (``pipelines.lake``).
"""
