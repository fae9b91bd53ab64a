"""What a migration check finds between two small bases that are made by hand, and that its closing always adds up.

Belongs here: matching, classes, totals. Does not belong here: ingest and builds of a side (``tests/cli``).
"""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import duckdb
import pytest

from pipelines.errors import UserError
from pipelines.migration.comparison import Comparison, Rules, compare
from pipelines.migration.rendering import Paragraph, Table, as_html, as_markdown

AS_OF = datetime(2026, 7, 1, 12)  # noqa: DTZ001 - instants are UTC without an offset
RULES = Rules(AS_OF, "UTC")
Row = dict[str, Any]


def subscription(number: str, customer: str = "c1", **columns: Any) -> Row:
    """An active subscription of 10.00 that renews in ten days, unless said otherwise."""
    return {
        "subscription_id": number,
        "customer_id": customer,
        "status": "active",
        "auto_renew": True,
        "offer_id": "basic",
        "currency": "EUR",
        "mrr": Decimal("10.0000"),
        "period_end": AS_OF + timedelta(days=10),
        "started_at": AS_OF - timedelta(days=20),
        "amount": Decimal("10.0000"),
        "billing_interval": "month",
        "billing_interval_count": 1,
        "discount_amount": Decimal(0),
        "discount_ends_at": None,
        **columns,
    }


def write_side(path: Path, rows: list[Row], statuses: dict[str, str] | None = None) -> Path:
    """A DuckDB file with the tables that are compared; customers are paying unless said otherwise."""
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema core")
        connection.execute(
            "create table core.fct_subscriptions (subscription_id VARCHAR, customer_id VARCHAR, status VARCHAR, "
            "auto_renew BOOLEAN, offer_id VARCHAR, currency VARCHAR, mrr DECIMAL(18,4), period_end TIMESTAMP, "
            "started_at TIMESTAMP, amount DECIMAL(18,4), billing_interval VARCHAR, billing_interval_count INTEGER, "
            "discount_amount DECIMAL(18,4), discount_ends_at TIMESTAMP, "
            "has_access BOOLEAN as (status in ('trial', 'active', 'grace')))"
        )
        connection.execute("create table core.dim_customers (customer_id VARCHAR, status VARCHAR)")
        if rows:
            connection.executemany(
                "insert into core.fct_subscriptions values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [list(row.values()) for row in rows],
            )
            customers = sorted({str(row["customer_id"]) for row in rows})
            connection.executemany(
                "insert into core.dim_customers values (?, ?)",
                [[name, (statuses or {}).get(name, "paying")] for name in customers],
            )
    return path


class Check:
    """A comparison with the rows behind it."""

    def __init__(
        self,
        folder: Path,
        before: list[Row],
        after: list[Row],
        rules: Rules = RULES,
        after_statuses: dict[str, str] | None = None,
    ) -> None:
        # A file that this process has open is never written again.
        own = Path(mkdtemp(dir=folder))
        self.connection = duckdb.connect()
        files = (
            write_side(own / "before.duckdb", before),
            write_side(own / "after.duckdb", after, after_statuses),
        )
        self.found: Comparison = compare(self.connection, *files, rules)

    def differences(self) -> list[tuple[Any, ...]]:
        """(kind, before, after, changed fields) of every differing subscription."""
        return self.connection.execute(
            "select kind, before_subscription_id, after_subscription_id, changed_fields from differences order by all"
        ).fetchall()


def test_alike(tmp_path: Path) -> None:
    """A check that found something in two equal bases would never be signed."""
    rows = [subscription("s1"), subscription("s2", "c2", status="ended", mrr=Decimal(0))]
    check = Check(tmp_path, rows, rows)
    assert check.found.is_alike
    assert check.found.matched_by == {"id": 2}


def test_each_class(tmp_path: Path) -> None:
    """Each kind of loss was once reported as another, and the wrong team searched for it."""
    before = [subscription("same", "c0"), subscription("lost", "c1"), subscription("less", "c2")]
    after = [
        subscription("same", "c0"),
        subscription("same-again", "c0", started_at=AS_OF),
        subscription("less", "c2", mrr=Decimal("9.0000")),
        subscription("new", "c3"),
    ]
    check = Check(tmp_path, before, after)
    assert check.differences() == [
        ("changed", "less", "less", ["mrr"]),
        ("doubled", None, "same-again", []),
        ("missing", "lost", None, []),
        ("surplus", None, "new", []),
    ]
    assert [(line.line, line.subscriptions, line.mrr) for line in check.found.closing] == [
        ("before", 3, Decimal(30)),
        ("missing", -1, Decimal(-10)),
        ("surplus", 1, Decimal(10)),
        ("doubled", 1, Decimal(10)),
        ("changed", 0, Decimal(-1)),
        ("within the tolerance", 0, Decimal(0)),
        ("after", 4, Decimal(39)),
    ]
    assert check.found.customer_counts == {"missing": 1, "surplus": 1, "changed": 0}
    assert check.connection.execute(
        "select twin_subscription_id from differences where kind = 'doubled'"
    ).fetchall() == [("same",)]


