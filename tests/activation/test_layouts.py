"""Files as their destinations read them: exact headers, hashes with known values, parts, harmless cells.

Belongs here: layouts and writing. Does not belong here: who is in a file (``test_exporting``).
"""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.activation import normalising
from pipelines.activation.layouts import LAYOUTS
from pipelines.activation.layouts.base import Layout
from pipelines.activation.writing import publish_parts, write_parts
from pipelines.errors import UserError

ANNA: dict[str, Any] = {
    "customer_id": "C1",
    "email": " Jane.Doe+tv@Gmail.com ",
    "phone": "(202) 555-0123",
    "first_name": " Mary-Ann ",
    "last_name": "O'Brien",
    "city": "St. Louis",
    "region": "M.O.",
    "postal_code": "63101-0001",
    "country": "US",
    "locale": "en-US",
    "marketing_consent": True,
    "segment": "at-risk",
}


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


HEADERS = {
    "braze": "external_id,first_name,last_name,email,phone,country,language,home_city,email_subscribe",
    "mailchimp": "Email Address,First Name,Last Name,Phone,Tags",
    "meta": "email,phone,fn,ln,ct,st,zip,country",
    "google": "Email,Phone,First Name,Last Name,Country,Zip",
    "tiktok": "Email_SHA256,Phone_SHA256",
}
ROWS = {
    "braze": [
        "C1",
        " Mary-Ann ",
        "O'Brien",
        "jane.doe+tv@gmail.com",
        "+12025550123",
        "US",
        "en",
        "St. Louis",
        "subscribed",
    ],
    "mailchimp": ["jane.doe+tv@gmail.com", " Mary-Ann ", "O'Brien", "+12025550123", "at-risk"],
    "meta": [
        digest("jane.doe+tv@gmail.com"),
        digest("12025550123"),
        digest("maryann"),
        digest("obrien"),
        digest("stlouis"),
        digest("mo"),
        digest("631010001"),
        digest("us"),
    ],
    "google": [
        digest("janedoe@gmail.com"),
        digest("+12025550123"),
        digest("mary-ann"),
        digest("o'brien"),
        "US",
        "63101-0001",
    ],
    "tiktok": [digest("jane.doe@gmail.com"), digest("+12025550123")],
}


@pytest.mark.parametrize("name", HEADERS)
def test_a_file_is_what_its_destination_reads(name: str, tmp_path: Path) -> None:
    """A header that is not exactly right is a custom attribute, or a column that nobody reads."""
    layout = LAYOUTS[name]
    out = tmp_path / "out.csv"
    row = layout.row(ANNA, "marketing")
    assert isinstance(row, list)
    publish_parts(write_parts(layout, layout.headers_for("marketing"), [row], out, export_id="e1"), out)
    header, content = list(csv.reader(out.open(encoding="utf-8", newline="")))
    assert ",".join(header) == HEADERS[name]
    assert content == ROWS[name]
    assert out.stat().st_mode & 0o077 == 0, "addresses are for their owner alone"


@pytest.mark.parametrize("name", ["mailchimp", "meta", "google", "tiktok"])
def test_who_has_no_address_is_not_in_the_file(name: str) -> None:
    nobody = dict.fromkeys(ANNA) | {
        "customer_id": "C2",
        "segment": "at-risk",
        "country": "US",
        "email": "not an address",
    }
    assert LAYOUTS[name].row(nobody, "marketing") == "no_address"


def test_the_four_parts_of_a_postal_address_come_together_or_not_at_all() -> None:
    """Google refuses a file in which only some of them are there."""
    row = LAYOUTS["google"].row(ANNA | {"postal_code": None}, "marketing")
    assert row == [digest("janedoe@gmail.com"), digest("+12025550123"), "", "", "", ""]


def test_mailchimp_takes_no_accent_before_the_at_sign() -> None:
    assert LAYOUTS["mailchimp"].row(ANNA | {"email": "zoë@example.org"}, "marketing") == "address_not_taken"


def test_a_service_message_changes_no_subscription() -> None:
    layout = LAYOUTS["braze"]
    assert "email_subscribe" not in layout.headers_for("service")
    assert len(layout.row(ANNA, "service")) == len(layout.headers_for("service"))


