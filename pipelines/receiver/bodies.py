"""What a body must be before anything else is asked of it: UTF-8, and JSON of objects, or a signed token.

Belongs here: that check. Does not belong here: signatures, what objects mean.
"""

from __future__ import annotations

import json
import re

from pipelines.sources.signatures.encoding import RepeatedKeyError, parse_json

_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


class MalformedBodyError(ValueError):
    """A body that no sender of ours sends; the text is one sentence for the sender."""


def require_message(body: bytes, *, may_be_token: bool) -> str:
    """The body's text; raises ``MalformedBodyError`` unless it is JSON of objects, or a token where that is allowed."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedBodyError(f"The body is not UTF-8: byte {error.start + 1} is wrong.") from error
    if may_be_token and _TOKEN.fullmatch(text.strip()):
        return text
    try:
        value = parse_json(text, parse_constant=_refuse_constant)
    except RepeatedKeyError as error:
        raise MalformedBodyError("The body names a key twice in one object: which value is meant?") from error
    except RecursionError as error:
        raise MalformedBodyError("The body is nested too deeply.") from error
    except json.JSONDecodeError as error:
        raise MalformedBodyError(f"The body is not JSON: {error.msg} at character {error.pos + 1}.") from error
    except ValueError as error:
        raise MalformedBodyError("The body is not JSON: it holds a number that no system can read.") from error
    entries = value if isinstance(value, list) else [value]
    if not entries or not all(isinstance(entry, dict) for entry in entries):
        raise MalformedBodyError("The body is neither a JSON object nor an array of some.")
    return text


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
