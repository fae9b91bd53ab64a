"""One way to ask: metrics, explanations and restatements over a published snapshot.

Belongs here: questions and their answers as values. Does not belong here: how an answer is printed or drawn
(``pipelines.cli``, ``app``), and definitions of numbers (``dbt_project``).
"""
