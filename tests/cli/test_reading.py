"""Commands that read what is published: their formats, and what they refuse."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from pipelines.settings import Settings
from tests.cli.conftest import Churniq

MANY_KINDS = """
    select
        cast(1.5 as decimal(18,4)) as amount, 12345678901234567890123 as big, timestamp '2025-01-01 10:00:00.5' as at,
        date '2025-01-01' as day, true as flag, 1.5::double as number, 'nan'::double as none, 'infinity'::double as inf,
        null as nothing, 'é, "x"' as text, [cast(1.5 as decimal(3,1))] as list, {'a': date '2025-01-01'} as struct,
        map([date '2025-01-01'], [1]) as map, '00000000-0000-0000-0000-000000000001'::uuid as id
"""


def test_json_is_one_array_with_exact_values_as_text(churniq: Churniq, published: Settings) -> None:
    """NaN in the output was no JSON at all, and a dashboard of another team was blank for a day."""
    shown = churniq("sql", MANY_KINDS, "--format", "json")
    assert (shown.status, shown.err) == (0, "")
    records = json.loads(shown.out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    assert records == [
        {
            "amount": "1.5000",
            "big": 12345678901234567890123,
            "at": "2025-01-01T10:00:00.500000",
            "day": "2025-01-01",
            "flag": True,
            "number": 1.5,
            "none": None,
            "inf": None,
            "nothing": None,
            "text": 'é, "x"',
            "list": ["1.5"],
            "struct": {"a": "2025-01-01"},
            "map": {"2025-01-01": 1},
            "id": "00000000-0000-0000-0000-000000000001",
        }
    ]
    assert json.loads(churniq("sql", "select 1 as a where false", "--format", "json").out) == []


def test_columns_of_one_name_are_all_shown(churniq: Churniq, published: Settings) -> None:
    """A join of two tables showed one ``amount``, the wrong one, in JSON."""
    query = "select 1 as a, 2 as a, 3 as a_1"
    assert json.loads(churniq("sql", query, "--format", "json").out) == [{"a": 1, "a_2": 2, "a_1": 3}]
    assert churniq("sql", query, "--format", "csv").out == "a,a,a_1\n1,2,3\n"


def test_csv_can_be_read_back(churniq: Churniq, published: Settings) -> None:
    """A comma in a title moved all columns to its right."""
    shown = churniq("sql", MANY_KINDS, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(shown.out))
    assert (row["amount"], row["text"], row["nothing"]) == ("1.5000", 'é, "x"', "")
    assert (row["list"], row["struct"]) == ('["1.5"]', '{"a": "2025-01-01"}')


def test_a_table_shows_text_as_it_is(churniq: Churniq, published: Settings) -> None:
    """A quarantined row with ``[/b]`` in it ended ``churniq sql``, and one with an escape cleared the screen."""
    query = "select '[/b]' as a, '[red]x' as b, ':smile:' as c, e'\\x1b[2J\\x07' as d, e'x\\ty' as e, 'é' as \"[b]\""
    shown = churniq("sql", query)
    assert shown.status == 0, shown.err
    header, row = shown.out.splitlines()
    assert header.split() == ["a", "b", "c", "d", "e", "[b]"]
    assert row.split() == ["[/b]", "[red]x", ":smile:", "\\x1b[2J\\x07", "x\\ty", "é"]


@pytest.mark.parametrize(
    "query",
    [
        "",
        ";",
        "/* nothing */",
        "select 1; select 2",
        "select 1; drop table core.dim_offers",
        "insert into core.dim_offers values ('x', 'y')",
        "update core.dim_offers set offer_id = 'x'",
        "delete from core.dim_offers",
        "drop table core.dim_offers",
        "create table x (a integer)",
        "create temp table x as select 1",
        "copy core.dim_offers to '/tmp/churniq-stolen.csv'",
        "attach '/tmp/churniq-other.duckdb'",
        "set enable_external_access = true",
        "set lock_configuration = false",
        "pragma enable_profiling",
        "install httpfs",
        "load httpfs",
        "export database '/tmp/churniq-stolen'",
    ],
)
def test_whatever_is_not_one_select_is_refused(query: str, churniq: Churniq, published: Settings) -> None:
    """A 'read-only' query tool ran the second statement it was given."""
    refused = churniq("sql", query)
    assert (refused.status, refused.out) == (1, "")
    assert refused.sentence.startswith("churniq: The query "), refused.err
    assert json.loads(churniq("sql", "select count(*) as n from core.dim_offers", "--format", "json").out) == [{"n": 1}]


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('{file}')",
        "select * from read_text('{file}')",
        "select * from read_blob('{file}')",
        "select * from read_parquet('{file}')",
        "select * from read_json('{file}')",
        "select * from '{file}'",
        "select * from glob('{folder}/*')",
        "select * from read_duckdb('{file}')",
        "select * from query('select * from read_text(''{file}'')')",
        "with a as (select * from read_csv('{file}')) select * from a",
    ],
)
def test_files_are_out_of_reach(query: str, churniq: Churniq, published: Settings, tmp_path: Path) -> None:
    """Whoever could ask the warehouse a question could read the machine's passwords."""
    file = tmp_path / "secret.csv"
    file.write_text("word\nopen sesame\n")
    refused = churniq("sql", query.format(file=file, folder=tmp_path))
    assert (refused.status, refused.out) == (1, "")
    assert refused.sentence.startswith("churniq: The query failed: ")
    assert "sesame" not in refused.err


