"""The services of an environment: what listens on this machine, who may talk to it, and what keeps it running.

Belongs here: the supervised set, the guard before web pages, the monitor. Does not belong here: what the services do.
"""
