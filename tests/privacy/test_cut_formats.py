"""Cutting files of every form that is read: what names somebody is cut, and every other byte stays."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import pytest

from pipelines.contract.feeds import FEEDS
from pipelines.lake.files import Format
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.formats import Roles, cut_content
from pipelines.privacy.registry import Registry
from pipelines.settings import Settings

ANNA, SUBSCRIPTION = "anna-person-77", "sub-anna-1"
CANONICAL = Roles(FEEDS["subscription_events"])
MAPPED = Roles(
    FEEDS["subscription_events"],
    {"customer_id": ("Kunde",), "subscription_id": ("Abo",), "amount": ("Preis",), "event_id": ("Abo", "Datum")},
)
PAYLOADS = Roles(are_payloads=True)


@pytest.fixture
def cutter(settings: Settings) -> Cutter:
    registry = Registry(settings)
    registry.add_person(
        {"customer": [ANNA, "k1"], "email": ["anna.berger@example.org"], "subscription": [SUBSCRIPTION]}
    )
    return Cutter(registry)


def _lines(content: bytes, encoding: str = "utf-8") -> list[str]:
    return content.decode(encoding).splitlines()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_tables_in_any_dialect(delimiter: str, encoding: str, cutter: Cutter) -> None:
    """Excel's semicolons hid the columns, and with them who a row was about."""
    rows = [
        ["Abo", "Kunde", "Preis", "Datum", "Notiz"],
        [SUBSCRIPTION, ANNA, "12,50" if delimiter != "," else "12.50", "01.02.2025", "für Änna"],
        ["A2", "bob", "5", "01.02.2025", "für Bob"],
    ]
    content = "\r\n".join(delimiter.join(row) for row in rows).encode(encoding)
    header, anna, bob = _lines(cut_content(cutter, content, Format.CSV, MAPPED), encoding)
    before = _lines(content, encoding)
    assert (header, bob) == (before[0], before[2])
    assert anna.startswith("erased-")
    assert anna.endswith(f"{delimiter}01.02.2025{delimiter}")
    nobody = content.replace(ANNA.encode(), b"somebody").replace(SUBSCRIPTION.encode(), b"A1")
    if encoding != "utf-16":
        assert cut_content(cutter, nobody, Format.CSV, MAPPED) is nobody


def test_lines_before_the_header_and_rows_that_are_none(cutter: Cutter) -> None:
    """A preamble, a row with too many fields, an open quote: no reader takes them, and a search finds them."""
    text = (
        f"Export for {ANNA}\n\nevent_id,customer_id,subscription_id,extra_field\ne1,{ANNA},{SUBSCRIPTION},Anna B.\n"
        f'e2,{ANNA},{SUBSCRIPTION},x,y,z\ne3,bob,s2,z\ne4,"{ANNA},{SUBSCRIPTION}\n'
    )
    cut = cut_content(cutter, text.encode(), Format.CSV, CANONICAL).decode()
    assert ANNA not in cut
    assert SUBSCRIPTION not in cut
    assert "Anna B." not in cut
    assert "\ne3,bob,s2,z\n" in cut
    assert cut.count("\n") == text.count("\n")


@pytest.mark.parametrize(
    "text",
    [
        '[{"customer": "%s", "amount": 1.10}, {"customer": "bob", "amount": 2.20}]',
        '{"customer": "%s", "amount": 1.10}\n{"customer": "bob", "amount": 2.20}\n',
        '{\n  "rows": [{"customer": "%s", "amount": 1.10}]\n}',
        '{"customer": "%s", "amount": 1.10',
        '{"a": {"b": "{\\"customer\\": \\"%s\\", \\"amount\\": 1.10}"}}',
    ],
)
def test_json_of_any_form(text: str, cutter: Cutter) -> None:
    """A decimal that went through a float came back as another amount."""
    cut = cut_content(cutter, (text % ANNA).encode(), Format.JSON_LINES, PAYLOADS).decode()
    assert ANNA not in cut
    assert "erased-" in cut
    assert "1.10" in cut
    assert cut.count("bob") == text.count("bob")
    if "bob" in text:
        assert '"amount":2.20' in cut.replace(" ", "")


def test_what_else_a_payload_tells_of_the_person(cutter: Cutter) -> None:
    """The id was cut, and name, address and telephone number beside it were not."""
    text = (
        '{"customer":"%s","customer_details":{"name":"Anna Berger","email":"other@example.org","phone":"+49 1",'
        '"address":{"line1":"Street 1","postal_code":"10115","country":"DE"}},"plan":{"name":"Premium"},"amount":7}'
    ).replace("%s", ANNA)
    cut = cut_content(cutter, text.encode(), Format.JSON_LINES, PAYLOADS).decode()
    assert not [word for word in ("Berger", "other@", "+49", "Street", "10115") if word in cut]
    assert '"country":"DE"' in cut
    assert '"plan":{"name":"Premium"}' in cut
    assert '"amount":7' in cut


def test_workbooks_and_archives(cutter: Cutter) -> None:
    """What is packed twice was opened once."""
    book = openpyxl.Workbook()
    book.active.append(["Abo", "Kunde", "Preis", "Datum"])
    book.active.append([SUBSCRIPTION, ANNA, 12.5, "x"])
    book.active.append(["A2", "bob", 5, "x"])
    stream = io.BytesIO()
    book.save(stream)
    cut = openpyxl.load_workbook(io.BytesIO(cut_content(cutter, stream.getvalue(), Format.CSV, MAPPED)))
    (_, anna, bob) = [[cell.value for cell in row] for row in cut.active.iter_rows()]
    assert anna[1].startswith("erased-")
    assert anna[2:] == [12.5, "x"]
    assert bob == ["A2", "bob", 5, "x"]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.csv", f"event_id,customer_id,subscription_id\ne1,{ANNA},{SUBSCRIPTION}\n")
        archive.writestr("b.csv", "event_id,customer_id,subscription_id\ne2,bob,s2\n")
    with zipfile.ZipFile(io.BytesIO(cut_content(cutter, packed.getvalue(), Format.CSV, CANONICAL))) as archive:
        assert archive.read("b.csv") == b"event_id,customer_id,subscription_id\ne2,bob,s2\n"
        assert ANNA.encode() not in archive.read("a.csv")


def test_words_that_hold_an_identifier(cutter: Cutter) -> None:
    """An address in a link, an id in a longer id; and a name within another name is somebody else's."""
    assert ANNA not in cutter.text(f"https://x.example/{ANNA}/edit?mail=anna.berger%40example.org")
    assert "berger" not in cutter.text("mail=anna.berger%40example.org")
    assert cutter.text("evt-anna-person-77-3").startswith("evt-erased-")
    assert cutter.text("anna-person-771 hanna-person-77") == "anna-person-771 hanna-person-77"
    assert cutter.text("k1 k1x") == "k1 k1x"
    assert cutter.value("k1", ("customer",)).startswith("erased-")
    assert cutter.value("k1", ("subscription",)) == "k1"
