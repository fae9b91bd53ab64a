"""Commands about segments: segment list, show, validate, size, preview, save, members, history, overlap.

Belongs here: arguments and what they print. Does not belong here: segments (``pipelines.activation``).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.options import AS_OF, ROWS_FORMAT
from pipelines.cli.tables import as_text, print_rows, print_table
from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.activation.documents import Document
    from pipelines.activation.reading import SnapshotReader

_VERSION = click.option("--version", type=click.IntRange(min=1), default=None, help="An earlier version of it.")


@click.group()
def segment() -> None:
    """Segments: who is meant, as small documents with versions."""


@segment.command("list")
@ROWS_FORMAT
def list_segments(*, output: str) -> None:
    """Every segment with its newest version and how many people it holds now."""
    from pipelines.activation.reading import read_snapshot
    from pipelines.activation.store import find_segment, segment_names
    from pipelines.errors import UserError

    settings = Settings()
    found = [find_segment(settings, name) for name in segment_names(settings)]
    sizes: dict[str, Any] = {}
    try:
        with read_snapshot(settings) as reader:
            for version in found:
                try:
                    sizes[version.document.name] = reader.size(version.document)
                except UserError as error:
                    click.echo(f"churniq: {error}", err=True)
    except UserError as error:
        click.echo(f"churniq: {error}", err=True)
    rows = [
        (
            version.document.name,
            version.number,
            version.document.owner,
            sizes[version.document.name].customers if version.document.name in sizes else None,
            sizes[version.document.name].mrr if version.document.name in sizes else None,
            version.document.description,
        )
        for version in found
    ]
    print_rows(["segment", "version", "owner", "customers", "mrr", "description"], rows, output)


@segment.command()
@click.argument("name")
@_VERSION
def show(*, name: str, version: int | None) -> None:
    """Print a segment as the document that it is."""
    from pipelines.activation.store import find_segment

    click.echo(find_segment(Settings(), name, version).document.text(), nl=False)


@segment.command()
@click.argument("file", type=click.Path(path_type=Path))
def validate(*, file: Path) -> None:
    """Check a YAML FILE against the attributes of the current snapshot; nothing is saved."""
    from pipelines.activation.reading import read_snapshot

    settings = Settings()
    document = _document(file)
    with read_snapshot(settings) as reader:
        size = reader.size(document)
        _remark(reader, document)
    click.echo(
        f"{document.name} is a segment: {size.customers:,} of {size.everybody:,} customers, {as_text(size.mrr)} MRR"
    )


@segment.command()
@click.argument("file", type=click.Path(path_type=Path))
def save(*, file: Path) -> None:
    """Keep a YAML FILE as the next version of its segment."""
    from pipelines.activation.reading import read_snapshot
    from pipelines.activation.store import save_segment

    settings = Settings()
    document = _document(file)
    with read_snapshot(settings) as reader:
        _remark(reader, document)
    version, is_new = save_segment(settings, document)
    click.echo(
        f"saved {document.name} version {version.number}"
        if is_new
        else f"{document.name} is the same as its version {version.number}: nothing to save"
    )


@segment.command()
@click.argument("name")
@_VERSION
@AS_OF
@ROWS_FORMAT
def size(*, name: str, version: int | None, as_of: datetime | None, output: str) -> None:
    """How many people a segment holds, and what is at stake a month."""
    from pipelines.activation.reading import read_snapshot

    document = _segment(name, version)
    with read_snapshot(Settings(), as_of) as reader:
        found = reader.size(document)
    columns = ["segment", "customers", "everybody", "with_consent", "mrr", "expected_loss"]
    values = (found.customers, found.everybody, found.with_consent, found.mrr, found.expected_loss)
    print_rows(columns, [(document.name, *values)], output)


@segment.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(min=1, max=10_000), default=20, show_default=True)
@_VERSION
@AS_OF
@ROWS_FORMAT
def preview(*, name: str, limit: int, version: int | None, as_of: datetime | None, output: str) -> None:
    """The first people of a segment, those most at risk first."""
    from pipelines.activation.reading import read_snapshot

    document = _segment(name, version)
    with read_snapshot(Settings(), as_of) as reader:
        columns, rows = reader.preview(document, limit)
    print_rows(columns, rows, output)


@segment.command()
@click.argument("name")
@_VERSION
@AS_OF
@click.option("--changes", is_flag=True, help="Who entered and left from one build to the next, with the MRR moved.")
@ROWS_FORMAT
def members(*, name: str, version: int | None, as_of: datetime | None, changes: bool, output: str) -> None:
    """Who is in a segment, as of the current or any published instant; or who entered and left it."""
    from pipelines.activation.membership import read_changes
    from pipelines.activation.reading import read_snapshot

    document = _segment(name, version)
    if changes:
        print_rows(["as_of", "change", "customer_id", "mrr", "version"], read_changes(Settings(), name), output)
        return
    columns = ["customer_id", "status", "current_mrr", "risk_band"]
    with read_snapshot(Settings(), as_of) as reader:
        print_rows(columns, reader.members(document, columns), output)


@segment.command()
@click.argument("name")
@ROWS_FORMAT
def history(*, name: str, output: str) -> None:
    """The versions of a segment, and its size and value on each build day."""
    from pipelines.activation.membership import read_sizes
    from pipelines.activation.store import versions

    settings = Settings()
    found = versions(settings, name)
    sizes = read_sizes(settings, name)
    if output == "table":
        rows = [(v.number, v.saved_at or "ships with the product", v.saved_by, v.document.description) for v in found]
        print_table(["version", "saved_at", "saved_by", "description"], rows)
        if not sizes:
            click.echo("no build has recorded its members yet: the next one will")
            return
    print_rows(["as_of", "version", "customers", "entered", "left", "mrr", "mrr_entered", "mrr_left"], sizes, output)


@segment.command()
@click.argument("name")
@click.argument("other")
@AS_OF
@ROWS_FORMAT
def overlap(*, name: str, other: str, as_of: datetime | None, output: str) -> None:
    """How many people are in two segments at once."""
    from pipelines.activation.reading import read_snapshot

    one, two = _segment(name, None), _segment(other, None)
    with read_snapshot(Settings(), as_of) as reader:
        shared = reader.overlap(one, two)
    print_rows(["where", "customers"], list(shared.items()), output)


@segment.command()
@ROWS_FORMAT
def attributes(*, output: str) -> None:
    """What a condition may ask about, with the operators of each."""
    from pipelines.activation.operators import operators_of
    from pipelines.activation.reading import read_snapshot

    with read_snapshot(Settings()) as reader:
        rows = [
            (
                each.name,
                each.kind.value,
                ", ".join(operator.name for operator in operators_of(each.kind)),
                each.description,
            )
            for each in reader.attributes.values()
        ]
    print_rows(["attribute", "kind", "operators", "meaning"], rows, output)


def _remark(reader: SnapshotReader, document: Document) -> None:
    """Say what looks like a slip and is none for certain."""
    for remark in reader.remarks(document):
        click.echo(f"churniq: {remark}.", err=True)


def _segment(name: str, version: int | None) -> Document:
    from pipelines.activation.store import find_segment

    return find_segment(Settings(), name, version).document


def _document(file: Path) -> Document:
    from pipelines.activation.documents import read_document
    from pipelines.errors import UserError

    try:
        text = file.read_text()
    except FileNotFoundError as error:
        raise click.UsageError(f"there is no file {file}: check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as text: give a YAML file in UTF-8.") from error
    return read_document(text, str(file))