@pytest.mark.parametrize(
    "query", ["selec 1", "select * from nowhere", "select nothing", "select error('x')", "select ?"]
)
def test_a_query_that_fails_is_one_sentence(query: str, churniq: Churniq, published: Settings) -> None:
    """A typo in a query printed forty lines of Python."""
    refused = churniq("sql", query)
    assert refused.status == 1
    assert refused.sentence.startswith("churniq: The query failed: ")


def test_as_of_chooses_the_snapshot(churniq: Churniq, published: Settings) -> None:
    """``--as-of now`` after a build as of now said that it did not know the word."""

    def customers(*arguments: str) -> object:
        shown = churniq("sql", "select count(*) as n from core.dim_customers", "--format", "json", *arguments)
        return json.loads(shown.out)[0]["n"] if shown.status == 0 else shown.sentence

    current = ("latest", "now", "2025-03-20T12:00:00Z", "2025-03-20 13:00:00+01:00", "2025-03-20T12:00")
    assert customers() == 3
    assert {customers("--as-of", instant) for instant in current} == {3}
    assert customers("--as-of", "2025-01-01") == 0
    assert customers("--as-of", "2024-01-01") == (
        "churniq: There is no snapshot as of 2024-01-01T00:00:00: run churniq build --as-of 2024-01-01T00:00:00Z first."
    )
    assert customers("--as-of", "someday") == (
        "churniq: --as-of someday is not understood: give latest, now, or a timestamp such as 2026-07-01T00:00:00Z."
    )
    assert "no snapshot as of 2024-12-31T23:59:59.999999: run" in str(customers("--as-of", "close:2024-12-31"))
    for day in ("someday", "9999-12-31"):
        assert customers("--as-of", f"close:{day}") == (
            f"churniq: --as-of {day} is not understood: give a day such as 2026-05-31."
        )


@pytest.mark.parametrize("arguments", [("sql", "select 1"), ("export", "at-risk", "--out", "x.csv")])
def test_before_anything_is_published(arguments: tuple[str, ...], churniq: Churniq, home: Path) -> None:
    """The first command of a new user ended in a traceback about a missing file."""
    assert churniq(*arguments).sentence == (
        f"churniq: Nothing is published in {home} yet: run churniq ingest PATH, then churniq build."
    )
    assert churniq("status").status == 0
    assert not home.exists(), "reading must not make an environment"


def test_status_of_what_is_published(churniq: Churniq, published: Settings) -> None:
    """Nobody could say whether yesterday's numbers were yesterday's."""
    shown = churniq("status").out
    assert f"home          {published.home}" in shown
    assert "as of 2025-03-20T12:00:00Z" in shown
    assert "as of 2025-01-01T00:00:00Z" in shown


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_export_writes_the_segment_whole(ending: str, churniq: Churniq, published: Settings, tmp_path: Path) -> None:
    """A campaign tool picked up a file that was still being written."""
    out = tmp_path / f"out{ending}"
    out.write_text("what was there before")
    shown = churniq("export", "at-risk", "--out", out)
    assert (shown.status, shown.out.splitlines()[-1]) == (0, f"2 rows written to {out}")
    rows = duckdb.execute(f"select customer_id, current_mrr from '{out}' order by 1").fetchall()
    assert [(customer, Decimal(str(mrr))) for customer, mrr in rows] == [("c1", Decimal("1.5")), ("c2", Decimal("2.5"))]
    assert {path.name for path in tmp_path.iterdir()} == {out.name, "home"}


