"""What the published score of one customer would be with another price, discount or interval.

Belongs here: the row and the model behind a published score. Does not belong here: which features a change moves
(``models.what_if``), how answers are laid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from pipelines.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import polars as pl

    from models.what_if import Change

_SCORED = """
    select scores.model_version, features.*
    from scoring.fct_churn_scores as scores
    inner join features.fct_customer_features as features
        on scores.customer_id = features.customer_id and scores.as_of_date = features.feature_date
    where scores.customer_id = $customer
"""
_PLANS = "select monthly_price, discount_share, billing_months from features.fct_customer_features"


def what_if_of(
    connection: duckdb.DuckDBPyConnection, registry: Path, customer_id: str, changes: Sequence[Change] = ()
) -> pl.DataFrame:
    """The score of a customer in an open snapshot beside those of ``changes`` (the usual ones if none).

    Raises ``UserError`` where the customer has no score, or no model that is in the registry made it.
    """
    import polars as pl

    from models.registry import load
    from models.trained import SEGMENT_RATE
    from models.what_if import usual_changes, what_if

    try:
        scored = pl.DataFrame(connection.sql(_SCORED, params={"customer": customer_id}).to_arrow_table())
        plans = pl.DataFrame(connection.sql(_PLANS).to_arrow_table())
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise UserError("The snapshot was built before it had all that scores read: run churniq build.") from error
    if scored.is_empty():
        raise UserError(
            f"{customer_id!r} has no score: only customers who pay at the instant of the snapshot have one. "
            'churniq sql "select customer_id from scoring.fct_churn_scores" lists them.'
        )
    [version] = scored["model_version"]
    if version == SEGMENT_RATE:
        raise UserError(
            "Everybody has the churn rate of a segment, which no price, discount or interval moves: "
            "churniq models says why there is no model."
        )
    customer = scored.drop("model_version")
    try:
        model = load(registry / version)
    except ValueError as error:
        raise UserError(str(error)) from error
    return what_if(model, customer, changes or usual_changes(customer), plans)
