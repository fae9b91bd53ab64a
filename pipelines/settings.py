"""Where an environment lives and how it reports: read from the process environment and ``settings.toml``.

Belongs here: the settings, their defaults and the guard between environments.
Does not belong here: what is done with them.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from pipelines.errors import UserError
from pipelines.kept import has_list, take_as_it_is, was_written, write_kept

Environment = Literal["sandbox", "production"]
# dbt's names of tables hold it, so a warehouse has this name in whichever folder it lies.
WAREHOUSE_NAME = "warehouse.duckdb"
_PREFIX = "CHURNIQ_"
_MARKER = "environment"  # the file of a home that says whose it is
_HOST = re.compile(r"(\*\.)?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*|\[[0-9A-Fa-f:]+\]")


class _FileOrEnvironment(BaseSettings):
    """The settings as a person writes them: ``CHURNIQ_*`` variables go before what it is given from the file."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, extra="ignore", env_ignore_empty=True)

    env: Environment = "sandbox"
    reporting_currency: str | None = Field(default=None, pattern="^[A-Z]{3}$")
    timezone: str = "UTC"
    global_holdout: float = Field(default=0, ge=0, le=0.5)
    wait_seconds: float = Field(default=3600, ge=0)
    kept_snapshots: int = Field(default=7, ge=0)
    kept_as_of_snapshots: int = Field(default=400, ge=0)
    convention: str | None = Field(default=None, pattern="^[a-z0-9_]+$")
    erase_deleted: bool = False
    allowed_hosts: str = ""
    dashboards: str = Field(default="http://127.0.0.1:8501", pattern=r"^https?://\S+$")

    @field_validator("timezone")
    @classmethod
    def _known_timezone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError("is not the name of a time zone, such as UTC or Europe/Amsterdam") from error
        return value

    @field_validator("allowed_hosts")
    @classmethod
    def _named_hosts(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",") if name.strip()]
        if wrong := [name for name in names if not _HOST.fullmatch(name)]:
            raise ValueError(f"has {wrong[0]!r}, which is no name such as churniq.example.com or *.example.com")
        return ",".join(name.lower() for name in names)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment before the file, and nothing else."""
        return env_settings, init_settings


class Settings:
    """The settings of one environment and the paths inside its ``CHURNIQ_HOME``.

    Raises ``UserError`` when a setting is invalid, when the folder is a file or lies below one, or when it belongs to
    another environment.
    """

    def __init__(self) -> None:
        environment = os.environ.get("CHURNIQ_ENV") or "sandbox"
        default_home = Path.cwd() / ".churniq" / environment
        self.home = Path(os.environ.get("CHURNIQ_HOME") or default_home).expanduser().absolute()
        existing = next(path for path in (self.home, *self.home.parents) if path.exists())
        if not existing.is_dir():
            raise UserError(
                f"CHURNIQ_HOME is {self.home}, but {existing} is a file: set CHURNIQ_HOME to a folder, or move the "
                "file away."
            )
        values = _read(self.home / "settings.toml")
        self.env: Environment = values.env
        self.reporting_currency = values.reporting_currency
        self.timezone = values.timezone
        self.global_holdout = values.global_holdout
        self.wait_seconds = values.wait_seconds
        self.kept_snapshots = values.kept_snapshots
        self.kept_as_of_snapshots = values.kept_as_of_snapshots
        self.convention = values.convention
        """The convention by which this business reads its headline numbers, where it has chosen one."""
        self.erase_deleted = values.erase_deleted
        """Whether a build erases everybody whom a customer event says to be deleted."""
        self.allowed_hosts = tuple(filter(None, values.allowed_hosts.split(",")))
        """The names, beside those of loopback, by which people reach the web pages; ``*.example.com`` is any below."""
        self.dashboards = values.dashboards
        """Where people open the dashboards; links in alerts begin with it."""
        self.chosen = frozenset(values.model_fields_set)
        """The settings that somebody made, by field; the others have their defaults."""
        if (owner := _owner(self.home)) not in {None, self.env}:
            raise UserError(
                f"{self.home} belongs to the {owner} environment, but CHURNIQ_ENV is {self.env}: "
                "set CHURNIQ_HOME to a folder of its own for each environment."
            )

    def prepare(self) -> Settings:
        """Create the folder of the environment, for its owner alone, and mark whose it is; returns itself."""
        os.umask(0o077)
        try:
            if self.home.exists() and self.home.stat().st_mode & 0o077:
                _take_from_others(self.home)
            for folder in (self.home, self.landing, self.lake, self.work, self.published, self.locks):
                folder.mkdir(parents=True, exist_ok=True)
            if not has_list(self.home):
                take_as_it_is(self.home)
            if _marker(self.home) != self.env:
                write_kept(self.home, self.home / _MARKER, self.env + "\n")
        except OSError as error:
            raise UserError(
                f"CHURNIQ_HOME {self.home} cannot be written ({error.strerror}): free space, change its "
                "permissions, or set CHURNIQ_HOME to another folder."
            ) from error
        return self

    @property
    def landing(self) -> Path:
        """The inbox: files that wait to be ingested by the next build or by the sensor."""
        return self.home / "landing"

    @property
    def lake(self) -> Path:
        """Everything that was ever delivered, and the log of what was accepted."""
        return self.home / "lake"

    @property
    def work(self) -> Path:
        """Disposable state of builds: warehouses, dbt targets, Dagster's instance."""
        return self.home / "work"

    @property
    def warehouse(self) -> Path:
        """The DuckDB file in which builds of the current snapshot work."""
        return self.work / WAREHOUSE_NAME

    @property
    def published(self) -> Path:
        """The snapshots that readers see, and the pointers to them."""
        return self.home / "published"

    @property
    def registry(self) -> Path:
        """Trained models with the report of how they did."""
        return self.home / "model_registry"

    @property
    def mappings(self) -> Path:
        """The mapping files of migrations, kept for mapping what was landed again."""
        return self.home / "mappings"

    @property
    def erasures(self) -> Path:
        """Who was erased, in keyed hashes, and what each erasure changed."""
        return self.home / "erasures"

    @property
    def secret_key(self) -> Path:
        """The key of this environment's keyed hashes, where the process environment gives none."""
        return self.home / "secret.key"

    @property
    def segments(self) -> Path:
        """The saved segments, a folder each, a file a version."""
        return self.home / "segments"

    @property
    def views(self) -> Path:
        """The views of the pages that readers saved, a file each."""
        return self.home / "views"

    @property
    def notes(self) -> Path:
        """The notes on customers that readers keep, a file a customer."""
        return self.home / "notes"

    @property
    def activation(self) -> Path:
        """What only exports read and write: addresses, the log of exports, who is never written to."""
        return self.home / "activation"

    @property
    def files_of_people(self) -> tuple[Path, ...]:
        """The files of a home that people edit: what they say at a build is what they should say until the next."""
        return (self.home / "settings.toml", self.home / "alerts.yml", self.registry / "waivers.json")

    @property
    def locks(self) -> Path:
        """Lock files that keep two writers apart."""
        return self.home / "locks"