@pytest.mark.parametrize(
    ("field", "columns"),
    [
        ("status", {"status": "grace"}),
        ("offer", {"offer_id": "premium"}),
        ("currency", {"currency": "USD"}),
        ("mrr", {"mrr": Decimal("10.0001")}),
        ("period_end", {"period_end": AS_OF + timedelta(days=11)}),
        ("auto_renew", {"auto_renew": False}),
        ("customer", {"customer_id": "c9"}),
    ],
)
def test_each_field(field: str, columns: Row, tmp_path: Path) -> None:
    """A renewal a day late was found by the customers."""
    changed = subscription("s", **columns)
    check = Check(tmp_path, [subscription("s")], [changed])
    assert check.differences() == [("changed", "s", "s", [field])]
    if field not in ("mrr", "customer"):
        assert not Check(
            tmp_path, [subscription("s")], [changed], replace(RULES, ignored=frozenset([field]))
        ).differences()


def test_what_makes_no_difference(tmp_path: Path) -> None:
    """An hour within the day, a rounding within the tolerance, and the period of what has ended are no findings."""
    before = [subscription("s"), subscription("e", status="ended", mrr=Decimal(0))]
    after = [
        subscription("s", period_end=AS_OF + timedelta(days=10, hours=5), mrr=Decimal("10.0100")),
        subscription("e", status="ended", mrr=Decimal(0), period_end=AS_OF, auto_renew=False),
    ]
    check = Check(tmp_path, before, after, replace(RULES, tolerance_mrr=Decimal("0.01")))
    assert check.found.is_alike
    assert check.found.closing[5].mrr == Decimal("0.0100")
    auckland = replace(RULES, tolerance_mrr=Decimal("0.01"), timezone="Pacific/Auckland")
    early = [subscription("s", period_end=datetime(2026, 7, 11, 11)), before[1]]  # noqa: DTZ001
    assert Check(tmp_path, early, after, auckland).differences() == [("changed", "s", "s", ["period_end"])]


def test_other_ids(tmp_path: Path) -> None:
    """The new platform gave every subscription an id of its own, and all of them were missing."""
    before = [
        subscription("a1", "c1", status="ended", mrr=Decimal(0), started_at=AS_OF - timedelta(days=400)),
        subscription("a2", "c1"),
        subscription("a3", "c2", offer_id="premium"),
        subscription("a4", "c3"),
    ]
    after = [
        subscription("b2", "c1"),
        subscription("b3", "c2", offer_id="premium-2026"),
        subscription("b4", "c3", status="ended", mrr=Decimal(0)),
        subscription("b5", "c1", status="ended", mrr=Decimal(0), started_at=AS_OF - timedelta(days=400)),
    ]
    check = Check(tmp_path, before, after)
    assert check.differences() == [("changed", "a3", "b3", ["offer"]), ("changed", "a4", "b4", ["status", "mrr"])]
    assert check.found.matched_by == {
        "customer, offer and state": 2,
        "customer and offer": 1,
        "only one of the customer": 1,
    }


def test_one_of_two_is_not_taken_for_the_only_one(tmp_path: Path) -> None:
    """Of two live subscriptions that another id and offer stands for, nobody can say which one it is."""
    before = [subscription("a1", offer_id="basic"), subscription("a2", offer_id="premium")]
    check = Check(tmp_path, before, [subscription("b1", offer_id="other")])
    assert check.found.matched_by == {}


def test_identities(tmp_path: Path) -> None:
    """Two accounts became one, and one subscription went to another's key."""
    before = [subscription("s1", "old-1"), subscription("s2", "old-2"), subscription("s9", "c9")]
    after = [subscription("s1", "new"), subscription("n2", "new", offer_id="other"), subscription("s9", "c9")]
    customers, subscriptions = tmp_path / "customers.csv", tmp_path / "subscriptions.csv"
    customers.write_text("before_id,after_id\nold-1,new\nold-2,new\nnobody,new\n")
    subscriptions.write_text("before_id,after_id\ns2,n2\n")
    rules = replace(RULES, customer_identity=customers, subscription_identity=subscriptions)
    check = Check(tmp_path, before, after, rules)
    assert check.differences() == [("changed", "s2", "n2", ["offer"])]
    assert check.found.unused_identities == {"--identity": 1, "--subscription-identity": 0}
    assert [line.customers for line in check.found.customer_closing] == [3, -1, 0, 0, 2]


