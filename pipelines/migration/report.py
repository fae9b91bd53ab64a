"""The report of a migration check: verdict, closing, what differs, and the block in which a human signs off.

Belongs here: what the report says and in which order, the rows, masked, and their CSV files. Does not belong here:
how a document is written down (``rendering``), and numbers, which ``comparison`` has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from pipelines.errors import UserError
from pipelines.lake.sql import literal
from pipelines.migration.comparison import Comparison, Group, Rules
from pipelines.migration.differences import FIELDS, KINDS
from pipelines.migration.rendering import Block, Heading, Paragraph, Table, as_html, as_markdown
from pipelines.migration.sides import Side, Terms
from pipelines.rows import rows_of

# The first letter of an address and its domain stay, as in the published tables.
_ADDRESS = r"""([^\s"'<>@,;:{}])[^\s"'<>@,;:{}]*@"""
_TABLES = {"subscriptions": "differences", "customers": "customer_differences", "renewals": "renewals"}
_ORDER = {
    "differences": "kind, coalesce(before_subscription_id, after_subscription_id)",
    "customer_differences": "kind, coalesce(before_customer_id, after_customer_id)",
    "renewals": "renewal_date",
}
_MEANING = {
    "missing": "Only before: nobody would be charged for these any more.",
    "surplus": "Only after: nobody of before is known to have these.",
    "doubled": "Only after, beside a matched one of the same customer, offer, state and period: charged twice.",
    "changed": "On both sides, and not the same.",
}


@dataclass(frozen=True)
class Report:
    """Everything a report says. ``rows`` are the first differing subscriptions of each class, masked."""

    terms: Terms
    rules: Rules
    before: Side
    after: Side
    comparison: Comparison
    rows: dict[str, list[dict[str, Any]]]
    customer_rows: list[dict[str, Any]]

    @property
    def is_passed(self) -> bool:
        """Whether nothing differs and no row of either side was refused: a refused one was not compared."""
        return self.comparison.is_alike and not self.before.rejected and not self.after.rejected

    @property
    def verdict(self) -> str:
        """One word: pass or differences."""
        return "pass" if self.is_passed else "differences"

    def as_object(self) -> dict[str, Any]:
        """The report as nested plain values, for JSON."""
        return {
            "verdict": self.verdict,
            **asdict(self.terms),
            "tolerance_mrr": self.rules.tolerance_mrr,
            **{
                side: {
                    "label": of.label,
                    "rejected": dict(of.rejected),
                    "later_events": of.later_events,
                    "states_only": of.states_only,
                }
                for side, of in (("before", self.before), ("after", self.after))
            },
            **asdict(self.comparison),
            "rows": self.rows,
            "customer_rows": self.customer_rows,
        }


def select_rows(
    connection: duckdb.DuckDBPyConnection, table: str, *, condition: str = "true", limit: int, is_masked: bool = True
) -> list[dict[str, Any]]:
    """The first rows of a table of the comparison, by kind and id."""
    return rows_of(connection, f"{_masked(connection, table, condition, is_masked=is_masked)} limit {limit}").records()


def write_report(
    connection: duckdb.DuckDBPyConnection, report: Report, out: Path, *, is_masked: bool = True
) -> list[Path]:
    """Write the report (HTML if the name ends so, else Markdown) and, beside it, all its rows as CSV; gives the files.

    Raises ``UserError`` when a file exists, since it may be signed, or cannot be written.
    """
    files = {table: out.with_name(f"{out.stem}-{name}.csv") for name, table in _TABLES.items()}
    require_new(out)
    blocks = document(report, [file.name for file in files.values()])
    try:
        for table, file in files.items():
            select = _masked(connection, table, "true", is_masked=is_masked)
            connection.execute(f"copy ({select}) to {literal(str(file))} (format csv, header)")
        out.write_text(as_html(blocks) if out.suffix == ".html" else as_markdown(blocks), encoding="utf-8")
    except (OSError, duckdb.Error) as error:
        raise UserError(f"The report {out} cannot be written ({error}): check its folder.") from error
    return [out, *files.values()]


def require_new(out: Path) -> None:
    """Refuse a report that exists, or one for whose folder there is none."""
    if out.exists():
        raise UserError(f"{out} exists and may be signed: give --out another name, or remove it.")
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} for the report: make it, or give --out another.")


def document(report: Report, files: Sequence[str] = ()) -> list[Block]:
    """The report as a document; ``files`` are the names of those beside it that have all rows."""
    comparison, terms = report.comparison, report.terms
    currency = terms.reporting_currency
    blocks: list[Block] = [
        Heading("Migration check", 1),
        Paragraph(f"Verdict: {report.verdict}"),
        Table(
            ["", ""],
            [
                *(
                    [name, f"{side.label} (published snapshot)" if side.is_published else side.label]
                    for name, side in (("before", report.before), ("after", report.after))
                ),
                ["as of", f"{terms.as_of.isoformat()}Z"],
                ["reporting currency, time zone", f"{currency}, {terms.timezone}"],
                ["tolerance", f"{report.rules.tolerance_mrr} {currency} of MRR for one subscription"],
                *([f"matched by {rule}", f"{count:,}"] for rule, count in comparison.matched_by.items()),
            ],
        ),
        *(Paragraph(sentence) for sentence in remarks(report)),
        Heading("Closing"),
        Table(
            ["", "subscriptions", f"MRR {currency}"],
            [[line.line, f"{line.subscriptions:+,}", f"{line.mrr:+,.4f}"] for line in comparison.closing],
        ),
        Table(
            ["customers with a subscription", ""],
            [[line.line, f"{line.customers:+,}"] for line in comparison.customer_closing],
        ),
        Heading("Totals"),
        _groups(["status"], comparison.by_status),
        _groups(["offer", "currency of its price"], comparison.by_offer),
        Table(
            ["customer status", "before", "after"],
            [[*of.of, f"{of.before_customers:,}", f"{of.after_customers:,}"] for of in comparison.customers_by_status],
        ),
        Heading("Next renewals"),
        Paragraph("Due at the period end of what is in trial, active or in grace and renews by itself; MRR is of now."),
        _groups(["day"], comparison.renewals_by_day),
        _groups(["week"], comparison.renewals_by_week),
        Heading("Subscriptions that differ"),
    ]
    for kind in KINDS:
        rows, count = report.rows[kind], comparison.counts[kind]
        blocks.append(Heading(f"{kind}: {count:,}", 3))
        if kind == "changed" and count:
            fields = ", ".join(f"{field} {number:,}" for field, number in comparison.changed_fields.items())
            blocks.append(Paragraph(f"By field: {fields}."))
        blocks.append(Paragraph(_MEANING[kind] if count else "None."))
        if rows:
            blocks.append(_rows(kind, rows))
    customers = ", ".join(f"{kind} {count:,}" for kind, count in comparison.customer_counts.items())
    blocks += [Heading("Customers that differ"), Paragraph(f"{customers}.")]
    if report.customer_rows:
        blocks.append(Table(list(report.customer_rows[0]), [_texts(row.values()) for row in report.customer_rows]))
    if files:
        blocks.append(Paragraph(f"All rows: {', '.join(files)}."))
    blocks += [
        Heading("Sign-off"),
        Table(["", ""], [["Name", ""], ["Date", ""], ["Decision (accepted / rejected)", ""], ["Notes", ""]]),
    ]
    return blocks


def remarks(report: Report) -> list[str]:
    """Sentences on what was not compared, and why."""
    sentences = [
        f"Not compared: {field.replace('_', ' ')} ({reason})."
        for field, reason in report.comparison.not_compared.items()
    ]
    compared = ", ".join(field.replace("_", " ") for field in FIELDS if field not in report.comparison.not_compared)
    sentences.append(
        f"Compared of each pair: {compared}; days in {report.terms.timezone}. Nothing is known here of payment "
        "methods, taxes, addresses, credit balances and past payments: a pass says nothing of them."
    )
    if report.rules.is_live_only:
        sentences.append("Left out: subscriptions that have ended on every side that has them.")
    for name, side in (("before", report.before), ("after", report.after)):
        if side.rejected:
            reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in side.rejected[:5])
            rows = sum(rows for _, rows in side.rejected)
            sentences.append(f"Refused and so not compared: {rows:,} rows of {name} ({reasons}).")
        if side.states_only:
            sentences.append(
                f"Taken as begun when their state was told, since nothing earlier is: {side.states_only:,} "
                f"subscriptions of {name} that are held, paused, in grace or cancelled in a list of states."
            )
        if side.later_events:
            sentences.append(
                f"Left out as later than the instant: subscription events of {name}, {side.later_events:,}."
            )
    for option, rows in report.comparison.unused_identities.items():
        if rows:
            sentences.append(f"{option} lists {rows:,} ids that before does not have.")
    return sentences