def _owner(home: Path) -> str | None:
    """Whose a home is; None when it is nobody's yet. A marker that was damaged is known by its hash.

    Raises ``UserError`` when nothing says whose a home with data is.
    """
    owner, marker = _marker(home), home / _MARKER
    if owner in get_args(Environment):
        return owner
    for known in get_args(Environment):
        if was_written(home, marker, f"{known}\n".encode()):
            return str(known)
    if owner is None and not (home / "lake" / "commits").is_dir():
        return None
    state = "missing" if owner is None else "empty or broken"
    raise UserError(
        f"{marker} is {state}, so nothing says whether {home} is a sandbox or production: write the word into it."
    )


def _marker(home: Path) -> str | None:
    """What the marker of a home says; None without one."""
    try:
        return (home / _MARKER).read_text(errors="replace").strip()
    except FileNotFoundError:
        return None


def _take_from_others(home: Path) -> None:
    """Leave a home that others could read to its owner, what is in it first; done once, since its mode says so."""
    for path in home.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o700 if path.is_dir() else 0o600)
    home.chmod(0o700)


def _read(toml: Path) -> _FileOrEnvironment:
    try:
        return _FileOrEnvironment(**_in_file(toml))
    except ValidationError as error:
        problem = error.errors()[0]
        name = _PREFIX + "_".join(str(part) for part in problem["loc"]).upper()
        reason = problem["msg"].removeprefix("Value error, ")
        raise UserError(
            f"The setting {name} has the value {problem['input']!r}, which is refused ({reason}): "
            f"correct it in the environment or in {toml}."
        ) from error
    except ValueError as error:
        raise UserError(f"{toml} is not valid TOML ({error}): correct or remove it.") from error


def _in_file(toml: Path) -> dict[str, Any]:
    """What the settings file sets, by field; refuses a name that it cannot set, which would be ignored in silence."""
    if not toml.is_file():
        return {}
    with toml.open("rb") as stream:
        values = tomllib.load(stream)
    fields = {f"{_PREFIX}{name}".upper(): name for name in _FileOrEnvironment.model_fields}
    for name in values:
        if name not in fields:
            raise UserError(f"{toml} sets {name}, which is no setting there: it takes {', '.join(fields)}.")
    return {fields[name]: value for name, value in values.items()}