@pytest.mark.parametrize(
    ("content", "clause"),
    [
        ("a,b\n1,2\n", "is no CSV file with the columns before_id and after_id"),
        ("before_id,after_id\n1,\n", "has 1 rows with an empty before_id or after_id"),
        ("before_id,after_id\n1,2\n1,3\n", "maps 1 ids of before to several of after, for example 1"),
    ],
)
def test_a_broken_identity_file(content: str, clause: str, tmp_path: Path) -> None:
    """A half-filled spreadsheet made a third of the base vanish."""
    path = tmp_path / "identity.csv"
    path.write_text(content)
    with pytest.raises(UserError, match=clause):
        Check(tmp_path, [subscription("s")], [subscription("s")], replace(RULES, customer_identity=path))


def test_what_a_side_cannot_know(tmp_path: Path) -> None:
    """An export without offers made every subscription a changed one."""
    before = [subscription("a", offer_id=None, period_end=None)]
    check = Check(tmp_path, before, [subscription("b")])
    assert check.found.is_alike
    assert check.found.not_compared == {"offer": "the before side has none", "period_end": "the before side has none"}


def test_live_only(tmp_path: Path) -> None:
    """The old platform handed over its live base alone, and the history of the new one was surplus."""
    ended = {"status": "ended", "mrr": Decimal(0)}
    before = [subscription("s1"), subscription("s2", "c2")]
    after = [subscription("s1"), subscription("s2", "c2", **ended), subscription("h", "c3", **ended)]
    check = Check(tmp_path, before, after, replace(RULES, is_live_only=True), after_statuses={"c2": "churned"})
    assert check.differences() == [("changed", "s2", "s2", ["status", "mrr"])]
    assert [line.subscriptions for line in check.found.closing] == [2, 0, 0, 0, 0, 0, 2]
    assert check.found.customer_counts == {"missing": 0, "surplus": 0, "changed": 1}


def test_renewals(tmp_path: Path) -> None:
    """Nobody had asked how many would be charged on the first morning."""
    before = [
        subscription("a", period_end=AS_OF + timedelta(days=1)),
        subscription("b", period_end=AS_OF + timedelta(days=1), auto_renew=False),
        subscription("c", status="grace", period_end=AS_OF - timedelta(days=3)),
        subscription("d", period_end=AS_OF + timedelta(days=300)),
        subscription("e", status="paused", mrr=Decimal(0)),
    ]
    check = Check(tmp_path, before, [replace_period(row, 1) for row in before])
    assert [
        (group.of, group.before_subscriptions, group.after_subscriptions) for group in check.found.renewals_by_day
    ] == [(("2026-07-02",), 1, 3)]
    assert [group.of[0] for group in check.found.renewals_by_week] == ["overdue", "week of 2026-06-29", "later"]


def replace_period(row: Row, days: int) -> Row:
    return row | {"period_end": AS_OF + timedelta(days=days)}


@pytest.mark.parametrize("seed", range(25))
def test_the_closing_adds_up(seed: int, tmp_path: Path) -> None:
    """A report whose totals do not follow from its rows is signed once."""
    dice = random.Random(seed)

    def base(prefix: str) -> list[Row]:
        rows = []
        for number in range(dice.randint(1, 60)):
            status = dice.choice(["active", "active", "trial", "grace", "on_hold", "paused", "ended"])
            mrr = Decimal(dice.randint(0, 200000)) / 10000 if status in ("active", "grace") else Decimal(0)
            name = f"s{number}" if dice.random() < 0.6 else f"{prefix}{number}"
            offer, currency = dice.choice(["basic", "premium", None]), dice.choice(["EUR", "USD", None])
            period_end = dice.choice([None, AS_OF + timedelta(days=dice.randint(-5, 9))])
            rows.append(
                subscription(
                    name,
                    f"c{dice.randint(1, 15)}",
                    status=status,
                    mrr=mrr,
                    offer_id=offer,
                    currency=currency,
                    period_end=period_end,
                    auto_renew=dice.random() < 0.8,
                )
            )
        return rows

    rules = replace(RULES, tolerance_mrr=Decimal(dice.choice([0, 1])), is_live_only=dice.random() < 0.3)
    before, after = base("b"), base("a")
    check = Check(tmp_path, before, after, rules)
    *lines, last = check.found.closing
    assert sum(line.subscriptions for line in lines) == last.subscriptions
    assert sum(line.mrr for line in lines) == last.mrr
    assert (
        sum(line.customers for line in check.found.customer_closing[:-1]) == check.found.customer_closing[-1].customers
    )
    for groups in (check.found.by_status, check.found.by_offer):
        assert sum(group.before_mrr for group in groups) == lines[0].mrr == sum(row["mrr"] for row in before)
        assert sum(group.after_subscriptions for group in groups) == last.subscriptions
    if not rules.is_live_only:
        assert (lines[0].subscriptions, last.subscriptions) == (len(before), len(after))
    # Each subscription is in one class or one pair, on its side at most once.
    for side in ("before", "after"):
        doubled = check.connection.execute(f"select count(*) - count(distinct {side}_id) from pairs").fetchall()
        assert doubled == [(0,)]


