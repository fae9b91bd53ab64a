"""The contract as documentation: the tables of ``docs/feeds.md`` and the columns of dbt's sources.

Run ``python -m pipelines.contract.documentation`` after a change of the contract; a test fails until then.

Belongs here: writing what ``pipelines.contract.feeds`` says in other forms. Does not belong here: anything it
does not say.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from pipelines.contract.feeds import FEEDS
from pipelines.contract.shapes import Column, Feed, Kind

ROOT = Path(__file__).parents[2]
FEEDS_PAGE = ROOT / "docs" / "feeds.md"
DBT_SOURCES = ROOT / "dbt_project" / "models" / "staging" / "_sources.yml"
_BEGIN, _END = "<!-- feeds: written by pipelines.contract.documentation -->\n", "<!-- end of feeds -->\n"
_LAKE_TABLES = {
    "alert_deliveries": "Every message of an alert that was sent, and whether it arrived.",
    "ingest_files": "The lake's account of every delivered file.",
    "quarantine": "The rejected rows of every feed, with their reasons.",
}
_PROVENANCE = {
    "extra": "The unknown fields of the delivered row as a JSON object; null when there are none.",
    "source_file": "SHA-256 of the delivered file that the row came from.",
    "source_row": "The number of the row in that file, from 1.",
}


def feeds_page() -> str:
    """The text of ``docs/feeds.md`` with its tables of feeds as the contract has them."""
    before, _, rest = FEEDS_PAGE.read_text().partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return before + _BEGIN + "\n".join(_feed_table(feed) for feed in FEEDS.values()) + "\n" + _END + after


def dbt_sources() -> str:
    """The text of dbt's source file: every feed with its columns, and the lake's own tables."""
    tables = [
        {
            "name": feed.name,
            "description": f"The accepted rows of {feed.name}; key: {', '.join(feed.key)}.",
            "columns": [
                *(
                    {"name": column.name, "description": f"{column.kind.name.lower()}; {_rules(column)}".rstrip("; ")}
                    for column in feed.columns
                ),
                *({"name": name, "description": text} for name, text in _PROVENANCE.items()),
            ],
        }
        for feed in FEEDS.values()
    ]
    tables += [{"name": name, "description": text} for name, text in _LAKE_TABLES.items()]
    description = "The accepted rows of the lake, one table a feed of the contract, and the lake's own accounts."
    content = {"version": 2, "sources": [{"name": "raw", "description": description, "tables": tables}]}
    return str(yaml.safe_dump(content, sort_keys=False, default_flow_style=None, width=118))


def _feed_table(feed: Feed) -> str:
    keys = f"Key: {', '.join(feed.key)}."
    if feed.retention_months:
        keys += f" A row is a reason to keep its customer for {feed.retention_months} months."
    orders = "".join(f" {first} is not after {second}." for first, second in feed.ordered)
    rows = "\n".join(
        f"| {_marked(column)} | {column.kind.name.lower()} | {_rules(column)} |" for column in feed.columns
    )
    if feed.links_aliases:
        orders += " The alias is another id than customer_id."
    return f"\n### {feed.name}\n\n{keys}{orders}\n\n| column | kind | rules |\n|---|---|---|\n{rows}\n"


def _marked(column: Column) -> str:
    return f"**{column.name}**" if column.required else column.name


def _rules(column: Column) -> str:
    return "; ".join(_rule_texts(column))


def _rule_texts(column: Column) -> Iterator[str]:
    if column.required:
        yield "required"
    if column.required_for:
        unless = f", unless {column.unless}" if column.unless else ""
        yield f"required for {', '.join(column.required_for)}{unless}"
    if column.allowed:
        yield f"one of {', '.join(column.allowed)}"
    if column.pattern:
        yield f"of the form `{column.pattern}`"
    if column.code:
        yield str(column.code)
    if column.default:
        yield f"null means {column.default}"
    if column.kind is Kind.MONEY:
        yield "may be negative, at most four decimals" if column.signed else "0 or more, at most four decimals"
    if column.kind is Kind.RATE:
        yield "above 0"
    if column.minimum is not None:
        yield f"{column.minimum} or more"
    if column.personal:
        yield "personal data"
    if column.identifies:
        yield f"identifies a person's {column.identifies}"


if __name__ == "__main__":
    FEEDS_PAGE.write_text(feeds_page())
    DBT_SOURCES.write_text(dbt_sources())
