"""Judging a flat file of people, arms and outcomes with the code that judges campaigns.

Belongs here: reading the file and its columns. Does not belong here: inference (``models.experiments``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.activation.nearest import nearest
from pipelines.errors import UserError, WrongUsageError

if TYPE_CHECKING:
    import polars as pl

_USUAL_CONTROLS = ("control", "held_out", "holdout", "held out", "no e-mail", "no email", "none", "0", "false")
_PERSONS = ("person", "customer_id", "user_id", "id")
_COLUMNS = (
    "arm",
    "outcome",
    "people",
    "held_out",
    "value",
    "held_out_value",
    "difference",
    "interval_low",
    "interval_high",
    "sequential_low",
    "sequential_high",
    "adjusted_difference",
    "adjusted_low",
    "adjusted_high",
    "sample_ratio_p",
    "smallest_detectable",
    "people_needed",
    "qini",
    "qini_p",
    "headline",
)


@dataclass(frozen=True)
class JudgedFile:
    """A row an arm and outcome, and sentences."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    remarks: list[str]


def judge_file(
    file: Path,
    *,
    arm: str,
    control: str | None,
    outcomes: Sequence[str],
    person: str | None,
    covariates: Sequence[str],
    shares: Sequence[str],
) -> JudgedFile:
    """Judge every arm against the one held back; raises ``UserError`` that names the column or row in the way."""
    import polars as pl

    from models.experiments.judging import judge

    table = _read(file)
    outcomes = outcomes or ("outcome",)
    named = [arm, *outcomes, *covariates, *([person] if person else [])]
    for column in named:
        if column not in table.columns:
            near = nearest(column, table.columns) or f": it has {', '.join(table.columns)}"
            raise WrongUsageError(f"{file} has no column {column!r}{near}.")
    _refuse_twice(table, file, person or next((name for name in _PERSONS if name in table.columns), None))
    table = table.with_columns(pl.col(arm).cast(pl.String))
    if table[arm].null_count():
        raise UserError(f"{file} has {table[arm].null_count():,} rows without an arm: everybody assigned has one.")
    for column in outcomes:
        table = table.with_columns(_numbers(table[column], file))
    arms = sorted(table[arm].unique().to_list())
    if len(arms) < 2:
        raise UserError(f"{file} has one arm only ({', '.join(arms)}): there is nothing to compare it with.")
    held = _control(arms, control, file)
    judged = judge(
        table,
        arm=arm,
        control=held,
        outcomes=outcomes,
        covariates=covariates,
        shares=_shares(shares, arms),
        ranked=outcomes[0] if covariates else None,
    )
    rows = []
    for one in judged.arms:
        plain, adjusted, ranking = one.effect, one.adjusted, one.ranking
        cells = (
            *(one.arm, one.outcome, one.people, one.held_out, one.mean, one.held_mean),
            *(plain.difference, plain.low, plain.high, plain.sequential_low, plain.sequential_high),
            *(adjusted.difference, adjusted.low, adjusted.high, judged.sample_ratio_p),
            *(one.smallest_detectable, one.people_needed),
            *(ranking.qini if ranking else None, ranking.p_value if ranking else None, one.headline),
        )
        rows.append(tuple(_finite(cell) for cell in cells))
    return JudgedFile(list(_COLUMNS), rows, list(_remarks(judged, held)))


def _remarks(judged: Any, held: str) -> list[str]:
    said = [f"Against {held}: {arm.headline}" for arm in judged.arms]
    if judged.is_sample_ratio_wrong:
        said.insert(
            0,
            f"The arms are not as large as they should be (p = {judged.sample_ratio_p:.2g}): people are missing from "
            "one, or the shares are others (--share); trust no difference before it is known why.",
        )
    for arm in judged.arms:
        said += [
            f"{arm.arm} on {arm.outcome}, {dimension} {group}: {effect.difference:.4g} "
            f"({effect.low:.4g} to {effect.high:.4g})"
            for dimension, group, effect in arm.groups
        ]
        if arm.ranking is not None:
            verdict = "better than chance" if arm.ranking.is_shown else "no better than chance, so nobody is ranked"
            said.append(f"Ranking by uplift of {arm.arm}: Qini {arm.ranking.qini:.4g}, {verdict}.")
    return said


def _read(file: Path) -> pl.DataFrame:
    import polars as pl

    if not file.is_file():
        raise WrongUsageError(f"there is no file {file}: check the path.")
    try:
        table = pl.read_parquet(file) if file.suffix == ".parquet" else pl.read_csv(file, infer_schema_length=None)
    except (pl.exceptions.PolarsError, OSError, UnicodeDecodeError) as error:
        raise UserError(f"{file} cannot be read as a table ({' '.join(str(error).split())[:120]}).") from error
    if table.is_empty():
        raise UserError(f"{file} has no rows: there is nobody to judge.")
    return table


def _refuse_twice(table: pl.DataFrame, file: Path, person: str | None) -> None:
    if person is None:
        return
    repeated = table.filter(table[person].is_duplicated())
    if repeated.height:
        raise UserError(
            f"{file} has {repeated[person].n_unique():,} people in more than one row, such as {repeated[person][0]!r}: "
            "a person is assigned once; keep the first assignment of each."
        )


def _numbers(column: pl.Series, file: Path) -> pl.Series:
    """An outcome as numbers; yes and no count as 1 and 0."""
    import polars as pl

    if column.null_count():
        raise UserError(
            f"{file} has {column.null_count():,} rows without {column.name}: leave nobody out who was assigned; say 0 "
            "where nothing came of it, and wait until the window is over."
        )
    if column.dtype == pl.Boolean:
        return column.cast(pl.Float64)
    if column.dtype.is_numeric():
        numbers = column.cast(pl.Float64)
    else:
        words = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}
        numbers = (
            column.cast(pl.String)
            .str.strip_chars()
            .str.to_lowercase()
            .replace_strict(words, default=None, return_dtype=pl.Float64)
        )
    if numbers.null_count() or not numbers.is_finite().all():
        raise UserError(f"{file}: {column.name} is neither numbers nor yes and no, so it cannot be an outcome.")
    return numbers.alias(column.name)


def _control(arms: Sequence[str], control: str | None, file: Path) -> str:
    if control is not None:
        if control not in arms:
            raise WrongUsageError(
                f"{file} has no arm {control!r}{nearest(control, arms) or ': it has ' + ', '.join(arms)}."
            )
        return control
    usual = [name for name in arms if name.strip().lower() in _USUAL_CONTROLS]
    if len(usual) != 1:
        raise WrongUsageError(f"say with --control which arm was held back: {' or '.join(arms)}.")
    return usual[0]


def _shares(written: Sequence[str], arms: Sequence[str]) -> dict[str, float] | None:
    if not written:
        return None
    shares: dict[str, float] = {}
    for text in written:
        name, _, share = text.rpartition("=")
        try:
            shares[name] = float(share)
        except ValueError as error:
            raise WrongUsageError(
                f"--share {text} is no share of an arm: write ARM=SHARE, such as control=0.1."
            ) from error
    if set(shares) != set(arms) or min(shares.values()) <= 0:
        raise WrongUsageError(f"--share needs a share above 0 for each arm: {', '.join(arms)}.")
    return shares


def _finite(cell: Any) -> Any:
    return None if isinstance(cell, float) and cell in {float("inf"), float("-inf")} else cell
