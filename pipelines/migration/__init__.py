"""The migration check: a subscriber base from elsewhere against another, by the same definitions, for a human to sign.

Belongs here: what is compared (``sides``), how it is built (``building``), matched (``matching``) and compared
(``comparison``), and the report (``report``, ``rendering``). Does not belong here: definitions of numbers, which both
sides take from ``dbt_project``, and the command line.
"""