def test_export_says_what_is_wrong(churniq: Churniq, published: Settings, tmp_path: Path) -> None:
    """``export everyone --out list.xls`` wrote a CSV file under another name."""
    segment = churniq("export", "everyone", "--out", tmp_path / "x.csv")
    assert (
        segment.complaint
        == "churniq: there is no segment 'everyone': choose one of at-risk, failed-cards, save-first, set-to-cancel "
        "(see churniq export --help)."
    )
    ending = churniq("export", "at-risk", "--out", "list.xls")
    assert ending.complaint.endswith(
        "list.xls ends in none of .csv, .parquet, .jsonl: name the file by the format you want "
        "(see churniq export --help)."
    )
    folder = churniq("export", "at-risk", "--out", tmp_path / "nowhere" / "x.csv")
    assert folder.status == 1
    assert folder.sentence == f"churniq: There is no folder {tmp_path / 'nowhere'}: create it or choose another file."


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("sql", "select 1", "--as-of", "tomorrow"), "--as-of tomorrow is not understood: give latest, now, or a"),
        (("build", "--as-of", "0001-01-01T00:00:00+14:00"), "--as-of 0001-01-01T00:00:00+14:00 is not understood"),
        (("metric", "mrr", "--as-of", "soon"), "--as-of soon is not understood"),
        (("metric", "mrr", "--from", "yesterday"), "Invalid value for '--from': 'yesterday' is neither a day"),
        (("explain", "metric", "mrr", "--as-of", "soon"), "--as-of soon is not understood"),
        (("explain", "month", "July"), "July is not a month: give one such as 2026-07."),
        (("explain", "month"), "Missing argument 'MONTH' (see churniq explain month --help)."),
        (("restate", "--month", "2025-13", "--known-at", "2025-01-01"), "2025-13 is not a month"),
        (("restate", "--month", "2025-01", "--known-at", "now"), "--known-at now is not understood: give a timestamp"),
        (
            ("restate", "--month", "2025-01", "--known-at", "2025-01-01", "--against", "soon"),
            "--against soon is not understood: give now, or a timestamp",
        ),
        (("reingest", "--source", "stripe", "--since", "soon"), "--since soon is not understood: give a timestamp"),
        (("reingest", "--source", "nobody"), "There is no source 'nobody': choose one of"),
        (("sandbox", "--out", "x", "--feeds", "ofers"), "There is no feed 'ofers'"),
        (("bild",), "No such command 'bild'"),
        (("sql",), "Missing argument 'QUERY' (see churniq sql --help)."),
    ],
)
def test_a_malformed_value_is_wrong_usage(arguments: tuple[str, ...], complaint: str, churniq: Churniq) -> None:
    """``--as-of tomorrow`` was exit status 1, so a scheduler tried it again all night as if a build had failed."""
    assert churniq(*arguments).complaint.startswith(f"churniq: {complaint}")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc, where nobody can write, is on Linux only")
def test_export_to_where_nobody_can_write(churniq: Churniq, published: Settings) -> None:
    """A full or read-only disk gave a traceback instead of a sentence."""
    refused = churniq("export", "at-risk", "--out", "/proc/x.csv")
    assert refused.status == 1
    assert (
        refused.sentence == "churniq: /proc/x.csv cannot be written: choose a folder with room that you may write to."
    )


def test_a_reader_that_stops_early_is_no_error(published: Settings) -> None:
    """``churniq sql … | head`` ended with a traceback about a broken pipe."""
    command = f"{Path(sys.executable).with_name('churniq')} sql 'select * from range(100000)' --format csv | head -1"
    shell = ["bash", "-c", command]
    shown = subprocess.run(shell, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert shown.stdout == "range\n"
    assert shown.stderr == ""
