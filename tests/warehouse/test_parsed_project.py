"""The dbt project as it is parsed, once for every environment."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.warehouse import dbt

PARSER = """#!/bin/sh
echo parsed >> "{log}"
touch "$DBT_TARGET_PATH/manifest.json" "$DBT_TARGET_PATH/partial_parse.msgpack"
"""


@pytest.fixture
def parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache that nobody has used, and a stand-in for dbt that logs each parse in the file that this is."""
    log, parser = tmp_path / "log", tmp_path / "dbt"
    parser.write_text(PARSER.format(log=log))
    parser.chmod(0o755)
    monkeypatch.setattr(dbt, "dbt_executable", lambda: str(parser))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return log


def test_a_changed_project_is_parsed_anew(parses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an update every build failed at its contracts: dbt had kept the column types of the version before."""
    folders = []
    for fingerprint in ("1" * 64, "1" * 64, "2" * 64):
        monkeypatch.setattr(dbt, "project_fingerprint", lambda fingerprint=fingerprint: fingerprint)
        folders.append(dbt.parsed_project())
    assert folders[0] == folders[1] != folders[2]
    assert parses.read_text().split() == ["parsed", "parsed"]


def test_a_folder_that_is_not_whole_is_parsed_again(parses: Path) -> None:
    """Killed while it parsed, a build left half a project, and every build after it failed on that."""
    folder = dbt.parsed_project()
    (folder / dbt.MANIFEST).unlink()
    assert dbt.parsed_project() == folder
    assert (folder / dbt.MANIFEST).exists()
    assert parses.read_text().split() == ["parsed", "parsed"]


def test_only_the_newest_parses_are_kept(parses: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A parsed project is 8 MB, and a developer changes it all day."""
    for number in range(9):
        monkeypatch.setattr(dbt, "project_fingerprint", lambda number=number: f"{number:064}"[::-1])
        dbt.parsed_project()
    assert len(list(dbt.parsed_project().parent.iterdir())) == 5


def test_a_project_that_cannot_be_parsed_is_said(parses: Path, tmp_path: Path) -> None:
    """A typing mistake in a model ended every command in a traceback."""
    (tmp_path / "dbt").write_text("#!/bin/sh\necho 'Syntax error near line 82'\nexit 2\n")
    with pytest.raises(UserError, match="cannot be parsed: Syntax error near line 82"):
        dbt.parsed_project()
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
