"""The exceptions that a user is meant to read.

Belongs here: the types. Does not belong here: how it is printed (``pipelines.cli``).
"""


class UserError(Exception):
    """A mistake the user can mend, said in one sentence: what is wrong, where, and what to do about it."""


class WrongUsageError(UserError):
    """A value that the user typed and that nothing takes, whatever is in the lake; the exit status is 2."""