def _rows(kind: str, rows: list[dict[str, Any]]) -> Table:
    if kind == "changed":
        titles = ["before", "after", "matched by", "customer", "what changed"]
        return Table(
            titles,
            [
                _texts(
                    (
                        row["before_subscription_id"],
                        row["after_subscription_id"],
                        row["matched_by"],
                        row["before_customer_id"],
                        _changes(row),
                    )
                )
                for row in rows
            ],
        )
    side = "before" if kind == "missing" else "after"
    names = [
        *("subscription_id", "customer_id", "status", "offer_id", "currency", "amount", "interval", "discount"),
        *("discount_end", "mrr", "period_end", "auto_renew"),
    ]
    twin = ["twin_subscription_id"] if kind == "doubled" else []
    return Table(
        [*names, *twin],
        [_texts([*(row[f"{side}_{name}"] for name in names), *(row[name] for name in twin)]) for row in rows],
    )


def _changes(row: dict[str, Any]) -> str:
    columns = {"offer": "offer_id", "customer": "customer_id"}
    pairs = (
        (field, row[f"before_{columns.get(field, field)}"], row[f"after_{columns.get(field, field)}"])
        for field in row["changed_fields"]
    )
    return "; ".join(f"{field} {' → '.join(_texts((before, after)))}" for field, before, after in pairs)


def _groups(titles: list[str], groups: Sequence[Group]) -> Block:
    rows = [
        [
            *of.of,
            f"{of.before_subscriptions:,}",
            f"{of.after_subscriptions:,}",
            f"{of.after_subscriptions - of.before_subscriptions:+,}",
            f"{of.before_mrr:,.4f}",
            f"{of.after_mrr:,.4f}",
            f"{of.after_mrr - of.before_mrr:+,.4f}",
        ]
        for of in groups
    ]
    if not rows:
        return Paragraph(f"By {titles[0]}: none.")
    columns = ["subscriptions before", "after", "difference", "MRR before", "after", "difference"]
    return Table([*titles, *columns], rows)


def _texts(values: Any) -> list[str]:
    return [
        "" if value is None else format(value, "f") if isinstance(value, Decimal) else str(value) for value in values
    ]


def _masked(connection: duckdb.DuckDBPyConnection, table: str, condition: str, *, is_masked: bool) -> str:
    described = connection.execute(f"describe {table}").fetchall()
    columns = ", ".join(
        f"regexp_replace({name}, {literal(_ADDRESS)}, '\\1***@', 'g') as {name}"
        if is_masked and kind == "VARCHAR"
        else name
        for name, kind, *_ in described
    )
    return f"select {columns} from {table} where {condition} order by {_ORDER[table]}"
