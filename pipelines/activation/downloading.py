"""An export that goes to somebody's browser instead of a folder.

Belongs here: the file as bytes, under the name that it should have. Does not belong here: what an export is
(``exporting``), buttons (``app.exports``).
"""

from __future__ import annotations

import io
import shutil
import uuid
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

from pipelines.activation.exporting import Plan, Request, carry_out, plan_export
from pipelines.activation.journal import only_export
from pipelines.settings import Settings


@dataclass(frozen=True)
class Download:
    """A file by name and content, and what was planned."""

    name: str
    content: bytes
    plan: Plan


def export_download(settings: Settings, request: Request) -> Download:
    """What ``churniq export`` would write, recorded and logged in the same way; several files come as one archive."""
    folder = settings.work / "downloads" / uuid.uuid4().hex
    with only_export(settings):
        folder.mkdir(parents=True)
        try:
            plan = plan_export(settings, replace(request, out=folder / request.out.name))
            files = carry_out(settings, plan)
            if len(files) == 1:
                return Download(files[0].name, files[0].read_bytes(), plan)
            return Download(f"{request.out.stem}.zip", _zipped(files), plan)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _zipped(files: list[Path]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            archive.write(file, file.name)
    return content.getvalue()
