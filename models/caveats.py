"""What must be said beside scores before anybody acts on them, a sentence each.

Belongs here: the sentences and when they are due. Does not belong here: refusing a model (``models.leakage``), showing
them.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from models.trained import SEGMENT_RATE, TrainedModel

USUAL_DELAY_DAYS = 14
SCHEMA = {"as_of_date": pl.Date, "caveat": pl.String}


def caveats(model: TrainedModel, scoring_day: date, newest_viewing: date | None) -> pl.DataFrame:
    """What scores of a day do not know: that no model made them, or that viewing is not known up to that day.

    ``newest_viewing`` is the newest day with viewing; none where there is no such feed, which is nothing to say.
    """
    said = []
    if model.kind == SEGMENT_RATE:
        said.append(model.note)
    if newest_viewing is not None and (scoring_day - newest_viewing).days > USUAL_DELAY_DAYS:
        said.append(
            f"Viewing is known up to {newest_viewing}, {(scoring_day - newest_viewing).days} days before these scores: "
            "what they say of watching is of then. See that its feed arrives, then build again."
        )
    return pl.DataFrame([(scoring_day, sentence) for sentence in said], schema=SCHEMA, orient="row")
