"""The one exception of this room.

Belongs here: the type. Does not belong here: who raises it.
"""


class SignatureError(ValueError):
    """A message that is not proven to come from its sender; the text is one sentence that names no secret."""