def test_ids_are_shown_as_text() -> None:
    """An id with a pipe in it moved the amounts of a signed table by one column."""
    blocks = [Paragraph("a|b <script>"), Table(["id"], [["x|y\nz"]])]
    assert as_markdown(blocks) == "a\\|b &lt;script>\n\n| id |\n| --- |\n| x\\|y\\nz |\n".replace("y\\n", "y\\\\n")
    assert "<script>" not in as_html(blocks)


def test_what_is_charged_next_is_compared(tmp_path: Path) -> None:
    """A base passed whose next charges differed: the same MRR as 120 a year and 10 a month, a price behind a pause."""
    later, until = AS_OF + timedelta(days=90), AS_OF + timedelta(days=7)
    none = {"mrr": Decimal(0)}
    year = {"amount": Decimal(120), "billing_interval": "year"}
    half = {"amount": Decimal(20), "discount_amount": Decimal(10)}
    pairs: dict[str, tuple[Row, Row, list[str]]] = {
        "interval": (year, {}, ["amount", "interval"]),
        "count": (year, {**year, "amount": Decimal(240), "billing_interval_count": 2}, ["amount", "interval"]),
        "discount": ({**half, "discount_ends_at": later}, {}, ["amount", "discount", "discount_end"]),
        "for ever": ({**half, "discount_ends_at": later}, half, ["discount_end"]),
        "until next week": ({**half, "discount_ends_at": later}, {**half, "discount_ends_at": until}, ["discount_end"]),
        "trial": ({**none, "status": "trial"}, {**none, "status": "trial", "amount": Decimal(100)}, ["amount"]),
        "hold": ({**none, "status": "on_hold"}, {**none, "status": "on_hold", "amount": Decimal(50)}, ["amount"]),
        "pause": ({**none, "status": "paused"}, {**none, "status": "paused", "amount": Decimal(50)}, ["amount"]),
        # These are charged alike.
        "twelve months": (year, {**year, "billing_interval": "month", "billing_interval_count": 12}, []),
        "over": ({"discount_amount": Decimal(5), "discount_ends_at": AS_OF - timedelta(days=1)}, {}, []),
        "ended": ({**none, "status": "ended"}, {**none, "status": "ended", "amount": Decimal(50)}, []),
        "start": ({"started_at": AS_OF - timedelta(days=400)}, {}, []),
    }
    before = write_side(tmp_path / "a.duckdb", [subscription(n, f"c {n}", **pair[0]) for n, pair in pairs.items()])
    after = write_side(tmp_path / "b.duckdb", [subscription(n, f"c {n}", **pair[1]) for n, pair in pairs.items()])
    with duckdb.connect() as connection:
        comparison = compare(connection, before, after, RULES)
        found = dict(connection.execute("select before_id, changed_fields from matched").fetchall())
    assert found == {name: fields for name, (_, _, fields) in pairs.items()}
    assert not comparison.is_alike
    assert not comparison.not_compared


def test_a_side_that_does_not_know_prices_is_told(tmp_path: Path) -> None:
    """A snapshot of an older version knew no amounts, and a check that compared none of them passed as if it had."""
    sides = [write_side(tmp_path / f"{name}.duckdb", [subscription("s1")]) for name in "ab"]
    with duckdb.connect(str(sides[0])) as connection:
        for column in ("amount", "discount_amount", "discount_ends_at"):
            connection.execute(f"alter table core.fct_subscriptions drop column {column}")
    with duckdb.connect() as connection:
        comparison = compare(connection, *sides, RULES)
    assert comparison.not_compared == dict.fromkeys(("amount", "discount", "discount_end"), "the before side has none")
