"""Mapping files: files of any table as rows of feeds, by rules that a person writes, for migrations and exports.

Belongs here: reading a mapping file, and keeping every version of it in ``CHURNIQ_HOME/mappings`` so that each landed
file can be mapped again as it was. Does not belong here: what a mapping file may say (``mapping_rules``).

A mapped row states what its file states and no more: whoever writes the mapping decides what the columns mean.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import yaml

from pipelines.errors import UserError
from pipelines.kept import write_kept
from pipelines.settings import Settings
from pipelines.sources.base import Source
from pipelines.sources.mapping_rules import MappingFile, first_mistake
from pipelines.sources.mapping_source import PREFIX, source_of_mapping

_VERSIONS = "versions"


def load_mapping(path: Path) -> Source:
    """The source that a mapping file describes, called ``migration-<name>``.

    Raises ``UserError``, one sentence for the first mistake in the file.
    """
    return source_of_mapping(_read(path), _version(path))


def register_mapping(settings: Settings, path: Path) -> Source:
    """The source of a mapping file, which is kept in this environment for mapping its landed files again.

    What was landed by another mapping of the same name stays with it until it is reingested by this one.
    """
    source = load_mapping(path)
    content = path.read_bytes()
    kept = _kept(settings, source.name)
    try:
        for target in (_kept(settings, source.name, source.version), kept):
            if not target.exists() or target.read_bytes() != content:
                write_kept(settings.home, target, content)
    except OSError as error:
        raise UserError(
            f"The mapping cannot be kept as {kept} ({error.strerror}): free space or change the permissions of "
            f"{settings.home}."
        ) from error
    return source


def replaced_mapping(settings: Settings, path: Path) -> str | None:
    """A sentence when another mapping is registered under the name of this file; None when there is none."""
    source = load_mapping(path)
    kept = _kept(settings, source.name)
    if not kept.exists() or _version(kept) == source.version:
        return None
    name = source.name.removeprefix(PREFIX)
    return (
        f"Another mapping called {name} was registered before and is replaced by {path}: files that it mapped stay as "
        f"they are; churniq reingest --mapping {path} maps them by the new one; give it a name of its own if it is "
        "of other files."
    )


def registered_mapping(settings: Settings, name: str, version: str = "") -> Source | None:
    """The source called ``migration-<name>`` of a mapping that was registered; None when there is none.

    Without a version it is the newest one. Raises ``UserError`` when its file, kept in the environment, is broken.
    """
    if name not in registered_mappings(settings):
        return None
    path = _kept(settings, name, version)
    source = load_mapping(path if path.exists() else _kept(settings, name))
    if source.name != name:
        raise UserError(
            f"The mapping file {path} has the name {source.name.removeprefix(PREFIX)}, which is not that of the "
            "file: make them the same."
        )
    return source


def mapping_rules_of(settings: Settings, name: str) -> MappingFile | None:
    """The rules of the registered mapping called ``migration-<name>``; None when there is none."""
    return _read(_kept(settings, name)) if name in registered_mappings(settings) else None


def registered_mappings(settings: Settings) -> list[str]:
    """The names of the sources of all registered mappings, the broken ones too: they are read when they are used."""
    return [PREFIX + path.stem for path in sorted(settings.mappings.glob("*.yml"))]


def _kept(settings: Settings, name: str, version: str = "") -> Path:
    own = name.removeprefix(PREFIX)
    return settings.mappings / _VERSIONS / f"{own}-{version}.yml" if version else settings.mappings / f"{own}.yml"


def _version(path: Path) -> str:
    """What tells apart the mappings that went under one name: the beginning of the hash of the file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """Every scalar is the text that was written (to YAML the code NO would be false), and every key is there once."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """A mapping whose keys are all there once."""
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            problem = f"the key {repeated[0]} is given twice"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_mapping(node, deep=deep)


def _read(path: Path) -> MappingFile:
    try:
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - makes no objects
    except OSError as error:
        raise UserError(f"The mapping file {path} cannot be read ({error.strerror}): check the path.") from error
    except yaml.constructor.ConstructorError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise UserError(f"The mapping file {path}: {error.problem} (from line {line} on): leave one.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise UserError(f"The mapping file {path} is not YAML ({problem}): correct it there.") from error
    if not isinstance(content, dict):
        raise UserError(f"The mapping file {path} must have the entries name, feed and columns: see the example.")
    mistake = first_mistake(content)
    if mistake:
        raise UserError(f"The mapping file {path}: {mistake}")
    return MappingFile.model_validate(content)
