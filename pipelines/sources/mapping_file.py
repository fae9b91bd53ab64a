"""Files of any table as rows of one feed, by a mapping file that a person writes: for migrations from other systems.

Belongs here: the mapping file as a source, and keeping it in ``CHURNIQ_HOME/mappings`` so that landed files can be
mapped again. Does not belong here: what a mapping file may say (``mapping_rules``), known senders.

A mapped row states what its file states and no more: whoever writes the mapping decides what the columns mean.
"""

from __future__ import annotations

from pathlib import Path

import yaml

from pipelines.errors import UserError
from pipelines.settings import Settings
from pipelines.sources.base import Source
from pipelines.sources.mapping_rules import MappingFile, first_mistake, sent_as
from pipelines.sources.sql import json_fields

_PREFIX = "migration-"


def load_mapping(path: Path) -> Source:
    """The source that a mapping file describes, called ``migration-<name>``.

    Raises ``UserError``, one sentence for the first mistake in the file.
    """
    return _source(_read(path))


def register_mapping(settings: Settings, path: Path) -> Source:
    """The source of a mapping file, which is kept in this environment for mapping its landed files again.

    A file of the same name replaces the one before it; what was landed is mapped by it when it is ingested again.
    """
    mapping = _read(path)
    source = _source(mapping)
    kept = _kept(settings, source.name)
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        temporary = kept.with_suffix(".tmp")
        temporary.write_bytes(path.read_bytes())
        temporary.replace(kept)
    except OSError as error:
        raise UserError(
            f"The mapping cannot be kept as {kept} ({error.strerror}): free space or change the permissions of "
            f"{settings.home}."
        ) from error
    return source


def registered_mapping(settings: Settings, name: str) -> Source | None:
    """The source called ``migration-<name>`` of a mapping that was registered; None when there is none.

    Raises ``UserError`` when its file, kept in the environment, is broken.
    """
    if name not in registered_mappings(settings):
        return None
    path = _kept(settings, name)
    source = load_mapping(path)
    if source.name != name:
        raise UserError(
            f"The mapping file {path} has the name {source.name.removeprefix(_PREFIX)}, which is not that of the "
            "file: make them the same."
        )
    return source


def mapping_rules_of(settings: Settings, name: str) -> MappingFile | None:
    """The rules of the registered mapping called ``migration-<name>``; None when there is none."""
    return _read(_kept(settings, name)) if name in registered_mappings(settings) else None


def registered_mappings(settings: Settings) -> list[str]:
    """The names of the sources of all registered mappings, the broken ones too: they are read when they are used."""
    return [_PREFIX + path.stem for path in sorted(settings.mappings.glob("*.yml"))]


def _kept(settings: Settings, name: str) -> Path:
    return settings.mappings / f"{name.removeprefix(_PREFIX)}.yml"


def _read(path: Path) -> MappingFile:
    try:
        # Every scalar is the text that was written: to YAML the code NO would be false, and 2025-01-01 a date.
        content = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - makes no objects
    except OSError as error:
        raise UserError(f"The mapping file {path} cannot be read ({error.strerror}): check the path.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise UserError(f"The mapping file {path} is not YAML ({problem}): correct it there.") from error
    if not isinstance(content, dict):
        raise UserError(f"The mapping file {path} must have the entries name, feed and columns: see the example.")
    mistake = first_mistake(content)
    if mistake:
        raise UserError(f"The mapping file {path}: {mistake}")
    return MappingFile.model_validate(content)


def _source(mapping: MappingFile) -> Source:
    columns = ",\n        ".join(f'{rule.sql()} as "{name}"' for name, rule in mapping.columns.items())

    def select(reporting_currency: str) -> str:  # noqa: ARG001 - a mapping names its own currency
        return f"select file_number, row_number,\n        {columns}\n    from delivered"

    fields = {sent_as(name): "/" + name.replace("~", "~0").replace("/", "~1") for name in mapping.source_columns}
    found = "".join(
        f", count({sent_as(name)}) over (partition by file_number) > 0 as has_{sent_as(name)}"
        for name in mapping.needed_columns
    )
    return Source(
        name=_PREFIX + mapping.name,
        title=f"Mapping {mapping.name} to {mapping.feed}",
        cannot_know="Everything that its mapping file does not name.",
        # Rows are read as objects, since a column may have any name: a table has the names of identifiers only.
        parsed=f"select *{found} from ({json_fields(fields)})",
        mappings={mapping.feed: select},
        rejections=(
            *((f"not has_{sent_as(name)}", f"missing_column:{name}") for name in mapping.needed_columns),
            *(
                (f"({rule.sql()}) is null and {given}", f"invalid:{name}")
                for name, rule in mapping.columns.items()
                if (given := rule.given())
            ),
        ),
    )
