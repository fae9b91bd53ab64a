"""Rejected messages of senders that read context, and rows that are summed: what a mended delivery takes away.

Belongs here: which rows leave the quarantine, and which stay. Does not belong here: rows of feeds
(``tests/lake/test_real_exports.py``) and of plain mappings (``test_mapping_language``).
"""

from __future__ import annotations

from pathlib import Path

import yaml

from pipelines.lake.ingest import ingest
from pipelines.sources.mapping_file import register_mapping
from tests.sources.delivering import Inbox
from tests.sources.stripe.envelopes import event
from tests.sources.stripe.money import invoice
from tests.sources.stripe.telling import MARCH, created, single
from tests.sources.truth import apple


def test_a_message_that_is_sent_again_mended_leaves_the_quarantine(inbox: Inbox) -> None:
    """The alarm about a message that Stripe or a store sent again, whole, stayed for ever."""
    good = {
        "stripe": created(single("mended")),
        "apple": apple.told("mended", "SUBSCRIBED/INITIAL_BUY"),
    }
    bad = {
        "stripe": {**good["stripe"], "created": "soon"},
        "apple": apple.told("mended", "SUBSCRIBED/INITIAL_BUY", price="free"),
    }
    # Another message about the same subscription, which nobody sent again, and which shares its links.
    other = apple.told("mended", "DID_RENEW", signed="2025-04-05T10:00:00", price="free")
    for sender, payload in bad.items():
        inbox.deliver(sender, [payload, other] if sender == "apple" else [payload])
    # A payment of the same subscription, which nobody sent again either.
    inbox.deliver("stripe", [event("invoice.paid", invoice("mended", 1000), MARCH) | {"created": "soon"}])
    assert len(inbox.rejections()) == len(bad) + 2
    paid = event("invoice.paid", invoice("other", 1000), MARCH)
    for sender in bad:
        inbox.deliver(sender, [good[sender], paid] if sender == "stripe" else [good[sender]])
    assert sorted(inbox.rejections()) == [(1, "invalid:created"), (2, "invalid:price")]
    assert len(inbox.rows("subscription_events")) == 2


def test_a_summed_day_that_is_sent_again_mended_leaves_the_quarantine(inbox: Inbox, tmp_path: Path) -> None:
    """Days of sessions that were exported anew stayed rejected, since their key is told by several rows."""
    content = {
        "name": "sessions", "feed": "engagement_daily", "sum_by": ["customer_id", "activity_date"],
        "columns": {"customer_id": "who", "activity_date": "day", "minutes_watched": "minutes"},
    }  # fmt: skip
    (tmp_path / "sessions.yml").write_text(yaml.safe_dump(content))
    name = register_mapping(inbox.settings, tmp_path / "sessions.yml").name
    head, kept = "who,day,minutes\n", "b,2025-03-05,long\n"
    for number, rows in enumerate(("a,2025-03-05,10\na,2025-03-05,many\n" + kept, "a,2025-03-05,10\na,2025-03-05,5\n")):
        path = tmp_path / str(number) / "sessions.csv"
        path.parent.mkdir()
        path.write_text(head + rows)
        ingest(inbox.settings, path, source_name=name)
    # The later row of a key counts.
    assert [row["minutes_watched"] for row in inbox.rows("engagement_daily", "*", order_by="minutes_watched")] == [
        10,
        15,
    ]
    assert inbox.rejections() == [(3, "invalid:minutes_watched")]
