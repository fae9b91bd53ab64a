"""Who is chosen, taken away, held back, and what it saved: segments, exports, campaigns.

Belongs here: segments as documents, the layouts of destinations, who may be written to, the draw of a holdout, the
record of a campaign. Does not belong here: definitions of numbers (``dbt_project``), inference
(``models.experiments``), what a person types or sees (``pipelines.cli``, ``app``).
"""
