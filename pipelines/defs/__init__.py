"""The assets and checks by stage, and what runs them: landing, transformation, scoring, publishing, automation.

Belongs here: thin Dagster definitions. Does not belong here: the work that they call.
"""
