"""Segments that a marketer can take away: named selections over the published marts.

Belongs here: the segments and writing them to a file. Does not belong here: definitions of numbers.
"""

from __future__ import annotations

from pathlib import Path

from pipelines.errors import UserError
from pipelines.lake.sql import literal
from pipelines.publishing.snapshots import find_snapshot
from pipelines.settings import Settings

# Personal data stays masked: a campaign tool knows its own customers by their id.
SEGMENTS: dict[str, str] = {
    "at-risk": """
        select
            scores.customer_id, scores.subscription_id, scores.as_of_date, scores.horizon_days,
            scores.churn_probability, scores.risk_band, scores.reason_1, scores.reason_2, scores.reason_3,
            customers.country, customers.current_mrr, customers.marketing_consent, scores.model_version
        from scoring.fct_churn_scores as scores
        join core.dim_customers as customers on customers.customer_id = scores.customer_id
        where scores.risk_band = 'high'
        order by scores.churn_probability desc, scores.customer_id
    """,
}


def export_segment(settings: Settings, segment: str, out: Path) -> int:
    """Write a segment of the current snapshot to a CSV or Parquet file, whole or not at all; the number of rows."""
    import duckdb

    snapshot = settings.published / find_snapshot(settings).file
    temporary = out.with_name(f".{out.name}.tmp")
    form = "format parquet" if out.suffix == ".parquet" else "format csv, header true"
    if not out.absolute().parent.is_dir():
        raise UserError(f"There is no folder {out.absolute().parent}: create it or choose another file.")
    connection = duckdb.connect(str(snapshot), read_only=True)
    try:
        counted = connection.execute(f"copy ({SEGMENTS[segment]}) to {literal(str(temporary))} ({form})").fetchone()
        temporary.replace(out)
    except duckdb.IOException as error:
        raise UserError(f"{out} cannot be written: choose a folder with room that you may write to.") from error
    finally:
        connection.close()
        temporary.unlink(missing_ok=True)
    return int(counted[0]) if counted else 0
