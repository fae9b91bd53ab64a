"""Backups of a home: what cannot be made again, incremental, verified by hash, and back into an empty home.

Belongs here: the target's form, taking a backup, restoring one. Does not belong here: what the files say.
"""
