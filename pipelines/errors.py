"""The one exception that a user is meant to read.

Belongs here: the type. Does not belong here: how it is printed (``pipelines.cli``).
"""


class UserError(Exception):
    """A mistake the user can mend, said in one sentence: what is wrong, where, and what to do about it."""
