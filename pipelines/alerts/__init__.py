"""Alerts: rules about an environment, whether they fire, and telling those who can help.

Belongs here: rules, their conditions, messages, deliveries. Does not belong here: what is measured (``readings``).
"""
