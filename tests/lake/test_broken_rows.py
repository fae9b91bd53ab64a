"""Rows that break the contract or their format: quarantined by number and reason, while the rest of the file loads."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipelines.settings import Settings
from tests.conftest import write_bytes, write_rows
from tests.lake.contents import accepted, account_of, cancellation, counts, deliver, quarantined, reasons

HEADER = "event_id,event_type,occurred_at,customer_id,subscription_id"


def line(event_id: str, event_type: str = "cancel_scheduled") -> str:
    """A CSV row under ``HEADER``."""
    return f"{event_id},{event_type},2025-01-01T00:00:00Z,c1,s1"


def loaded(settings: Settings) -> dict[str, int]:
    """The number of its row for each accepted event."""
    rows = accepted(settings, "subscription_events", "event_id, source_row")
    return {row["event_id"]: row["source_row"] for row in rows}


# Bad rows beside each other, blank lines before, between and after them, judged and unreadable ones in turn.
CSV_LINES = [
    line("1"),
    "too,few",
    "too,few",
    f"{line('4')},too,many",
    line("5", "unheard_of"),
    line("6"),
    "",
    line("7", "unheard_of"),
    "",
    "",
    "x",
    line("9", "unheard_of"),
    '"10\n\nwith blank line",cancel_scheduled,2025-01-01,c,s',
    "y",
    "",
    line("12"),
]
CSV_REASONS = {
    **dict.fromkeys((2, 3, 4, 8, 11), "malformed_row"),
    **dict.fromkeys((5, 7, 9), "not_allowed:event_type"),
    10: "control_character:event_id",
}


@pytest.mark.parametrize("ending", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_every_broken_csv_row_has_its_number(name: str, ending: str, settings: Settings, tmp_path: Path) -> None:
    """With blank lines between bad rows some rows were counted twice and others never, and the sum still came out."""
    text = ending.join([HEADER, *CSV_LINES]) + ending
    path = write_bytes(tmp_path / "subscription_events" / name, text, "gzip" if name.endswith("gz") else None)
    assert account_of(deliver(settings, path), name) == (12, 3, 0, 9)
    assert reasons(settings) == CSV_REASONS
    assert loaded(settings) == {"1": 1, "6": 6, "12": 12}
    raw = {row["row_number"]: row["raw"] for row in quarantined(settings)}
    assert (raw[3], raw[8]) == ("too,few", "x")
    assert json.loads(raw[7])["event_id"] == "7"


def test_numbers_in_a_file_larger_than_one_read(settings: Settings, tmp_path: Path) -> None:
    """Row numbers were right in every test and wrong in every file that was read in parallel."""
    total, bad = 120_000, {7, 8, 50_000, 119_999}
    rows = ("half a row" if number in bad else line(str(number)) for number in range(1, total + 1))
    filler = "x" * 200
    text = "\n".join([f"{HEADER},note", *(row if row == "half a row" else f"{row},{filler}" for row in rows)])
    path = write_bytes(tmp_path / "subscription_events" / "a.csv", text.replace("\n900", "\n\n900", 1))
    assert path.stat().st_size > 25 << 20
    assert account_of(deliver(settings, path), "a.csv") == (total, total - 4, 0, 4)
    assert reasons(settings) == dict.fromkeys(bad, "malformed_row")
    assert all(int(event_id) == number for event_id, number in loaded(settings).items())


def test_every_broken_json_line_has_its_number(settings: Settings, tmp_path: Path) -> None:
    """One undecodable line moved the numbers of all that followed, so the wrong rows were sent back for correction."""
    good, bad = (lambda i: json.dumps(cancellation(i))), (lambda i: json.dumps(cancellation(i, event_type="?")))
    lines = [
        good("1").encode(),
        b"",
        good("2").encode()[:-10],
        b"[1, 2]",
        b'"text"',
        b"null",
        b"{}",
        bad("7").encode(),
        b'{"event_id": "caf\xe9"}',
        bad("9").encode(),
        b"",
        b"con\x01trol",
        bad("11").encode(),
        good("12").encode(),
    ]
    path = write_bytes(tmp_path / "subscription_events" / "a.jsonl", b"\n".join(lines) + b"\n")
    assert account_of(deliver(settings, path), "a.jsonl") == (12, 2, 0, 10)
    assert reasons(settings) == {
        **dict.fromkeys((2, 3, 4, 5, 8, 10), "malformed_row"),
        6: "missing:event_id",
        **dict.fromkeys((7, 9, 11), "not_allowed:event_type"),
    }
    assert loaded(settings) == {"1": 1, "12": 12}


def test_lines_without_any_known_key(settings: Settings, tmp_path: Path) -> None:
    """Only keys that occur are looked for; with none of them the file was unreadable, instead of each of its rows."""
    path = write_bytes(tmp_path / "subscription_events" / "a.jsonl", '{}\n{"colour": ["red"]}\n')
    assert account_of(deliver(settings, path), "a.jsonl") == (2, 0, 0, 2)
    assert reasons(settings) == dict.fromkeys((1, 2), "missing:event_id")


def test_a_json_array_is_its_rows(settings: Settings, tmp_path: Path) -> None:
    """A whole export as one array loaded as an empty day."""
    rows = json.dumps([cancellation("a"), cancellation("b"), ["no", "row"]])
    path = write_bytes(tmp_path / "subscription_events" / "a.json", rows)
    assert account_of(deliver(settings, path), "a.json") == (3, 2, 0, 1)
    assert reasons(settings) == {3: "malformed_row"}


def test_rows_in_another_encoding(settings: Settings, tmp_path: Path) -> None:
    """One customer with an é in Latin-1 stopped the load of a country."""
    rows = [line("a"), line("é"), line("b"), line("c", "?"), line("ü")]
    path = write_bytes(tmp_path / "subscription_events" / "a.csv", "\n".join([HEADER, *rows]).encode("latin-1"))
    assert account_of(deliver(settings, path), "a.csv") == (5, 2, 0, 3)
    assert reasons(settings) == {2: "malformed_row", 4: "not_allowed:event_type", 5: "malformed_row"}


def test_a_nul_in_one_row_is_the_matter_of_that_row(settings: Settings, tmp_path: Path) -> None:
    """A NUL in a free-text field made a whole file 'not UTF-8'."""
    path = tmp_path / "subscription_events" / "a.csv"
    write_bytes(path, "\n".join([HEADER, line("a"), line("b").replace("c1", "c\x001"), line("c")]))
    assert account_of(deliver(settings, path), "a.csv")[0] == 3
    assert {"a", "c"} <= set(loaded(settings))


def test_quotes_that_are_not_closed_or_stand_in_the_middle(settings: Settings, tmp_path: Path) -> None:
    """An unclosed quote swallowed the rest of a file, and nobody was told."""
    rows = [line('a"b'), line('"c""d"'), line('"e"f'), line("g"), line('"h'), line("i")]
    path = write_bytes(tmp_path / "subscription_events" / "a.csv", "\n".join([HEADER, *rows]) + "\n")
    assert account_of(deliver(settings, path), "a.csv") == (5, 3, 0, 2)
    assert loaded(settings) == {'a"b': 1, 'c"d': 2, "g": 4}
    swallowed = next(row["raw"] for row in quarantined(settings) if row["row_number"] == 5)
    assert "i,cancel_scheduled" in swallowed


SWALLOWED = "\n".join(line(f"swallowed {number}") for number in range(200))
# What follows a good row, and how many good and rejected rows that is.
OPEN_QUOTES = [
    (f"{line(chr(34) + 'open')}\n{SWALLOWED}\n", 0, 1),
    ('"', 0, 1),
    (line('"open'), 0, 1),
    (f"{line('a screen of 5' + chr(34))}\n{line(chr(34) + 'open')}\n{SWALLOWED}", 1, 1),
    (f"{line(chr(34) + 'a' + chr(34) + 'b')}\n{line(chr(34) + 'open')}\n{SWALLOWED}\n", 0, 2),
]


_RARELY = [pytest.param(count, "csv", marks=pytest.mark.long) for count in (1, 12)]


@pytest.mark.parametrize(("count", "name"), [(4, "csv"), (5, "csv"), (6, "csv.gz"), *_RARELY])
def test_a_quote_left_open_in_one_of_many_files(count: int, name: str, settings: Settings, tmp_path: Path) -> None:
    """Among five files and more, a quote that was never closed took the rest of its file along, and no row said so."""
    for variant, (text, good, bad) in enumerate(OPEN_QUOTES):
        place = (0, count // 2, count - 1)[variant % 3]
        folder = tmp_path / "subscription_events" / str(variant)
        for number in range(count):
            content = f"{HEADER}\n{line(f'{variant} {number}')}\n{text if number == place else ''}"
            write_bytes(folder / f"{number:02}.{name}", content, "gzip" if name.endswith("gz") else None)
        accounts = deliver(settings, folder).accounts
        expected = [(1, 1, 0, 0)] * count
        expected[place] = (1 + good + bad, 1 + good, 0, bad)
        assert [counts(account) for account in accounts] == expected, text[:100]
    raw = [row["raw"] for row in quarantined(settings)]
    assert sum("\nswallowed 100," in text for text in raw) == 3
    assert not any("of file" in text for text in raw)


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize(
    "text", ["{0}", "{0}{1}{0}{2}", "{0}{1}{0}{2}{0}", '{0}{1}{0}"end"of file{0}', "{0}{0}{1}{0}{0}"]
)
def test_how_a_file_ends_makes_no_row(text: str, ending: str, settings: Settings, tmp_path: Path) -> None:
    """The mark by which an open quote is noticed must not be a row, whatever comes last; a row like it is one."""
    content = f'"event_id"{HEADER.removeprefix("event_id")}{text}'.format(ending, line("a"), line("b"))
    result = deliver(settings, write_bytes(tmp_path / "subscription_events" / "a.csv", content))
    good, bad = text.count("{1}") + text.count("{2}"), text.count("end")
    assert account_of(result, "a.csv") == (good + bad, good, 0, bad)
    assert {row["raw"] for row in quarantined(settings)} == ({'"end"of file'} if bad else set())


def test_blank_lines_and_a_single_column(settings: Settings, tmp_path: Path) -> None:
    """A list of coupons that ended in blank lines had as many coupons without a code."""
    path = write_bytes(tmp_path / "coupons" / "a.csv", "coupon_code\nSPRING\n\nSUMMER\n\n\n")
    assert account_of(deliver(settings, path), "a.csv") == (2, 2, 0, 0)


def test_the_first_broken_rule_decides_and_a_row_is_counted_once(settings: Settings, tmp_path: Path) -> None:
    """A row with three faults was three rows in the accounting."""
    row = "a,started,never,,s,-1,eur,fortnight"
    header = f"{HEADER},amount,currency,billing_interval"
    path = write_bytes(tmp_path / "subscription_events" / "a.csv", f"{header}\n{row}\n{row}\n")
    assert account_of(deliver(settings, path), "a.csv") == (2, 0, 0, 2)
    assert reasons(settings) == dict.fromkeys((1, 2), "invalid:occurred_at")


def test_a_field_said_twice_rejects_the_row(settings: Settings, tmp_path: Path) -> None:
    """The first of two amounts was taken, and the second was nowhere to be found."""
    twice = json.dumps(cancellation("b"))[:-1] + ', "customer_id": "another"}'
    text = "\n".join([json.dumps(cancellation("a")), twice, json.dumps(cancellation("c"))])
    result = deliver(settings, write_bytes(tmp_path / "subscription_events" / "a.jsonl", text))
    assert account_of(result, "a.jsonl") == (3, 2, 0, 1)
    assert [(row["row_number"], row["reason"], row["raw"]) for row in quarantined(settings)] == [
        (2, "duplicate_key", twice)
    ]


def test_a_field_said_twice_in_an_object_within_rejects_the_row(settings: Settings, tmp_path: Path) -> None:
    """Only the top level was looked at, so of an object kept in extra one of two values was dropped without a word."""
    rows = [json.dumps(cancellation(str(number), note={"a": [{"k": 1}]})) for number in range(4)]
    rows[1] = rows[1].replace('{"k": 1}', '{"k": 1, "k": 2}')
    rows[2] = rows[2].replace('{"k": 1}', '{"k": {"b": 1, "\\u0062": 1}}')
    folder = tmp_path / "subscription_events"
    for name, text in {"a.jsonl": "\n".join(rows), "b.json": f"[{', '.join(rows)}]", "c.json": " ".join(rows)}.items():
        write_bytes(folder / name, text)
    result = deliver(settings, folder)
    assert [counts(account) for account in result.accounts] == [(4, 2, 0, 2), (4, 0, 2, 2), (4, 0, 2, 2)]
    assert [(row["row_number"], row["reason"]) for row in quarantined(settings)] == [
        (2, "duplicate_key"),
        (3, "duplicate_key"),
    ] * 3


@pytest.mark.parametrize(
    ("identifier", "reason"),
    [
        ("x" * 256, "too_long:customer_id"),
        ("c1\n# a heading", "control_character:customer_id"),
        ("c\u200b1", "control_character:customer_id"),
        ("\u202ec1", "control_character:customer_id"),
        ("Zoë", None),
        ("x" * 255, None),
    ],
)
def test_an_identifier_is_one_short_line(
    identifier: str, reason: str | None, settings: Settings, tmp_path: Path
) -> None:
    """An id with a line break became a heading of a page, and a megabyte of id broke every export."""
    deliver(
        settings, write_rows(tmp_path / "subscription_events" / "a.jsonl", [cancellation("e", customer_id=identifier)])
    )
    assert [row["reason"] for row in quarantined(settings)] == ([reason] if reason else [])
