"""A document of headings, paragraphs and tables as Markdown or as one HTML page.

Belongs here: writing down, escaping included: ids are what a sender wrote. Does not belong here: what a report says.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #bbb;padding:.25rem .6rem;text-align:left}"
)


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the title."""

    text: str
    level: int = 2


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Table:
    """Rows of text under column titles."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


Block = Heading | Paragraph | Table


def as_markdown(blocks: Sequence[Block]) -> str:
    """The document as Markdown; text that would be markup is shown as it is."""
    return "\n\n".join(_markdown(block) for block in blocks) + "\n"


def as_html(blocks: Sequence[Block]) -> str:
    """The document as one HTML page that loads nothing."""
    title = next((block.text for block in blocks if isinstance(block, Heading)), "")
    body = "\n".join(_html(block) for block in blocks)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _markdown(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"{'#' * level} {_cell(text)}"
        case Paragraph(text):
            return _cell(text)
        case Table(columns, rows):
            lines = [columns, ["---"] * len(columns), *rows]
            return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    escaped = _visible(text).replace("\\", "\\\\").replace("|", "\\|").replace("`", "\\`").replace("*", "\\*")
    return escaped.replace("&", "&amp;").replace("<", "&lt;").replace("[", "\\[")


def _html(block: Block) -> str:
    match block:
        case Heading(text, level):
            return f"<h{level}>{html.escape(_visible(text))}</h{level}>"
        case Paragraph(text):
            return f"<p>{html.escape(_visible(text))}</p>"
        case Table(columns, rows):
            head = "".join(f"<th>{html.escape(_visible(column))}</th>" for column in columns)
            body = "\n".join(
                "<tr>" + "".join(f"<td>{html.escape(_visible(cell))}</td>" for cell in row) + "</tr>" for row in rows
            )
            return f"<table><thead><tr>{head}</tr></thead><tbody>\n{body}\n</tbody></table>"


def _visible(text: str) -> str:
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)
