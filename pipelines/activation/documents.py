"""A segment as a document: a small YAML file with a name, a description, an owner and conditions.

Belongs here: text to document and back, and the one sentence about what is wrong with it. Does not belong here: where
documents are kept (``store``), what conditions mean (``conditions``).
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import yaml

from pipelines.activation.attributes import Attributes
from pipelines.activation.conditions import Group, SegmentError, read_group
from pipelines.activation.nearest import nearest
from pipelines.errors import UserError

_FIELDS = ("name", "description", "owner", "conditions")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_NAME = 60
_MOST_BYTES = 200_000


@dataclass(frozen=True)
class Document:
    """A segment as somebody wrote it; ``conditions`` are nested lists and texts, not yet judged."""

    name: str
    description: str
    owner: str
    conditions: Any

    def group(self, attributes: Attributes) -> Group:
        """The conditions against the attributes there are; raises ``SegmentError`` with one sentence."""
        try:
            return read_group(self.conditions, attributes)
        except UserError as error:
            raise SegmentError(f"The segment {self.name} cannot be used: {error}") from error

    def text(self) -> str:
        """The document as YAML, the same text for the same segment."""
        content = {field: getattr(self, field) for field in _FIELDS}
        return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=100))


class _Texts(yaml.SafeLoader):  # type: ignore[misc]
    """Reads every value as the text that was written, and refuses a field that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        names = [key.value for key, _ in node.value]
        repeated = [name for name in names if names.count(name) > 1]
        if repeated:
            raise yaml.constructor.ConstructorError(None, None, f"{repeated[0]} is given twice", node.start_mark)
        mapping: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return mapping

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.constructor.ConstructorError(None, None, "references (*) are not taken", mark)
        return super().compose_node(parent, index)


_Texts.yaml_implicit_resolvers = {}


def read_document(text: str, source: str) -> Document:
    """The document in a text; raises ``SegmentError`` that names the ``source`` and what is wrong in it."""
    if len(text) > _MOST_BYTES:
        raise SegmentError(f"{source} is longer than a segment can be ({_MOST_BYTES:,} characters).")
    try:
        content = yaml.load(text, _Texts)  # noqa: S506 - a safe loader that makes texts only
    except yaml.MarkedYAMLError as error:
        line = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise SegmentError(f"{source} is no YAML{line} ({error.problem}): correct it there.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SegmentError(f"{source} is no YAML ({' '.join(str(error).split())[:120]}): correct it.") from error
    if not isinstance(content, dict) or "conditions" not in content:
        raise SegmentError(f"{source} is no segment: it needs the fields {', '.join(_FIELDS)}.")
    unknown = [field for field in content if field not in _FIELDS]
    if unknown:
        raise SegmentError(
            f"{source} has a field {unknown[0]!r}, which a segment does not take{nearest(unknown[0], _FIELDS)}."
        )
    for field in ("name", "description", "owner"):
        value = content.get(field)
        if not isinstance(value, str) or not value.strip():
            raise SegmentError(f"{source} has no {field}: give one in words.")
    name = str(content["name"]).strip()
    check_name(name, "segment")
    return Document(name, content["description"].strip(), content["owner"].strip(), content["conditions"])


def check_name(name: str, what: str) -> None:
    """Refuse a name that cannot be a file and a word on the command line everywhere."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise SegmentError(
            f"{name[:80]!r} is no name of a {what}: take small letters, digits and single hyphens, such as "
            f"yearly-renewals, at most {_LONGEST_NAME} characters."
        )
