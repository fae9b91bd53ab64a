"""What a treatment did to those who were assigned to it, against those who were held back, and how sure that is.

Belongs here: inference on randomised arms - effects with intervals, checks of the assignment, power, who responds.
Does not belong here: who is assigned and what an outcome is (``pipelines.activation``, ``dbt_project``).
"""
