"""Churn science in pure Python: what was known of a customer, who left, how likely the next one is to leave, and why.

Belongs here: features, target, estimators, calibration, evaluation, explanation, registry, scoring; polars in and out.
Does not belong here: orchestration, pages, SQL models, the folders of an environment, the clock. scikit-learn is
imported by the functions that fit, so that importing this package stays light.
"""
