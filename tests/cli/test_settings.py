"""Settings: where they come from, which are refused, and the guard between environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.settings import Settings
from tests.cli.conftest import Churniq


def write_settings(home: Path, text: str) -> None:
    """The settings file of an environment."""
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(text)


def test_defaults(home: Path) -> None:
    """A new environment reported in the time zone of whoever had installed it."""
    settings = Settings()
    assert (settings.env, settings.reporting_currency, settings.timezone) == ("sandbox", None, "UTC")
    assert settings.home == home


def test_without_a_home_each_environment_has_its_own_below_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    """Production and sandbox shared a folder as soon as nobody said otherwise."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CHURNIQ_HOME")
    assert Settings().home == tmp_path / ".churniq" / "sandbox"
    monkeypatch.setenv("CHURNIQ_ENV", "production")
    monkeypatch.setenv("CHURNIQ_HOME", "")
    assert Settings().home == tmp_path / ".churniq" / "production"
    monkeypatch.setenv("CHURNIQ_HOME", "elsewhere")
    assert Settings().home == tmp_path / "elsewhere"


def test_the_environment_goes_before_the_file(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container was given another currency by variable, and went on to report in the file's."""
    write_settings(
        home,
        'CHURNIQ_ENV = "production"\nCHURNIQ_REPORTING_CURRENCY = "USD"\nCHURNIQ_TIMEZONE = "Europe/Amsterdam"\n',
    )
    settings = Settings()
    assert (settings.env, settings.reporting_currency, settings.timezone) == ("production", "USD", "Europe/Amsterdam")
    monkeypatch.setenv("CHURNIQ_REPORTING_CURRENCY", "SEK")
    monkeypatch.setenv("CHURNIQ_TIMEZONE", "")
    settings = Settings()
    assert (settings.env, settings.reporting_currency, settings.timezone) == ("production", "SEK", "Europe/Amsterdam")


@pytest.mark.parametrize("place", ["variable", "file"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("env", "staging"),
        ("env", "Production"),
        ("reporting_currency", "euro"),
        ("reporting_currency", "eur"),
        ("reporting_currency", "EURO"),
        ("timezone", "Mars/Olympus"),
        ("timezone", "../etc/passwd"),
        ("timezone", "CEST"),
    ],
)
def test_a_refused_value_names_the_setting_and_the_file(
    name: str, value: str, place: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``CHURNIQ_ENV=prod`` fell through to the sandbox, and the sandbox's numbers went to the board."""
    if place == "variable":
        monkeypatch.setenv(f"CHURNIQ_{name.upper()}", value)
    else:
        write_settings(home, f'CHURNIQ_{name.upper()} = "{value}"\n')
    with pytest.raises(UserError) as raised:
        Settings()
    sentence = str(raised.value)
    assert sentence.startswith(f"The setting CHURNIQ_{name.upper()} has the value '{value}', which is refused (")
    assert sentence.endswith(f"correct it in the environment or in {home / 'settings.toml'}.")
    assert "\n" not in sentence


@pytest.mark.parametrize("name", ["timezone", "churniq_timezone", "CHURNIQ_TIME_ZONE", "CHURNIQ_HOME", "reporting"])
def test_a_name_that_is_no_setting_is_refused(name: str, home: Path) -> None:
    """Settings under the documented names were ignored without a word, and a year was reported in the wrong zone."""
    write_settings(home, f'CHURNIQ_ENV = "sandbox"\n{name} = "Europe/Amsterdam"\n')
    with pytest.raises(UserError) as raised:
        Settings()
    assert str(raised.value) == (
        f"{home / 'settings.toml'} sets {name}, which is no setting there: "
        "it takes CHURNIQ_ENV, CHURNIQ_REPORTING_CURRENCY, CHURNIQ_TIMEZONE, CHURNIQ_GLOBAL_HOLDOUT, "
        "CHURNIQ_WAIT_SECONDS, CHURNIQ_KEPT_SNAPSHOTS, CHURNIQ_KEPT_AS_OF_SNAPSHOTS, CHURNIQ_CONVENTION, "
        "CHURNIQ_ERASE_DELETED, CHURNIQ_ALLOWED_HOSTS, CHURNIQ_DASHBOARDS."
    )


@pytest.mark.parametrize("text", ["env = ", "= 1", "env = 'sandbox'\nenv = 'production'", "[env", "\x00"])
def test_a_file_that_is_no_toml(text: str, home: Path) -> None:
    """A missing quote in the settings made every command end in a parser's traceback."""
    write_settings(home, text)
    with pytest.raises(UserError, match=r"settings\.toml is not valid TOML \(.*\): correct or remove it\.$"):
        Settings()


def test_a_value_of_another_type_is_refused(home: Path) -> None:
    """``reporting_currency = 978`` was the euro by number, and a crash in the middle of the build."""
    write_settings(home, "CHURNIQ_REPORTING_CURRENCY = 978\n")
    with pytest.raises(UserError, match="The setting CHURNIQ_REPORTING_CURRENCY has the value 978"):
        Settings()


def test_a_home_belongs_to_one_environment(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated customers were ingested into production, with one variable too few in a terminal."""
    Settings().prepare()
    monkeypatch.setenv("CHURNIQ_ENV", "production")
    with pytest.raises(UserError) as raised:
        Settings()
    assert str(raised.value) == (
        f"{home} belongs to the sandbox environment, but CHURNIQ_ENV is production: "
        "set CHURNIQ_HOME to a folder of its own for each environment."
    )


@pytest.mark.parametrize("command", [("status",), ("sql", "select 1"), ("build",), ("demo", "--no-serve")])
def test_every_command_refuses_a_wrong_setting(
    command: tuple[str, ...], churniq: Churniq, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One command of eight went on with the default where the others stopped."""
    monkeypatch.setenv("CHURNIQ_TIMEZONE", "Mars/Olympus")
    refused = churniq(*command)
    assert refused.status == 1
    assert refused.sentence.startswith("churniq: The setting CHURNIQ_TIMEZONE has the value 'Mars/Olympus'")
    assert not home.exists()


@pytest.mark.parametrize("below", ["", "deeper/still"])
@pytest.mark.parametrize("command", [("status",), ("ingest", "."), ("sql", "select 1")])
def test_a_home_that_is_a_file(
    command: tuple[str, ...], below: str, churniq: Churniq, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variable named the settings file, and the disk was said to be full."""
    file = tmp_path / "settings.toml"
    file.write_text("")
    monkeypatch.setenv("CHURNIQ_HOME", str(file / below))
    refused = churniq(*command)
    assert refused.status == 1
    assert refused.sentence == (
        f"churniq: CHURNIQ_HOME is {file / below}, but {file} is a file: set CHURNIQ_HOME to a folder, or move the "
        "file away."
    )
