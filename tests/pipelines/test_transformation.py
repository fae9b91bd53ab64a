"""The dbt project as it is parsed for Dagster."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.settings import Settings
from pipelines.warehouse.database import dbt
from pipelines.warehouse.dbt import manifest_path, target_folder

PARSER = """#!/bin/sh
if [ -e "$DBT_TARGET_PATH/partial_parse.msgpack" ]; then echo continued; else echo anew; fi >> "$DBT_TARGET_PATH/parses"
touch "$DBT_TARGET_PATH/manifest.json" "$DBT_TARGET_PATH/partial_parse.msgpack"
"""


def test_a_changed_project_is_parsed_anew(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update every build failed at its contracts: dbt had kept the column types of the version before."""
    parser = tmp_path / "dbt"
    parser.write_text(PARSER)
    parser.chmod(0o755)
    monkeypatch.setattr(dbt, "dbt_command", lambda: [str(parser)])
    for fingerprint in ("one", "one", "two"):
        monkeypatch.setattr(dbt, "project_fingerprint", lambda fingerprint=fingerprint: fingerprint)
        manifest_path(settings)
    assert (target_folder(settings) / "parses").read_text().split() == ["anew", "anew"]
