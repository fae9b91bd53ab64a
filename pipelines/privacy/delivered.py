"""One delivered file without the erased people, in the form in which it was delivered.

Belongs here: compressions, and the file that takes a delivery's place. Does not belong here: formats (``formats``).
"""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from pipelines.lake.files import Delivery
from pipelines.privacy.cutting import Cutter
from pipelines.privacy.formats import cut_content, roles_of
from pipelines.settings import Settings


def cut_delivery(cutter: Cutter, settings: Settings, delivery: Delivery, scratch: Path) -> Delivery:
    """A delivery without the erased people, before any byte of it is kept; itself when it names none."""
    if delivery.member is not None:
        scratch.mkdir(parents=True, exist_ok=True)
        member = scratch / f"member-{hashlib.sha256(delivery.name.encode()).hexdigest()}"
        with delivery.open() as stream:
            member.write_bytes(stream.read())
        delivery = replace(delivery, origin=member, member=None)
    content = decompressed(delivery.origin, delivery.codec)
    if content is None:
        return delivery
    cut = cut_content(cutter, content, delivery.format, roles_of(settings, delivery.feed))
    return delivery if cut is content else replace(delivery, origin=delivered_form(delivery, cut, scratch))


def decompressed(path: Path, codec: str | None) -> bytes | None:
    """The bytes of a file; None when its compression is broken, so that nobody can read it."""
    if codec is None:
        return path.read_bytes()
    try:
        with pa.input_stream(str(path), compression=codec) as stream:
            return bytes(stream.read())
    except OSError:
        return None


def delivered_form(delivery: Delivery, content: bytes, scratch: Path) -> Path:
    """A file of the content, compressed as the name of the delivery promises."""
    scratch.mkdir(parents=True, exist_ok=True)
    path = scratch / f"cut-{hashlib.sha256(content).hexdigest()}"
    if delivery.codec == "gzip":
        path.write_bytes(gzip.compress(content, mtime=0))
    elif delivery.codec == "zstd":
        path.write_bytes(pa.compress(content, codec="zstd", asbytes=True))
    else:
        path.write_bytes(content)
    return path