# TikTok's own example, ads.tiktok.com, "How to create a Custom Audience with a customer file" (September 2025).
def test_the_hash_is_the_one_that_tiktok_prints() -> None:
    assert normalising.sha256_hex(normalising.tiktok_email("JaneDoe@gmail.com")) == (
        "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"
    )


@pytest.mark.parametrize(
    ("email", "google", "meta", "tiktok"),
    [
        ("Jane.Doe@gmail.com", "janedoe@gmail.com", "jane.doe@gmail.com", "jane.doe@gmail.com"),
        ("j.d+x@GoogleMail.com", "jd@googlemail.com", "j.d+x@googlemail.com", "j.d@googlemail.com"),
        ("Jane.Doe+x@Example.org", "jane.doe+x@example.org", "jane.doe+x@example.org", "jane.doe@example.org"),
        (" a b@example.org", "ab@example.org", "", "ab@example.org"),
        ("two@at@example.org", "", "", ""),
        ("no-domain@", "", "", ""),
        (None, "", "", ""),
    ],
)
def test_one_address_is_three(email: str | None, google: str, meta: str, tiktok: str) -> None:
    """Gmail's dots do not count for Google and do for Meta: hashed alike, half of the people match nobody."""
    assert normalising.google_email(email) == google
    assert normalising.meta_email(email) == meta
    assert normalising.tiktok_email(email) == tiktok


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("06 12345678", "NL", "+31612345678"),
        ("+31 (0)6 12345678", "US", "+31612345678"),
        ("0031612345678", "NL", "+31612345678"),
        ("+39 06 1234 5678", "NL", "+390612345678"),
        ("06 12345678", None, ""),
        ("12", "NL", ""),
        ("call me", "NL", ""),
        (None, "NL", ""),
    ],
)
def test_phones_get_their_country_code(phone: str | None, country: str | None, expected: str) -> None:
    assert normalising.e164(phone, country) == expected
    assert normalising.meta_phone(phone, country) == expected.lstrip("+")


def test_names_keep_their_accents_for_meta() -> None:
    assert normalising.meta_name(" José-María O'Neill ") == "josémaría oneill"
    assert normalising.meta_letters("Saint-Étienne 2") == "saintétienne"
    assert normalising.meta_zip("SW1A 1AA-x") == "sw1a1aax"
    assert normalising.clipped("é" * 200, 255) == "é" * 127


def _layout(most_bytes: int | None) -> Layout:
    return Layout("x", "X", ".csv", ("id",), lambda person, purpose: [person["id"]], most_bytes=most_bytes)


def test_a_long_file_is_split_and_a_short_one_leaves_no_parts_behind(tmp_path: Path) -> None:
    """A destination that takes no more refuses the whole file; the third part of last week was sent again."""
    out, rows = tmp_path / "out.csv", [[f"{number:04d}"] for number in range(10)]
    parts = write_parts(_layout(20), ("id",), rows, out, export_id="e1")
    publish_parts(parts, out)
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [f"out.part-{number:03d}.csv" for number in range(1, 5)]
    assert all(file.stat().st_size <= 20 for file in files)
    assert [row for file in files for row in list(csv.reader(file.open()))[1:]] == rows
    publish_parts(write_parts(_layout(None), ("id",), rows, out, export_id="e1", rows_a_part=5), out)
    assert len(list(tmp_path.iterdir())) == 2
    publish_parts(write_parts(_layout(None), ("id",), rows, out, export_id="e1"), out)
    assert [file.name for file in tmp_path.iterdir()] == ["out.csv"]


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no folder"):
        write_parts(_layout(None), ("id",), [], tmp_path / "nowhere" / "out.csv", export_id="e1")


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_plain_files_keep_their_types(ending: str, tmp_path: Path) -> None:
    from decimal import Decimal

    layout, out = LAYOUTS[ending], tmp_path / f"out.{ending}"
    values = dict.fromkeys(layout.headers) | {"customer_id": "=1", "current_mrr": Decimal("1.2500"), "horizon_days": 30}
    publish_parts(write_parts(layout, layout.headers, [layout.row(values, "marketing")], out, export_id="e1"), out)
    (found,) = duckdb.execute(f"select customer_id, current_mrr, horizon_days, reason_1 from '{out}'").fetchall()
    assert (found[0], Decimal(str(found[1])), found[2], found[3]) == ("=1", Decimal("1.25"), 30, None)
    if ending == "jsonl":
        assert list(json.loads(out.read_text())) == list(layout.headers)
